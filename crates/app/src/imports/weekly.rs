//! Weekly meetings, from lines: patterns of classes, as the page of a class's timetable makes them.
//!
//! A pattern is known again by its class, its weekday, its start, and its first day; where no
//! pattern has that first day, by days in common.

use super::line::Cells;
use super::part::Part;
use super::undo::Done;
use crate::academics::{PatternInput, outlook, put_pattern, regenerate};
use crate::{Ctx, Error, Result};
use jiff::civil;
use muster_domain::ids::{ClassId, MeetingId, PatternId};
use muster_domain::text::fold;
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::{Wanted, Weekday, Weekly};
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::enrolment::{self, MeetingRow};
use muster_storage::patterns::PatternRow;
use muster_storage::{ReadTx, WriteTx, patterns};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

/// A pattern to be made or changed.
#[derive(Clone, Debug)]
pub(super) struct PatternWrite {
    pub row: PatternRow,
    pub before: Option<PatternRow>,
    /// How many meetings to come it makes.
    pub meetings: usize,
}

/// A class's timetable, as it will be once the lines so far are written.
pub(super) struct Timetable {
    pub class: ClassRow,
    term: TermRow,
    patterns: Vec<PatternRow>,
    /// By their start.
    pub meetings: HashMap<Timestamp, MeetingRow>,
}

impl Timetable {
    pub fn load(tx: &mut ReadTx<'_>, class: &ClassRow, term: &TermRow) -> Result<Self> {
        Ok(Self {
            meetings: meetings(tx, class.id)?,
            patterns: patterns::of_class(tx, class.id)?,
            class: class.clone(),
            term: term.clone(),
        })
    }

    /// What a line about a weekly meeting leads to; nothing if it says what is known.
    pub fn weekly(
        &mut self,
        ctx: &Ctx,
        part: &Part,
        cells: &mut Cells<'_>,
    ) -> Option<PatternWrite> {
        let mut input = input(cells, &self.term)?;
        let known = self.known(&input.weekly).map(Option::<&_>::cloned);
        let known = cells.take("first", known)?;
        let id = known.as_ref().map_or_else(|| ctx.fresh(), |known| known.id);
        if let Some(known) = &known {
            input.weekly.first_on = said(cells, "first", input.weekly.first_on, known.first_on);
            input.weekly.last_on = said(cells, "last", input.weekly.last_on, known.last_on);
        }
        let checked = input.check(&self.term, id, self.class.id);
        let checked = checked.map_err(|error| blame(cells, error)).ok()?;
        let usual = known.as_ref().and_then(|known| known.room.clone());
        // The class's usual room need not be said.
        let named = checked.room.clone().filter(|_| usual.is_some() || !self.is_usual(&checked));
        let version = known.as_ref().map_or(0, |known| known.version);
        let row = PatternRow { room: named.or(usual), version, ..checked };
        if !claim(part, cells, &row) || known.as_ref() == Some(&row) {
            return None;
        }
        self.patterns.retain(|other| other.id != row.id);
        self.patterns.push(row.clone());
        Some(PatternWrite { row, before: known, meetings: 0 })
    }

    fn is_usual(&self, row: &PatternRow) -> bool {
        let folded = |room: &Option<String>| room.as_deref().map(fold);
        folded(&row.room) == folded(&self.class.room)
    }

    /// The pattern that a line means, if there is one; a sentence where that can't be told.
    fn known(&self, weekly: &Weekly) -> std::result::Result<Option<&PatternRow>, &'static str> {
        let same = |row: &&PatternRow| {
            (row.weekday, row.starts_minute) == (weekly.weekday, weekly.starts_minute)
        };
        let of_that_time: Vec<_> = self.patterns.iter().filter(same).collect();
        let exactly = of_that_time.iter().find(|row| row.first_on == weekly.first_on);
        if let Some(exactly) = exactly {
            return Ok(Some(exactly));
        }
        let mut sharing = of_that_time
            .into_iter()
            .filter(|row| row.first_on <= weekly.last_on && weekly.first_on <= row.last_on);
        match (sharing.next(), sharing.next()) {
            (_, Some(_)) => {
                Err("The class meets weekly at that time in several parts of the term: \
                give the first day of one of them.")
            }
            (only, None) => Ok(only),
        }
    }

    /// Brings the meetings in line with the patterns as they will be; how many each will make.
    pub fn foresee(&mut self, tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<HashMap<PatternId, usize>> {
        let (plan, _) = outlook(tx, ctx, &self.class, &self.term, &self.patterns)?;
        let mut made = HashMap::new();
        let moved: Vec<_> = plan.change.iter().map(|(id, _)| *id).collect();
        let gone = |id: &MeetingId| plan.remove.contains(id) || moved.contains(id);
        let old: HashMap<_, _> = self.meetings.values().map(|row| (row.id, row.version)).collect();
        self.meetings.retain(|_, row| !gone(&row.id));
        let changed = plan.change.into_iter();
        let changed = changed.map(|(id, wanted)| (id, old.get(&id).copied(), wanted));
        let added = plan.add.into_iter().map(|wanted| {
            *made.entry(wanted.occurrence.0).or_default() += 1;
            (MeetingId(Uuid::nil()), None, wanted)
        });
        for (id, version, wanted) in changed.chain(added) {
            let Wanted { starts_at, ends_at, room, .. } = wanted;
            let (class, cancelled_at, version) = (self.class.id, None, version.unwrap_or_default());
            let row = MeetingRow { id, class, starts_at, ends_at, room, cancelled_at, version };
            self.meetings.insert(starts_at, row);
        }
        Ok(made)
    }
}

/// The meetings of a class by their start.
pub(super) fn meetings(
    tx: &mut ReadTx<'_>,
    class: ClassId,
) -> Result<HashMap<Timestamp, MeetingRow>> {
    let all = (Timestamp(i64::MIN), Timestamp(i64::MAX));
    let rows = enrolment::meetings(tx, class, all.0, all.1)?.into_iter();
    Ok(rows.map(|row| (row.starts_at, row)).collect())
}

fn input(cells: &mut Cells<'_>, term: &TermRow) -> Option<PatternInput> {
    let (starts, ends) = (cells.time("starts_at"), cells.time("ends_at"));
    let text = cells.get("weekday");
    let weekday = weekday(text);
    if weekday.is_none() {
        cells.wrong("weekday", format!("“{text}” is not a weekday."));
    }
    if !cells.get("status").is_empty() && fold(cells.get("status")) != "planned" {
        cells.wrong("status", "Only single meetings are cancelled: give the date of one.");
    }
    let mut bound = |key: &'static str, known: Date| match cells.get(key) {
        "" => Some(known),
        _ => cells.date(key).map(crate::zone::date_of),
    };
    let (first_on, last_on) = (bound("first", term.starts_on), bound("last", term.ends_on));
    let minute = |time: civil::Time| i64::from(time.hour()) * 60 + i64::from(time.minute());
    let weekly = Weekly {
        weekday: weekday?,
        starts_minute: minute(starts?),
        ends_minute: minute(ends?),
        first_on: first_on?,
        last_on: last_on?,
    };
    Some(PatternInput { weekly, room: cells.get("room").to_owned() })
}

/// What a line says, or what stands where it says nothing.
fn said(cells: &Cells<'_>, key: &str, said: Date, known: Date) -> Date {
    if cells.get(key).is_empty() { known } else { said }
}

/// Notes what the form of a pattern finds wrong beside the columns of a table.
fn blame(cells: &mut Cells<'_>, error: Error) {
    let Error::Invalid(fields) = error else { return cells.blame("weekday", error) };
    for wrong in fields {
        let key = match wrong.field {
            "first_on" => "first",
            "last_on" => "last",
            field => field,
        };
        cells.wrong(key, wrong.detail);
    }
}

/// Two lines of a file can't have the class meet at the same time of the same day.
fn claim(part: &Part, cells: &mut Cells<'_>, row: &PatternRow) -> bool {
    for day in row.weekly().days() {
        let key = format!("{} {} {}", row.class, row.starts_minute, day.0);
        if let Some(first) = part.claims.first("weekly", &key, cells.number()) {
            let detail = format!("Line {first} has the class meet then on some of these days.");
            cells.wrong("weekday", detail);
            return false;
        }
    }
    true
}

/// A weekday by its English name, its beginning of at least three letters, or its number from
/// Monday on (ISO 8601).
fn weekday(text: &str) -> Option<Weekday> {
    let text = fold(text);
    if let Ok(number) = text.parse::<usize>() {
        return Weekday::ALL.get(number.checked_sub(1)?).copied();
    }
    let beginning = text.trim_end_matches('.');
    let mut named = Weekday::ALL.into_iter();
    named.find(|day| beginning.len() >= 3 && day.key().starts_with(beginning))
}

/// Writes patterns; the meetings of their classes follow.
pub(super) fn write<'a>(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    writes: impl Iterator<Item = &'a PatternWrite>,
) -> Result<(Vec<Done>, BTreeSet<ClassId>)> {
    let (mut done, mut classes) = (Vec::new(), BTreeSet::new());
    for PatternWrite { row, before, .. } in writes {
        let version = put_pattern(tx, row, before.as_ref())?;
        done.push(Done::new("pattern", row.id, before.as_ref(), version));
        classes.insert(row.class);
    }
    classes.iter().try_for_each(|class| regenerate(tx, ctx, *class))?;
    Ok((done, classes))
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
