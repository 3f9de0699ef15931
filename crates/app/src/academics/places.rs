//! Many students at once: enrolled, withdrawn, moved to another section, numbered in order.

use super::EVERYTHING;
use super::enrolment::{enrol, set_enrolment};
use crate::{Ctx, Error, Result};
use muster_domain::academics::{EnrolmentStatus, RollOrder};
use muster_domain::auth::{Permission, Role};
use muster_domain::ids::{ClassId, EnrolmentId, PersonId};
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::candidates::{self, CandidateRow, Search};
use muster_storage::enrolment::{self, EnrolmentRow};
use muster_storage::{ReadTx, WriteTx, academics, people};
use serde_json::json;
use std::collections::HashSet;

/// Students who do not attend a class now, by name.
pub fn candidates(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    search: &Search,
) -> Result<Vec<CandidateRow>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    Ok(candidates::of_class(tx, class, search)?)
}

/// Enrols students by their ids, all or none; who attends already is passed over.
pub fn enrol_people(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    chosen: &[PersonId],
) -> Result<Vec<EnrolmentId>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let grants = people::grants_many(tx, chosen)?;
    let students = grants.iter().filter(|grant| grant.role == Role::Student);
    let students: HashSet<_> = students.map(|grant| grant.person).collect();
    if chosen.is_empty() {
        return Err(Error::field("people", "Choose at least one student."));
    }
    if chosen.iter().any(|person| !students.contains(person)) {
        return Err(Error::field("people", "Somebody chosen is not a student."));
    }
    enrol(tx, ctx, class, chosen)
}

/// Gives several students of a class another status, all or none; the history stays.
pub fn set_enrolments(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    chosen: &[PersonId],
    status: EnrolmentStatus,
) -> Result<()> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    if chosen.is_empty() {
        return Err(Error::field("people", "Choose at least one student."));
    }
    if status == EnrolmentStatus::Active {
        return enrol(tx, ctx, class, chosen).map(drop);
    }
    chosen.iter().try_for_each(|person| set_enrolment(tx, ctx, class, *person, status))
}

/// The other sections of a class's course in its term that are not archived.
pub fn other_sections(tx: &mut ReadTx<'_>, ctx: &Ctx, class: ClassId) -> Result<Vec<ClassRow>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    let row = academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let same = |other: &ClassRow| {
        other.id != class
            && (other.course, other.term) == (row.course, row.term)
            && other.archived_at.is_none()
    };
    Ok(academics::classes(tx)?.into_iter().filter(same).collect())
}

/// Moves students to another section of the same course and term: they leave the one, where their
/// history stays, and attend the other.
pub fn transfer(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    from: ClassId,
    to: ClassId,
    chosen: &[PersonId],
) -> Result<()> {
    let sections = other_sections(tx, ctx, from)?;
    if !sections.iter().any(|class| class.id == to) {
        return Err(Error::field("to", "Choose another section of the same course and term."));
    }
    let roster = enrolment::roster(tx, from)?;
    let attends = |person: &PersonId| {
        let place = roster.iter().find(|place| place.person == *person);
        place.is_some_and(|place| place.status == EnrolmentStatus::Active)
    };
    if !chosen.iter().all(attends) {
        return Err(Error::field("people", "Somebody chosen does not attend this class."));
    }
    set_enrolments(tx, ctx, from, chosen, EnrolmentStatus::Withdrawn)?;
    enrol(tx, ctx, to, chosen)?;
    for person in chosen {
        let moved = json!({"person": person, "from": from, "to": to});
        let change = Change::new("enrolment.transfer", "class", from).on(to);
        tx.journal(change.created(&moved))?;
    }
    Ok(())
}

/// A student with the roll number that they would get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Their place.
    pub place: EnrolmentRow,
    /// The roll number in order.
    pub roll_number: String,
}

/// What the students who attend a class would get as roll numbers, from 1 in that order.
pub fn numbering(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    order: RollOrder,
) -> Result<Vec<Numbered>> {
    ctx.need(Permission::ManageAcademics, EVERYTHING)?;
    academics::class(tx, class)?.ok_or(Error::NotFound)?;
    let mut places = enrolment::roster(tx, class)?;
    places.retain(|place| place.status == EnrolmentStatus::Active);
    places.sort_by_cached_key(|place| order.place(&place.name, &place.number));
    let numbered = places.into_iter().zip(1_usize..);
    Ok(numbered
        .map(|(place, number)| Numbered { place, roll_number: number.to_string() })
        .collect())
}

/// Numbers the students who attend a class from 1 in that order; how many got another number.
pub fn number_in_order(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    class: ClassId,
    order: RollOrder,
) -> Result<usize> {
    let mut moving = numbering(tx, ctx, class, order)?;
    moving.retain(|numbered| numbered.place.roll_number != numbered.roll_number);
    // Two students may swap: everybody first lets go of the number that they hold.
    let mut waiting = Vec::new();
    for Numbered { place, .. } in &moving {
        let roll_number = format!("was {}", place.id);
        let version = tx.version_over(place.version);
        let row = EnrolmentRow { roll_number, version, ..place.clone() };
        put(tx, &row, place.version)?;
        waiting.push(version);
    }
    for (Numbered { place, roll_number }, seen) in moving.iter().zip(waiting) {
        let version = tx.version_over(seen);
        let row = EnrolmentRow { roll_number: roll_number.clone(), version, ..place.clone() };
        put(tx, &row, seen)?;
        let change = Change::new("enrolment.change", "enrolment", place.id).on(class).changed(
            &json!({"roll_number": place.roll_number}),
            &json!({"roll_number": roll_number}),
            place.version,
        );
        tx.journal(change)?;
    }
    Ok(moving.len())
}

fn put(tx: &mut WriteTx<'_>, row: &EnrolmentRow, seen: i64) -> Result<()> {
    if enrolment::update(tx, row, seen)? { Ok(()) } else { Err(Error::Stale) }
}
