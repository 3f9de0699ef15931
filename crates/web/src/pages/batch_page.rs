//! The page of a batch, of dockets or of badges: how far it has come, who got none, and what there is to
//! take along; and the list of its people as a file.

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, text};
use crate::tables::{listed, sheet};
use crate::times::moment;
use askama::Template;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use muster_app::batches;
use muster_documents::xlsx::Kind;
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::BatchId;
use muster_storage::ReadTx;
use muster_storage::batches::{BatchPersonRow, BatchRow};

/// People on one page who got none.
pub(super) const PAGE: i64 = 50;
/// People in one file.
const MOST: i64 = 100_000;

#[derive(Template)]
#[template(path = "batch.html")]
struct Page {
    shell: Shell,
    row: BatchRow,
    words: Words,
    /// What is issued: `CA1 dockets`.
    what: String,
    at: String,
    percent: i64,
    files: Vec<File>,
    refused: Vec<BatchPersonRow>,
    next: String,
    address: String,
}

/// What is said of batches of a kind.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// People, many and one.
    pub whom: &'static str,
    pub who: &'static str,
    /// Who had one before, and who got none.
    pub kept: &'static str,
    pub refused: &'static str,
    pub caption: &'static str,
    /// Where a person's own is, behind their page.
    pub record: &'static str,
    /// What is to be known of the files; may be empty.
    pub note: &'static str,
}

/// Something to take along.
pub(super) struct File {
    pub href: String,
    pub label: String,
    pub kind: &'static str,
    pub icon: &'static str,
}

/// What is to be shown of a batch besides itself.
pub(super) struct Shown {
    pub shell: Shell,
    pub words: Words,
    pub what: String,
    pub address: String,
    /// What there is to take along once something was issued.
    pub files: Vec<File>,
    pub refused: Vec<BatchPersonRow>,
}

/// The people of a batch who got none, from a place on: one more than are shown.
pub(super) fn refused(
    tx: &mut ReadTx<'_>,
    ctx: &muster_app::Ctx,
    batch: (BatchKind, BatchId),
    from: i64,
) -> muster_app::Result<Vec<BatchPersonRow>> {
    batches::people(tx, ctx, batch, Some(Outcome::Refused), (from, PAGE + 1))
}

/// The page; while the batch is at work it asks again by itself, also where scripts are off.
pub(super) fn page(caller: &Caller, row: BatchRow, shown: Shown) -> Response {
    let Shown { shell, words, what, address, files, mut refused } = shown;
    let more = i64::try_from(refused.len()).unwrap_or(i64::MAX) > PAGE;
    let next = if more { refused.pop().map(|row| row.seq) } else { None };
    let next = next.map(|seq| format!("{address}?from={seq}")).unwrap_or_default();
    let working = row.ended_at.is_none();
    let any = !working && row.issued + row.kept > 0;
    let mut page = render(&Page {
        shell,
        words,
        what,
        at: moment(&caller.known.settings, row.asked_at),
        percent: (row.done * 100).checked_div(row.total).unwrap_or(100),
        files: if any { files } else { Vec::new() },
        refused,
        next,
        address,
        row,
    });
    if working {
        page.headers_mut().insert(header::REFRESH, HeaderValue::from_static("1"));
    }
    page
}

/// From which place on each file of so many people begins, and the words for it.
pub(super) fn parts(
    total: i64,
    most: i64,
    what: &'static str,
) -> impl Iterator<Item = (i64, String)> {
    let part = move |from: i64| {
        let last = (from + most).min(total);
        let many = total > most;
        (from, if many { format!("{what}, {} to {last}", from + 1) } else { what.to_owned() })
    };
    (0..total).step_by(usize::try_from(most).unwrap_or(usize::MAX)).map(part)
}

/// Everybody in a batch as a file; `title` is what was issued.
pub(super) async fn file(
    caller: &Caller,
    batch: (BatchKind, BatchId),
    title: &'static str,
    format: Format,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| batches::people(tx, ctx, batch, None, (0, MOST)));
    let rows = read.await.map_err(|error| caller.error(error))?;
    let columns = [
        ("Number", 14, Kind::Text),
        ("Name", 28, Kind::Text),
        ("Outcome", 18, Kind::Text),
        ("Why not", 60, Kind::Text),
    ];
    let row = |row: BatchPersonRow| {
        let reasons = row.reasons.unwrap_or_default().replace('\n', " ");
        [text(row.number), text(row.name), text(row.outcome.label()), text(reasons)]
    };
    listed(caller, format, sheet(title, columns, rows.into_iter().map(row))).await
}
