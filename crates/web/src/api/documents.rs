//! Documents on paper for programs: the template of each, and the institution's logo.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::printing;
use crate::problem::ApiResult;
use crate::upload;
use axum::Json;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_app::{Error, documents};
use muster_documents::paper::Paper;
use muster_documents::photo::LARGEST;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The template of a document.
#[derive(Serialize, ToSchema)]
pub(super) struct DocumentTemplate {
    /// `docket`, `receipt`, `pass` or `register`.
    document: &'static str,
    /// Typst that defines `sheet(item, files, common)`.
    source: String,
    /// Whether it is the institution's own, not the one that comes with Muster.
    own: bool,
    version: i64,
}

impl From<documents::Template> for DocumentTemplate {
    fn from(template: documents::Template) -> Self {
        let documents::Template { paper, source, own, version } = template;
        Self { document: paper.name(), source, own, version }
    }
}

impl Tagged for DocumentTemplate {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

fn named(name: &str) -> Result<Paper, Error> {
    Paper::named(name).ok_or(Error::NotFound)
}

/// The template of a document: `docket`, `receipt`, `pass` or `register`.
#[utoipa::path(get, path = "/api/v1/documents/{name}/template",
    operation_id = "get_document_template", params(IfNoneMatch),
    responses((status = 200, body = DocumentTemplate)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(name): Path<String>,
) -> ApiResult<Record<DocumentTemplate>> {
    let paper = named(&name)?;
    Ok(known.or(caller.read(move |tx, ctx| documents::template(tx, ctx, paper)).await?))
}

/// A template to be kept.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewDocumentTemplate {
    /// At most 64 KiB.
    source: String,
}

/// Stores a template in place of the one before.
///
/// A sample is set by it first: where that fails, 422 `invalid` says why, with line and column.
#[utoipa::path(put, path = "/api/v1/documents/{name}/template",
    operation_id = "set_document_template", params(IfMatch), request_body = NewDocumentTemplate,
    responses((status = 200, body = DocumentTemplate)))]
pub(super) async fn put(
    caller: Caller,
    meant: IfMatch,
    Path(name): Path<String>,
    Json(NewDocumentTemplate { source }): Json<NewDocumentTemplate>,
) -> ApiResult<Record<DocumentTemplate>> {
    let paper = named(&name)?;
    printing::check(&caller, paper, &source).await?;
    let write = caller.write(move |tx, ctx| {
        let before = documents::template(tx, ctx, paper)?;
        meant.check(before.version)?;
        documents::set_template(tx, ctx, paper, &source, before.version)?;
        documents::template(tx, ctx, paper)
    });
    Ok(Record::of(write.await?))
}

/// Goes back to the template that comes with Muster.
#[utoipa::path(delete, path = "/api/v1/documents/{name}/template",
    operation_id = "reset_document_template", responses((status = 204)))]
pub(super) async fn reset(caller: Caller, Path(name): Path<String>) -> ApiResult<StatusCode> {
    let paper = named(&name)?;
    caller.write(move |tx, ctx| documents::reset_template(tx, ctx, paper)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The logo that is stored.
#[derive(Serialize, ToSchema)]
pub(super) struct Logo {
    /// SHA-256 of the picture, in hexadecimal.
    digest: String,
}

/// The logo at the head of documents: a PNG of at most 720 pixels each way.
#[utoipa::path(get, path = "/api/v1/documents/logo", operation_id = "get_logo",
    responses((status = 200, body = Vec<u8>, content_type = "image/png")))]
pub(super) async fn logo(caller: Caller) -> ApiResult<Response> {
    let logo = caller.read(documents::logo).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], logo.content).into_response())
}

/// Stores a logo in place of the one before.
///
/// The body is the file itself: JPEG, PNG or WebP, up to 10 MiB. It is drawn anew, smaller and
/// without its metadata.
#[utoipa::path(put, path = "/api/v1/documents/logo", operation_id = "set_logo",
    request_body(content = Vec<u8>, content_type = "image/*"),
    responses((status = 200, body = Logo)))]
pub(super) async fn set_logo(caller: Caller, body: Body) -> ApiResult<Json<Logo>> {
    documents::need_change(&caller.ctx)?;
    let file = upload::body(body, "logo", LARGEST).await?;
    let png = caller.app.logo(file).await?;
    let digest = caller.write(move |tx, ctx| documents::set_logo(tx, ctx, &png)).await?;
    Ok(Json(Logo { digest }))
}

/// Removes the logo.
#[utoipa::path(delete, path = "/api/v1/documents/logo", operation_id = "remove_logo",
    responses((status = 204)))]
pub(super) async fn remove_logo(caller: Caller) -> ApiResult<StatusCode> {
    caller.write(documents::remove_logo).await?;
    Ok(StatusCode::NO_CONTENT)
}
