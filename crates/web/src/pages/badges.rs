//! Badges for many at once: for whom, how far a batch has come, and its sheets to cut.

use super::badge::on_paper;
use super::batch::{BatchItem, parts, percent, progressing};
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::printing;
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::batches::{self, Batch, Group};
use muster_app::zone::Zone;
use muster_app::{Error, badges, dockets};
use muster_documents::paper::{BadgeSheet, Paper};
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::BatchId;
use muster_storage::batches::{BatchPersonRow, BatchRow};
use muster_storage::{academics, programmes};
use serde::Deserialize;

/// People whose badges are one PDF: 50 sheets with their photos.
const PART: i64 = 500;
/// People on one page who got none.
const PAGE: i64 = 50;

#[derive(Template)]
#[template(path = "badges.html")]
struct Page {
    shell: Shell,
    groups: Vec<Choice>,
    year: String,
    batches: Vec<BatchItem>,
    errors: Errors,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    group: String,
    year: String,
}

impl Wanted {
    /// `staff`, or the kind and the id of a class or a programme.
    fn group(&self) -> Result<Group, Error> {
        let missing = || Error::field("group", "Choose who gets badges.");
        let year = Some(self.year.trim()).filter(|year| !year.is_empty());
        let year = year.map(str::parse).transpose();
        let year = year.map_err(|_| Error::field("year", "This is a number, or empty."))?;
        match self.group.split_once(':') {
            None if self.group == "staff" => Ok(Group::Staff),
            Some(("class", id)) => {
                let id = id.parse().map_err(|_| missing())?;
                Ok(Group::Students(dockets::Group::Class(id)))
            }
            Some(("programme", id)) => {
                let id = id.parse().map_err(|_| missing())?;
                Ok(Group::Students(dockets::Group::Programme(id, year)))
            }
            _ => Err(missing()),
        }
    }
}

/// `GET /badges`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    Ok(render(&page(&caller, &wanted, Errors::default()).await?))
}

async fn page(caller: &Caller, wanted: &Wanted, errors: Errors) -> Result<Page, PageError> {
    let read = caller.read(|tx, ctx| {
        let batches = badges::batches(tx, ctx)?;
        Ok((batches, programmes::programmes(tx)?, academics::classes(tx)?, academics::terms(tx)?))
    });
    let (batches, programmes, classes, terms) = read.await.map_err(|error| caller.error(error))?;
    let mut groups = vec![("staff".to_owned(), "Everybody who works here".to_owned())];
    let programmes = programmes.into_iter().filter(|row| row.archived_at.is_none());
    groups.extend(
        programmes.map(|row| (format!("programme:{}", row.id), format!("Programme {}", row.code))),
    );
    let today = Zone::of(&caller.known.settings).date(caller.ctx.now());
    let runs: Vec<_> =
        terms.into_iter().filter(|term| term.ends_on >= today).map(|term| term.id).collect();
    let classes = classes.into_iter();
    let classes = classes.filter(|row| row.archived_at.is_none() && runs.contains(&row.term));
    groups.extend(classes.map(|row| {
        let label = format!("Class {} {}, {}", row.course_code, row.section, row.term_name);
        (format!("class:{}", row.id), label)
    }));
    let mut shell = caller.shell("Badges");
    shell.crumbs =
        crumbs([("/people".to_owned(), "People".to_owned()), (String::new(), "Badges".to_owned())]);
    Ok(Page {
        shell,
        groups: Choice::list(groups, &wanted.group),
        year: wanted.year.clone(),
        batches: batches.into_iter().map(|batch| item(caller, batch)).collect(),
        errors,
    })
}

fn item(caller: &Caller, Batch { row, group }: Batch) -> BatchItem {
    let state = format!("{} issued, {} had one", row.issued, row.kept);
    BatchItem::of(caller, &row, group, state)
}

/// `POST /badge-batches`
pub(super) async fn begin(
    caller: Caller,
    Form(wanted): Form<Wanted>,
) -> Result<Response, PageError> {
    let begun = match wanted.group() {
        Ok(group) => caller.write(move |tx, ctx| badges::begin_batch(tx, ctx, group)).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(id) => {
            caller.app.wake_issuer();
            Ok(Redirect::to(&format!("/badge-batches/{id}")).into_response())
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => Err(caller.error(error)),
        Err(error) => {
            let page = page(&caller, &wanted, Errors::from_error(&error, "group")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "badge_batch.html")]
struct BatchPage {
    shell: Shell,
    row: BatchRow,
    at: String,
    percent: i64,
    refused: Vec<BatchPersonRow>,
    next: String,
}

impl BatchPage {
    fn parts(&self) -> Vec<(i64, String)> {
        parts(self.row.total, PART)
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Place {
    from: i64,
}

/// `GET /badge-batches/{id}`
pub(super) async fn batch(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(Place { from }): Query<Place>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let refused = Some(Outcome::Refused);
        let batch = badges::batch(tx, ctx, id)?;
        Ok((batch, batches::people(tx, ctx, (BatchKind::Badge, id), refused, (from, PAGE + 1))?))
    });
    let (Batch { row, group }, mut refused) = read.await.map_err(|error| caller.error(error))?;
    let more = i64::try_from(refused.len()).unwrap_or(i64::MAX) > PAGE;
    let next = if more { refused.pop().map(|row| row.seq) } else { None };
    let title = format!("Badges: {group}");
    let mut shell = caller.shell(title.clone());
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        ("/badges".to_owned(), "Badges".to_owned()),
        (String::new(), group),
    ]);
    let working = row.ended_at.is_none();
    let page = render(&BatchPage {
        shell,
        at: moment(&caller.known.settings, row.asked_at),
        percent: percent(&row),
        refused,
        next: next.map(|seq| format!("/badge-batches/{id}?from={seq}")).unwrap_or_default(),
        row,
    });
    Ok(progressing(page, working))
}

/// `GET /badge-batches/{id}/badges.pdf`: of 500 people from a place in the batch on.
pub(super) async fn pdf(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(Place { from }): Query<Place>,
) -> Result<Response, PageError> {
    sheets(&caller, id, from).await.map_err(|error| caller.error(error))
}

/// The sheets of 500 people from a place in a batch on, as PDF.
pub(crate) async fn sheets(
    caller: &Caller,
    id: BatchId,
    from: i64,
) -> muster_app::Result<Response> {
    let from = from.max(0);
    let read = caller.read(move |tx, ctx| {
        let batch = badges::batch(tx, ctx, id)?;
        Ok((batch, badges::batch_printed(tx, ctx, id, from..from.saturating_add(PART))?))
    });
    let (batch, printed) = read.await?;
    let title = format!("Badges: {}", batch.group);
    let cards: Option<Vec<_>> = printed.into_iter().map(|one| on_paper(caller, one)).collect();
    let sheets = BadgeSheet::many(&cards.ok_or(Error::NotFound)?);
    printing::pdf(caller, Paper::Badge, (&title.clone(), title), sheets).await
}
