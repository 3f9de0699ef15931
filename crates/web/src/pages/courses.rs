//! Courses: their list, adding one, changing one.

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
use muster_app::academics::{self, CourseInput};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::CourseId;
use muster_storage::academics::CourseRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "courses.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    courses: Vec<CourseRow>,
    errors: Errors,
    form: CourseForm,
}

/// A course as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct CourseForm {
    code: String,
    name: String,
    #[serde(default)]
    credits: String,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    archived: String,
}

impl CourseForm {
    fn of(row: &CourseRow) -> Self {
        Self {
            code: row.code.clone(),
            name: row.name.clone(),
            credits: row.credits.map(|credits| credits.to_string()).unwrap_or_default(),
            version: row.version,
            archived: if row.archived_at.is_some() { "true".to_owned() } else { String::new() },
        }
    }

    fn input(&self) -> Result<CourseInput, Error> {
        let wrong = || Error::field("credits", "Choose a number between 0 and 1000.");
        let credits = match self.credits.trim() {
            "" => None,
            text => Some(text.parse().map_err(|_| wrong())?),
        };
        Ok(CourseInput { code: self.code.clone(), name: self.name.clone(), credits })
    }
}

/// `GET /courses`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let rows = caller.read(academics::courses).await.map_err(|error| caller.error(error))?;
        return listed(&caller, format, table(rows)).await;
    }
    list_page(&caller, CourseForm::default(), Errors::default()).await
}

fn table(rows: Vec<CourseRow>) -> Sheet {
    let columns = [
        ("Code", 14, Kind::Text),
        ("Name", 40, Kind::Text),
        ("Credits", 8, Kind::Integer),
        ("State", 10, Kind::Text),
    ];
    let row = |row: CourseRow| {
        let credits = row.credits.map_or(Cell::Empty, Cell::Integer);
        let state = tables::archived(row.archived_at.is_some());
        [text(row.code), text(row.name), credits, state]
    };
    sheet("Courses", columns, rows.into_iter().map(row))
}

async fn list_page(
    caller: &Caller,
    form: CourseForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let courses = caller.read(academics::courses).await.map_err(|error| caller.error(error))?;
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let (shell, tabs) = (caller.shell("Courses"), tabs(caller, "/courses"));
    Ok(render(&ListPage { shell, tabs, may_manage, courses, errors, form }))
}

/// `POST /courses`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<CourseForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::create_course(tx, ctx, &input)).await.map(drop)
        }
        Err(error) => Err(error),
    };
    let Err(error) = done else { return Ok(Redirect::to("/courses").into_response()) };
    let page = list_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

#[derive(Template)]
#[template(path = "course.html")]
struct Page {
    shell: Shell,
    id: CourseId,
    form: CourseForm,
    errors: Errors,
}

/// `GET /courses/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<CourseId>) -> Result<Response, PageError> {
    let row = caller.read(move |tx, ctx| academics::course(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    Ok(page(&caller, &row, CourseForm::of(&row), Errors::default()))
}

fn page(caller: &Caller, row: &CourseRow, form: CourseForm, errors: Errors) -> Response {
    let mut shell = caller.shell(format!("{} {}", row.code, row.name));
    shell.crumbs =
        crumbs([("/courses".to_owned(), "Courses".to_owned()), (String::new(), row.code.clone())]);
    render(&Page { shell, id: row.id, form, errors })
}

/// `POST /courses/{id}`: a course that somebody else changed meanwhile is shown as it is now,
/// beside what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<CourseId>,
    Form(mut form): Form<CourseForm>,
) -> Result<Response, PageError> {
    let (seen, archived) = (form.version, !form.archived.is_empty());
    let done = match form.input() {
        Ok(input) => {
            let write = caller.write(move |tx, ctx| {
                academics::change_course(tx, ctx, id, seen, &input, archived)
            });
            write.await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to("/courses").into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = caller.read(move |tx, ctx| academics::course(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = CourseForm::of(&row);
        form.version = now.version;
        errors = Errors::stale("course", &format!("{} {}", now.code, now.name));
    }
    Ok((status(&error), page(&caller, &row, form, errors)).into_response())
}
