//! How big the institution is: two terms of a small college, or four of a large university.

use crate::rng::Rng;

/// How big the institution is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// 2,000 students, 40 classes, two terms.
    #[default]
    Small,
    /// 50,000 students, 4,000 classes, ten million marks in four terms.
    Large,
}

/// Who and what there is.
pub(crate) struct Plan {
    pub students: usize,
    pub teachers: usize,
    pub assistants: usize,
    pub rooms: usize,
    /// Courses of each subject.
    pub courses: usize,
    pub terms: &'static [TermPlan],
}

/// A term that began so many days before this week's Monday.
pub(crate) struct TermPlan {
    pub name: &'static str,
    pub began: i64,
    pub weeks: i64,
    pub classes: usize,
    /// Classes that a student attends.
    pub attended: usize,
}

const SMALL: Plan = Plan {
    students: 2_000,
    teachers: 30,
    assistants: 6,
    rooms: 12,
    courses: 1,
    terms: &[
        TermPlan { name: "Spring term", began: 210, weeks: 14, classes: 20, attended: 1 },
        TermPlan { name: "Autumn term", began: 70, weeks: 16, classes: 40, attended: 2 },
    ],
};

const LARGE: Plan = Plan {
    students: 50_000,
    teachers: 500,
    assistants: 200,
    rooms: 300,
    courses: 10,
    terms: &[
        TermPlan { name: "Spring term", began: 574, weeks: 14, classes: 1_000, attended: 4 },
        TermPlan { name: "Autumn term", began: 434, weeks: 16, classes: 1_000, attended: 4 },
        TermPlan { name: "Spring term", began: 210, weeks: 14, classes: 1_000, attended: 4 },
        TermPlan { name: "Autumn term", began: 70, weeks: 16, classes: 1_000, attended: 4 },
    ],
};

impl Size {
    pub(crate) const fn plan(self) -> &'static Plan {
        match self {
            Self::Small => &SMALL,
            Self::Large => &LARGE,
        }
    }

    /// The positions of each class's students in a term.
    pub(crate) fn rosters(self, term: &TermPlan, rng: &mut Rng) -> Vec<Vec<usize>> {
        let mut rosters = vec![Vec::new(); term.classes];
        for student in 0..self.plan().students {
            let mut attended: Vec<usize> = (0..term.attended)
                .map(|choice| match self {
                    Self::Small if choice == 0 => student % term.classes,
                    Self::Small => (student * 7 + 3) % term.classes,
                    Self::Large => crowded(rng, term.classes),
                })
                .collect();
            attended.sort_unstable();
            attended.dedup();
            for class in attended {
                rosters.get_mut(class).into_iter().for_each(|roster| roster.push(student));
            }
        }
        rosters
    }
}

/// One of so many classes, of which the last are crowded: from about 130 students to 2,000 where
/// 50,000 choose four of a thousand.
fn crowded(rng: &mut Rng, classes: usize) -> usize {
    let share = f64::from(u32::try_from(rng.below(1 << 32)).unwrap_or_default()) / 4_294_967_296.0;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "a share of a small number, from 0 to 1"
    )]
    let place = (share.powf(1.5) * classes as f64) as usize;
    classes.saturating_sub(1 + place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_universitys_classes_are_between_a_hundred_and_some_thousand_students() {
        let Some(term) = LARGE.terms.first() else { return };
        let rosters = Size::Large.rosters(term, &mut Rng::new(1));
        let sizes: Vec<usize> = rosters.iter().map(Vec::len).collect();
        assert!(sizes.iter().all(|size| (90..4_000).contains(size)), "{sizes:?}");
        let total: usize = sizes.iter().sum();
        assert!((195_000..=200_000).contains(&total), "{total}");
    }
}
