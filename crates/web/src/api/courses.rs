//! Courses for programs.

use super::member::Member;
use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, CourseInput};
use muster_domain::ids::CourseId;
use muster_storage::academics::CourseRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A unit taught.
#[derive(Serialize, ToSchema)]
pub(super) struct Course {
    id: Uuid,
    code: String,
    name: String,
    credits: Option<i64>,
    archived_at: Option<Instant>,
    version: i64,
}

impl Tagged for Course {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<CourseRow> for Course {
    fn from(row: CourseRow) -> Self {
        Self {
            id: row.id.0,
            code: row.code,
            name: row.name,
            credits: row.credits,
            archived_at: row.archived_at.map(Instant),
            version: row.version,
        }
    }
}

/// The courses.
#[utoipa::path(get, path = "/api/v1/courses", operation_id = "list_courses",
    params(Part), responses((status = 200, body = Items<Course>)))]
pub(super) async fn list(
    caller: Caller,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Course>>> {
    let rows = caller.read(academics::courses).await?;
    Ok(Json(Items::part(rows, part, |row| row.id.0)?))
}

/// One course.
#[utoipa::path(get, path = "/api/v1/courses/{id}", operation_id = "get_course",
    params(IfNoneMatch), responses((status = 200, body = Course)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<CourseId>,
) -> ApiResult<Record<Course>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::course(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewCourse)]
pub(super) struct CourseBody {
    code: String,
    name: String,
    credits: Option<i64>,
}

/// Adds a course.
#[utoipa::path(post, path = "/api/v1/courses", operation_id = "create_course",
    request_body = CourseBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(CourseBody { code, name, credits }): Json<CourseBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let input = CourseInput { code, name, credits };
    let id = caller.write(move |tx, ctx| academics::create_course(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Members that are missing stay as they are.
#[derive(Default, Deserialize, ToSchema)]
pub(super) struct CourseChange {
    code: Option<String>,
    name: Option<String>,
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    credits: Member<i64>,
    archived: Option<bool>,
    version: Option<i64>,
}

/// Changes a course.
///
/// Only the members given change; `credits` may become null. With `version` the change is refused
/// if the record is another by now.
#[utoipa::path(patch, path = "/api/v1/courses/{id}", operation_id = "change_course",
    params(IfMatch), request_body = CourseChange, responses((status = 200, body = Course)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<CourseId>,
    Json(body): Json<CourseChange>,
) -> ApiResult<Record<Course>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::course(tx, ctx, id)?;
        meant.check(before.version)?;
        let input = CourseInput {
            code: body.code.clone().unwrap_or(before.code),
            name: body.name.clone().unwrap_or(before.name),
            credits: body.credits.or(before.credits),
        };
        let archived = body.archived.unwrap_or(before.archived_at.is_some());
        let seen = body.version.unwrap_or(before.version);
        academics::change_course(tx, ctx, id, seen, &input, archived)?;
        academics::course(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Archives a course.
#[utoipa::path(post, path = "/api/v1/courses/{id}/archival", operation_id = "archive_course",
    responses((status = 200, body = Course)))]
pub(super) async fn archive(caller: Caller, path: Path<CourseId>) -> ApiResult<Record<Course>> {
    let archived = CourseChange { archived: Some(true), ..CourseChange::default() };
    change(caller, IfMatch::default(), path, Json(archived)).await
}
