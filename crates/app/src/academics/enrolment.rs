//! Who attends a class, and who teaches it.

use super::{EVERYTHING, class_in_use, taken};
use crate::{Ctx, Error, Form, Result, people};
use muster_domain::academics::{EnrolmentStatus, Label, next_roll_number};
use muster_domain::auth::{Permission, Role};
use muster_domain::ids::{ClassId, EnrolmentId, PersonId};
use muster_domain::text::fold;
use muster_journal::Change;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::people::PersonRow;
use muster_storage::{ReadTx, WriteTx, academics, enrolment};
use serde_json::json;
use std::collections::HashSet;

/// Enrols people by id in a class, in order; roll numbers continue after the highest. Who was
/// withdrawn comes back with the roll number they had, or the next one if somebody else has it.
pub fn enrol(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    students: &[PersonId],
) -> Result<Vec<EnrolmentId>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    class_in_use(tx, class)?;
    let roster = enrolment::roster(tx, class)?;
    let mut held: HashSet<_> = roster
        .iter()
        .filter(|place| place.status == EnrolmentStatus::Active)
        .map(|place| fold(&place.roll_number))
        .collect();
    let mut roll = next_roll_number(roster.iter().map(|place| place.roll_number.as_str()));
    let mut made = Vec::new();
    for person in students {
        let known = roster.iter().find(|place| place.person == *person);
        match known {
            Some(place) if place.status == EnrolmentStatus::Active => {}
            Some(place) => {
                // Somebody may hold their number by now.
                if !held.insert(fold(&place.roll_number)) {
                    change_roll_number(tx, ctx, class, place.person, &roll.to_string())?;
                    roll = roll.saturating_add(1);
                }
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
    let folded = fold(number.trim());
    Ok(muster_storage::people::by_numbers(tx, std::slice::from_ref(&folded))?.remove(&folded))
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
        in_use: true,
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
    if status == EnrolmentStatus::Active {
        class_in_use(tx, class)?;
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

/// Gives a student of a class another roll number.
pub fn change_roll_number(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    person: PersonId,
    roll_number: &str,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let before = enrolment::place(tx, class, person)?.ok_or(Error::NotFound)?;
    let mut form = Form::default();
    let label = form.take("roll_number", Label::try_from(roll_number.to_owned()));
    form.check()?;
    let roll_number = label.map(String::from).unwrap_or_default();
    if before.roll_number == roll_number {
        return Ok(());
    }
    let version = tx.version_over(before.version);
    let after = EnrolmentRow { roll_number, version, ..before.clone() };
    if !enrolment::update(tx, &after, before.version).map_err(taken("roll_number"))? {
        return Err(Error::Stale);
    }
    let change = Change::new("enrolment.change", "enrolment", before.id).on(class).changed(
        &json!({"roll_number": before.roll_number}),
        &json!({"roll_number": after.roll_number}),
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
