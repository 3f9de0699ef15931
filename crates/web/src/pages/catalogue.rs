//! Courses and terms: their lists, each with the form that adds one.

use super::classes::tabs;
use super::form::Errors;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics;
use muster_app::{Error, FieldError};
use muster_domain::auth::{Permission, Target};
use muster_storage::academics::CourseRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "terms.html")]
struct TermsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_add: bool,
    terms: Vec<TermItem>,
    errors: Errors,
    form: TermForm,
}

struct TermItem {
    name: String,
    starts_on: String,
    ends_on: String,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct TermForm {
    name: String,
    starts_on: String,
    ends_on: String,
}

/// `GET /terms`
pub(super) async fn terms(caller: Caller) -> Result<Response, PageError> {
    terms_page(&caller, TermForm::default(), Errors::default()).await
}

async fn terms_page(
    caller: &Caller,
    form: TermForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(academics::terms);
    let rows = read.await.map_err(|error| caller.error(error))?;
    Ok(render(&TermsPage {
        shell: caller.shell("Terms"),
        tabs: tabs(caller, "/terms"),
        may_add: may_add(caller),
        terms: rows
            .into_iter()
            .map(|row| TermItem {
                name: row.name,
                starts_on: times::date_words(row.starts_on),
                ends_on: times::date_words(row.ends_on),
            })
            .collect(),
        errors,
        form,
    }))
}

fn may_add(caller: &Caller) -> bool {
    caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok()
}

/// `POST /terms`
pub(super) async fn create_term(
    caller: Caller,
    Form(form): Form<TermForm>,
) -> Result<Response, PageError> {
    let Err(error) = add_term(&caller, &form.name, &form.starts_on, &form.ends_on).await else {
        return Ok(Redirect::to("/terms").into_response());
    };
    let page = terms_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

/// Adds a term whose days are as typed.
pub(crate) async fn add_term(
    caller: &Caller,
    name: &str,
    starts_on: &str,
    ends_on: &str,
) -> Result<muster_domain::ids::TermId, Error> {
    let days = [("starts_on", starts_on), ("ends_on", ends_on)]
        .map(|(field, text)| (field, times::parse_date(text)));
    let [(_, Some(starts_on)), (_, Some(ends_on))] = days else {
        let wrong = days.into_iter().filter(|(_, day)| day.is_none());
        let detail = "Enter a day, for example 2026-09-01.";
        let wrong = wrong.map(|(field, _)| FieldError { field, detail: detail.to_owned() });
        return Err(Error::Invalid(wrong.collect()));
    };
    let name = name.to_owned();
    caller.write(move |tx, ctx| academics::create_term(tx, ctx, &name, starts_on, ends_on)).await
}

#[derive(Template)]
#[template(path = "courses.html")]
struct CoursesPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_add: bool,
    courses: Vec<CourseRow>,
    errors: Errors,
    form: CourseForm,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct CourseForm {
    code: String,
    name: String,
    #[serde(default)]
    credits: String,
}

/// `GET /courses`
pub(super) async fn courses(caller: Caller) -> Result<Response, PageError> {
    courses_page(&caller, CourseForm::default(), Errors::default()).await
}

async fn courses_page(
    caller: &Caller,
    form: CourseForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(academics::courses);
    let courses = read.await.map_err(|error| caller.error(error))?;
    let (shell, tabs, may_add) =
        (caller.shell("Courses"), tabs(caller, "/courses"), may_add(caller));
    Ok(render(&CoursesPage { shell, tabs, may_add, courses, errors, form }))
}

/// `POST /courses`
pub(super) async fn create_course(
    caller: Caller,
    Form(form): Form<CourseForm>,
) -> Result<Response, PageError> {
    let CourseForm { code, name, credits } = form.clone();
    let credits = match credits.trim() {
        "" => Ok(None),
        text => text.parse::<i64>().map(Some),
    };
    let done = match credits {
        Ok(credits) => {
            let write = caller.write(move |tx, ctx| {
                academics::create_course(tx, ctx, &code, &name, credits).map(|_| ())
            });
            write.await
        }
        Err(_) => Err(Error::field("credits", "Choose a number between 0 and 1000.")),
    };
    let Err(error) = done else { return Ok(Redirect::to("/courses").into_response()) };
    let page = courses_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}
