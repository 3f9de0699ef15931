//! Badges for many at once: for whom, how far a batch has come, and its sheets to cut.

use super::badge::on_paper;
use super::batch::BatchItem;
use super::batch_page::{self, File, Shown, Words, parts};
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::{printing, tables};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::batches::{Batch, Group};
use muster_app::zone::Zone;
use muster_app::{Error, badges, dockets};
use muster_documents::paper::{BadgeSheet, Paper};
use muster_domain::batches::BatchKind;
use muster_domain::ids::BatchId;
use muster_storage::{academics, programmes};
use serde::Deserialize;

/// People whose badges are one PDF: 50 sheets with their photos.
const PART: i64 = 500;

const WORDS: Words = Words {
    whom: "people",
    who: "Person",
    kept: "Had one already",
    refused: "Without a badge",
    caption: "People who got no badge",
    record: "",
    note: "The PDF has ten cards of 85.6 × 54 mm on each sheet of A4, in the order of names, with \
           marks to cut along. Print it at its own size, without fitting it to the page. A badge \
           that another node issued is not in it: that node alone can print it.",
};

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
    Query(wanted): Query<tables::Wanted>,
) -> Result<Response, PageError> {
    let of = (BatchKind::Badge, id);
    if let Some(format) = wanted.file() {
        return batch_page::file(&caller, of, "Badges", format).await;
    }
    let read = caller.read(move |tx, ctx| {
        Ok((badges::batch(tx, ctx, id)?, batch_page::refused(tx, ctx, of, from)?))
    });
    let (Batch { row, group }, refused) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(format!("Badges: {group}"));
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        ("/badges".to_owned(), "Badges".to_owned()),
        (String::new(), group),
    ]);
    let address = format!("/badge-batches/{id}");
    let part = |(from, label)| File {
        href: format!("{address}/badges.pdf?from={from}"),
        label,
        kind: "primary",
        icon: "download",
    };
    let files = parts(row.total, PART, "PDF").map(part).collect();
    let shown = Shown { shell, words: WORDS, what: "badges".to_owned(), address, files, refused };
    Ok(batch_page::page(&caller, row, shown))
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
