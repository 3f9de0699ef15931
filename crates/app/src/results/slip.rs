//! Results slips: a student's published results of a term, to be printed.

use super::student::{Reader, TermResults};
use super::{EVERYTHING, is_judged};
use crate::people::merge::need_unmerged;
use crate::{Ctx, Error, Result};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, PersonId, TermId};
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::people::PersonRow;
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, academics, enrolment, people, programmes, students};

/// What stands on a results slip.
#[derive(Clone, Debug)]
pub struct Slip {
    /// Whose it is.
    pub person: PersonRow,
    /// What they study.
    pub studies: StudentRow,
    /// At which faculty.
    pub faculty: Option<String>,
    /// What they reached.
    pub results: TermResults,
}

/// The slip of a student for a term, for themself and for the registrar. There is none while nothing
/// is published.
pub fn slip(tx: &mut ReadTx<'_>, ctx: &Ctx, person: PersonId, term: TermId) -> Result<Slip> {
    ctx.need(Permission::ViewResults, Target::Person(person))?;
    need_unmerged(tx, person)?;
    let term = academics::term(tx, term)?.ok_or(Error::NotFound)?;
    let mut reader = Reader::new(tx)?;
    read(tx, &mut reader, person, &term)?.ok_or(Error::NotFound)
}

/// The slips of a class's students for its term, by roll number. They show other courses, too, so that
/// the registrar alone makes them.
pub fn slips_of_class(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
) -> Result<(ClassRow, Vec<Slip>)> {
    ctx.need(Permission::ViewResults, EVERYTHING)?;
    let class = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let term = academics::term(tx, class.term)?.ok_or(Error::NotFound)?;
    let mut reader = Reader::new(tx)?;
    let mut slips = Vec::new();
    for place in enrolment::roster(tx, class.id)?.into_iter().filter(is_judged) {
        slips.extend(read(tx, &mut reader, place.person, &term)?);
    }
    Ok((class, slips))
}

fn read(
    tx: &mut ReadTx<'_>,
    reader: &mut Reader,
    person: PersonId,
    term: &TermRow,
) -> Result<Option<Slip>> {
    let results = reader.term(tx, person, term.clone())?;
    if results.courses.iter().all(|course| course.parts.is_empty()) {
        return Ok(None);
    }
    let studies = students::get(tx, person)?.unwrap_or_else(|| StudentRow::nothing(person));
    let programme = match studies.programme {
        Some(id) => programmes::programme(tx, id)?,
        None => None,
    };
    let person = people::get(tx, person)?.ok_or(Error::NotFound)?;
    Ok(Some(Slip { person, studies, faculty: programme.and_then(|row| row.faculty_name), results }))
}
