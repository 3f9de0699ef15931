//! Verification: whether a credential that is presented at a point admits its holder, by what is
//! known of its record, the rule of the place, and what happened before.
//!
//! Pure, and decided alike on the server (recording a redemption) and on a verifier without
//! network (`islands/src/verification`, from an offline pack); `vectors/verification.json` holds
//! both to it.

mod history;
mod kind;
mod offline;
mod rule;
mod scanned;

pub use history::{Finding, Presence, Redemption, presence, review};
pub use kind::{PointKind, VerdictKind};
pub use offline::{
    CLOCK_TOLERANCE, Decided, IncidentKind, OWN_UNDO, PACK_LIFETIME, double_uses, standing_at,
};
pub use rule::{Entries, Rule, Window};
pub use scanned::Scanned;

use crate::ids::PointId;
use crate::time::Timestamp;
use history::Tally;
use serde::{Deserialize, Serialize};
use std::num::NonZeroU32;

/// Which way somebody goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// In.
    Entry,
    /// Out.
    Exit,
}

/// What has become of a credential since it was issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It is the one that counts.
    Current,
    /// Another was issued in its place.
    Superseded {
        /// When.
        at: Timestamp,
    },
    /// Voided, refunded or withdrawn.
    Revoked,
    /// Its holder's dockets are held.
    OnHold,
}

/// What is known of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What has become of it.
    pub standing: Standing,
    /// When it is valid.
    pub validity: Window,
    /// How many people it admits together: a couple's pass two.
    pub admits: NonZeroU32,
    /// The points where it admits: the rooms of the holder's sitting, the gates of the pass type.
    /// None names every point of the place.
    pub points: Option<Vec<PointId>>,
}

/// What the verifier found out about what was shown.
#[derive(Clone, Copy, Debug)]
pub enum Presented<'a> {
    /// The signature is wrong, or what was shown is no credential.
    Forged,
    /// Genuine or typed right, but there is no such record.
    Unknown,
    /// The credential of this record.
    Known(&'a Record),
}

/// A scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scan {
    /// Where.
    pub point: PointId,
    /// Which way.
    pub direction: Direction,
    /// How many people go through.
    pub count: NonZeroU32,
    /// When.
    pub at: Timestamp,
}

/// What the verifier is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Let them through.
    Admit {
        /// How many more people may enter on it now; an exit gives room where re-entry is allowed.
        remaining: u32,
    },
    /// Too few entries are left for so many people.
    AlreadyUsed {
        /// How many people may still enter.
        remaining: u32,
        /// The latest admission, by its place in the history; none where nobody ever entered.
        previous: Option<usize>,
    },
    /// An exit without an entry. It is recorded and consumes nothing.
    NotInside,
    /// Another was issued in its place.
    Superseded {
        /// When.
        at: Timestamp,
    },
    /// Voided, refunded or withdrawn.
    Revoked,
    /// Its holder's dockets are held.
    OnHold,
    /// Too early.
    NotValidYet {
        /// From when on it admits.
        from: Timestamp,
    },
    /// Too late.
    Expired {
        /// Since when it no longer admits.
        since: Timestamp,
    },
    /// Right elsewhere: at the points of the record.
    WrongPlace,
    /// No such credential.
    Unknown,
    /// Not genuine.
    Forged,
}

/// Decides about a scan. The history holds all redemptions of this credential for the same
/// entitlement (a docket's sitting, an event), in any order: whatever is known counts, also what
/// another device recorded by a clock that runs ahead.
///
/// Whoever is inside may leave: an exit asks for an entry alone.
pub fn decide(
    presented: Presented<'_>,
    rule: &Rule,
    history: &[Redemption],
    scan: &Scan,
) -> Verdict {
    let record = match presented {
        Presented::Forged => return Verdict::Forged,
        Presented::Unknown => return Verdict::Unknown,
        Presented::Known(record) => record,
    };
    let tally = Tally::of(history);
    let count = scan.count.get();
    if scan.direction == Direction::Exit {
        let remaining = rule.entries.remaining(record.admits, tally.left(count));
        let inside = tally.inside >= count;
        return if inside { Verdict::Admit { remaining } } else { Verdict::NotInside };
    }
    if let Some(refusal) = record.refusal(rule, scan) {
        return refusal;
    }
    let remaining = rule.entries.remaining(record.admits, tally);
    match remaining.checked_sub(count) {
        Some(remaining) => Verdict::Admit { remaining },
        None => Verdict::AlreadyUsed { remaining, previous: tally.latest },
    }
}

/// How many go through if nobody says: all who may still enter, or all who are inside; at least one.
pub fn all_of_them(
    record: &Record,
    rule: &Rule,
    history: &[Redemption],
    direction: Direction,
) -> NonZeroU32 {
    let tally = Tally::of(history);
    let all = match direction {
        Direction::Entry => rule.entries.remaining(record.admits, tally),
        Direction::Exit => tally.inside,
    };
    NonZeroU32::new(all).unwrap_or(NonZeroU32::MIN)
}

impl Record {
    /// Why nobody enters on it here and now, whatever happened before. What concerns the
    /// credential itself comes first: no other door or hour would help.
    fn refusal(&self, rule: &Rule, scan: &Scan) -> Option<Verdict> {
        match self.standing {
            Standing::Superseded { at } => return Some(Verdict::Superseded { at }),
            Standing::Revoked => return Some(Verdict::Revoked),
            Standing::OnHold => return Some(Verdict::OnHold),
            Standing::Current => {}
        }
        let own = rule::refusal(&[self.validity], scan.at);
        let elsewhere = self.points.as_ref().is_some_and(|points| !points.contains(&scan.point));
        let place = || elsewhere.then_some(Verdict::WrongPlace);
        own.or_else(place).or_else(|| rule::refusal(&rule.windows, scan.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(at: i64, direction: Direction, count: u32) -> Redemption {
        let count = NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN);
        Redemption { at: Timestamp(at), direction, count, admitted: true }
    }

    #[test]
    fn if_nobody_says_all_who_may_go_through_do() {
        let always = Window { from: Timestamp(i64::MIN), until: Timestamp(i64::MAX) };
        let couple = Record {
            standing: Standing::Current,
            validity: always,
            admits: NonZeroU32::MIN.saturating_add(1),
            points: None,
        };
        let rule = Rule { entries: Entries::Reentry, windows: Vec::new() };
        let all = |history: &[Redemption], direction| {
            all_of_them(&couple, &rule, history, direction).get()
        };
        let one_entered = [scan(1, Direction::Entry, 1)];
        assert_eq!(all(&[], Direction::Entry), 2);
        assert_eq!(all(&one_entered, Direction::Entry), 1);
        assert_eq!(all(&one_entered, Direction::Exit), 1);
        let both = [scan(1, Direction::Entry, 2)];
        assert_eq!(all(&both, Direction::Exit), 2);
        assert_eq!(all(&both, Direction::Entry), 1, "at least one asks");
        assert_eq!(presence(&both), Presence { entered: 2, inside: 2 });
    }
}
