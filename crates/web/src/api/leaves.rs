//! Leave for programs.

use super::requests::{self, Named};
use crate::caller::Caller;
use crate::files::download;
use crate::pages::period;
use crate::problem::ApiResult;
use crate::shapes::{Day, Instant, Items, RequestStateKey};
use crate::times;
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use muster_app::Error;
use muster_app::leaves::{self, Asking};
use muster_domain::ids::{LeaveId, PersonId};
use muster_storage::corrections::Part;
use muster_storage::leaves::LeaveRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Days in which a student need not come.
#[derive(Serialize, ToSchema)]
pub(super) struct Leave {
    id: Uuid,
    person: Uuid,
    name: String,
    number: String,
    starts_on: Day,
    /// The last day.
    ends_on: Day,
    reason: String,
    /// Name of the file at `/attachment`; null if there is none.
    attachment: Option<String>,
    state: RequestStateKey,
    /// The student, or who entered it.
    asked_by: Uuid,
    asked_at: Instant,
    decided_by: Option<Uuid>,
    /// When it was decided, withdrawn or ended.
    decided_at: Option<Instant>,
    comment: Option<String>,
}

impl From<LeaveRow> for Leave {
    fn from(row: LeaveRow) -> Self {
        Self {
            id: row.id.0,
            person: row.person.0,
            name: row.name,
            number: row.number,
            starts_on: Day(row.starts_on),
            ends_on: Day(row.ends_on),
            reason: row.reason,
            attachment: row.attachment_name,
            state: RequestStateKey(row.state),
            asked_by: row.asked_by.0,
            asked_at: Instant(row.asked_at),
            decided_by: row.decided_by.map(Into::into),
            decided_at: row.decided_at.map(Instant),
            comment: row.comment,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// The caller's own, instead of everybody's.
    #[serde(default)]
    mine: bool,
    /// How far they have come: `asked` without it. Not with `mine`.
    #[param(inline)]
    state: Option<String>,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<LeaveId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Leave, the latest first.
#[utoipa::path(get, path = "/api/v1/leaves", operation_id = "list_leaves", params(Filter),
    responses((status = 200, body = Items<Leave>)))]
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> ApiResult<Json<Items<Leave>>> {
    let Filter { mine, state, cursor, limit } = filter;
    let (limit, state) = (requests::limit(limit), requests::state(state.as_deref())?);
    let read = caller.read(move |tx, ctx| {
        let part = Part { before: cursor.unwrap_or(LeaveId(Uuid::max())), limit: limit + 1 };
        if mine { leaves::own(tx, ctx, part) } else { leaves::queue(tx, ctx, state, part) }
    });
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewLeave {
    /// Whose; the caller's own without it.
    #[schema(value_type = Option<Uuid>)]
    person: Option<PersonId>,
    #[schema(format = Date)]
    starts_on: String,
    /// The last day.
    #[schema(format = Date)]
    ends_on: String,
    reason: String,
}

/// Asks for leave; entered for somebody else, it is approved at once.
#[utoipa::path(post, path = "/api/v1/leaves", operation_id = "ask_for_leave",
    request_body = NewLeave, responses((status = 201, body = Leave)))]
pub(super) async fn ask(
    caller: Caller,
    Json(body): Json<NewLeave>,
) -> ApiResult<(StatusCode, Json<Leave>)> {
    let (starts_on, ends_on) = period(&body.starts_on, &body.ends_on)?;
    let done = caller.write(move |tx, ctx| {
        let person = match body.person {
            Some(person) => person,
            None => ctx.person()?,
        };
        let reason = body.reason.clone();
        let asking = Asking { person, starts_on, ends_on, reason, attachment: None };
        let id = leaves::ask(tx, ctx, &asking)?;
        leaves::get(tx, ctx, id)
    });
    Ok((StatusCode::CREATED, Json(done.await?.into())))
}

/// A leave.
#[utoipa::path(get, path = "/api/v1/leaves/{id}", operation_id = "get_leave",
    responses((status = 200, body = Leave)))]
pub(super) async fn get(caller: Caller, Path(id): Path<LeaveId>) -> ApiResult<Json<Leave>> {
    Ok(Json(caller.read(move |tx, ctx| leaves::get(tx, ctx, id)).await?.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Decision {
    approve: bool,
    /// Needed to refuse.
    #[serde(default)]
    comment: String,
}

/// Approves or refuses leave.
///
/// Approved, it excuses wherever nobody marked the student, in closed sessions too.
#[utoipa::path(post, path = "/api/v1/leaves/{id}/decision", operation_id = "decide_leave",
    request_body = Decision, responses((status = 200, body = Leave)))]
pub(super) async fn decide(
    caller: Caller,
    Path(id): Path<LeaveId>,
    Json(Decision { approve, comment }): Json<Decision>,
) -> ApiResult<Json<Leave>> {
    let done = caller.write(move |tx, ctx| leaves::decide(tx, ctx, id, approve, &comment)).await?;
    Ok(Json(done.into()))
}

/// Takes back what the caller asked for.
#[utoipa::path(post, path = "/api/v1/leaves/{id}/withdrawal", operation_id = "withdraw_leave",
    responses((status = 200, body = Leave)))]
pub(super) async fn withdraw(caller: Caller, Path(id): Path<LeaveId>) -> ApiResult<Json<Leave>> {
    Ok(Json(caller.write(move |tx, ctx| leaves::withdraw(tx, ctx, id)).await?.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct Ending {
    /// The last day that is still leave; before the first one, all of it is withdrawn.
    #[schema(format = Date)]
    last_day: String,
}

/// Ends approved leave earlier; what it excused afterwards is absence again.
#[utoipa::path(post, path = "/api/v1/leaves/{id}/ending", operation_id = "end_leave",
    request_body = Ending, responses((status = 200, body = Leave)))]
pub(super) async fn end(
    caller: Caller,
    Path(id): Path<LeaveId>,
    Json(Ending { last_day }): Json<Ending>,
) -> ApiResult<Json<Leave>> {
    let last = times::parse_date(&last_day)
        .ok_or_else(|| Error::field("last_day", "Enter a day, for example 2026-09-01."))?;
    Ok(Json(caller.write(move |tx, ctx| leaves::end(tx, ctx, id, last)).await?.into()))
}

/// Attaches a file to what the caller asked for, in the place of another.
///
/// A PDF, JPEG or PNG of at most 5 MiB, while nothing is decided.
#[utoipa::path(put, path = "/api/v1/leaves/{id}/attachment", operation_id = "attach_to_leave",
    params(Named), request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204)))]
pub(super) async fn attach(
    caller: Caller,
    Path(id): Path<LeaveId>,
    Query(named): Query<Named>,
    body: Body,
) -> ApiResult<StatusCode> {
    let file = named.file(body).await?;
    caller.write(move |tx, ctx| leaves::attach(tx, ctx, id, &file)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is attached to a leave.
#[utoipa::path(get, path = "/api/v1/leaves/{id}/attachment",
    operation_id = "get_attachment_of_leave",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn attachment(caller: Caller, Path(id): Path<LeaveId>) -> ApiResult<Response> {
    Ok(download(caller.read(move |tx, ctx| leaves::attachment(tx, ctx, id)).await?))
}
