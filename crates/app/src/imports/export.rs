//! Tables of the records, in the columns in which they are imported.

use super::need;
use crate::academics::wanted;
use crate::settings;
use crate::{Ctx, Error, Result, finance, zone};
use jiff::tz::TimeZone;
use muster_domain::attendance::figures::Weights;
use muster_domain::attendance::location::Location;
use muster_domain::auth::{Permission, Role, Scope, Target};
use muster_domain::finance::{Money, PaymentState};
use muster_domain::ids::{ClassId, PaymentId, TermId};
use muster_domain::imports::{Kind, columns};
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::Wanted;
use muster_storage::academics::ClassRow;
use muster_storage::finding::{self, Search};
use muster_storage::students::StudentRow;
use muster_storage::{
    ReadTx, academics, enrolment, fees, locations, patterns, payments, people, programmes, results,
    sessions, sittings, students,
};
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
    need(ctx, kind, None)?;
    // What is secret leaves in no table: those columns are the last.
    let shown = columns(kind).iter().filter(|column| !column.is_secret());
    let headings = shown.map(|column| column.key).collect();
    let lines = match kind {
        Kind::OneRoster => return Err(Error::NotFound),
        Kind::Terms => terms(tx)?,
        Kind::People => everybody(tx)?,
        Kind::Fees => fees(tx, term)?,
        Kind::Payments => payments(tx, term)?,
        Kind::Sittings => sittings(tx, term)?,
        Kind::Passes => super::passes::export(tx, ctx)?,
        kind => {
            let classes = classes(tx, ctx, kind, term, class)?;
            let mut lines = Vec::new();
            for class in &classes {
                match kind {
                    Kind::Enrolments => enrolments(tx, class, &mut lines)?,
                    Kind::Timetable => timetable(tx, class, &mut lines)?,
                    Kind::Marks => marks(tx, class, &mut lines)?,
                    Kind::Results => results_of(tx, class, &mut lines)?,
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
    kind: Kind,
    term: Option<TermId>,
    class: Option<ClassId>,
) -> Result<Vec<ClassRow>> {
    if let Some(class) = class {
        let results = kind == Kind::Results;
        let needed = if results { Permission::EnterResults } else { Permission::TakeAttendance };
        ctx.need(needed, Target::Class(class))?;
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
        let mut roles: HashMap<_, Vec<Role>> = HashMap::new();
        for grant in people::grants_many(tx, &ids)? {
            if grant.scope() == Scope::Institution && !grant.role.is_administrator() {
                roles.entry(grant.person).or_default().push(grant.role);
            }
        }
        let studies = students::get_many(tx, &ids)?.into_iter();
        let studies: HashMap<_, _> = studies.map(|student| (student.person, student)).collect();
        after = page.last().map(|person| person.id);
        let full = page.len() == usize::try_from(PAGE).unwrap_or(usize::MAX);
        lines.extend(page.into_iter().map(|person| {
            let role = roles.get(&person.id).map_or("staff".to_owned(), |held| listed(held));
            let text = Option::unwrap_or_default;
            let nothing = StudentRow::nothing(person.id);
            let student = studies.get(&person.id).unwrap_or(&nothing).clone();
            let number =
                |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
            vec![
                person.number,
                person.name,
                role,
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

/// The keys of roles, in the order in which they are always listed.
fn listed(held: &[Role]) -> String {
    let keys = Role::ALL.into_iter().filter(|role| held.contains(role)).map(Role::key);
    keys.collect::<Vec<_>>().join("; ")
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
    let place = locations::of_class(tx, class.id)?.and_then(|row| row.location());
    let (latitude, longitude) = place.map(Location::degrees).unwrap_or_default();
    Ok(vec![
        class.course_code.clone(),
        class.course_name.clone(),
        number(credits),
        class.term_name.clone(),
        class.section.clone(),
        class.room.clone().unwrap_or_default(),
        number(class.duration_minutes),
        number(class.late_after_minutes),
        class.weights.map(Weights::key).unwrap_or_default(),
        latitude,
        longitude,
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

/// A line for each pattern, and one for each meeting that is none of a pattern's, or an exception.
fn timetable(tx: &mut ReadTx<'_>, class: &ClassRow, lines: &mut Vec<Vec<String>>) -> Result<()> {
    let term = academics::term(tx, class.term)?.ok_or(Error::NotFound)?;
    let weekly = patterns::of_class(tx, class.id)?;
    let day = |date| zone::civil_date(date).map(|day| day.to_string()).unwrap_or_default();
    let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
    let line = |[date, weekday, starts, ends]: [String; 4], room: Option<&str>, more: [&str; 3]| {
        let [course, section] = [&class.course_code, &class.section].map(String::clone);
        let room = room.unwrap_or_default().to_owned();
        let [first, last, status] = more.map(str::to_owned);
        let term = class.term_name.clone();
        vec![course, section, term, date, weekday, starts, ends, room, first, last, status]
    };
    lines.extend(weekly.iter().map(|row| {
        let (starts, ends) = (clock(row.starts_minute), clock(row.ends_minute));
        let times = [String::new(), row.weekday.label().to_owned(), starts, ends];
        line(times, row.room.as_deref(), [&day(row.first_on), &day(row.last_on), ""])
    }));
    let local = local(tx)?;
    let times = |starts_at, ends_at| {
        let [date, starts] = ["%Y-%m-%d", "%H:%M"].map(|format| local(starts_at, format));
        [date, String::new(), starts, local(ends_at, "%H:%M")]
    };
    let wanted = wanted(tx, class, &term, &weekly)?.into_iter();
    let wanted: HashMap<_, _> = wanted.map(|wanted| (wanted.occurrence, wanted)).collect();
    let made = patterns::generated(tx, class.id)?.into_iter();
    let made: HashMap<_, _> = made.map(|row| (row.id, (row.pattern, row.week))).collect();
    let all = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    for meeting in enrolment::meetings(tx, class.id, all.0, all.1)? {
        let cancelled = meeting.cancelled_at.is_some();
        if let Some(wanted) = made.get(&meeting.id).and_then(|place| wanted.get(place)) {
            let Wanted { starts_at, ends_at, ref room, .. } = *wanted;
            let is = (meeting.starts_at, meeting.ends_at, &meeting.room);
            if !cancelled && is == (starts_at, ends_at, room) {
                continue;
            }
            if meeting.starts_at != starts_at {
                // Elsewhere the weekly line makes a meeting then, which does not take place.
                let status = ["", "", "cancelled"];
                lines.push(line(times(starts_at, ends_at), room.as_deref(), status));
            }
        }
        let status = ["", "", if cancelled { "cancelled" } else { "" }];
        let when = times(meeting.starts_at, meeting.ends_at);
        lines.push(line(when, meeting.room.as_deref(), status));
    }
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
        let starts_at = session.held_at;
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

/// Published or not: whoever may enter them may take them along.
fn results_of(tx: &mut ReadTx<'_>, class: &ClassRow, lines: &mut Vec<Vec<String>>) -> Result<()> {
    let roster = enrolment::roster(tx, class.id)?.into_iter();
    let numbers: HashMap<_, _> = roster.map(|place| (place.person, place.number)).collect();
    let assessments = finance::assessments_of(tx, class.term)?.into_iter();
    let codes: HashMap<_, _> = assessments.map(|row| (row.id, row.code)).collect();
    lines.extend(results::of_class(tx, class.id)?.into_iter().filter_map(|row| {
        Some(vec![
            numbers.get(&row.person)?.clone(),
            class.course_code.clone(),
            class.section.clone(),
            class.term_name.clone(),
            codes.get(&row.assessment)?.clone(),
            row.score().to_string(),
            row.remark.unwrap_or_default(),
            String::new(),
        ])
    }));
    Ok(())
}

/// Fees of a term, or of all.
fn fees(tx: &mut ReadTx<'_>, term: Option<TermId>) -> Result<Vec<Vec<String>>> {
    let currency = settings::load(tx)?.currency;
    let codes = programmes::programmes(tx)?.into_iter();
    let codes: HashMap<_, _> = codes.map(|row| (row.id, row.code)).collect();
    let mut lines = Vec::new();
    for of in academics::terms(tx)?.into_iter().filter(|row| term.is_none_or(|id| row.id == id)) {
        lines.extend(fees::of_term(tx, of.id)?.into_iter().map(|fee| {
            vec![
                codes.get(&fee.programme).cloned().unwrap_or_default(),
                fee.year.to_string(),
                fee.semester.to_string(),
                of.name.clone(),
                Money::new(fee.amount, currency).digits(),
                currency.code().to_owned(),
            ]
        }));
    }
    Ok(lines)
}

/// Payments for a term, or all, without those that were reversed.
fn payments(tx: &mut ReadTx<'_>, term: Option<TermId>) -> Result<Vec<Vec<String>>> {
    let currency = settings::load(tx)?.currency;
    let all = payments::Search {
        term,
        method: None,
        state: None,
        from: Date(i64::MIN),
        until: Date(i64::MAX - 1),
        before: (Date(i64::MAX), PaymentId(uuid::Uuid::max())),
        limit: i64::MAX,
    };
    let rows = payments::list(tx, &all)?.into_iter();
    let standing = rows.filter(|row| row.state != PaymentState::Reversed);
    Ok(standing
        .map(|row| {
            vec![
                row.number,
                row.term_name,
                Money::new(row.amount, currency).digits(),
                currency.code().to_owned(),
                zone::civil_date(row.paid_on).map(|day| day.to_string()).unwrap_or_default(),
                row.kind,
                row.method.key().to_owned(),
                row.receipt.unwrap_or_default(),
                row.state.key().to_owned(),
                row.note.unwrap_or_default(),
            ]
        })
        .collect())
}

/// Sittings of a term, or of all.
fn sittings(tx: &mut ReadTx<'_>, term: Option<TermId>) -> Result<Vec<Vec<String>>> {
    let local = local(tx)?;
    let mut lines = Vec::new();
    for of in academics::terms(tx)?.into_iter().filter(|row| term.is_none_or(|id| row.id == id)) {
        lines.extend(sittings::of_term(tx, of.id)?.into_iter().map(|row| {
            vec![
                row.course_code,
                row.section,
                of.name.clone(),
                row.assessment_code,
                local(row.starts_at, "%Y-%m-%d"),
                local(row.starts_at, "%H:%M"),
                local(row.ends_at, "%H:%M"),
                row.rooms,
            ]
        }));
    }
    Ok(lines)
}

/// Writes times in the institution's zone.
fn local(tx: &mut ReadTx<'_>) -> Result<impl Fn(Timestamp, &str) -> String + use<>> {
    let zone = TimeZone::get(&settings::load(tx)?.time_zone).unwrap_or(TimeZone::UTC);
    Ok(move |at: Timestamp, format: &str| {
        let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
        at.to_zoned(zone.clone()).strftime(format).to_string()
    })
}
