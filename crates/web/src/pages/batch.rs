//! Dockets for many at once: how far a batch has come, who is not eligible, and printing them.

use super::docket::View;
use super::docket_pdf::PART;
use super::documents::logo_address;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::text;
use crate::tables::{self, listed, sheet};
use crate::times::moment;
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use muster_app::batches;
use muster_app::dockets::{self, Batch};
use muster_documents::xlsx::Kind;
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{BatchId, PersonId};
use muster_storage::batches::{BatchPersonRow, BatchRow};
use serde::Deserialize;

/// Students on one page.
const PAGE: i64 = 50;
/// Students in one file.
const MOST: i64 = 100_000;

#[derive(Template)]
#[template(path = "batch.html")]
struct Page {
    shell: Shell,
    row: BatchRow,
    code: String,
    group: String,
    at: String,
    percent: i64,
    refused: Vec<Refused>,
    next: String,
}

impl Page {
    fn parts(&self) -> Vec<(i64, String)> {
        parts(self.row.total, PART)
    }
}

/// From which place on each PDF of so many people begins, and the word for it.
pub(super) fn parts(total: i64, most: i64) -> Vec<(i64, String)> {
    let part = |from: i64| {
        let last = (from + most).min(total);
        let many = total > most;
        (from, if many { format!("PDF, {} to {last}", from + 1) } else { "PDF".to_owned() })
    };
    let places = (0..total).step_by(usize::try_from(most).unwrap_or(usize::MAX));
    places.map(part).collect()
}

/// How far a batch has come, of a hundred.
pub(super) fn percent(row: &BatchRow) -> i64 {
    (row.done * 100).checked_div(row.total).unwrap_or(100)
}

/// The page of a batch: while it is at work it asks again by itself, also where scripts are off.
pub(super) fn progressing(mut page: Response, working: bool) -> Response {
    if working {
        page.headers_mut().insert(header::REFRESH, HeaderValue::from_static("1"));
    }
    page
}

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

struct Refused {
    person: PersonId,
    name: String,
    number: String,
    reasons: Vec<String>,
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
    if let Some(format) = wanted.file() {
        let of = (BatchKind::Docket, id);
        let read = caller.read(move |tx, ctx| batches::people(tx, ctx, of, None, (0, MOST)));
        let rows = read.await.map_err(|error| caller.error(error))?;
        let columns = [
            ("Number", 14, Kind::Text),
            ("Name", 28, Kind::Text),
            ("Docket", 18, Kind::Text),
            ("Why not", 60, Kind::Text),
        ];
        let row = |row: BatchPersonRow| {
            let reasons = row.reasons.unwrap_or_default().replace('\n', " ");
            [text(row.number), text(row.name), text(row.outcome.label()), text(reasons)]
        };
        return listed(&caller, format, sheet("Dockets", columns, rows.into_iter().map(row))).await;
    }
    let read = caller.read(move |tx, ctx| {
        let refused = Some(Outcome::Refused);
        let batch = dockets::batch(tx, ctx, id)?;
        Ok((batch, batches::people(tx, ctx, (BatchKind::Docket, id), refused, (from, PAGE + 1))?))
    });
    let (batch, mut refused) = read.await.map_err(|error| caller.error(error))?;
    let more = i64::try_from(refused.len()).unwrap_or(i64::MAX) > PAGE;
    let next = if more { refused.pop().map(|row| row.seq) } else { None };
    let title = format!("{} dockets: {}", batch.assessment.code, batch.group);
    let mut shell = caller.shell(title.clone());
    shell.crumbs = crumbs([(back(&batch), "Dockets".to_owned()), (String::new(), title)]);
    let working = batch.row.ended_at.is_none();
    let page = render(&Page {
        shell,
        at: moment(&caller.known.settings, batch.row.asked_at),
        percent: percent(&batch.row),
        code: batch.assessment.code,
        group: batch.group,
        refused: refused.into_iter().map(one).collect(),
        next: next.map(|seq| format!("/docket-batches/{id}?from={seq}")).unwrap_or_default(),
        row: batch.row,
    });
    Ok(progressing(page, working))
}

fn one(row: BatchPersonRow) -> Refused {
    let reasons = row.reasons.unwrap_or_default();
    Refused {
        person: row.person,
        name: row.name,
        number: row.number,
        reasons: reasons.lines().map(str::to_owned).collect(),
    }
}

#[derive(Template)]
#[template(path = "batch_print.html")]
struct PrintPage {
    shell: Shell,
    sheets: Vec<View>,
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
    Ok(render(&PrintPage {
        shell,
        sheets: sheets.into_iter().map(|sheet| View::of(&caller, sheet, &logo)).collect(),
        first: if from > 0 { page.clone() } else { String::new() },
        next: next.map(|seq| format!("{page}?from={seq}")).unwrap_or_default(),
    }))
}
