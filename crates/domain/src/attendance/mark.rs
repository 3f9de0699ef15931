//! Marks: what an attempt to mark leads to, and which of two sources wins.

use super::session::Session;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// A student's status in a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There.
    Present,
    /// There, but late.
    Late,
    /// Not there, with leave.
    Excused,
    /// Not there.
    Absent,
}

impl Status {
    /// Every status, in the order of screens.
    pub const ALL: [Self; 4] = [Self::Present, Self::Late, Self::Excused, Self::Absent];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Late => "late",
            Self::Excused => "excused",
            Self::Absent => "absent",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Present => "Present",
            Self::Late => "Late",
            Self::Excused => "Excused",
            Self::Absent => "Absent",
        }
    }

    /// The status of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.key() == key)
    }
}

/// How a mark was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// The rotating QR's link.
    Qr,
    /// The code typed.
    Code,
    /// The one-time password of an online session.
    Otp,
    /// The rotating QR, scanned and signed without a network and sent later.
    Offline,
    /// The student's badge, scanned by staff.
    Badge,
    /// By staff, one student at a time.
    Manual,
    /// By staff, for the whole session at once.
    Bulk,
    /// From a table of marks that were taken elsewhere.
    Import,
    /// Written when the session closed, for want of any other mark.
    Filler,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 9] = [
        Self::Qr,
        Self::Code,
        Self::Otp,
        Self::Offline,
        Self::Badge,
        Self::Manual,
        Self::Bulk,
        Self::Import,
        Self::Filler,
    ];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Qr => "qr",
            Self::Code => "code",
            Self::Otp => "otp",
            Self::Offline => "offline",
            Self::Badge => "badge",
            Self::Manual => "manual",
            Self::Bulk => "bulk",
            Self::Import => "import",
            Self::Filler => "filler",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Qr => "QR code",
            Self::Code => "Typed code",
            Self::Otp => "One-time password",
            Self::Offline => "Offline",
            Self::Badge => "Badge",
            Self::Manual => "By hand",
            Self::Bulk => "All at once",
            Self::Import => "Imported",
            Self::Filler => "At close",
        }
    }

    /// The method of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.key() == key)
    }

    /// Whether students make such marks themselves.
    pub const fn is_own(self) -> bool {
        matches!(self, Self::Qr | Self::Code | Self::Otp | Self::Offline)
    }

    /// A person's word beats a code's or a badge's, and anything beats a filler.
    pub(crate) const fn rank(self) -> u8 {
        match self {
            Self::Manual | Self::Bulk | Self::Import => 2,
            Self::Qr | Self::Code | Self::Otp | Self::Offline | Self::Badge => 1,
            Self::Filler => 0,
        }
    }
}

/// A mark that stands already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExistingMark {
    /// Its status.
    pub status: Status,
    /// How it was made.
    pub method: Method,
    /// When.
    pub at: Timestamp,
}

/// What the code presented turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeVerdict {
    /// On screen at this step, now or when the ticket was drawn.
    Valid {
        /// The step.
        step: i64,
    },
    /// Was on screen too long ago.
    Expired,
    /// Not a code of this session.
    Invalid,
}

/// An attempt to mark somebody by a code or a badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The session.
    pub session: Session,
    /// Whether the session takes marks by this method.
    pub method_allowed: bool,
    /// Whether the student belongs to the class.
    pub enrolled: bool,
    /// The mark that stands already.
    pub existing: Option<ExistingMark>,
    /// What the code turned out to be.
    pub code: CodeVerdict,
    /// By which of the automatic ones.
    pub method: Method,
    /// Now; or, with a ticket, when its code was judged.
    pub at: Timestamp,
    /// Whether the code was judged earlier and a ticket stands for it.
    pub by_ticket: bool,
}

/// Why an attempt was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Refusal {
    /// Not a student of the class.
    #[error("You are not enrolled in this class. Ask your teacher if you should be.")]
    NotEnrolled,
    /// The session takes no marks any more.
    #[error("This session is closed. Ask your teacher to mark you by hand.")]
    SessionClosed,
    /// Was valid once.
    #[error("Scan the code on the screen again: this one has expired.")]
    CodeExpired,
    /// Never was valid.
    #[error("This code is not right. Check it against the screen and try again.")]
    CodeInvalid,
    /// Of a session that another node of the institution takes.
    #[error(
        "This code is of another server of your institution. Scan it with the installed app, which keeps it until that server was heard of, or open its link with your camera in the classroom's own network."
    )]
    CodeElsewhere,
    /// The device is another student's.
    #[error("This phone belongs to another student. Use your own, or ask your teacher.")]
    DeviceTaken,
    /// Nobody knows whose device it is.
    #[error(
        "Your browser did not say which phone it is on. Let it keep cookies for this page, and try again."
    )]
    DeviceUnknown,
    /// Not from the campus.
    #[error("This session takes marks from the campus network only. Join it and try again.")]
    WrongNetwork,
    /// Too far from the room.
    #[error(
        "This session is marked in its room, and your browser puts you elsewhere. Go there and try again, or ask your teacher."
    )]
    TooFar,
    /// The class wants to know how far it is to the room, and the browser did not tell.
    #[error(
        "This session wants to know how far you are from its room. Let your browser tell, and try again."
    )]
    LocationMissing,
    /// The session is taken in another way.
    #[error("This session does not take codes. Your teacher marks you by hand.")]
    MethodNotAllowed,
    /// A receipt that is none.
    #[error("This record can't be read: it was damaged. Ask your teacher to mark you by hand.")]
    Malformed,
    /// No key that is known here has signed the receipt.
    #[error(
        "This record was not signed by a key that is known here. Open the app online once, and ask your teacher to mark you by hand."
    )]
    BadSignature,
    /// A receipt does not follow on the one before.
    #[error(
        "This record does not follow on the one before it, so it does not count. Ask your teacher to mark you by hand."
    )]
    BrokenChain,
    /// An offline mark that came after the grace.
    #[error("This arrived too late to count. Ask your teacher to mark you by hand.")]
    TooLate,
    /// An offline mark by a key that is newer than its session.
    #[error(
        "This phone was registered after the session opened, so it can't mark you offline in it. Ask your teacher to mark you by hand."
    )]
    KeyTooNew,
    /// An offline mark by a key that was withdrawn before.
    #[error(
        "This phone was withdrawn before the code was on the screen, so it can't mark you. Ask your teacher to mark you by hand."
    )]
    KeyWithdrawn,
    /// An offline mark of a device that had a network since.
    #[error(
        "This phone was online after the code was on the screen and did not send it then. Ask your teacher to mark you by hand."
    )]
    WasOnline,
}

impl Refusal {
    /// Every refusal.
    pub const ALL: [Self; 18] = [
        Self::NotEnrolled,
        Self::SessionClosed,
        Self::CodeExpired,
        Self::CodeInvalid,
        Self::CodeElsewhere,
        Self::DeviceTaken,
        Self::DeviceUnknown,
        Self::WrongNetwork,
        Self::TooFar,
        Self::LocationMissing,
        Self::MethodNotAllowed,
        Self::Malformed,
        Self::BadSignature,
        Self::BrokenChain,
        Self::TooLate,
        Self::KeyTooNew,
        Self::KeyWithdrawn,
        Self::WasOnline,
    ];

    /// The stable reason in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::NotEnrolled => "not-enrolled",
            Self::SessionClosed => "session-closed",
            Self::CodeExpired => "code-expired",
            Self::CodeInvalid => "code-invalid",
            Self::CodeElsewhere => "code-elsewhere",
            Self::DeviceTaken => "device-taken",
            Self::DeviceUnknown => "device-unknown",
            Self::WrongNetwork => "wrong-network",
            Self::TooFar => "too-far",
            Self::LocationMissing => "location-missing",
            Self::MethodNotAllowed => "method-not-allowed",
            Self::Malformed => "malformed",
            Self::BadSignature => "bad-signature",
            Self::BrokenChain => "broken-chain",
            Self::TooLate => "too-late",
            Self::KeyTooNew => "key-too-new",
            Self::KeyWithdrawn => "key-withdrawn",
            Self::WasOnline => "was-online",
        }
    }

    /// The refusal of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|refusal| refusal.key() == key)
    }

    /// Whether it counts against the limit on attempts: only a wrong guess does.
    pub const fn is_guess(self) -> bool {
        matches!(self, Self::CodeInvalid)
    }
}

/// What an attempt leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// A new mark.
    Mark {
        /// Present or late.
        status: Status,
        /// The code's step.
        step: i64,
    },
    /// A mark that beats this one stands; nothing changes.
    Already(ExistingMark),
}

/// Decides an attempt to mark somebody by a code or a badge.
pub fn decide(attempt: &Attempt) -> Result<Decision, Refusal> {
    let Attempt { session, existing, at, .. } = *attempt;
    if !attempt.enrolled {
        return Err(Refusal::NotEnrolled);
    }
    if let Some(mark) = existing.filter(|mark| mark.method.rank() >= attempt.method.rank()) {
        return Ok(Decision::Already(mark));
    }
    let open = if attempt.by_ticket { session.took_marks(at) } else { session.takes_marks(at) };
    if !open {
        return Err(Refusal::SessionClosed);
    }
    if !attempt.method_allowed {
        return Err(Refusal::MethodNotAllowed);
    }
    match attempt.code {
        CodeVerdict::Expired => Err(Refusal::CodeExpired),
        CodeVerdict::Invalid => Err(Refusal::CodeInvalid),
        CodeVerdict::Valid { step } => {
            let status = if at > session.late_from { Status::Late } else { Status::Present };
            Ok(Decision::Mark { status, step })
        }
    }
}

/// Whether staff must give a reason to set `wanted`: to change what stands, but not to repeat it;
/// and for a mark that comes after the session has closed.
pub fn needs_reason(existing: Option<ExistingMark>, wanted: Status, session_closed: bool) -> bool {
    existing.map_or(session_closed, |mark| mark.status != wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;
    use rstest::rstest;

    const NOON: Timestamp = Timestamp(43_200_000_000);

    fn attempt() -> Attempt {
        let session = Session {
            opened_at: NOON,
            ends_at: NOON + Span::minutes(15),
            late_from: NOON + Span::minutes(10),
            closed_at: None,
        };
        Attempt {
            session,
            method_allowed: true,
            enrolled: true,
            existing: None,
            code: CodeVerdict::Valid { step: 3 },
            method: Method::Qr,
            at: NOON + Span::minutes(1),
            by_ticket: false,
        }
    }

    fn existing(status: Status, method: Method) -> ExistingMark {
        ExistingMark { status, method, at: NOON }
    }

    #[rstest]
    #[case(10, Status::Present)]
    #[case(11, Status::Late)]
    fn late_begins_after_late_from(#[case] minutes: i64, #[case] status: Status) {
        let attempt = Attempt { at: NOON + Span::minutes(minutes), ..attempt() };
        assert_eq!(decide(&attempt), Ok(Decision::Mark { status, step: 3 }));
    }

    #[rstest]
    #[case::stranger(Attempt { enrolled: false, ..attempt() }, Refusal::NotEnrolled)]
    #[case::over(Attempt { at: NOON + Span::minutes(15), ..attempt() }, Refusal::SessionClosed)]
    #[case::expired(Attempt { code: CodeVerdict::Expired, ..attempt() }, Refusal::CodeExpired)]
    #[case::wrong(Attempt { code: CodeVerdict::Invalid, ..attempt() }, Refusal::CodeInvalid)]
    #[case::manual_only(Attempt { method_allowed: false, ..attempt() }, Refusal::MethodNotAllowed)]
    fn is_refused(#[case] attempt: Attempt, #[case] refusal: Refusal) {
        assert_eq!(decide(&attempt), Err(refusal));
    }

    #[test]
    fn the_earliest_automatic_mark_stands_even_if_the_code_is_stale_now() {
        let mark = existing(Status::Present, Method::Code);
        let attempt = Attempt { existing: Some(mark), code: CodeVerdict::Expired, ..attempt() };
        assert_eq!(decide(&attempt), Ok(Decision::Already(mark)));
    }

    #[test]
    fn a_teachers_mark_beats_a_code() {
        let mark = existing(Status::Absent, Method::Manual);
        assert_eq!(
            decide(&Attempt { existing: Some(mark), ..attempt() }),
            Ok(Decision::Already(mark))
        );
    }

    #[test]
    fn a_code_beats_a_filler() {
        let mark = existing(Status::Absent, Method::Filler);
        let decision = decide(&Attempt { existing: Some(mark), ..attempt() });
        assert_eq!(decision, Ok(Decision::Mark { status: Status::Present, step: 3 }));
    }

    #[test]
    fn a_ticket_survives_the_close_of_its_session_but_not_a_later_one() {
        let closed_at = Some(NOON + Span::minutes(2));
        let session = Session { closed_at, ..attempt().session };
        let attempt = Attempt { session, by_ticket: true, ..attempt() };
        assert!(decide(&attempt).is_ok());
        let later = Attempt { at: NOON + Span::minutes(2), ..attempt };
        assert_eq!(decide(&later), Err(Refusal::SessionClosed));
        let without = Attempt { by_ticket: false, ..attempt };
        assert_eq!(decide(&without), Err(Refusal::SessionClosed));
    }

    #[test]
    fn only_a_wrong_code_counts_as_a_guess() {
        let guesses = Refusal::ALL.into_iter().filter(|refusal| refusal.is_guess());
        assert_eq!(guesses.collect::<Vec<_>>(), [Refusal::CodeInvalid]);
    }

    #[rstest]
    #[case(None, false, false)]
    #[case(None, true, true)]
    #[case(Some(existing(Status::Present, Method::Qr)), false, false)]
    #[case(Some(existing(Status::Present, Method::Filler)), true, false)]
    #[case(Some(existing(Status::Absent, Method::Filler)), true, true)]
    #[case(Some(existing(Status::Absent, Method::Manual)), false, true)]
    fn a_reason_is_needed_to_change_what_stands_and_to_mark_after_the_end(
        #[case] existing: Option<ExistingMark>,
        #[case] session_closed: bool,
        #[case] needed: bool,
    ) {
        assert_eq!(needs_reason(existing, Status::Present, session_closed), needed);
    }
}
