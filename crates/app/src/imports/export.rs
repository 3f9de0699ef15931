//! Tables of the records, in the columns in which they are imported.

use super::need;
use crate::settings;
use crate::{Ctx, Error, Result, zone};
use jiff::tz::TimeZone;
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::{ClassId, TermId};
use muster_domain::imports::{Kind, columns};
use muster_domain::time::Timestamp;
use muster_storage::academics::ClassRow;
use muster_storage::finding::{self, Search};
use muster_storage::students::StudentRow;
use muster_storage::{ReadTx, academics, enrolment, people, sessions, students};
use std::collections::HashMap;

/// People read at once.
const PAGE: i64 = 1_000;

/// A table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The keys of its columns.
    pub headings: Vec<&'static str>,
    /// Its lines.
    pub lines: Vec<Vec<String>>,
}

/// The records of a kind: of a term, where they belong to one, or of a class.
pub fn export(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    kind: Kind,
    term: Option<TermId>,
    class: Option<ClassId>,
) -> Result<Exported> {
    need(ctx, kind)?;
    let headings = columns(kind).iter().map(|column| column.key).collect();
    let lines = match kind {
        Kind::OneRoster => return Err(Error::NotFound),
        Kind::Terms => terms(tx)?,
        Kind::People => everybody(tx)?,
        kind => {
            let classes = classes(tx, ctx, term, class)?;
            let mut lines = Vec::new();
            for class in &classes {
                match kind {
                    Kind::Enrolments => enrolments(tx, class, &mut lines)?,
                    Kind::Timetable => timetable(tx, class, &mut lines)?,
                    Kind::Marks => marks(tx, class, &mut lines)?,
                    _ => lines.push(one_class(tx, class)?),
                }
            }
            lines
        }
    };
    Ok(Exported { headings, lines })
}

/// The classes that are meant. Who is no registrar asks for a class of theirs.
fn classes(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    term: Option<TermId>,
    class: Option<ClassId>,
) -> Result<Vec<ClassRow>> {
    if let Some(class) = class {
        ctx.need(Permission::TakeAttendance, Target::Class(class))?;
        return Ok(vec![academics::class(tx, class)?.ok_or(Error::NotFound)?]);
    }
    ctx.need(Permission::ManageAcademics, Target::Institution)?;
    let term = term.ok_or_else(|| Error::field("term", "Choose a term."))?;
    let mut classes = academics::classes(tx)?;
    classes.retain(|class| class.term == term && class.archived_at.is_none());
    Ok(classes)
}

fn terms(tx: &mut ReadTx<'_>) -> Result<Vec<Vec<String>>> {
    let day = |date| zone::civil_date(date).map(|day| day.to_string()).unwrap_or_default();
    let open = academics::terms(tx)?.into_iter().filter(|term| term.archived_at.is_none());
    Ok(open.map(|term| vec![term.name, day(term.starts_on), day(term.ends_on)]).collect())
}

fn everybody(tx: &mut ReadTx<'_>) -> Result<Vec<Vec<String>>> {
    let (mut lines, mut after) = (Vec::new(), None);
    loop {
        let search = Search { text: "", role: None, after, limit: PAGE };
        let page = finding::search(tx, &search)?;
        let ids: Vec<_> = page.iter().map(|person| person.id).collect();
        let mut roles: HashMap<_, Role> = HashMap::new();
        for grant in people::grants_many(tx, &ids)? {
            if grant.class.is_none() && !grant.role.is_administrator() {
                roles.insert(grant.person, grant.role);
            }
        }
        let studies = students::get_many(tx, &ids)?.into_iter();
        let studies: HashMap<_, _> = studies.map(|student| (student.person, student)).collect();
        after = page.last().map(|person| person.id);
        let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        lines.extend(page.into_iter().map(|person| {
            let role = roles.get(&person.id).map_or("staff", |role| role.key());
            let text = Option::unwrap_or_default;
            let nothing = StudentRow::nothing(person.id);
            let student = studies.get(&person.id).unwrap_or(&nothing).clone();
            let number =
                |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
            vec![
                person.number,
                person.name,
                role.to_owned(),
                text(person.username),
                text(person.email),
                text(person.title),
                text(person.phone),
                text(student.programme_code.or(person.programme)),
                number(student.year),
                number(student.semester),
                text(student.enrolment_number),
                text(student.second_email),
                text(student.guardian_email),
                if person.active { "active" } else { "inactive" }.to_owned(),
            ]
        }));
        if !full {
            return Ok(lines);
        }
    }
}

fn one_class(tx: &mut ReadTx<'_>, class: &ClassRow) -> Result<Vec<String>> {
    let credits = academics::course(tx, class.course)?.and_then(|course| course.credits);
    let staff = people::staff(tx, class.id)?;
    let mut numbers = HashMap::new();
    for place in &staff {
        if let Some(person) = people::get(tx, place.person)? {
            numbers.insert(place.person, person.number);
        }
    }
    let named = |role: Role| {
        let places = staff.iter().filter(|place| place.role == role);
        let numbers = places.filter_map(|place| numbers.get(&place.person));
        numbers.map(String::as_str).collect::<Vec<_>>().join("; ")
    };
    let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
    Ok(vec![
        class.course_code.clone(),
        class.course_name.clone(),
        number(credits),
        class.term_name.clone(),
        class.section.clone(),
        class.room.clone().unwrap_or_default(),
        number(class.duration_minutes),
        named(Role::Teacher),
        named(Role::Assistant),
        String::new(),
        "active".to_owned(),
    ])
}

fn enrolments(tx: &mut ReadTx<'_>, class: &ClassRow, lines: &mut Vec<Vec<String>>) -> Result<()> {
    lines.extend(enrolment::roster(tx, class.id)?.into_iter().map(|place| {
        vec![
            place.number,
            class.course_code.clone(),
            class.section.clone(),
            class.term_name.clone(),
            place.roll_number,
            place.status.key().to_owned(),
        ]
    }));
    Ok(())
}

fn timetable(tx: &mut ReadTx<'_>, class: &ClassRow, lines: &mut Vec<Vec<String>>) -> Result<()> {
    let local = local(tx)?;
    let all = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let meetings = enrolment::meetings(tx, class.id, all.0, all.1)?.into_iter();
    lines.extend(meetings.filter(|meeting| meeting.cancelled_at.is_none()).map(|meeting| {
        vec![
            class.course_code.clone(),
            class.section.clone(),
            class.term_name.clone(),
            local(meeting.starts_at, "%Y-%m-%d"),
            String::new(),
            local(meeting.starts_at, "%H:%M"),
            local(meeting.ends_at, "%H:%M"),
            meeting.room.unwrap_or_default(),
            String::new(),
            String::new(),
        ]
    }));
    Ok(())
}

fn marks(tx: &mut ReadTx<'_>, class: &ClassRow, lines: &mut Vec<Vec<String>>) -> Result<()> {
    let local = local(tx)?;
    let roster = enrolment::roster(tx, class.id)?.into_iter();
    let numbers: HashMap<_, _> = roster.map(|place| (place.person, place.number)).collect();
    for session in sessions::of_class(tx, class.id)? {
        if session.closed_at.is_none() {
            continue;
        }
        let starts_at = session.opened_at;
        lines.extend(sessions::marks(tx, session.id)?.into_iter().filter_map(|mark| {
            Some(vec![
                numbers.get(&mark.person)?.clone(),
                class.course_code.clone(),
                class.section.clone(),
                class.term_name.clone(),
                local(starts_at, "%Y-%m-%d"),
                local(starts_at, "%H:%M"),
                mark.status.key().to_owned(),
                mark.reason.unwrap_or_default(),
            ])
        }));
    }
    Ok(())
}

/// Writes times in the institution's zone.
fn local(tx: &mut ReadTx<'_>) -> Result<impl Fn(Timestamp, &str) -> String + use<>> {
    let zone = TimeZone::get(&settings::load(tx)?.time_zone).unwrap_or(TimeZone::UTC);
    Ok(move |at: Timestamp, format: &str| {
        let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
        at.to_zoned(zone.clone()).strftime(format).to_string()
    })
}
