//! Marking: by code, and by hand.

mod badge;
pub mod bulk;
mod distance;
mod flood;
mod known;
mod presented;
mod watched;

use crate::academics::need_unlocked;
use crate::{Ctx, Error, Result, telling};
use muster_domain::attendance::mark::needs_reason;
use muster_domain::attendance::{Method, Refusal, Status, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MarkId, PersonId, SessionId};
use muster_domain::text;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{WriteTx, enrolment, sessions};
use serde_json::{Value, json};

pub use badge::{BadgeMark, mark_by_badge};
pub use distance::asks_distance;
pub use flood::{Attempting, mark_many};
pub use presented::{online, ticket_for};
pub(crate) use watched::names;
pub use watched::{Details, Distances, Names, Suspicions, details};

/// What a student presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// The QR's link, its path, or the code in it.
    Link(String),
    /// The code typed, for a session.
    Typed(SessionId, String),
    /// The ticket of a code that was judged before.
    Ticket(String),
    /// The one-time password of an online session.
    Otp {
        /// The token of the session's link.
        token: String,
        /// The password as typed.
        otp: String,
        /// Who it is, where nobody signed in.
        roll_number: Option<String>,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The session.
    pub session: SessionId,
    /// Its class.
    pub class: ClassId,
    /// The mark's status.
    pub status: Status,
    /// When it was made.
    pub at: Timestamp,
    /// Whether it stood already.
    pub already: bool,
}

/// What came of an attempt. A refusal is an answer too: its count is stored.
pub type Outcome = std::result::Result<Marked, Error>;

/// The answer to an attempt, with the session that it named: for whoever counts them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The session, where what was presented names one.
    pub session: Option<SessionId>,
    /// What came of it.
    pub outcome: Outcome,
}

impl Answered {
    /// What came of it, as logs and figures call it.
    pub fn key(&self) -> &'static str {
        match &self.outcome {
            Ok(Marked { already: false, .. }) => "marked",
            Ok(Marked { already: true, .. }) => "already",
            Err(error) => error.reason(),
        }
    }
}

/// Marks a student by hand, before, during or after the session.
pub fn mark_by_hand(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    session: SessionId,
    person: PersonId,
    status: Status,
    reason: Option<&str>,
) -> Result<MarkRow> {
    let session = sessions::lock_for_mark(tx, session)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::TakeAttendance, Target::Class(session.class))?;
    let existing = sessions::mark(tx, session.id, person)?;
    if existing.is_none() {
        enrolment::place(tx, session.class, person)?.ok_or(Refusal::NotEnrolled)?;
    }
    // A filler stands for want of a mark: said by a person, the same status stays.
    let says_so = |mark: &&MarkRow| mark.status == status && mark.method != Method::Filler;
    if let Some(mark) = existing.as_ref().filter(says_so) {
        return Ok(mark.clone());
    }
    let reason = text::clean_optional(reason.unwrap_or_default(), 500)
        .map_err(|error| Error::field("reason", error.to_string()))?;
    let closed = session.closed_at.is_some();
    if reason.is_none() && needs_reason(existing.as_ref().map(MarkRow::existing), status, closed) {
        return Err(Error::ReasonRequired);
    }
    let mark = MarkRow {
        id: MarkId::of(session.id, person),
        session: session.id,
        person,
        status,
        method: Method::Manual,
        marked_by: ctx.act.actor,
        at: ctx.now(),
        step: None,
        device: None,
        address: None,
        reason,
        version: 0,
    };
    let (mark, change) = put(tx, &session, existing.as_ref(), mark)?;
    tx.journal(change)?;
    Ok(mark)
}

/// What the journal keeps of a mark.
pub(crate) fn fields(mark: &MarkRow) -> Value {
    let MarkRow { person, at, marked_by, .. } = mark;
    let (status, method) = (mark.status.key(), mark.method.key());
    json!({"person": person, "status": status, "method": method, "at": at, "by": marked_by})
}

/// Stores a mark, new or in the place of another, and returns what the journal should say of it; a
/// closed session's tallies follow.
pub(crate) fn put(
    tx: &mut WriteTx<'_>,
    session: &SessionRow,
    existing: Option<&MarkRow>,
    mut mark: MarkRow,
) -> Result<(MarkRow, Change)> {
    need_unlocked(tx, session.class)?;
    mark.version = tx.version_over(existing.map_or(0, |mark| mark.version));
    let change = Change::new("mark.make", "mark", mark.id).on(session.id);
    let change = match existing {
        None => {
            sessions::insert_mark(tx, &mark)?;
            change.created(&fields(&mark))
        }
        Some(before) => {
            if !sessions::replace_mark(tx, &mark, before.version)? {
                return Err(Error::Stale);
            }
            let change = Change { action: "mark.change", ..change };
            change.changed(&fields(before), &fields(&mark), before.version)
        }
    };
    if session.closed_at.is_some() {
        let mut tally = Tally::default();
        tally.add(mark.status, 1);
        if let Some(before) = existing {
            tally.add(before.status, -1);
        }
        sessions::add_tally(tx, session, mark.person, tally)?;
        telling::note(tx, session.id, Some(mark.person))?;
    }
    let change = change.because(mark.reason.as_deref());
    Ok((mark, change))
}
