//! What programmes require in which year and semester.

use super::EVERYTHING;
use crate::{Ctx, Error, Form, Result};
use muster_domain::auth::Permission;
use muster_domain::ids::{CourseId, CurriculumId, ProgrammeId};
use muster_journal::Change;
use muster_storage::curriculum::{self, CurriculumRow};
use muster_storage::{ReadTx, WriteTx, academics, programmes};
use serde_json::{Value, json};

/// A course required in a year and semester, as typed.
#[derive(Clone, Copy, Debug)]
pub struct Requirement {
    /// Course.
    pub course: CourseId,
    /// Year of the programme, from 1.
    pub year: i64,
    /// Semester of the year, from 1.
    pub semester: i64,
}

/// What a programme requires, by year, semester and code.
pub fn curriculum(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    programme: ProgrammeId,
) -> Result<Vec<CurriculumRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    programmes::programme(tx, programme)?.ok_or(Error::NotFound)?;
    Ok(curriculum::of_programme(tx, programme)?)
}

/// Adds a course to a programme's curriculum.
pub fn add_requirement(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    programme: ProgrammeId,
    input: Requirement,
) -> Result<CurriculumId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let length = programmes::programme(tx, programme)?.ok_or(Error::NotFound)?.length();
    let Requirement { course, year, semester } = input;
    let mut form = Form::default();
    let found = academics::course(tx, course)?.filter(|row| row.archived_at.is_none());
    if found.is_none() {
        form.wrong("course", "Choose a course.");
    }
    form.take("year", length.check_year(year));
    form.take("semester", length.check_semester(semester));
    form.check()?;
    let found = found.ok_or(Error::NotFound)?;
    let line = CurriculumRow {
        id: CurriculumId::of(programme, course, year, semester),
        programme,
        course,
        course_code: found.code,
        course_name: found.name,
        credits: found.credits,
        year,
        semester,
    };
    let version = tx.version();
    curriculum::insert(tx, &line, version).map_err(|error| match error {
        muster_storage::Error::Conflict(_) => {
            Error::field("course", "This course is required there already.")
        }
        error => error.into(),
    })?;
    let change = Change::new("curriculum.add", "curriculum", line.id).on(programme);
    tx.journal(change.created(&fields(&line)))?;
    Ok(line.id)
}

/// Takes a course out of a programme's curriculum. Who is enrolled in its classes stays.
pub fn remove_requirement(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    programme: ProgrammeId,
    line: CurriculumId,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let lines = curriculum::of_programme(tx, programme)?;
    let row = lines.into_iter().find(|row| row.id == line).ok_or(Error::NotFound)?;
    curriculum::remove(tx, line)?;
    let change = Change::new("curriculum.remove", "curriculum", line).on(programme);
    Ok(tx.journal(change.changed(&fields(&row), &json!({}), 0))?)
}

fn fields(row: &CurriculumRow) -> Value {
    let CurriculumRow { programme, course, course_code, year, semester, .. } = row;
    json!({
        "programme": programme, "course": course, "code": course_code, "year": year,
        "semester": semester,
    })
}
