//! Incidents at doors, for programs: what was odd about scans, and settling it.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{IncidentKindKey, Instant, Items, VerdictKey};
use axum::Json;
use axum::extract::{Path, Query};
use muster_app::incidents;
use muster_domain::ids::IncidentId;
use muster_domain::verification::IncidentKind;
use muster_storage::incidents::{IncidentRow, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most incidents in one answer.
const MOST: i64 = 200;

/// Something odd about a scan.
#[derive(Serialize, ToSchema)]
pub(super) struct Incident {
    id: Uuid,
    kind: IncidentKindKey,
    /// At the points of what: an event, a sitting, or an assessment without sittings.
    scope: Uuid,
    scope_name: String,
    pass: Option<Uuid>,
    /// In place of a pass.
    docket: Option<Uuid>,
    holder: Option<String>,
    /// What is odd.
    scan: IncidentScan,
    /// With `double_use`: the scan that stands against it.
    winner: Option<IncidentScan>,
    /// What the rule said of it, where a phone had decided by itself.
    judged: Option<VerdictKey>,
    /// By how many seconds the phone's clock was ahead, where that was corrected.
    clock_off: Option<i64>,
    found_at: Instant,
    settled_at: Option<Instant>,
    settled_by: Option<Uuid>,
    comment: Option<String>,
}

/// One of the scans of an incident.
#[derive(Serialize, ToSchema)]
pub(super) struct IncidentScan {
    redemption: Uuid,
    scanned_at: Instant,
    received_at: Instant,
    point_name: String,
    person_name: String,
    /// The phone's name, where it was an enrolled one.
    device_name: Option<String>,
}

impl From<IncidentRow> for Incident {
    fn from(row: IncidentRow) -> Self {
        let docket = row.record_kind.as_deref() == Some("docket");
        let winner = row.other.zip(row.other_scanned_at).zip(row.other_received_at);
        Self {
            id: row.id.0,
            kind: IncidentKindKey(row.kind),
            scope: row.scope,
            scope_name: row.scope_name,
            pass: row.record.filter(|_| !docket),
            docket: row.record.filter(|_| docket),
            holder: row.holder,
            scan: IncidentScan {
                redemption: row.redemption.0,
                scanned_at: Instant(row.scanned_at),
                received_at: Instant(row.received_at),
                point_name: row.point,
                person_name: row.person,
                device_name: row.device,
            },
            winner: winner.map(|((redemption, scanned_at), received_at)| IncidentScan {
                redemption: redemption.0,
                scanned_at: Instant(scanned_at),
                received_at: Instant(received_at),
                point_name: row.other_point.unwrap_or_default(),
                person_name: row.other_person.unwrap_or_default(),
                device_name: row.other_device,
            }),
            judged: row.judged.map(VerdictKey),
            clock_off: row.clock_off.map(|off| off / 1_000_000),
            found_at: Instant(row.made_at),
            settled_at: row.settled_at.map(Instant),
            settled_by: row.settled_by.map(Uuid::from),
            comment: row.comment,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// Those that nobody settled alone.
    #[serde(default)]
    open: bool,
    /// Those of this kind alone.
    #[serde(default)]
    kind: String,
    /// Those of this event alone.
    scope: Option<Uuid>,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<IncidentId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// What was odd about scans, the latest first.
#[utoipa::path(get, path = "/api/v1/incidents", operation_id = "list_incidents", params(Page),
    responses((status = 200, body = Items<Incident>)))]
pub(super) async fn list(
    caller: Caller,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Incident>>> {
    let Page { open, kind, scope, cursor, limit } = page;
    let kind = IncidentKind::from_key(&kind);
    let wanted = Wanted { open, kind, scope, ..Wanted::default() };
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let read = caller.read(move |tx, ctx| incidents::list(tx, ctx, wanted, (cursor, limit + 1)));
    Ok(Json(Items::cut(read.await?, limit, |row: &IncidentRow| row.id.0)))
}

/// An incident.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", operation_id = "get_incident",
    responses((status = 200, body = Incident)))]
pub(super) async fn get(caller: Caller, Path(id): Path<IncidentId>) -> ApiResult<Json<Incident>> {
    let row = caller.read(move |tx, ctx| incidents::get(tx, ctx, id)).await?;
    Ok(Json(Incident::from(row)))
}

/// What came out of an incident.
#[derive(Deserialize, ToSchema)]
pub(super) struct IncidentSettlement {
    comment: String,
}

/// Settles an incident.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/settlement",
    operation_id = "settle_incident", request_body = IncidentSettlement,
    responses((status = 200, body = Incident)))]
pub(super) async fn settle(
    caller: Caller,
    Path(id): Path<IncidentId>,
    Json(IncidentSettlement { comment }): Json<IncidentSettlement>,
) -> ApiResult<Json<Incident>> {
    let row = caller.write(move |tx, ctx| incidents::settle(tx, ctx, id, &comment)).await?;
    Ok(Json(Incident::from(row)))
}
