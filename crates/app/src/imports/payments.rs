//! Payments that were recorded elsewhere, from lines.
//!
//! A line says the same as a payment that stands if it has its receipt, or, where neither has one,
//! if all else is equal. Nobody is told of payments that come in so: most are old.

use super::enrolments::{Students, students};
use super::fees::money;
use super::line::Cells;
use super::part::Part;
use super::plan::{Plan, Sample, Writes, differences};
use super::undo::Done;
use crate::finance::payment_fields;
use crate::{Ctx, Result, zone};
use muster_domain::finance::{Currency, Method, Money, PaymentState, Receipt};
use muster_domain::ids::PersonId;
use muster_domain::text::{clean_optional, fold};
use muster_journal::Change;
use muster_storage::payments::{self, PaymentRow};
use muster_storage::{ReadTx, WriteTx};
use serde_json::json;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A payment to be recorded.
#[derive(Clone, Debug)]
pub(super) struct PaymentWrite {
    line: u64,
    currency: Currency,
    pub row: PaymentRow,
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
    let mut known: HashMap<PersonId, Vec<PaymentRow>> = HashMap::new();
    let mut read = Vec::new();
    for (_, mut cells) in lines {
        match payment(ctx, &mut cells, part, &students).filter(|_| cells.is_right()) {
            Some(row) => read.push((cells, row)),
            None => plan.refuse(cells),
        }
    }
    let receipts = read.iter().filter_map(|(_, row)| row.receipt.as_deref());
    let receipts: Vec<_> = receipts.map(Receipt::folded).collect();
    let taken = payments::by_receipts(tx, &receipts)?.into_iter();
    let taken: HashSet<String> = taken.map(|row| row.folded).collect();
    let mut writes = Vec::new();
    for (mut cells, row) in read {
        if let Some(first) = part.claims.first("payment", &key(&row), cells.number()) {
            let text = format!("Line {first} has the same receipt.");
            if row.receipt.is_some() {
                cells.wrong("receipt", text);
                plan.refuse(cells);
            } else {
                plan.skipped += 1;
            }
            continue;
        }
        match stands(tx, &mut known, &taken, &row)? {
            Some(other) if same(&other, &row) => plan.unchanged += 1,
            Some(other) => {
                let whose = format!("{}, {}", other.name, other.number);
                cells.wrong("receipt", format!("This receipt is recorded already, for {whose}."));
                plan.refuse(cells);
            }
            None => {
                let currency = part.settings.currency;
                writes.push(PaymentWrite { line: cells.number(), currency, row });
            }
        }
    }
    plan.problems.sort_by_key(|problem| problem.line);
    plan.writes = Writes::Payments(writes);
    Ok(plan)
}

/// What two lines about one payment have in common: its receipt, or all there is.
fn key(row: &PaymentRow) -> String {
    match &row.receipt {
        Some(receipt) => format!("receipt {}", Receipt::folded(receipt)),
        None => payment_fields(row).to_string(),
    }
}

/// The payment that stands with the same receipt, or else with all else equal.
fn stands(
    tx: &mut ReadTx<'_>,
    known: &mut HashMap<PersonId, Vec<PaymentRow>>,
    taken: &HashSet<String>,
    row: &PaymentRow,
) -> Result<Option<PaymentRow>> {
    if let Some(receipt) = &row.receipt {
        let there = taken.contains(&Receipt::folded(receipt));
        return Ok(if there { payments::of_receipt(tx, receipt)? } else { None });
    }
    let own = match known.entry(row.person) {
        Entry::Occupied(known) => known.into_mut(),
        Entry::Vacant(place) => place.insert(payments::of_person(tx, row.person)?),
    };
    Ok(own.iter().find(|other| other.receipt.is_none() && same(other, row)).cloned())
}

/// Whether they are one payment: it may have been completed since.
fn same(one: &PaymentRow, other: &PaymentRow) -> bool {
    let PaymentRow { person, term, amount, paid_on, .. } = one;
    (*person, *term, *amount, *paid_on) == (other.person, other.term, other.amount, other.paid_on)
        && one.kind == other.kind
        && one.method == other.method
        && one.note == other.note
        && one.state != PaymentState::Reversed
}

fn payment(
    ctx: &Ctx,
    cells: &mut Cells<'_>,
    part: &Part,
    students: &Students,
) -> Option<PaymentRow> {
    let term = part.catalogue.term(cells, part.term).map(|term| (term.id, term.name.clone()));
    let person = students.find(cells).cloned();
    let amount = money(cells, part);
    if amount.is_some_and(|amount| amount.minor == 0) {
        cells.wrong("amount", "This must be more than zero.");
    }
    let paid_on = cells.needed("date").and_then(|_| cells.date("date")).map(zone::date_of);
    let today = zone::Zone::of(&part.settings).date(ctx.now());
    if paid_on.is_some_and(|day| day > today) {
        cells.wrong("date", "This day has not come yet.");
    }
    let kind = cells.take("type", clean_optional(cells.get("type"), 60)).flatten();
    let receipt = cells.take("receipt", Receipt::parse(cells.get("receipt"))).flatten();
    let note = cells.take("note", clean_optional(cells.get("note"), 500)).flatten();
    let (method, state) = (method(cells), state(cells));
    let ((term, term_name), person) = (term?, person?);
    Some(PaymentRow {
        id: ctx.fresh(),
        person: person.id,
        name: person.name,
        number: person.number,
        term,
        term_name,
        amount: amount?.minor,
        kind: kind.unwrap_or_else(|| "Fees".to_owned()),
        method: method?,
        receipt: receipt.map(String::from),
        paid_on: paid_on?,
        note,
        state: state?,
        contested: false,
        recorded_by: ctx.act.actor,
        recorder: None,
        recorded_at: ctx.now(),
        reversed_by: None,
        reverser: None,
        reversed_at: None,
        reversal_reason: None,
        version: 0,
    })
}

fn method(cells: &mut Cells<'_>) -> Option<Method> {
    let text = cells.get("method");
    if text.is_empty() {
        return Some(Method::Other);
    }
    let method = Method::from_words(text);
    if method.is_none() {
        let known = Method::ALL.map(Method::key).join(", ");
        cells.wrong("method", format!("“{text}” is none of {known}."));
    }
    method
}

fn state(cells: &mut Cells<'_>) -> Option<PaymentState> {
    let text = fold(cells.get("status"));
    let state = match text.as_str() {
        "" | "completed" | "complete" | "paid" | "success" | "successful" | "done" => {
            Some(PaymentState::Completed)
        }
        "pending" | "open" | "waiting" | "processing" => Some(PaymentState::Pending),
        _ => None,
    };
    if state.is_none() {
        cells.wrong("status", format!("“{text}” is neither completed nor pending."));
    }
    state
}

/// A change as people look at it.
pub(super) fn sample(write: &PaymentWrite) -> Sample {
    let PaymentWrite { line, currency, row } = write;
    let title = format!("{} · {}", row.number, row.name);
    let fields = json!({
        "amount": Money::new(row.amount, *currency).to_string(), "term": row.term_name,
        "type": row.kind, "method": row.method.key(), "receipt": row.receipt,
        "status": row.state.key(),
    });
    Sample { line: *line, title, is_new: true, fields: differences(None, &fields) }
}

/// Writes payments.
pub(super) fn write(tx: &mut WriteTx<'_>, writes: &[PaymentWrite]) -> Result<Vec<Done>> {
    let (mut done, mut changes, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    for write in writes {
        let row = PaymentRow { version: tx.version(), ..write.row.clone() };
        let change = Change::new("payment.import", "payment", row.id).on(row.person);
        changes.push(change.created(&payment_fields(&row)));
        done.push(Done::new("payment", row.id, None::<&()>, row.version));
        rows.push(row);
    }
    payments::insert_many(tx, &rows.iter().collect::<Vec<_>>())?;
    tx.journal_many(changes)?;
    Ok(done)
}
