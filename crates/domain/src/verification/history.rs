//! What happened before, in the order in which people went through, not in which it was heard of.

use super::{Direction, Record, Rule};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// A recorded scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// When it was scanned, by a corrected clock.
    pub at: Timestamp,
    /// Which way.
    pub direction: Direction,
    /// How many people went through.
    pub count: NonZeroU32,
    /// Whether they were let through and it was not undone. Exits count either way: people left.
    pub admitted: bool,
}

/// What a recorded redemption turns out to be once all devices have been heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// In order.
    Stands,
    /// More people entered on it than may: another device, apart, had admitted them before.
    DoubleUse,
    /// An exit without an entry.
    NotInside,
    /// Nobody was let in.
    Refused,
}

/// Who is there by a history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// People who entered, each time counted.
    pub entered: u32,
    /// People who are inside.
    pub inside: u32,
}

/// Who is there by a history.
pub fn presence(history: &[Redemption]) -> Presence {
    let Tally { entered, inside, .. } = Tally::of(history);
    Presence { entered, inside }
}

/// How many went through, up to some moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// People who entered, each time counted.
    pub entered: u32,
    /// People who are inside.
    pub inside: u32,
    /// The latest admission, by its place in the history.
    pub latest: Option<usize>,
}

impl Tally {
    pub fn of(history: &[Redemption]) -> Self {
        in_order(history).fold(Self::default(), |tally, (at, one)| tally.after(at, one))
    }

    /// The same after so many have left.
    pub fn left(self, count: u32) -> Self {
        Self { inside: self.inside.saturating_sub(count), ..self }
    }

    fn after(self, at: usize, one: &Redemption) -> Self {
        let count = one.count.get();
        match one.direction {
            Direction::Exit => self.left(count),
            Direction::Entry if one.admitted => Self {
                entered: self.entered.saturating_add(count),
                inside: self.inside.saturating_add(count),
                latest: Some(at),
            },
            Direction::Entry => self,
        }
    }
}

/// By the time of the scan; of the same moment, as they stand.
pub(super) fn in_order(history: &[Redemption]) -> impl Iterator<Item = (usize, &Redemption)> {
    let mut order: Vec<_> = history.iter().enumerate().collect();
    order.sort_by_key(|(_, one)| one.at);
    order.into_iter()
}

/// What each redemption turns out to be, as they stand in the history: of admissions that devices
/// made while apart the earliest stands. An entry that is heard of after the exit that followed it
/// puts both in order.
pub fn review(record: &Record, rule: &Rule, history: &[Redemption]) -> Vec<Finding> {
    let mut findings = vec![Finding::Refused; history.len()];
    let mut tally = Tally::default();
    for (at, one) in in_order(history) {
        let finding = match one.direction {
            Direction::Exit if tally.inside < one.count.get() => Finding::NotInside,
            Direction::Entry if !one.admitted => Finding::Refused,
            Direction::Entry if rule.entries.remaining(record.admits, tally) < one.count.get() => {
                Finding::DoubleUse
            }
            _ => Finding::Stands,
        };
        // Whoever came in on a double use is inside, too, and may leave.
        tally = tally.after(at, one);
        if let Some(own) = findings.get_mut(at) {
            *own = finding;
        }
    }
    findings
}
