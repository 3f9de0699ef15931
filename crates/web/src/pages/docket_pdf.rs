//! Dockets on paper: one of them, or a batch's.

use super::pass::image;
use super::sittings::{day, span};
use crate::caller::Caller;
use crate::error::PageError;
use crate::printing;
use crate::times;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::Error;
use muster_app::dockets::{self, Printed};
use muster_documents::paper::{self, Paper, Student};
use muster_documents::qr::Correction;
use muster_domain::ids::{BatchId, DocketId};
use serde::Deserialize;

/// Students of a batch whose dockets are one PDF: a few seconds' work.
pub(super) const PART: i64 = 1_000;

const NOTES: [&str; 2] = [
    "Bring this docket and your identity card to each exam.",
    "It admits once to each exam, in the room that stands beside it, from an hour before.",
];

/// `GET /dockets/{id}/docket.pdf`
pub(super) async fn one(caller: Caller, Path(id): Path<DocketId>) -> Result<Response, PageError> {
    file(&caller, id).await.map_err(|error| caller.error(error))
}

/// A docket as PDF, unless it is on hold.
pub(crate) async fn file(caller: &Caller, id: DocketId) -> muster_app::Result<Response> {
    let printed = caller.read(move |tx, ctx| dockets::printed(tx, ctx, id)).await?;
    let (title, name) = names(&printed);
    let docket = on_paper(caller, printed).ok_or(Error::NotFound)?;
    printing::pdf(caller, Paper::Docket, (&name, title), vec![docket]).await
}

/// The title of a docket, and its name as a file.
fn names(Printed { sheet, .. }: &Printed) -> (String, String) {
    let title = format!("{} docket", sheet.assessment.code);
    let name = format!("{title} {}", sheet.person.number);
    (title, name)
}

#[derive(Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    from: i64,
}

/// `GET /docket-batches/{id}/dockets.pdf`: of 1,000 students from a place in the batch on.
pub(super) async fn of_batch(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(Wanted { from }): Query<Wanted>,
) -> Result<Response, PageError> {
    batch_file(&caller, id, from).await.map_err(|error| caller.error(error))
}

/// `GET /docket-batches/{id}/dockets.zip`: the same, a PDF each.
pub(super) async fn of_batch_apart(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(Wanted { from }): Query<Wanted>,
) -> Result<Response, PageError> {
    batch_archive(&caller, id, from).await.map_err(|error| caller.error(error))
}

/// A part of a batch's dockets as one PDF.
pub(crate) async fn batch_file(
    caller: &Caller,
    id: BatchId,
    from: i64,
) -> muster_app::Result<Response> {
    let (title, printed) = part(caller, id, from).await?;
    let sheets: Option<Vec<_>> = printed.into_iter().map(|one| on_paper(caller, one)).collect();
    let sheets = sheets.ok_or(Error::NotFound)?;
    printing::pdf(caller, Paper::Docket, (&title.clone(), title), sheets).await
}

/// A part of a batch's dockets as a PDF for each student, to be sent on.
pub(crate) async fn batch_archive(
    caller: &Caller,
    id: BatchId,
    from: i64,
) -> muster_app::Result<Response> {
    let (title, printed) = part(caller, id, from).await?;
    let named = |one: Printed| Some((names(&one).1, on_paper(caller, one)?));
    let sheets: Option<Vec<_>> = printed.into_iter().map(named).collect();
    printing::archive(caller, Paper::Docket, &title, sheets.ok_or(Error::NotFound)?).await
}

/// The dockets of a part of a batch, and its title.
async fn part(
    caller: &Caller,
    id: BatchId,
    from: i64,
) -> muster_app::Result<(String, Vec<Printed>)> {
    let read = caller.read(move |tx, ctx| {
        let batch = dockets::batch(tx, ctx, id)?;
        let part = from..from.saturating_add(PART);
        Ok((batch, dockets::batch_printed(tx, ctx, id, part)?))
    });
    let (batch, printed) = read.await?;
    Ok((format!("{} dockets: {}", batch.assessment.code, batch.group), printed))
}

fn on_paper(caller: &Caller, Printed { sheet, drawn, photo }: Printed) -> Option<paper::Docket> {
    let paper = |one: dockets::Paper| {
        let sitting = one.sitting.as_ref();
        paper::Sitting {
            date: sitting.map(|at| day(caller, at.starts_at)).unwrap_or_default(),
            time: sitting.map(|at| span(caller, (at.starts_at, at.ends_at))).unwrap_or_default(),
            venue: sitting.map(|at| at.rooms.join(", ")).unwrap_or_default(),
            code: one.code,
            module: one.name,
        }
    };
    Some(paper::Docket {
        code: image(caller, &drawn, Correction::Quartile)?,
        number: drawn.code.to_string(),
        assessment: sheet.assessment.code,
        term: sheet.term.name,
        issued: times::local(&caller.known.settings, sheet.docket.issued_at, "%-d %B %Y"),
        student: Student { name: sheet.person.name, number: sheet.person.number },
        faculty: sheet.faculty.unwrap_or_default(),
        programme: sheet.studies.programme_name.or(sheet.person.programme).unwrap_or_default(),
        sittings: sheet.papers.into_iter().map(paper).collect(),
        notes: NOTES.map(str::to_owned).to_vec(),
        photo,
    })
}
