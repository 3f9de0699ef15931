//! Holds on dockets: their list, placing one by number, lifting one.

use super::form::Errors;
use super::look::Tab;
use super::shell::Shell;
use super::sittings::tabs;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment as instant, text};
use crate::tables::{self, listed, sheet};
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::zone::Zone;
use muster_app::{Error, holds};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::ids::{HoldId, PersonId};
use muster_storage::holds::HoldRow;
use serde::Deserialize;

/// Holds on one page.
const PAGE: usize = 50;

/// A hold as lists show it.
pub(super) struct Item {
    pub id: HoldId,
    pub person: PersonId,
    pub name: String,
    pub number: String,
    pub reason: String,
    pub placed: String,
    pub lifted: String,
    pub lifting_reason: String,
}

impl Item {
    pub fn of(caller: &Caller, row: HoldRow) -> Self {
        let settings = &caller.known.settings;
        let by = |name: Option<String>| name.map(|name| format!(", {name}")).unwrap_or_default();
        let placed = format!("{}{}", moment(settings, row.placed_at), by(row.placer));
        let whose = by(row.lifter);
        let lifted = row.lifted_at.map(|at| format!("{}{whose}", moment(settings, at)));
        Self {
            id: row.id,
            person: row.person,
            name: row.name,
            number: row.number,
            reason: row.reason,
            placed,
            lifted: lifted.unwrap_or_default(),
            lifting_reason: row.lifting_reason.unwrap_or_default(),
        }
    }
}

#[derive(Template)]
#[template(path = "holds.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    all: bool,
    query: String,
    items: Vec<Item>,
    first: String,
    next: String,
    form: HoldForm,
    errors: Errors,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    all: String,
    after: String,
    format: String,
}

/// A hold as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct HoldForm {
    pub number: String,
    pub reason: String,
}

/// `GET /holds`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    if let Some(format) = Format::parse(&filter.format) {
        return file(&caller, !filter.all.is_empty(), format).await;
    }
    page(&caller, &filter, HoldForm::default(), Errors::default()).await
}

async fn page(
    caller: &Caller,
    filter: &Filter,
    form: HoldForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let (all, after) = (!filter.all.is_empty(), filter.after.parse().ok());
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| holds::list(tx, ctx, all, (after, limit)));
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = if all { "/holds?all=true&" } else { "/holds?" }.to_owned();
    let last = rows.last().filter(|_| more).map(|row| row.id);
    Ok(render(&Page {
        shell: caller.shell("Holds"),
        tabs: tabs(caller, "/holds"),
        all,
        first: if after.is_some() { query.clone() } else { String::new() },
        next: last.map(|last| format!("{query}after={last}")).unwrap_or_default(),
        items: rows.into_iter().map(|row| Item::of(caller, row)).collect(),
        query,
        form,
        errors,
    }))
}

async fn file(caller: &Caller, all: bool, format: Format) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        tables::every(|last: Option<&HoldRow>, limit| {
            holds::list(tx, ctx, all, (last.map(|last| last.id), limit))
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Number", 14, Kind::Text),
        ("Name", 28, Kind::Text),
        ("Reason", 40, Kind::Text),
        ("Placed", 18, Kind::DateTime),
        ("By", 24, Kind::Text),
        ("Lifted", 18, Kind::DateTime),
        ("By whom", 24, Kind::Text),
        ("Why lifted", 40, Kind::Text),
    ];
    let row = |row: HoldRow| {
        [
            text(row.number),
            text(row.name),
            text(row.reason),
            instant(&zone, row.placed_at),
            text(row.placer.unwrap_or_default()),
            row.lifted_at.map_or(Cell::Empty, |at| instant(&zone, at)),
            text(row.lifter.unwrap_or_default()),
            text(row.lifting_reason.unwrap_or_default()),
        ]
    };
    listed(caller, format, sheet("Holds", columns, rows.into_iter().map(row))).await
}

/// `POST /holds`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<HoldForm>,
) -> Result<Response, PageError> {
    let typed = form.clone();
    let write = caller.write(move |tx, ctx| {
        let person = holds::named(tx, ctx, &typed.number)?;
        holds::place(tx, ctx, person.id, &typed.reason)
    });
    let error = match write.await {
        Ok(_) => return Ok(Redirect::to("/holds").into_response()),
        Err(error @ Error::Forbidden) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let errors = Errors::from_error(&error, "number");
    let page = page(&caller, &Filter::default(), form, errors).await?;
    Ok((status(&error), page).into_response())
}

/// `POST /holds/{id}/lifting`
pub(super) async fn lift(
    caller: Caller,
    Path(id): Path<HoldId>,
    Form(form): Form<HoldForm>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| holds::lift(tx, ctx, id, &form.reason)).await;
    let person = done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/people/{person}/dockets")).into_response())
}
