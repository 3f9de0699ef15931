//! What a verifier without network decided and sends later: it is kept, and judged by what is known
//! by then. What is odd about it becomes an incident, for people to look at.

use super::history::in_order;
use super::{Direction, Finding, Record, Redemption, Rule, Standing, VerdictKind, review};
use crate::time::{Span, Timestamp};

/// How long a pack is used after it was made.
pub const PACK_LIFETIME: Span = Span::hours(24);
/// How far a device's clock may be off before somebody should look at it.
pub const CLOCK_TOLERANCE: Span = Span::minutes(5);
/// For how long a verifier takes a scan back on the device.
pub const OWN_UNDO: Span = Span::minutes(15);

/// What is odd about a scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IncidentKind {
    /// Let in once too often: another device, apart, had let somebody in before.
    DoubleUse,
    /// Withdrawn or replaced after the scan, before it was heard of.
    EndedSince,
    /// Let in although the rule refuses.
    Refused,
    /// Let in by a pack that was too old.
    ExpiredPack,
    /// By a clock that was far off.
    ClockOff,
}

impl IncidentKind {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::DoubleUse, Self::EndedSince, Self::Refused, Self::ExpiredPack, Self::ClockOff];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DoubleUse => "double_use",
            Self::EndedSince => "ended_since",
            Self::Refused => "refused",
            Self::ExpiredPack => "expired_pack",
            Self::ClockOff => "clock_off",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::DoubleUse => "Used twice",
            Self::EndedSince => "Withdrawn since",
            Self::Refused => "Let in against the rule",
            Self::ExpiredPack => "Old pack",
            Self::ClockOff => "Clock far off",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }

    /// Whether it says something of the device rather than of one scan: one at a time is enough.
    pub const fn is_of_device(self) -> bool {
        matches!(self, Self::ExpiredPack | Self::ClockOff)
    }
}

/// A scan about which a device decided by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// When, by a corrected clock.
    pub at: Timestamp,
    /// How far its clock was ahead, where that mattered.
    pub clock_off: Option<Span>,
    /// Whether people went through.
    pub admitted: bool,
    /// Whether somebody overrode the verdict.
    pub overridden: bool,
    /// What the rule says about it now.
    pub judged: VerdictKind,
    /// Whether the credential was withdrawn or replaced since.
    pub ended_since: bool,
    /// When the pack was made.
    pub pack_issued_at: Timestamp,
}

impl Decided {
    /// What is odd about it for itself; double use shows with the other scans alone.
    pub fn incidents(&self) -> Vec<IncidentKind> {
        let entered = self.admitted && !self.overridden;
        // Too often, or out before in: other devices may not have been heard of yet.
        let open = [VerdictKind::Admit, VerdictKind::AlreadyUsed, VerdictKind::NotInside]
            .contains(&self.judged);
        let old = self.at.0.saturating_sub(self.pack_issued_at.0) >= PACK_LIFETIME.0;
        let off = self
            .clock_off
            .is_some_and(|off| off.0.unsigned_abs() > CLOCK_TOLERANCE.0.unsigned_abs());
        let all = [
            (self.admitted && self.ended_since, IncidentKind::EndedSince),
            (entered && !open, IncidentKind::Refused),
            (self.admitted && old, IncidentKind::ExpiredPack),
            (off, IncidentKind::ClockOff),
        ];
        all.into_iter().filter(|(is, _)| *is).map(|(_, kind)| kind).collect()
    }
}

/// What has become of a credential at a moment, by when it was withdrawn and when replaced; and
/// whether either happened after that moment.
pub fn standing_at(
    (ended, superseded): (Option<Timestamp>, Option<Timestamp>),
    at: Timestamp,
) -> (Standing, bool) {
    let standing = match (ended, superseded) {
        (Some(ended), _) if ended <= at => Standing::Revoked,
        (_, Some(superseded)) if superseded <= at => Standing::Superseded { at: superseded },
        _ => Standing::Current,
    };
    let since = standing == Standing::Current && (ended.is_some() || superseded.is_some());
    (standing, since)
}

/// Of a history the entries that were one too many, each with the entry that stands against it: the
/// latest before it that is in order. None stands against more people than the credential names.
pub fn double_uses(
    record: &Record,
    rule: &Rule,
    history: &[Redemption],
) -> Vec<(usize, Option<usize>)> {
    let findings = review(record, rule, history);
    let (mut stands, mut found) = (None, Vec::new());
    for (at, one) in in_order(history) {
        match findings.get(at) {
            Some(Finding::Stands) if one.direction == Direction::Entry => stands = Some(at),
            Some(Finding::DoubleUse) => found.push((at, stands)),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verification::Window;
    use std::num::NonZeroU32;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn decided() -> Decided {
        Decided {
            at: NOW,
            clock_off: None,
            admitted: true,
            overridden: false,
            judged: VerdictKind::Admit,
            ended_since: false,
            pack_issued_at: Timestamp(NOW.0 - Span::hours(23).0),
        }
    }

    #[test]
    fn what_the_rule_agrees_with_is_no_incident() {
        assert_eq!(decided().incidents(), []);
        let used = Decided { judged: VerdictKind::AlreadyUsed, ..decided() };
        assert_eq!(used.incidents(), [], "the other scans tell");
        let refused = Decided { admitted: false, judged: VerdictKind::Revoked, ..decided() };
        assert_eq!(refused.incidents(), [], "nobody was let in");
        let let_in = Decided { overridden: true, judged: VerdictKind::Revoked, ..decided() };
        assert_eq!(let_in.incidents(), [], "somebody answers for it already");
    }

    #[test]
    fn whatever_is_odd_is_named() {
        let late = Timestamp(NOW.0 - PACK_LIFETIME.0);
        let (ahead, near) = (Some(Span::hours(3)), Some(Span::minutes(-4)));
        for (one, kind) in [
            (Decided { ended_since: true, ..decided() }, IncidentKind::EndedSince),
            (Decided { judged: VerdictKind::Forged, ..decided() }, IncidentKind::Refused),
            (Decided { pack_issued_at: late, ..decided() }, IncidentKind::ExpiredPack),
            (Decided { clock_off: ahead, ..decided() }, IncidentKind::ClockOff),
        ] {
            assert_eq!(one.incidents(), [kind]);
            assert_eq!(IncidentKind::from_key(kind.key()), Some(kind));
        }
        assert_eq!(Decided { clock_off: near, ..decided() }.incidents(), []);
    }

    #[test]
    fn what_ended_after_a_moment_stood_at_it() {
        let (before, after) = (Timestamp(NOW.0 - 1), Timestamp(NOW.0 + 1));
        let at = |ended, superseded| standing_at((ended, superseded), NOW);
        assert_eq!(at(None, None), (Standing::Current, false));
        assert_eq!(at(Some(NOW), None), (Standing::Revoked, false));
        assert_eq!(at(Some(after), None), (Standing::Current, true));
        assert_eq!(at(None, Some(before)), (Standing::Superseded { at: before }, false));
        assert_eq!(at(Some(before), Some(before)), (Standing::Revoked, false));
        assert_eq!(at(Some(after), Some(before)), (Standing::Superseded { at: before }, false));
    }

    #[test]
    fn the_earliest_entry_stands_in_whatever_order_they_are_heard_of() {
        let record = Record {
            standing: Standing::Current,
            validity: Window { from: Timestamp(0), until: Timestamp(100) },
            admits: NonZeroU32::MIN,
            points: None,
        };
        let entry = |at: i64| Redemption {
            at: Timestamp(at),
            direction: Direction::Entry,
            count: NonZeroU32::MIN,
            admitted: true,
        };
        let uses = |history: &[Redemption]| double_uses(&record, &Rule::default(), history);
        assert_eq!(uses(&[entry(1), entry(2)]), [(1, Some(0))]);
        assert_eq!(uses(&[entry(2), entry(1)]), [(0, Some(1))]);
        assert_eq!(uses(&[entry(1), entry(1)]), [(1, Some(0))], "of one moment the first");
        assert_eq!(uses(&[entry(3), entry(1), entry(2)]), [(2, Some(1)), (0, Some(1))]);
        let two = Redemption { count: NonZeroU32::MIN.saturating_add(1), ..entry(1) };
        assert_eq!(uses(&[two]), [(0, None)]);
    }
}
