//! The rule of a place: how often one enters on a credential, and in which hours.

use super::Verdict;
use super::history::Tally;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// How often people enter on one credential.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entries {
    /// Once each.
    #[default]
    Single,
    /// So many times each.
    Times(NonZeroU32),
    /// Again and again, after leaving.
    Reentry,
}

/// A span of time: its first moment belongs to it, its end does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Window {
    /// Its first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// The rule of a sitting or an event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// How often.
    pub entries: Entries,
    /// When people are let in; always where there is none.
    pub windows: Vec<Window>,
}

impl Entries {
    /// How many more people may enter now.
    pub(super) fn remaining(self, admits: NonZeroU32, tally: Tally) -> u32 {
        let admits = admits.get();
        match self {
            Self::Single => admits.saturating_sub(tally.entered),
            Self::Times(times) => {
                let left = admits.saturating_mul(times.get()).saturating_sub(tally.entered);
                // However many times are left, no more people come than the credential names.
                left.min(admits)
            }
            Self::Reentry => admits.saturating_sub(tally.inside),
        }
    }
}

impl Window {
    fn contains(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// Why nobody is let in at this moment: too early for the next window, or too late for the last.
pub(super) fn refusal(windows: &[Window], at: Timestamp) -> Option<Verdict> {
    if windows.iter().any(|window| window.contains(at)) {
        return None;
    }
    let next = windows.iter().map(|window| window.from).filter(|from| *from > at).min();
    let last = windows.iter().map(|window| window.until).max();
    let early = next.map(|from| Verdict::NotValidYet { from });
    early.or_else(|| last.map(|since| Verdict::Expired { since }))
}
