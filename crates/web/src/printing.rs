//! Documents on paper as answers: plain structs, set as PDF beside the asynchronous threads.

use crate::caller::Caller;
use crate::export::{Ending, attached};
use crate::server::App;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::Response;
use muster_app::documents::{self, Stationery};
use muster_app::{Error, Result};
use muster_documents::archive::{self, Part};
use muster_documents::paper::{Paper, Trial};
use muster_documents::typesetting::frame::Form;
use muster_documents::typesetting::{Item, PROGRAM, Sheets, Typesetter, TypesettingError};

/// What programs ask for by `Accept`, and what they get.
pub(crate) const PDF: &str = "application/pdf";
/// A picture, for the same.
pub(crate) const PNG: &str = "image/png";
/// A file of each in an archive.
pub(crate) const ZIP: &str = "application/zip";
/// How finely the pages of a preview are drawn, in pixels to the inch.
const DENSITY: u16 = 96;

/// Whether a program asks for this media type.
pub(crate) fn accepts(headers: &HeaderMap, kind: &str) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accept.is_some_and(|accept| accept.starts_with(kind))
}

/// Documents as one PDF with this title, to be saved under this name. Whether whoever asks may have
/// them, the caller has asked.
pub(crate) async fn pdf<I: Item + Send + 'static>(
    caller: &Caller,
    paper: Paper,
    (name, title): (&str, String),
    items: Vec<I>,
) -> Result<Response> {
    let Stationery { template, institution } =
        caller.read(move |tx, _| documents::stationery(tx, paper)).await?;
    let made = set(&caller.app, move |typesetter| {
        let sheets = Sheets {
            name: paper.name(),
            template: &template,
            title: &title,
            common: &institution,
            items: &items,
        };
        typesetter.pdf(&sheets, |_| true)
    });
    Ok(attached(made.await?.bytes, name, Ending { kind: PDF, end: "pdf" }))
}

/// Documents as a PDF each, under these names, in one archive with this one. Whether whoever asks may
/// have them, the caller has asked.
pub(crate) async fn archive<I: Item + Send + 'static>(
    caller: &Caller,
    paper: Paper,
    name: &str,
    items: Vec<(String, I)>,
) -> Result<Response> {
    if items.is_empty() {
        return Err(TypesettingError::Empty.into());
    }
    let Stationery { template, institution } =
        caller.read(move |tx, _| documents::stationery(tx, paper)).await?;
    let made = set(&caller.app, move |typesetter| {
        let each = items.into_iter().map(|(title, item)| {
            let sheets = Sheets {
                name: paper.name(),
                template: &template,
                title: &title,
                common: &institution,
                items: &[item],
            };
            let content = typesetter.pdf(&sheets, |_| true)?.bytes;
            Ok(Part { name: title, content })
        });
        let parts = each.collect::<std::result::Result<Vec<_>, TypesettingError>>()?;
        archive::archive(parts, "pdf").map_err(|_| TypesettingError::TooLarge)
    });
    Ok(attached(made.await?, name, Ending { kind: ZIP, end: "zip" }))
}

/// A document as a picture of its first page, to be saved under this name, this fine in pixels to
/// the inch. Whether whoever asks may have it, the caller has asked.
pub(crate) async fn png<I: Item + Send + 'static>(
    caller: &Caller,
    paper: Paper,
    (name, density): (&str, u16),
    item: I,
) -> Result<Response> {
    let Stationery { template, institution } =
        caller.read(move |tx, _| documents::stationery(tx, paper)).await?;
    let made = set(&caller.app, move |typesetter| {
        let sheets = Sheets {
            name: paper.name(),
            template: &template,
            title: "",
            common: &institution,
            items: &[item],
        };
        typesetter.pictures(&sheets, density)
    });
    let picture = made.await?.into_iter().next().ok_or(TypesettingError::Empty)?;
    Ok(attached(picture, name, Ending { kind: PNG, end: "png" }))
}

/// Pictures of a sample's pages, by this template.
pub(crate) async fn preview(caller: &Caller, paper: Paper, source: &str) -> Result<Vec<Vec<u8>>> {
    try_out(caller, paper, source, Form::Pictures { density: DENSITY }).await
}

/// Passes if a template sets a sample as PDF.
pub(crate) async fn check(caller: &Caller, paper: Paper, source: &str) -> Result<()> {
    try_out(caller, paper, source, Form::Pdf).await.map(drop)
}

async fn try_out(caller: &Caller, paper: Paper, source: &str, form: Form) -> Result<Vec<Vec<u8>>> {
    documents::need_change(&caller.ctx)?;
    let template = documents::cleaned(source)?;
    let Stationery { institution: common, .. } =
        caller.read(move |tx, _| documents::stationery(tx, paper)).await?;
    let made = set(&caller.app, move |typesetter| {
        paper.try_out(typesetter, Trial { template: &template, common: &common, form })
    });
    made.await.map_err(at_fault)
}

/// A template on trial that makes nothing has a mistake, wherever it led.
fn at_fault(error: Error) -> Error {
    use TypesettingError::{Ended, Template, TooLarge, TooLong};
    match error {
        Error::Typesetting(Template { faults, .. }) => {
            let faults: Vec<_> = faults.iter().take(3).map(ToString::to_string).collect();
            Error::field("source", format!("The sample was not set: {}", faults.join("; ")))
        }
        Error::Typesetting(error @ (TooLong | TooLarge | Ended)) => {
            Error::field("source", format!("The sample was not set. {error}"))
        }
        error => error,
    }
}

/// Runs work with the typesetter on a thread that may wait.
async fn set<T: Send + 'static>(
    app: &App,
    work: impl FnOnce(&Typesetter) -> std::result::Result<T, TypesettingError> + Send + 'static,
) -> Result<T> {
    let Some(typesetter) = app.typesetter.clone() else {
        let problem = "none is named".to_owned();
        return Err(TypesettingError::Missing { program: PROGRAM.into(), problem }.into());
    };
    let done = tokio::task::spawn_blocking(move || work(&typesetter)).await;
    Ok(done.map_err(|_| Error::from(muster_storage::Error::Panicked))??)
}
