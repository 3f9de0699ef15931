//! Percentages: every screen, export and API call computes them here.

use super::mark::Status;
use serde::{Deserialize, Serialize};

/// How many sessions ended with which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Sessions present.
    pub present: i64,
    /// Sessions late.
    pub late: i64,
    /// Sessions excused.
    pub excused: i64,
    /// Sessions absent.
    pub absent: i64,
}

/// How much of a session each status counts, in thousandths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Of *present*.
    pub present: i64,
    /// Of *late*.
    pub late: i64,
    /// Of *absent*.
    pub absent: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { present: 1000, late: 1000, absent: 0 }
    }
}

impl Tally {
    /// The number with that status.
    pub const fn of(&self, status: Status) -> i64 {
        match status {
            Status::Present => self.present,
            Status::Late => self.late,
            Status::Excused => self.excused,
            Status::Absent => self.absent,
        }
    }

    /// Adds `by` (negative to take away) to the number with that status.
    pub const fn add(&mut self, status: Status, by: i64) {
        match status {
            Status::Present => self.present += by,
            Status::Late => self.late += by,
            Status::Excused => self.excused += by,
            Status::Absent => self.absent += by,
        }
    }

    /// All of them.
    pub const fn total(&self) -> i64 {
        self.present + self.late + self.excused + self.absent
    }

    /// The share attended; excused sessions count neither way.
    pub const fn percentage(&self, weights: Weights) -> Percentage {
        Percentage {
            earned: self.present * weights.present
                + self.late * weights.late
                + self.absent * weights.absent,
            possible: (self.present + self.late + self.absent) * 1000,
        }
    }
}

/// From how many thousandths on a share is [`Badge::Safe`].
const SAFE: i64 = 750;

/// A share of sessions, exact; nothing of nothing shows as a dash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Percentage {
    earned: i64,
    possible: i64,
}

impl Percentage {
    /// In thousandths, rounded half up; none while nothing was taken.
    pub const fn permille(self) -> Option<i64> {
        match self.possible {
            0 => None,
            possible => Some((self.earned * 2000 + possible) / (possible * 2)),
        }
    }

    /// How many sessions in a row, attended in full, make it [`Badge::Safe`]: the fewest that do,
    /// with the rounding that is shown. Zero if it is safe, or nothing was taken.
    pub const fn sessions_to_safe(self) -> i64 {
        // Rounded half up, `earned / possible` is safe from `(2 × SAFE − 1) / 2000` on.
        let least = 2 * SAFE - 1;
        let short = least * self.possible - 2000 * self.earned;
        let gain = 1000 * (2000 - least);
        if short <= 0 { 0 } else { (short + gain - 1) / gain }
    }
}

impl std::fmt::Display for Percentage {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.permille() {
            None => out.write_str("–"),
            Some(permille) => write!(out, "{}.{} %", permille / 10, permille % 10),
        }
    }
}

/// What a percentage means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Badge {
    /// Nothing taken yet.
    None,
    /// 75 % and above.
    Safe,
    /// 65 % and above.
    Warning,
    /// Below.
    Critical,
}

impl Badge {
    /// The badge of a percentage.
    pub const fn of(percentage: Percentage) -> Self {
        match percentage.permille() {
            None => Self::None,
            Some(SAFE..) => Self::Safe,
            Some(650..) => Self::Warning,
            Some(_) => Self::Critical,
        }
    }

    /// The name in the API and the style sheet.
    pub const fn key(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Safe => "safe",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "Nothing yet",
            Self::Safe => "Safe",
            Self::Warning => "Warning",
            Self::Critical => "Critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn tally(present: i64, late: i64, excused: i64, absent: i64) -> Tally {
        Tally { present, late, excused, absent }
    }

    #[rstest]
    #[case::nothing_taken(tally(0, 0, 0, 0), 1000, "–", Badge::None)]
    #[case::one_of_two(tally(1, 0, 0, 1), 1000, "50.0 %", Badge::Critical)]
    #[case::late_at_half(tally(1, 1, 0, 0), 500, "75.0 %", Badge::Safe)]
    #[case::excused_leaves(tally(3, 0, 5, 1), 1000, "75.0 %", Badge::Safe)]
    #[case::only_excused(tally(0, 0, 2, 0), 1000, "–", Badge::None)]
    #[case::five_absent_of_twenty(tally(15, 0, 0, 5), 1000, "75.0 %", Badge::Safe)]
    #[case::two_thirds(tally(2, 0, 0, 1), 1000, "66.7 %", Badge::Warning)]
    fn percentage_and_badge(
        #[case] tally: Tally,
        #[case] late: i64,
        #[case] shown: &str,
        #[case] badge: Badge,
    ) {
        let percentage = tally.percentage(Weights { late, ..Weights::default() });
        assert_eq!((percentage.to_string().as_str(), Badge::of(percentage)), (shown, badge));
    }

    #[rstest]
    #[case::nothing_taken(tally(0, 0, 0, 0), 0)]
    #[case::safe(tally(3, 0, 0, 1), 0)]
    #[case::never_there(tally(0, 0, 0, 1), 3)]
    #[case::two_thirds(tally(2, 0, 4, 1), 1)]
    fn sessions_to_safe(#[case] tally: Tally, #[case] needed: i64) {
        assert_eq!(tally.percentage(Weights::default()).sessions_to_safe(), needed);
    }

    proptest! {
        #[test]
        fn sessions_to_safe_are_enough_and_none_too_many(
            p in 0..500_i64, l in 0..500_i64, a in 1..500_i64, late in 0..=1000_i64,
        ) {
            let share = |p| tally(p, l, 0, a).percentage(Weights { late, ..Weights::default() });
            let needed = share(p).sessions_to_safe();
            prop_assert_eq!(Badge::of(share(p + needed)), Badge::Safe);
            prop_assert!(needed == 0 || Badge::of(share(p + needed - 1)) != Badge::Safe);
        }

        #[test]
        fn stays_between_0_and_100(p in 0..500_i64, l in 0..500_i64, e in 0..500_i64, a in 0..500_i64) {
            let permille = tally(p, l, e, a).percentage(Weights::default()).permille();
            prop_assert!(permille.is_none_or(|permille| (0..=1000).contains(&permille)));
        }

        #[test]
        fn being_present_once_more_never_lowers_it(p in 0..500_i64, l in 0..500_i64, a in 1..500_i64) {
            let share = |p| tally(p, l, 0, a).percentage(Weights::default()).permille();
            prop_assert!(share(p + 1) >= share(p));
        }
    }
}
