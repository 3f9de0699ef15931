//! Enrolling a year and semester of a programme: what it comes to, then all of it at once.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, Cohort, CohortPlan};
use muster_app::{Error, FieldError};
use muster_domain::ids::{ClassId, ProgrammeId};
use muster_storage::academics::TermRow;
use muster_storage::programmes::ProgrammeRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "cohort.html")]
struct Page {
    shell: Shell,
    programme: ProgrammeRow,
    terms: Vec<Choice>,
    years: Vec<Choice>,
    semesters: Vec<Choice>,
    asked: Asked,
    plan: Option<CohortPlan>,
    joining: usize,
    errors: Errors,
}

/// Which students and which term.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    term: String,
    year: String,
    semester: String,
    /// How many places were made.
    done: String,
}

impl Asked {
    /// The cohort, or what is still to be chosen.
    fn cohort(&self, programme: ProgrammeId) -> Result<Cohort, Error> {
        let (term, year) = (self.term.parse().ok(), self.year.parse().ok());
        let semester = self.semester.parse().ok();
        if let (Some(term), Some(year), Some(semester)) = (term, year, semester) {
            return Ok(Cohort { programme, term, year, semester });
        }
        let read = [
            ("term", term.is_some(), "Choose a term."),
            ("year", year.is_some(), "Choose a year."),
            ("semester", semester.is_some(), "Choose a semester."),
        ];
        let wrong = read.into_iter().filter(|(_, right, _)| !right);
        let wrong = wrong.map(|(field, _, detail)| FieldError { field, detail: detail.to_owned() });
        Err(Error::Invalid(wrong.collect()))
    }
}

/// `GET /programmes/{id}/enrolment`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Query(asked): Query<Asked>,
) -> Result<Response, PageError> {
    let begun = !asked.term.is_empty() || !asked.year.is_empty() || !asked.semester.is_empty();
    if !begun {
        return Ok(render(&page(&caller, id, asked, None, Errors::default()).await?));
    }
    let plan = match asked.cohort(id) {
        Ok(cohort) => {
            caller.read(move |tx, ctx| academics::plan_cohort(tx, ctx, cohort, None)).await
        }
        Err(error) => Err(error),
    };
    match plan {
        Ok(plan) => Ok(render(&page(&caller, id, asked, Some(plan), Errors::default()).await?)),
        Err(error @ Error::Invalid(_)) => {
            let page = page(&caller, id, asked, None, Errors::from_error(&error, "")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

async fn page(
    caller: &Caller,
    id: ProgrammeId,
    asked: Asked,
    plan: Option<CohortPlan>,
    errors: Errors,
) -> Result<Page, PageError> {
    let read = caller
        .read(move |tx, ctx| Ok((academics::programme(tx, ctx, id)?, academics::terms(tx, ctx)?)));
    let (programme, terms) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell("Enrol a whole semester");
    shell.crumbs = crumbs([
        ("/programmes".to_owned(), "Programmes".to_owned()),
        (format!("/programmes/{id}"), programme.code.clone()),
        (String::new(), "Enrolment".to_owned()),
    ]);
    if let Ok(done) = asked.done.parse::<usize>() {
        let text = match done {
            0 => "Everybody had a place already.".to_owned(),
            1 => "1 place was made.".to_owned(),
            done => format!("{done} places were made."),
        };
        shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
    }
    let numbers = |most: i64, chosen: &str| {
        Choice::list((1..=most).map(|number| (number.to_string(), number.to_string())), chosen)
    };
    let open = terms.iter().filter(|term: &&TermRow| term.archived_at.is_none());
    let joining = plan.iter().flat_map(|plan| &plan.classes).map(|class| class.joining.len());
    Ok(Page {
        shell,
        terms: Choice::list(open.map(|term| (term.id.to_string(), term.name.clone())), &asked.term),
        years: numbers(programme.total_years, &asked.year),
        semesters: numbers(programme.semesters_per_year, &asked.semester),
        joining: joining.sum(),
        programme,
        asked,
        plan,
        errors,
    })
}

/// `POST /programmes/{id}/enrolment`
pub(super) async fn enrol(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let mut asked = Asked::default();
    let mut chosen: Vec<ClassId> = Vec::new();
    for (name, value) in pairs {
        match name.as_str() {
            "term" => asked.term = value,
            "year" => asked.year = value,
            "semester" => asked.semester = value,
            "class" => chosen.extend(value.parse::<ClassId>()),
            _ => {}
        }
    }
    let done = match asked.cohort(id) {
        Ok(cohort) => {
            let write = caller.write(move |tx, ctx| {
                academics::enrol_cohort(tx, ctx, cohort, Some(chosen.as_slice()))
            });
            write.await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(made) => {
            let Asked { term, year, semester, .. } = &asked;
            let query = format!("term={term}&year={year}&semester={semester}&done={made}");
            Ok(Redirect::to(&format!("/programmes/{id}/enrolment?{query}")).into_response())
        }
        Err(error @ Error::Invalid(_)) => {
            let page = page(&caller, id, asked, None, Errors::from_error(&error, "")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}
