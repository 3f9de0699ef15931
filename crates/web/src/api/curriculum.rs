//! What programmes require, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, Requirement};
use muster_domain::ids::{CourseId, CurriculumId, ProgrammeId};
use muster_storage::curriculum::CurriculumRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A course that a programme requires in a year and semester.
#[derive(Serialize, ToSchema)]
pub(super) struct CurriculumLine {
    id: Uuid,
    course: Uuid,
    course_code: String,
    course_name: String,
    credits: Option<i64>,
    /// Year of the programme, from 1.
    year: i64,
    /// Semester of the year, from 1.
    semester: i64,
}

impl From<CurriculumRow> for CurriculumLine {
    fn from(row: CurriculumRow) -> Self {
        Self {
            id: row.id.0,
            course: row.course.0,
            course_code: row.course_code,
            course_name: row.course_name,
            credits: row.credits,
            year: row.year,
            semester: row.semester,
        }
    }
}

/// A programme's curriculum, by year, semester and code.
#[utoipa::path(get, path = "/api/v1/programmes/{id}/curriculum", operation_id = "get_curriculum",
    params(Part), responses((status = 200, body = Items<CurriculumLine>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<CurriculumLine>>> {
    let read = caller.read(move |tx, ctx| academics::curriculum(tx, ctx, id));
    Ok(Json(Items::part(read.await?, part, |row| row.id.0)?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewCurriculumLine)]
pub(super) struct LineBody {
    #[schema(value_type = Uuid)]
    course: CourseId,
    year: i64,
    semester: i64,
}

/// Adds a course to a programme's curriculum.
#[utoipa::path(post, path = "/api/v1/programmes/{id}/curriculum",
    operation_id = "add_to_curriculum", request_body = LineBody,
    responses((status = 201, body = Made)))]
pub(super) async fn add(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Json(LineBody { course, year, semester }): Json<LineBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let input = Requirement { course, year, semester };
    let made = caller.write(move |tx, ctx| academics::add_requirement(tx, ctx, id, input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

/// Takes a course out of a programme's curriculum.
#[utoipa::path(delete, path = "/api/v1/programmes/{id}/curriculum/{line}",
    operation_id = "remove_from_curriculum", responses((status = 204)))]
pub(super) async fn remove(
    caller: Caller,
    Path((id, line)): Path<(ProgrammeId, CurriculumId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::remove_requirement(tx, ctx, id, line)).await?;
    Ok(StatusCode::NO_CONTENT)
}
