//! Registers that were never taken: meetings that are over without a session.

use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::{ClassId, MeetingId, PersonId, TermId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::registers::{MissingRow, Part, TeacherRow};
use muster_storage::{ReadTx, academics, enrolment, people, registers};
use std::collections::HashMap;
use uuid::Uuid;

/// For how long a teacher is reminded of one.
const REMINDED: Span = Span::days(14);

/// A class's meetings whose register was never taken, the latest first: for its staff.
pub fn of_class(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Vec<MissingRow>> {
    ctx.need(Permission::ViewClass, Target::Class(class))?;
    Ok(registers::of_class(tx, class, ctx.now())?)
}

/// Those of the last days in the classes in which the person teaches or helps.
pub fn own(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<MissingRow>> {
    Ok(registers::of_staff(tx, ctx.person()?, ctx.now(), ctx.now() - REMINDED)?)
}

/// Which registers somebody looks for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// The term; the latest that has begun without it.
    pub term: Option<TermId>,
    /// Only of classes that this person teaches.
    pub teacher: Option<PersonId>,
    /// The last one of the page before.
    pub after: Option<MeetingId>,
    /// At most so many.
    pub limit: i64,
}

/// A term's registers that were never taken.
#[derive(Clone, Debug)]
pub struct Missing {
    /// The term; none if there is no term yet.
    pub term: Option<TermId>,
    /// Each with the names of the class's teachers.
    pub rows: Vec<(MissingRow, String)>,
    /// Who teaches in the term.
    pub teachers: Vec<TeacherRow>,
}

/// A term's meetings whose register was never taken, the latest first: for administrators.
pub fn missing(tx: &mut ReadTx<'_>, ctx: &Ctx, filter: &Filter) -> Result<Missing> {
    ctx.need(Permission::ViewOverview, Target::Institution)?;
    let begun = academics::terms(tx)?;
    let mut begun = begun.into_iter().filter(|term| term.starts_on.midnight() <= ctx.now());
    let Some(term) = filter.term.or_else(|| begun.next().map(|term| term.id)) else {
        return Ok(Missing { term: None, rows: Vec::new(), teachers: Vec::new() });
    };
    let before = match filter.after {
        Some(id) => (enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?.starts_at, id),
        None => (Timestamp(i64::MAX), MeetingId(Uuid::max())),
    };
    let part = Part { term, teacher: filter.teacher, before, limit: filter.limit };
    let mut names: HashMap<ClassId, String> = HashMap::new();
    let mut rows = Vec::new();
    for row in registers::of_term(tx, &part, ctx.now())? {
        let known = match names.get(&row.class) {
            Some(known) => known.clone(),
            None => teachers_of(tx, row.class)?,
        };
        names.insert(row.class, known.clone());
        rows.push((row, known));
    }
    Ok(Missing { term: Some(term), rows, teachers: registers::teachers(tx, term)? })
}

fn teachers_of(tx: &mut ReadTx<'_>, class: ClassId) -> Result<String> {
    let staff = people::staff(tx, class)?;
    let teachers = staff.into_iter().filter(|row| row.role == Role::Teacher);
    Ok(teachers.map(|row| row.name).collect::<Vec<_>>().join(", "))
}
