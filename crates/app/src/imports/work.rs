//! The steps of an import: a few hundred lines each, in a transaction of its own.

use super::part::Part;
use super::plan::{Plan, Problem, Sample, Writes, plan};
use super::secret::Hashes;
use super::undo::{Done, Undoing, moves_meetings, take_back};
use super::{Content, check_columns, classes, enrolments, fees, mapping_of, marks, need};
use super::{
    oneroster, passes, payments, person, results, sittings, terms, timetable, unknown_programmes_of,
};
use crate::{Ctx, Error, Result};
use muster_domain::imports::{Kind, State, Step};
use muster_storage::imports::{ImportRow, ProblemRow};
use muster_storage::{ReadTx, WriteTx, imports};
use serde_json::json;
use std::collections::BTreeSet;
use std::ops::Range;

/// Lines that are checked in one step.
const CHECKED: usize = 500;
/// Lines that are written in one step: about 20 ms.
const WRITTEN: usize = 200;
/// The same where a line makes a meeting in each week of a term.
const WRITTEN_WEEKLY: usize = 10;
/// The same where a line issues a pass, of which each waits for its place.
const WRITTEN_PASSES: usize = 50;
/// The same where lines bring passwords, which are hashed before: about a second.
const WRITTEN_HASHED: usize = 40;
/// Acts that are taken back in one step.
const TAKEN_BACK: i64 = 200;
/// Those among them that bring the meetings of a whole term in line.
const TAKEN_BACK_WEEKLY: i64 = 10;
/// Problems that are kept; a file with more of them has other columns than it seems to.
const MOST_PROBLEMS: i64 = 5_000;
/// Unknown programmes that are named to people.
const MOST_UNKNOWN: usize = 10;
/// Changes that a preview shows.
const SAMPLES: usize = 10;

/// An import with all that its steps need.
#[derive(Debug)]
pub struct Job {
    /// As it stood when the work began.
    pub import: ImportRow,
    pub(super) parts: Vec<Part>,
    /// The system that a bundle is from.
    pub(super) source: String,
}

/// Prepares an import's steps. `content` is its file.
pub fn prepare(tx: &mut ReadTx<'_>, import: &ImportRow, content: &Content) -> Result<Job> {
    let (parts, source) = match content {
        Content::Table(table) => (vec![Part::alone(tx, import, table)?], String::new()),
        Content::Bundle(bundle) => (oneroster::parts(tx, import, bundle)?, bundle.source.clone()),
    };
    Ok(Job { import: import.clone(), parts, source })
}

impl Job {
    /// What the next step writes: as [`lines`](Self::lines).
    pub(super) fn to_write(&self, now: &ImportRow) -> Option<(&Part, Range<usize>, i64)> {
        let (part, ..) = self.lines(now.done, 1)?;
        let count = match now.kind {
            Kind::Timetable => WRITTEN_WEEKLY,
            Kind::Passes => WRITTEN_PASSES,
            _ if part.brings_passwords() => WRITTEN_HASHED,
            _ => WRITTEN,
        };
        self.lines(now.done, count)
    }

    /// The table that is next after `from` lines of the whole, some of its lines, and where in the
    /// whole they end.
    fn lines(&self, from: i64, count: usize) -> Option<(&Part, Range<usize>, i64)> {
        let mut begin = usize::try_from(from).ok()?;
        for part in &self.parts {
            let length = part.table.lines.len();
            if begin < length {
                let end = (begin + count).min(length);
                let whole = from + i64::try_from(end - begin).ok()?;
                return Some((part, begin..end, whole));
            }
            begin -= length;
        }
        None
    }
}

/// Takes an import one step further; how it stands then. If another worker was faster, an error
/// says so, and its state is to be read anew. `hashes` are those of
/// [`to_hash`](super::to_hash).
pub fn step(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    job: Option<&Job>,
    now: &ImportRow,
    hashes: &Hashes,
) -> Result<ImportRow> {
    let after = match (now.state, job) {
        (State::Checking, Some(job)) => check(tx, ctx, job, now)?,
        (State::Importing, Some(job)) => write(tx, ctx, job, now, hashes)?,
        (State::Reversing, _) => reverse(tx, ctx, now, TAKEN_BACK)?,
        _ => return Ok(now.clone()),
    };
    advanced(tx, ctx, now, after)
}

/// Gives an import up that can't go on: what it wrote is taken back.
pub fn fail(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &ImportRow, why: &str) -> Result<ImportRow> {
    let step = if now.state == State::Checking { Step::Discard } else { Step::Reverse };
    let failed = ImportRow { failure: Some(why.to_owned()), ..now.clone() };
    let after = moved(failed, step)?;
    if step == Step::Discard {
        imports::delete_parts(tx, now.id)?;
    }
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
        reverse(tx, ctx, now, 1)?
    };
    advanced(tx, ctx, now, after)
}

fn moved(import: ImportRow, step: Step) -> Result<ImportRow> {
    let state = import.state.after(step).ok_or(Error::Import(super::ImportError::State))?;
    Ok(ImportRow { state, ..import })
}

fn check(tx: &mut WriteTx<'_>, ctx: &Ctx, job: &Job, now: &ImportRow) -> Result<ImportRow> {
    need(ctx, now.kind, now.event)?;
    if check_columns(now.kind, now.event, &mapping_of(now)).is_err() {
        return moved(now.clone(), Step::Checked);
    }
    let Some((part, lines, end)) = job.lines(now.done, CHECKED) else {
        return moved(now.clone(), Step::Checked);
    };
    let mut plan = plan(tx, ctx, part, lines)?;
    plan.name_file(part);
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
    let after = with_findings(after, &plan);
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

fn write(
    tx: &mut WriteTx<'_>,
    ctx: &Ctx,
    job: &Job,
    now: &ImportRow,
    hashes: &Hashes,
) -> Result<ImportRow> {
    need(ctx, now.kind, now.event)?;
    let Some((part, lines, end)) = job.to_write(now) else {
        imports::delete_parts(tx, now.id)?;
        return moved(now.clone(), Step::Written);
    };
    let mut plan = plan(tx, ctx, part, lines.clone())?;
    plan.name_file(part);
    if let Some(problem) = plan.problems.first() {
        // Something changed since the preview.
        let failure = Some(format!("Line {}: {}", problem.line, problem.detail));
        return moved(ImportRow { failure, ..now.clone() }, Step::Reverse);
    }
    let (created, updated) = plan.counts();
    let (unchanged, skipped) = (now.unchanged + plan.unchanged, now.skipped + plan.skipped);
    let done = perform(tx, ctx, &plan, hashes)?;
    oneroster::note_names(tx, job, part, lines)?;
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
    let after = with_findings(after, &plan);
    if end < now.total {
        return Ok(after);
    }
    imports::delete_parts(tx, now.id)?;
    moved(after, Step::Written)
}

/// An import with the passwords and the unknown programmes that some lines bring.
fn with_findings(import: ImportRow, plan: &Plan) -> ImportRow {
    let mut unknown: BTreeSet<_> = unknown_programmes_of(&import).into_iter().collect();
    unknown.extend(plan.unknown_programmes.iter().cloned());
    let unknown: Vec<_> = unknown.into_iter().take(MOST_UNKNOWN).collect();
    ImportRow {
        unknown_programmes: json!(unknown).to_string(),
        passwords_hashed: import.passwords_hashed + plan.passwords.hashed,
        passwords_taken: import.passwords_taken + plan.passwords.taken,
        passwords_left: import.passwords_left + plan.passwords.left,
        ..import
    }
}

fn perform(tx: &mut WriteTx<'_>, ctx: &Ctx, plan: &Plan, hashes: &Hashes) -> Result<Vec<Done>> {
    match &plan.writes {
        Writes::Nothing => Ok(Vec::new()),
        Writes::Terms(writes) => terms::write(tx, ctx, writes),
        Writes::People(writes) => person::write(tx, ctx, writes, hashes),
        Writes::Classes(writes) => classes::write(tx, ctx, writes),
        Writes::Enrolments(writes) => enrolments::write(tx, ctx, writes),
        Writes::Timetable(writes) => timetable::write(tx, ctx, writes),
        Writes::Marks(writes) => marks::write(tx, writes),
        Writes::Fees(writes) => fees::write(tx, writes),
        Writes::Payments(writes) => payments::write(tx, writes),
        Writes::Sittings(writes) => sittings::write(tx, writes),
        Writes::Results(writes) => results::write(tx, ctx, writes),
        Writes::Passes(writes) => passes::write(tx, ctx, writes),
    }
}

fn reverse(tx: &mut WriteTx<'_>, ctx: &Ctx, now: &ImportRow, most: i64) -> Result<ImportRow> {
    let by = Undoing { ctx, import: now.id, asked: now.failure.is_none() };
    let total = imports::count_acts(tx, now.id)?;
    let acts = imports::acts_down(tx, now.id, total - now.done, most)?;
    let (mut after, mut weekly) = (now.clone(), 0);
    for act in &acts {
        after.kept += i64::from(!take_back(tx, &by, act)?);
        after.done += 1;
        weekly += i64::from(moves_meetings(act));
        if weekly >= TAKEN_BACK_WEEKLY {
            break;
        }
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
