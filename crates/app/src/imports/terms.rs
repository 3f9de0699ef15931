//! Terms, from lines.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::academics::{follow, term_fields};
use crate::{Ctx, Error, Result, zone};
use muster_domain::academics::check_term;
use muster_domain::text::{Name, fold};
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::academics::TermRow;
use muster_storage::{ReadTx, WriteTx, academics};
use std::ops::Range;

/// A term to be made or changed.
#[derive(Clone, Debug)]
pub(super) struct TermWrite {
    line: u64,
    row: TermRow,
    pub before: Option<TermRow>,
}

/// What lines lead to.
pub(super) fn plan(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    part: &Part,
    range: Range<usize>,
) -> Result<Plan> {
    let mut plan = Plan::default();
    let known = academics::terms(tx)?;
    let mut writes = Vec::new();
    for (_, mut cells) in plan.lines(part, range) {
        let write = term(ctx, &mut cells, &known).filter(|_| cells.is_right());
        match write {
            None => plan.refuse(cells),
            Some(write) if write.before.as_ref() == Some(&write.row) => plan.unchanged += 1,
            Some(write) => writes.push(write),
        }
    }
    plan.writes = Writes::Terms(writes);
    Ok(plan)
}

fn term(ctx: &Ctx, cells: &mut Cells<'_>, known: &[TermRow]) -> Option<TermWrite> {
    let name = cells.needed("name").map(str::parse::<Name>);
    let (starts_on, ends_on) = (day(cells, "starts_on"), day(cells, "ends_on"));
    let name: String = cells.take("name", name?)?.into();
    let (starts_on, ends_on) = (starts_on?, ends_on?);
    cells.take("ends_on", check_term(starts_on, ends_on))?;
    let before = known.iter().find(|term| fold(&term.name) == fold(&name));
    if before.is_some_and(|term| term.archived_at.is_some()) {
        cells.wrong("name", "This term is archived.");
    }
    let row = match before {
        Some(term) => TermRow { starts_on, ends_on, ..term.clone() },
        None => {
            TermRow { id: ctx.fresh(), name, starts_on, ends_on, archived_at: None, version: 0 }
        }
    };
    Some(TermWrite { line: cells.number(), row, before: before.cloned() })
}

fn day(cells: &mut Cells<'_>, key: &'static str) -> Option<Date> {
    cells.needed(key)?;
    cells.date(key).map(zone::date_of)
}

/// A change as people look at it.
pub(super) fn sample(write: &TermWrite) -> Sample {
    let shown = |row: &TermRow| {
        let day = |date| zone::civil_date(date).map(|day| day.to_string());
        serde_json::json!({"starts_on": day(row.starts_on), "ends_on": day(row.ends_on)})
    };
    let fields = differences(write.before.as_ref().map(shown).as_ref(), &shown(&write.row));
    let (title, is_new) = (write.row.name.clone(), write.before.is_none());
    Sample { line: write.line, title, is_new, fields }
}

/// Writes terms.
pub(super) fn write(tx: &mut WriteTx<'_>, ctx: &Ctx, writes: &[TermWrite]) -> Result<Vec<Done>> {
    let mut done = Vec::new();
    for write in writes {
        let seen = write.before.as_ref().map_or(0, |row| row.version);
        let row = TermRow { version: tx.version_over(seen), ..write.row.clone() };
        let change = match &write.before {
            None => {
                academics::insert_term(tx, &row)?;
                Change::new("term.create", "term", row.id).created(&term_fields(&row))
            }
            Some(before) => {
                if !academics::update_term(tx, &row, seen)? {
                    return Err(Error::Stale);
                }
                let change = Change::new("term.change", "term", row.id);
                change.changed(&term_fields(before), &term_fields(&row), seen)
            }
        };
        tx.journal(change)?;
        if write.before.is_some() {
            let classes = academics::classes_of_term(tx, row.id)?;
            follow(tx, ctx, &classes, "The days of the term changed")?;
        }
        done.push(Done::new("term", row.id, write.before.as_ref(), row.version));
    }
    Ok(done)
}
