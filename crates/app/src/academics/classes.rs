//! Classes.

use super::locks::need_unlocked;
use super::patterns::regenerate;
use super::{EVERYTHING, taken};
use crate::{Ctx, Error, Form, Result};
use muster_domain::academics::Label;
use muster_domain::attendance::figures::Weights;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, CourseId, TermId};
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::{ReadTx, WriteTx, academics, sessions};
use serde_json::json;

/// A class as typed.
#[derive(Clone, Debug)]
pub struct ClassInput {
    /// Course.
    pub course: CourseId,
    /// Term.
    pub term: TermId,
    /// Section.
    pub section: String,
    /// Usual room.
    pub room: String,
    /// How long its sessions stay open.
    pub duration_minutes: Option<i64>,
    /// After how many minutes a mark is late, if not as in the settings.
    pub late_after_minutes: Option<i64>,
    /// What each status counts, if not as in the settings.
    pub weights: Option<Weights>,
}

/// Adds a class.
pub fn create_class(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &ClassInput) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let mut form = Form::default();
    let section = form.take("section", Label::try_from(input.section.clone()));
    let room: Option<Label> = form.optional("room", &input.room);
    check_minutes(&mut form, input);
    check_weights(&mut form, input.weights);
    let course = academics::course(tx, input.course)?.filter(|row| row.archived_at.is_none());
    let term = academics::term(tx, input.term)?.filter(|row| row.archived_at.is_none());
    if course.is_none() {
        form.wrong("course", "Choose a course.");
    }
    if term.is_none() {
        form.wrong("term", "Choose a term.");
    }
    form.check()?;
    let (Some(course), Some(term)) = (course, term) else { return Err(Error::NotFound) };
    let row = ClassRow {
        id: ctx.fresh(),
        course: course.id,
        course_code: course.code,
        course_name: course.name,
        term: term.id,
        term_name: term.name,
        section: section.map(String::from).unwrap_or_default(),
        room: room.map(String::from),
        duration_minutes: input.duration_minutes,
        late_after_minutes: input.late_after_minutes,
        weights: input.weights,
        archived_at: None,
        version: tx.version(),
    };
    academics::insert_class(tx, &row).map_err(taken("section"))?;
    tx.journal(Change::new("class.create", "class", row.id).created(&class_fields(&row)))?;
    Ok(row.id)
}

/// Changes section, room, times, weights or archival of a class that was read at version `seen`.
pub fn change_class(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    id: ClassId,
    seen: i64,
    input: &ClassInput,
    archived: bool,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = academics::class(tx, id)?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let section = form.take("section", Label::try_from(input.section.clone()));
    let room: Option<Label> = form.optional("room", &input.room);
    check_minutes(&mut form, input);
    check_weights(&mut form, input.weights);
    form.check()?;
    if input.weights != before.weights {
        need_unlocked(tx, id)?;
    }
    let archived_at = archived.then(|| before.archived_at.unwrap_or(ctx.now()));
    let after = ClassRow {
        section: section.map(String::from).unwrap_or_default(),
        room: room.map(String::from),
        duration_minutes: input.duration_minutes,
        late_after_minutes: input.late_after_minutes,
        weights: input.weights,
        archived_at,
        version: tx.version_over(seen),
        ..before.clone()
    };
    if !academics::update_class(tx, &after, seen).map_err(taken("section"))? {
        return Err(Error::Stale);
    }
    // After the change, so that whoever opens a session just now is seen, or sees the archive.
    if archived
        && before.archived_at.is_none()
        && let Some(open) = sessions::open_of(tx, id)?
    {
        return Err(Error::SessionOpen { session: open.id });
    }
    let change = Change::new("class.change", "class", id);
    tx.journal(change.changed(&class_fields(&before), &class_fields(&after), seen))?;
    // Meetings to come are held in the usual room; an archived class has none.
    if (&before.room, before.archived_at) != (&after.room, after.archived_at) {
        regenerate(tx, ctx, id)?;
    }
    Ok(())
}

/// A class to which something may be added: not archived, nor will be before this transaction ends.
pub(crate) fn class_in_use(tx: &mut WriteTx<'_>, id: ClassId) -> Result<ClassRow> {
    let class = academics::hold_class(tx, id)?.ok_or(Error::NotFound)?;
    if class.archived_at.is_some() {
        let class = format!("{} {}", class.course_code, class.section);
        return Err(Error::ClassArchived { class });
    }
    Ok(class)
}

fn check_minutes(form: &mut Form, input: &ClassInput) {
    if input.duration_minutes.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
        form.wrong("duration_minutes", "Choose a time between 1 minute and 24 hours.");
    }
    if input.late_after_minutes.is_some_and(|minutes| !(0..=1440).contains(&minutes)) {
        form.wrong("late_after_minutes", "Choose a time between 0 minutes and 24 hours.");
    }
}

fn check_weights(form: &mut Form, weights: Option<Weights>) {
    if let Some(detail) = weights.and_then(Weights::mistake) {
        form.wrong("weights", detail);
    }
}

pub(crate) fn class_fields(row: &ClassRow) -> serde_json::Value {
    json!({
        "course": row.course, "term": row.term, "section": row.section, "room": row.room,
        "duration_minutes": row.duration_minutes, "late_after_minutes": row.late_after_minutes,
        "weights": row.weights.map(Weights::key),
        "archived_at": row.archived_at,
    })
}

/// A class that the person may look at.
pub fn class(tx: &mut ReadTx<'_>, ctx: &Ctx, id: ClassId) -> Result<ClassRow> {
    ctx.need(Permission::ViewClass, Target::Class(id))?;
    academics::class(tx, id)?.ok_or(Error::NotFound)
}

/// The classes that the person may look at: all of them, or those in which they teach or help.
pub fn classes(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<ClassRow>> {
    if ctx.need(Permission::ViewAcademics, EVERYTHING).is_ok() {
        return Ok(academics::classes(tx)?);
    }
    let mut classes = academics::staffed_classes(tx, ctx.person()?)?;
    classes.retain(|class| ctx.need(Permission::ViewClass, Target::Class(class.id)).is_ok());
    Ok(classes)
}
