//! Terms, courses, classes, enrolment and meetings.

use crate::{Ctx, Error, Form, Result, people};
use muster_domain::academics::{
    EnrolmentStatus, Label, check_meeting, check_term, next_roll_number,
};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::{ClassId, CourseId, EnrolmentId, MeetingId, PersonId, TermId};
use muster_domain::text::{Name, fold};
use muster_domain::time::{Date, Timestamp};
use muster_journal::Change;
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::enrolment::{EnrolmentRow, MeetingRow};
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, WriteTx, academics, enrolment};
use serde_json::json;

const EVERYTHING: Target = Target::Institution;

/// Most meetings made in one go: a daily class for a year.
const MOST_MEETINGS: usize = 400;

/// Adds a term.
pub fn create_term(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    name: &str,
    starts_on: Date,
    ends_on: Date,
) -> Result<TermId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let mut form = Form::default();
    let name = form.take("name", name.parse::<Name>());
    form.take("ends_on", check_term(starts_on, ends_on));
    form.check()?;
    let name = name.map(String::from).unwrap_or_default();
    let version = tx.version();
    let row = TermRow { id: ctx.fresh(), name, starts_on, ends_on, archived_at: None, version };
    academics::insert_term(tx, &row).map_err(taken("name"))?;
    let after = json!({"name": row.name, "starts_on": starts_on, "ends_on": ends_on});
    tx.journal(Change::new("term.create", "term", row.id).created(&after))?;
    Ok(row.id)
}

/// Adds a course.
pub fn create_course(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    code: &str,
    name: &str,
    credits: Option<i64>,
) -> Result<CourseId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let mut form = Form::default();
    let code = form.take("code", Label::try_from(code.to_owned()));
    let name = form.take("name", name.parse::<Name>());
    if credits.is_some_and(|credits| !(0..=1000).contains(&credits)) {
        form.wrong("credits", "Choose a number between 0 and 1000.");
    }
    form.check()?;
    let row = CourseRow {
        id: ctx.fresh(),
        code: code.map(String::from).unwrap_or_default(),
        name: name.map(String::from).unwrap_or_default(),
        credits,
        archived_at: None,
        version: tx.version(),
    };
    academics::insert_course(tx, &row).map_err(taken("code"))?;
    let after = json!({"code": row.code, "name": row.name, "credits": credits});
    tx.journal(Change::new("course.create", "course", row.id).created(&after))?;
    Ok(row.id)
}

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
}

/// Adds a class.
pub fn create_class(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &ClassInput) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let mut form = Form::default();
    let section = form.take("section", Label::try_from(input.section.clone()));
    let room: Option<Label> = form.optional("room", &input.room);
    check_duration(&mut form, input.duration_minutes);
    let course = academics::course(tx, input.course)?;
    let term = academics::term(tx, input.term)?;
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
        archived_at: None,
        version: tx.version(),
    };
    academics::insert_class(tx, &row).map_err(taken("section"))?;
    tx.journal(Change::new("class.create", "class", row.id).created(&class_fields(&row)))?;
    Ok(row.id)
}

/// Changes section, room, duration or archival of a class that was read at version `seen`.
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
    check_duration(&mut form, input.duration_minutes);
    form.check()?;
    let archived_at = archived.then(|| before.archived_at.unwrap_or(ctx.now()));
    let after = ClassRow {
        section: section.map(String::from).unwrap_or_default(),
        room: room.map(String::from),
        duration_minutes: input.duration_minutes,
        archived_at,
        version: tx.version_over(seen),
        ..before.clone()
    };
    if !academics::update_class(tx, &after, seen).map_err(taken("section"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("class.change", "class", id);
    Ok(tx.journal(change.changed(&class_fields(&before), &class_fields(&after), seen))?)
}

fn check_duration(form: &mut Form, minutes: Option<i64>) {
    if minutes.is_some_and(|minutes| !(1..=1440).contains(&minutes)) {
        form.wrong("duration_minutes", "Choose a time between 1 minute and 24 hours.");
    }
}

fn class_fields(row: &ClassRow) -> serde_json::Value {
    json!({
        "course": row.course, "term": row.term, "section": row.section, "room": row.room,
        "duration_minutes": row.duration_minutes, "archived_at": row.archived_at,
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
    Ok(academics::staffed_classes(tx, ctx.person()?)?)
}

/// All terms, the latest first.
pub fn terms(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<TermRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(academics::terms(tx)?)
}

/// All courses, by code.
pub fn courses(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Vec<CourseRow>> {
    ctx.need(Permission::ViewAcademics, EVERYTHING)?;
    Ok(academics::courses(tx)?)
}

/// Enrols people by id in a class, in order; roll numbers continue after the highest. Who was
/// withdrawn comes back with the roll number they had.
pub fn enrol(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    students: &[PersonId],
) -> Result<Vec<EnrolmentId>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let roster = enrolment::roster(tx, class)?;
    let mut roll = next_roll_number(roster.iter().map(|place| place.roll_number.as_str()));
    let mut made = Vec::new();
    for person in students {
        let known = roster.iter().find(|place| place.person == *person);
        match known {
            Some(place) if place.status == EnrolmentStatus::Active => {}
            Some(place) => {
                set_enrolment(tx, ctx, class, place.person, EnrolmentStatus::Active)?;
            }
            None => {
                made.push(insert_place(tx, ctx, class, *person, &roll.to_string())?);
                roll = roll.saturating_add(1);
            }
        }
    }
    Ok(made)
}

/// Enrols students by their numbers, all or none; blank lines are skipped.
pub fn enrol_numbers(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    numbers: &[String],
) -> Result<Vec<EnrolmentId>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let mut form = Form::default();
    let mut students = Vec::new();
    let lines = numbers.iter().map(|number| number.trim()).enumerate();
    for (line, number) in lines.filter(|(_, number)| !number.is_empty()) {
        let mut wrong = |text: &str| {
            form.wrong("numbers", format!("Line {}: {number} {text}", line + 1));
        };
        match by_number(tx, number)? {
            None => wrong("is nobody's number."),
            Some(person) if !person.active => wrong("is inactive."),
            Some(person) if !is_student(tx, person.id)? => {
                wrong("is not a student: grant the role first.");
            }
            Some(person) if students.contains(&person.id) => wrong("is here twice."),
            Some(person) => students.push(person.id),
        }
    }
    form.check()?;
    if students.is_empty() {
        return Err(Error::field("numbers", "Enter at least one number."));
    }
    enrol(tx, ctx, class, &students)
}

fn by_number(tx: &mut ReadTx<'_>, number: &str) -> Result<Option<PersonRow>> {
    let found = muster_storage::people::by_identifier(tx, number)?;
    Ok(found.filter(|row| fold(&row.number) == fold(number.trim())))
}

fn is_student(tx: &mut ReadTx<'_>, person: PersonId) -> Result<bool> {
    let grants = muster_storage::people::grants(tx, person)?;
    Ok(grants.iter().any(|grant| grant.role == Role::Student))
}

fn insert_place(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    person: PersonId,
    roll_number: &str,
) -> Result<EnrolmentId> {
    let who = muster_storage::people::get(tx, person)?.filter(|row| row.active);
    let who = who.ok_or_else(|| Error::field("student", "There is no such student."))?;
    let row = EnrolmentRow {
        id: ctx.fresh(),
        class,
        person,
        name: who.name,
        number: who.number,
        roll_number: roll_number.to_owned(),
        status: EnrolmentStatus::Active,
        version: tx.version(),
    };
    enrolment::insert(tx, &row, ctx.now()).map_err(taken("student"))?;
    let after = json!({"class": class, "person": person, "roll_number": roll_number});
    tx.journal(Change::new("enrolment.create", "enrolment", row.id).on(class).created(&after))?;
    Ok(row.id)
}

/// Withdraws a student from a class, or takes them back; the history stays.
pub fn set_enrolment(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    person: PersonId,
    status: EnrolmentStatus,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = enrolment::place(tx, class, person)?.ok_or(Error::NotFound)?;
    if before.status == status {
        return Ok(());
    }
    let version = tx.version_over(before.version);
    let after = EnrolmentRow { status, version, ..before.clone() };
    if !enrolment::update(tx, &after, before.version).map_err(taken("roll_number"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("enrolment.change", "enrolment", before.id).on(class).changed(
        &json!({"status": before.status.key()}),
        &json!({"status": status.key()}),
        before.version,
    );
    Ok(tx.journal(change)?)
}

/// Names a teacher or assistant of a class.
pub fn name_staff(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    person: PersonId,
    role: Role,
) -> Result<()> {
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    people::grant(tx, ctx, person, role, Some(class)).map(|_| ())
}

/// Names a teacher or assistant of a class by their number.
pub fn name_staff_by_number(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    number: &str,
    role: Role,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let person = by_number(tx, number)?.filter(|row| row.active);
    let person = person
        .ok_or_else(|| Error::field("staff_number", "Nobody who is active has this number."))?;
    if !role.is_class_staff() {
        return Err(Error::field("role", "Choose teacher or assistant."));
    }
    name_staff(tx, ctx, class, person.id, role)
}

/// Adds meetings at those times.
pub fn create_meetings(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    times: &[(Timestamp, Timestamp)],
    room: &str,
) -> Result<Vec<MeetingId>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let room: Option<Label> = form.optional("room", room);
    if times.len() > MOST_MEETINGS {
        form.wrong(
            "until",
            format!("These are {} meetings: at most {MOST_MEETINGS}.", times.len()),
        );
    }
    for (starts_at, ends_at) in times {
        form.take("ends_at", check_meeting(*starts_at, *ends_at));
    }
    form.check()?;
    let room = room.map(String::from).or(row.room);
    let mut made = Vec::new();
    for (starts_at, ends_at) in times.iter().copied() {
        let meeting = MeetingRow {
            id: ctx.fresh(),
            class,
            starts_at,
            ends_at,
            room: room.clone(),
            cancelled_at: None,
            version: tx.version(),
        };
        enrolment::insert_meeting(tx, &meeting)?;
        let after =
            json!({"class": class, "starts_at": starts_at, "ends_at": ends_at, "room": room});
        tx.journal(Change::new("meeting.create", "meeting", meeting.id).on(class).created(&after))?;
        made.push(meeting.id);
    }
    Ok(made)
}

/// Cancels a meeting.
pub fn cancel_meeting(tx: &mut WriteTx<'_>, ctx: &Ctx, id: MeetingId) -> Result<ClassId> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
    let version = tx.version_over(before.version);
    let after = MeetingRow { cancelled_at: Some(ctx.now()), version, ..before.clone() };
    if before.cancelled_at.is_none() {
        if !enrolment::update_meeting(tx, &after, before.version)? {
            return Err(Error::Stale);
        }
        tx.journal(Change::new("meeting.cancel", "meeting", id).on(before.class))?;
    }
    Ok(before.class)
}

fn taken(field: &'static str) -> impl Fn(muster_storage::Error) -> Error {
    move |error| match error {
        muster_storage::Error::Conflict(_) => {
            Error::field(field, "There is one like this already.")
        }
        error => error.into(),
    }
}
