//! Issuing a pass: its type, its holders, how it is paid for.

use super::events::row;
use super::form::{Choice, Errors};
use super::passes::event_crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_app::{Error, events};
use muster_domain::finance::Money;
use muster_domain::ids::{EventId, PassTypeId};
use muster_domain::passes::Payment;
use muster_storage::events::{EventRow, PassTypeRow};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "pass_new.html")]
struct NewPage {
    shell: Shell,
    event: EventRow,
    types: Vec<Choice>,
    chosen: Option<PassTypeRow>,
    price: String,
    form: PassForm,
    payments: Vec<Choice>,
    holders: Vec<HolderFields>,
    errors: Errors,
    /// The pass that somebody named here holds already.
    duplicate: String,
    letters: &'static str,
}

/// Fields of one holder.
pub(super) struct HolderFields {
    pub name_field: String,
    pub name_label: String,
    pub name: String,
    pub phone_field: String,
    pub phone_label: String,
    pub phone: String,
}

/// A form with holders: fields `name_1`, `phone_1` and so on.
#[derive(Clone, Default)]
pub(super) struct PassForm {
    pub pass_type: String,
    pub payment: String,
    pub reference: String,
    pub email: String,
    pub reason: String,
    pub holders: Vec<HolderInput>,
}

impl PassForm {
    /// What was sent, with the fields of so many holders.
    pub fn read(sent: &HashMap<String, String>, admits: i64) -> Self {
        let field = |name: &str| sent.get(name).cloned().unwrap_or_default();
        let holder = |place: i64| HolderInput {
            name: field(&format!("name_{place}")),
            phone: field(&format!("phone_{place}")),
        };
        Self {
            pass_type: field("pass_type"),
            payment: field("payment"),
            reference: field("reference"),
            email: field("email"),
            reason: field("reason"),
            holders: (1..=admits).map(holder).collect(),
        }
    }

    pub fn fields(&self, admits: i64) -> Vec<HolderFields> {
        let mut typed = self.holders.iter().cloned();
        let mut fields = |place| {
            let HolderInput { name, phone } = typed.next().unwrap_or_default();
            let label = |text: &str| match admits {
                1 => text.to_owned(),
                _ => format!("{text} of holder {place}"),
            };
            HolderFields {
                name_field: format!("name_{place}"),
                name_label: label("Name"),
                name,
                phone_field: format!("phone_{place}"),
                phone_label: label("Phone"),
                phone,
            }
        };
        (1..=admits).map(&mut fields).collect()
    }
}

#[derive(Deserialize)]
pub(super) struct Meant {
    #[serde(default)]
    pass_type: String,
}

/// `GET /events/{id}/passes/new`
pub(super) async fn new(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(meant): Query<Meant>,
) -> Result<Response, PageError> {
    let form = PassForm { pass_type: meant.pass_type, ..PassForm::default() };
    new_page(&caller, id, form, (Errors::default(), String::new())).await
}

async fn types_of(caller: &Caller, id: EventId) -> Result<Vec<PassTypeRow>, PageError> {
    let read = caller.read(move |tx, ctx| events::pass_types(tx, ctx, id));
    let mut types = read.await.map_err(|error| caller.error(error))?;
    types.retain(|row| row.on_sale);
    Ok(types)
}

async fn new_page(
    caller: &Caller,
    id: EventId,
    mut form: PassForm,
    (errors, duplicate): (Errors, String),
) -> Result<Response, PageError> {
    let event = row(caller, id).await?;
    let types = types_of(caller, id).await?;
    let wanted = form.pass_type.parse::<PassTypeId>().ok();
    let only = types.first().filter(|_| types.len() == 1);
    let chosen = types.iter().find(|row| Some(row.id) == wanted).or(only).cloned();
    let currency = events::currency(&event);
    let money = |row: &PassTypeRow| match row.price {
        0 => "free".to_owned(),
        price => Money::new(price, currency).to_string(),
    };
    let left = |row: &PassTypeRow| match row.quota {
        Some(quota) if quota > row.sold => format!(", {} left", quota - row.sold),
        Some(_) => ", none left".to_owned(),
        None => String::new(),
    };
    let label = |row: &PassTypeRow| {
        (row.id.to_string(), format!("{} · {}{}", row.name, money(row), left(row)))
    };
    form.pass_type = chosen.as_ref().map(|row| row.id.to_string()).unwrap_or_default();
    if form.payment.is_empty() {
        Payment::Cash.key().clone_into(&mut form.payment);
    }
    let mut shell = caller.shell("Issue a pass");
    shell.crumbs = event_crumbs(&event, "Issue a pass");
    let payments = Payment::ALL.map(|one| (one.key(), one.label()));
    Ok(render(&NewPage {
        shell,
        types: Choice::list(types.iter().map(label), &form.pass_type),
        price: chosen.as_ref().map(money).unwrap_or_default(),
        payments: Choice::list(payments, &form.payment),
        holders: form.fields(chosen.as_ref().map_or(0, |row| row.admits)),
        chosen,
        form,
        event,
        errors,
        duplicate,
        letters: if caller.ctx.mails {
            "The pass is sent there."
        } else {
            "This server sends no letters now: share the link of the pass."
        },
    }))
}

/// `POST /events/{id}/passes`
pub(super) async fn issue(
    caller: Caller,
    Path(id): Path<EventId>,
    Form(sent): Form<HashMap<String, String>>,
) -> Result<Response, PageError> {
    let pass_type = sent.get("pass_type").and_then(|text| text.parse::<PassTypeId>().ok());
    let types = types_of(&caller, id).await?;
    let chosen = types.iter().find(|row| Some(row.id) == pass_type);
    let form = PassForm::read(&sent, chosen.map_or(0, |row| row.admits));
    let done = match (chosen, Payment::from_key(&form.payment)) {
        (Some(kind), Some(payment)) => {
            let input = IssueInput {
                pass_type: kind.id,
                holders: form.holders.clone(),
                payment,
                reference: form.reference.clone(),
                email: form.email.clone(),
            };
            caller.write(move |tx, ctx| passes::issue(tx, ctx, id, &input)).await
        }
        (None, _) => Err(Error::field("pass_type", "Choose a pass type.")),
        (_, None) => Err(Error::field("payment", "Choose how it is paid for.")),
    };
    let error = match done {
        Ok(pass) => return Ok(Redirect::to(&format!("/passes/{pass}?issued=1")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let duplicate = match &error {
        Error::DuplicateHolder { pass } => format!("/passes/{pass}"),
        _ => String::new(),
    };
    let errors = Errors::from_error(&error, "");
    let page = new_page(&caller, id, form, (errors, duplicate)).await?;
    Ok((status(&error), page).into_response())
}
