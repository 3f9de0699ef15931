//! Holds on dockets for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::holds;
use muster_domain::ids::{HoldId, PersonId};
use muster_storage::holds::HoldRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most holds in one answer.
const MOST: i64 = 200;

/// A block on a person's dockets.
#[derive(Serialize, ToSchema)]
pub(super) struct Hold {
    id: Uuid,
    person: Uuid,
    name: String,
    number: String,
    reason: String,
    placed_by: Option<Uuid>,
    placed_at: Instant,
    lifted_by: Option<Uuid>,
    /// Null while it stands.
    lifted_at: Option<Instant>,
    lifting_reason: Option<String>,
}

impl From<HoldRow> for Hold {
    fn from(row: HoldRow) -> Self {
        Self {
            id: row.id.0,
            person: row.person.0,
            name: row.name,
            number: row.number,
            reason: row.reason,
            placed_by: row.placed_by.map(|id| id.0),
            placed_at: Instant(row.placed_at),
            lifted_by: row.lifted_by.map(|id| id.0),
            lifted_at: row.lifted_at.map(Instant),
            lifting_reason: row.lifting_reason,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Those on this person, whole.
    #[param(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    /// Those that were lifted, too.
    #[serde(default)]
    all: bool,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<HoldId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Holds, the latest first.
#[utoipa::path(get, path = "/api/v1/holds", operation_id = "list_holds", params(Page),
    responses((status = 200, body = Items<Hold>)))]
pub(super) async fn list(caller: Caller, Query(page): Query<Page>) -> ApiResult<Json<Items<Hold>>> {
    let Page { person, all, cursor, limit } = page;
    if let Some(person) = person {
        let mut rows = caller.read(move |tx, ctx| holds::of_person(tx, ctx, person)).await?;
        rows.retain(|row| all || row.lifted_at.is_none());
        return Ok(Json(Items::all(rows)));
    }
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let rows = caller.read(move |tx, ctx| holds::list(tx, ctx, all, (cursor, limit + 1))).await?;
    Ok(Json(Items::cut(rows, limit, |row| row.id.0)))
}

/// A hold.
#[utoipa::path(get, path = "/api/v1/holds/{id}", operation_id = "get_hold",
    responses((status = 200, body = Hold)))]
pub(super) async fn get(caller: Caller, Path(id): Path<HoldId>) -> ApiResult<Json<Hold>> {
    let row = caller.read(move |tx, ctx| holds::get(tx, ctx, id)).await?;
    Ok(Json(row.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewHold {
    #[schema(value_type = Uuid)]
    person: PersonId,
    /// The person reads it.
    reason: String,
}

/// Places a hold: no docket is issued, and those that were issued admit nobody.
#[utoipa::path(post, path = "/api/v1/holds", operation_id = "place_hold", request_body = NewHold,
    responses((status = 201, body = Made)))]
pub(super) async fn place(
    caller: Caller,
    Json(body): Json<NewHold>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let NewHold { person, reason } = body;
    let made = caller.write(move |tx, ctx| holds::place(tx, ctx, person, &reason)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct HoldLifting {
    #[serde(default)]
    reason: String,
}

/// Lifts a hold: dockets that were issued before admit again, unless another hold stands.
#[utoipa::path(post, path = "/api/v1/holds/{id}/lifting", operation_id = "lift_hold",
    request_body = HoldLifting, responses((status = 204)))]
pub(super) async fn lift(
    caller: Caller,
    Path(id): Path<HoldId>,
    Json(body): Json<HoldLifting>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| holds::lift(tx, ctx, id, &body.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}
