//! Holidays: their list, adding one, changing one.

use super::classes::tabs;
use super::form::Errors;
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{Wanted, listed, sheet};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, HolidayInput};
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::HolidayId;
use muster_storage::holidays::HolidayRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "holidays.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    holidays: Vec<Row>,
    errors: Errors,
    form: HolidayForm,
}

struct Row {
    id: HolidayId,
    name: String,
    first_on: String,
    last_on: String,
}

/// A holiday as typed.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct HolidayForm {
    pub name: String,
    pub first_on: String,
    pub last_on: String,
    #[serde(default)]
    pub version: i64,
}

impl HolidayForm {
    pub fn of(row: &HolidayRow) -> Self {
        Self {
            name: row.name.clone(),
            first_on: times::iso_date(row.first_on),
            last_on: times::iso_date(row.last_on),
            version: row.version,
        }
    }

    /// The holiday, or which day can't be read; without a last day it is a single one.
    pub fn input(&self) -> Result<HolidayInput, Error> {
        let first = times::parse_date(&self.first_on);
        let last =
            if self.last_on.trim().is_empty() { first } else { times::parse_date(&self.last_on) };
        if let (Some(first_on), Some(last_on)) = (first, last) {
            return Ok(HolidayInput { name: self.name.clone(), first_on, last_on });
        }
        let read = [("first_on", first.is_some()), ("last_on", last.is_some() || first.is_none())];
        let detail = || "Enter a day, for example 2026-12-25.".to_owned();
        let wrong = read.into_iter().filter(|(_, right)| !right);
        Err(Error::Invalid(
            wrong.map(|(field, _)| FieldError { field, detail: detail() }).collect(),
        ))
    }
}

/// `GET /holidays`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let rows = caller.read(academics::holidays).await.map_err(|error| caller.error(error))?;
        let columns =
            [("Name", 40, Kind::Text), ("First day", 12, Kind::Date), ("Last day", 12, Kind::Date)];
        let row =
            |row: HolidayRow| [text(row.name), Cell::Date(row.first_on), Cell::Date(row.last_on)];
        let table = sheet("Holidays", columns, rows.into_iter().map(row));
        return listed(&caller, format, table).await;
    }
    list_page(&caller, HolidayForm::default(), Errors::default()).await
}

async fn list_page(
    caller: &Caller,
    form: HolidayForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let rows = caller.read(academics::holidays).await.map_err(|error| caller.error(error))?;
    let row = |row: HolidayRow| Row {
        id: row.id,
        first_on: times::date_words(row.first_on),
        last_on: times::date_words(row.last_on),
        name: row.name,
    };
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let (shell, tabs) = (caller.shell("Holidays"), tabs(caller, "/holidays"));
    let holidays = rows.into_iter().map(row).collect();
    Ok(render(&ListPage { shell, tabs, may_manage, holidays, errors, form }))
}

/// `POST /holidays`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<HolidayForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::create_holiday(tx, ctx, &input)).await.map(drop)
        }
        Err(error) => Err(error),
    };
    let Err(error) = done else { return Ok(Redirect::to("/holidays").into_response()) };
    let page = list_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

#[derive(Template)]
#[template(path = "holiday.html")]
struct Page {
    shell: Shell,
    id: HolidayId,
    form: HolidayForm,
    errors: Errors,
}

/// `GET /holidays/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<HolidayId>) -> Result<Response, PageError> {
    let row = caller.read(move |tx, ctx| academics::holiday(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    Ok(page(&caller, &row, HolidayForm::of(&row), Errors::default()))
}

fn page(caller: &Caller, row: &HolidayRow, form: HolidayForm, errors: Errors) -> Response {
    let mut shell = caller.shell(row.name.clone());
    shell.crumbs = crumbs([
        ("/holidays".to_owned(), "Holidays".to_owned()),
        (String::new(), row.name.clone()),
    ]);
    render(&Page { shell, id: row.id, form, errors })
}

/// `POST /holidays/{id}`: a holiday that somebody else changed meanwhile is shown as it is now,
/// beside what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<HolidayId>,
    Form(mut form): Form<HolidayForm>,
) -> Result<Response, PageError> {
    let seen = form.version;
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::change_holiday(tx, ctx, id, seen, &input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to("/holidays").into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = caller.read(move |tx, ctx| academics::holiday(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = HolidayForm::of(&row);
        form.version = now.version;
        let is = format!("{}, {} to {}", now.name, now.first_on, now.last_on);
        errors = Errors::stale("holiday", &is);
    }
    Ok((status(&error), page(&caller, &row, form, errors)).into_response())
}

/// `POST /holidays/{id}/removal`
pub(super) async fn end(caller: Caller, Path(id): Path<HolidayId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| academics::end_holiday(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/holidays").into_response())
}
