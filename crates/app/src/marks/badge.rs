//! Marking by badge: whoever takes attendance scans the student's card.

use super::put;
use crate::{Ctx, Error, Result, badges};
use muster_domain::attendance::{
    Attempt, CodeVerdict, Decision, ExistingMark, Method, Refusal, decide,
};
use muster_domain::auth::{Permission, Target};
use muster_domain::badges::BadgeRefusal;
use muster_domain::ids::{MarkId, SessionId};
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::people::PersonRow;
use muster_storage::sessions::MarkRow;
use muster_storage::{WriteTx, enrolment, sessions};

/// What came of a badge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadgeMark {
    /// Whose badge it is.
    pub person: PersonRow,
    /// Their roll number in the class.
    pub roll_number: String,
    /// The mark that stands now.
    pub mark: ExistingMark,
    /// Whether it stood before.
    pub already: bool,
}

/// Marks the student whose badge is shown present or late. A refusal is an answer too: wrong guesses
/// are counted.
pub fn mark_by_badge(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    session: SessionId,
    shown: &str,
) -> Result<std::result::Result<BadgeMark, Error>> {
    let session = sessions::lock_for_mark(tx, session)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::TakeAttendance, Target::Class(session.class))?;
    let person = match badges::read(tx, ctx, shown)? {
        Ok(person) => person,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let place = enrolment::place(tx, session.class, person.id)?;
    let existing = sessions::mark(tx, session.id, person.id)?;
    let attempt = Attempt {
        session: session.times(),
        method_allowed: session.takes(Method::Badge),
        enrolled: place.as_ref().is_some_and(EnrolmentRow::attends),
        existing: existing.as_ref().map(MarkRow::existing),
        // The badge is genuine, and no step of a code.
        code: CodeVerdict::Valid { step: 0 },
        method: Method::Badge,
        at: ctx.now(),
        by_ticket: false,
    };
    let roll_number = place.map(|place| place.roll_number).unwrap_or_default();
    let (mark, already) = match decide(&attempt) {
        Ok(Decision::Already(mark)) => (mark, true),
        Ok(Decision::Mark { status, .. }) => {
            let mark = MarkRow {
                id: MarkId::of(session.id, person.id),
                session: session.id,
                person: person.id,
                status,
                method: Method::Badge,
                marked_by: ctx.act.actor,
                at: ctx.now(),
                step: None,
                device: None,
                address: None,
                reason: None,
                version: 0,
            };
            let (mark, change) = put(tx, &session, existing.as_ref(), mark)?;
            tx.journal(change)?;
            (mark.existing(), false)
        }
        Err(refusal) => return Ok(Err(refused(refusal, &person.name))),
    };
    Ok(Ok(BadgeMark { person, roll_number, mark, already }))
}

/// A refusal in words for whoever holds the scanner, not for the student.
fn refused(refusal: Refusal, name: &str) -> Error {
    match refusal {
        Refusal::NotEnrolled => BadgeRefusal::NotEnrolled(name.to_owned()).into(),
        Refusal::SessionClosed => BadgeRefusal::SessionClosed.into(),
        Refusal::MethodNotAllowed => BadgeRefusal::NotTaken.into(),
        refusal => refusal.into(),
    }
}
