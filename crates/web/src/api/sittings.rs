//! Sittings for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::sittings::{self, Filter, SittingInput};
use muster_domain::dockets::Rooms;
use muster_domain::ids::{AssessmentId, ClassId, PersonId, SittingId};
use muster_domain::time::Timestamp;
use muster_storage::sittings::{SitterRow, SittingRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most sittings in one answer.
const MOST: i64 = 200;

/// One exam of a class within an assessment.
#[derive(Serialize, ToSchema)]
pub(super) struct Sitting {
    id: Uuid,
    assessment: Uuid,
    class: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    starts_at: Instant,
    ends_at: Instant,
    rooms: Vec<String>,
    version: i64,
}

impl From<SittingRow> for Sitting {
    fn from(row: SittingRow) -> Self {
        Self {
            id: row.id.0,
            assessment: row.assessment.0,
            class: row.class.0,
            course_code: row.course_code,
            course_name: row.course_name,
            section: row.section,
            starts_at: Instant(row.starts_at),
            ends_at: Instant(row.ends_at),
            rooms: Rooms::stored(&row.rooms).names().to_vec(),
            version: row.version,
        }
    }
}

impl Tagged for Sitting {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

/// Who sits a sitting.
#[derive(Serialize, ToSchema)]
pub(super) struct Sitter {
    person: Uuid,
    name: String,
    number: String,
    roll_number: String,
    /// The room that they were assigned; null if any will do.
    room: Option<String>,
}

impl From<SitterRow> for Sitter {
    fn from(row: SitterRow) -> Self {
        let SitterRow { person, name, number, roll_number, room } = row;
        Self { person: person.0, name, number, roll_number, room }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// The beginning of the course's code.
    #[serde(default)]
    course: String,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<SittingId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// The sittings of an assessment, by time.
#[utoipa::path(get, path = "/api/v1/assessments/{id}/sittings", operation_id = "list_sittings",
    params(Page), responses((status = 200, body = Items<Sitting>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Sitting>>> {
    let limit = page.limit.unwrap_or(50).clamp(1, MOST);
    let filter = Filter {
        term: None,
        assessment: Some(id),
        course: page.course,
        from: None,
        until: None,
        after: page.cursor,
        limit: limit + 1,
    };
    let schedule = caller.read(move |tx, ctx| sittings::schedule(tx, ctx, &filter)).await?;
    Ok(Json(Items::cut(schedule.rows, limit, |row| row.id.0)))
}

/// A sitting.
#[utoipa::path(get, path = "/api/v1/sittings/{id}", operation_id = "get_sitting",
    params(IfNoneMatch), responses((status = 200, body = Sitting)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<SittingId>,
) -> ApiResult<Record<Sitting>> {
    Ok(known.or(caller.read(move |tx, ctx| sittings::get(tx, ctx, id)).await?))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewSitting {
    #[schema(value_type = Uuid)]
    class: ClassId,
    /// RFC 3339.
    starts_at: String,
    /// RFC 3339.
    ends_at: String,
    rooms: Vec<String>,
}

fn instant(field: &'static str, text: &str) -> Result<Timestamp, Error> {
    let at: Result<jiff::Timestamp, _> = text.parse();
    let wrong =
        |_| Error::field(field, "Send a time in RFC 3339, for example 2026-11-21T10:00:00Z.");
    Ok(Timestamp(at.map_err(wrong)?.as_microsecond()))
}

/// Adds a sitting of a class to an assessment.
#[utoipa::path(post, path = "/api/v1/assessments/{id}/sittings", operation_id = "create_sitting",
    request_body = NewSitting, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Json(body): Json<NewSitting>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let input = SittingInput {
        starts_at: instant("starts_at", &body.starts_at)?,
        ends_at: instant("ends_at", &body.ends_at)?,
        rooms: body.rooms.join(";"),
    };
    let write =
        caller.write(move |tx, ctx| sittings::create(tx, ctx, (id, body.class), &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(write))))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct SittingChange {
    /// RFC 3339.
    starts_at: Option<String>,
    /// RFC 3339.
    ends_at: Option<String>,
    rooms: Option<Vec<String>>,
    version: Option<i64>,
}

/// Moves a sitting to another time or other rooms.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now. Whoever was assigned a room that is no longer one of the sitting's is assigned none.
#[utoipa::path(patch, path = "/api/v1/sittings/{id}", operation_id = "change_sitting",
    params(IfMatch), request_body = SittingChange, responses((status = 200, body = Sitting)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<SittingId>,
    Json(body): Json<SittingChange>,
) -> ApiResult<Record<Sitting>> {
    let starts_at = body.starts_at.map(|text| instant("starts_at", &text)).transpose()?;
    let ends_at = body.ends_at.map(|text| instant("ends_at", &text)).transpose()?;
    let rooms = body.rooms.map(|rooms| rooms.join(";"));
    let write = caller.write(move |tx, ctx| {
        let before = sittings::get(tx, ctx, id)?;
        meant.check(before.version)?;
        let input = SittingInput {
            starts_at: starts_at.unwrap_or(before.starts_at),
            ends_at: ends_at.unwrap_or(before.ends_at),
            rooms: rooms.clone().unwrap_or(before.rooms),
        };
        let seen = body.version.unwrap_or(before.version);
        sittings::change(tx, ctx, id, seen, &input)?;
        sittings::get(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Takes a sitting away, with who sits where in it.
#[utoipa::path(delete, path = "/api/v1/sittings/{id}", operation_id = "remove_sitting",
    responses((status = 204)))]
pub(super) async fn remove(caller: Caller, Path(id): Path<SittingId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| sittings::remove(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Who sits a sitting, by roll number.
#[utoipa::path(get, path = "/api/v1/sittings/{id}/places", operation_id = "list_sitting_places",
    responses((status = 200, body = Items<Sitter>)))]
pub(super) async fn places(
    caller: Caller,
    Path(id): Path<SittingId>,
) -> ApiResult<Json<Items<Sitter>>> {
    let rows = caller.read(move |tx, ctx| sittings::sitters(tx, ctx, id)).await?;
    Ok(Json(Items::all(rows)))
}

/// Gives every student a room, as many to each, in the order of roll numbers.
#[utoipa::path(post, path = "/api/v1/sittings/{id}/rooms", operation_id = "share_out_rooms",
    responses((status = 200, body = Items<Sitter>)))]
pub(super) async fn share_out(
    caller: Caller,
    Path(id): Path<SittingId>,
) -> ApiResult<Json<Items<Sitter>>> {
    let write = caller.write(move |tx, ctx| {
        sittings::share_out(tx, ctx, id)?;
        sittings::sitters(tx, ctx, id)
    });
    Ok(Json(Items::all(write.await?)))
}

/// Lets everybody sit in any room of the sitting.
#[utoipa::path(delete, path = "/api/v1/sittings/{id}/rooms", operation_id = "clear_rooms",
    responses((status = 204)))]
pub(super) async fn clear(caller: Caller, Path(id): Path<SittingId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| sittings::clear_rooms(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub(super) struct SittingPlace {
    /// One of the sitting's rooms; null if any will do.
    room: Option<String>,
}

/// Assigns one student a room.
#[utoipa::path(put, path = "/api/v1/sittings/{id}/places/{person}",
    operation_id = "assign_room", request_body = SittingPlace, responses((status = 204)))]
pub(super) async fn assign(
    caller: Caller,
    Path((id, person)): Path<(SittingId, PersonId)>,
    Json(body): Json<SittingPlace>,
) -> ApiResult<StatusCode> {
    let room = body.room.unwrap_or_default();
    caller.write(move |tx, ctx| sittings::assign(tx, ctx, (id, person), &room)).await?;
    Ok(StatusCode::NO_CONTENT)
}
