//! Enrolling a year and semester of a programme, for programs.

use super::places::Candidate;
use crate::caller::Caller;
use crate::problem::ApiResult;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics::{self, Cohort, CohortClass, CohortPlan};
use muster_domain::ids::{ClassId, ProgrammeId, TermId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// What enrolling a year and semester comes to.
#[derive(Serialize, ToSchema)]
pub(super) struct Enrolling {
    students: Vec<Candidate>,
    classes: Vec<JoinedClass>,
    /// Required courses that have no class in the term.
    missing: Vec<MissingCourse>,
}

/// A class and who would join it.
#[derive(Serialize, ToSchema)]
pub(super) struct JoinedClass {
    class: Uuid,
    course_code: String,
    section: String,
    /// How many attend it now.
    attending: usize,
    joining: Vec<Candidate>,
}

/// A required course that has no class in the term.
#[derive(Serialize, ToSchema)]
pub(super) struct MissingCourse {
    course: Uuid,
    course_code: String,
}

impl From<CohortPlan> for Enrolling {
    fn from(plan: CohortPlan) -> Self {
        let missing = plan.missing.into_iter();
        Self {
            students: plan.students.into_iter().map(Into::into).collect(),
            classes: plan.classes.into_iter().map(Into::into).collect(),
            missing: missing
                .map(|line| MissingCourse { course: line.course.0, course_code: line.course_code })
                .collect(),
        }
    }
}

impl From<CohortClass> for JoinedClass {
    fn from(row: CohortClass) -> Self {
        Self {
            class: row.class.id.0,
            course_code: row.class.course_code,
            section: row.class.section,
            attending: row.attending,
            joining: row.joining.into_iter().map(Into::into).collect(),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    #[param(value_type = Uuid)]
    term: TermId,
    /// Year of the programme, from 1.
    year: i64,
    /// Semester of the year, from 1.
    semester: i64,
}

/// Who of a year and semester would be enrolled in which classes of the curriculum.
#[utoipa::path(get, path = "/api/v1/programmes/{id}/enrolment",
    operation_id = "preview_programme_enrolment", params(Asked),
    responses((status = 200, body = Enrolling)))]
pub(super) async fn preview(
    caller: Caller,
    Path(programme): Path<ProgrammeId>,
    Query(Asked { term, year, semester }): Query<Asked>,
) -> ApiResult<Json<Enrolling>> {
    let cohort = Cohort { programme, term, year, semester };
    let read = caller.read(move |tx, ctx| academics::plan_cohort(tx, ctx, cohort, None));
    Ok(Json(read.await?.into()))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = ProgrammeEnrolment)]
pub(super) struct CohortBody {
    #[schema(value_type = Uuid)]
    term: TermId,
    year: i64,
    semester: i64,
    /// The classes that take students; missing: all of them.
    #[schema(value_type = Option<Vec<Uuid>>)]
    classes: Option<Vec<ClassId>>,
}

/// How many places were made.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolledCount {
    enrolled: usize,
}

/// Enrols a year and semester in the classes of the curriculum: all of it, or nothing.
///
/// Sections of a course share the students evenly. Who has, or had, a place in a section of a
/// course is left out there.
#[utoipa::path(post, path = "/api/v1/programmes/{id}/enrolment",
    operation_id = "enrol_programme", request_body = CohortBody,
    responses((status = 201, body = EnrolledCount)))]
pub(super) async fn enrol(
    caller: Caller,
    Path(programme): Path<ProgrammeId>,
    Json(CohortBody { term, year, semester, classes }): Json<CohortBody>,
) -> ApiResult<(StatusCode, Json<EnrolledCount>)> {
    let cohort = Cohort { programme, term, year, semester };
    let write =
        caller.write(move |tx, ctx| academics::enrol_cohort(tx, ctx, cohort, classes.as_deref()));
    Ok((StatusCode::CREATED, Json(EnrolledCount { enrolled: write.await? })))
}
