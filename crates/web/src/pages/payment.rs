//! A payment: what is known of it, completing or reversing it.

use super::finance::may_manage;
use super::form::Errors;
use super::frame::crumbs;
use super::payments::Item;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::{Error, finance};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::PaymentState;
use muster_domain::ids::PaymentId;
use muster_storage::payments::PaymentRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "payment.html")]
struct Page {
    shell: Shell,
    item: Item,
    note: String,
    recorded: String,
    reversed: String,
    why: String,
    reads_all: bool,
    may_complete: bool,
    may_reverse: bool,
    reason: String,
    errors: Errors,
}

async fn row(caller: &Caller, id: PaymentId) -> Result<PaymentRow, PageError> {
    let read = caller.read(move |tx, ctx| finance::payment(tx, ctx, id)).await;
    read.map_err(|error| caller.error(error))
}

/// `GET /payments/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<PaymentId>) -> Result<Response, PageError> {
    let row = row(&caller, id).await?;
    Ok(render(&page(&caller, row, String::new(), Errors::default())))
}

fn page(caller: &Caller, row: PaymentRow, reason: String, errors: Errors) -> Page {
    let settings = &caller.known.settings;
    let by = |at, name: &Option<String>| {
        let at = times::moment(settings, at);
        name.as_ref().map_or(at.clone(), |name| format!("{at}, by {name}"))
    };
    let reads_all = caller.ctx.need(Permission::ViewFinance, Target::Institution).is_ok();
    let mut shell = caller.shell(format!("Payment of {}", times::date_words(row.paid_on)));
    let above = if reads_all { ("/payments", "Payments") } else { ("/account", "Payments") };
    shell.crumbs =
        crumbs([(above.0.to_owned(), above.1.to_owned()), (String::new(), shell.title.clone())]);
    let keeps = may_manage(caller);
    Page {
        shell,
        note: row.note.clone().unwrap_or_default(),
        recorded: by(row.recorded_at, &row.recorder),
        reversed: row.reversed_at.map_or_else(String::new, |at| by(at, &row.reverser)),
        why: row.reversal_reason.clone().unwrap_or_default(),
        reads_all,
        may_complete: keeps && row.state == PaymentState::Pending,
        may_reverse: keeps && row.state != PaymentState::Reversed,
        reason,
        errors,
        item: Item::of(caller, row),
    }
}

/// `POST /payments/{id}/completion`
pub(super) async fn complete(
    caller: Caller,
    Path(id): Path<PaymentId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| finance::complete_payment(tx, ctx, id)).await;
    shown(&caller, id, String::new(), done).await
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// `POST /payments/{id}/reversal`
pub(super) async fn reverse(
    caller: Caller,
    Path(id): Path<PaymentId>,
    Form(form): Form<ReasonForm>,
) -> Result<Response, PageError> {
    let reason = form.reason.clone();
    let done = caller.write(move |tx, ctx| finance::reverse_payment(tx, ctx, id, &reason)).await;
    shown(&caller, id, form.reason, done).await
}

async fn shown(
    caller: &Caller,
    id: PaymentId,
    reason: String,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/payments/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = row(caller, id).await?;
    let page = page(caller, row, reason, Errors::from_error(&error, ""));
    Ok((status(&error), render(&page)).into_response())
}
