//! When a student is told that their attendance is low: once for each time that it falls below
//! *safe*, and again only after it has clearly risen above it.

use super::figures::{Percentage, Scale};
use super::{Badge, Tally};

/// How far above the threshold of *safe* attendance must rise before it can fall again, in tenths
/// of a percent: a share that wavers around the threshold tells nobody twice.
pub const CLEARLY: i64 = 20;

/// What follows from a student's share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It fell: tell them.
    Tell,
    /// It rose clearly: the next fall is news again.
    Rise,
    /// Nothing.
    Stay,
}

/// What follows from what a student came to, if they were `told` about a fall before. While fewer
/// than `least` sessions were taken, a single one says too much.
pub const fn step(told: bool, tally: &Tally, scale: &Scale, least: i64) -> Step {
    let share: Percentage = scale.percentage(tally);
    let low = matches!(scale.badge(share), Badge::Warning | Badge::Critical);
    let Some(permille) = share.permille() else { return Step::Stay };
    let threshold = scale.thresholds.safe * 10;
    let high = if threshold + CLEARLY > 1000 { 1000 } else { threshold + CLEARLY };
    if !told && low && tally.total() >= least {
        Step::Tell
    } else if told && permille >= high {
        Step::Rise
    } else {
        Step::Stay
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attendance::Status;
    use proptest::prelude::*;
    use rstest::rstest;

    const fn tally(present: i64, absent: i64) -> Tally {
        Tally { present, late: 0, excused: 0, absent }
    }

    #[rstest]
    #[case::nothing_taken(false, 0, 0, Step::Stay)]
    #[case::too_few_sessions(false, 0, 2, Step::Stay)]
    #[case::falls(false, 2, 1, Step::Tell)]
    #[case::safe(false, 3, 1, Step::Stay)]
    #[case::still_low(true, 2, 1, Step::Stay)]
    #[case::safe_by_a_hair(true, 3, 1, Step::Stay)]
    #[case::just_below_clearly(true, 769, 231, Step::Stay)]
    #[case::clearly_safe(true, 770, 230, Step::Rise)]
    fn a_fall_is_told_once(
        #[case] told: bool,
        #[case] present: i64,
        #[case] absent: i64,
        #[case] expected: Step,
    ) {
        assert_eq!(step(told, &tally(present, absent), &Scale::default(), 3), expected);
    }

    #[test]
    fn where_all_must_be_attended_everything_attended_is_a_rise() {
        let mut scale = Scale::default();
        scale.thresholds.safe = 100;
        assert_eq!(step(true, &tally(5, 0), &scale, 3), Step::Rise);
    }

    proptest! {
        #[test]
        fn two_falls_have_a_rise_between_them(letters in proptest::collection::vec(0..2, 0..200)) {
            let (mut told, mut steps, mut sum) = (false, Vec::new(), Tally::default());
            for letter in letters {
                sum.add(if letter == 0 { Status::Present } else { Status::Absent }, 1);
                let next = step(told, &sum, &Scale::default(), 3);
                told = match next { Step::Tell => true, Step::Rise => false, Step::Stay => told };
                if next != Step::Stay { steps.push(next); }
            }
            for (index, next) in steps.iter().enumerate() {
                let expected = if index % 2 == 0 { Step::Tell } else { Step::Rise };
                prop_assert_eq!(*next, expected);
            }
        }
    }
}
