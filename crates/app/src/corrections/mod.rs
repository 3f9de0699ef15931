//! Corrections: a student asks for another mark, a teacher or an administrator decides.

mod trail;

use crate::academics::need_unlocked;
use crate::attachments::{self, Attachment, Upload};
use crate::notices::{Notice, notify};
use crate::{Ctx, Error, Form, Result, marks};
use muster_domain::attendance::{Status, correction};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::{ClassId, CorrectionId, MarkId, PersonId, SessionId};
use muster_domain::notices::NoticeKind;
use muster_domain::requests::RequestState;
use muster_domain::text;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::corrections::{CorrectionRow, Part};
use muster_storage::{
    ReadTx, WriteTx, academics, channels, corrections, enrolment, people, sessions,
};
use serde_json::{Value, json};

pub use trail::{Step, trail};

/// Most characters of a reason: with a word before it, it still fits a mark's.
const LONGEST_REASON: usize = 450;

/// What a student asks for.
#[derive(Clone, Debug)]
pub struct Asking {
    /// The session of the mark.
    pub session: SessionId,
    /// The status that they want.
    pub wanted: Option<Status>,
    /// Why.
    pub reason: String,
    /// A file that shows it.
    pub attachment: Option<Upload>,
}

/// A session in which somebody wants a correction, for the form that asks for it.
#[derive(Clone, Debug)]
pub struct Occasion {
    /// The course's name.
    pub course_name: String,
    /// To when the session's marks belong.
    pub opened_at: Timestamp,
    /// The mark that stands.
    pub status: Option<Status>,
}

/// The session for which the person may ask for a correction of their own mark.
pub fn occasion(tx: &mut ReadTx<'_>, ctx: &Ctx, session: SessionId) -> Result<Occasion> {
    let person = ctx.person()?;
    ctx.need(Permission::AskForCorrection, Target::Person(person))?;
    let row = sessions::get(tx, session)?.ok_or(Error::NotFound)?;
    enrolment::place(tx, row.class, person)?.ok_or(Error::NotFound)?;
    if let Some(open) = corrections::open_of(tx, session, person)? {
        return Err(Error::CorrectionOpen { correction: open.id });
    }
    let class = academics::class(tx, row.class)?.ok_or(Error::NotFound)?;
    let status = sessions::mark(tx, session, person)?.map(|mark| mark.status);
    Ok(Occasion { course_name: class.course_name, opened_at: row.held_at, status })
}

/// The session of one of the person's own marks: a mark's id can't be looked up, but made again.
pub fn session_of_mark(tx: &mut ReadTx<'_>, ctx: &Ctx, mark: MarkId) -> Result<SessionId> {
    let person = ctx.person()?;
    let attended = corrections::sessions_of_person(tx, person)?;
    let found = attended.into_iter().find(|session| MarkId::of(*session, person) == mark);
    found.ok_or_else(|| Error::field("mark", "This is no mark of yours."))
}

/// Asks for another mark for oneself.
pub fn ask(tx: &mut WriteTx<'_>, ctx: &Ctx, asking: &Asking) -> Result<CorrectionId> {
    let occasion = occasion(tx, ctx, asking.session)?;
    let person = ctx.person()?;
    let session = sessions::lock_for_mark(tx, asking.session)?.ok_or(Error::NotFound)?;
    need_unlocked(tx, session.class)?;
    let mut form = Form::default();
    let wanted = match asking.wanted {
        None => form.take("wanted", Err("Choose present, late or excused.")),
        Some(wanted) => {
            let closed = session.closed_at.is_some();
            form.take("wanted", correction::check(occasion.status, wanted, closed)).map(|()| wanted)
        }
    };
    let reason = form.take("reason", reason(&asking.reason));
    let file = attachments::check(tx, ctx, &mut form, person, asking.attachment.as_ref())?;
    form.check()?;
    let (Some(wanted), Some(reason)) = (wanted, reason) else { return Err(Error::NotFound) };
    if let Some(file) = &file {
        attachments::store(tx, ctx, file)?;
    }
    let id = ctx.fresh();
    let row = CorrectionRow {
        id,
        session: session.id,
        class: session.class,
        person,
        name: String::new(),
        number: String::new(),
        course_code: String::new(),
        course_name: occasion.course_name,
        section: String::new(),
        opened_at: session.held_at,
        was: occasion.status,
        wanted,
        given: None,
        reason,
        attachment: file.as_ref().map(|file| file.digest.clone()),
        attachment_name: file.map(|file| file.name),
        state: RequestState::Asked,
        asked_at: ctx.now(),
        decided_by: None,
        decider: None,
        decided_at: None,
        comment: None,
        version: tx.version(),
    };
    corrections::insert(tx, &row)?;
    let change = Change::new("correction.ask", "correction", id).on(row.class);
    tx.journal(change.created(&fields(&row)).because(Some(&row.reason)))?;
    tell_deciders(tx, ctx, id)?;
    Ok(id)
}

fn reason(typed: &str) -> std::result::Result<String, String> {
    text::clean(typed, LONGEST_REASON).map_err(|error| match error {
        text::TextError::Empty => "Say why: whoever decides was perhaps not there.".to_owned(),
        error => error.to_string(),
    })
}

fn fields(row: &CorrectionRow) -> Value {
    json!({
        "session": row.session, "person": row.person, "was": row.was.map(Status::key),
        "wanted": row.wanted.key(), "given": row.given.map(Status::key),
        "state": row.state.key(), "comment": row.comment,
        "attachment": row.attachment_name,
        "attachment_sha256": attachments::written(row.attachment.as_deref()),
    })
}

/// Tells the class's teachers, or those who decide in their place where there is none.
fn tell_deciders(tx: &mut WriteTx<'_>, ctx: &Ctx, id: CorrectionId) -> Result<()> {
    let row = corrections::get(tx, id)?.ok_or(Error::NotFound)?;
    let notice = Notice {
        kind: NoticeKind::CorrectionAsked,
        occasion: format!("correction/{id}/asked"),
        title: format!("{} asks for a correction", row.name),
        body: format!("{}: {} instead of {}.", row.course_name, row.wanted.label(), was(&row)),
        link: Some(format!("/corrections/{id}")),
    };
    let teachers = people::staff(tx, row.class)?.into_iter();
    let teachers = teachers.filter(|staff| staff.role == Role::Teacher).map(|staff| staff.person);
    let teachers = people::get_many(tx, &teachers.collect::<Vec<_>>())?.into_iter();
    let mut told: Vec<_> = teachers.filter(|row| row.active).map(|row| row.id).collect();
    if told.is_empty() {
        told = channels::office(tx)?;
    }
    for person in told {
        notify(tx, ctx, person, &notice)?;
    }
    Ok(())
}

/// The word for the mark's status when the correction was asked.
pub fn was(row: &CorrectionRow) -> &'static str {
    row.was.map_or("not marked", Status::label)
}

/// What is decided of a correction.
#[derive(Clone, Debug, Default)]
pub struct Deciding {
    /// Approved, or refused.
    pub approve: bool,
    /// The status to give, if another than the one wanted.
    pub status: Option<Status>,
    /// For the student; needed to refuse.
    pub comment: String,
}

/// Approves or refuses a correction. Approved, the mark is set by hand, with the correction as its
/// reason.
pub fn decide(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: CorrectionId,
    deciding: &Deciding,
) -> Result<CorrectionRow> {
    let Deciding { approve, status, comment } = deciding;
    let approve = *approve;
    let before = corrections::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::DecideCorrections, Target::Class(before.class))?;
    if ctx.person()? == before.person {
        return Err(Error::Forbidden);
    }
    let state = before.state.decide(approve)?;
    let comment = text::clean_optional(comment, 500)
        .map_err(|error| Error::field("comment", error.to_string()))?;
    if comment.is_none() && !approve {
        return Err(Error::field("comment", "Tell the student why."));
    }
    need_unlocked(tx, before.class)?;
    let CorrectionRow { session, person, wanted, .. } = before;
    let mut decided = before.clone();
    if approve {
        let mark = sessions::mark(tx, session, person)?.map(|mark| mark.status);
        decided.given = correction::given(mark, wanted, *status)
            .map_err(|error| Error::field("status", error.to_string()))?;
        let status = decided.given.unwrap_or(wanted);
        let reason = format!("Correction asked for: {}", before.reason);
        marks::mark_by_hand(tx, ctx, session, person, status, Some(&reason))?;
    }
    let after = step(tx, ctx, &before, CorrectionRow { state, comment, ..decided })?;
    let title = match (approve, after.given) {
        (true, None) => "Your correction was approved",
        (true, Some(_)) => "Your correction was approved with another status",
        (false, _) => "Your correction was refused",
    };
    let given = after.given.map(|given| format!(" {} given.", given.label()));
    let given = given.unwrap_or_default();
    let comment = after.comment.as_deref();
    let comment = comment.map(|comment| format!(" {comment}")).unwrap_or_default();
    let notice = Notice {
        kind: NoticeKind::CorrectionDecided,
        occasion: format!("correction/{id}/decided"),
        title: title.to_owned(),
        body: format!("{}: {} asked for.{given}{comment}", after.course_name, wanted.label()),
        link: Some(format!("/corrections/{id}")),
    };
    notify(tx, ctx, person, &notice)?;
    Ok(after)
}

/// Takes back what one asked for.
pub fn withdraw(tx: &mut WriteTx<'_>, ctx: &Ctx, id: CorrectionId) -> Result<CorrectionRow> {
    let person = ctx.person()?;
    let before = corrections::get(tx, id)?.filter(|row| row.person == person);
    let before = before.ok_or(Error::NotFound)?;
    need_unlocked(tx, before.class)?;
    let state = before.state.withdraw()?;
    step(tx, ctx, &before, CorrectionRow { state, comment: None, ..before.clone() })
}

/// Attaches a file to what one asked for, in the place of another.
pub fn attach(tx: &mut WriteTx<'_>, ctx: &Ctx, id: CorrectionId, file: &Upload) -> Result<()> {
    let person = ctx.person()?;
    let before = corrections::get(tx, id)?.filter(|row| row.person == person);
    let before = before.ok_or(Error::NotFound)?;
    need_unlocked(tx, before.class)?;
    // Only what waits may still change.
    before.state.withdraw()?;
    let file = attachments::replace(tx, ctx, before.attachment.as_deref(), file)?;
    let version = tx.version_over(before.version);
    let after = CorrectionRow {
        attachment: Some(file.digest),
        attachment_name: Some(file.name),
        version,
        ..before.clone()
    };
    keep(tx, "correction.attach", &before, &after)
}

fn step(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    before: &CorrectionRow,
    decided: CorrectionRow,
) -> Result<CorrectionRow> {
    let version = tx.version_over(before.version);
    let (decided_by, decided_at) = (ctx.act.actor, Some(ctx.now()));
    let after = CorrectionRow { decided_by, decided_at, version, ..decided };
    let action = match after.state {
        RequestState::Approved => "correction.approve",
        RequestState::Refused => "correction.refuse",
        RequestState::Asked | RequestState::Withdrawn => "correction.withdraw",
    };
    keep(tx, action, before, &after)?;
    get_row(tx, before.id)
}

fn keep(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    before: &CorrectionRow,
    after: &CorrectionRow,
) -> Result<()> {
    if !corrections::update(tx, after, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "correction", before.id).on(before.class);
    let change = change.changed(&fields(before), &fields(after), before.version);
    Ok(tx.journal(change.because(after.comment.as_deref()))?)
}

fn get_row(tx: &mut ReadTx<'_>, id: CorrectionId) -> Result<CorrectionRow> {
    corrections::get(tx, id)?.ok_or(Error::NotFound)
}

/// A correction: for whoever asked for it and whoever may decide it.
pub fn get(tx: &mut ReadTx<'_>, ctx: &Ctx, id: CorrectionId) -> Result<CorrectionRow> {
    let row = get_row(tx, id)?;
    if ctx.person()? != row.person {
        ctx.need(Permission::DecideCorrections, Target::Class(row.class))?;
    }
    Ok(row)
}

/// What is attached to a correction.
pub fn attachment(tx: &mut ReadTx<'_>, ctx: &Ctx, id: CorrectionId) -> Result<Attachment> {
    let row = get(tx, ctx, id)?;
    attachments::load(tx, row.attachment, row.attachment_name)
}

/// Which corrections somebody looks at.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// Only those of this class.
    pub class: Option<ClassId>,
    /// How far they have come.
    pub state: RequestState,
}

/// Corrections that the person may decide, the latest first.
pub fn queue(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    filter: Filter,
    part: Part<CorrectionId>,
) -> Result<Vec<CorrectionRow>> {
    let Filter { class, state } = filter;
    if let Some(class) = class {
        ctx.need(Permission::DecideCorrections, Target::Class(class))?;
        return Ok(corrections::of_class(tx, class, state, part)?);
    }
    if ctx.need(Permission::DecideCorrections, Target::Institution).is_ok() {
        return Ok(corrections::of_state(tx, state, part)?);
    }
    Ok(corrections::of_teacher(tx, ctx.person()?, state, part)?)
}

/// What the person themself asked for, the latest first.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx, part: Part<CorrectionId>) -> Result<Vec<CorrectionRow>> {
    Ok(corrections::of_person(tx, ctx.person()?, part)?)
}

/// How many corrections wait for the person's decision.
pub fn waiting(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<i64> {
    if ctx.need(Permission::DecideCorrections, Target::Institution).is_ok() {
        return Ok(corrections::waiting(tx)?);
    }
    Ok(corrections::waiting_of_teacher(tx, ctx.person()?)?)
}

/// The corrections that a person asked for in a class, each with its session.
pub fn in_class(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
) -> Result<Vec<(SessionId, CorrectionId, RequestState)>> {
    let person: PersonId = ctx.person()?;
    let part = Part { before: CorrectionId(uuid::Uuid::max()), limit: 500 };
    let rows = corrections::of_person(tx, person, part)?;
    let rows = rows.into_iter().filter(|row| row.class == class);
    Ok(rows.map(|row| (row.session, row.id, row.state)).collect())
}
