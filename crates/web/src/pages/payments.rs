//! Payments: their list with search, and recording one.

use super::finance::{may_manage, tabs, term_choices};
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, column, download_long, money, text};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::finance::{self, Filter, PaymentInput};
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::finance::{Currency, Method, Money, PaymentState};
use muster_domain::ids::{PaymentId, PersonId};
use muster_storage::payments::PaymentRow;
use serde::Deserialize;

/// Payments on one page.
const PAGE: usize = 50;
/// Payments in one file.
const MOST: i64 = 200_000;

/// A payment as lists show it.
pub(super) struct Item {
    pub id: PaymentId,
    pub person: PersonId,
    pub name: String,
    pub number: String,
    pub day: String,
    pub amount: String,
    pub kind: String,
    pub term: String,
    pub method: &'static str,
    pub receipt: String,
    pub state: &'static str,
    pub state_kind: &'static str,
    pub state_icon: &'static str,
    pub contested: bool,
}

impl Item {
    pub fn of(caller: &Caller, row: PaymentRow) -> Self {
        let (state_kind, state_icon) = match row.state {
            PaymentState::Pending => ("warning", "clock"),
            PaymentState::Completed => ("ok", "check"),
            PaymentState::Reversed => ("error", "undo"),
        };
        Self {
            id: row.id,
            person: row.person,
            name: row.name,
            number: row.number,
            day: times::date_words(row.paid_on),
            amount: Money::new(row.amount, caller.known.settings.currency).to_string(),
            kind: row.kind,
            term: row.term_name,
            method: row.method.label(),
            receipt: row.receipt.unwrap_or_default(),
            state: row.state.label(),
            state_kind,
            state_icon,
            contested: row.contested,
        }
    }
}

#[derive(Template)]
#[template(path = "payments.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    search: Search,
    query: String,
    terms: Vec<Choice>,
    methods: Vec<Choice>,
    states: Vec<Choice>,
    items: Vec<Item>,
    first: String,
    next: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    q: String,
    term: String,
    method: String,
    state: String,
    from: String,
    until: String,
    after: String,
    format: String,
}

impl Search {
    fn query(&self) -> String {
        let Self { q, term, method, state, from, until, .. } = self;
        let parts = [
            ("q", q),
            ("term", term),
            ("method", method),
            ("state", state),
            ("from", from),
            ("until", until),
        ];
        times::list_address("/payments", parts)
    }

    fn filter(&self, limit: i64) -> Filter {
        Filter {
            text: self.q.clone(),
            term: self.term.parse().ok(),
            method: Method::from_key(&self.method),
            state: PaymentState::from_key(&self.state),
            from: times::parse_date(&self.from),
            until: times::parse_date(&self.until),
            after: self.after.parse().ok(),
            limit,
        }
    }
}

/// `GET /payments`
pub(super) async fn list(
    caller: Caller,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    if let Some(format) = Format::parse(&search.format) {
        return file(&caller, &search, format).await.map_err(|error| caller.error(error));
    }
    let filter = search.filter(i64::try_from(PAGE + 1).unwrap_or(i64::MAX));
    let read = caller
        .read(move |tx, ctx| Ok((finance::payments(tx, ctx, &filter)?, finance::terms(tx, ctx)?)));
    let (mut rows, terms) = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = search.query();
    let last = rows.last().filter(|_| more).map(|row| row.id);
    Ok(render(&ListPage {
        shell: caller.shell("Payments"),
        tabs: tabs(&caller, "/payments"),
        may_manage: may_manage(&caller),
        terms: term_choices(terms, search.term.parse().ok()),
        methods: methods(&search.method),
        states: Choice::list(
            PaymentState::ALL.map(|state| (state.key(), state.label())),
            &search.state,
        ),
        first: if search.after.is_empty() { String::new() } else { query.clone() },
        next: last.map(|last| format!("{query}&after={last}")).unwrap_or_default(),
        items: rows.into_iter().map(|row| Item::of(&caller, row)).collect(),
        query,
        search,
    }))
}

fn methods(chosen: &str) -> Vec<Choice> {
    Choice::list(Method::ALL.map(|method| (method.key(), method.label())), chosen)
}

/// All payments that are looked for, in one file.
async fn file(caller: &Caller, search: &Search, format: Format) -> Result<Response, Error> {
    let filter = search.filter(MOST);
    let rows = caller.read(move |tx, ctx| finance::payments(tx, ctx, &filter)).await?;
    let currency = caller.known.settings.currency;
    let columns = vec![
        column("Day", 12, Kind::Date),
        column("Number", 14, Kind::Text),
        column("Name", 28, Kind::Text),
        column("Term", 16, Kind::Text),
        column(format!("Amount ({currency})"), 14, Kind::Decimal),
        column("Type", 16, Kind::Text),
        column("Method", 14, Kind::Text),
        column("Receipt", 16, Kind::Text),
        column("State", 12, Kind::Text),
        column("Note", 30, Kind::Text),
        column("Recorded by", 24, Kind::Text),
        column("Why reversed", 30, Kind::Text),
    ];
    let rows = rows.into_iter().map(|row| cells(row, currency)).collect();
    let sheet = Sheet { name: "Payments".to_owned(), columns, rows };
    download_long(caller, "payments", format, sheet).await
}

fn cells(row: PaymentRow, currency: Currency) -> Vec<Cell> {
    vec![
        Cell::Date(row.paid_on),
        text(row.number),
        text(row.name),
        text(row.term_name),
        money(Money::new(row.amount, currency)),
        text(row.kind),
        text(row.method.label()),
        text(row.receipt.unwrap_or_default()),
        text(row.state.label()),
        text(row.note.unwrap_or_default()),
        text(row.recorder.unwrap_or_default()),
        text(row.reversal_reason.unwrap_or_default()),
    ]
}

/// A payment as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct PaymentForm {
    number: String,
    term: String,
    amount: String,
    #[serde(rename = "type")]
    kind: String,
    method: String,
    receipt: String,
    paid_on: String,
    note: String,
    pending: String,
}

impl PaymentForm {
    /// The payment of a person; every field that can't be read is told.
    fn input(&self, person: PersonId, currency: Currency) -> Result<PaymentInput, Error> {
        let mut wrong = Vec::new();
        let amount = Money::parse(&self.amount, currency);
        if let Err(error) = amount {
            wrong.push(FieldError { field: "amount", detail: error.to_string() });
        }
        let method = Method::from_key(&self.method);
        if method.is_none() {
            wrong
                .push(FieldError { field: "method", detail: "Choose how it was paid.".to_owned() });
        }
        let paid_on = times::parse_date(&self.paid_on);
        if paid_on.is_none() {
            let detail = "Enter a day, for example 2026-11-21.".to_owned();
            wrong.push(FieldError { field: "paid_on", detail });
        }
        let (Ok(amount), Some(method)) = (amount, method) else {
            return Err(Error::Invalid(wrong));
        };
        if !wrong.is_empty() {
            return Err(Error::Invalid(wrong));
        }
        Ok(PaymentInput {
            person,
            term: self.term.parse().ok(),
            amount,
            kind: self.kind.clone(),
            method,
            receipt: self.receipt.clone(),
            paid_on,
            note: self.note.clone(),
            pending: !self.pending.is_empty(),
        })
    }
}

#[derive(Template)]
#[template(path = "payment_new.html")]
struct NewPage {
    shell: Shell,
    errors: Errors,
    form: PaymentForm,
    currency: Currency,
    terms: Vec<Choice>,
    methods: Vec<Choice>,
}

#[derive(Deserialize)]
pub(super) struct For {
    #[serde(default)]
    number: String,
}

/// `GET /payments/new`
pub(super) async fn new(caller: Caller, Query(whose): Query<For>) -> Result<Response, PageError> {
    let today = times::local(&caller.known.settings, caller.ctx.now(), "%Y-%m-%d");
    let form = PaymentForm {
        number: whose.number,
        paid_on: today,
        method: Method::Cash.key().to_owned(),
        ..PaymentForm::default()
    };
    new_page(&caller, form, Errors::default()).await
}

async fn new_page(
    caller: &Caller,
    form: PaymentForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| {
        let current = finance::running_term(tx, ctx)?;
        Ok((finance::terms(tx, ctx)?, current))
    });
    let (terms, current) = read.await.map_err(|error| caller.error(error))?;
    let chosen = form.term.parse().ok().or(current);
    let mut shell = caller.shell("Record a payment");
    shell.crumbs = crumbs([
        ("/payments".to_owned(), "Payments".to_owned()),
        (String::new(), shell.title.clone()),
    ]);
    Ok(render(&NewPage {
        shell,
        errors,
        currency: caller.known.settings.currency,
        terms: term_choices(terms, chosen),
        methods: methods(&form.method),
        form,
    }))
}

/// `POST /payments`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<PaymentForm>,
) -> Result<Response, PageError> {
    let (typed, currency) = (form.clone(), caller.known.settings.currency);
    let write = caller.write(move |tx, ctx| {
        let person = finance::payer(tx, ctx, &typed.number)?;
        finance::record_payment(tx, ctx, &typed.input(person, currency)?)
    });
    let error = match write.await {
        Ok(id) => return Ok(Redirect::to(&format!("/payments/{id}")).into_response()),
        Err(error @ Error::Forbidden) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let field = if matches!(error, Error::ReceiptTaken { .. }) { "receipt" } else { "" };
    let page = new_page(&caller, form, Errors::from_error(&error, field)).await?;
    Ok((status(&error), page).into_response())
}
