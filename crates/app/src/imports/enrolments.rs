//! Enrolments, from lines.

use super::catalogue::Catalogue;
use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::{Ctx, Error, Result};
use muster_domain::academics::{EnrolmentStatus, Label, next_roll_number};
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::text::fold;
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::{self, EnrolmentRow};
use muster_storage::people::{self, PersonRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::{Value, json};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

const TAKEN: &str = "Somebody else in this class has this one already.";

/// A student's place in a class, to be made or changed.
#[derive(Clone, Debug)]
pub(super) struct PlaceWrite {
    line: u64,
    class_label: String,
    pub row: EnrolmentRow,
    pub before: Option<EnrolmentRow>,
}

impl PlaceWrite {
    /// A place that changes.
    pub fn changed(line: u64, class: &ClassRow, row: EnrolmentRow, before: EnrolmentRow) -> Self {
        Self { line, class_label: label(class), row, before: Some(before) }
    }
}

fn label(class: &ClassRow) -> String {
    format!("{} {}", class.course_code, class.section)
}

/// The places of a class as they will be once the lines so far are written.
struct Roster {
    places: HashMap<PersonId, EnrolmentRow>,
    /// Roll numbers of those who attend, folded.
    rolls: HashMap<String, PersonId>,
    next: u32,
}

impl Roster {
    fn load(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Self> {
        let places = enrolment::roster(tx, class)?;
        let next = next_roll_number(places.iter().map(|place| place.roll_number.as_str()));
        let active = places.iter().filter(|place| place.status == EnrolmentStatus::Active);
        let rolls = active.map(|place| (fold(&place.roll_number), place.person)).collect();
        let places = places.into_iter().map(|place| (place.person, place)).collect();
        Ok(Self { places, rolls, next })
    }
}

/// What lines lead to.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let lines = plan.lines(part, range);
    let students = students(tx, &lines, part)?;
    let catalogue = part.catalogue(tx)?;
    let mut rosters: HashMap<ClassId, Roster> = HashMap::new();
    let mut writes = Vec::new();
    for (_, mut cells) in lines {
        let class = catalogue.class(&mut cells, part.term).cloned();
        let person = students.find(&mut cells).cloned();
        let (Some(class), Some(person)) = (class, person) else {
            plan.refuse(cells);
            continue;
        };
        let roster = match rosters.entry(class.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(Roster::load(tx, class.id)?),
        };
        let who = format!("{} {}", class.id, person.id);
        if let Some(first) = part.claims.first("place", &who, cells.number()) {
            cells.wrong("number", format!("Line {first} is about the same place."));
            plan.refuse(cells);
            continue;
        }
        let leaving = |holder: &EnrolmentRow| is_leaving(part, catalogue, &class, holder);
        let write = place(ctx, &mut cells, roster, &class, &person, leaving);
        if let Some(write) =
            write.as_ref().filter(|write| write.row.status == EnrolmentStatus::Active)
        {
            let roll = format!("{} {}", class.id, fold(&write.row.roll_number));
            if part.claims.first("roll", &roll, cells.number()).is_some() && cells.is_right() {
                cells.wrong("roll_number", TAKEN);
            }
        }
        let Some(write) = write.filter(|_| cells.is_right()) else {
            plan.refuse(cells);
            continue;
        };
        // The number that the student had so far is free for a later line.
        roster.rolls.retain(|_, owner| *owner != person.id);
        if write.row.status == EnrolmentStatus::Active {
            roster.rolls.insert(fold(&write.row.roll_number), person.id);
        }
        if write.before.as_ref() == Some(&write.row) {
            plan.unchanged += 1;
        } else {
            writes.push(write);
        }
    }
    plan.writes = Writes::Enrolments(writes);
    Ok(plan)
}

/// Students by their numbers.
pub(super) struct Students {
    people: HashMap<String, PersonRow>,
    students: HashSet<PersonId>,
}

/// The students whom lines name.
pub(super) fn students(
    tx: &mut ReadTx<'_>,
    lines: &[(usize, Cells<'_>)],
    part: &Part,
) -> Result<Students> {
    let numbers: Vec<_> = lines.iter().map(|(_, cells)| fold(cells.get("number"))).collect();
    let mut people = people::by_numbers(tx, &numbers)?;
    let ids: Vec<_> = people.values().map(|row| row.id).collect();
    let grants = people::grants_many(tx, &ids)?.into_iter();
    let students = grants.filter(|grant| grant.role == Role::Student);
    let mut students: HashSet<_> = students.map(|grant| grant.person).collect();
    if let Some(promised) = part.promised() {
        promised.add_people(&mut people, &numbers);
        let will_be = numbers.iter().filter(|number| promised.students.contains(*number));
        students.extend(will_be.filter_map(|number| people.get(number)).map(|row| row.id));
    }
    Ok(Students { people, students })
}

impl Students {
    /// The student whom a line names.
    pub fn find(&self, cells: &mut Cells<'_>) -> Option<&PersonRow> {
        let number = cells.needed("number")?;
        let found = self.people.get(&fold(number));
        let detail = match found {
            None => "This is nobody's number.",
            Some(person) if !self.students.contains(&person.id) => {
                "This person is not a student: grant the role first."
            }
            Some(person) => return Some(person),
        };
        cells.wrong("number", detail);
        None
    }
}

/// Whether a line of the file, earlier or later, takes a student's roll number away: two students
/// may exchange theirs.
fn is_leaving(part: &Part, catalogue: &Catalogue, class: &ClassRow, holder: &EnrolmentRow) -> bool {
    part.lines_about(&holder.number).any(|mut cells| {
        let here = catalogue.class(&mut cells, part.term).is_some_and(|named| named.id == class.id);
        let roll = fold(cells.get("roll_number"));
        let renamed = !roll.is_empty() && roll != fold(&holder.roll_number);
        let gone = status(&mut cells, None).is_some_and(|now| now != EnrolmentStatus::Active);
        here && (renamed || gone)
    })
}

fn place(
    ctx: &Ctx,
    cells: &mut Cells<'_>,
    roster: &mut Roster,
    class: &ClassRow,
    person: &PersonRow,
    leaving: impl Fn(&EnrolmentRow) -> bool,
) -> Option<PlaceWrite> {
    let before = roster.places.get(&person.id);
    let status = status(cells, before.map(|place| place.status))?;
    if before.is_none() && !person.active {
        cells.wrong("number", "This person is inactive.");
    }
    let roll_number = match cells.get("roll_number") {
        "" => before.map_or_else(String::new, |place| place.roll_number.clone()),
        text => cells.take("roll_number", Label::try_from(text.to_owned()))?.into(),
    };
    let roll_number = if roll_number.is_empty() {
        let next = roster.next.to_string();
        roster.next = roster.next.saturating_add(1);
        next
    } else {
        // What a line names is not given to another one afterwards.
        roster.next = roster.next.max(next_roll_number([roll_number.as_str()].into_iter()));
        roll_number
    };
    let owner = roster.rolls.get(&fold(&roll_number)).filter(|owner| **owner != person.id);
    let owner = owner.and_then(|owner| roster.places.get(owner));
    if status == EnrolmentStatus::Active && owner.is_some_and(|owner| !leaving(owner)) {
        cells.wrong("roll_number", TAKEN);
    }
    let row = EnrolmentRow {
        id: before.map_or_else(|| ctx.fresh(), |place| place.id),
        class: class.id,
        person: person.id,
        name: person.name.clone(),
        number: person.number.clone(),
        roll_number,
        status,
        in_use: person.active,
        version: before.map_or(0, |place| place.version),
    };
    Some(PlaceWrite {
        line: cells.number(),
        class_label: label(class),
        row,
        before: before.cloned(),
    })
}

fn status(cells: &mut Cells<'_>, known: Option<EnrolmentStatus>) -> Option<EnrolmentStatus> {
    let text = fold(cells.get("status"));
    let status = match text.as_str() {
        "" => Some(known.unwrap_or(EnrolmentStatus::Active)),
        "enrolled" => Some(EnrolmentStatus::Active),
        text => EnrolmentStatus::from_key(text),
    };
    if status.is_none() {
        cells.wrong("status", format!("“{text}” is none of active, withdrawn and completed."));
    }
    status
}

fn fields(row: &EnrolmentRow) -> Value {
    json!({
        "class": row.class, "person": row.person, "roll_number": row.roll_number,
        "status": row.status.key(),
    })
}

/// A change as people look at it.
pub(super) fn sample(write: &PlaceWrite) -> Sample {
    let mut changed = differences(write.before.as_ref().map(fields).as_ref(), &fields(&write.row));
    changed.retain(|(name, ..)| name != "class" && name != "person");
    let title = format!("{} · {} in {}", write.row.number, write.row.name, write.class_label);
    Sample { line: write.line, title, is_new: write.before.is_none(), fields: changed }
}

/// Writes places.
pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, writes: &[PlaceWrite]) -> Result<Vec<Done>> {
    let (mut done, mut changes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    // Whoever has a number that a line gives to somebody else gets another one by a line of the
    // file: both let go first, so that they may exchange theirs.
    let taking = writes.iter().map(|write| &write.row);
    let taking = taking.filter(|row| row.status == EnrolmentStatus::Active);
    let takers = taking.map(|row| ((row.class, fold(&row.roll_number)), row.person));
    let takers: HashMap<_, _> = takers.collect();
    let asked: Vec<_> = takers.keys().cloned().collect();
    for holder in enrolment::by_rolls(tx, &asked)? {
        let key = (holder.class, holder.roll);
        if takers.get(&key).is_some_and(|taker| *taker != holder.person) {
            enrolment::park(tx, key.0, &key.1)?;
        }
    }
    for write in writes {
        let before = write.before.as_ref();
        let version = tx.version_over(before.map_or(0, |row| row.version));
        let row = EnrolmentRow { version, ..write.row.clone() };
        let change = match before {
            None => Change::new("enrolment.create", "enrolment", row.id).created(&fields(&row)),
            Some(before) => {
                if !enrolment::update(tx, &row, before.version)? {
                    return Err(Error::Stale);
                }
                let change = Change::new("enrolment.change", "enrolment", row.id);
                change.changed(&fields(before), &fields(&row), before.version)
            }
        };
        changes.push(change.on(row.class));
        done.push(Done::new("enrolment", row.id, before, version));
        if before.is_none() {
            rows.push(row);
        }
    }
    enrolment::insert_many(tx, &rows.iter().collect::<Vec<_>>(), ctx.now())?;
    tx.journal_many(changes)?;
    Ok(done)
}
