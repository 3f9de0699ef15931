//! What the receipt of a payment says beside the payment itself.

use super::{circumstances, payment};
use crate::{Ctx, Result};
use muster_domain::finance::{Account, Currency, PaymentState};
use muster_domain::ids::PaymentId;
use muster_storage::payments::PaymentRow;
use muster_storage::{ReadTx, accounts, payments, students};

/// A payment as its receipt has it.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// The payment.
    pub payment: PaymentRow,
    /// The institution's currency.
    pub currency: Currency,
    /// The name of the student's programme; empty where there is none.
    pub programme: String,
    /// How the account of its term stood after it; none while it does not count.
    pub account: Option<Account>,
}

/// A payment's receipt: for finance, and for whose it is.
pub fn receipt(tx: &mut ReadTx<'_>, ctx: &Ctx, id: PaymentId) -> Result<Receipt> {
    let payment = payment(tx, ctx, id)?;
    let (settings, today) = circumstances(tx, ctx)?;
    let student = students::get(tx, payment.person)?;
    let account = if payment.state == PaymentState::Completed {
        let terms = accounts::of_person(tx, payment.person, today)?;
        let fee = terms.iter().find(|row| row.term == payment.term).and_then(|row| row.fee);
        Some(Account { fee, paid: paid_after(&payment, &payments::of_person(tx, payment.person)?) })
    } else {
        None
    };
    Ok(Receipt {
        currency: settings.currency,
        programme: student.and_then(|row| row.programme_name).unwrap_or_default(),
        account,
        payment,
    })
}

/// What was paid for the payment's term up to it and with it.
fn paid_after(payment: &PaymentRow, all: &[PaymentRow]) -> i64 {
    let order = |row: &PaymentRow| (row.paid_on, row.recorded_at, row.id);
    let counts = |row: &&PaymentRow| {
        row.term == payment.term
            && row.state == PaymentState::Completed
            && order(row) <= order(payment)
    };
    all.iter().filter(counts).fold(0, |sum: i64, row| sum.saturating_add(row.amount))
}
