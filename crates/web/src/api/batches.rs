//! Dockets and badges for many at once, for programs.

use super::dockets::group;
use crate::caller::Caller;
use crate::pages::{badge_sheets, docket_batch_archive, docket_batch_pdf};
use crate::printing::{PDF, ZIP, accepts};
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::batches::{self, Batch, Group};
use muster_app::{badges, dockets};
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::ids::{AssessmentId, BatchId, ClassId, DocketId, ProgrammeId};
use muster_storage::batches::{BatchPersonRow, BatchRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most people in one answer.
const MOST: i64 = 1_000;

/// Badges that are issued to many at once.
#[derive(Serialize, ToSchema)]
pub(super) struct BadgeBatch {
    id: Uuid,
    /// For whom, in words.
    group: String,
    /// How many people.
    total: i64,
    /// How many of them had their turn.
    done: i64,
    issued: i64,
    /// How many had one already that counts.
    kept: i64,
    /// How many may have none.
    refused: i64,
    asked_at: Instant,
    /// Null while it is at work.
    ended_at: Option<Instant>,
    /// Why it went no further.
    failure: Option<String>,
}

impl BadgeBatch {
    fn of(row: BatchRow, group: String) -> Self {
        Self {
            id: row.id.0,
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

impl From<Batch> for BadgeBatch {
    fn from(Batch { row, group }: Batch) -> Self {
        Self::of(row, group)
    }
}

/// Dockets that are issued to many at once.
#[derive(Serialize, ToSchema)]
pub(super) struct DocketBatch {
    assessment: Uuid,
    #[serde(flatten)]
    batch: BadgeBatch,
}

/// What came of somebody in a batch of badges.
#[derive(Serialize, ToSchema)]
pub(super) struct BadgeBatchPerson {
    person: Uuid,
    name: String,
    number: String,
    /// `waiting`, `issued`, `kept` or `refused`.
    outcome: &'static str,
    /// Why they get none.
    reason: Option<String>,
}

impl From<BatchPersonRow> for BadgeBatchPerson {
    fn from(row: BatchPersonRow) -> Self {
        let BatchPersonRow { person, name, number, outcome, reasons, .. } = row;
        Self { person: person.0, name, number, outcome: outcome.key(), reason: reasons }
    }
}

/// What came of somebody in a batch of dockets.
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

async fn people(
    caller: &Caller,
    of: (BatchKind, BatchId),
    part: Part,
) -> muster_app::Result<Vec<BatchPersonRow>> {
    let outcome = part.outcome.as_deref().and_then(Outcome::from_key);
    let range = (part.from.max(0), part.limit.unwrap_or(200).clamp(1, MOST));
    caller.read(move |tx, ctx| batches::people(tx, ctx, of, outcome, range)).await
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
pub(super) async fn issue_dockets(
    caller: Caller,
    Json(body): Json<NewDocketBatch>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let group = group(body.class, body.programme, body.year)?;
    let write = caller.write(move |tx, ctx| dockets::begin_batch(tx, ctx, body.assessment, group));
    Ok(begun(&caller, write.await?))
}

fn begun(caller: &Caller, id: BatchId) -> (StatusCode, Json<Made>) {
    caller.app.wake_issuer();
    (StatusCode::CREATED, Json(Made::new(id)))
}

impl From<dockets::Batch> for DocketBatch {
    fn from(dockets::Batch { row, assessment, group }: dockets::Batch) -> Self {
        Self { assessment: assessment.id.0, batch: BadgeBatch::of(row, group) }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct OfAssessment {
    /// For which assessment.
    #[param(value_type = Uuid)]
    assessment: AssessmentId,
}

/// The latest batches of dockets for an assessment, the latest first.
#[utoipa::path(get, path = "/api/v1/docket-batches", operation_id = "list_docket_batches",
    params(OfAssessment), responses((status = 200, body = Items<DocketBatch>)))]
pub(super) async fn list_dockets(
    caller: Caller,
    Query(OfAssessment { assessment }): Query<OfAssessment>,
) -> ApiResult<Json<Items<DocketBatch>>> {
    Ok(Json(Items::all(caller.read(move |tx, ctx| dockets::batches(tx, ctx, assessment)).await?)))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PartOfDockets {
    /// With `Accept: application/pdf` or `application/zip`: the dockets of 1,000 students from this
    /// place on.
    #[serde(default)]
    from: i64,
}

/// How far a batch has come; with `Accept: application/pdf` its dockets on paper, with
/// `application/zip` a PDF for each student.
#[utoipa::path(get, path = "/api/v1/docket-batches/{id}", operation_id = "get_docket_batch",
    params(PartOfDockets), responses((status = 200, body = DocketBatch)))]
pub(super) async fn get_dockets(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<BatchId>,
    Query(PartOfDockets { from }): Query<PartOfDockets>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        return Ok(docket_batch_pdf(&caller, id, from.max(0)).await?);
    }
    if accepts(&headers, ZIP) {
        return Ok(docket_batch_archive(&caller, id, from.max(0)).await?);
    }
    let batch = caller.read(move |tx, ctx| dockets::batch(tx, ctx, id)).await?;
    Ok(Json(DocketBatch::from(batch)).into_response())
}

/// What came of each person in a batch, in its order.
#[utoipa::path(get, path = "/api/v1/docket-batches/{id}/people",
    operation_id = "list_docket_batch_people", params(Part),
    responses((status = 200, body = Items<DocketBatchPerson>)))]
pub(super) async fn people_of_dockets(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<DocketBatchPerson>>> {
    let batch = caller.read(move |tx, ctx| dockets::batch(tx, ctx, id)).await?;
    let rows = people(&caller, (BatchKind::Docket, id), part).await?.into_iter();
    let shown = rows.map(|row| DocketBatchPerson::of(row, batch.assessment.id));
    Ok(Json(Items::all(shown.collect::<Vec<_>>())))
}

/// The latest batches of badges, the latest first.
#[utoipa::path(get, path = "/api/v1/badge-batches", operation_id = "list_badge_batches",
    responses((status = 200, body = Items<BadgeBatch>)))]
pub(super) async fn list_badges(caller: Caller) -> ApiResult<Json<Items<BadgeBatch>>> {
    Ok(Json(Items::all(caller.read(badges::batches).await?)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewBadgeBatch {
    /// For the students of this class, or
    #[schema(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// of this programme,
    #[schema(value_type = Option<Uuid>)]
    programme: Option<ProgrammeId>,
    /// of this year of it, or
    year: Option<i64>,
    /// for everybody who works here.
    #[serde(default)]
    staff: bool,
}

/// Begins to issue badges to a class, a programme or the staff; whoever has one that counts keeps it.
#[utoipa::path(post, path = "/api/v1/badge-batches", operation_id = "issue_badges",
    request_body = NewBadgeBatch, responses((status = 201, body = Made)))]
pub(super) async fn issue_badges(
    caller: Caller,
    Json(body): Json<NewBadgeBatch>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let group = match (body.staff, body.class, body.programme) {
        (true, None, None) => Group::Staff,
        (_, class, programme) => Group::Students(group(class, programme, body.year)?),
    };
    let write = caller.write(move |tx, ctx| badges::begin_batch(tx, ctx, group));
    Ok(begun(&caller, write.await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Sheets {
    /// With `Accept: application/pdf`: the cards of 500 people from this place on.
    #[serde(default)]
    from: i64,
}

/// How far a batch has come; with `Accept: application/pdf` its sheets to cut.
#[utoipa::path(get, path = "/api/v1/badge-batches/{id}", operation_id = "get_badge_batch",
    params(Sheets), responses((status = 200, body = BadgeBatch)))]
pub(super) async fn get_badges(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<BatchId>,
    Query(Sheets { from }): Query<Sheets>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        return Ok(badge_sheets(&caller, id, from).await?);
    }
    let batch = caller.read(move |tx, ctx| badges::batch(tx, ctx, id)).await?;
    Ok(Json(BadgeBatch::from(batch)).into_response())
}

/// What came of each person in a batch, in its order.
#[utoipa::path(get, path = "/api/v1/badge-batches/{id}/people",
    operation_id = "list_badge_batch_people", params(Part),
    responses((status = 200, body = Items<BadgeBatchPerson>)))]
pub(super) async fn people_of_badges(
    caller: Caller,
    Path(id): Path<BatchId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<BadgeBatchPerson>>> {
    Ok(Json(Items::all(people(&caller, (BatchKind::Badge, id), part).await?)))
}
