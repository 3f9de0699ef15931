//! Assessments for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Items, Made};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::finance::{self, AssessmentInput};
use muster_domain::finance::Share;
use muster_domain::ids::{AssessmentId, TermId};
use muster_storage::assessments::AssessmentRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// An exam kind within a term.
#[derive(Serialize, ToSchema)]
pub(super) struct Assessment {
    id: Uuid,
    term: Uuid,
    code: String,
    name: String,
    /// The share of the fee that it needs, in hundredths of a percent.
    required_share: i64,
    position: i64,
    /// Dockets are issued for it now.
    active: bool,
    /// 0 while it is as every term has it to begin with.
    version: i64,
}

impl Tagged for Assessment {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<AssessmentRow> for Assessment {
    fn from(row: AssessmentRow) -> Self {
        Self {
            id: row.id.0,
            term: row.term.0,
            code: row.code,
            name: row.name,
            required_share: row.required_share,
            position: row.position,
            active: row.active,
            version: row.version,
        }
    }
}

/// The assessments of a term, in their order.
#[utoipa::path(get, path = "/api/v1/terms/{id}/assessments", operation_id = "list_assessments",
    responses((status = 200, body = Items<Assessment>)))]
pub(super) async fn list(
    caller: Caller,
    Path(term): Path<TermId>,
) -> ApiResult<Json<Items<Assessment>>> {
    let rows = caller.read(move |tx, ctx| finance::assessments(tx, ctx, term)).await?;
    Ok(Json(Items::all(rows)))
}

/// One assessment.
#[utoipa::path(get, path = "/api/v1/assessments/{id}", operation_id = "get_assessment",
    params(IfNoneMatch), responses((status = 200, body = Assessment)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<AssessmentId>,
) -> ApiResult<Record<Assessment>> {
    Ok(known.or(caller.read(move |tx, ctx| finance::assessment(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewAssessment)]
pub(super) struct AssessmentBody {
    code: String,
    name: String,
    /// In hundredths of a percent: 7500 is 75 %.
    required_share: i64,
}

/// Adds an assessment to a term, behind the others.
#[utoipa::path(post, path = "/api/v1/terms/{id}/assessments", operation_id = "create_assessment",
    request_body = AssessmentBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Path(term): Path<TermId>,
    Json(body): Json<AssessmentBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let AssessmentBody { code, name, required_share } = body;
    let input = AssessmentInput { code, name, required: Share(required_share).to_string() };
    let write = caller.write(move |tx, ctx| finance::create_assessment(tx, ctx, term, &input));
    Ok((StatusCode::CREATED, Json(Made::new(write.await?))))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct AssessmentChange {
    code: Option<String>,
    name: Option<String>,
    /// In hundredths of a percent: 7500 is 75 %.
    required_share: Option<i64>,
    version: Option<i64>,
}

/// Changes an assessment: clearances follow at once.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/assessments/{id}", operation_id = "change_assessment",
    params(IfMatch), request_body = AssessmentChange,
    responses((status = 200, body = Assessment)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<AssessmentId>,
    Json(body): Json<AssessmentChange>,
) -> ApiResult<Record<Assessment>> {
    let write = caller.write(move |tx, ctx| {
        let before = finance::assessment(tx, ctx, id)?;
        meant.check(before.version)?;
        let share = body.required_share.unwrap_or(before.required_share);
        let input = AssessmentInput {
            code: body.code.clone().unwrap_or(before.code),
            name: body.name.clone().unwrap_or(before.name),
            required: Share(share).to_string(),
        };
        let seen = body.version.unwrap_or(before.version);
        finance::change_assessment(tx, ctx, id, seen, &input)?;
        finance::assessment(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

async fn set_active(caller: Caller, id: AssessmentId, on: bool) -> ApiResult<Json<Assessment>> {
    let write = caller.write(move |tx, ctx| {
        finance::activate_assessment(tx, ctx, id, on)?;
        finance::assessment(tx, ctx, id)
    });
    Ok(Json(write.await?.into()))
}

/// Makes it the active assessment of its term: dockets are issued for it, and for no other.
#[utoipa::path(post, path = "/api/v1/assessments/{id}/activation",
    operation_id = "activate_assessment", responses((status = 200, body = Assessment)))]
pub(super) async fn activate(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> ApiResult<Json<Assessment>> {
    set_active(caller, id, true).await
}

/// Issues no more dockets for it.
#[utoipa::path(post, path = "/api/v1/assessments/{id}/ending", operation_id = "end_assessment",
    responses((status = 200, body = Assessment)))]
pub(super) async fn end(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> ApiResult<Json<Assessment>> {
    set_active(caller, id, false).await
}
