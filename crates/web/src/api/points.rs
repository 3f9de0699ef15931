//! Check-in points for programs.

use super::record::{Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made, PointKindKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::{Error, points};
use muster_domain::ids::{AssessmentId, EventId, PassTypeId, PointId, SittingId};
use muster_domain::verification::PointKind;
use muster_storage::points::PointRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Where credentials are presented.
#[derive(Serialize, ToSchema)]
pub(super) struct Point {
    id: Uuid,
    kind: PointKindKey,
    /// What one enters there: of a gate the event, of a room the sitting, of a hall the assessment.
    scope: Uuid,
    /// Its name.
    scope_name: String,
    name: String,
    archived_at: Option<Instant>,
    version: i64,
}

impl Tagged for Point {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<PointRow> for Point {
    fn from(row: PointRow) -> Self {
        Self {
            id: row.id.0,
            kind: PointKindKey(row.kind),
            scope: row.scope,
            scope_name: row.scope_name,
            name: row.name,
            archived_at: row.archived_at.map(Instant),
            version: row.version,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Of {
    /// The gates of this event.
    #[param(value_type = Option<Uuid>)]
    event: Option<EventId>,
    /// The rooms of this sitting.
    #[param(value_type = Option<Uuid>)]
    sitting: Option<SittingId>,
    /// The halls of this assessment.
    #[param(value_type = Option<Uuid>)]
    assessment: Option<AssessmentId>,
}

/// Check-in points: of an event, a sitting or an assessment; without one those where the caller may
/// verify now: rooms of today's sittings, halls of the active assessment, gates of events that are
/// not over.
#[utoipa::path(get, path = "/api/v1/points", operation_id = "list_points", params(Of),
    responses((status = 200, body = Items<Point>)))]
pub(super) async fn list(
    caller: Caller,
    Query(Of { event, sitting, assessment }): Query<Of>,
) -> ApiResult<Json<Items<Point>>> {
    let exam = sitting.map(|id| id.0).or(assessment.map(|id| id.0));
    let read = caller.read(move |tx, ctx| match (event, exam) {
        (Some(event), _) => points::of_event(tx, ctx, event),
        (None, Some(scope)) => points::of_place(tx, ctx, scope),
        (None, None) => points::used(tx, ctx),
    });
    Ok(Json(Items::all(read.await?)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewPoint {
    /// `gate` or `hall`; without it what `event` or `assessment` says.
    kind: Option<String>,
    /// Of which event it is a gate.
    #[schema(value_type = Option<Uuid>)]
    event: Option<EventId>,
    /// Of which assessment it is a hall: for dockets of students without sittings in it.
    #[schema(value_type = Option<Uuid>)]
    assessment: Option<AssessmentId>,
    name: String,
}

/// Adds a gate to an event, or a hall to an assessment. Rooms come with their sitting.
#[utoipa::path(post, path = "/api/v1/points", operation_id = "create_point",
    request_body = NewPoint, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(NewPoint { kind, event, assessment, name }): Json<NewPoint>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let usual = if assessment.is_some() { PointKind::Hall } else { PointKind::Gate };
    let kind = kind.map_or(Some(usual), |kind| PointKind::from_key(&kind));
    let write = caller.write(move |tx, ctx| match (kind, event, assessment) {
        (Some(PointKind::Gate), Some(event), None) => points::create(tx, ctx, event, &name),
        (Some(PointKind::Hall), None, Some(id)) => points::create_hall(tx, ctx, id, &name),
        (Some(PointKind::Gate), ..) => Err(Error::field("event", "Name the event of the gate.")),
        (Some(PointKind::Hall), ..) => {
            Err(Error::field("assessment", "Name the assessment of the hall."))
        }
        (Some(PointKind::Room), ..) => {
            Err(Error::field("kind", "Rooms come with their sitting: change its rooms."))
        }
        (None, ..) => Err(Error::field("kind", "Send gate or hall.")),
    });
    let made = write.await?;
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

/// Says that a gate or a hall is used no more: what is scanned there from then on is refused.
#[utoipa::path(post, path = "/api/v1/points/{id}/archival", operation_id = "archive_point",
    responses((status = 200, body = Point)))]
pub(super) async fn archive(caller: Caller, Path(id): Path<PointId>) -> ApiResult<Record<Point>> {
    Ok(Record::of(caller.write(move |tx, ctx| points::archive(tx, ctx, id)).await?))
}

/// The gates where passes of a type admit.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = GatesOfPassType)]
pub(super) struct Gates {
    /// None: every gate of the event.
    points: Vec<Uuid>,
}

/// The gates where passes of a type admit.
#[utoipa::path(get, path = "/api/v1/pass-types/{id}/points",
    operation_id = "get_pass_type_points", responses((status = 200, body = Gates)))]
pub(super) async fn of_type(caller: Caller, Path(id): Path<PassTypeId>) -> ApiResult<Json<Gates>> {
    let points = caller.read(move |tx, ctx| points::of_type(tx, ctx, id)).await?;
    Ok(Json(Gates { points: points.into_iter().map(Uuid::from).collect() }))
}

/// Lets passes of a type admit at these gates alone; at every gate if none is named.
#[utoipa::path(put, path = "/api/v1/pass-types/{id}/points",
    operation_id = "put_pass_type_points", request_body = Gates,
    responses((status = 200, body = Gates)))]
pub(super) async fn admit_at(
    caller: Caller,
    Path(id): Path<PassTypeId>,
    Json(body): Json<Gates>,
) -> ApiResult<Json<Gates>> {
    let write = caller.write(move |tx, ctx| {
        let wanted: Vec<PointId> = body.points.iter().copied().map(PointId).collect();
        points::admit_at(tx, ctx, id, &wanted)?;
        points::of_type(tx, ctx, id)
    });
    let points = write.await?.into_iter().map(Uuid::from).collect();
    Ok(Json(Gates { points }))
}
