//! Faculties: their list, adding one, changing one.

use super::classes::tabs;
use super::form::Errors;
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{self, Wanted, listed, sheet};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::academics;
use muster_documents::xlsx::Kind;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::FacultyId;
use muster_storage::programmes::FacultyRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "faculties.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    faculties: Vec<FacultyRow>,
    errors: Errors,
    form: FacultyForm,
}

/// A faculty as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct FacultyForm {
    name: String,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    archived: String,
}

impl FacultyForm {
    fn of(row: &FacultyRow) -> Self {
        Self {
            name: row.name.clone(),
            version: row.version,
            archived: if row.archived_at.is_some() { "true".to_owned() } else { String::new() },
        }
    }
}

/// `GET /faculties`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let rows = caller.read(academics::faculties).await.map_err(|error| caller.error(error))?;
        let row = |row: FacultyRow| [text(row.name), tables::archived(row.archived_at.is_some())];
        let columns = [("Name", 40, Kind::Text), ("State", 10, Kind::Text)];
        let table = sheet("Faculties", columns, rows.into_iter().map(row));
        return listed(&caller, format, table).await;
    }
    list_page(&caller, FacultyForm::default(), Errors::default()).await
}

async fn list_page(
    caller: &Caller,
    form: FacultyForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let faculties = caller.read(academics::faculties).await.map_err(|error| caller.error(error))?;
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let (shell, tabs) = (caller.shell("Faculties"), tabs(caller, "/faculties"));
    Ok(render(&ListPage { shell, tabs, may_manage, faculties, errors, form }))
}

/// `POST /faculties`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<FacultyForm>,
) -> Result<Response, PageError> {
    let name = form.name.clone();
    let done = caller.write(move |tx, ctx| academics::create_faculty(tx, ctx, &name)).await;
    let Err(error) = done else { return Ok(Redirect::to("/faculties").into_response()) };
    let page = list_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

#[derive(Template)]
#[template(path = "faculty.html")]
struct Page {
    shell: Shell,
    id: FacultyId,
    form: FacultyForm,
    errors: Errors,
}

/// `GET /faculties/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<FacultyId>) -> Result<Response, PageError> {
    let row = caller.read(move |tx, ctx| academics::faculty(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    Ok(page(&caller, &row, FacultyForm::of(&row), Errors::default()))
}

fn page(caller: &Caller, row: &FacultyRow, form: FacultyForm, errors: Errors) -> Response {
    let mut shell = caller.shell(row.name.clone());
    shell.crumbs = crumbs([
        ("/faculties".to_owned(), "Faculties".to_owned()),
        (String::new(), row.name.clone()),
    ]);
    render(&Page { shell, id: row.id, form, errors })
}

/// `POST /faculties/{id}`: a faculty that somebody else changed meanwhile is shown as it is now,
/// beside what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<FacultyId>,
    Form(mut form): Form<FacultyForm>,
) -> Result<Response, PageError> {
    let (seen, archived) = (form.version, !form.archived.is_empty());
    let name = form.name.clone();
    let done =
        caller.write(move |tx, ctx| academics::change_faculty(tx, ctx, id, seen, &name, archived));
    let error = match done.await {
        Ok(()) => return Ok(Redirect::to("/faculties").into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = caller.read(move |tx, ctx| academics::faculty(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = FacultyForm::of(&row);
        form.version = now.version;
        errors = Errors::stale("faculty", &now.name);
    }
    Ok((status(&error), page(&caller, &row, form, errors)).into_response())
}
