//! Leave: asked for by a student or entered by the office, decided by administrators.

pub(crate) mod fillers;

use crate::attachments::{self, Attachment, Upload};
use crate::notices::{Notice, notify};
use crate::{Ctx, Error, Form, Result};
use fillers::refill;
use muster_domain::attendance::leave::Days;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{LeaveId, PersonId};
use muster_domain::notices::NoticeKind;
use muster_domain::requests::RequestState;
use muster_domain::text;
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::corrections::Part;
use muster_storage::leaves::LeaveRow;
use muster_storage::{ReadTx, WriteTx, channels, leaves, people};
use serde_json::{Value, json};
use uuid::Uuid;

/// Leave as it is asked for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The student.
    pub person: PersonId,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Why.
    pub reason: String,
    /// A file that shows it.
    pub attachment: Option<Upload>,
}

/// The person with that number, for whom the office enters leave.
pub fn student(tx: &mut ReadTx<'_>, ctx: &Ctx, number: &str) -> Result<PersonId> {
    ctx.need(Permission::DecideLeave, Target::Institution)?;
    let found = people::by_identifier(tx, number.trim())?;
    let nobody = || Error::field("number", "Nobody has this number.");
    found.map(|row| row.id).ok_or_else(nobody)
}

/// Asks for leave for oneself; entered by the office for somebody, it is approved at once.
pub fn ask(tx: &mut WriteTx<'_>, ctx: &Ctx, asking: &Asking) -> Result<LeaveId> {
    let Asking { person, starts_on, ends_on, .. } = *asking;
    ctx.need(Permission::AskForLeave, Target::Person(person))?;
    people::get(tx, person)?.ok_or(Error::NotFound)?;
    let by_office = ctx.person()? != person;
    let mut form = Form::default();
    let days = form.take("ends_on", Days::new(starts_on, ends_on));
    let reason = form.take("reason", text::clean(&asking.reason, 500));
    let file = attachments::check(tx, ctx, &mut form, person, asking.attachment.as_ref())?;
    leaves::hold_person(tx, person)?;
    if let Some(other) = overlapping(tx, person, days)? {
        let said = match other.state {
            RequestState::Approved => "There is leave in these days already.",
            _ => "Leave was asked for in these days already. Withdraw that first.",
        };
        form.wrong("starts_on", said);
    }
    form.check()?;
    let (Some(days), Some(reason)) = (days, reason) else { return Err(Error::NotFound) };
    if let Some(file) = &file {
        attachments::store(tx, ctx, file)?;
    }
    let decided = by_office.then_some(());
    let row = LeaveRow {
        id: ctx.fresh(),
        person,
        name: String::new(),
        number: String::new(),
        starts_on,
        ends_on,
        reason,
        attachment: file.as_ref().map(|file| file.digest.clone()),
        attachment_name: file.map(|file| file.name),
        state: if by_office { RequestState::Approved } else { RequestState::Asked },
        asked_by: ctx.person()?,
        asker: None,
        asked_at: ctx.now(),
        decided_by: decided.and(ctx.act.actor),
        decider: None,
        decided_at: decided.map(|()| ctx.now()),
        comment: None,
        version: tx.version(),
    };
    leaves::insert(tx, &row)?;
    let action = if by_office { "leave.enter" } else { "leave.ask" };
    let change = Change::new(action, "leave", row.id).on(person).created(&fields(&row));
    tx.journal(change.because(Some(&row.reason)))?;
    if by_office {
        refill(tx, ctx, person, days)?;
        tell(tx, ctx, &row, "Leave was entered for you")?;
    } else {
        tell_office(tx, ctx, &row)?;
    }
    Ok(row.id)
}

/// Tells those who decide that leave was asked for.
fn tell_office(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &LeaveRow) -> Result<()> {
    let name = people::get(tx, row.person)?.map(|person| person.name).unwrap_or_default();
    let notice = Notice {
        kind: NoticeKind::LeaveAsked,
        occasion: format!("leave/{}/asked", row.id),
        title: format!("{name} asks for leave"),
        body: row.reason.clone(),
        link: Some(format!("/leave/{}", row.id)),
    };
    for person in channels::office(tx)? {
        notify(tx, ctx, person, &notice)?;
    }
    Ok(())
}

/// Leave of the person that waits or holds in some of those days.
fn overlapping(
    tx: &mut ReadTx<'_>,
    person: PersonId,
    days: Option<Days>,
) -> Result<Option<LeaveRow>> {
    let Some(days) = days else { return Ok(None) };
    let rows = leaves::of_person(tx, person, start(1000))?;
    Ok(rows.into_iter().find(|row| {
        matches!(row.state, RequestState::Asked | RequestState::Approved)
            && row.starts_on <= days.last
            && row.ends_on >= days.first
    }))
}

const fn start(limit: i64) -> Part<LeaveId> {
    Part { before: LeaveId(Uuid::max()), limit }
}

fn fields(row: &LeaveRow) -> Value {
    json!({
        "person": row.person, "starts_on": row.starts_on, "ends_on": row.ends_on,
        "state": row.state.key(), "comment": row.comment, "attachment": row.attachment_name,
        "attachment_sha256": attachments::written(row.attachment.as_deref()),
    })
}

fn tell(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &LeaveRow, title: &str) -> Result<()> {
    let notice = Notice {
        kind: NoticeKind::LeaveDecided,
        occasion: format!("leave/{}/{}", row.id, row.version),
        title: title.to_owned(),
        body: row.comment.clone().unwrap_or_default(),
        link: Some(format!("/leave/{}", row.id)),
    };
    notify(tx, ctx, row.person, &notice).map(drop)
}

/// Approves or refuses leave. Approved, it excuses: in sessions to come, and in those that closed
/// already, wherever nobody marked the student.
pub fn decide(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: LeaveId,
    approve: bool,
    comment: &str,
) -> Result<LeaveRow> {
    ctx.need(Permission::DecideLeave, Target::Institution)?;
    let before = leaves::get(tx, id)?.ok_or(Error::NotFound)?;
    if ctx.person()? == before.person {
        return Err(Error::Forbidden);
    }
    let state = before.state.decide(approve)?;
    let comment = text::clean_optional(comment, 500)
        .map_err(|error| Error::field("comment", error.to_string()))?;
    if comment.is_none() && !approve {
        return Err(Error::field("comment", "Tell the student why."));
    }
    let action = if approve { "leave.approve" } else { "leave.refuse" };
    let after = LeaveRow { state, comment, ..before.clone() };
    let after = step(tx, ctx, action, &before, after)?;
    if approve {
        refill(tx, ctx, before.person, days(&before))?;
    }
    let title = if approve { "Your leave was approved" } else { "Your leave was refused" };
    tell(tx, ctx, &after, title)?;
    Ok(after)
}

const fn days(row: &LeaveRow) -> Days {
    Days { first: row.starts_on, last: row.ends_on }
}

/// Takes back what one asked for.
pub fn withdraw(tx: &mut WriteTx<'_>, ctx: &Ctx, id: LeaveId) -> Result<LeaveRow> {
    let before = own_row(tx, ctx, id)?;
    let after = LeaveRow { state: before.state.withdraw()?, ..before.clone() };
    step(tx, ctx, "leave.withdraw", &before, after)
}

/// Ends leave that was approved after `last` day; before its first day it is withdrawn as a whole.
/// What it excused beyond that is absence again, unless somebody marked the student.
pub fn end(tx: &mut WriteTx<'_>, ctx: &Ctx, id: LeaveId, last: Date) -> Result<LeaveRow> {
    ctx.need(Permission::DecideLeave, Target::Institution)?;
    let before = leaves::get(tx, id)?.ok_or(Error::NotFound)?;
    let whole = last < before.starts_on;
    let state = before.state.end(whole)?;
    if last >= before.ends_on {
        return Err(Error::field("last_day", "The leave ends then or before already."));
    }
    let ends_on = if whole { before.ends_on } else { last };
    let after = LeaveRow { state, ends_on, ..before.clone() };
    let after = step(tx, ctx, "leave.end", &before, after)?;
    refill(tx, ctx, before.person, days(&before))?;
    let title = if whole { "Your leave was withdrawn" } else { "Your leave ends earlier" };
    tell(tx, ctx, &after, title)?;
    Ok(after)
}

/// Attaches a file to what one asked for, in the place of another.
pub fn attach(tx: &mut WriteTx<'_>, ctx: &Ctx, id: LeaveId, file: &Upload) -> Result<()> {
    let before = own_row(tx, ctx, id)?;
    // Only what waits may still change.
    before.state.withdraw()?;
    let file = attachments::replace(tx, ctx, before.attachment.as_deref(), file)?;
    let version = tx.version_over(before.version);
    let (attachment, attachment_name) = (Some(file.digest), Some(file.name));
    let after = LeaveRow { attachment, attachment_name, version, ..before.clone() };
    keep(tx, "leave.attach", &before, &after)
}

fn own_row(tx: &mut ReadTx<'_>, ctx: &Ctx, id: LeaveId) -> Result<LeaveRow> {
    let person = ctx.person()?;
    leaves::get(tx, id)?.filter(|row| row.person == person).ok_or(Error::NotFound)
}

fn step(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    action: &'static str,
    before: &LeaveRow,
    after: LeaveRow,
) -> Result<LeaveRow> {
    let version = tx.version_over(before.version);
    let (decided_by, decided_at) = (ctx.act.actor, Some(ctx.now()));
    let after = LeaveRow { decided_by, decided_at, version, ..after };
    keep(tx, action, before, &after)?;
    leaves::get(tx, before.id)?.ok_or(Error::NotFound)
}

fn keep(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    before: &LeaveRow,
    after: &LeaveRow,
) -> Result<()> {
    if !leaves::update(tx, after, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "leave", before.id).on(before.person);
    let change = change.changed(&fields(before), &fields(after), before.version);
    Ok(tx.journal(change.because(after.comment.as_deref()))?)
}

/// A leave: for its student and for whoever decides.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: LeaveId) -> Result<LeaveRow> {
    let row = leaves::get(tx, id)?.ok_or(Error::NotFound)?;
    if ctx.person()? != row.person {
        ctx.need(Permission::DecideLeave, Target::Institution)?;
    }
    Ok(row)
}

/// What is attached to a leave.
pub fn attachment(tx: &mut ReadTx<'_>, ctx: &Ctx, id: LeaveId) -> Result<Attachment> {
    let row = get(tx, ctx, id)?;
    attachments::load(tx, row.attachment, row.attachment_name)
}

/// Everybody's leaves in a state, for whoever decides, the latest first.
pub fn queue(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    state: RequestState,
    part: Part<LeaveId>,
) -> Result<Vec<LeaveRow>> {
    ctx.need(Permission::DecideLeave, Target::Institution)?;
    Ok(leaves::of_state(tx, state, part)?)
}

/// The person's own leaves, the latest first.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx, part: Part<LeaveId>) -> Result<Vec<LeaveRow>> {
    Ok(leaves::of_person(tx, ctx.person()?, part)?)
}

/// How many leaves wait for the person's decision.
pub fn waiting(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<i64> {
    match ctx.need(Permission::DecideLeave, Target::Institution) {
        Ok(()) => Ok(leaves::waiting(tx)?),
        Err(_) => Ok(0),
    }
}
