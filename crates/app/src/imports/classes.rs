//! Classes, from lines: with their courses and their staff.

use super::catalogue::Catalogue;
use super::details;
use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::academics::{class_fields, course_fields, follow};
use crate::{Ctx, Error, Result};
use muster_domain::academics::Label;
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::location::Location;
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::text::{Name, clean_optional, fold};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::academics::{ClassRow, CourseRow};
use muster_storage::people::{GrantRow, PersonRow, StaffRow};
use muster_storage::{ReadTx, WriteTx, academics, people, sessions};
use serde_json::json;
use std::collections::HashMap;
use std::ops::Range;

/// The section of a class whose line names none.
const ONLY_SECTION: &str = "A";

/// A class to be made or changed, perhaps with its course, and people named for it.
#[derive(Clone, Debug)]
pub(super) struct ClassWrite {
    line: u64,
    course: Option<Change2<CourseRow>>,
    class: Option<Change2<ClassRow>>,
    class_id: ClassId,
    label: String,
    location: Option<Location>,
    staff: Vec<(PersonId, Role, String)>,
    former: Vec<StaffRow>,
}

/// A record after and before.
type Change2<T> = (T, Option<T>);

impl ClassWrite {
    /// Whether the class is new.
    pub fn is_new(&self) -> bool {
        self.class.as_ref().is_some_and(|(_, before)| before.is_none())
    }

    fn says_nothing(&self) -> bool {
        self.course.is_none()
            && self.class.is_none()
            && self.location.is_none()
            && self.staff.is_empty()
            && self.former.is_empty()
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
    // Lines before these may have added some, so what stood at the beginning won't do.
    let mut catalogue = Catalogue::load(tx)?;
    if let Some(promised) = part.promised() {
        promised.add_to(&mut catalogue);
    }
    let people = named(tx, &lines, part)?;
    let mut writes = Vec::new();
    for (index, mut cells) in lines {
        let course = course(ctx, &mut cells, &catalogue, part, index);
        let term = catalogue.term(&mut cells, part.term).map(|term| (term.id, term.name.clone()));
        let (Some((course, course_before)), Some(term)) = (course, term) else {
            plan.refuse(cells);
            continue;
        };
        let class = class(ctx, &mut cells, &catalogue, &course, term);
        let Some((row, before)) = class else {
            plan.refuse(cells);
            continue;
        };
        let held = match &before {
            Some(before) => people::staff(tx, before.id)?,
            None => Vec::new(),
        };
        let mut staff = Vec::new();
        for (key, role) in [("teachers", Role::Teacher), ("assistants", Role::Assistant)] {
            for person in numbers(&mut cells, key, &people) {
                let holds =
                    held.iter().any(|place| place.person == person.id && place.role == role);
                if !holds {
                    staff.push((person.id, role, person.name.clone()));
                }
            }
        }
        let former = numbers(&mut cells, "former_staff", &people);
        let former = held.into_iter().filter(|place| former.iter().any(|p| p.id == place.person));
        let former: Vec<_> = former.collect();
        let known = before.as_ref().map(|class| class.id);
        let location = details::location(tx, &mut cells, known)?;
        if is_archived_now(before.as_ref(), &row)
            && let Some(open) = sessions::open_of(tx, row.id)?
        {
            cells.wrong("status", Error::SessionOpen { session: open.id }.to_string());
        }
        if !cells.is_right() {
            plan.refuse(cells);
            continue;
        }
        catalogue.courses.insert(fold(&course.code), course.clone());
        let label = format!("{} {}", course.code, row.section);
        let write = ClassWrite {
            line: cells.number(),
            course: (course_before.as_ref() != Some(&course)).then_some((course, course_before)),
            class_id: row.id,
            class: (before.as_ref() != Some(&row)).then_some((row, before)),
            label,
            location,
            staff,
            former,
        };
        if write.says_nothing() {
            plan.unchanged += 1;
        } else {
            writes.push(write);
        }
    }
    plan.writes = Writes::Classes(writes);
    Ok(plan)
}

/// The course of a line, and what is known of it. Only its first line in the file says what it is.
fn course(
    ctx: &Ctx,
    cells: &mut Cells<'_>,
    catalogue: &Catalogue,
    part: &Part,
    index: usize,
) -> Option<Change2<CourseRow>> {
    let code = Label::try_from(cells.needed("course")?.to_owned());
    let code: String = cells.take("course", code)?.into();
    let known = catalogue.courses.get(&fold(&code));
    if known.is_some_and(|course| course.archived_at.is_some()) {
        cells.wrong("course", "This course is archived.");
        return None;
    }
    if let Some((first, same)) = part.courses.of(index) {
        if !same {
            cells.wrong("course_name", format!("Line {first} says otherwise about this course."));
        }
        if let Some(course) = known {
            return Some((course.clone(), Some(course.clone())));
        }
    }
    let name = match (cells.get("course_name"), known) {
        ("", Some(course)) => course.name.clone(),
        ("", None) => {
            cells.wrong("course_name", "This course is new: give its name.");
            return None;
        }
        (text, _) => cells.take("course_name", text.parse::<Name>())?.into(),
    };
    let credits = match cells.get("credits") {
        "" => known.and_then(|course| course.credits),
        _ => cells.whole("credits", 0, 1000),
    };
    let row = match known {
        Some(course) => CourseRow { name, credits, ..course.clone() },
        None => CourseRow { id: ctx.fresh(), code, name, credits, archived_at: None, version: 0 },
    };
    // A course of an earlier line that is still to be written is not written twice.
    let before = known.filter(|course| course.version > 0).cloned();
    let pending = known.is_some_and(|course| course.version == 0);
    Some(if pending { (row.clone(), Some(row)) } else { (row, before) })
}

fn class(
    ctx: &Ctx,
    cells: &mut Cells<'_>,
    catalogue: &Catalogue,
    course: &CourseRow,
    (term, term_name): (muster_domain::ids::TermId, String),
) -> Option<Change2<ClassRow>> {
    let classes = catalogue.classes(course.id, term);
    let section: String = match (cells.get("section"), classes) {
        ("", [only]) => only.section.clone(),
        ("", []) => ONLY_SECTION.to_owned(),
        ("", _) => {
            cells.wrong("section", "This course has several sections in the term: name one.");
            return None;
        }
        (text, _) => cells.take("section", Label::try_from(text.to_owned()))?.into(),
    };
    let before = classes.iter().find(|class| fold(&class.section) == fold(&section));
    let archived_at = archived_at(ctx, cells, before.and_then(|class| class.archived_at));
    let room = cells.take("room", clean_optional(cells.get("room"), 40))?;
    let room = room.or_else(|| before.and_then(|class| class.room.clone()));
    let duration_minutes = match cells.get("duration_minutes") {
        "" => before.and_then(|class| class.duration_minutes),
        _ => cells.whole("duration_minutes", 1, 1440),
    };
    let late_after_minutes = match cells.get("late_after_minutes") {
        "" => before.and_then(|class| class.late_after_minutes),
        _ => cells.whole("late_after_minutes", 0, 1440),
    };
    let weights = details::weights(cells, before.and_then(|class| class.weights));
    let row = match before {
        Some(class) => ClassRow {
            room,
            duration_minutes,
            late_after_minutes,
            weights,
            archived_at,
            // What the line says of the course is the course's change, not the class's.
            ..class.clone()
        },
        None => ClassRow {
            id: ctx.fresh(),
            course: course.id,
            course_code: course.code.clone(),
            course_name: course.name.clone(),
            term,
            term_name,
            section,
            room,
            duration_minutes,
            late_after_minutes,
            weights,
            archived_at,
            version: 0,
        },
    };
    Some((row, before.cloned()))
}

/// Whether a line takes a class out of use.
fn is_archived_now(before: Option<&ClassRow>, after: &ClassRow) -> bool {
    before.is_some_and(|before| before.archived_at.is_none()) && after.archived_at.is_some()
}

/// Since when the class is to be in the archive, if it is.
fn archived_at(ctx: &Ctx, cells: &mut Cells<'_>, known: Option<Timestamp>) -> Option<Timestamp> {
    match (fold(cells.get("status")).as_str(), known) {
        ("", None) | ("active", _) => return None,
        ("archived", known) => return known.or(Some(ctx.now())),
        ("", Some(_)) => cells.wrong("section", "This class is archived."),
        (text, _) => cells.wrong("status", format!("“{text}” is neither active nor archived.")),
    }
    known
}

/// The people whose numbers stand in the lines.
fn named(
    tx: &mut ReadTx<'_>,
    lines: &[(usize, Cells<'_>)],
    part: &Part,
) -> Result<HashMap<String, PersonRow>> {
    let keys = ["teachers", "assistants", "former_staff"];
    let cells = lines.iter().flat_map(|(_, cells)| keys.map(|key| cells.get(key)));
    let mut folded: Vec<String> = cells.flat_map(separate).map(fold).collect();
    folded.sort_unstable();
    folded.dedup();
    let mut people = people::by_numbers(tx, &folded)?;
    if let Some(promised) = part.promised() {
        promised.add_people(&mut people, &folded);
    }
    Ok(people)
}

fn separate(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(|letter: char| letter.is_whitespace() || matches!(letter, ';' | ',' | '|'))
        .filter(|number| !number.is_empty())
}

fn numbers<'p>(
    cells: &mut Cells<'_>,
    key: &'static str,
    people: &'p HashMap<String, PersonRow>,
) -> Vec<&'p PersonRow> {
    let mut found: Vec<&PersonRow> = Vec::new();
    for number in separate(cells.get(key)) {
        match people.get(&fold(number)) {
            Some(person) if found.iter().any(|known| known.id == person.id) => {}
            Some(person) if person.active || key == "former_staff" => found.push(person),
            Some(_) => cells.wrong(key, format!("{number} is inactive.")),
            None => cells.wrong(key, format!("{number} is nobody's number.")),
        }
    }
    found
}

/// A change as people look at it.
pub(super) fn sample(write: &ClassWrite) -> Sample {
    let mut fields = Vec::new();
    if let Some((row, before)) = &write.course {
        let shown = |row: &CourseRow| json!({"course_name": row.name, "credits": row.credits});
        fields.extend(differences(before.as_ref().map(shown).as_ref(), &shown(row)));
    }
    if let Some((row, before)) = &write.class {
        let shown = |row: &ClassRow| {
            json!({
                "term": row.term_name, "room": row.room, "duration_minutes": row.duration_minutes,
                "late_after_minutes": row.late_after_minutes,
                "weights": row.weights.map(Weights::key),
                "status": row.archived_at.map(|_| "archived"),
            })
        };
        fields.extend(differences(before.as_ref().map(shown).as_ref(), &shown(row)));
    }
    if let Some(location) = write.location {
        let (latitude, longitude) = location.degrees();
        fields.push(("latitude".to_owned(), String::new(), latitude));
        fields.push(("longitude".to_owned(), String::new(), longitude));
    }
    for (_, role, name) in &write.staff {
        fields.push((role.label().to_owned(), String::new(), name.clone()));
    }
    for place in &write.former {
        fields.push((place.role.label().to_owned(), place.name.clone(), String::new()));
    }
    let is_new = write.is_new();
    Sample { line: write.line, title: write.label.clone(), is_new, fields }
}

/// Writes classes.
pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, writes: &[ClassWrite]) -> Result<Vec<Done>> {
    let (mut done, mut changed) = (Vec::new(), Vec::new());
    for write in writes {
        if let Some((row, before)) = &write.course {
            done.push(write_course(tx, row, before.as_ref())?);
        }
        if let Some((row, before)) = &write.class {
            done.push(write_class(tx, row, before.as_ref())?);
            if before.is_some() {
                changed.push(row.id);
            }
        }
        if let Some(location) = write.location {
            done.push(details::write_location(tx, write.class_id, location)?);
        }
        for (person, role, _) in &write.staff {
            let held = Grant { role: *role, scope: Scope::Class(write.class_id) };
            let grant = GrantRow::new(ctx.fresh(), *person, held);
            people::insert_grant(tx, &grant, ctx.act.actor, ctx.now())?;
            let after = json!({"person": person, "role": role.key(), "class": grant.class});
            let change = Change::new("role.grant", "role", grant.id).on(*person);
            tx.journal(change.created(&after))?;
            done.push(Done::new("role", grant.id, None::<&()>, 0));
        }
        for place in &write.former {
            if people::end_grant(tx, place.grant, ctx.now())? {
                let was = json!({"role": place.role.key(), "class": write.class_id});
                let change = Change::new("role.end", "role", place.grant).on(place.person);
                tx.journal(change.created(&was))?;
                done.push(Done::new("role", place.grant, Some(&was), 0));
            }
        }
    }
    follow(tx, ctx, &changed, "An import changed classes")?;
    Ok(done)
}

fn write_course(tx: &mut WriteTx<'_>, row: &CourseRow, before: Option<&CourseRow>) -> Result<Done> {
    let seen = before.map_or(0, |row| row.version);
    let row = CourseRow { version: tx.version_over(seen), ..row.clone() };
    let change = match before {
        None => {
            academics::insert_course(tx, &row)?;
            Change::new("course.create", "course", row.id).created(&course_fields(&row))
        }
        Some(before) => {
            if !academics::update_course(tx, &row, seen)? {
                return Err(Error::Stale);
            }
            let change = Change::new("course.change", "course", row.id);
            change.changed(&course_fields(before), &course_fields(&row), seen)
        }
    };
    tx.journal(change)?;
    Ok(Done::new("course", row.id, before, row.version))
}

fn write_class(tx: &mut WriteTx<'_>, row: &ClassRow, before: Option<&ClassRow>) -> Result<Done> {
    let seen = before.map_or(0, |row| row.version);
    let row = ClassRow { version: tx.version_over(seen), ..row.clone() };
    let change = match before {
        None => {
            academics::insert_class(tx, &row)?;
            Change::new("class.create", "class", row.id).created(&class_fields(&row))
        }
        Some(before) => {
            if !academics::update_class(tx, &row, seen)? {
                return Err(Error::Stale);
            }
            // After the change, so that whoever opens a session just now is seen.
            if is_archived_now(Some(before), &row)
                && let Some(open) = sessions::open_of(tx, row.id)?
            {
                return Err(Error::SessionOpen { session: open.id });
            }
            let change = Change::new("class.change", "class", row.id);
            change.changed(&class_fields(before), &class_fields(&row), seen)
        }
    };
    tx.journal(change)?;
    Ok(Done::new("class", row.id, before, row.version))
}
