//! Programmes for programs.

use super::member::Member;
use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, ProgrammeInput};
use muster_domain::ids::{FacultyId, ProgrammeId};
use muster_domain::programmes::Length;
use muster_storage::programmes::ProgrammeRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A course of study.
#[derive(Serialize, ToSchema)]
pub(super) struct Programme {
    id: Uuid,
    code: String,
    name: String,
    faculty: Option<Uuid>,
    faculty_name: Option<String>,
    /// What its graduates are awarded.
    award: Option<String>,
    total_years: i64,
    semesters_per_year: i64,
    archived_at: Option<Instant>,
    version: i64,
}

impl Tagged for Programme {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<ProgrammeRow> for Programme {
    fn from(row: ProgrammeRow) -> Self {
        Self {
            id: row.id.0,
            code: row.code,
            name: row.name,
            faculty: row.faculty.map(Into::into),
            faculty_name: row.faculty_name,
            award: row.award,
            total_years: row.total_years,
            semesters_per_year: row.semesters_per_year,
            archived_at: row.archived_at.map(Instant),
            version: row.version,
        }
    }
}

/// The programmes.
#[utoipa::path(get, path = "/api/v1/programmes", operation_id = "list_programmes",
    params(Part), responses((status = 200, body = Items<Programme>)))]
pub(super) async fn list(
    caller: Caller,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Programme>>> {
    let rows = caller.read(academics::programmes).await?;
    Ok(Json(Items::part(rows, part, |row| row.id.0)?))
}

/// One programme.
#[utoipa::path(get, path = "/api/v1/programmes/{id}", operation_id = "get_programme",
    params(IfNoneMatch), responses((status = 200, body = Programme)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<ProgrammeId>,
) -> ApiResult<Record<Programme>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::programme(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewProgramme)]
pub(super) struct ProgrammeBody {
    code: String,
    name: String,
    #[schema(value_type = Option<Uuid>)]
    faculty: Option<FacultyId>,
    award: Option<String>,
    /// 1 to 12.
    total_years: i64,
    /// 1 to 6.
    semesters_per_year: i64,
}

/// Adds a programme.
#[utoipa::path(post, path = "/api/v1/programmes", operation_id = "create_programme",
    request_body = ProgrammeBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<ProgrammeBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let ProgrammeBody { code, name, faculty, award, total_years, semesters_per_year } = body;
    let length = Length { total_years, semesters_per_year };
    let award = award.unwrap_or_default();
    let input = ProgrammeInput { code, name, faculty, award, length };
    let id = caller.write(move |tx, ctx| academics::create_programme(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Members that are missing stay as they are.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct ProgrammeChange {
    code: Option<String>,
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    faculty: Member<FacultyId>,
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    award: Member<String>,
    total_years: Option<i64>,
    semesters_per_year: Option<i64>,
    archived: Option<bool>,
    version: Option<i64>,
}

impl ProgrammeChange {
    /// The programme with what is given in place of what stands.
    fn over(&self, before: &ProgrammeRow) -> ProgrammeInput {
        let award = self.award.clone().or(before.award.clone());
        ProgrammeInput {
            code: self.code.clone().unwrap_or_else(|| before.code.clone()),
            name: self.name.clone().unwrap_or_else(|| before.name.clone()),
            faculty: self.faculty.or(before.faculty),
            award: award.unwrap_or_default(),
            length: Length {
                total_years: self.total_years.unwrap_or(before.total_years),
                semesters_per_year: self.semesters_per_year.unwrap_or(before.semesters_per_year),
            },
        }
    }
}

/// Changes a programme.
///
/// Only the members given change; `faculty` and `award` may become null. With `version` the change
/// is refused if the record is another by now.
#[utoipa::path(patch, path = "/api/v1/programmes/{id}", operation_id = "change_programme",
    params(IfMatch), request_body = ProgrammeChange,
    responses((status = 200, body = Programme)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<ProgrammeId>,
    Json(body): Json<ProgrammeChange>,
) -> ApiResult<Record<Programme>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::programme(tx, ctx, id)?;
        meant.check(before.version)?;
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_programme(tx, ctx, id, seen, &body.over(&before), archived)?;
        academics::programme(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Archives a programme.
#[utoipa::path(post, path = "/api/v1/programmes/{id}/archival",
    operation_id = "archive_programme", responses((status = 200, body = Programme)))]
pub(super) async fn archive(
    caller: Caller,
    path: Path<ProgrammeId>,
) -> ApiResult<Record<Programme>> {
    let archived = ProgrammeChange { archived: Some(true), ..ProgrammeChange::default() };
    change(caller, IfMatch::default(), path, Json(archived)).await
}
