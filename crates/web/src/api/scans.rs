//! What was presented at points, for programs: lists of the records.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{DirectionKey, Instant, Items, VerdictKey};
use axum::Json;
use axum::extract::{Path, Query};
use muster_app::redemptions;
use muster_app::room_lists::Place;
use muster_domain::ids::{AssessmentId, EventId, PassId, PointId, RedemptionId, SittingId};
use muster_domain::verification::{Direction, VerdictKind};
use muster_storage::redemptions::{RedemptionRow, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most records in one answer.
const MOST: i64 = 200;

/// A presentation as it was recorded.
#[derive(Serialize, ToSchema)]
#[schema(as = RecordedRedemption)]
pub(super) struct Recorded {
    id: Uuid,
    point: Uuid,
    point_name: String,
    /// Null where what was shown is no pass.
    pass: Option<Uuid>,
    /// Null where what was shown is no docket.
    docket: Option<Uuid>,
    holder: Option<String>,
    /// The pass type, or which docket.
    pass_type: Option<String>,
    direction: DirectionKey,
    count: i64,
    verdict: VerdictKey,
    /// Whether they went through.
    admitted: bool,
    overridden: Option<VerdictKey>,
    remark: Option<String>,
    scanned_at: Instant,
    received_at: Instant,
    /// By how many seconds the device's clock was ahead, where that had to be corrected.
    clock_off: Option<i64>,
    /// Whether the pass was withdrawn or handed on after the scan and before it was received.
    ended_since: bool,
    person: Uuid,
    person_name: String,
    device: Option<Uuid>,
    address: String,
    undone_at: Option<Instant>,
    undone_by: Option<Uuid>,
    undone_reason: Option<String>,
}

impl From<RedemptionRow> for Recorded {
    fn from(row: RedemptionRow) -> Self {
        Self {
            id: row.id.0,
            point: row.point.0,
            point_name: row.point_name,
            pass: row.record.filter(|_| row.kind.as_deref() == Some("pass")),
            docket: row.record.filter(|_| row.kind.as_deref() == Some("docket")),
            holder: row.holder,
            pass_type: row.type_name,
            direction: DirectionKey(row.direction),
            count: row.people,
            verdict: VerdictKey(row.verdict),
            admitted: row.admitted,
            overridden: row.overridden.map(VerdictKey),
            remark: row.remark,
            scanned_at: Instant(row.scanned_at),
            received_at: Instant(row.received_at),
            clock_off: row.clock_off.map(|off| off / 1_000_000),
            ended_since: row.ended_since,
            person: row.person.0,
            person_name: row.person_name,
            device: row.device.map(Uuid::from),
            address: row.address,
            undone_at: row.undone_at.map(Instant),
            undone_by: row.undone_by.map(Uuid::from),
            undone_reason: row.undone_reason,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Those with this verdict alone.
    #[serde(default)]
    verdict: String,
    /// `entry` or `exit` alone.
    #[serde(default)]
    direction: String,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<RedemptionId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

impl Page {
    fn wanted(&self) -> (Wanted, Option<RedemptionId>, i64) {
        let wanted = Wanted {
            verdict: VerdictKind::from_key(&self.verdict),
            direction: Direction::from_key(&self.direction),
            ..Wanted::default()
        };
        (wanted, self.cursor, self.limit.unwrap_or(50).clamp(1, MOST))
    }
}

/// What was presented at a point, refusals too, the latest scan first.
#[utoipa::path(get, path = "/api/v1/points/{id}/redemptions",
    operation_id = "list_redemptions_of_point",
    params(Page), responses((status = 200, body = Items<Recorded>)))]
pub(super) async fn of_point(
    caller: Caller,
    Path(id): Path<PointId>,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Recorded>>> {
    let (wanted, cursor, limit) = page.wanted();
    let read = caller
        .read(move |tx, ctx| redemptions::of_point(tx, ctx, id, &wanted, (cursor, limit + 1)));
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

/// What was presented at all gates of an event, refusals too, the latest scan first.
#[utoipa::path(get, path = "/api/v1/events/{id}/redemptions",
    operation_id = "list_redemptions_of_event",
    params(Page), responses((status = 200, body = Items<Recorded>)))]
pub(super) async fn of_event(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Recorded>>> {
    let (wanted, cursor, limit) = page.wanted();
    let read =
        caller.read(move |tx, ctx| redemptions::list(tx, ctx, id, &wanted, (cursor, limit + 1)));
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

/// What was presented at the rooms of a sitting, refusals too, the latest scan first.
#[utoipa::path(get, path = "/api/v1/sittings/{id}/redemptions",
    operation_id = "list_redemptions_of_sitting",
    params(Page), responses((status = 200, body = Items<Recorded>)))]
pub(super) async fn of_sitting(
    caller: Caller,
    Path(id): Path<SittingId>,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Recorded>>> {
    at_exam(&caller, Place::Sitting(id), &page).await
}

/// The same at the halls of an assessment without sittings.
#[utoipa::path(get, path = "/api/v1/assessments/{id}/redemptions",
    operation_id = "list_redemptions_of_assessment",
    params(Page), responses((status = 200, body = Items<Recorded>)))]
pub(super) async fn of_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Recorded>>> {
    at_exam(&caller, Place::Assessment(id), &page).await
}

async fn at_exam(caller: &Caller, place: Place, page: &Page) -> ApiResult<Json<Items<Recorded>>> {
    let (wanted, cursor, limit) = page.wanted();
    let part = (cursor, limit + 1);
    let read = caller.read(move |tx, ctx| redemptions::list_at_exam(tx, ctx, place, &wanted, part));
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

/// What was done with a pass anywhere, in the order in which it was scanned.
#[utoipa::path(get, path = "/api/v1/passes/{id}/redemptions",
    operation_id = "list_redemptions_of_pass", responses((status = 200, body = Items<Recorded>)))]
pub(super) async fn of_pass(
    caller: Caller,
    Path(id): Path<PassId>,
) -> ApiResult<Json<Items<Recorded>>> {
    let scans = caller.read(move |tx, ctx| redemptions::of_pass(tx, ctx, id)).await?;
    Ok(Json(Items::all(scans.into_iter().map(|scan| scan.row))))
}
