//! Percentages: every screen, export and API call computes them here.

use super::mark::Status;
use super::streak::Streak;
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

/// How much of a session each status counts, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Of *present*.
    pub present: i64,
    /// Of *late*.
    pub late: i64,
    /// Of *excused*; none if such a session counts neither way.
    pub excused: Option<i64>,
    /// Of *absent*.
    pub absent: i64,
}

impl Default for Weights {
    fn default() -> Self {
        Self { present: 100, late: 100, excused: None, absent: 0 }
    }
}

impl Weights {
    /// Why these weights can't be: each is a percentage, and being there more never counts less.
    pub const fn mistake(self) -> Option<&'static str> {
        let Self { present, late, absent, .. } = self;
        let excused = match self.excused {
            None => absent,
            Some(excused) => excused,
        };
        if present < 1 || present > 100 || excused < 0 || excused > 100 || absent < 0 {
            return Some("Choose weights between 0 and 100, and more than 0 for present.");
        }
        if late > present || absent > late {
            return Some("Present must count at least as much as late, and late as absent.");
        }
        None
    }

    /// The text in the database: present, late, excused (a hyphen for none) and absent.
    pub fn key(self) -> String {
        let Self { present, late, excused, absent } = self;
        let excused = excused.map_or_else(|| "-".to_owned(), |weight| weight.to_string());
        format!("{present} {late} {excused} {absent}")
    }

    /// The weights of that text.
    pub fn from_key(key: &str) -> Option<Self> {
        let mut parts = key.split(' ');
        let mut number = || parts.next()?.parse().ok();
        let (present, late) = (number()?, number()?);
        let excused = match parts.next()? {
            "-" => None,
            text => Some(text.parse().ok()?),
        };
        let absent = parts.next()?.parse().ok()?;
        Some(Self { present, late, excused, absent })
    }
}

/// From which percentages on attendance has which badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// From here on [`Badge::Safe`].
    pub safe: i64,
    /// From here on [`Badge::Warning`], below it [`Badge::Critical`].
    pub warning: i64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { safe: 75, warning: 65 }
    }
}

/// How a class's sessions become a percentage, and what that means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    /// What each status counts.
    pub weights: Weights,
    /// What a percentage means.
    pub thresholds: Thresholds,
    /// From how many absences in a row on a student is at risk, whatever their percentage.
    pub absences_at_risk: i64,
}

impl Default for Scale {
    fn default() -> Self {
        let (weights, thresholds) = (Weights::default(), Thresholds::default());
        Self { weights, thresholds, absences_at_risk: 3 }
    }
}

impl Scale {
    /// The share attended.
    pub const fn percentage(&self, tally: &Tally) -> Percentage {
        tally.percentage(self.weights)
    }

    /// What a share means.
    pub const fn badge(&self, share: Percentage) -> Badge {
        match share.permille() {
            None => Badge::None,
            Some(permille) if permille >= self.thresholds.safe * 10 => Badge::Safe,
            Some(permille) if permille >= self.thresholds.warning * 10 => Badge::Warning,
            Some(_) => Badge::Critical,
        }
    }

    /// How many sessions in a row, attended in full, make it [`Badge::Safe`]: the fewest that do,
    /// with the rounding that is shown. Zero if it is safe, or nothing was taken; none if no
    /// number is enough, because being present counts too little.
    pub const fn sessions_to_safe(&self, share: Percentage) -> Option<i64> {
        let Percentage { earned, possible } = share;
        // Rounded half up to tenths, `earned / possible` is safe from `(20 × safe − 1) / 2000` on.
        let least = 20 * self.thresholds.safe - 1;
        let short = least * possible - 2000 * earned;
        let gain = 2000 * self.weights.present - 100 * least;
        match (short <= 0, gain <= 0) {
            (true, _) => Some(0),
            (false, true) => None,
            (false, false) => Some((short + gain - 1) / gain),
        }
    }

    /// Whether the absences up to now are enough to worry.
    pub const fn is_worrying(&self, streak: Streak) -> bool {
        streak.missed >= self.absences_at_risk
    }

    /// Whether a student deserves attention: for a low share, or for absences in a row.
    pub const fn is_at_risk(&self, share: Percentage, streak: Streak) -> bool {
        let low = matches!(self.badge(share), Badge::Warning | Badge::Critical);
        low || self.is_worrying(streak)
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

    /// The share attended.
    pub const fn percentage(&self, weights: Weights) -> Percentage {
        let (excused, counted) = match weights.excused {
            None => (0, 0),
            Some(weight) => (self.excused * weight, self.excused),
        };
        Percentage {
            earned: self.present * weights.present
                + self.late * weights.late
                + excused
                + self.absent * weights.absent,
            possible: (self.present + self.late + counted + self.absent) * 100,
        }
    }
}

/// A share of sessions, exact; nothing of nothing shows as a dash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
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

    /// This and what was attended elsewhere.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { earned: self.earned + other.earned, possible: self.possible + other.possible }
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
    /// Enough.
    Safe,
    /// A little too low.
    Warning,
    /// Far too low.
    Critical,
}

impl Badge {
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

    fn late_at(late: i64) -> Scale {
        Scale { weights: Weights { late, ..Weights::default() }, ..Scale::default() }
    }

    #[rstest]
    #[case::nothing_taken(tally(0, 0, 0, 0), 100, "–", Badge::None)]
    #[case::one_of_two(tally(1, 0, 0, 1), 100, "50.0 %", Badge::Critical)]
    #[case::late_at_half(tally(1, 1, 0, 0), 50, "75.0 %", Badge::Safe)]
    #[case::excused_leaves(tally(3, 0, 5, 1), 100, "75.0 %", Badge::Safe)]
    #[case::only_excused(tally(0, 0, 2, 0), 100, "–", Badge::None)]
    #[case::five_absent_of_twenty(tally(15, 0, 0, 5), 100, "75.0 %", Badge::Safe)]
    #[case::two_thirds(tally(2, 0, 0, 1), 100, "66.7 %", Badge::Warning)]
    fn percentage_and_badge(
        #[case] tally: Tally,
        #[case] late: i64,
        #[case] shown: &str,
        #[case] badge: Badge,
    ) {
        let scale = late_at(late);
        assert_eq!(scale.percentage(&tally).to_string(), shown);
        assert_eq!(scale.badge(scale.percentage(&tally)), badge);
    }

    #[test]
    fn an_excused_session_with_a_weight_counts() {
        let weights = Weights { excused: Some(50), ..Weights::default() };
        assert_eq!(tally(1, 0, 2, 0).percentage(weights).to_string(), "66.7 %");
    }

    #[test]
    fn other_thresholds_move_the_badge_and_the_way_back() {
        let strict = Scale { thresholds: Thresholds { safe: 90, warning: 80 }, ..Scale::default() };
        let share = strict.percentage(&tally(17, 0, 0, 3));
        assert_eq!(
            (strict.badge(share), strict.sessions_to_safe(share)),
            (Badge::Warning, Some(10))
        );
        assert_eq!(Scale::default().sessions_to_safe(share), Some(0));
    }

    #[rstest]
    #[case::nothing_taken(tally(0, 0, 0, 0), 0)]
    #[case::safe(tally(3, 0, 0, 1), 0)]
    #[case::never_there(tally(0, 0, 0, 1), 3)]
    #[case::two_thirds(tally(2, 0, 4, 1), 1)]
    fn sessions_to_safe(#[case] tally: Tally, #[case] needed: i64) {
        let scale = Scale::default();
        assert_eq!(scale.sessions_to_safe(scale.percentage(&tally)), Some(needed));
    }

    #[test]
    fn where_being_present_counts_too_little_nothing_leads_back() {
        let weights = Weights { present: 70, late: 50, ..Weights::default() };
        let scale = Scale { weights, ..Scale::default() };
        assert_eq!(scale.sessions_to_safe(scale.percentage(&tally(1, 0, 0, 1))), None);
    }

    #[test]
    fn shares_of_classes_with_other_weights_add_up() {
        let half = late_at(50).percentage(&tally(0, 2, 0, 0));
        let whole = Scale::default().percentage(&tally(2, 0, 0, 0));
        assert_eq!(half.and(whole).to_string(), "75.0 %");
    }

    #[test]
    fn at_risk_is_a_low_share_or_a_row_of_absences() {
        let scale = Scale::default();
        let is_at_risk = |absent, missed| {
            let share = scale.percentage(&tally(7, 0, 0, absent));
            scale.is_at_risk(share, Streak { missed, ..Streak::default() })
        };
        assert!(is_at_risk(3, 0) && is_at_risk(2, 3));
        assert!(!is_at_risk(2, 2));
    }

    #[rstest]
    #[case(100, 50, None, 0, true)]
    #[case(100, 50, Some(101), 0, false)]
    #[case(0, 0, None, 0, false)]
    #[case(50, 60, None, 0, false)]
    #[case(100, 10, None, 20, false)]
    #[case(100, 10, None, -1, false)]
    fn weights_keep_their_order(
        #[case] present: i64,
        #[case] late: i64,
        #[case] excused: Option<i64>,
        #[case] absent: i64,
        #[case] right: bool,
    ) {
        let weights = Weights { present, late, excused, absent };
        assert_eq!(weights.mistake().is_none(), right);
        assert_eq!(Weights::from_key(&weights.key()), Some(weights));
    }

    proptest! {
        #[test]
        fn sessions_to_safe_are_enough_and_none_too_many(
            p in 0..500_i64, l in 0..500_i64, a in 1..500_i64, late in 0..=100_i64, safe in 1..=100_i64,
        ) {
            let thresholds = Thresholds { safe, warning: 0 };
            let scale = Scale { thresholds, ..late_at(late) };
            let badge = |p| scale.badge(scale.percentage(&tally(p, l, 0, a)));
            let needed = scale.sessions_to_safe(scale.percentage(&tally(p, l, 0, a))).unwrap();
            prop_assert_eq!(badge(p + needed), Badge::Safe);
            prop_assert!(needed == 0 || badge(p + needed - 1) != Badge::Safe);
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
