//! Marking: by code, and by hand.

use crate::sessions::step_length;
use crate::{Ctx, Error, Result};
use muster_credential::class_code::{self, ClassCode, ParseError, normalise_typed};
use muster_credential::step::step_at;
use muster_credential::ticket::{Ticket, TicketError};
use muster_credential::{Verdict, class_code::ShortSessionId};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::mark::needs_reason;
use muster_domain::attendance::{
    Attempt, CodeVerdict, Decision, Method, Refusal, Status, Tally, decide,
};
use muster_domain::auth::throttle::Limit;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MarkId, PersonId, SessionId};
use muster_domain::text;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, WriteTx, auth, enrolment, sessions};
use serde_json::json;

/// What a student presents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Presented {
    /// The QR's link, its path, or the code in it.
    Link(String),
    /// The code typed, for a session.
    Typed(SessionId, String),
    /// The ticket of a code that was judged before.
    Ticket(String),
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

/// Marks the person who is signed in. The outer result is the transaction's, so that a refused
/// attempt is counted and kept.
pub fn mark_self(tx: &mut WriteTx<'_>, ctx: &Ctx, presented: &Presented) -> Result<Outcome> {
    let person = ctx.person()?;
    ctx.need(Permission::MarkSelf, Target::Person(person))?;
    let subject = format!("code:person:{person}");
    let failures = auth::failures(tx, &subject)?;
    if let Some(wait) = Limit::PERSON.wait(failures, ctx.now()) {
        return Ok(Err(Error::TooManyAttempts { wait }));
    }
    let outcome = attempt(tx, ctx, person, presented)?;
    if let Err(Error::Refused(refusal)) = &outcome
        && refusal.is_guess()
    {
        auth::put_failures(tx, &subject, Limit::PERSON.after_failure(failures, ctx.now()))?;
    }
    Ok(outcome)
}

fn attempt(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    person: PersonId,
    presented: &Presented,
) -> Result<Outcome> {
    let judged = match judge(tx, ctx, presented)? {
        Ok(judged) => judged,
        Err(refusal) => return Ok(Err(refusal.into())),
    };
    let Some(session) = sessions::lock_for_mark(tx, judged.session)? else {
        return Ok(Err(Refusal::CodeInvalid.into()));
    };
    let existing = sessions::mark(tx, session.id, person)?;
    let place = enrolment::place(tx, session.class, person)?;
    let decision = decide(&Attempt {
        session: session.times(),
        method_allowed: session.takes(judged.method),
        enrolled: place.is_some_and(|place| place.status == EnrolmentStatus::Active),
        existing: existing.as_ref().map(MarkRow::existing),
        code: judged.verdict,
        method: judged.method,
        at: judged.at,
        by_ticket: matches!(presented, Presented::Ticket(_)),
    });
    let marked = |status, at, already| Marked {
        session: session.id,
        class: session.class,
        status,
        at,
        already,
    };
    match decision {
        Err(refusal) => Ok(Err(refusal.into())),
        Ok(Decision::Already(mark)) => Ok(Ok(marked(mark.status, mark.at, true))),
        Ok(Decision::Mark { status, step }) => {
            let mark = MarkRow {
                id: MarkId::of(session.id, person),
                session: session.id,
                person,
                status,
                method: judged.method,
                marked_by: None,
                at: judged.at,
                step: Some(step),
                device: ctx.device,
                address: Some(ctx.address.clone()),
                reason: None,
                version: 0,
            };
            put(tx, &session, existing.as_ref(), mark)?;
            Ok(Ok(marked(status, judged.at, false)))
        }
    }
}

/// A code with what it turned out to be.
struct Judged {
    session: SessionId,
    verdict: CodeVerdict,
    method: Method,
    at: Timestamp,
}

fn judge(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    presented: &Presented,
) -> Result<std::result::Result<Judged, Refusal>> {
    let now = ctx.now();
    match presented {
        Presented::Ticket(text) => Ok(judge_ticket(ctx, text)),
        Presented::Link(text) => {
            let Ok(code) = text.parse::<ClassCode>() else { return Ok(Err(Refusal::CodeInvalid)) };
            let Some(session) = by_short_id(tx, &code)? else {
                return Ok(Err(Refusal::CodeInvalid));
            };
            let step = step_at(session.opened_at.0, now.0, step_length(&session));
            let key = ctx.key.session_key(session.id.0);
            let verdict = class_code::judge(&key, session.id.0, &code, step);
            Ok(Ok(Judged {
                session: session.id,
                verdict: of(verdict),
                method: Method::Qr,
                at: now,
            }))
        }
        Presented::Typed(id, text) => {
            let Some(session) = sessions::get(tx, *id)? else {
                return Ok(Err(Refusal::CodeInvalid));
            };
            let Ok(code) = normalise_typed(text) else { return Ok(Err(Refusal::CodeInvalid)) };
            let step = step_at(session.opened_at.0, now.0, step_length(&session));
            let key = ctx.key.session_key(session.id.0);
            let verdict = class_code::judge_typed(&key, session.id.0, &code, step);
            Ok(Ok(Judged { session: *id, verdict: of(verdict), method: Method::Code, at: now }))
        }
    }
}

fn judge_ticket(ctx: &Ctx, text: &str) -> std::result::Result<Judged, Refusal> {
    let ticket = Ticket::verify(&ctx.key.ticket_key(), text, ctx.now().0).map_err(|error| {
        if error == TicketError::Expired { Refusal::CodeExpired } else { Refusal::CodeInvalid }
    })?;
    // A ticket is good in the browser that scanned the code, not in a friend's.
    if ctx.device.map(|device| device.0.into_bytes()) != Some(ticket.device) {
        return Err(Refusal::CodeInvalid);
    }
    let step = i64::try_from(ticket.step).unwrap_or(i64::MAX);
    Ok(Judged {
        session: SessionId(ticket.session),
        verdict: CodeVerdict::Valid { step },
        method: Method::Qr,
        at: Timestamp(ticket.judged_at),
    })
}

const fn of(verdict: Verdict) -> CodeVerdict {
    match verdict {
        Verdict::Valid { step } => CodeVerdict::Valid { step: step.cast_signed() },
        Verdict::Expired => CodeVerdict::Expired,
        Verdict::Future | Verdict::Foreign | Verdict::Invalid => CodeVerdict::Invalid,
    }
}

fn by_short_id(tx: &mut ReadTx<'_>, code: &ClassCode) -> Result<Option<SessionRow>> {
    let ShortSessionId(short) = code.session;
    Ok(sessions::by_short_id(tx, &short)?)
}

/// Judges the QR's link as soon as the phone opens it, and gives a ticket that the mark spends:
/// signing in on the way costs nothing. None if the code is not valid now.
pub fn ticket(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    link: &str,
) -> Result<std::result::Result<String, Refusal>> {
    let judged = match judge(tx, ctx, &Presented::Link(link.to_owned()))? {
        Ok(judged) => judged,
        Err(refusal) => return Ok(Err(refusal)),
    };
    match judged.verdict {
        CodeVerdict::Expired => Ok(Err(Refusal::CodeExpired)),
        CodeVerdict::Invalid => Ok(Err(Refusal::CodeInvalid)),
        CodeVerdict::Valid { step } => {
            let device = ctx.device.ok_or(Error::NotSignedIn)?;
            let ticket = Ticket {
                session: judged.session.0,
                step: step.cast_unsigned(),
                judged_at: ctx.now().0,
                device: device.0.into_bytes(),
            };
            Ok(Ok(ticket.encode(&ctx.key.ticket_key())))
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
    if let Some(mark) = existing.as_ref().filter(|mark| mark.status == status) {
        return Ok(mark.clone());
    }
    let reason = text::clean_optional(reason.unwrap_or_default(), 500)
        .map_err(|error| Error::field("reason", error.to_string()))?;
    if reason.is_none() && needs_reason(existing.as_ref().map(MarkRow::existing), status) {
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
    put(tx, &session, existing.as_ref(), mark)
}

/// Stores a mark, new or in the place of another; a closed session's tallies follow.
fn put(
    tx: &mut WriteTx<'_>,
    session: &SessionRow,
    existing: Option<&MarkRow>,
    mut mark: MarkRow,
) -> Result<MarkRow> {
    let fields = |mark: &MarkRow| {
        let by = mark.marked_by;
        let (status, method) = (mark.status.key(), mark.method.key());
        json!({"person": mark.person, "status": status, "method": method, "at": mark.at, "by": by})
    };
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
        sessions::add_tally(tx, session.class, mark.person, tally)?;
    }
    tx.journal(change.because(mark.reason.as_deref()))?;
    Ok(mark)
}

/// Whether a text could be a class code at all: for messages.
pub fn is_code(text: &str) -> bool {
    !matches!(text.parse::<ClassCode>(), Err(ParseError::NotACode))
}
