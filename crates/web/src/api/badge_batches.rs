//! Badges for many at once, for programs.

use super::dockets::group;
use crate::caller::Caller;
use crate::pages::badge_sheets;
use crate::printing::{PDF, accepts};
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::badges::{self, Batch, Group};
use muster_domain::dockets::Outcome;
use muster_domain::ids::{BadgeBatchId, ClassId, ProgrammeId};
use muster_storage::badge_batches::BadgeBatchPersonRow;
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
    /// How many had a badge that counts.
    kept: i64,
    /// How many get none.
    refused: i64,
    asked_at: Instant,
    /// Null while it is at work.
    ended_at: Option<Instant>,
    /// Why it went no further.
    failure: Option<String>,
}

impl From<Batch> for BadgeBatch {
    fn from(Batch { row, group }: Batch) -> Self {
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

/// The latest batches of badges, the latest first.
#[utoipa::path(get, path = "/api/v1/badge-batches", operation_id = "list_badge_batches",
    responses((status = 200, body = Items<BadgeBatch>)))]
pub(super) async fn list(caller: Caller) -> ApiResult<Json<Items<BadgeBatch>>> {
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
pub(super) async fn begin(
    caller: Caller,
    Json(body): Json<NewBadgeBatch>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let group = match (body.staff, body.class, body.programme) {
        (true, None, None) => Group::Staff,
        (_, class, programme) => Group::Students(group(class, programme, body.year)?),
    };
    let made = caller.write(move |tx, ctx| badges::begin_batch(tx, ctx, group)).await?;
    caller.app.wake_issuer();
    Ok((StatusCode::CREATED, Json(Made::new(made))))
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
pub(super) async fn get(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<BadgeBatchId>,
    Query(Sheets { from }): Query<Sheets>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        return Ok(badge_sheets(&caller, id, from).await?);
    }
    let batch = caller.read(move |tx, ctx| badges::batch(tx, ctx, id)).await?;
    Ok(Json(BadgeBatch::from(batch)).into_response())
}

/// What came of somebody in a batch.
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

impl From<BadgeBatchPersonRow> for BadgeBatchPerson {
    fn from(row: BadgeBatchPersonRow) -> Self {
        let BadgeBatchPersonRow { person, name, number, outcome, reason, .. } = row;
        Self { person: person.0, name, number, outcome: outcome.key(), reason }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct People {
    /// `waiting`, `issued`, `kept` or `refused`; all without it.
    outcome: Option<String>,
    /// People to pass over.
    #[serde(default)]
    from: i64,
    /// At most so many: 1 to 1000, 200 without it.
    limit: Option<i64>,
}

/// What came of each person in a batch, in its order.
#[utoipa::path(get, path = "/api/v1/badge-batches/{id}/people",
    operation_id = "list_badge_batch_people", params(People),
    responses((status = 200, body = Items<BadgeBatchPerson>)))]
pub(super) async fn people(
    caller: Caller,
    Path(id): Path<BadgeBatchId>,
    Query(part): Query<People>,
) -> ApiResult<Json<Items<BadgeBatchPerson>>> {
    let outcome = part.outcome.as_deref().and_then(Outcome::from_key);
    let range = (part.from.max(0), part.limit.unwrap_or(200).clamp(1, MOST));
    let read = caller.read(move |tx, ctx| badges::batch_people(tx, ctx, id, outcome, range));
    Ok(Json(Items::all(read.await?)))
}
