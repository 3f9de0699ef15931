//! The timetable, from lines: single meetings by their date, weekly ones by their weekday. A single
//! meeting at the time of a weekly one is that one with another end or room, or cancelled.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes};
use super::undo::{Done, KeptMeeting};
use super::weekly::{self, PatternWrite, Timetable};
use crate::academics::meeting_fields;
use crate::{Ctx, Error, Result};
use muster_domain::academics::{Label, check_meeting};
use muster_domain::ids::ClassId;
use muster_domain::text::fold;
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::{self, MeetingRow};
use muster_storage::{ReadTx, WriteTx, patterns};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// A weekly or a single meeting to be made or changed.
#[derive(Clone, Debug)]
pub(super) struct TimetableWrite {
    line: u64,
    title: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Weekly(PatternWrite),
    Single { wish: Wish, row: MeetingRow, before: Option<MeetingRow> },
}

impl TimetableWrite {
    /// Whether the line makes something new.
    pub fn is_new(&self) -> bool {
        match &self.what {
            What::Weekly(write) => write.before.is_none(),
            What::Single { before, .. } => before.is_none(),
        }
    }

    fn weekly(&self) -> Option<&PatternWrite> {
        match &self.what {
            What::Weekly(write) => Some(write),
            What::Single { .. } => None,
        }
    }
}

/// What a line says about a single meeting.
#[derive(Clone, Debug)]
struct Wish {
    starts_at: Timestamp,
    ends_at: Timestamp,
    room: Option<String>,
    cancelled: bool,
}

impl Wish {
    /// The meeting of a class where none stands; nothing where it is cancelled.
    fn fresh(&self, ctx: &Ctx, class: &ClassRow) -> Option<MeetingRow> {
        let room = self.room.clone().or_else(|| class.room.clone());
        let Self { starts_at, ends_at, .. } = *self;
        let (id, class, cancelled_at, version) = (ctx.fresh(), class.id, None, 0);
        let row = MeetingRow { id, class, starts_at, ends_at, room, cancelled_at, version };
        (!self.cancelled).then_some(row)
    }

    /// The meeting that stands as it will be; nothing where it stays.
    fn over(&self, ctx: &Ctx, before: &MeetingRow) -> Option<MeetingRow> {
        let row = if self.cancelled {
            let cancelled_at = before.cancelled_at.or(Some(ctx.now()));
            MeetingRow { cancelled_at, ..before.clone() }
        } else {
            let room = self.room.clone().or_else(|| before.room.clone());
            MeetingRow { ends_at: self.ends_at, room, cancelled_at: None, ..before.clone() }
        };
        (*before != row).then_some(row)
    }
}

/// What lines lead to. Those about weekly meetings come first: single ones are exceptions to them.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let lines = plan.lines(part, range).into_iter().map(|(_, cells)| cells);
    let (weekly, single): (Vec<_>, Vec<_>) = lines.partition(is_weekly);
    let mut known = HashMap::new();
    let mut writes = Vec::new();
    for mut cells in weekly {
        let class = part.catalogue.class(&mut cells, part.term);
        let write = match class {
            Some(class) => timetable(tx, part, &mut known, class)?
                .and_then(|timetable| timetable.weekly(ctx, part, &mut cells)),
            None => None,
        };
        let title = class.map(|class| title(&cells, class));
        writes.extend(kept(&mut plan, cells, title, write.map(What::Weekly)));
    }
    foresee(tx, ctx, &mut known, &mut writes)?;
    for mut cells in single {
        let class = part.catalogue.class(&mut cells, part.term);
        let wish = wish(&mut cells, part);
        let mut what = None;
        if let (Some(class), Some(wish), true) = (class, wish, cells.is_right()) {
            let Some(timetable) = timetable(tx, part, &mut known, class)? else { continue };
            let before = timetable.meetings.get(&wish.starts_at).cloned();
            let row = match &before {
                Some(before) => wish.over(ctx, before),
                None => wish.fresh(ctx, class),
            };
            if let Some(row) = row {
                let key = format!("{} {}", class.id, wish.starts_at.0);
                if let Some(first) = part.claims.first("meeting", &key, cells.number()) {
                    let detail = format!("Line {first} is about the same, and differs.");
                    cells.wrong("starts_at", detail);
                }
                timetable.meetings.insert(wish.starts_at, row.clone());
                what = Some(What::Single { wish, row, before });
            }
        }
        let title = class.map(|class| title(&cells, class));
        writes.extend(kept(&mut plan, cells, title, what));
    }
    plan.problems.sort_by_key(|problem| problem.line);
    writes.sort_by_key(|write| write.line);
    plan.writes = Writes::Timetable(writes);
    Ok(plan)
}

fn is_weekly(cells: &Cells<'_>) -> bool {
    cells.get("date").is_empty() && !cells.get("weekday").is_empty()
}

/// A line's write, unless it is wrong or says what is known.
fn kept(
    plan: &mut Plan,
    cells: Cells<'_>,
    title: Option<String>,
    what: Option<What>,
) -> Option<TimetableWrite> {
    let line = cells.number();
    if !cells.is_right() {
        plan.refuse(cells);
        return None;
    }
    let Some(what) = what else {
        plan.unchanged += 1;
        return None;
    };
    Some(TimetableWrite { line, title: title.unwrap_or_default(), what })
}

/// A class's timetable, read once; nothing if its term is none of those that lines may name.
fn timetable<'k>(
    tx: &mut ReadTx<'_>,
    part: &Part,
    known: &'k mut HashMap<ClassId, Timetable>,
    class: &ClassRow,
) -> Result<Option<&'k mut Timetable>> {
    let Some(term) = part.catalogue.terms.iter().find(|term| term.id == class.term) else {
        return Ok(None);
    };
    Ok(Some(match known.entry(class.id) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(Timetable::load(tx, class, term)?),
    }))
}

/// What the meetings of classes will be once their weekly ones are written.
fn foresee(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    known: &mut HashMap<ClassId, Timetable>,
    writes: &mut [TimetableWrite],
) -> Result<()> {
    let mut made = HashMap::new();
    let changed: Vec<_> =
        writes.iter().filter_map(|write| Some(write.weekly()?.row.class)).collect();
    for (_, timetable) in known.iter_mut().filter(|(class, _)| changed.contains(class)) {
        made.extend(timetable.foresee(tx, ctx)?);
    }
    for write in writes {
        if let What::Weekly(write) = &mut write.what {
            write.meetings = made.get(&write.row.id).copied().unwrap_or_default();
        }
    }
    Ok(())
}

/// What a line says about a single meeting; nothing, and a mistake noted, where that is no meeting.
fn wish(cells: &mut Cells<'_>, part: &Part) -> Option<Wish> {
    let (starts, ends) = (cells.time("starts_at"), cells.time("ends_at"));
    let room = match cells.get("room") {
        "" => None,
        text => cells.take("room", Label::try_from(text.to_owned())).map(String::from),
    };
    let cancelled = match fold(cells.get("status")).as_str() {
        "" | "planned" => false,
        "cancelled" | "canceled" => true,
        text => {
            cells.wrong("status", format!("“{text}” is neither planned nor cancelled."));
            false
        }
    };
    let day = match (cells.get("date"), cells.get("weekday")) {
        ("", _) => {
            cells.wrong("date", "Give the date of a meeting, or the weekday of a weekly one.");
            None
        }
        (_, "") => cells.date("date"),
        _ => {
            cells.wrong("weekday", "A line has either a date or a weekday.");
            None
        }
    };
    let (starts, ends, day) = (starts?, ends?, day?);
    // An end before the start is on the next day.
    let end = if ends <= starts { day.tomorrow().ok()? } else { day };
    let (starts_at, ends_at) = (part.instant(day, starts)?, part.instant(end, ends)?);
    cells.take("ends_at", check_meeting(starts_at, ends_at))?;
    Some(Wish { starts_at, ends_at, room, cancelled })
}

fn title(cells: &Cells<'_>, class: &ClassRow) -> String {
    let day = if cells.get("date").is_empty() { cells.get("weekday") } else { cells.get("date") };
    let (start, end) = (cells.get("starts_at"), cells.get("ends_at"));
    format!("{} {}, {day} {start}–{end}", class.course_code, class.section)
}

/// A change as people look at it.
pub(super) fn sample(write: &TimetableWrite) -> Sample {
    let mut fields = Vec::new();
    let mut changed = |name: &str, before: Option<String>, after: Option<String>| {
        if before != after {
            let text = Option::unwrap_or_default;
            fields.push((name.to_owned(), text(before), text(after)));
        }
    };
    match &write.what {
        What::Weekly(PatternWrite { row, before, meetings }) => {
            let day = |date| crate::zone::civil_date(date).map(|day| day.to_string());
            let clock = |minute: i64| format!("{:02}:{:02}", minute / 60, minute % 60);
            let before = before.as_ref();
            changed("room", before.and_then(|row| row.room.clone()), row.room.clone());
            let ends = before.map(|row| clock(row.ends_minute));
            changed("ends_at", ends, Some(clock(row.ends_minute)));
            changed("first", before.and_then(|row| day(row.first_on)), day(row.first_on));
            changed("last", before.and_then(|row| day(row.last_on)), day(row.last_on));
            let meetings = (*meetings > 0).then(|| meetings.to_string());
            changed("new meetings", None, meetings);
        }
        What::Single { row, before, .. } => {
            let before = before.as_ref();
            changed("room", before.and_then(|row| row.room.clone()), row.room.clone());
            let state = |row: &MeetingRow| match row.cancelled_at {
                Some(_) => "cancelled".to_owned(),
                None => "planned".to_owned(),
            };
            changed("status", before.map(state), Some(state(row)));
        }
    }
    Sample { line: write.line, title: write.title.clone(), is_new: write.is_new(), fields }
}

/// Writes patterns and meetings.
pub(super) fn write(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    writes: &[TimetableWrite],
) -> Result<Vec<Done>> {
    let patterns = writes.iter().filter_map(TimetableWrite::weekly);
    let (mut done, followed) = weekly::write(tx, ctx, patterns)?;
    let mut moved = HashMap::new();
    for class in followed {
        moved.insert(class, weekly::meetings(tx, class)?);
    }
    let (mut changes, mut rows) = (Vec::new(), Vec::new());
    for write in writes {
        let What::Single { wish, row, before } = &write.what else { continue };
        // The meetings of these classes were made or moved just now.
        let (row, before) = match moved.get(&row.class) {
            None => (row.clone(), before.clone()),
            Some(meetings) => match meetings.get(&row.starts_at).cloned() {
                None if before.is_some() => return Err(Error::Stale),
                None => (row.clone(), None),
                Some(now) => {
                    let Some(row) = wish.over(ctx, &now) else { continue };
                    (row, Some(now))
                }
            },
        };
        let seen = before.as_ref().map_or(0, |row| row.version);
        let row = MeetingRow { version: tx.version_over(seen), ..row };
        let (change, kept) = match before {
            None => {
                let change = Change::new("meeting.create", "meeting", row.id);
                (change.created(&meeting_fields(&row)), None)
            }
            Some(before) => {
                if !enrolment::update_meeting(tx, &row, seen)? {
                    return Err(Error::Stale);
                }
                // Its pattern leaves it alone from now on.
                let by_hand = Some(!patterns::keep(tx, row.id)?);
                let change = Change::new("meeting.change", "meeting", row.id);
                let change = change.changed(&meeting_fields(&before), &meeting_fields(&row), seen);
                (change, Some(KeptMeeting { row: before, by_hand }))
            }
        };
        changes.push(change.on(row.class));
        done.push(Done::new("meeting", row.id, kept.as_ref(), row.version));
        if kept.is_none() {
            rows.push(row);
        }
    }
    enrolment::insert_meetings(tx, &rows.iter().collect::<Vec<_>>())?;
    tx.journal_many(changes)?;
    Ok(done)
}
