//! A student's dockets: for which assessments they are eligible and why not, what was issued, and
//! the holds on them.

use super::form::Errors;
use super::holds::{HoldForm, Item as HoldItem};
use super::people::people_crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::dockets::{self, AssessmentEligibility, PersonEligibility};
use muster_app::{Error, holds};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, DocketId, PersonId};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "dockets.html")]
struct Page {
    shell: Shell,
    own: bool,
    person: PersonId,
    name: String,
    number: String,
    term: String,
    items: Vec<Item>,
    may_issue: bool,
    may_hold: bool,
    holds: Vec<HoldItem>,
    form: HoldForm,
    errors: Errors,
}

struct Item {
    assessment: AssessmentId,
    code: String,
    name: String,
    active: bool,
    eligible: bool,
    reasons: Vec<String>,
    docket: Option<DocketId>,
    issued: String,
}

impl Item {
    fn of(caller: &Caller, one: AssessmentEligibility) -> Self {
        let issued = one.docket.as_ref();
        let issued = issued.map(|row| moment(&caller.known.settings, row.issued_at));
        Self {
            assessment: one.assessment.id,
            code: one.assessment.code,
            name: one.assessment.name,
            active: one.assessment.active,
            eligible: one.eligibility.is_eligible(),
            reasons: one.reasons,
            docket: one.docket.map(|row| row.id),
            issued: issued.unwrap_or_default(),
        }
    }
}

/// `GET /dockets`
pub(super) async fn own(caller: Caller) -> Result<Response, PageError> {
    let person = caller.ctx.person().map_err(|error| caller.error(error))?;
    let page = page(&caller, person, HoldForm::default(), Errors::default()).await?;
    let shell = caller.shell("Your dockets");
    Ok(render(&Page { shell, own: true, may_hold: false, holds: Vec::new(), ..page }))
}

/// `GET /people/{id}/dockets`
pub(super) async fn of(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    Ok(render(&page(&caller, id, HoldForm::default(), Errors::default()).await?))
}

async fn page(
    caller: &Caller,
    person: PersonId,
    form: HoldForm,
    errors: Errors,
) -> Result<Page, PageError> {
    let may_hold = caller.ctx.need(Permission::ManageHolds, Target::Institution).is_ok();
    let read = caller.read(move |tx, ctx| {
        let found = dockets::eligibility(tx, ctx, person, None)?;
        let holds = if may_hold { holds::of_person(tx, ctx, person)? } else { Vec::new() };
        Ok((found, holds))
    });
    let (found, holds) = read.await.map_err(|error| caller.error(error))?;
    let PersonEligibility { person: row, term, items } = found;
    let mut shell = caller.shell(format!("Dockets of {}", row.name));
    shell.crumbs = people_crumbs(&row, "Dockets");
    Ok(Page {
        shell,
        own: false,
        person,
        name: row.name,
        number: row.number,
        term: term.map(|term| term.name).unwrap_or_default(),
        items: items.into_iter().map(|one| Item::of(caller, one)).collect(),
        may_issue: caller.ctx.need(Permission::IssueDockets, Target::Person(person)).is_ok(),
        may_hold,
        holds: holds.into_iter().map(|row| HoldItem::of(caller, row)).collect(),
        form,
        errors,
    })
}

#[derive(Deserialize)]
pub(super) struct IssueForm {
    #[serde(default)]
    assessment: String,
}

/// `POST /people/{id}/dockets`
pub(super) async fn issue(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(form): Form<IssueForm>,
) -> Result<Response, PageError> {
    let write = caller.write(move |tx, ctx| {
        let missing = |_| Error::field("assessment", "Choose an assessment.");
        let assessment = form.assessment.parse::<AssessmentId>().map_err(missing)?;
        dockets::issue(tx, ctx, id, assessment)
    });
    let error = match write.await {
        Ok(issued) => return Ok(Redirect::to(&format!("/dockets/{}", issued.id)).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    refused(&caller, id, HoldForm::default(), &error).await
}

/// The page again, with what is wrong.
async fn refused(
    caller: &Caller,
    id: PersonId,
    form: HoldForm,
    error: &Error,
) -> Result<Response, PageError> {
    let page = page(caller, id, form, Errors::from_error(error, "")).await?;
    let own = caller.ctx.person().is_ok_and(|own| own == id) && !page.may_hold;
    Ok((status(error), render(&Page { own, ..page })).into_response())
}

/// `POST /people/{id}/holds`
pub(super) async fn hold(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(form): Form<HoldForm>,
) -> Result<Response, PageError> {
    let reason = form.reason.clone();
    let done = caller.write(move |tx, ctx| holds::place(tx, ctx, id, &reason)).await;
    match done {
        Ok(_) => Ok(Redirect::to(&format!("/people/{id}/dockets")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => refused(&caller, id, form, &error).await,
    }
}
