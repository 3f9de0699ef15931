//! A month against the timetable: its weeks, and what each of its days came to.

use super::mark::Status;
use crate::time::Date;

/// What a meeting, or a session without one, came to for a student.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is still to come, or going on.
    Planned,
    /// It was called off.
    Cancelled,
    /// It is over, and no attendance was taken, or not of this student.
    NotTaken,
    /// Attendance was taken, for those who taught.
    Taken,
    /// The student has a mark.
    Marked(Status),
}

/// What a day came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DayState {
    /// Nothing takes place.
    Free,
    /// Meetings are still to come.
    Planned,
    /// All is over, and no attendance was taken.
    NotTaken,
    /// All is over, and attendance was taken by the person themself.
    Taken,
    /// Everything was excused.
    Excused,
    /// Everything was attended in time.
    Present,
    /// Everything was attended, something late.
    Late,
    /// Some was attended, some missed.
    Partly,
    /// Nothing was attended.
    Absent,
}

impl DayState {
    /// Every state, as a legend lists them.
    pub const ALL: [Self; 9] = [
        Self::Present,
        Self::Late,
        Self::Partly,
        Self::Absent,
        Self::Excused,
        Self::Planned,
        Self::Taken,
        Self::NotTaken,
        Self::Free,
    ];

    /// What the outcomes of a day make of it. Marks decide; what is not marked counts only where
    /// nothing is.
    pub fn of(outcomes: impl IntoIterator<Item = Outcome>) -> Self {
        let (mut here, mut late, mut missed, mut excused) = (false, false, false, false);
        let (mut planned, mut untaken, mut taken) = (false, false, false);
        for outcome in outcomes {
            match outcome {
                Outcome::Marked(Status::Present) => here = true,
                Outcome::Marked(Status::Late) => late = true,
                Outcome::Marked(Status::Absent) => missed = true,
                Outcome::Marked(Status::Excused) => excused = true,
                Outcome::Planned => planned = true,
                Outcome::NotTaken => untaken = true,
                Outcome::Taken => taken = true,
                Outcome::Cancelled => {}
            }
        }
        match (here || late, missed) {
            (true, true) => Self::Partly,
            (true, false) if late => Self::Late,
            (true, false) => Self::Present,
            (false, true) => Self::Absent,
            (false, false) if excused => Self::Excused,
            (false, false) if planned => Self::Planned,
            (false, false) if untaken => Self::NotTaken,
            (false, false) if taken => Self::Taken,
            (false, false) => Self::Free,
        }
    }

    /// The name in the API and the style sheet.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Planned => "planned",
            Self::NotTaken => "not_taken",
            Self::Taken => "taken",
            Self::Excused => "excused",
            Self::Present => "present",
            Self::Late => "late",
            Self::Partly => "partly",
            Self::Absent => "absent",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Planned => "Planned",
            Self::NotTaken => "Not taken",
            Self::Taken => "Taken",
            Self::Excused => "Excused",
            Self::Present => "Present",
            Self::Late => "Late",
            Self::Partly => "Partly",
            Self::Absent => "Absent",
        }
    }
}

/// The whole weeks, Monday to Sunday, that cover the days from `first` to `last`.
pub fn weeks(first: Date, last: Date) -> Vec<[Date; 7]> {
    let monday = first.monday().0;
    let until = last.0.max(first.0);
    let week = |n: i64| [0, 1, 2, 3, 4, 5, 6].map(|day| Date(monday + n * 7 + day));
    (0..=(until - monday).div_euclid(7)).map(week).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Cancelled, Marked, NotTaken, Planned, Taken};
    use Status::{Absent, Excused, Late, Present};
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case::nothing(&[], DayState::Free)]
    #[case::all_called_off(&[Cancelled, Cancelled], DayState::Free)]
    #[case::to_come(&[NotTaken, Planned], DayState::Planned)]
    #[case::nobody_took_it(&[NotTaken, Cancelled], DayState::NotTaken)]
    #[case::taught_one_of_two(&[Taken, NotTaken], DayState::NotTaken)]
    #[case::taught(&[Taken, Cancelled], DayState::Taken)]
    #[case::there(&[Marked(Present), Planned], DayState::Present)]
    #[case::once_late(&[Marked(Present), Marked(Late)], DayState::Late)]
    #[case::one_of_two(&[Marked(Late), Marked(Absent)], DayState::Partly)]
    #[case::missed(&[Marked(Absent), Marked(Excused), NotTaken], DayState::Absent)]
    #[case::excused_and_there(&[Marked(Excused), Marked(Present)], DayState::Present)]
    #[case::only_excused(&[Marked(Excused), NotTaken], DayState::Excused)]
    fn a_day_is_what_its_outcomes_make_it(#[case] outcomes: &[Outcome], #[case] state: DayState) {
        assert_eq!(DayState::of(outcomes.iter().copied()), state);
    }

    #[test]
    fn november_2026_begins_on_a_sunday_and_so_takes_six_weeks() {
        // 1 and 30 November 2026.
        let weeks = weeks(Date(20_758), Date(20_787));
        assert_eq!(weeks.len(), 6);
        assert_eq!(weeks.first().map(|week| week[6]), Some(Date(20_758)));
    }

    fn outcomes() -> impl Strategy<Value = Vec<Outcome>> {
        let marked = [Present, Late, Excused, Absent].map(Marked);
        let all: Vec<_> = marked.into_iter().chain([Planned, Cancelled, NotTaken, Taken]).collect();
        prop::collection::vec(prop::sample::select(all), 0..8)
    }

    proptest! {
        #[test]
        fn weeks_are_whole_in_order_and_cover_the_days(first in -100_000..100_000_i64, days in 0..60_i64) {
            let weeks = weeks(Date(first), Date(first + days));
            let all: Vec<i64> = weeks.iter().flatten().map(|date| date.0).collect();
            prop_assert!(all.windows(2).all(|pair| pair[1] == pair[0] + 1));
            prop_assert!(weeks.iter().all(|week| week[0].weekday() == 0));
            let (start, end) = (all[0], all[all.len() - 1]);
            prop_assert!(start <= first && first - start < 7);
            prop_assert!(end >= first + days && end - (first + days) < 7);
        }

        #[test]
        fn the_order_within_a_day_does_not_matter(mut outcomes in outcomes()) {
            let state = DayState::of(outcomes.clone());
            outcomes.reverse();
            prop_assert_eq!(DayState::of(outcomes), state);
        }

        #[test]
        fn what_is_called_off_changes_nothing(outcomes in outcomes()) {
            let more = outcomes.iter().copied().chain([Cancelled]);
            prop_assert_eq!(DayState::of(more), DayState::of(outcomes.iter().copied()));
        }
    }
}
