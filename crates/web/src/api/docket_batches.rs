//! Dockets for many at once, for programs.

use super::dockets::group;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::dockets::{self, Batch};
use muster_domain::dockets::Outcome;
use muster_domain::ids::{AssessmentId, ClassId, DocketBatchId, DocketId, ProgrammeId};
use muster_storage::docket_batches::BatchPersonRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most people in one answer.
const MOST: i64 = 1_000;

/// Dockets that are issued to many at once.
#[derive(Serialize, ToSchema)]
pub(super) struct DocketBatch {
    id: Uuid,
    assessment: Uuid,
    /// For whom, in words.
    group: String,
    /// How many people.
    total: i64,
    /// How many of them had their turn.
    done: i64,
    issued: i64,
    /// How many had a docket already.
    kept: i64,
    /// How many are not eligible.
    refused: i64,
    asked_at: Instant,
    /// Null while it is at work.
    ended_at: Option<Instant>,
    /// Why it went no further.
    failure: Option<String>,
}

impl From<Batch> for DocketBatch {
    fn from(batch: Batch) -> Self {
        let Batch { row, group, .. } = batch;
        Self {
            id: row.id.0,
            assessment: row.assessment.0,
            group,
            total: row.total,
            done: row.done,
            issued: row.issued,
            kept: row.kept,
            refused: row.refused,
            asked_at: Instant(row.asked_at),
            ended_at: row.ended_at.map(Instant),
            failure: row.failure,
        }
    }
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewDocketBatch {
    #[schema(value_type = Uuid)]
    assessment: AssessmentId,
    /// For the students of this class, or
    #[schema(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// of this programme,
    #[schema(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// or of this year of it.
    year: Option<i64>,
}

/// Begins to issue dockets to whoever of a class or a programme is eligible; who has one keeps it.
#[utoipa::path(post, path = "/api/v1/docket-batches", operation_id = "issue_dockets",
    request_body = NewDocketBatch, responses((status = 201, body = Made)))]
pub(super) async fn begin(
    caller: Caller,
    Json(body): Json<NewDocketBatch>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let group = group(body.class, body.programme, body.year)?;
    let write = caller.write(move |tx, ctx| dockets::begin_batch(tx, ctx, body.assessment, group));
    let made = write.await?;
    caller.app.wake_issuer();
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

/// How far a batch has come.
#[utoipa::path(get, path = "/api/v1/docket-batches/{id}", operation_id = "get_docket_batch",
    responses((status = 200, body = DocketBatch)))]
pub(super) async fn get(
    caller: Caller,
    Path(id): Path<DocketBatchId>,
) -> ApiResult<Json<DocketBatch>> {
    let batch = caller.read(move |tx, ctx| dockets::batch(tx, ctx, id)).await?;
    Ok(Json(batch.into()))
}

/// What came of somebody in a batch.
#[derive(Serialize, ToSchema)]
pub(super) struct DocketBatchPerson {
    person: Uuid,
    name: String,
    number: String,
    /// `waiting`, `issued`, `kept` or `refused`.
    outcome: &'static str,
    /// Why they are not eligible, a sentence each.
    reasons: Vec<String>,
    docket: Option<Uuid>,
}

impl DocketBatchPerson {
    fn of(row: BatchPersonRow, assessment: AssessmentId) -> Self {
        let has_one = matches!(row.outcome, Outcome::Issued | Outcome::Kept);
        let reasons = row.reasons.unwrap_or_default();
        Self {
            person: row.person.0,
            name: row.name,
            number: row.number,
            outcome: row.outcome.key(),
            reasons: reasons.lines().map(str::to_owned).collect(),
            docket: has_one.then(|| DocketId::of(row.person, assessment).0),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// `waiting`, `issued`, `kept` or `refused`; all without it.
    outcome: Option<String>,
    /// People to pass over.
    #[serde(default)]
    from: i64,
    /// At most so many: 1 to 1000, 200 without it.
    limit: Option<i64>,
}

/// What came of each person in a batch, in its order.
#[utoipa::path(get, path = "/api/v1/docket-batches/{id}/people",
    operation_id = "list_docket_batch_people", params(Part),
    responses((status = 200, body = Items<DocketBatchPerson>)))]
pub(super) async fn people(
    caller: Caller,
    Path(id): Path<DocketBatchId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<DocketBatchPerson>>> {
    let outcome = part.outcome.as_deref().and_then(Outcome::from_key);
    let range = (part.from.max(0), part.limit.unwrap_or(200).clamp(1, MOST));
    let read = caller.read(move |tx, ctx| {
        let batch = dockets::batch(tx, ctx, id)?;
        let rows = dockets::batch_people(tx, ctx, id, outcome, range)?;
        let shown = rows.into_iter().map(|row| DocketBatchPerson::of(row, batch.assessment.id));
        Ok(shown.collect::<Vec<_>>())
    });
    Ok(Json(Items::all(read.await?)))
}
