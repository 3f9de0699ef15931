//! Offline marks: whether a scan that a device signed without a network counts, and what about it
//! deserves a look. A receipt proves that its device knew a code, so not before the code was on the
//! screen; everything else here narrows down when it may have been.

use super::mark::{Decision, ExistingMark, Method, Refusal, Status};
use super::session::Session;
use super::sharing::Strictness;
use super::suspicion::Suspicion;
use crate::time::{Span, Timestamp};
use std::collections::BTreeSet;

/// From how much later on than its code a mark arrives late.
const LATE: Span = Span::hours(1);
/// How far a device's clock may be off.
const CLOCK: Span = Span::minutes(5);
/// How far from its code's time a scan may lie by the device's clock.
const AROUND: Span = Span::minutes(2);
/// Requests closer together than this are one contact.
const CONTACT: Span = Span::minutes(10);

/// What the institution takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OfflineRules {
    /// How long after its code a mark may arrive; 0 where none is taken.
    pub grace_hours: i64,
    /// With a device that was heard of between the code and the upload.
    pub heard: Strictness,
}

impl Default for OfflineRules {
    fn default() -> Self {
        Self { grace_hours: 24, heard: Strictness::Flag }
    }
}

/// How far the receipts of a key are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Number of the latest one.
    pub sequence: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

impl Chain {
    /// Whether a receipt follows on the latest one. Behind a gap the chain goes on, so that one
    /// receipt that is missing costs the next one and no other; nothing gets in between afterwards.
    pub fn take(&mut self, sequence: i64, previous: [u8; 32], hash: [u8; 32]) -> bool {
        let follows = sequence.checked_sub(1) == Some(self.sequence) && previous == self.hash;
        if sequence > self.sequence {
            *self = Self { sequence, hash };
        }
        follows
    }
}

/// When a device was heard of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact {
    /// The latest time.
    pub at: Timestamp,
    /// The end of the contact before the present one.
    pub before: Option<Timestamp>,
}

impl Contact {
    /// The same once it is heard of now: what it sends in one go is one contact.
    #[must_use]
    pub fn heard(self, now: Timestamp) -> Self {
        let before = if now - self.at > CONTACT { Some(self.at) } else { self.before };
        Self { at: now.max(self.at), before }
    }
}

/// What the signature of a receipt came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Whether a key that is known here signed it.
    pub signed: bool,
    /// Whether that key is the person's who sends it.
    pub own: bool,
    /// Whether it follows on the receipt before.
    pub chained: bool,
}

impl Proof {
    /// Why what the receipt says is not looked at.
    pub const fn refusal(self) -> Option<Refusal> {
        match self {
            Self { signed: false, .. } => Some(Refusal::BadSignature),
            Self { own: false, .. } => Some(Refusal::DeviceTaken),
            Self { chained: false, .. } => Some(Refusal::BrokenChain),
            _ => None,
        }
    }
}

/// A genuine code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeenCode {
    /// Its step.
    pub step: i64,
    /// From when it was on the screen.
    pub from: Timestamp,
    /// Until when it would have been taken online.
    pub until: Timestamp,
}

/// A scan whose receipt is sound, with what is known around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The session.
    pub session: Session,
    /// Whether the session shows codes to be scanned.
    pub method_allowed: bool,
    /// Whether the student belongs to the class.
    pub enrolled: bool,
    /// The mark that stands already.
    pub existing: Option<ExistingMark>,
    /// The code; none if it is not the session's.
    pub code: Option<SeenCode>,
    /// When the device's key was registered.
    pub registered_at: Timestamp,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// When the device was heard of before this upload.
    pub heard_before: Option<Timestamp>,
    /// When it was scanned, by the device's clock.
    pub scanned_at: Timestamp,
    /// How far that clock is ahead, if the device told what it says now.
    pub ahead: Option<Span>,
    /// When it arrived.
    pub received_at: Timestamp,
}

/// What a scan leads to, and what about it deserves a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// A mark, the one that stands, or why there is none.
    pub outcome: Result<Decision, Refusal>,
    /// Signs that a code was passed on.
    pub flags: BTreeSet<Suspicion>,
}

impl Scan {
    /// When it was scanned, with what is known of the device's clock.
    pub fn corrected(&self) -> Timestamp {
        Timestamp(self.scanned_at.0.saturating_sub(self.ahead.unwrap_or_default().0))
    }

    /// Whether the device had a network after its code had gone.
    fn was_online(&self, code: SeenCode) -> bool {
        let marked = |mark: ExistingMark| {
            let online = matches!(mark.method, Method::Qr | Method::Code | Method::Otp);
            online && mark.at > code.until
        };
        self.heard_before.is_some_and(|at| at > code.until) || self.existing.is_some_and(marked)
    }

    /// Whoever was not there could register a key for a code that was passed on.
    fn is_by_new_key(&self) -> bool {
        self.registered_at > self.session.opened_at
    }

    /// Whether the key was withdrawn before the code came on the screen. When the device scanned it
    /// is its own word, and whoever has it may say what they like.
    fn is_by_withdrawn_key(&self, code: SeenCode) -> bool {
        self.withdrawn_at.is_some_and(|at| at <= code.from)
    }

    fn flags(&self, rules: &OfflineRules) -> BTreeSet<Suspicion> {
        let Some(code) = self.code else { return BTreeSet::new() };
        let corrected = self.corrected();
        let around = corrected.0.saturating_add(AROUND.0) >= code.from.0
            && corrected.0.saturating_sub(AROUND.0) <= code.until.0;
        let watched = |strictness: Strictness| strictness != Strictness::Off;
        let odd = [
            (Suspicion::ArrivedLate, self.received_at - code.until > LATE),
            (Suspicion::HeardSince, watched(rules.heard) && self.was_online(code)),
            (Suspicion::WithdrawnSince, self.withdrawn_at.is_some()),
            (Suspicion::ClockOff, self.ahead.is_some_and(|by| by > CLOCK || by < Span(-CLOCK.0))),
            (Suspicion::ScannedLater, !around),
        ];
        odd.into_iter().filter_map(|(flag, is)| is.then_some(flag)).collect()
    }
}

/// Judges a scan whose receipt is sound.
pub fn judge(scan: &Scan, rules: &OfflineRules) -> Judged {
    let rank = Method::Offline.rank();
    let stands = scan.existing.filter(|mark| mark.method.rank() >= rank);
    let outcome = match (new_mark(scan, rules), stands) {
        _ if !scan.enrolled => Err(Refusal::NotEnrolled),
        (new, None) => new.map(|(decision, _)| decision),
        // The earliest automatic mark beats later ones.
        (Ok((decision, at)), Some(mark)) if mark.method.rank() == rank && at < mark.at => {
            Ok(decision)
        }
        (_, Some(mark)) => Ok(Decision::Already(mark)),
    };
    Judged { outcome, flags: scan.flags(rules) }
}

/// The mark that the scan would make if there were none, and its time.
fn new_mark(scan: &Scan, rules: &OfflineRules) -> Result<(Decision, Timestamp), Refusal> {
    let code = scan.code.filter(|code| code.from <= scan.received_at);
    let code = code.ok_or(Refusal::CodeInvalid)?;
    if !scan.method_allowed {
        return Err(Refusal::MethodNotAllowed);
    }
    if !scan.session.took_marks(code.from) {
        return Err(Refusal::SessionClosed);
    }
    let grace = Span::hours(rules.grace_hours);
    if grace <= Span(0) || scan.received_at - code.from > grace {
        return Err(Refusal::TooLate);
    }
    if scan.is_by_new_key() {
        return Err(Refusal::KeyTooNew);
    }
    if scan.is_by_withdrawn_key(code) {
        return Err(Refusal::KeyWithdrawn);
    }
    if rules.heard == Strictness::Refuse && scan.was_online(code) {
        return Err(Refusal::WasOnline);
    }
    let late = code.from > scan.session.late_from;
    let status = if late { Status::Late } else { Status::Present };
    Ok((Decision::Mark { status, step: code.step }, code.from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

    fn at(minutes: i64) -> Timestamp {
        NOON + Span::minutes(minutes)
    }

    fn code(minute: i64) -> SeenCode {
        SeenCode { step: minute * 6, from: at(minute), until: at(minute) + Span::seconds(20) }
    }

    /// Scanned in the second minute, sent half an hour later.
    fn scan() -> Scan {
        let session = Session {
            opened_at: NOON,
            ends_at: at(15),
            late_from: at(10),
            closed_at: Some(at(15)),
        };
        Scan {
            session,
            method_allowed: true,
            enrolled: true,
            existing: None,
            code: Some(code(2)),
            registered_at: at(-100),
            withdrawn_at: None,
            heard_before: Some(at(-90)),
            scanned_at: at(2),
            ahead: Some(Span(0)),
            received_at: at(30),
        }
    }

    fn mark(status: Status, method: Method, minute: i64) -> ExistingMark {
        ExistingMark { status, method, at: at(minute) }
    }

    const PRESENT: Decision = Decision::Mark { status: Status::Present, step: 12 };

    fn outcome(scan: Scan) -> Result<Decision, Refusal> {
        judge(&scan, &OfflineRules::default()).outcome
    }

    #[rstest]
    #[case::in_time(scan(), PRESENT)]
    #[case::late_by_its_code(
        Scan { code: Some(code(11)), ..scan() },
        Decision::Mark { status: Status::Late, step: 66 }
    )]
    #[case::in_place_of_a_filler(
        Scan { existing: Some(mark(Status::Absent, Method::Filler, 15)), ..scan() },
        PRESENT
    )]
    #[case::earlier_than_a_badge(
        Scan { existing: Some(mark(Status::Late, Method::Badge, 12)), ..scan() },
        PRESENT
    )]
    #[case::just_within_the_grace(Scan { received_at: at(2 + 24 * 60), ..scan() }, PRESENT)]
    #[case::while_it_is_open(
        Scan { session: Session { closed_at: None, ..scan().session }, received_at: at(3), ..scan() },
        PRESENT
    )]
    fn a_scan_within_the_session_and_the_grace_marks(
        #[case] scan: Scan,
        #[case] expected: Decision,
    ) {
        assert_eq!(outcome(scan), Ok(expected));
    }

    #[rstest]
    #[case::stranger(Scan { enrolled: false, ..scan() }, Refusal::NotEnrolled)]
    #[case::no_code_of_the_session(Scan { code: None, ..scan() }, Refusal::CodeInvalid)]
    #[case::of_a_step_to_come(Scan { received_at: at(1), ..scan() }, Refusal::CodeInvalid)]
    #[case::by_hand_only(Scan { method_allowed: false, ..scan() }, Refusal::MethodNotAllowed)]
    #[case::after_the_end(Scan { code: Some(code(15)), ..scan() }, Refusal::SessionClosed)]
    #[case::after_it_was_closed(
        Scan { session: Session { closed_at: Some(at(1)), ..scan().session }, ..scan() },
        Refusal::SessionClosed
    )]
    #[case::new_key(Scan { registered_at: at(1), ..scan() }, Refusal::KeyTooNew)]
    #[case::withdrawn_key(Scan { withdrawn_at: Some(at(1)), ..scan() }, Refusal::KeyWithdrawn)]
    #[case::withdrawn_key_by_its_own_word(
        Scan { withdrawn_at: Some(at(1)), scanned_at: at(0), ..scan() },
        Refusal::KeyWithdrawn
    )]
    #[case::too_late(Scan { received_at: at(3 + 24 * 60), ..scan() }, Refusal::TooLate)]
    fn is_refused(#[case] scan: Scan, #[case] refusal: Refusal) {
        assert_eq!(outcome(scan), Err(refusal));
    }

    #[rstest]
    #[case::by_hand(mark(Status::Absent, Method::Manual, 20))]
    #[case::imported(mark(Status::Excused, Method::Import, 20))]
    #[case::earlier_online(mark(Status::Present, Method::Qr, 1))]
    #[case::by_the_same_code(mark(Status::Present, Method::Offline, 2))]
    fn what_stands_stays(#[case] existing: ExistingMark) {
        let (already, existing) = (Ok(Decision::Already(existing)), Some(existing));
        assert_eq!(outcome(Scan { existing, ..scan() }), already);
        // Whoever is marked hears so, whatever is wrong with a second scan.
        assert_eq!(outcome(Scan { existing, code: None, ..scan() }), already);
    }

    #[test]
    fn a_later_mark_stands_where_the_scan_is_refused() {
        let existing = mark(Status::Late, Method::Qr, 12);
        let late = Scan { existing: Some(existing), received_at: at(3 + 24 * 60), ..scan() };
        assert_eq!(outcome(late), Ok(Decision::Already(existing)));
    }

    #[test]
    fn without_a_grace_nothing_is_taken() {
        let rules = OfflineRules { grace_hours: 0, ..OfflineRules::default() };
        let judged = judge(&Scan { received_at: at(2), ..scan() }, &rules);
        assert_eq!(judged.outcome, Err(Refusal::TooLate));
    }

    #[rstest]
    #[case::nothing(scan(), &[])]
    #[case::arrived_late(Scan { received_at: at(63), ..scan() }, &[Suspicion::ArrivedLate])]
    #[case::online_since(Scan { heard_before: Some(at(5)), ..scan() }, &[Suspicion::HeardSince])]
    #[case::marked_online_since(
        Scan { existing: Some(mark(Status::Late, Method::Qr, 12)), ..scan() },
        &[Suspicion::HeardSince]
    )]
    #[case::withdrawn_since(
        Scan { withdrawn_at: Some(at(3)), ..scan() },
        &[Suspicion::WithdrawnSince]
    )]
    #[case::clock_ahead(
        Scan { ahead: Some(Span::minutes(90)), scanned_at: at(92), ..scan() },
        &[Suspicion::ClockOff]
    )]
    #[case::clock_behind(
        Scan { ahead: Some(Span::minutes(-6)), scanned_at: at(-4), ..scan() },
        &[Suspicion::ClockOff]
    )]
    #[case::scanned_later(Scan { scanned_at: at(9), ..scan() }, &[Suspicion::ScannedLater])]
    #[case::scanned_before(Scan { scanned_at: at(-1), ..scan() }, &[Suspicion::ScannedLater])]
    #[case::nonsense(
        Scan { scanned_at: Timestamp(i64::MIN), ..scan() },
        &[Suspicion::ScannedLater]
    )]
    fn what_is_odd_is_flagged_and_counts(#[case] scan: Scan, #[case] flags: &[Suspicion]) {
        let judged = judge(&scan, &OfflineRules::default());
        assert_eq!(judged.flags, flags.iter().copied().collect());
        assert_eq!(judged.outcome, Ok(PRESENT));
    }

    #[test]
    fn the_strict_refuse_what_others_flag() {
        let scan = Scan { heard_before: Some(at(5)), ..scan() };
        let rules = |heard| OfflineRules { heard, ..OfflineRules::default() };
        assert_eq!(judge(&scan, &rules(Strictness::Refuse)).outcome, Err(Refusal::WasOnline));
        let mild = judge(&scan, &rules(Strictness::Off));
        assert_eq!((mild.outcome, mild.flags), (Ok(PRESENT), BTreeSet::new()));
    }

    #[rstest]
    #[case::sound(true, true, true, None)]
    #[case::unsigned(false, false, false, Some(Refusal::BadSignature))]
    #[case::anothers(true, false, true, Some(Refusal::DeviceTaken))]
    #[case::out_of_order(true, true, false, Some(Refusal::BrokenChain))]
    fn what_is_not_proven_is_not_looked_at(
        #[case] signed: bool,
        #[case] own: bool,
        #[case] chained: bool,
        #[case] refusal: Option<Refusal>,
    ) {
        assert_eq!(Proof { signed, own, chained }.refusal(), refusal);
    }

    #[test]
    fn a_missing_receipt_costs_the_next_one_and_cant_be_slipped_in_later() {
        let mut chain = Chain { sequence: 0, hash: [0; 32] };
        assert!(chain.take(1, [0; 32], [1; 32]));
        assert!(!chain.take(3, [2; 32], [3; 32]));
        assert!(chain.take(4, [3; 32], [4; 32]));
        assert!(!chain.take(2, [1; 32], [2; 32]));
        assert!(!chain.take(5, [9; 32], [5; 32]), "another past");
        assert!(chain.take(6, [5; 32], [6; 32]));
        assert!(!chain.take(i64::MIN, [6; 32], [7; 32]));
    }

    #[test]
    fn what_is_sent_in_one_go_is_one_contact() {
        let registered = Contact { at: NOON, before: None };
        let upload = registered.heard(at(60));
        assert_eq!(upload, Contact { at: at(60), before: Some(NOON) });
        let more = upload.heard(at(65)).heard(at(74));
        assert_eq!(more, Contact { at: at(74), before: Some(NOON) });
        assert_eq!(more.heard(at(90)).before, Some(at(74)));
        assert_eq!(more.heard(at(1)), more, "a clock that was set back");
    }

    proptest! {
        #[test]
        fn a_mark_lies_in_its_session_and_arrives_in_time(
            minute in -5..30_i64, received in 0..3000_i64, enrolled: bool, grace in 0..48_i64,
        ) {
            let scan = Scan { code: Some(code(minute)), received_at: at(received), enrolled, ..scan() };
            let rules = OfflineRules { grace_hours: grace, ..OfflineRules::default() };
            if judge(&scan, &rules).outcome.is_ok() {
                prop_assert!(enrolled && minute < 15);
                prop_assert!(received >= minute && received - minute <= grace * 60);
            }
        }
    }
}
