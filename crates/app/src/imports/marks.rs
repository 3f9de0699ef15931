//! Marks of sessions that were taken elsewhere, from lines.
//!
//! A session that is not known yet is made, closed: it holds the marks that the file has and
//! writes nobody else absent. Two files about the same session find the same one, because its id
//! derives from its class and its start.

use super::enrolments::{Students, students};
use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::academics::need_unlocked;
use crate::marks::fields;
use crate::{Ctx, Error, Result};
use jiff::civil;
use muster_credential::class_code::ShortSessionId;
use muster_domain::attendance::{Method, Mode, Status, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MarkId, MeetingId, NAMESPACE, PersonId, SessionId};
use muster_domain::text::{clean_optional, fold};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::MeetingRow;
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{ReadTx, WriteTx, enrolment, sessions};
use serde_json::json;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use uuid::Uuid;

/// A mark to be made or changed, and its session, should that be new.
#[derive(Clone, Debug)]
pub(super) struct MarkWrite {
    line: u64,
    title: String,
    session: SessionRow,
    is_new_session: bool,
    pub mark: MarkRow,
    pub before: Option<MarkRow>,
}

/// What a line says before the records are asked.
struct Said {
    class: ClassRow,
    person: PersonId,
    title: String,
    date: civil::Date,
    time: Option<civil::Time>,
    status: Status,
    reason: Option<String>,
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
    let mut asked = Vec::new();
    for (_, mut cells) in lines {
        match said(ctx, &mut cells, part, &students).filter(|_| cells.is_right()) {
            Some(said) => asked.push((cells, said)),
            None => plan.refuse(cells),
        }
    }
    let pairs: Vec<_> = asked.iter().map(|(_, said)| (said.class.id, said.person)).collect();
    let standings = enrolment::standings(tx, &pairs)?.into_iter();
    let enrolled: std::collections::HashSet<_> =
        standings.map(|standing| (standing.class, standing.person)).collect();
    let mut days = Days { ctx, part, known: HashMap::new() };
    let mut found = Vec::new();
    for (mut cells, said) in asked {
        if !enrolled.contains(&(said.class.id, said.person)) {
            cells.wrong("number", "This student is not enrolled in the class.");
        }
        match days.session(tx, &mut cells, &said)?.filter(|_| cells.is_right()) {
            Some(session) => found.push((cells, said, session)),
            None => plan.refuse(cells),
        }
    }
    let pairs: Vec<_> = found.iter().map(|(_, said, (row, _))| (row.id, said.person)).collect();
    let marks = sessions::mark_many(tx, &pairs)?.into_iter();
    let marks: HashMap<_, _> = marks.map(|mark| ((mark.session, mark.person), mark)).collect();
    let mut writes = Vec::new();
    for (mut cells, said, (session, is_new_session)) in found {
        let before = marks.get(&(session.id, said.person)).cloned();
        let who = format!("{} {}", session.id, said.person);
        if let Some(first) = part.claims.first("mark", &who, cells.number()) {
            // The same session may be written in several ways.
            let status = format!("{who} {}", said.status.key());
            if part.claims.first("status", &status, cells.number()).is_some() {
                plan.skipped += 1;
            } else {
                cells.wrong("number", format!("Line {first} is about the same, and differs."));
                plan.refuse(cells);
            }
            continue;
        }
        part.claims.first("status", &format!("{who} {}", said.status.key()), cells.number());
        if before.as_ref().is_some_and(|mark| says_so(mark, &said)) {
            plan.unchanged += 1;
            continue;
        }
        let mark = mark(ctx, &session, &said, &part.name);
        writes.push(MarkWrite {
            line: cells.number(),
            title: said.title,
            session,
            is_new_session,
            mark,
            before,
        });
    }
    plan.writes = Writes::Marks(writes);
    Ok(plan)
}

/// Whether a line says what stands. A filler says it too, unless the line gives a reason of its own:
/// tables that were exported hold fillers, and reopening takes those alone back.
fn says_so(mark: &MarkRow, said: &Said) -> bool {
    let own_reason = said.reason.is_some() && said.reason != mark.reason;
    mark.status == said.status && (mark.method != Method::Filler || !own_reason)
}

fn said(ctx: &Ctx, cells: &mut Cells<'_>, part: &Part, students: &Students) -> Option<Said> {
    let class = part.catalogue.class(cells, part.term).cloned();
    let person = students.find(cells).cloned();
    let date = cells.date("date");
    let time = if cells.get("starts_at").is_empty() { None } else { cells.time("starts_at") };
    let status = status(cells);
    let reason = cells.take("reason", clean_optional(cells.get("reason"), 500)).flatten();
    let class = class?;
    if ctx.need(Permission::TakeAttendance, Target::Class(class.id)).is_err() {
        cells.wrong("course", "You don't take attendance in this class.");
    }
    if part.catalogue.is_locked(class.term) {
        cells.wrong("date", format!("The term {} is locked.", class.term_name));
    }
    let person = person?;
    let title =
        format!("{} · {} in {} {}", person.number, person.name, class.course_code, class.section);
    Some(Said { class, person: person.id, title, date: date?, time, status: status?, reason })
}

fn status(cells: &mut Cells<'_>) -> Option<Status> {
    let text = fold(cells.needed("status")?);
    let status = match text.as_str() {
        "p" | "1" | "yes" | "attended" => Some(Status::Present),
        "l" | "t" | "tardy" => Some(Status::Late),
        "e" | "leave" | "on leave" => Some(Status::Excused),
        "a" | "0" | "no" | "missing" => Some(Status::Absent),
        text => Status::from_key(text),
    };
    if status.is_none() {
        cells.wrong("status", format!("“{text}” is none of present, late, excused and absent."));
    }
    status
}

/// The sessions of classes on days, as they will be once the lines so far are written.
struct Days<'a> {
    ctx: &'a Ctx,
    part: &'a Part,
    known: HashMap<(ClassId, civil::Date), Vec<(SessionRow, bool)>>,
}

impl Days<'_> {
    /// The session of a line, and whether it is new.
    fn session(
        &mut self,
        tx: &mut ReadTx<'_>,
        cells: &mut Cells<'_>,
        said: &Said,
    ) -> Result<Option<(SessionRow, bool)>> {
        let day = (said.class.id, said.date);
        let Some((from, until)) = self.part.day(said.date) else { return Ok(None) };
        let known = match self.known.entry(day) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let found = sessions::of_class_between(tx, said.class.id, from, until)?;
                place.insert(found.into_iter().map(|row| (row, false)).collect())
            }
        };
        let starts_at = said.time.and_then(|time| self.part.instant(said.date, time));
        match &meant(known, starts_at)[..] {
            [(row, _)] if row.closed_at.is_none() => {
                cells.wrong("date", "The session of that day is still open: close it first.");
                Ok(None)
            }
            [only] => Ok(Some(only.clone())),
            [] => {
                let Some(row) = self.made(tx, said, (from, until), starts_at)? else {
                    cells.wrong("starts_at", SEVERAL);
                    return Ok(None);
                };
                self.known.entry(day).or_default().push((row.clone(), true));
                Ok(Some((row, true)))
            }
            _ => {
                cells.wrong("starts_at", SEVERAL);
                Ok(None)
            }
        }
    }

    /// A session as it would be made: of the meeting of that day, or of the one nearest to the
    /// start that the line names; none if it names none and there are several.
    fn made(
        &self,
        tx: &mut ReadTx<'_>,
        said: &Said,
        (from, until): (Timestamp, Timestamp),
        starts_at: Option<Timestamp>,
    ) -> Result<Option<SessionRow>> {
        let meetings = enrolment::meetings(tx, said.class.id, from, until)?.into_iter();
        let mut meetings: Vec<_> =
            meetings.filter(|meeting| meeting.cancelled_at.is_none()).collect();
        if let Some(at) = starts_at {
            let away = |meeting: &MeetingRow| (meeting.starts_at - at).0.abs();
            meetings.retain(|meeting| away(meeting) <= ABOUT);
            meetings.sort_by_key(away);
            meetings.truncate(1);
        }
        let only = match &meetings[..] {
            [] => None,
            [only] => Some(only),
            _ => return Ok(None),
        };
        let opened_at = only.map_or(starts_at.unwrap_or(from), |meeting| meeting.starts_at);
        let duration = self.part.settings.duration(said.class.duration_minutes);
        let ends_at = only.map_or(opened_at + duration, |meeting| meeting.ends_at);
        let name = format!("imported session {} {}", said.class.id, opened_at.0);
        Ok(Some(SessionRow {
            id: SessionId(Uuid::new_v5(&NAMESPACE, name.as_bytes())),
            class: said.class.id,
            meeting: only.map(|meeting| -> MeetingId { meeting.id }),
            mode: Mode::InClass,
            methods: Method::Import.key().to_owned(),
            topic: None,
            late_from: ends_at,
            opened_by: self.ctx.person()?,
            opened_at,
            ends_at,
            closed_at: Some(ends_at),
            step_seconds: self.part.settings.step_seconds,
            version: 0,
            held_at: opened_at,
        }))
    }
}

const SEVERAL: &str = "The class met more than once on that day: give the start.";

/// The sessions of a day that a line may mean: those held at the very time that it names, else
/// in that minute, as exports write it, else a little before or after.
fn meant(known: &[(SessionRow, bool)], starts_at: Option<Timestamp>) -> Vec<(SessionRow, bool)> {
    let Some(at) = starts_at else { return known.to_vec() };
    let within = |least: i64, most: i64| -> Vec<_> {
        let near = |row: &SessionRow| (least..=most).contains(&(row.held_at - at).0);
        known.iter().filter(|(row, _)| near(row)).cloned().collect()
    };
    let exactly = within(0, 0);
    let in_that_minute = if exactly.is_empty() { within(0, MINUTE - 1) } else { exactly };
    if in_that_minute.is_empty() { within(-ABOUT, ABOUT) } else { in_that_minute }
}

/// Microseconds of a minute.
const MINUTE: i64 = 60 * 1_000_000;
/// How far from the hour that a file names a session may have been opened: 30 minutes.
const ABOUT: i64 = 30 * 60 * 1_000_000;

fn mark(ctx: &Ctx, session: &SessionRow, said: &Said, file: &str) -> MarkRow {
    let reason = said.reason.clone().unwrap_or_else(|| format!("Imported from {file}"));
    MarkRow {
        id: MarkId::of(session.id, said.person),
        session: session.id,
        person: said.person,
        status: said.status,
        method: Method::Import,
        marked_by: ctx.act.actor,
        at: session.opened_at,
        step: None,
        device: None,
        address: None,
        reason: Some(reason),
        version: 0,
    }
}

/// A change as people look at it.
pub(super) fn sample(write: &MarkWrite) -> Sample {
    let shown = |mark: &MarkRow| json!({"status": mark.status.key()});
    let mut fields = differences(write.before.as_ref().map(shown).as_ref(), &shown(&write.mark));
    if write.is_new_session {
        fields.push(("session".to_owned(), String::new(), "new".to_owned()));
    }
    let is_new = write.before.is_none();
    Sample { line: write.line, title: write.title.clone(), is_new, fields }
}

/// Writes marks, and sessions that are new.
pub(super) fn write(tx: &mut WriteTx<'_>, writes: &[MarkWrite]) -> Result<Vec<Done>> {
    let (mut done, mut changes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut made: Vec<SessionId> = Vec::new();
    let mut sessions_of: BTreeMap<SessionId, (SessionRow, Vec<(PersonId, Tally)>)> =
        BTreeMap::new();
    for write in writes {
        let session = &write.session;
        if write.is_new_session && !made.contains(&session.id) {
            let row = SessionRow { version: tx.version(), ..session.clone() };
            sessions::insert(tx, &row, &ShortSessionId::of(row.id.0).0)?;
            changes.push(Change::new("session.import", "session", row.id).on(row.id).created(
                &json!({
                    "class": row.class, "meeting": row.meeting, "opened_at": row.opened_at,
                    "ends_at": row.ends_at,
                }),
            ));
            done.push(Done::new("session", row.id, None::<&()>, row.version));
            made.push(row.id);
        }
        let before = write.before.as_ref();
        let version = tx.version_over(before.map_or(0, |mark| mark.version));
        let mark = MarkRow { version, ..write.mark.clone() };
        let change = match before {
            None => Change::new("mark.make", "mark", mark.id).created(&fields(&mark)),
            Some(before) => {
                if !sessions::replace_mark(tx, &mark, before.version)? {
                    return Err(Error::Stale);
                }
                let change = Change::new("mark.change", "mark", mark.id);
                change.changed(&fields(before), &fields(&mark), before.version)
            }
        };
        changes.push(change.on(mark.session).because(mark.reason.as_deref()));
        let session =
            sessions_of.entry(session.id).or_insert_with(|| (session.clone(), Vec::new()));
        session.1.push((mark.person, difference(before, Some(&mark))));
        done.push(Done::of_mark(&mark, before));
        if before.is_none() {
            rows.push(mark);
        }
    }
    sessions::insert_marks(tx, &rows.iter().collect::<Vec<_>>())?;
    for (session, changes) in sessions_of.values() {
        need_unlocked(tx, session.class)?;
        sessions::add_tallies(tx, session, changes)?;
    }
    tx.journal_many(changes)?;
    Ok(done)
}

/// What a tally gains when a mark stands in the place of another.
pub(super) fn difference(before: Option<&MarkRow>, after: Option<&MarkRow>) -> Tally {
    let mut tally = Tally::default();
    for (mark, by) in [(before, -1), (after, 1)] {
        if let Some(mark) = mark {
            tally.add(mark.status, by);
        }
    }
    tally
}
