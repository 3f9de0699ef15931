//! Meetings, from lines: single ones by their date, weekly ones by their weekday.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes};
use super::undo::Done;
use crate::academics::meeting_fields;
use crate::zone::civil_date;
use crate::{Ctx, Error, Result};
use jiff::civil::{self, Weekday};
use muster_domain::academics::{Label, check_meeting};
use muster_domain::ids::ClassId;
use muster_domain::text::fold;
use muster_domain::time::{Date, Timestamp};
use muster_journal::Change;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::{self, MeetingRow};
use muster_storage::{ReadTx, WriteTx, patterns};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// Most meetings that one line makes: every day of a week-long year.
const MOST: usize = 400;

/// Meetings to be made or changed.
#[derive(Clone, Debug)]
pub(super) struct MeetingWrite {
    line: u64,
    title: String,
    meetings: Vec<(MeetingRow, Option<MeetingRow>)>,
}

impl MeetingWrite {
    /// Of each meeting, whether it is new.
    pub fn news(&self) -> impl Iterator<Item = bool> {
        self.meetings.iter().map(|(_, before)| before.is_none())
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
    let mut known: HashMap<ClassId, HashMap<Timestamp, MeetingRow>> = HashMap::new();
    let mut writes = Vec::new();
    for (_, mut cells) in lines {
        let class = part.catalogue.class(&mut cells, part.term);
        let times = times(&mut cells, part, class);
        let room = room(&mut cells);
        let (Some(class), true) = (class, cells.is_right()) else {
            plan.refuse(cells);
            continue;
        };
        let known = match known.entry(class.id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let all = (Timestamp(i64::MIN), Timestamp(i64::MAX));
                let meetings = enrolment::meetings(tx, class.id, all.0, all.1)?.into_iter();
                place.insert(meetings.map(|row| (row.starts_at, row)).collect())
            }
        };
        let mut meetings = Vec::new();
        for (starts_at, ends_at) in times {
            let before = known.get(&starts_at);
            let room = room.clone().or_else(|| match before {
                Some(before) => before.room.clone(),
                None => class.room.clone(),
            });
            let row = match before {
                Some(before) => MeetingRow { ends_at, room, cancelled_at: None, ..before.clone() },
                None => MeetingRow {
                    id: ctx.fresh(),
                    class: class.id,
                    starts_at,
                    ends_at,
                    room,
                    cancelled_at: None,
                    version: 0,
                },
            };
            if before != Some(&row) {
                meetings.push((row.clone(), before.cloned()));
                known.insert(starts_at, row);
            }
        }
        if meetings.is_empty() {
            plan.unchanged += 1;
        } else {
            writes.push(MeetingWrite {
                line: cells.number(),
                title: title(&cells, class),
                meetings,
            });
        }
    }
    plan.writes = Writes::Timetable(writes);
    Ok(plan)
}

fn room(cells: &mut Cells<'_>) -> Option<String> {
    let text = cells.get("room");
    if text.is_empty() {
        return None;
    }
    cells.take("room", Label::try_from(text.to_owned())).map(String::from)
}

fn title(cells: &Cells<'_>, class: &ClassRow) -> String {
    let day = if cells.get("date").is_empty() { cells.get("weekday") } else { cells.get("date") };
    let (start, end) = (cells.get("starts_at"), cells.get("ends_at"));
    format!("{} {}, {day} {start}–{end}", class.course_code, class.section)
}

/// When the meetings of a line are.
fn times(
    cells: &mut Cells<'_>,
    part: &Part,
    class: Option<&ClassRow>,
) -> Vec<(Timestamp, Timestamp)> {
    let (starts, ends) = (cells.time("starts_at"), cells.time("ends_at"));
    let term = class.and_then(|class| part.catalogue.terms.iter().find(|row| row.id == class.term));
    let days: Vec<civil::Date> = match (cells.get("date"), cells.get("weekday")) {
        ("", "") => {
            cells.wrong("date", "Give the date of a meeting, or the weekday of a weekly one.");
            return Vec::new();
        }
        ("", text) => {
            let Some(weekday) = weekday(text) else {
                cells.wrong("weekday", format!("“{text}” is not a weekday."));
                return Vec::new();
            };
            let Some(term) = term else { return Vec::new() };
            let mut bound = |key: &'static str, known: Date| match cells.get(key) {
                "" => civil_date(known),
                _ => cells.date(key),
            };
            let (Some(first), Some(last)) =
                (bound("first", term.starts_on), bound("last", term.ends_on))
            else {
                return Vec::new();
            };
            let days = first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last);
            days.filter(|day| day.weekday() == weekday).take(MOST).collect()
        }
        (_, "") => cells.date("date").into_iter().collect(),
        _ => {
            cells.wrong("weekday", "A line has either a date or a weekday.");
            return Vec::new();
        }
    };
    let (Some(starts), Some(ends)) = (starts, ends) else { return Vec::new() };
    if days.is_empty() && cells.is_right() {
        cells.wrong("first", "No such day lies between the first and the last.");
    }
    let times = days.into_iter().filter_map(|day| {
        // An end before the start is on the next day.
        let end = if ends <= starts { day.tomorrow().ok()? } else { day };
        Some((part.instant(day, starts)?, part.instant(end, ends)?))
    });
    let times: Vec<_> = times.collect();
    for (starts_at, ends_at) in &times {
        if cells.take("ends_at", check_meeting(*starts_at, *ends_at)).is_none() {
            return Vec::new();
        }
    }
    times
}

/// A weekday by its English name, its beginning of at least three letters, or its number from
/// Monday on (ISO 8601).
fn weekday(text: &str) -> Option<Weekday> {
    let text = fold(text);
    if let Ok(number) = text.parse::<i8>() {
        return Weekday::from_monday_one_offset(number).ok();
    }
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let beginning = text.trim_end_matches('.');
    let place =
        names.iter().position(|name| beginning.len() >= 3 && name.starts_with(beginning))?;
    Weekday::from_monday_zero_offset(i8::try_from(place).ok()?).ok()
}

/// A change as people look at it.
pub(super) fn sample(write: &MeetingWrite) -> Sample {
    let new = write.news().filter(|is_new| *is_new).count();
    let changed = write.meetings.len() - new;
    let count = |name: &str, count: usize| {
        (count > 0).then(|| (name.to_owned(), String::new(), count.to_string()))
    };
    let mut fields: Vec<_> = [count("new meetings", new), count("changed meetings", changed)]
        .into_iter()
        .flatten()
        .collect();
    if let Some(room) = write.meetings.first().and_then(|(row, _)| row.room.clone()) {
        fields.push(("room".to_owned(), String::new(), room));
    }
    Sample { line: write.line, title: write.title.clone(), is_new: new > 0, fields }
}

/// Writes meetings.
pub(super) fn write(tx: &mut WriteTx<'_>, writes: &[MeetingWrite]) -> Result<Vec<Done>> {
    let (mut done, mut changes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for (row, before) in writes.iter().flat_map(|write| &write.meetings) {
        let seen = before.as_ref().map_or(0, |row| row.version);
        let row = MeetingRow { version: tx.version_over(seen), ..row.clone() };
        let change = match before {
            None => Change::new("meeting.create", "meeting", row.id).created(&meeting_fields(&row)),
            Some(before) => {
                if !enrolment::update_meeting(tx, &row, seen)? {
                    return Err(Error::Stale);
                }
                // Its pattern leaves it alone from now on.
                patterns::keep(tx, row.id)?;
                let change = Change::new("meeting.change", "meeting", row.id);
                change.changed(&meeting_fields(before), &meeting_fields(&row), seen)
            }
        };
        changes.push(change.on(row.class));
        done.push(Done::new("meeting", row.id, before.as_ref(), row.version));
        if before.is_none() {
            rows.push(row);
        }
    }
    enrolment::insert_meetings(tx, &rows.iter().collect::<Vec<_>>())?;
    tx.journal_many(changes)?;
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weekdays_are_known_by_name_beginning_and_number() {
        for text in ["Tuesday", "TUE", "tues.", "2"] {
            assert_eq!(weekday(text), Some(Weekday::Tuesday), "{text}");
        }
        for text in ["", "t", "tu", "8", "0", "Dienstag"] {
            assert_eq!(weekday(text), None, "{text}");
        }
    }
}
