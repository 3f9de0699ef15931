//! Writing back what was lost of courses, classes, the timetable and attendance.

use super::lost::Lost;
use crate::academics::{self, ClassInput, CourseInput, HolidayInput, ProgrammeInput, TermInput};
use crate::{Ctx, Error, Result, marks};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::Status;
use muster_domain::attendance::figures::Weights;
use muster_domain::ids::{
    ClassId, CourseId, CurriculumId, FacultyId, HolidayId, MeetingId, PersonId, ProgrammeId,
    SessionId, TermId,
};
use muster_domain::programmes::Length;
use muster_storage::{WriteTx, academics as stored, enrolment, holidays, programmes};

pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    match lost.entity {
        "course" => course(tx, ctx, lost),
        "class" => class(tx, ctx, lost),
        "term" => term(tx, ctx, lost),
        "programme" => programme(tx, ctx, lost),
        "faculty" => faculty(tx, ctx, lost),
        "holiday" => holiday(tx, ctx, lost),
        "meeting" => meeting(tx, ctx, lost),
        "enrolment" => place(tx, ctx, lost),
        "curriculum" => {
            let line = CurriculumId(lost.record);
            academics::remove_requirement(tx, ctx, lost.named("programme")?, line)
        }
        _ => Err(Error::RestoreByHand),
    }
}

pub(super) fn mark(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>, reason: &str) -> Result<()> {
    let status = lost.member("status").and_then(Status::from_key).ok_or(Error::RestoreByHand)?;
    let (session, person): (SessionId, PersonId) = (lost.topic()?, lost.named("person")?);
    marks::mark_by_hand(tx, ctx, session, person, status, Some(reason)).map(drop)
}

fn course(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = CourseId(lost.record);
    let row = stored::course(tx, id)?.ok_or(Error::NotFound)?;
    let mut input = CourseInput { code: row.code, name: row.name, credits: row.credits };
    let mut archived = row.archived_at.is_some();
    match lost.field {
        "code" => input.code = lost.text(),
        "name" => input.name = lost.text(),
        "credits" => input.credits = lost.number(),
        _ => archived = lost.flag(),
    }
    academics::change_course(tx, ctx, id, row.version, &input, archived)
}

fn class(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = ClassId(lost.record);
    let row = stored::class(tx, id)?.ok_or(Error::NotFound)?;
    let mut input = ClassInput {
        course: row.course,
        term: row.term,
        section: row.section,
        room: row.room.unwrap_or_default(),
        duration_minutes: row.duration_minutes,
        late_after_minutes: row.late_after_minutes,
        weights: row.weights,
    };
    let mut archived = row.archived_at.is_some();
    match lost.field {
        "section" => input.section = lost.text(),
        "room" => input.room = lost.text(),
        "duration_minutes" => input.duration_minutes = lost.number(),
        "late_after_minutes" => input.late_after_minutes = lost.number(),
        "weights" => input.weights = Weights::from_key(&lost.text()),
        _ => archived = lost.flag(),
    }
    academics::change_class(tx, ctx, id, row.version, &input, archived)
}

fn term(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = TermId(lost.record);
    let row = stored::term(tx, id)?.ok_or(Error::NotFound)?;
    let mut input = TermInput { name: row.name, starts_on: row.starts_on, ends_on: row.ends_on };
    let mut archived = row.archived_at.is_some();
    match lost.field {
        "name" => input.name = lost.text(),
        "starts_on" => input.starts_on = lost.on()?,
        "ends_on" => input.ends_on = lost.on()?,
        _ => archived = lost.flag(),
    }
    academics::change_term(tx, ctx, id, row.version, &input, archived)
}

fn programme(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = ProgrammeId(lost.record);
    let row = programmes::programme(tx, id)?.ok_or(Error::NotFound)?;
    let mut input = ProgrammeInput {
        code: row.code,
        name: row.name,
        faculty: row.faculty,
        award: row.award.unwrap_or_default(),
        length: Length { total_years: row.total_years, semesters_per_year: row.semesters_per_year },
    };
    let mut archived = row.archived_at.is_some();
    match lost.field {
        "code" => input.code = lost.text(),
        "name" => input.name = lost.text(),
        "faculty" => input.faculty = lost.id(),
        "award" => input.award = lost.text(),
        "total_years" => input.length.total_years = lost.whole()?,
        "semesters_per_year" => input.length.semesters_per_year = lost.whole()?,
        _ => archived = lost.flag(),
    }
    academics::change_programme(tx, ctx, id, row.version, &input, archived)
}

fn faculty(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = FacultyId(lost.record);
    let row = programmes::faculty(tx, id)?.ok_or(Error::NotFound)?;
    let (mut name, mut archived) = (row.name, row.archived_at.is_some());
    match lost.field {
        "name" => name = lost.text(),
        _ => archived = lost.flag(),
    }
    academics::change_faculty(tx, ctx, id, row.version, &name, archived)
}

fn holiday(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = HolidayId(lost.record);
    let row = holidays::get(tx, id)?.ok_or(Error::NotFound)?;
    let mut input = HolidayInput { name: row.name, first_on: row.first_on, last_on: row.last_on };
    match lost.field {
        "name" => input.name = lost.text(),
        "first_on" => input.first_on = lost.on()?,
        _ => input.last_on = lost.on()?,
    }
    academics::change_holiday(tx, ctx, id, row.version, &input)
}

/// A change of a meeting has it take place; one that is cancelled stays so.
fn meeting(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let id = MeetingId(lost.record);
    let row = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
    let (mut from, mut until) = (row.starts_at, row.ends_at);
    let (mut room, mut cancelled) = (row.room.unwrap_or_default(), row.cancelled_at.is_some());
    match lost.field {
        "starts_at" => from = lost.at()?,
        "ends_at" => until = lost.at()?,
        "room" => room = lost.text(),
        _ => {
            cancelled = lost.flag();
            if cancelled {
                return academics::cancel_meeting(tx, ctx, id).map(drop);
            }
        }
    }
    academics::change_meeting(tx, ctx, id, row.version, (from, until), &room)?;
    if cancelled {
        academics::cancel_meeting(tx, ctx, id)?;
    }
    Ok(())
}

fn place(tx: &mut WriteTx<'_>, ctx: &Ctx, lost: &Lost<'_>) -> Result<()> {
    let (class, person) = (lost.named("class")?, lost.named("person")?);
    if lost.field == "roll_number" {
        return academics::change_roll_number(tx, ctx, class, person, &lost.text());
    }
    let status = EnrolmentStatus::from_key(&lost.text()).ok_or(Error::RestoreByHand)?;
    academics::set_enrolment(tx, ctx, class, person, status)
}
