//! Room lists of exams and figures of dockets, for programs.

use crate::caller::Caller;
use crate::pages::room_list_pdf;
use crate::printing::{PDF, accepts};
use crate::problem::ApiResult;
use crate::shapes::{AttendanceKey, Instant, Items, VerdictKey};
use axum::Json;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use muster_app::dockets;
use muster_app::room_lists::{self, Place, Seat};
use muster_domain::ids::{AssessmentId, SittingId};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A student of a room list.
#[derive(Serialize, ToSchema)]
#[schema(as = RoomListLine)]
pub(super) struct Line {
    person: Uuid,
    name: String,
    number: String,
    roll_number: String,
    /// The room that they were assigned; null if any will do.
    assigned_room: Option<String>,
    /// Whether they have a docket.
    has_docket: bool,
    /// Whether they belong here.
    expected: bool,
    state: AttendanceKey,
    /// Where they were admitted, or refused last.
    room: Option<String>,
    verdict: Option<VerdictKey>,
    scanned_at: Option<Instant>,
    /// Who scanned.
    scanned_by: Option<String>,
}

impl From<Seat> for Line {
    fn from(seat: Seat) -> Self {
        let last = seat.last;
        Self {
            person: seat.person.0,
            name: seat.name,
            number: seat.number,
            roll_number: seat.roll,
            assigned_room: Some(seat.assigned).filter(|room| !room.is_empty()),
            has_docket: seat.has_docket,
            expected: seat.expected,
            state: AttendanceKey(seat.attendance),
            room: last.as_ref().map(|last| last.room.clone()),
            verdict: last.as_ref().map(|last| VerdictKey(last.verdict)),
            scanned_at: last.as_ref().map(|last| Instant(last.at)),
            scanned_by: last.map(|last| last.verifier),
        }
    }
}

/// Who of a sitting was admitted, refused, or has not yet come; with `Accept: application/pdf` a list
/// for each room on paper.
#[utoipa::path(get, path = "/api/v1/sittings/{id}/room-list",
    operation_id = "get_room_list_of_sitting", responses((status = 200, body = Items<Line>)))]
pub(super) async fn of_sitting(
    caller: Caller,
    Path(id): Path<SittingId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    lines(&caller, Place::Sitting(id), &headers).await
}

/// The same for the halls of an assessment without sittings.
#[utoipa::path(get, path = "/api/v1/assessments/{id}/room-list",
    operation_id = "get_room_list_of_assessment", responses((status = 200, body = Items<Line>)))]
pub(super) async fn of_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    headers: HeaderMap,
) -> ApiResult<Response> {
    lines(&caller, Place::Assessment(id), &headers).await
}

async fn lines(caller: &Caller, place: Place, headers: &HeaderMap) -> ApiResult<Response> {
    let list = caller.read(move |tx, ctx| room_lists::room_list(tx, ctx, place)).await?;
    if accepts(headers, PDF) {
        return Ok(room_list_pdf(caller, &list).await?);
    }
    let lines: Items<Line> = Items::all(list.seats);
    Ok(Json(lines).into_response())
}

/// Figures of an assessment's dockets.
#[derive(Serialize, ToSchema)]
#[schema(as = DocketFigures)]
pub(super) struct Figures {
    /// Students who attend classes of the term.
    students: usize,
    /// Those for whom nothing is in the way of a docket now.
    eligible: usize,
    held: usize,
    not_cleared: usize,
    /// Dockets that were issued.
    issued: i64,
    /// Dockets that admitted their student.
    verified: i64,
    /// Students who were refused at a room, by verdict.
    refused: Vec<Refused>,
}

/// How many students were told so.
#[derive(Serialize, ToSchema)]
#[schema(as = RefusedStudents)]
pub(super) struct Refused {
    verdict: VerdictKey,
    students: i64,
}

/// How many students are eligible, have a docket of an assessment, showed it, and were refused.
#[utoipa::path(get, path = "/api/v1/assessments/{id}/docket-figures",
    operation_id = "get_docket_figures", responses((status = 200, body = Figures)))]
pub(super) async fn figures(
    caller: Caller,
    Path(id): Path<AssessmentId>,
) -> ApiResult<Json<Figures>> {
    let figures = caller.read(move |tx, ctx| dockets::figures(tx, ctx, id)).await?;
    let refused = figures.refused.into_iter();
    Ok(Json(Figures {
        students: figures.students,
        eligible: figures.eligible,
        held: figures.held,
        not_cleared: figures.not_cleared,
        issued: figures.issued,
        verified: figures.verified,
        refused: refused
            .map(|(kind, students)| Refused { verdict: VerdictKey(kind), students })
            .collect(),
    }))
}
