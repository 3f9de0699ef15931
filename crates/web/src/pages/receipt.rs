//! The receipt of a payment: a page to print, and a PDF.

use super::frame::crumbs;
use super::payments::Item;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::printing;
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use muster_app::finance::{self, Receipt};
use muster_documents::paper::{self, Amount, Paper, Student};
use muster_domain::finance::{Account, Currency, Money, PaymentState};
use muster_domain::ids::PaymentId;

#[derive(Template)]
#[template(path = "receipt.html")]
struct Page {
    shell: Shell,
    item: Item,
    institution: String,
    office: String,
    note: String,
    recorder: String,
    made: String,
}

async fn read(caller: &Caller, id: PaymentId) -> Result<Receipt, PageError> {
    let read = caller.read(move |tx, ctx| finance::receipt(tx, ctx, id)).await;
    read.map_err(|error| caller.error(error))
}

/// `GET /payments/{id}/receipt`: to be printed.
pub(super) async fn show(caller: Caller, Path(id): Path<PaymentId>) -> Result<Response, PageError> {
    let row = read(&caller, id).await?.payment;
    let mut shell = caller.shell("Receipt");
    shell.crumbs = crumbs([
        (format!("/payments/{id}"), format!("Payment of {}", times::date_words(row.paid_on))),
        (String::new(), "Receipt".to_owned()),
    ]);
    let settings = &caller.known.settings;
    Ok(render(&Page {
        shell,
        institution: settings.institution.clone(),
        office: settings.finance_office.clone(),
        note: row.note.clone().unwrap_or_default(),
        recorder: row.recorder.clone().unwrap_or_default(),
        made: times::moment(settings, caller.ctx.now()),
        item: Item::of(&caller, row),
    }))
}

/// `GET /payments/{id}/receipt.pdf`
pub(super) async fn pdf(caller: Caller, Path(id): Path<PaymentId>) -> Result<Response, PageError> {
    let receipt = read(&caller, id).await?;
    file(&caller, receipt).await.map_err(|error| caller.error(error))
}

/// A receipt as PDF.
pub(crate) async fn file(caller: &Caller, receipt: Receipt) -> muster_app::Result<Response> {
    let receipt = on_paper(receipt);
    let name = format!("receipt {} {}", receipt.student.number, receipt.number);
    let title = format!("Receipt {}", receipt.number);
    printing::pdf(caller, Paper::Receipt, (&name, title), vec![receipt]).await
}

fn on_paper(Receipt { payment, currency, programme, account }: Receipt) -> paper::Receipt {
    let id = payment.id.to_string();
    paper::Receipt {
        state: match payment.state {
            PaymentState::Completed => String::new(),
            state => state.label().to_owned(),
        },
        // The id of a payment ends in what chance gave it.
        number: payment.receipt.unwrap_or_else(|| id.chars().skip(id.len() - 12).collect()),
        date: times::date_as(payment.paid_on, "%-d %B %Y"),
        student: Student { name: payment.name, number: payment.number },
        programme,
        purpose: format!("{}, {}", payment.kind, payment.term_name),
        method: payment.method.label().to_owned(),
        note: payment.note.unwrap_or_default(),
        currency: currency.code().to_owned(),
        amount: amount(payment.amount, currency),
        account: account.map(|account| lines(account, currency)).unwrap_or_default(),
        received_by: payment.recorder.unwrap_or_default(),
    }
}

fn lines(account: Account, currency: Currency) -> Vec<Amount> {
    let line =
        |label: &str, minor| Amount { label: label.to_owned(), amount: amount(minor, currency) };
    let paid = line("Paid, this payment included", account.paid);
    let Some(fee) = account.fee else { return vec![paid] };
    let left = fee.saturating_sub(account.paid);
    let rest = if left < 0 { line("Paid in advance", -left) } else { line("Still to pay", left) };
    vec![line("Fee of the term", fee), paid, rest]
}

/// An amount as it is read, without its currency.
fn amount(minor: i64, currency: Currency) -> String {
    let whole = Money::new(minor, currency).to_string();
    whole.trim_start_matches(currency.code()).trim().to_owned()
}
