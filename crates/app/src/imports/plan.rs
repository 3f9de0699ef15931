//! What lines lead to: worked out from the records, written nowhere yet.

use super::line::Cells;
use super::part::Part;
use super::secret::Secret;
use super::timetable;
use super::{
    classes, enrolments, fees, marks, passes, payments, person, results, rosters, sittings, terms,
};
use crate::{Ctx, Result};
use muster_domain::imports::Kind;
use muster_storage::ReadTx;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeSet;
use std::ops::Range;

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub line: u64,
    pub field: Option<&'static str>,
    pub detail: String,
}

/// A change, for people to look at before they confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// The line's number in the file.
    pub line: u64,
    /// What it is about.
    pub title: String,
    /// Whether the record is new.
    pub is_new: bool,
    /// Fields with what stands now and what will: the former is empty for a new record.
    pub fields: Vec<(String, String, String)>,
}

/// What some lines lead to.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub problems: Vec<Problem>,
    /// Lines with a problem.
    pub wrong: i64,
    /// Lines that say what is known.
    pub unchanged: i64,
    /// Lines that repeat an earlier one.
    pub skipped: i64,
    pub passwords: Passwords,
    /// Programmes that they name and nobody knows, each once.
    pub unknown_programmes: BTreeSet<String>,
    pub writes: Writes,
}

/// How many passwords some lines bring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Passwords {
    /// To be hashed on the way in.
    pub hashed: i64,
    /// Hashed already.
    pub taken: i64,
    /// Of people who have one, or are administrators.
    pub left: i64,
}

/// What is to be written, by kind.
#[derive(Debug, Default)]
pub(super) enum Writes {
    #[default]
    Nothing,
    Terms(Vec<terms::TermWrite>),
    People(Vec<person::PersonWrite>),
    Classes(Vec<classes::ClassWrite>),
    Enrolments(Vec<enrolments::PlaceWrite>),
    Timetable(Vec<timetable::TimetableWrite>),
    Marks(Vec<marks::MarkWrite>),
    Fees(Vec<fees::FeeWrite>),
    Payments(Vec<payments::PaymentWrite>),
    Sittings(Vec<sittings::SittingWrite>),
    Results(Vec<results::ResultWrite>),
    Passes(Vec<passes::PassWrite>),
}

/// What the lines of a table in that range lead to, as the records stand.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    if part.bundled.as_ref().is_some_and(|bundled| bundled.complete.is_some()) {
        return rosters::plan(tx, part, range);
    }
    match part.kind {
        Kind::OneRoster => Ok(Plan::default()),
        Kind::Terms => terms::plan(tx, ctx, part, range),
        Kind::People => person::plan(tx, ctx, part, range),
        Kind::Classes => classes::plan(tx, ctx, part, range),
        Kind::Enrolments => enrolments::plan(tx, ctx, part, range),
        Kind::Timetable => timetable::plan(tx, ctx, part, range),
        Kind::Marks => marks::plan(tx, ctx, part, range),
        Kind::Fees => fees::plan(tx, part, range),
        Kind::Payments => payments::plan(tx, ctx, part, range),
        Kind::Sittings => sittings::plan(tx, ctx, part, range),
        Kind::Results => results::plan(tx, ctx, part, range),
        Kind::Passes => passes::plan(tx, ctx, part, range),
    }
}

impl Plan {
    /// The lines in a range, those that repeat an earlier one left out: where the whole line does,
    /// it is skipped, where only its key does, it is wrong.
    pub fn lines<'j>(&mut self, part: &'j Part, range: Range<usize>) -> Vec<(usize, Cells<'j>)> {
        let mut lines = Vec::with_capacity(range.len());
        for index in range {
            let Some(line) = part.table.lines.get(index) else { continue };
            if let Some(fault) = part.fault(index) {
                let mut cells = Cells::new(line, &part.mapping);
                cells.wrong("sourced_id", fault);
                self.refuse(cells);
                continue;
            }
            match part.repeats.of(index) {
                Some((_, true)) => self.skipped += 1,
                Some((first, false)) => {
                    let mut cells = Cells::new(line, &part.mapping);
                    let key = part.repeats.field();
                    cells.wrong(key, format!("Line {first} is about the same, and differs."));
                    self.refuse(cells);
                }
                None => lines.push((index, Cells::new(line, &part.mapping))),
            }
        }
        lines
    }

    /// Of a table in a bundle, says so with each problem.
    pub fn name_file(&mut self, part: &Part) {
        if let Some(bundled) = &part.bundled {
            for problem in &mut self.problems {
                problem.detail = format!("{}: {}", bundled.file, problem.detail);
            }
        }
    }

    /// A line that is wrong.
    pub fn refuse(&mut self, cells: Cells<'_>) {
        self.wrong += 1;
        self.problems.extend(cells.problems());
    }

    /// The passwords that are to be hashed, with their lines.
    pub fn into_unhashed(self) -> Vec<(u64, String)> {
        let Writes::People(writes) = self.writes else { return Vec::new() };
        let plain = |write: person::PersonWrite| match write.secret {
            Some(Secret::Plain(plain)) => Some((write.line, plain)),
            _ => None,
        };
        writes.into_iter().filter_map(plain).collect()
    }

    /// How many records would be made, and how many changed.
    pub fn counts(&self) -> (i64, i64) {
        let count = |news: &mut dyn Iterator<Item = bool>| {
            news.fold(
                (0, 0),
                |(new, old), is_new| {
                    if is_new { (new + 1, old) } else { (new, old + 1) }
                },
            )
        };
        match &self.writes {
            Writes::Nothing => (0, 0),
            Writes::Terms(writes) => count(&mut writes.iter().map(|write| write.before.is_none())),
            Writes::People(writes) => count(&mut writes.iter().map(|write| write.before.is_none())),
            Writes::Classes(writes) => count(&mut writes.iter().map(classes::ClassWrite::is_new)),
            Writes::Enrolments(writes) => {
                count(&mut writes.iter().map(|write| write.before.is_none()))
            }
            Writes::Timetable(writes) => {
                count(&mut writes.iter().map(timetable::TimetableWrite::is_new))
            }
            Writes::Marks(writes) => count(&mut writes.iter().map(|write| write.before.is_none())),
            Writes::Fees(writes) => count(&mut writes.iter().map(|write| write.before.is_none())),
            Writes::Payments(writes) => count(&mut writes.iter().map(|_| true)),
            Writes::Passes(writes) => count(&mut writes.iter().map(|_| true)),
            Writes::Sittings(writes) => {
                count(&mut writes.iter().map(|write| write.before.is_none()))
            }
            Writes::Results(writes) => {
                count(&mut writes.iter().map(|write| write.put.before.is_none()))
            }
        }
    }

    /// The first few changes.
    pub fn samples(&self, most: usize) -> Vec<Sample> {
        match &self.writes {
            Writes::Nothing => Vec::new(),
            Writes::Terms(writes) => writes.iter().take(most).map(terms::sample).collect(),
            Writes::People(writes) => writes.iter().take(most).map(person::sample).collect(),
            Writes::Classes(writes) => writes.iter().take(most).map(classes::sample).collect(),
            Writes::Enrolments(writes) => {
                writes.iter().take(most).map(enrolments::sample).collect()
            }
            Writes::Timetable(writes) => writes.iter().take(most).map(timetable::sample).collect(),
            Writes::Marks(writes) => writes.iter().take(most).map(marks::sample).collect(),
            Writes::Fees(writes) => writes.iter().take(most).map(fees::sample).collect(),
            Writes::Payments(writes) => writes.iter().take(most).map(payments::sample).collect(),
            Writes::Sittings(writes) => writes.iter().take(most).map(sittings::sample).collect(),
            Writes::Results(writes) => writes.iter().take(most).map(results::sample).collect(),
            Writes::Passes(writes) => writes.iter().take(most).map(passes::sample).collect(),
        }
    }
}

/// The fields of a record that differ, for a sample.
pub(super) fn differences(before: Option<&Value>, after: &Value) -> Vec<(String, String, String)> {
    let words = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let Some(fields) = after.as_object() else { return Vec::new() };
    let changed = fields.iter().filter_map(|(name, value)| {
        let was = words(before.and_then(|before| before.get(name)));
        let is = words(Some(value));
        (was != is).then(|| (name.clone(), was, is))
    });
    changed.collect()
}
