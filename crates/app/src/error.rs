//! Why an action did not happen, in words for whoever asked.

use crate::imports::ImportError;
use crate::nodes::NodeError;
use muster_documents::typesetting::TypesettingError;
use muster_domain::attendance::{Refusal, SessionError};
use muster_domain::badges::BadgeRefusal;
use muster_domain::finance::PaymentError;
use muster_domain::ids::{CorrectionId, PassId, PersonId, SessionId};
use muster_domain::passes::StateError;
use muster_domain::requests::RequestError;
use muster_domain::time::Span;

/// The result of an action.
pub type Result<T> = std::result::Result<T, Error>;

/// What is wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// Its name in forms and in JSON.
    pub field: &'static str,
    /// A sentence.
    pub detail: String,
}

/// Why an action did not happen.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in.
    #[error("Sign in first.")]
    NotSignedIn,
    /// Signed in, but not allowed.
    #[error("You may not do this. Ask an administrator if you should.")]
    Forbidden,
    /// There is no such thing, or the person may not know of it.
    #[error("This does not exist, or no longer does.")]
    NotFound,
    /// Unknown name or wrong password: which one is not told.
    #[error("That name and password don't match. Check both and try again.")]
    WrongPassword,
    /// The password was right, but a second factor is asked for.
    #[error("A second factor is asked for: send a code of the app, or a recovery code, too.")]
    SecondFactorNeeded,
    /// A code of the app or a recovery code that doesn't count.
    #[error("This code is wrong, or was used before. Wait for the next one and type that.")]
    WrongSecondFactor,
    /// Too long between password and second factor.
    #[error("This took too long, or was done already. Sign in again.")]
    SecondStepOver,
    /// An administrator without the second factor that they must have.
    #[error("Administrators need a second factor here. Sign in with a browser to set yours up.")]
    EnrolFirst,
    /// The provider knows them, this node does not.
    #[error(
        "There is no active record here for you. Ask the office to look at your address and number."
    )]
    NotKnownHere,
    /// Unknown class or wrong PIN: which one is not told.
    #[error("That class and PIN don't match. Check both, or sign in by password.")]
    WrongPin,
    /// A one-time code or link that can't be used.
    #[error("This code was used before or has expired. Ask for a new one.")]
    WrongCode,
    /// A verifier's phone that was withdrawn, or whose person verifies no longer.
    #[error(
        "This phone was withdrawn: it verifies no longer. Ask whoever manages verifiers for a new \
         code."
    )]
    DeviceRevoked,
    /// A challenge that a verifier's phone did not answer, or too late.
    #[error("This phone did not prove itself: ask for another challenge and sign that.")]
    DeviceSignature,
    /// Too many failures.
    #[error("Too many attempts: wait {} and try again.", words(*wait))]
    TooManyAttempts {
        /// How long.
        wait: Span,
    },
    /// Fields with mistakes.
    #[error("Some fields need another look.")]
    Invalid(Vec<FieldError>),
    /// Somebody else changed the record since it was read.
    #[error("Somebody changed this in the meantime. Look at it again, then repeat your change.")]
    Stale,
    /// The change was meant for another version of the record.
    #[error("Somebody changed this in the meantime. Look at it again, then repeat your change.")]
    Outdated,
    /// The class has an open session.
    #[error("This class has an open session already. Continue it, or close it first.")]
    SessionOpen {
        /// Which.
        session: SessionId,
    },
    /// The meeting has a session already.
    #[error("A session of this meeting was taken already. Continue it, or open it again.")]
    MeetingTaken {
        /// Which.
        session: SessionId,
    },
    /// A change to a mark without a reason.
    #[error("Say why you change this mark.")]
    ReasonRequired,
    /// The record was merged into another one.
    #[error("This record was merged into another one of the same person. Use that one.")]
    Merged {
        /// The record that stayed.
        kept: PersonId,
    },
    /// What a merge moved was changed since.
    #[error(
        "This merge can’t be undone: since then there was a change to {}. Nothing was changed now.",
        what.join("; ")
    )]
    MergeChanged {
        /// What was changed, in words.
        what: Vec<String>,
    },
    /// What was set at once was taken back before.
    #[error("This was taken back already. Look at the list again.")]
    AlreadyReversed,
    /// A conflict that somebody settled otherwise.
    #[error("Somebody settled this already. Look at the list again.")]
    ConflictSettled,
    /// A lost value that no action writes.
    #[error(
        "This can’t be written back from here. Change the record itself, then keep what stands."
    )]
    RestoreByHand,
    /// The class's term is locked.
    #[error("{term} is locked: its attendance changes no more. Ask an administrator to unlock it.")]
    TermLocked {
        /// Its name.
        term: String,
    },
    /// The class is archived.
    #[error(
        "{class} is archived: its records stay, and nothing is added. Take it out of the archive \
         first."
    )]
    ClassArchived {
        /// Its course and section.
        class: String,
    },
    /// A correction of the mark waits already.
    #[error(
        "You asked for a correction of this mark already. Wait for the decision, or withdraw it."
    )]
    CorrectionOpen {
        /// Which.
        correction: CorrectionId,
    },
    /// A request can't take this step.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// A receipt that was recorded before.
    #[error("This receipt is recorded already: nothing was saved.{more}")]
    ReceiptTaken {
        /// A sentence about the other payment, where it is known.
        more: String,
    },
    /// A payment can't take this step.
    #[error(transparent)]
    Payment(#[from] PaymentError),
    /// A mark by code was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A badge that was shown marks nobody.
    #[error(transparent)]
    Badge(#[from] BadgeRefusal),
    /// The session can't take this step.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The last super administrator can't go.
    #[error("This is the last super administrator: name another one first.")]
    LastAdministrator,
    /// Set up already.
    #[error("This node is set up already. Sign in instead.")]
    SetUp,
    /// An idempotency key that came with another request before.
    #[error("This Idempotency-Key was used for another request: choose a new one.")]
    KeyReused,
    /// A request under the same idempotency key has not answered yet.
    #[error("The same request is still running: ask again in a moment.")]
    InProgress,
    /// A request under the same idempotency key was done, but its answer was lost.
    #[error("This was done before, but its answer was lost. Look at the record.")]
    AlreadyDone,
    /// No room at an event, or no pass of a type left.
    #[error("{0}")]
    SoldOut(String),
    /// Somebody with that name and phone holds a pass of the event.
    #[error(
        "Somebody of this name and phone holds a pass of this event already. Open that one, or send \
         it again."
    )]
    DuplicateHolder {
        /// The pass.
        pass: PassId,
    },
    /// A pass can't take a step.
    #[error(transparent)]
    Pass(#[from] StateError),
    /// The event is archived.
    #[error("This event is archived: its passes stay, and nothing is added.")]
    EventArchived,
    /// A student may not have a docket.
    #[error("{}", reasons.join(" "))]
    NotEligible {
        /// Every reason, a sentence each.
        reasons: Vec<String>,
    },
    /// A key that signs credentials is not at hand.
    #[error(
        "The key that signs this is not on this node. Whoever runs the node finds it under \
         “muster keys”."
    )]
    SigningKey,
    /// An import can't go on.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// A document on paper was not made.
    #[error(transparent)]
    Typesetting(#[from] TypesettingError),
    /// Nodes can't exchange anything.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] muster_storage::Error),
}

impl Error {
    /// A mistake in one field.
    pub fn field(field: &'static str, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field, detail: detail.into() }])
    }

    /// The stable reason in the API, kebab-case.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::NotSignedIn => "not-signed-in",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not-found",
            Self::WrongPassword => "wrong-password",
            Self::SecondFactorNeeded => "second-factor-needed",
            Self::WrongSecondFactor => "wrong-second-factor",
            Self::SecondStepOver => "second-step-over",
            Self::EnrolFirst => "enrol-first",
            Self::NotKnownHere => "not-known-here",
            Self::WrongPin => "wrong-pin",
            Self::WrongCode => "code-used",
            Self::DeviceRevoked => "device-revoked",
            Self::DeviceSignature => "device-signature",
            Self::TooManyAttempts { .. } => "too-many-attempts",
            Self::Invalid(_) | Self::Session(SessionError::Duration) => "invalid",
            Self::Stale | Self::Outdated => "stale",
            Self::MeetingTaken { .. } => "meeting-taken",
            Self::SessionOpen { .. } | Self::Session(SessionError::Open) => "session-open",
            Self::ReasonRequired => "reason-required",
            Self::Merged { .. } => "person-merged",
            Self::MergeChanged { .. } => "merge-changed",
            Self::AlreadyReversed | Self::Payment(PaymentError::Reversed) => "already-reversed",
            Self::ConflictSettled => "conflict-settled",
            Self::RestoreByHand => "restore-by-hand",
            Self::TermLocked { .. } => "term-locked",
            Self::ClassArchived { .. } => "class-archived",
            Self::CorrectionOpen { .. } => "correction-open",
            Self::Request(RequestError::Decided) => "already-decided",
            Self::Request(RequestError::Withdrawn) => "withdrawn",
            Self::Request(RequestError::NotApproved) => "not-approved",
            Self::ReceiptTaken { .. } => "receipt-taken",
            Self::Payment(PaymentError::Completed) => "already-completed",
            Self::Refused(refusal) => refusal.key(),
            Self::Badge(refusal) => refusal.key(),
            Self::Session(SessionError::Closed) => "session-closed",
            Self::LastAdministrator => "last-administrator",
            Self::SetUp => "set-up",
            Self::KeyReused => "idempotency-key-reused",
            Self::InProgress => "in-progress",
            Self::AlreadyDone => "already-done",
            Self::SoldOut(_) => "sold-out",
            Self::DuplicateHolder { .. } => "duplicate-holder",
            Self::Pass(StateError::Void) => "pass-void",
            Self::Pass(StateError::Refunded) => "pass-refunded",
            Self::Pass(StateError::Unpaid) => "pass-unpaid",
            Self::Pass(StateError::Used) => "pass-used",
            Self::EventArchived => "event-archived",
            Self::NotEligible { .. } => "not-eligible",
            Self::SigningKey => "signing-key",
            Self::Import(ImportError::State) => "import-state",
            Self::Import(ImportError::Wrong { .. }) => "import-wrong",
            Self::Import(ImportError::Late) => "import-late",
            Self::Typesetting(TypesettingError::Busy) => "typesetter-busy",
            Self::Typesetting(TypesettingError::Missing { .. }) => "no-typesetter",
            Self::Typesetting(TypesettingError::Template { .. }) => "template-fault",
            Self::Typesetting(TypesettingError::TooLong | TypesettingError::TooLarge) => {
                "document-too-large"
            }
            Self::Node(error) => error.key(),
            Self::Storage(muster_storage::Error::Nul) => "malformed",
            Self::Storage(muster_storage::Error::AtHub) => "at-hub",
            Self::Storage(muster_storage::Error::Restating) => "still-telling",
            Self::Typesetting(_) | Self::Storage(_) => "internal",
        }
    }
}

fn words(wait: Span) -> String {
    match wait.as_seconds() + i64::from(wait.0 % 1_000_000 > 0) {
        seconds if seconds <= 90 => format!("{seconds} s"),
        seconds => format!("{} minutes", (seconds + 59) / 60),
    }
}
