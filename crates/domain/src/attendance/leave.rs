//! Leave: the days in which a student need not come.

use super::mark::Status;
use crate::time::Date;

/// The days of a leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub first: Date,
    /// The last.
    pub last: Date,
}

/// Longest leave, in days: a year of absence.
pub const LONGEST: i64 = 366;

/// Why the days of a leave were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LeaveError {
    /// The wrong way round.
    #[error("The last day must not come before the first.")]
    EndsBeforeStart,
    /// Longer than [`LONGEST`].
    #[error("Leave lasts a year at most: check the days.")]
    TooLong,
}

impl Days {
    /// Those days, if they can be a leave.
    pub const fn new(first: Date, last: Date) -> Result<Self, LeaveError> {
        match last.0 - first.0 + 1 {
            days if days < 1 => Err(LeaveError::EndsBeforeStart),
            days if days > LONGEST => Err(LeaveError::TooLong),
            _ => Ok(Self { first, last }),
        }
    }

    /// Whether a day is one of them.
    pub const fn contain(self, day: Date) -> bool {
        self.first.0 <= day.0 && day.0 <= self.last.0
    }
}

/// What is written at the end of a session for a student without a mark.
pub const fn filler(on_leave: bool) -> Status {
    if on_leave { Status::Excused } else { Status::Absent }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(10, 9, Err(LeaveError::EndsBeforeStart))]
    #[case(10, 10, Ok(()))]
    #[case(10, 375, Ok(()))]
    #[case(10, 376, Err(LeaveError::TooLong))]
    fn leave_lasts_from_a_day_to_a_year(
        #[case] first: i64,
        #[case] last: i64,
        #[case] expected: Result<(), LeaveError>,
    ) {
        assert_eq!(Days::new(Date(first), Date(last)).map(drop), expected);
    }

    #[test]
    fn its_first_and_last_day_belong_to_it() {
        let days = Days { first: Date(10), last: Date(12) };
        let inside = [9, 10, 12, 13].map(|day| days.contain(Date(day)));
        assert_eq!(inside, [false, true, true, false]);
    }

    #[test]
    fn who_is_on_leave_is_excused_and_others_are_absent() {
        assert_eq!([true, false].map(filler), [Status::Excused, Status::Absent]);
    }
}
