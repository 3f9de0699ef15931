//! A whole session's marks at once, for programs.

use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::shapes::{ExtentKey, Instant, Items, StatusKey};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::marks::bulk;
use muster_domain::attendance::{Extent, Status};
use muster_domain::ids::{BulkId, SessionId};
use muster_storage::bulk::BulkRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewBulkMark)]
pub(super) struct Body {
    #[schema(value_type = StatusKey)]
    status: String,
    /// `all` sets everybody's mark, also of those who have one; `unmarked` leaves real marks as
    /// they are. Without it: `all`.
    #[schema(value_type = Option<ExtentKey>)]
    extent: Option<String>,
    reason: String,
}

/// Marks that were set at once.
#[derive(Serialize, ToSchema)]
pub(super) struct MadeBulkMark {
    id: Uuid,
    /// Whose mark changed.
    changed: Vec<Uuid>,
}

/// Sets the marks of a whole session at once.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/bulk-marks", operation_id = "mark_all",
    request_body = Body, responses((status = 201, body = MadeBulkMark)))]
pub(super) async fn create(
    caller: Caller,
    Path(session): Path<SessionId>,
    Json(body): Json<Body>,
) -> ApiResult<(StatusCode, Json<MadeBulkMark>)> {
    let wrong = || Error::field("status", "Choose present, late, excused or absent.");
    let status = Status::from_key(&body.status).ok_or_else(wrong)?;
    let wrong = || Error::field("extent", "Choose all or unmarked.");
    let extent = body.extent.as_deref().map_or(Some(Extent::All), Extent::from_key);
    let (extent, reason) = (extent.ok_or_else(wrong)?, body.reason);
    let write =
        caller.write(move |tx, ctx| bulk::mark_all(tx, ctx, session, status, extent, &reason));
    let (id, changed) = write.await?;
    let changed = changed.into_iter().map(Into::into).collect();
    Ok((StatusCode::CREATED, Json(MadeBulkMark { id: id.0, changed })))
}

/// Marks that were set at once.
#[derive(Serialize, ToSchema)]
pub(super) struct BulkMark {
    id: Uuid,
    status: StatusKey,
    extent: ExtentKey,
    reason: String,
    marked_by: Uuid,
    at: Instant,
    /// How many marks it changed.
    changed: i64,
    /// When it was taken back.
    reversed_at: Option<Instant>,
}

impl From<BulkRow> for BulkMark {
    fn from(row: BulkRow) -> Self {
        Self {
            id: row.id.0,
            status: StatusKey(row.status),
            extent: ExtentKey(row.extent),
            reason: row.reason,
            marked_by: row.marked_by.0,
            at: Instant(row.at),
            changed: row.changed,
            reversed_at: row.reversed_at.map(Instant),
        }
    }
}

/// What was set at once in a session, the latest first.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/bulk-marks", operation_id = "list_bulk_marks",
    responses((status = 200, body = Items<BulkMark>)))]
pub(super) async fn list(
    caller: Caller,
    Path(session): Path<SessionId>,
) -> ApiResult<Json<Items<BulkMark>>> {
    let rows = caller.read(move |tx, ctx| bulk::bulks(tx, ctx, session)).await?;
    Ok(Json(Items::all(rows)))
}

/// What taking back came to.
#[derive(Serialize, ToSchema)]
pub(super) struct BulkReversal {
    /// For whom stands again what stood before.
    restored: Vec<Uuid>,
    /// Whose mark was changed since, and stays so.
    kept: Vec<Uuid>,
}

/// Takes back what was set at once.
///
/// What stood before stands again, for everybody whose mark was not changed since.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/bulk-marks/{bulk}/reversal",
    operation_id = "reverse_bulk_mark",
    responses(
        (status = 200, body = BulkReversal),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`already-reversed`."),
    ))]
pub(super) async fn reverse(
    caller: Caller,
    Path((session, id)): Path<(SessionId, BulkId)>,
) -> ApiResult<Json<BulkReversal>> {
    let reversed = caller.write(move |tx, ctx| bulk::reverse(tx, ctx, session, id)).await?;
    let ids = |people: Vec<_>| people.into_iter().map(Uuid::from).collect();
    Ok(Json(BulkReversal { restored: ids(reversed.restored), kept: ids(reversed.kept) }))
}
