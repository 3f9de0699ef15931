//! A student's published results, by term: for themself, and for the registrar.

use super::form::Choice;
use super::frame::crumbs;
use super::merge::leading;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::Error;
use muster_app::results::{self, CourseResult, PartResult, TermResults};
use muster_domain::ids::{PersonId, TermId};
use muster_domain::results::{Scheme, Score, Total};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "own_results.html")]
struct Page {
    shell: Shell,
    own: bool,
    action: String,
    lede: String,
    terms: Vec<Choice>,
    shown: Option<Shown>,
}

/// The term that is shown.
struct Shown {
    slip: String,
    name: String,
    average: String,
    credits: i64,
    complete: bool,
    courses: Vec<Course>,
}

/// A course, with all that is published of it.
pub(super) struct Course {
    pub name: String,
    pub code: String,
    pub credits: String,
    pub parts: Vec<Part>,
    pub total: String,
    pub grade: String,
    pub point: String,
}

/// An assessment of it.
pub(super) struct Part {
    pub code: String,
    pub name: String,
    pub score: String,
    pub weight: String,
    pub remark: String,
}

impl Course {
    pub fn of(course: &CourseResult) -> Self {
        Self {
            name: course.class.course_name.clone(),
            code: format!("{} · {}", course.class.course_code, course.class.section),
            credits: course.credits.map(|credits| credits.to_string()).unwrap_or_default(),
            parts: course.parts.iter().map(Part::of).collect(),
            total: match course.total {
                Total::Open => String::new(),
                Total::Exempt => "Exempt".to_owned(),
                Total::Reached(percent) => percent.to_string(),
            },
            grade: course.grade.as_ref().map_or_else(String::new, |grade| grade.letter.clone()),
            point: course.grade.as_ref().map_or_else(String::new, |grade| grade.point.to_string()),
        }
    }
}

impl Part {
    fn of(part: &PartResult) -> Self {
        Self {
            code: part.code.clone(),
            name: part.name.clone(),
            score: reached(part),
            weight: Scheme::weight_words(part.weight),
            remark: part.remark.clone().unwrap_or_default(),
        }
    }
}

/// What was reached, as screens and paper say it: `14.5/20`.
pub(super) fn reached(part: &PartResult) -> String {
    match part.score {
        None => "no result".to_owned(),
        Some(score @ Score::Points(_)) => format!("{score}/{}", part.maximum),
        Some(score) => score.words(),
    }
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    term: String,
}

/// `GET /results`
pub(super) async fn own(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let person = caller.ctx.person().map_err(|error| caller.error(error))?;
    let shell = caller.shell("Your results");
    let page = page(&caller, person, wanted.term.parse().ok(), true).await?;
    Ok(render(&Page { shell, action: "/results".to_owned(), lede: String::new(), ..page }))
}

/// `GET /people/{id}/results`
pub(super) async fn of(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    match page(&caller, id, wanted.term.parse().ok(), false).await {
        Err(PageError(Error::Merged { kept }, _)) => Ok(leading(kept, "/results")),
        page => Ok(render(&page?)),
    }
}

async fn page(
    caller: &Caller,
    id: PersonId,
    term: Option<TermId>,
    own: bool,
) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| results::of_person(tx, ctx, id)).await;
    let found = read.map_err(|error| caller.error(error))?;
    let person = found.person;
    let mut shell = caller.shell(format!("Results of {}", person.name));
    shell.crumbs =
        crumbs([(format!("/people/{id}"), person.name), (String::new(), "Results".to_owned())]);
    let chosen = found.terms.iter().find(|one| Some(one.term.id) == term).or(found.terms.first());
    let selected = chosen.map(|one| one.term.id.to_string()).unwrap_or_default();
    let choices = found.terms.iter().map(|one| (one.term.id.to_string(), one.term.name.clone()));
    Ok(Page {
        shell,
        own,
        action: format!("/people/{id}/results"),
        lede: person.number,
        terms: Choice::list(choices, &selected),
        shown: chosen.map(|one| shown(id, one)),
    })
}

fn shown(id: PersonId, results: &TermResults) -> Shown {
    Shown {
        slip: format!("/people/{id}/results/{}/slip", results.term.id),
        name: results.term.name.clone(),
        average: results.average.map(|average| average.to_string()).unwrap_or_default(),
        credits: results.credits,
        complete: results.complete,
        courses: results.courses.iter().map(Course::of).collect(),
    }
}
