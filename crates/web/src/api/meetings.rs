//! When a class meets, for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, Made, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::{Error, academics};
use muster_domain::ids::{ClassId, MeetingId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::enrolment::{self, MeetingRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// How far back and ahead meetings are listed.
const AROUND: Span = Span::days(400);

/// A scheduled occurrence of a class.
#[derive(Serialize, ToSchema)]
pub(super) struct Meeting {
    id: Uuid,
    class: Uuid,
    starts_at: Instant,
    ends_at: Instant,
    room: Option<String>,
    cancelled_at: Option<Instant>,
    version: i64,
}

impl Tagged for Meeting {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<MeetingRow> for Meeting {
    fn from(row: MeetingRow) -> Self {
        Self {
            id: row.id.0,
            class: row.class.0,
            starts_at: Instant(row.starts_at),
            ends_at: Instant(row.ends_at),
            room: row.room,
            cancelled_at: row.cancelled_at.map(Instant),
            version: row.version,
        }
    }
}

/// A class's meetings, from 400 days back to 400 days ahead.
#[utoipa::path(get, path = "/api/v1/classes/{id}/meetings", operation_id = "list_meetings",
    params(Part), responses((status = 200, body = Items<Meeting>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Meeting>>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        let now = ctx.now();
        Ok(enrolment::meetings(tx, id, now - AROUND, now + AROUND)?)
    });
    Ok(Json(Items::part(read.await?, part, |row| row.id.0)?))
}

/// One meeting.
#[utoipa::path(get, path = "/api/v1/meetings/{id}", operation_id = "get_meeting",
    params(IfNoneMatch), responses((status = 200, body = Meeting)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<MeetingId>,
) -> ApiResult<Record<Meeting>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::meeting(tx, ctx, id)).await?))
}

/// A meeting beside those that the class's patterns make.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewMeeting)]
pub(super) struct SingleMeeting {
    #[schema(format = DateTime)]
    starts_at: String,
    #[schema(format = DateTime)]
    ends_at: String,
    #[serde(default)]
    room: String,
}

/// Adds a single meeting; for weekly ones add a pattern.
#[utoipa::path(post, path = "/api/v1/classes/{id}/meetings", operation_id = "create_meeting",
    request_body = SingleMeeting, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(SingleMeeting { starts_at, ends_at, room }): Json<SingleMeeting>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let times = (at("starts_at", &starts_at)?, at("ends_at", &ends_at)?);
    let made =
        caller.write(move |tx, ctx| academics::create_meeting(tx, ctx, id, times, &room)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

fn at(field: &'static str, text: &str) -> Result<Timestamp, Error> {
    let at = text.parse::<jiff::Timestamp>();
    at.map(|at| Timestamp(at.as_microsecond()))
        .map_err(|_| Error::field(field, "Send a time, for example 2026-11-21T10:00:00Z."))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
#[schema(as = MeetingChange)]
pub(super) struct MeetingBody {
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    room: Option<String>,
    version: Option<i64>,
}

/// Changes a meeting; one that was cancelled takes place again.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/meetings/{id}", operation_id = "change_meeting",
    params(IfMatch), request_body = MeetingBody, responses((status = 200, body = Meeting)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<MeetingId>,
    Json(body): Json<MeetingBody>,
) -> ApiResult<Record<Meeting>> {
    let starts_at = body.starts_at.map(|text| at("starts_at", &text)).transpose()?;
    let ends_at = body.ends_at.map(|text| at("ends_at", &text)).transpose()?;
    let (room, version) = (body.room, body.version);
    let write = caller.write(move |tx, ctx| {
        let before = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
        meant.check(before.version)?;
        let times = (starts_at.unwrap_or(before.starts_at), ends_at.unwrap_or(before.ends_at));
        let room = room.clone().or(before.room).unwrap_or_default();
        let seen = version.unwrap_or(before.version);
        academics::change_meeting(tx, ctx, id, seen, times, &room)?;
        enrolment::meeting(tx, id)?.ok_or(Error::NotFound)
    });
    Ok(Record::of(write.await?))
}

/// Cancels a meeting.
#[utoipa::path(post, path = "/api/v1/meetings/{id}/cancellation", operation_id = "cancel_meeting",
    responses((status = 200, body = Meeting)))]
pub(super) async fn cancel(caller: Caller, Path(id): Path<MeetingId>) -> ApiResult<Json<Meeting>> {
    let write = caller.write(move |tx, ctx| {
        academics::cancel_meeting(tx, ctx, id)?;
        enrolment::meeting(tx, id)?.ok_or(Error::NotFound)
    });
    Ok(Json(write.await?.into()))
}
