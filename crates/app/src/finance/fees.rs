//! Fees of a term, by programme, year and semester.

use super::{EVERYTHING, chosen_term};
use crate::{Ctx, Error, FieldError, Result, settings};
use muster_domain::auth::Permission;
use muster_domain::finance::{Currency, Money};
use muster_domain::ids::{FeeId, ProgrammeId, TermId};
use muster_domain::programmes::StudyError;
use muster_journal::Change;
use muster_storage::academics::TermRow;
use muster_storage::fees::{self, FeeRow};
use muster_storage::programmes::ProgrammeRow;
use muster_storage::{ReadTx, WriteTx, programmes};
use serde_json::{Value, json};
use std::collections::HashMap;

/// What a year and semester of a programme is to cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The programme.
    pub programme: ProgrammeId,
    /// Year of the programme.
    pub year: i64,
    /// Semester of the year.
    pub semester: i64,
    /// How much; none where no fee is set.
    pub amount: Option<Money>,
}

/// The fees of a term.
#[derive(Clone, Debug)]
pub struct Fees {
    /// The term; none before there is any.
    pub term: Option<TermRow>,
    /// The institution's currency.
    pub currency: Currency,
    /// The programmes that are open, or have a fee in the term.
    pub programmes: Vec<ProgrammeRow>,
    /// What is set.
    pub fees: Vec<FeeRow>,
}

/// The fees of a term; of the one that runs now if none.
pub fn fees(tx: &mut ReadTx<'_>, ctx: &Ctx, term: Option<TermId>) -> Result<Fees> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    let term = chosen_term(tx, ctx, term)?;
    let fees = match &term {
        Some(term) => fees::of_term(tx, term.id)?,
        None => Vec::new(),
    };
    let mut programmes = programmes::programmes(tx)?;
    let has_fee = |id| fees.iter().any(|fee| fee.programme == id);
    programmes.retain(|row| row.archived_at.is_none() || has_fee(row.id));
    Ok(Fees { term, currency: settings::load(tx)?.currency, programmes, fees })
}

/// Sets fees of a term; cells that say what stands already change nothing. Answers how many
/// changed.
pub fn set_fees(tx: &mut WriteTx<'_>, ctx: &Ctx, term: TermId, cells: &[Cell]) -> Result<usize> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    chosen_term(tx, ctx, Some(term))?;
    let currency = settings::load(tx)?.currency;
    let known = programmes::programmes(tx)?.into_iter();
    let known: HashMap<_, _> = known.map(|row| (row.id, row)).collect();
    let before = fees::of_term(tx, term)?.into_iter();
    let before: HashMap<_, _> = before.map(|fee| (fee.id, fee)).collect();
    let (mut rows, mut changed) = (Vec::new(), 0);
    for cell in cells {
        check(cell, known.get(&cell.programme), currency)?;
        let id = FeeId::of(term, cell.programme, cell.year, cell.semester);
        let old = before.get(&id);
        match cell.amount {
            None => {
                if let Some(old) = old {
                    remove(tx, old)?;
                    changed += 1;
                }
            }
            Some(amount) if old.is_some_and(|old| old.amount == amount.minor) => {}
            Some(amount) => {
                let seen = old.map_or(0, |old| old.version);
                let row = FeeRow {
                    id,
                    term,
                    programme: cell.programme,
                    year: cell.year,
                    semester: cell.semester,
                    amount: amount.minor,
                    version: tx.version_over(seen),
                };
                let change = Change::new("fee.set", "fee", id).on(term);
                tx.journal(match old {
                    None => change.created(&fee_fields(&row)),
                    Some(old) => change.changed(&fee_fields(old), &fee_fields(&row), seen),
                })?;
                rows.push(row);
            }
        }
    }
    fees::put_many(tx, &rows)?;
    Ok(rows.len() + changed)
}

fn check(cell: &Cell, programme: Option<&ProgrammeRow>, currency: Currency) -> Result<()> {
    let Some(programme) = programme else {
        return Err(Error::field("programme", "Choose a programme."));
    };
    let mut wrong = Vec::new();
    let place = read_fee_place(programme, cell.year, cell.semester);
    wrong.extend(place.err().map(|(field, error)| (field, error.to_string())));
    if let Some(Err(error)) = cell.amount.map(|amount| amount.checked(currency)) {
        wrong.push(("amount", error.to_string()));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let wrong = wrong.into_iter().map(|(field, detail)| FieldError { field, detail });
    Err(Error::Invalid(wrong.collect()))
}

/// Passes if the programme has that year and semester; or which of them it has not.
pub(crate) fn read_fee_place(
    programme: &ProgrammeRow,
    year: i64,
    semester: i64,
) -> std::result::Result<(), (&'static str, StudyError)> {
    let length = programme.length();
    length.check_year(year).map_err(|error| ("year", error))?;
    length.check_semester(semester).map_err(|error| ("semester", error))
}

fn remove(tx: &mut WriteTx<'_>, old: &FeeRow) -> Result<()> {
    if !fees::remove(tx, old.id, old.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new("fee.remove", "fee", old.id).on(old.term);
    Ok(tx.journal(change.changed(&fee_fields(old), &json!({}), old.version))?)
}

/// Takes over the fees of another term where none is set yet. Answers how many.
pub fn copy_fees(tx: &mut WriteTx<'_>, ctx: &Ctx, from: TermId, to: TermId) -> Result<usize> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    let currency = settings::load(tx)?.currency;
    let here = fees::of_term(tx, to)?;
    let is_set = |fee: &FeeRow| {
        here.iter().any(|other| {
            (other.programme, other.year, other.semester) == (fee.programme, fee.year, fee.semester)
        })
    };
    let missing = fees::of_term(tx, from)?.into_iter().filter(|fee| !is_set(fee));
    let cells = missing.map(|fee| Cell {
        programme: fee.programme,
        year: fee.year,
        semester: fee.semester,
        amount: Some(Money::new(fee.amount, currency)),
    });
    let cells: Vec<_> = cells.collect();
    set_fees(tx, ctx, to, &cells)
}

pub(crate) fn fee_fields(row: &FeeRow) -> Value {
    let FeeRow { term, programme, year, semester, amount, .. } = row;
    json!({
        "term": term, "programme": programme, "year": year, "semester": semester,
        "amount": amount,
    })
}
