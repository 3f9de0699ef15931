//! What of a fee is paid, and whether that clears a student for an assessment.

use crate::time::Date;

/// The whole, in hundredths of a percent.
pub const FULL: i64 = 10_000;

/// What a student owes and paid in a term, in the currency's smallest unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The fee; none where none is set.
    pub fee: Option<i64>,
    /// Completed payments that were not reversed.
    pub paid: i64,
}

/// A part of the fee, in hundredths of a percent, rounded down: 55.99 % never counts as 56 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(pub i64);

/// As people read it: `55 %`, `55.99 %`.
impl std::fmt::Display for Share {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (percent, hundredths) = (self.0 / 100, self.0 % 100);
        match hundredths {
            0 => write!(out, "{percent} %"),
            _ => write!(out, "{percent}.{hundredths:02} %"),
        }
    }
}

/// The word of a finance officer, which counts instead of the share paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Override {
    /// Whether it clears.
    pub cleared: bool,
    /// The last day on which it counts.
    pub until: Date,
}

/// Whether a student is cleared, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clearance {
    /// Whether they are.
    pub cleared: bool,
    /// Why.
    pub why: Why,
}

/// What decided a clearance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// No fee, or one of zero.
    NothingOwed,
    /// Enough is paid, or not.
    Paid {
        /// What is paid.
        share: Share,
        /// What is needed.
        needed: Share,
        /// How much more has to be paid; zero if enough is.
        missing: i64,
    },
    /// A finance officer.
    Overridden {
        /// The last day on which that counts.
        until: Date,
    },
}

impl Account {
    /// What is left to pay; below zero where too much was paid.
    pub fn balance(self) -> i64 {
        self.fee.unwrap_or(0).saturating_sub(self.paid)
    }

    /// The share that is paid; none where nothing is owed.
    pub fn share(self) -> Option<Share> {
        let fee = self.fee.filter(|fee| *fee > 0)?;
        let share = i128::from(self.paid) * i128::from(FULL) / i128::from(fee);
        Some(Share(i64::try_from(share).unwrap_or(i64::MAX)))
    }

    /// How much more has to be paid for a share of the fee.
    pub fn missing(self, needed: Share) -> i64 {
        let product = i128::from(self.fee.unwrap_or(0)) * i128::from(needed.0);
        let whole = (product + i128::from(FULL) - 1) / i128::from(FULL);
        i64::try_from(whole).unwrap_or(i64::MAX).saturating_sub(self.paid).max(0)
    }

    /// Whether that clears for an assessment that needs a share of the fee; `today` says whether
    /// the word of a finance officer still counts.
    pub fn clearance(self, needed: Share, word: Option<Override>, today: Date) -> Clearance {
        if let Some(Override { cleared, until }) = word.filter(|word| word.until >= today) {
            return Clearance { cleared, why: Why::Overridden { until } };
        }
        let Some(share) = self.share() else {
            return Clearance { cleared: true, why: Why::NothingOwed };
        };
        let missing = self.missing(needed);
        Clearance { cleared: share >= needed, why: Why::Paid { share, needed, missing } }
    }
}

impl Clearance {
    /// Why a student is not cleared, for them to read; `office` is where to go.
    pub fn reason(&self, office: &str) -> Option<String> {
        match self.why {
            _ if self.cleared => None,
            Why::Paid { share, needed, .. } => Some(format!(
                "Not cleared by Finance: {share} paid, {needed} needed. Visit the {office}."
            )),
            _ => Some(format!("Not cleared by Finance. Visit the {office}.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const TODAY: Date = Date(20_000);

    fn account(fee: i64, paid: i64) -> Account {
        Account { fee: Some(fee), paid }
    }

    #[rstest]
    #[case(10_000, 5_599, 5_599, "55.99 %")]
    #[case(10_000, 5_500, 5_500, "55 %")]
    #[case(3, 1, 3_333, "33.33 %")]
    #[case(100, 250, 25_000, "250 %")]
    #[case(10_000, 7, 7, "0.07 %")]
    fn the_share_is_rounded_down(
        #[case] fee: i64,
        #[case] paid: i64,
        #[case] share: i64,
        #[case] words: &str,
    ) {
        let found = account(fee, paid).share();
        assert_eq!(found, Some(Share(share)));
        assert_eq!(found.map(|share| share.to_string()).as_deref(), Some(words));
    }

    #[test]
    fn nearly_enough_is_not_enough() {
        let clearance = account(10_000, 5_599).clearance(Share(5_600), None, TODAY);
        assert!(!clearance.cleared);
        let said =
            "Not cleared by Finance: 55.99 % paid, 56 % needed. Visit the Retentions Office.";
        assert_eq!(clearance.reason("Retentions Office").as_deref(), Some(said));
        assert_eq!(account(10_000, 5_599).missing(Share(5_600)), 1);
    }

    #[test]
    fn a_fee_of_zero_and_an_overpayment_clear() {
        for account in [account(0, 0), Account::default(), account(0, 500), account(100, 300)] {
            assert!(account.clearance(Share(FULL), None, TODAY).cleared, "{account:?}");
        }
        assert_eq!(account(100, 300).balance(), -200);
    }

    #[test]
    fn two_parts_cross_three_quarters_together() {
        let clear = |paid| account(10_000, paid).clearance(Share(7_500), None, TODAY).cleared;
        assert!(!clear(4_000));
        assert!(clear(4_000 + 3_500));
    }

    #[test]
    fn a_word_of_finance_counts_either_way_through_its_last_day() {
        let word = |cleared| Some(Override { cleared, until: TODAY });
        let judged = |paid, word, today| account(100, paid).clearance(Share(5_000), word, today);
        assert!(judged(0, word(true), TODAY).cleared);
        assert!(!judged(100, word(false), TODAY).cleared);
        assert!(!judged(0, word(true), Date(TODAY.0 + 1)).cleared);
        assert!(judged(100, word(false), Date(TODAY.0 + 1)).cleared);
        let held = judged(100, word(false), TODAY).reason("Bursary");
        assert_eq!(held.as_deref(), Some("Not cleared by Finance. Visit the Bursary."));
    }

    proptest! {
        #[test]
        fn exactly_what_is_missing_clears_and_one_unit_less_does_not(
            fee in 1_i64..1_000_000_000_000, paid in 0_i64..1_000_000_000_000,
            needed in 1_i64..=FULL,
        ) {
            let (before, needed) = (account(fee, paid), Share(needed));
            let missing = before.missing(needed);
            prop_assert_eq!(missing == 0, before.clearance(needed, None, TODAY).cleared);
            let clear = |paid| account(fee, paid).clearance(needed, None, TODAY).cleared;
            prop_assert!(clear(paid + missing));
            prop_assert!(missing == 0 || !clear(paid + missing - 1));
        }

        #[test]
        fn the_order_of_payments_is_irrelevant_and_a_reversal_restores(
            fee in 0_i64..1_000_000_000, parts in prop::collection::vec(1_i64..1_000_000, 1..8),
            gone in any::<prop::sample::Index>(), needed in 0_i64..=FULL,
        ) {
            let judged = |paid: &mut dyn Iterator<Item = &i64>| {
                let account = account(fee, paid.sum());
                (account.balance(), account.clearance(Share(needed), None, TODAY))
            };
            prop_assert_eq!(judged(&mut parts.iter()), judged(&mut parts.iter().rev()));
            let gone = gone.index(parts.len());
            let (without, part) = (parts[..gone].iter().chain(&parts[gone + 1..]), parts[gone]);
            let paid: i64 = parts.iter().sum();
            let reversed = [paid - part];
            prop_assert_eq!(judged(&mut without.clone()), judged(&mut reversed.iter()));
        }
    }
}
