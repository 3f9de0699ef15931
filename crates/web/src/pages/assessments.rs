//! Assessments of a term: which there are, what share of the fee each needs, which one is active.

use super::appointed::{self, AppointForm, Appointed};
use super::finance::{tabs, term_choices};
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::finance::{self, AssessmentInput};
use muster_app::people::roles::Place;
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::Share;
use muster_domain::ids::{AssessmentId, TermId};
use muster_storage::assessments::AssessmentRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "assessments.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    may_publish: bool,
    term: String,
    terms: Vec<Choice>,
    items: Vec<Item>,
    form: AssessmentForm,
    errors: Errors,
}

struct Item {
    id: AssessmentId,
    code: String,
    name: String,
    required: String,
    active: bool,
}

/// An assessment as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AssessmentForm {
    pub term: String,
    pub code: String,
    pub name: String,
    pub required: String,
    pub version: i64,
}

impl AssessmentForm {
    fn of(row: &AssessmentRow) -> Self {
        Self {
            term: row.term.to_string(),
            code: row.code.clone(),
            name: row.name.clone(),
            required: Share(row.required_share).to_string().replace(" %", ""),
            version: row.version,
        }
    }

    fn input(&self) -> AssessmentInput {
        let Self { code, name, required, .. } = self.clone();
        AssessmentInput { code, name, required }
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    term: String,
}

/// `GET /assessments`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let form = AssessmentForm { term: wanted.term, ..AssessmentForm::default() };
    list_page(&caller, form, Errors::default()).await
}

async fn list_page(
    caller: &Caller,
    form: AssessmentForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let term = form.term.parse::<TermId>().ok();
    let read = caller.read(move |tx, ctx| {
        let term = match term {
            Some(term) => Some(term),
            None => finance::running_term(tx, ctx)?,
        };
        let rows = match term {
            Some(term) => finance::assessments(tx, ctx, term)?,
            None => Vec::new(),
        };
        Ok((term, rows, finance::terms(tx, ctx)?))
    });
    let (term, rows, terms) = read.await.map_err(|error| caller.error(error))?;
    let item = |row: AssessmentRow| Item {
        id: row.id,
        required: Share(row.required_share).to_string(),
        code: row.code,
        name: row.name,
        active: row.active,
    };
    let may_manage = caller.ctx.need(Permission::ManageAssessments, Target::Institution).is_ok();
    Ok(render(&ListPage {
        shell: caller.shell("Assessments"),
        tabs: tabs(caller, "/assessments"),
        may_manage,
        may_publish: caller.ctx.need(Permission::PublishResults, Target::Institution).is_ok(),
        term: term.map(|term| term.to_string()).unwrap_or_default(),
        terms: term_choices(terms, term),
        items: rows.into_iter().map(item).collect(),
        form,
        errors,
    }))
}

/// `POST /assessments`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<AssessmentForm>,
) -> Result<Response, PageError> {
    let (input, term) = (form.input(), form.term.parse::<TermId>());
    let done = match term {
        Ok(term) => {
            let write = caller.write(move |tx, ctx| {
                finance::create_assessment(tx, ctx, term, &input).map(|_| term)
            });
            write.await
        }
        Err(_) => Err(Error::NotFound),
    };
    let error = match done {
        Ok(term) => return Ok(back(term)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = list_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

#[derive(Template)]
#[template(path = "assessment.html")]
struct Page {
    shell: Shell,
    id: AssessmentId,
    form: AssessmentForm,
    /// Its invigilators, for whoever appoints them.
    appointed: Option<Appointed>,
    errors: Errors,
}

async fn row(caller: &Caller, id: AssessmentId) -> Result<AssessmentRow, PageError> {
    let read = caller.read(move |tx, ctx| finance::assessment(tx, ctx, id)).await;
    read.map_err(|error| caller.error(error))
}

/// `GET /assessments/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> Result<Response, PageError> {
    with_appointing(&caller, id, &AppointForm::default(), Errors::default()).await
}

/// The page with what was typed about somebody who is appointed.
pub(super) async fn with_appointing(
    caller: &Caller,
    id: AssessmentId,
    appointing: &AppointForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let row = row(caller, id).await?;
    page(caller, &row, (AssessmentForm::of(&row), appointing), errors).await
}

async fn page(
    caller: &Caller,
    row: &AssessmentRow,
    (form, appointing): (AssessmentForm, &AppointForm),
    errors: Errors,
) -> Result<Response, PageError> {
    let place = Place::Assessment(row.id);
    let read = caller.read(move |tx, ctx| appointed::read(tx, ctx, place)).await;
    let appointed = read.map_err(|error| caller.error(error))?;
    let appointed = appointed.map(|rows| Appointed::of(caller, place, rows, (appointing, true)));
    let mut shell = caller.shell(row.code.clone());
    shell.crumbs = crumbs([
        (format!("/assessments?term={}", row.term), "Assessments".to_owned()),
        (String::new(), row.code.clone()),
    ]);
    Ok(render(&Page { shell, id: row.id, form, appointed, errors }))
}

/// `POST /assessments/{id}`: one that somebody else changed meanwhile is shown as it is now, beside
/// what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Form(mut form): Form<AssessmentForm>,
) -> Result<Response, PageError> {
    let (input, seen) = (form.input(), form.version);
    let write =
        caller.write(move |tx, ctx| finance::change_assessment(tx, ctx, id, seen, &input)).await;
    let error = match write {
        Ok(()) => return Ok(back(row(&caller, id).await?.term)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = row(&caller, id).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = AssessmentForm::of(&row);
        form.version = now.version;
        let is = format!("{}, {}, {} %", now.code, now.name, now.required);
        errors = Errors::stale("assessment", &is);
    }
    let page = page(&caller, &row, (form, &AppointForm::default()), errors).await?;
    Ok((status(&error), page).into_response())
}

/// `POST /assessments/{id}/activation`
pub(super) async fn activate(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> Result<Response, PageError> {
    set_active(&caller, id, true).await
}

/// `POST /assessments/{id}/ending`
pub(super) async fn end(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> Result<Response, PageError> {
    set_active(&caller, id, false).await
}

async fn set_active(caller: &Caller, id: AssessmentId, on: bool) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| finance::activate_assessment(tx, ctx, id, on)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(back(row(caller, id).await?.term))
}

fn back(term: TermId) -> Response {
    Redirect::to(&format!("/assessments?term={term}")).into_response()
}
