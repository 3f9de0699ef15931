//! Terms: their list, adding one, changing one.

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
use muster_app::academics::{self, TermInput};
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::TermId;
use muster_storage::academics::TermRow;
use muster_storage::locks::LockedRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "terms.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    terms: Vec<Item>,
    errors: Errors,
    form: TermForm,
}

struct Item {
    id: TermId,
    name: String,
    starts_on: String,
    ends_on: String,
    archived: bool,
    lock: Option<Lock>,
}

/// The lock of a term in words.
struct Lock {
    since: String,
    by: String,
    reason: String,
}

impl Lock {
    fn of(caller: &Caller, row: &LockedRow) -> Self {
        Self {
            since: times::moment(&caller.known.settings, row.locked_at),
            by: row.by.clone().unwrap_or_default(),
            reason: row.reason.clone(),
        }
    }
}

/// A term as typed.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct TermForm {
    pub name: String,
    pub starts_on: String,
    pub ends_on: String,
    #[serde(default)]
    pub version: i64,
    #[serde(default)]
    pub archived: String,
}

impl TermForm {
    pub fn of(row: &TermRow) -> Self {
        Self {
            name: row.name.clone(),
            starts_on: times::iso_date(row.starts_on),
            ends_on: times::iso_date(row.ends_on),
            version: row.version,
            archived: if row.archived_at.is_some() { "true".to_owned() } else { String::new() },
        }
    }

    /// The term, or which day can't be read.
    pub fn input(&self) -> Result<TermInput, Error> {
        let days = [("starts_on", &self.starts_on), ("ends_on", &self.ends_on)]
            .map(|(field, text)| (field, times::parse_date(text)));
        let [(_, Some(starts_on)), (_, Some(ends_on))] = days else {
            let wrong = days.into_iter().filter(|(_, day)| day.is_none());
            let detail = "Enter a day, for example 2026-09-01.";
            let wrong = wrong.map(|(field, _)| FieldError { field, detail: detail.to_owned() });
            return Err(Error::Invalid(wrong.collect()));
        };
        Ok(TermInput { name: self.name.clone(), starts_on, ends_on })
    }
}

/// `GET /terms`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let (rows, locks) = read_all(&caller).await?;
        return listed(&caller, format, table(rows, &locks)).await;
    }
    list_page(&caller, TermForm::default(), Errors::default()).await
}

/// All terms, and the locks that hold.
async fn read_all(caller: &Caller) -> Result<(Vec<TermRow>, Vec<LockedRow>), PageError> {
    let read =
        caller.read(|tx, ctx| Ok((academics::terms(tx, ctx)?, academics::locked_terms(tx, ctx)?)));
    read.await.map_err(|error| caller.error(error))
}

fn table(rows: Vec<TermRow>, locks: &[LockedRow]) -> Sheet {
    let columns = [
        ("Term", 30, Kind::Text),
        ("First day", 12, Kind::Date),
        ("Last day", 12, Kind::Date),
        ("State", 10, Kind::Text),
        ("Why locked", 40, Kind::Text),
    ];
    let row = |row: TermRow| {
        let lock = locks.iter().find(|lock| lock.term == row.id);
        let state = match (row.archived_at, lock) {
            (Some(_), _) => "Archived",
            (None, Some(_)) => "Locked",
            (None, None) => "Open",
        };
        let why = lock.map_or(Cell::Empty, |lock| text(&lock.reason));
        [text(row.name), Cell::Date(row.starts_on), Cell::Date(row.ends_on), text(state), why]
    };
    sheet("Terms", columns, rows.into_iter().map(row))
}

async fn list_page(caller: &Caller, form: TermForm, errors: Errors) -> Result<Response, PageError> {
    let (rows, locks) = read_all(caller).await?;
    let item = |row: TermRow| Item {
        id: row.id,
        starts_on: times::date_words(row.starts_on),
        ends_on: times::date_words(row.ends_on),
        archived: row.archived_at.is_some(),
        lock: locks.iter().find(|lock| lock.term == row.id).map(|lock| Lock::of(caller, lock)),
        name: row.name,
    };
    Ok(render(&ListPage {
        shell: caller.shell("Terms"),
        tabs: tabs(caller, "/terms"),
        may_manage: caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok(),
        terms: rows.into_iter().map(item).collect(),
        errors,
        form,
    }))
}

/// `POST /terms`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<TermForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::create_term(tx, ctx, &input)).await.map(drop)
        }
        Err(error) => Err(error),
    };
    let Err(error) = done else { return Ok(Redirect::to("/terms").into_response()) };
    let page = list_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

#[derive(Template)]
#[template(path = "term.html")]
struct Page {
    shell: Shell,
    id: TermId,
    form: TermForm,
    errors: Errors,
    may_lock: bool,
    lock: Option<Lock>,
    reason: String,
}

/// `GET /terms/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<TermId>) -> Result<Response, PageError> {
    let (row, lock) = read(&caller, id).await?;
    Ok(render(&page(&caller, &row, lock.as_ref(), TermForm::of(&row), Errors::default())))
}

async fn read(caller: &Caller, id: TermId) -> Result<(TermRow, Option<LockedRow>), PageError> {
    let read = caller.read(move |tx, ctx| {
        let mut locks = academics::locked_terms(tx, ctx)?;
        locks.retain(|lock| lock.term == id);
        Ok((academics::term(tx, ctx, id)?, locks.pop()))
    });
    read.await.map_err(|error| caller.error(error))
}

fn page(
    caller: &Caller,
    row: &TermRow,
    lock: Option<&LockedRow>,
    form: TermForm,
    errors: Errors,
) -> Page {
    let mut shell = caller.shell(row.name.clone());
    shell.crumbs =
        crumbs([("/terms".to_owned(), "Terms".to_owned()), (String::new(), row.name.clone())]);
    Page {
        shell,
        id: row.id,
        form,
        errors,
        may_lock: caller.ctx.need(Permission::LockTerms, Target::Institution).is_ok(),
        lock: lock.map(|lock| Lock::of(caller, lock)),
        reason: String::new(),
    }
}

#[derive(Deserialize)]
pub(super) struct LockForm {
    #[serde(default)]
    reason: String,
}

/// `POST /terms/{id}/lock`
pub(super) async fn lock(
    caller: Caller,
    Path(id): Path<TermId>,
    Form(LockForm { reason }): Form<LockForm>,
) -> Result<Response, PageError> {
    let said = reason.clone();
    let done = caller.write(move |tx, ctx| academics::lock_term(tx, ctx, id, &said)).await;
    turned(&caller, id, reason, done).await
}

/// `POST /terms/{id}/unlocking`
pub(super) async fn unlock(
    caller: Caller,
    Path(id): Path<TermId>,
    Form(LockForm { reason }): Form<LockForm>,
) -> Result<Response, PageError> {
    let said = reason.clone();
    let done = caller.write(move |tx, ctx| academics::unlock_term(tx, ctx, id, &said)).await;
    turned(&caller, id, reason, done).await
}

async fn turned(
    caller: &Caller,
    id: TermId,
    reason: String,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/terms/{id}")).into_response()),
        Err(error @ Error::Invalid(_)) => error,
        Err(error) => return Err(caller.error(error)),
    };
    let (row, lock) = read(caller, id).await?;
    let errors = Errors::from_error(&error, "");
    let page = page(caller, &row, lock.as_ref(), TermForm::of(&row), errors);
    Ok((status(&error), render(&Page { reason, ..page })).into_response())
}

/// `POST /terms/{id}`: a term that somebody else changed meanwhile is shown as it is now, beside
/// what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<TermId>,
    Form(mut form): Form<TermForm>,
) -> Result<Response, PageError> {
    let (seen, archived) = (form.version, !form.archived.is_empty());
    let done = match form.input() {
        Ok(input) => {
            let write = caller
                .write(move |tx, ctx| academics::change_term(tx, ctx, id, seen, &input, archived));
            write.await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to("/terms").into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let (row, lock) = read(&caller, id).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = TermForm::of(&row);
        form.version = now.version;
        let is = format!("{}, {} to {}", now.name, now.starts_on, now.ends_on);
        errors = Errors::stale("term", &is);
    }
    let page = page(&caller, &row, lock.as_ref(), form, errors);
    Ok((status(&error), render(&page)).into_response())
}
