//! Who holds a role for one event or one assessment, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::shapes::{Instant, Items, Made, RoleKey};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::people::roles::{self, Place};
use muster_domain::auth::{Permission as P, Role};
use muster_domain::ids::{AssessmentId, EventId, GrantId};
use muster_storage::people::AppointedRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The routes of roles for one event or one assessment.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/v1/events/{id}/staff", Needs(P::ManageEvents), of_event)
        .post("/api/v1/events/{id}/staff", Needs(P::ManageEvents), at_event)
        .delete("/api/v1/events/{id}/staff/{grant}", Needs(P::ManageEvents), end_at_event)
        .get("/api/v1/assessments/{id}/staff", Needs(P::ManagePeople), of_assessment)
        .post("/api/v1/assessments/{id}/staff", Needs(P::ManagePeople), at_assessment)
        .delete("/api/v1/assessments/{id}/staff/{grant}", Needs(P::ManagePeople), end_at_assessment)
}

/// Somebody who holds a role for one event or one assessment.
#[derive(Serialize, ToSchema)]
pub(super) struct Appointed {
    /// The grant of the role: ending it ends the role.
    id: Uuid,
    person: Uuid,
    name: String,
    number: String,
    role: RoleKey,
    since: Instant,
}

impl From<AppointedRow> for Appointed {
    fn from(row: AppointedRow) -> Self {
        Self {
            id: row.grant.0,
            person: row.person.0,
            name: row.name,
            number: row.number,
            role: RoleKey(row.role),
            since: Instant(row.granted_at),
        }
    }
}

/// Somebody to be appointed.
#[derive(Deserialize, ToSchema)]
pub(super) struct Appointment {
    /// Their number, user name or e-mail address.
    person: String,
    /// Of an event `gate` or `organiser`, of an assessment `invigilator`.
    #[schema(value_type = RoleKey)]
    role: Role,
}

async fn list(caller: &Caller, place: Place) -> ApiResult<Json<Items<Appointed>>> {
    let rows = caller.read(move |tx, ctx| roles::appointed(tx, ctx, place)).await?;
    Ok(Json(Items::all(rows)))
}

async fn appoint(
    caller: &Caller,
    place: Place,
    Appointment { person, role }: Appointment,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let write = caller.write(move |tx, ctx| roles::appoint(tx, ctx, place, (&person, role)));
    Ok((StatusCode::CREATED, Json(Made::new(write.await?))))
}

async fn dismiss(caller: &Caller, place: Place, grant: GrantId) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| roles::dismiss(tx, ctx, place, grant)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The organisers and gate staff of an event alone; whoever holds such a role for the institution is
/// not among them.
#[utoipa::path(get, path = "/api/v1/events/{id}/staff", operation_id = "list_event_staff",
    responses((status = 200, body = Items<Appointed>)))]
pub(super) async fn of_event(
    caller: Caller,
    Path(id): Path<EventId>,
) -> ApiResult<Json<Items<Appointed>>> {
    list(&caller, Place::Event(id)).await
}

/// Appoints somebody for an event: its organisers name gate staff, who manages people organisers too.
#[utoipa::path(post, path = "/api/v1/events/{id}/staff", operation_id = "appoint_event_staff",
    request_body = Appointment, responses((status = 201, body = Made)))]
pub(super) async fn at_event(
    caller: Caller,
    Path(id): Path<EventId>,
    Json(body): Json<Appointment>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    appoint(&caller, Place::Event(id), body).await
}

/// Ends a role for an event.
#[utoipa::path(delete, path = "/api/v1/events/{id}/staff/{grant}", operation_id = "end_event_staff",
    responses((status = 204)))]
pub(super) async fn end_at_event(
    caller: Caller,
    Path((id, grant)): Path<(EventId, GrantId)>,
) -> ApiResult<StatusCode> {
    dismiss(&caller, Place::Event(id), grant).await
}

/// The invigilators of an assessment alone; those of the institution are not among them.
#[utoipa::path(get, path = "/api/v1/assessments/{id}/staff", operation_id = "list_invigilators",
    responses((status = 200, body = Items<Appointed>)))]
pub(super) async fn of_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> ApiResult<Json<Items<Appointed>>> {
    list(&caller, Place::Assessment(id)).await
}

/// Appoints an invigilator for an assessment.
#[utoipa::path(post, path = "/api/v1/assessments/{id}/staff", operation_id = "appoint_invigilator",
    request_body = Appointment, responses((status = 201, body = Made)))]
pub(super) async fn at_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Json(body): Json<Appointment>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    appoint(&caller, Place::Assessment(id), body).await
}

/// Ends a role for an assessment.
#[utoipa::path(delete, path = "/api/v1/assessments/{id}/staff/{grant}",
    operation_id = "end_invigilator", responses((status = 204)))]
pub(super) async fn end_at_assessment(
    caller: Caller,
    Path((id, grant)): Path<(AssessmentId, GrantId)>,
) -> ApiResult<StatusCode> {
    dismiss(&caller, Place::Assessment(id), grant).await
}
