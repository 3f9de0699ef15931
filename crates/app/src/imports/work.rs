//! The steps of an import: a few hundred lines each, in a transaction of its own.

use super::catalogue::Catalogue;
use super::plan::{Plan, Problem, Sample, Writes, plan};
use super::repeats::Repeats;
use super::undo::{Done, take_back};
use super::{check_columns, classes, enrolments, mapping_of, marks, need, person, timetable};
use crate::settings::{self, Settings};
use crate::{Ctx, Error, Result};
use jiff::civil;
use jiff::tz::TimeZone;
use muster_documents::table::Table;
use muster_domain::imports::{Mapping, State, Step};
use muster_domain::time::Timestamp;
use muster_storage::imports::{ImportRow, ProblemRow};
use muster_storage::{ReadTx, WriteTx, imports};
use serde_json::json;
use std::ops::Range;
use std::sync::Arc;

/// Lines that are checked in one step.
const CHECKED: usize = 500;
/// Lines that are written in one step: about 20 ms.
const WRITTEN: usize = 200;
/// Acts that are taken back in one step.
const TAKEN_BACK: i64 = 200;
/// Problems that are kept; a file with more of them has other columns than it seems to.
const MOST_PROBLEMS: i64 = 5_000;
/// Changes that a preview shows.
const SAMPLES: usize = 10;

/// An import with all that its steps need.
#[derive(Debug)]
pub struct Job {
    /// As it stood when the work began.
    pub import: ImportRow,
    pub(super) table: Arc<Table>,
    pub(super) mapping: Mapping,
    pub(super) repeats: Repeats,
    /// For classes: lines about a course that an earlier line told of.
    pub(super) courses: Repeats,
    pub(super) catalogue: Catalogue,
    pub(super) settings: Settings,
    zone: TimeZone,
}

/// Prepares an import's steps. `table` is its file.
pub fn prepare(tx: &mut ReadTx<'_>, import: &ImportRow, table: Arc<Table>) -> Result<Job> {
    let mapping = mapping_of(import);
    let settings = settings::load(tx)?;
    Ok(Job {
        repeats: Repeats::find(import.kind, &table, &mapping),
        courses: Repeats::of_courses(&table, &mapping),
        catalogue: Catalogue::load(tx)?,
        zone: TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC),
        import: import.clone(),
        settings,
        mapping,
        table,
    })
}

impl Job {
    /// The instant of a clock time in the institution's zone.
    pub(super) fn instant(&self, day: civil::Date, time: civil::Time) -> Option<Timestamp> {
        let zoned = day.to_datetime(time).to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp(zoned.timestamp().as_microsecond()))
    }

    /// A day of the institution's zone: its beginning, and the last instant before the next one.
    pub(super) fn day(&self, day: civil::Date) -> Option<(Timestamp, Timestamp)> {
        let midnight = civil::Time::midnight();
        let next = self.instant(day.tomorrow().ok()?, midnight)?;
        Some((self.instant(day, midnight)?, Timestamp(next.0 - 1)))
    }

    fn lines(&self, from: i64, count: usize) -> Range<usize> {
        let from = usize::try_from(from).unwrap_or(usize::MAX).min(self.table.lines.len());
        from..(from + count).min(self.table.lines.len())
    }
}

/// Takes an import one step further; how it stands then. If another worker was faster, an error
/// says so, and its state is to be read anew.
pub fn step(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    job: Option<&Job>,
    now: &ImportRow,
) -> Result<ImportRow> {
    let after = match (now.state, job) {
        (State::Checking, Some(job)) => check(tx, ctx, job, now)?,
        (State::Importing, Some(job)) => write(tx, ctx, job, now)?,
        (State::Reversing, _) => reverse(tx, now, TAKEN_BACK)?,
        _ => return Ok(now.clone()),
    };
    advanced(tx, ctx, now, after)
}

/// Gives an import up that can't go on: what it wrote is taken back.
pub fn fail(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &ImportRow, why: &str) -> Result<ImportRow> {
    let step = if now.state == State::Checking { Step::Discard } else { Step::Reverse };
    let failed = ImportRow { failure: Some(why.to_owned()), ..now.clone() };
    let after = moved(failed, step)?;
    advanced(tx, ctx, now, after)
}

fn advanced(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    now: &ImportRow,
    mut after: ImportRow,
) -> Result<ImportRow> {
    if after.state != now.state {
        (after.done, after.changed_at) = (0, ctx.now());
    }
    if !imports::update(tx, now, &after)? {
        return Err(Error::Import(super::ImportError::State));
    }
    Ok(after)
}

/// Takes one act back where many at once failed; the record is kept where even that fails.
pub fn take_back_one(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    now: &ImportRow,
    keep: bool,
) -> Result<ImportRow> {
    let after = if keep {
        let total = imports::count_acts(tx, now.id)?;
        let kept = ImportRow { done: now.done + 1, kept: now.kept + 1, ..now.clone() };
        ended(tx, kept, total)?
    } else {
        reverse(tx, now, 1)?
    };
    advanced(tx, ctx, now, after)
}

fn moved(import: ImportRow, step: Step) -> Result<ImportRow> {
    let state = import.state.after(step).ok_or(Error::Import(super::ImportError::State))?;
    Ok(ImportRow { state, ..import })
}

fn check(tx: &mut WriteTx<'_>, ctx: &Ctx, job: &Job, now: &ImportRow) -> Result<ImportRow> {
    need(ctx, now.kind)?;
    if check_columns(now.kind, &job.mapping).is_err() {
        return moved(now.clone(), Step::Checked);
    }
    let lines = job.lines(now.done, CHECKED);
    let end = i64::try_from(lines.end).unwrap_or(i64::MAX);
    let plan = plan(tx, ctx, job, lines)?;
    let (created, updated) = plan.counts();
    let mut samples: Vec<Sample> = serde_json::from_str(&now.sample).unwrap_or_default();
    samples.extend(plan.samples(SAMPLES.saturating_sub(samples.len())));
    keep(tx, now, &plan.problems)?;
    let after = ImportRow {
        done: end,
        created: now.created + created,
        updated: now.updated + updated,
        unchanged: now.unchanged + plan.unchanged,
        skipped: now.skipped + plan.skipped,
        wrong: now.wrong + plan.wrong,
        sample: json!(samples).to_string(),
        ..now.clone()
    };
    if end < now.total { Ok(after) } else { moved(after, Step::Checked) }
}

fn keep(tx: &mut WriteTx<'_>, now: &ImportRow, problems: &[Problem]) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let known = imports::count_problems(tx, now.id)?;
    let room = usize::try_from(MOST_PROBLEMS - known).unwrap_or_default();
    let rows = problems.iter().take(room).zip(known..).map(|(problem, seq)| ProblemRow {
        seq,
        line: i64::try_from(problem.line).unwrap_or(i64::MAX),
        field: problem.field.map(str::to_owned),
        detail: problem.detail.clone(),
    });
    Ok(imports::put_problems(tx, now.id, &rows.collect::<Vec<_>>())?)
}

fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, job: &Job, now: &ImportRow) -> Result<ImportRow> {
    need(ctx, now.kind)?;
    let lines = job.lines(now.done, WRITTEN);
    let end = i64::try_from(lines.end).unwrap_or(i64::MAX);
    let plan = plan(tx, ctx, job, lines)?;
    if let Some(problem) = plan.problems.first() {
        // Something changed since the preview.
        let failure = Some(format!("Line {}: {}", problem.line, problem.detail));
        return moved(ImportRow { failure, ..now.clone() }, Step::Reverse);
    }
    let (created, updated) = plan.counts();
    let (unchanged, skipped) = (now.unchanged + plan.unchanged, now.skipped + plan.skipped);
    let done = perform(tx, ctx, &plan)?;
    let known = imports::count_acts(tx, now.id)?;
    let acts: Vec<_> = done.into_iter().zip(known..).map(|(done, seq)| done.row(seq)).collect();
    imports::put_acts(tx, now.id, &acts)?;
    let after = ImportRow {
        done: end,
        created: now.created + created,
        updated: now.updated + updated,
        unchanged,
        skipped,
        ..now.clone()
    };
    if end < now.total {
        return Ok(after);
    }
    imports::delete_parts(tx, now.id)?;
    moved(after, Step::Written)
}

fn perform(tx: &mut WriteTx<'_>, ctx: &Ctx, plan: &Plan) -> Result<Vec<Done>> {
    match &plan.writes {
        Writes::Nothing => Ok(Vec::new()),
        Writes::People(writes) => person::write(tx, ctx, writes),
        Writes::Classes(writes) => classes::write(tx, ctx, writes),
        Writes::Enrolments(writes) => enrolments::write(tx, ctx, writes),
        Writes::Timetable(writes) => timetable::write(tx, writes),
        Writes::Marks(writes) => marks::write(tx, writes),
    }
}

fn reverse(tx: &mut WriteTx<'_>, now: &ImportRow, most: i64) -> Result<ImportRow> {
    let total = imports::count_acts(tx, now.id)?;
    let acts = imports::acts_down(tx, now.id, total - now.done, most)?;
    let mut after = now.clone();
    for act in &acts {
        after.kept += i64::from(!take_back(tx, act)?);
        after.done += 1;
    }
    ended(tx, after, total)
}

fn ended(tx: &mut WriteTx<'_>, after: ImportRow, total: i64) -> Result<ImportRow> {
    if after.done < total {
        return Ok(after);
    }
    imports::delete_parts(tx, after.id)?;
    let step = if after.failure.is_some() { Step::Undone } else { Step::TakenBack };
    moved(after, step)
}
