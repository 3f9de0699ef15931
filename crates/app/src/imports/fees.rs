//! Fees of terms, from lines.

use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::Result;
use crate::finance::{fee_fields, read_fee_place};
use muster_domain::finance::Money;
use muster_domain::ids::{FeeId, TermId};
use muster_domain::programmes::{MOST_SEMESTERS, MOST_YEARS};
use muster_domain::text::fold;
use muster_journal::Change;
use muster_storage::fees::{self, FeeRow};
use muster_storage::programmes::{self, ProgrammeRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

/// A fee to be set or changed.
#[derive(Clone, Debug)]
pub(super) struct FeeWrite {
    line: u64,
    title: String,
    currency: muster_domain::finance::Currency,
    pub row: FeeRow,
    pub before: Option<FeeRow>,
}

/// What lines lead to.
pub(super) fn plan(tx: &mut ReadTx<'_>, part: &Part, range: Range<usize>) -> Result<Plan> {
    let mut plan = Plan::default();
    let known = programmes::programmes(tx)?;
    let mut stand: HashMap<TermId, HashMap<FeeId, FeeRow>> = HashMap::new();
    let mut writes = Vec::new();
    for (_, mut cells) in plan.lines(part, range) {
        let Some((title, row)) = fee(&mut cells, part, &known).filter(|_| cells.is_right()) else {
            plan.refuse(cells);
            continue;
        };
        // The same place may be written in several ways.
        if let Some(first) = part.claims.first("fee", &row.id.to_string(), cells.number()) {
            cells.wrong("programme", format!("Line {first} is about the same fee."));
            plan.refuse(cells);
            continue;
        }
        let of_term = match stand.entry(row.term) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let rows = fees::of_term(tx, row.term)?.into_iter();
                place.insert(rows.map(|fee| (fee.id, fee)).collect())
            }
        };
        let before = of_term.get(&row.id).cloned();
        if before.as_ref().is_some_and(|before| before.amount == row.amount) {
            plan.unchanged += 1;
            continue;
        }
        let currency = part.settings.currency;
        writes.push(FeeWrite { line: cells.number(), title, currency, row, before });
    }
    plan.writes = Writes::Fees(writes);
    Ok(plan)
}

fn fee(cells: &mut Cells<'_>, part: &Part, known: &[ProgrammeRow]) -> Option<(String, FeeRow)> {
    let term = part.catalogue.term(cells, part.term).map(|term| (term.id, term.name.clone()));
    let named = cells.needed("programme").map(fold);
    let found = named.as_ref().and_then(|named| {
        let by_code = known.iter().find(|row| fold(&row.code) == *named);
        by_code.or_else(|| known.iter().find(|row| fold(&row.name) == *named))
    });
    if named.is_some() && found.is_none() {
        cells.wrong("programme", "There is no such programme.");
    }
    let year = cells.whole("year", 1, MOST_YEARS);
    let semester = cells.whole("semester", 1, MOST_SEMESTERS);
    let amount = money(cells, part);
    let ((term, term_name), programme) = (term?, found?);
    let (year, semester) = (year?, semester?);
    if let Err((field, error)) = read_fee_place(programme, year, semester) {
        cells.wrong(field, error.to_string());
    }
    let row = FeeRow {
        id: FeeId::of(term, programme.id, year, semester),
        term,
        programme: programme.id,
        year,
        semester,
        amount: amount?.minor,
        version: 0,
    };
    let title = format!("{}, year {year}, semester {semester} in {term_name}", programme.code);
    Some((title, row))
}

/// The amount of a line, in the institution's currency; a column of currencies must agree.
pub(super) fn money(cells: &mut Cells<'_>, part: &Part) -> Option<Money> {
    let ours = part.settings.currency;
    let theirs = cells.get("currency");
    if !theirs.is_empty() && !theirs.eq_ignore_ascii_case(ours.code()) {
        cells.wrong("currency", format!("Amounts here are in {ours}."));
    }
    let text = cells.needed("amount")?;
    cells.take("amount", Money::parse(text, ours).and_then(|money| money.checked(ours)))
}

/// A change as people look at it.
pub(super) fn sample(write: &FeeWrite) -> Sample {
    let shown = |row: &FeeRow| json!({"amount": Money::new(row.amount, write.currency).digits()});
    let fields = differences(write.before.as_ref().map(shown).as_ref(), &shown(&write.row));
    let is_new = write.before.is_none();
    Sample { line: write.line, title: write.title.clone(), is_new, fields }
}

/// Writes fees.
pub(super) fn write(tx: &mut WriteTx<'_>, writes: &[FeeWrite]) -> Result<Vec<Done>> {
    let (mut done, mut changes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for write in writes {
        let before = write.before.as_ref();
        let seen = before.map_or(0, |row| row.version);
        let row = FeeRow { version: tx.version_over(seen), ..write.row.clone() };
        let change = Change::new("fee.set", "fee", row.id).on(row.term);
        changes.push(match before {
            None => change.created(&fee_fields(&row)),
            Some(before) => change.changed(&fee_fields(before), &fee_fields(&row), seen),
        });
        done.push(Done::new("fee", row.id, before, row.version));
        rows.push(row);
    }
    fees::put_many(tx, &rows)?;
    tx.journal_many(changes)?;
    Ok(done)
}
