//! The grade scale: from which percentage on there is which letter, and what it is worth.

use super::{Percent, Points, hundredths};
use crate::text::{self, fold};
use std::fmt;

/// Most grades of a scale.
const MOST: usize = 30;

/// A grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grade {
    /// Its letter, such as `A+`.
    pub letter: String,
    /// The least percentage for it.
    pub from: Percent,
    /// Its grade point.
    pub point: Points,
}

/// The grades from the best down; the last one begins at nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GradeScale(Vec<Grade>);

/// What is wrong with a grade scale.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScaleError {
    /// A line that is none.
    #[error(
        "Write a line for each grade: letter, least percentage, grade point, for example A+ 80 9."
    )]
    Line,
    /// The same letter twice.
    #[error("{0} stands there twice.")]
    Twice(String),
    /// Not in order.
    #[error("Begin with the best grade: {0} needs a lower percentage than the one above it.")]
    Order(String),
    /// Some percentages have no grade.
    #[error("The last grade must begin at 0, so that every percentage has one.")]
    Gap,
}

impl GradeScale {
    /// A scale as typed: a line for each grade.
    pub fn parse(typed: &str) -> Result<Self, ScaleError> {
        let mut grades: Vec<Grade> = Vec::new();
        for line in typed.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let [letter, from, point] = line.split_whitespace().collect::<Vec<_>>()[..] else {
                return Err(ScaleError::Line);
            };
            let letter = text::clean(letter, 8).map_err(|_| ScaleError::Line)?;
            let from = hundredths(from.trim_end_matches('%')).filter(|from| *from <= 10_000);
            let point = hundredths(point).filter(|point| *point <= 10_000);
            let (Some(from), Some(point)) = (from, point) else { return Err(ScaleError::Line) };
            if grades.iter().any(|grade| fold(&grade.letter) == fold(&letter)) {
                return Err(ScaleError::Twice(letter));
            }
            if grades.last().is_some_and(|above| above.from.0 <= from) || grades.len() == MOST {
                return Err(ScaleError::Order(letter));
            }
            grades.push(Grade { letter, from: Percent(from), point: Points(point) });
        }
        let ends = grades.last().is_some_and(|grade| grade.from.0 == 0);
        if ends { Ok(Self(grades)) } else { Err(ScaleError::Gap) }
    }

    /// The grade of a percentage.
    pub fn grade(&self, percent: Percent) -> Option<&Grade> {
        self.0.iter().find(|grade| grade.from <= percent)
    }

    /// The grades from the best down.
    pub fn grades(&self) -> &[Grade] {
        &self.0
    }
}

impl Default for GradeScale {
    fn default() -> Self {
        let grades = [
            ("O", 90, 10),
            ("A+", 80, 9),
            ("A", 70, 8),
            ("B+", 60, 7),
            ("B", 50, 6),
            ("C", 45, 5),
            ("P", 40, 4),
            ("F", 0, 0),
        ];
        let grade = |(letter, from, point): (&str, i64, i64)| Grade {
            letter: letter.to_owned(),
            from: Percent(from * 100),
            point: Points(point * 100),
        };
        Self(grades.map(grade).to_vec())
    }
}

impl fmt::Display for GradeScale {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, Grade { letter, from, point }) in self.0.iter().enumerate() {
            let gap = if at > 0 { "\n" } else { "" };
            write!(out, "{gap}{letter} {} {point}", Points(from.0))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_grade_begins_at_its_percentage_and_not_below() {
        let scale = GradeScale::default();
        for (percent, letter) in
            [(10_000, "O"), (9_000, "O"), (8_999, "A+"), (4_000, "P"), (3_999, "F"), (0, "F")]
        {
            let grade = scale.grade(Percent(percent)).map(|grade| grade.letter.as_str());
            assert_eq!(grade, Some(letter), "{percent}");
        }
    }

    #[test]
    fn a_scale_is_read_as_it_is_written_and_nonsense_is_not() {
        let scale = GradeScale::default();
        assert_eq!(GradeScale::parse(&scale.to_string()), Ok(scale));
        assert!(GradeScale::parse("A 66.5 % 4").is_err());
        assert!(GradeScale::parse("A 66.5% 4\nF 0 0").is_ok());
        assert_eq!(GradeScale::parse("A 50 4"), Err(ScaleError::Gap));
        assert_eq!(GradeScale::parse(""), Err(ScaleError::Gap));
        assert_eq!(GradeScale::parse("A 50 4\na 0 0"), Err(ScaleError::Twice("a".into())));
        assert_eq!(GradeScale::parse("A 50 4\nB 50 0"), Err(ScaleError::Order("B".into())));
        assert_eq!(GradeScale::parse("A 101 4\nF 0 0"), Err(ScaleError::Line));
    }

    proptest! {
        #[test]
        fn every_percentage_has_a_grade_and_more_is_never_worse(a in 0_i64..=10_000, b in 0_i64..=10_000) {
            let scale = GradeScale::default();
            let point = |percent| scale.grade(Percent(percent)).map(|grade| grade.point);
            prop_assert!(point(a).is_some());
            prop_assert!((a <= b) == (point(a) <= point(b)) || point(a) == point(b));
        }
    }
}
