//! How far the classes of a term are with an assessment, and publishing it in all of them.

use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::text;
use crate::tables::{self, listed, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::results::{self, ClassState, TermState};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::ids::AssessmentId;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "term_results.html")]
struct Page {
    shell: Shell,
    id: AssessmentId,
    code: String,
    lede: String,
    items: Vec<Item>,
    /// Classes that have results and have not published them.
    drafts: usize,
    /// Of those, how many have students without a result.
    partial: usize,
}

struct Item {
    href: String,
    class: String,
    name: String,
    entered: i64,
    enrolled: i64,
    published: String,
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    published: Option<usize>,
}

/// `GET /assessments/{id}/results`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(wanted): Query<Wanted>,
    Query(file): Query<tables::Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| results::term_state(tx, ctx, id)).await;
    let TermState { assessment, term_name, classes } = read.map_err(|error| caller.error(error))?;
    let since = |one: &ClassState| {
        let at = one.published_at.map(|at| times::moment(&caller.known.settings, at));
        at.unwrap_or_default()
    };
    let title = format!("Results: {}", assessment.code);
    if let Some(format) = file.file() {
        let columns = [
            ("Class", 14, Kind::Text),
            ("Section", 10, Kind::Text),
            ("Course", 30, Kind::Text),
            ("Entered", 10, Kind::Integer),
            ("Students", 10, Kind::Integer),
            ("Published", 22, Kind::Text),
        ];
        let row = |one: &ClassState| {
            let [code, section, name] =
                [&one.class.course_code, &one.class.section, &one.class.course_name].map(text);
            let [entered, enrolled] = [one.entered, one.enrolled].map(Cell::Integer);
            [code, section, name, entered, enrolled, text(since(one))]
        };
        return listed(&caller, format, sheet(title, columns, classes.iter().map(row))).await;
    }
    let mut shell = caller.shell(title);
    shell.crumbs = crumbs([
        (format!("/assessments?term={}", assessment.term), "Assessments".to_owned()),
        (String::new(), format!("Results of {}", assessment.code)),
    ]);
    shell.flash = wanted.published.map(|count| {
        let text = match count {
            1 => "The results of 1 class are published.".to_owned(),
            count => format!("The results of {count} classes are published."),
        };
        Flash { kind: FlashKind::Ok, text, undo: None }
    });
    let drafts = || classes.iter().filter(|one| one.entered > 0 && one.published_at.is_none());
    Ok(render(&Page {
        shell,
        id,
        lede: format!("{}, {term_name}", assessment.name),
        code: assessment.code,
        drafts: drafts().count(),
        partial: drafts().filter(|one| one.entered < one.enrolled).count(),
        items: classes
            .iter()
            .map(|one| Item {
                href: format!("/classes/{}/results?assessment={id}", one.class.id),
                class: format!("{} {}", one.class.course_code, one.class.section),
                name: one.class.course_name.clone(),
                entered: one.entered,
                enrolled: one.enrolled,
                published: since(one),
            })
            .collect(),
    }))
}

/// `POST /assessments/{id}/publication`
pub(super) async fn publish(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> Result<Response, PageError> {
    let write = caller.write(move |tx, ctx| results::publish_everywhere(tx, ctx, id)).await;
    let count = write.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/assessments/{id}/results?published={count}")).into_response())
}
