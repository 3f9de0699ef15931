//! Faculties for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics;
use muster_domain::ids::FacultyId;
use muster_storage::programmes::FacultyRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A part of the institution that offers programmes.
#[derive(Serialize, ToSchema)]
pub(super) struct Faculty {
    id: Uuid,
    name: String,
    archived_at: Option<Instant>,
    version: i64,
}

impl Tagged for Faculty {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<FacultyRow> for Faculty {
    fn from(row: FacultyRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            archived_at: row.archived_at.map(Instant),
            version: row.version,
        }
    }
}

/// The faculties.
#[utoipa::path(get, path = "/api/v1/faculties", operation_id = "list_faculties",
    params(Part), responses((status = 200, body = Items<Faculty>)))]
pub(super) async fn list(
    caller: Caller,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Faculty>>> {
    let rows = caller.read(academics::faculties).await?;
    Ok(Json(Items::part(rows, part, |row| row.id.0)?))
}

/// One faculty.
#[utoipa::path(get, path = "/api/v1/faculties/{id}", operation_id = "get_faculty",
    params(IfNoneMatch), responses((status = 200, body = Faculty)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<FacultyId>,
) -> ApiResult<Record<Faculty>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::faculty(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewFaculty)]
pub(super) struct FacultyBody {
    name: String,
}

/// Adds a faculty.
#[utoipa::path(post, path = "/api/v1/faculties", operation_id = "create_faculty",
    request_body = FacultyBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(FacultyBody { name }): Json<FacultyBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let id = caller.write(move |tx, ctx| academics::create_faculty(tx, ctx, &name)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Members that are missing stay as they are.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct FacultyChange {
    name: Option<String>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// Changes a faculty.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/faculties/{id}", operation_id = "change_faculty",
    params(IfMatch), request_body = FacultyChange, responses((status = 200, body = Faculty)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<FacultyId>,
    Json(body): Json<FacultyChange>,
) -> ApiResult<Record<Faculty>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::faculty(tx, ctx, id)?;
        meant.check(before.version)?;
        let name = body.name.clone().unwrap_or(before.name);
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_faculty(tx, ctx, id, seen, &name, archived)?;
        academics::faculty(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Archives a faculty.
#[utoipa::path(post, path = "/api/v1/faculties/{id}/archival", operation_id = "archive_faculty",
    responses((status = 200, body = Faculty)))]
pub(super) async fn archive(caller: Caller, path: Path<FacultyId>) -> ApiResult<Record<Faculty>> {
    let archived = FacultyChange { archived: Some(true), ..FacultyChange::default() };
    change(caller, IfMatch::default(), path, Json(archived)).await
}
