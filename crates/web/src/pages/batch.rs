//! Dockets for many at once: how far a batch has come, who is not eligible, and printing them.

use super::batch_page::{self, File, PAGE, Shown, Words, parts};
use super::docket::View;
use super::docket_pdf::PART;
use super::documents::logo_address;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::tables;
use crate::times::moment;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::dockets::{self, Batch};
use muster_domain::batches::BatchKind;
use muster_domain::ids::BatchId;
use muster_storage::batches::BatchRow;
use serde::Deserialize;

const WORDS: Words = Words {
    whom: "students",
    who: "Student",
    kept: "Had it already",
    refused: "Not eligible",
    caption: "Students who are not eligible",
    record: "/dockets",
    note: "No PDF holds a docket that is on hold, that Finance no longer clears, or that another node \
           issued: “Print the dockets” names these.",
};

/// A batch as lists show it.
pub(super) struct BatchItem {
    pub id: BatchId,
    pub group: String,
    pub at: String,
    pub state: String,
    pub ended: bool,
    pub failed: bool,
}

impl BatchItem {
    /// `state` says how it ended.
    pub fn of(caller: &Caller, row: &BatchRow, group: String, state: String) -> Self {
        Self {
            id: row.id,
            group,
            at: moment(&caller.known.settings, row.asked_at),
            state: match row.ended_at {
                None => format!("{} of {} so far", row.done, row.total),
                Some(_) => state,
            },
            ended: row.ended_at.is_some(),
            failed: row.failure.is_some(),
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    from: i64,
}

fn back(batch: &Batch) -> String {
    format!("/eligibility?assessment={}&term={}", batch.assessment.id, batch.assessment.term)
}

/// `GET /docket-batches/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(Wanted { from }): Query<Wanted>,
    Query(wanted): Query<tables::Wanted>,
) -> Result<Response, PageError> {
    let of = (BatchKind::Docket, id);
    if let Some(format) = wanted.file() {
        return batch_page::file(&caller, of, "Dockets", format).await;
    }
    let read = caller.read(move |tx, ctx| {
        Ok((dockets::batch(tx, ctx, id)?, batch_page::refused(tx, ctx, of, from)?))
    });
    let (batch, refused) = read.await.map_err(|error| caller.error(error))?;
    let title = format!("{} dockets: {}", batch.assessment.code, batch.group);
    let mut shell = caller.shell(title.clone());
    shell.crumbs = crumbs([(back(&batch), "Dockets".to_owned()), (String::new(), title)]);
    let address = format!("/docket-batches/{id}");
    let each = |what, end| {
        let href = format!("{address}/dockets.{end}");
        let of = move |from: i64| format!("{href}?from={from}");
        let file = move |(from, label)| File { href: of(from), label, kind: "", icon: "download" };
        parts(batch.row.total, PART, what).map(file)
    };
    let sheets = File {
        href: format!("{address}/dockets"),
        label: "Print the dockets".to_owned(),
        kind: "primary",
        icon: "open",
    };
    let files = each("PDF", "pdf").chain(each("ZIP of PDFs", "zip")).chain([sheets]).collect();
    let what = format!("{} dockets", batch.assessment.code);
    let shown = Shown { shell, words: WORDS, what, address, files, refused };
    Ok(batch_page::page(&caller, batch.row, shown))
}

#[derive(Template)]
#[template(path = "batch_print.html")]
struct PrintPage {
    shell: Shell,
    sheets: Vec<View>,
    /// Dockets without a code, which admit nobody on paper.
    left_out: Vec<View>,
    first: String,
    next: String,
}

/// `GET /docket-batches/{id}/dockets`: as many as a browser prints with ease.
pub(super) async fn print(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(Wanted { from }): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let batch = dockets::batch(tx, ctx, id)?;
        let sheets = dockets::batch_sheets(tx, ctx, id, (from, PAGE))?;
        Ok((batch, sheets, logo_address(tx)?))
    });
    let (batch, (sheets, next), logo) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell("Dockets to print");
    shell.crumbs = crumbs([
        (back(&batch), "Dockets".to_owned()),
        (format!("/docket-batches/{id}"), batch.group),
        (String::new(), "To print".to_owned()),
    ]);
    let page = format!("/docket-batches/{id}/dockets");
    let views = sheets.into_iter().map(|sheet| View::of(&caller, sheet, &logo));
    let (sheets, left_out) = views.partition(|view: &View| !view.svg.is_empty());
    Ok(render(&PrintPage {
        shell,
        sheets,
        left_out,
        first: if from > 0 { page.clone() } else { String::new() },
        next: next.map(|seq| format!("{page}?from={seq}")).unwrap_or_default(),
    }))
}
