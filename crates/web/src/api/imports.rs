//! Imports of tables for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items};
use crate::tables::{self, TableForm};
use axum::Json;
use axum::extract::{Multipart, Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use muster_app::Error;
use muster_app::imports;
use muster_domain::ids::{ClassId, ImportId, TermId};
use muster_domain::imports::Kind;
use muster_domain::time::Timestamp;
use muster_storage::imports::{ImportRow, ProblemRow};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// How long an answer waits for the worker.
const PATIENCE: Duration = Duration::from_secs(25);
/// Problems in one answer.
const PROBLEMS: i64 = 100;
/// Imports in one answer.
const MOST: i64 = 100;

/// A table being imported.
#[derive(Serialize, ToSchema)]
pub(super) struct Import {
    id: Uuid,
    /// `terms`, `people`, `classes`, `enrolments`, `timetable`, `marks`, `fees`, `payments`,
    /// `sittings`, `passes` or `oneroster`.
    kind: &'static str,
    file: String,
    /// `checking`, `previewed`, `importing`, `imported`, `reversing`, `reversed`, `failed` or
    /// `discarded`. While it ends in “-ing”, ask again.
    state: &'static str,
    /// Lines of the file.
    rows: i64,
    /// Lines that are checked or written so far, or records that are taken back.
    done: i64,
    /// Records that are new.
    created: i64,
    /// Records that change.
    updated: i64,
    /// Lines that say what is known.
    unchanged: i64,
    /// Lines that repeat an earlier one.
    skipped: i64,
    /// Lines with a problem.
    wrong: i64,
    /// After a reversal: records that were changed since, and so kept.
    kept: i64,
    /// Passwords that are hashed on the way in.
    passwords_hashed: i64,
    /// Hashes of passwords that are taken as they are, until their people sign in.
    passwords_taken: i64,
    /// Passwords of people who have one, or are administrators: left out.
    passwords_left: i64,
    /// Some of the programmes that its lines name and the institution does not have: they are kept
    /// as they are written.
    unknown_programmes: Vec<String>,
    /// Why it failed.
    failure: Option<String>,
    /// Which column each heading of the file is, where it is one.
    mapping: BTreeMap<String, String>,
    /// The first problems; all of them under `…/problems`. Missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<Vec<LineProblem>>,
    created_at: Instant,
}

/// What is wrong with a line.
#[derive(Serialize, ToSchema)]
pub(super) struct LineProblem {
    /// Its number in the file.
    line: i64,
    /// The column, if it is one's fault.
    column: Option<String>,
    /// A sentence.
    detail: String,
}

impl From<ProblemRow> for LineProblem {
    fn from(row: ProblemRow) -> Self {
        Self { line: row.line, column: row.field, detail: row.detail }
    }
}

impl From<ImportRow> for Import {
    fn from(row: ImportRow) -> Self {
        let mapping = imports::headings_of(&row).into_iter().zip(imports::mapping_of(&row));
        let unknown_programmes = imports::unknown_programmes_of(&row);
        let mapping = mapping.filter_map(|(heading, key)| Some((heading, key?.to_owned())));
        Self {
            id: row.id.0,
            kind: row.kind.key(),
            mapping: mapping.collect(),
            file: row.file,
            state: row.state.key(),
            rows: row.total,
            done: row.done,
            created: row.created,
            updated: row.updated,
            unchanged: row.unchanged,
            skipped: row.skipped,
            wrong: row.wrong,
            kept: row.kept,
            passwords_hashed: row.passwords_hashed,
            passwords_taken: row.passwords_taken,
            passwords_left: row.passwords_left,
            unknown_programmes,
            failure: row.failure,
            errors: None,
            created_at: Instant(row.created_at),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// Only imports that began before this, in microseconds since 1970.
    before: Option<i64>,
}

/// Imports, the latest first: at most 100.
#[utoipa::path(get, path = "/api/v1/imports", operation_id = "list_imports", params(Paging),
    responses((status = 200, body = Items<Import>)))]
pub(super) async fn list(
    caller: Caller,
    Query(paging): Query<Paging>,
) -> ApiResult<Json<Items<Import>>> {
    let before = paging.before.map(Timestamp);
    let read = caller.read(move |tx, ctx| imports::list(tx, ctx, before, MOST));
    Ok(Json(Items::all(read.await?)))
}

/// A table to upload.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes the form's fields; they are read as they come")]
pub(super) struct ImportForm {
    /// `terms`, `people`, `classes`, `enrolments`, `timetable`, `marks`, `fees`, `payments`,
    /// `sittings`, `passes` or `oneroster`.
    kind: String,
    /// CSV or XLSX, or a OneRoster bundle (ZIP), up to 50 MiB.
    #[schema(value_type = Vec<u8>, format = Binary)]
    file: Vec<u8>,
    /// The term of lines that name none.
    term: Option<Uuid>,
    /// Of passes: the event that all lines are for, so that none has to name it.
    event: Option<Uuid>,
    /// A JSON object from headings to columns; guessed without it.
    mapping: Option<String>,
}

/// Uploads a table and checks its lines.
///
/// Nothing is written before the import is confirmed. A large table may still be `checking` when
/// this answers.
#[utoipa::path(post, path = "/api/v1/imports", operation_id = "create_import",
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 201, body = Import)))]
pub(super) async fn create(
    caller: Caller,
    form: Multipart,
) -> ApiResult<(StatusCode, Json<Import>)> {
    let id = tables::receive(&caller, TableForm::read(form).await?).await?;
    Ok((StatusCode::CREATED, Json(whole(&caller, id).await?)))
}

/// The import once it is settled, with its first problems.
async fn whole(caller: &Caller, id: ImportId) -> Result<Import, Error> {
    let row = tables::settled(caller, id, PATIENCE).await?;
    let read = caller.read(move |tx, ctx| imports::problems(tx, ctx, id, 0, PROBLEMS));
    let errors = read.await?.into_iter().map(Into::into).collect();
    Ok(Import { errors: Some(errors), ..row.into() })
}

/// One import with its first problems.
#[utoipa::path(get, path = "/api/v1/imports/{id}", operation_id = "get_import",
    responses((status = 200, body = Import)))]
pub(super) async fn get(caller: Caller, Path(id): Path<ImportId>) -> ApiResult<Json<Import>> {
    let read = caller.read(move |tx, ctx| {
        Ok((imports::get(tx, ctx, id)?, imports::problems(tx, ctx, id, 0, PROBLEMS)?))
    });
    let (row, problems) = read.await?;
    let errors = problems.into_iter().map(Into::into).collect();
    Ok(Json(Import { errors: Some(errors), ..row.into() }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct After {
    /// How many to pass over.
    #[serde(default)]
    from: i64,
}

/// What is wrong with the lines of an import: 100 from one on.
#[utoipa::path(get, path = "/api/v1/imports/{id}/problems", operation_id = "list_import_problems",
    params(After), responses((status = 200, body = Items<LineProblem>)))]
pub(super) async fn problems(
    caller: Caller,
    Path(id): Path<ImportId>,
    Query(After { from }): Query<After>,
) -> ApiResult<Json<Items<LineProblem>>> {
    let read = caller.read(move |tx, ctx| imports::problems(tx, ctx, id, from, PROBLEMS));
    Ok(Json(Items::all(read.await?)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewMapping {
    /// From headings of the file to columns; headings that are not named are none.
    mapping: BTreeMap<String, String>,
    /// The term of lines that name none.
    #[schema(value_type = Option<Uuid>)]
    term: Option<TermId>,
}

/// Says anew which column each heading is, before an import is confirmed; every line is checked
/// again.
///
/// A large table may still be `checking` when this answers.
#[utoipa::path(put, path = "/api/v1/imports/{id}/mapping", operation_id = "map_import",
    request_body = NewMapping, responses((status = 200, body = Import)))]
pub(super) async fn map(
    caller: Caller,
    Path(id): Path<ImportId>,
    Json(NewMapping { mapping, term }): Json<NewMapping>,
) -> ApiResult<Json<Import>> {
    tables::map(&caller, id, mapping, term).await?;
    Ok(Json(whole(&caller, id).await?))
}

/// Writes every line of an import, or none.
///
/// A large table may still be `importing` when this answers.
#[utoipa::path(post, path = "/api/v1/imports/{id}/confirmation", operation_id = "confirm_import",
    responses((status = 200, body = Import)))]
pub(super) async fn confirm(caller: Caller, Path(id): Path<ImportId>) -> ApiResult<Json<Import>> {
    caller.write(move |tx, ctx| imports::confirm(tx, ctx, id)).await?;
    caller.app.importer.wake();
    Ok(Json(whole(&caller, id).await?))
}

/// Takes back what an import did.
#[utoipa::path(post, path = "/api/v1/imports/{id}/reversal", operation_id = "reverse_import",
    responses((status = 200, body = Import)))]
pub(super) async fn reverse(caller: Caller, Path(id): Path<ImportId>) -> ApiResult<Json<Import>> {
    caller.write(move |tx, ctx| imports::reverse(tx, ctx, id)).await?;
    caller.app.importer.wake();
    Ok(Json(whole(&caller, id).await?))
}

/// Gives up an import that was not confirmed.
#[utoipa::path(post, path = "/api/v1/imports/{id}/discarding", operation_id = "discard_import",
    responses((status = 200, body = Import)))]
pub(super) async fn discard(caller: Caller, Path(id): Path<ImportId>) -> ApiResult<Json<Import>> {
    caller.write(move |tx, ctx| imports::discard(tx, ctx, id)).await?;
    Ok(Json(whole(&caller, id).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Wanted {
    /// The term, of all but people and terms.
    #[serde(default)]
    term: String,
    /// A class, in place of a term.
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
}

/// A table in the columns in which it is imported: `people.csv`, `timetable.xlsx`.
#[utoipa::path(get, path = "/api/v1/exports/{file}", operation_id = "export_table", params(Wanted),
    responses((status = 200, body = Vec<u8>, content_type = "text/csv")))]
pub(super) async fn export(
    caller: Caller,
    Path(file): Path<String>,
    Query(wanted): Query<Wanted>,
) -> ApiResult<Response> {
    let (kind, format) = file.split_once('.').ok_or(Error::NotFound)?;
    let kind = Kind::from_key(kind).ok_or(Error::NotFound)?;
    let (term, class) = (tables::term(&wanted.term)?, wanted.class);
    let read = caller.read(move |tx, ctx| imports::export(tx, ctx, kind, term, class));
    Ok(tables::sent(&caller, read.await?, kind.key().to_owned(), format).await?)
}
