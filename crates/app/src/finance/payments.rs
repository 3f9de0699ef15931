//! Payments: recorded once, completed when the money is here, reversed instead of deleted.

use super::{EVERYTHING, chosen_term, circumstances};
use crate::dockets::ClearedBefore;
use crate::notices::{Notice, notify};
use crate::people::merge;
use crate::{Ctx, Error, Form, Result, settings};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::{Method, Money, PaymentState, Receipt};
use muster_domain::ids::{PaymentId, PersonId, TermId};
use muster_domain::notices::NoticeKind;
use muster_domain::text::{self, TextError, clean_optional};
use muster_domain::time::Date;
use muster_journal::Change;
use muster_storage::finding::{self, Search as People};
use muster_storage::payments::{self, PaymentRow, Search};
use muster_storage::{ReadTx, WriteTx, people};
use serde_json::{Value, json};

/// What a payment is for where nobody says.
const USUAL: &str = "Fees";
/// Most people whose payments a search shows.
const MOST_PEOPLE: i64 = 50;

/// A payment as typed.
#[derive(Clone, Debug)]
pub struct PaymentInput {
    /// Whose.
    pub person: PersonId,
    /// For which term; the one that runs now if none.
    pub term: Option<TermId>,
    /// How much.
    pub amount: Money,
    /// What for.
    pub kind: String,
    /// How it was made.
    pub method: Method,
    /// Number of the receipt, where there is one.
    pub receipt: String,
    /// On which day; today if none.
    pub paid_on: Option<Date>,
    /// What else is to be known.
    pub note: String,
    /// Whether it is announced but not here yet.
    pub pending: bool,
}

/// The person with that number, user name or e-mail address, who pays.
pub fn payer(tx: &mut ReadTx<'_>, ctx: &Ctx, identifier: &str) -> Result<PersonId> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    let found = people::by_identifier(tx, identifier.trim())?;
    let nobody = || Error::field("number", "Nobody has this number.");
    found.map(|row| row.id).ok_or_else(nobody)
}

/// Records a payment: the balance and the clearances of the student follow at once.
pub fn record_payment(tx: &mut WriteTx<'_>, ctx: &Ctx, input: &PaymentInput) -> Result<PaymentId> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    merge::need_unmerged(tx, input.person)?;
    let person = people::get(tx, input.person)?.ok_or(Error::NotFound)?;
    let (settings, today) = circumstances(tx, ctx)?;
    let mut form = Form::default();
    let term = chosen_term(tx, ctx, input.term)?;
    if term.is_none() {
        form.wrong("term", "Add a term first: a payment is for one.");
    }
    match input.amount.checked(settings.currency) {
        Ok(amount) if amount.minor == 0 => form.wrong("amount", "This must be more than zero."),
        Ok(_) => {}
        Err(error) => form.wrong("amount", error.to_string()),
    }
    let kind = match text::clean(&input.kind, 60) {
        Err(TextError::Empty) => Ok(USUAL.to_owned()),
        kind => kind,
    };
    let kind = form.take("type", kind);
    let receipt = form.take("receipt", Receipt::parse(&input.receipt)).flatten();
    let note = form.take("note", clean_optional(&input.note, 500)).flatten();
    let paid_on = input.paid_on.unwrap_or(today);
    if paid_on > today {
        form.wrong("paid_on", "This day has not come yet.");
    }
    form.check()?;
    let (Some(term), Some(kind)) = (term, kind) else { return Err(Error::NotFound) };
    if let Some(receipt) = &receipt {
        need_free(tx, receipt.as_str())?;
    }
    let row = PaymentRow {
        id: ctx.fresh(),
        person: person.id,
        name: person.name,
        number: person.number,
        term: term.id,
        term_name: term.name,
        amount: input.amount.minor,
        kind,
        method: input.method,
        receipt: receipt.map(String::from),
        paid_on,
        note,
        state: if input.pending { PaymentState::Pending } else { PaymentState::Completed },
        contested: false,
        recorded_by: ctx.act.actor,
        recorder: None,
        recorded_at: ctx.now(),
        reversed_by: None,
        reverser: None,
        reversed_at: None,
        reversal_reason: None,
        version: tx.version(),
    };
    let cleared = ClearedBefore::read(tx, ctx, row.person, row.term)?;
    payments::insert_many(tx, &[&row]).map_err(|error| match error {
        // Somebody else recorded it in this very moment.
        muster_storage::Error::Conflict(_) => Error::ReceiptTaken { more: String::new() },
        error => error.into(),
    })?;
    let change = Change::new("payment.record", "payment", row.id).on(row.person);
    tx.journal(change.created(&payment_fields(&row)))?;
    if row.state == PaymentState::Completed {
        cleared.tell(tx, ctx, row.id.0)?;
        tell_received(tx, ctx, &row)?;
    }
    Ok(row.id)
}

/// Passes if no payment has that receipt.
fn need_free(tx: &mut ReadTx<'_>, receipt: &str) -> Result<()> {
    let Some(other) = payments::of_receipt(tx, receipt)? else { return Ok(()) };
    let more = format!(" It was recorded for {}, {}.", other.name, other.number);
    Err(Error::ReceiptTaken { more })
}

/// The money of a pending payment is here: it counts from now on.
pub fn complete_payment(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PaymentId) -> Result<()> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    let before = payments::get(tx, id)?.ok_or(Error::NotFound)?;
    let state = before.state.completed()?;
    let cleared = ClearedBefore::read(tx, ctx, before.person, before.term)?;
    let after = PaymentRow { state, ..before.clone() };
    let after = put(tx, "payment.complete", &before, after, None)?;
    cleared.tell(tx, ctx, id.0)?;
    tell_received(tx, ctx, &after)
}

/// Takes a payment back: it counts no more, and stays in the list with the reason.
pub fn reverse_payment(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PaymentId, reason: &str) -> Result<()> {
    ctx.need(Permission::ManageFinance, EVERYTHING)?;
    let before = payments::get(tx, id)?.ok_or(Error::NotFound)?;
    let state = before.state.reversed()?;
    let mut form = Form::default();
    let reason = form.take("reason", text::clean(reason, 500));
    form.check()?;
    let after = PaymentRow {
        state,
        reversed_by: ctx.act.actor,
        reversed_at: Some(ctx.now()),
        reversal_reason: reason.clone(),
        ..before.clone()
    };
    let cleared = ClearedBefore::read(tx, ctx, before.person, before.term)?;
    let after = put(tx, "payment.reverse", &before, after, reason.as_deref())?;
    // The same payment may have told of the opposite before.
    cleared.tell(tx, ctx, ctx.fresh())?;
    let amount = Money::new(after.amount, settings::load(tx)?.currency);
    let notice = Notice {
        kind: NoticeKind::PaymentReceived,
        occasion: format!("payment/{id}/reversed"),
        title: format!("A payment of {amount} was reversed"),
        body: reason.unwrap_or_default(),
        link: Some("/account".to_owned()),
    };
    notify(tx, ctx, after.person, &notice).map(drop)
}

fn put(
    tx: &mut WriteTx<'_>,
    action: &'static str,
    before: &PaymentRow,
    after: PaymentRow,
    reason: Option<&str>,
) -> Result<PaymentRow> {
    let after = PaymentRow { version: tx.version_over(before.version), ..after };
    if !payments::update(tx, &after, before.version)? {
        return Err(Error::Stale);
    }
    let change = Change::new(action, "payment", after.id).on(after.person);
    let (old, new) = (payment_fields(before), payment_fields(&after));
    tx.journal(change.changed(&old, &new, before.version).because(reason))?;
    Ok(after)
}

/// Tells the student that a payment counts.
fn tell_received(tx: &mut WriteTx<'_>, ctx: &Ctx, row: &PaymentRow) -> Result<()> {
    let amount = Money::new(row.amount, settings::load(tx)?.currency);
    let receipt =
        row.receipt.as_ref().map_or_else(String::new, |number| format!("Receipt {number}, "));
    let notice = Notice {
        kind: NoticeKind::PaymentReceived,
        occasion: format!("payment/{}/received", row.id),
        title: format!("Payment of {amount} received"),
        body: format!("{receipt}{} for {}.", row.kind, row.term_name),
        link: Some("/account".to_owned()),
    };
    notify(tx, ctx, row.person, &notice).map(drop)
}

/// Which payments somebody looks for.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Part of a name or number, or a receipt's number.
    pub text: String,
    /// For this term alone.
    pub term: Option<TermId>,
    /// Made in this way alone.
    pub method: Option<Method>,
    /// Of this state alone.
    pub state: Option<PaymentState>,
    /// From this day on.
    pub from: Option<Date>,
    /// To this day.
    pub until: Option<Date>,
    /// The last one of the page before.
    pub after: Option<PaymentId>,
    /// At most so many.
    pub limit: i64,
}

/// Payments, the latest first.
pub fn payments(tx: &mut ReadTx<'_>, ctx: &Ctx, filter: &Filter) -> Result<Vec<PaymentRow>> {
    ctx.need(Permission::ViewFinance, EVERYTHING)?;
    let before = match filter.after {
        Some(id) => (payments::get(tx, id)?.ok_or(Error::NotFound)?.paid_on, id),
        None => (Date(i64::MAX), PaymentId(uuid::Uuid::max())),
    };
    let from = filter.from.unwrap_or(Date(i64::MIN));
    let until = filter.until.unwrap_or(Date(i64::MAX - 1));
    if filter.text.trim().is_empty() {
        let Filter { term, method, state, limit, .. } = *filter;
        return Ok(payments::list(
            tx,
            &Search { term, method, state, from, until, before, limit },
        )?);
    }
    let mut found = found_by_text(tx, filter.text.trim())?;
    found.retain(|row| {
        (row.paid_on, row.id) < before
            && (from..=until).contains(&row.paid_on)
            && filter.term.is_none_or(|term| row.term == term)
            && filter.method.is_none_or(|method| row.method == method)
            && filter.state.is_none_or(|state| row.state == state)
    });
    found.sort_by_key(|row| std::cmp::Reverse((row.paid_on, row.id)));
    found.truncate(usize::try_from(filter.limit).unwrap_or(0));
    Ok(found)
}

/// The payment with that receipt, or else those of the people who are meant.
fn found_by_text(tx: &mut ReadTx<'_>, text: &str) -> Result<Vec<PaymentRow>> {
    if let Some(row) = payments::of_receipt(tx, text)? {
        return Ok(vec![row]);
    }
    let search = People { text, role: None, after: None, limit: MOST_PEOPLE };
    let mut found = Vec::new();
    for person in finding::search(tx, &search)? {
        found.extend(payments::of_person(tx, person.id)?);
    }
    Ok(found)
}

/// A payment: for finance, and for whose it is.
pub fn payment(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PaymentId) -> Result<PaymentRow> {
    let row = payments::get(tx, id)?.ok_or(Error::NotFound)?;
    ctx.need(Permission::ViewAccount, Target::Person(row.person)).map_err(|error| match error {
        Error::Forbidden => Error::NotFound,
        error => error,
    })?;
    Ok(row)
}

pub(crate) fn payment_fields(row: &PaymentRow) -> Value {
    json!({
        "person": row.person, "term": row.term, "amount": row.amount, "type": row.kind,
        "method": row.method.key(), "receipt": row.receipt, "paid_on": row.paid_on,
        "note": row.note, "state": row.state.key(),
    })
}
