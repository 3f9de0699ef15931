//! Who attends a class, who teaches it, and when it meets, for programs.

use super::academics::list;
use crate::caller::Caller;
use crate::pages::WeeklyForm;
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::{Error, academics, people};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::auth::Role;
use muster_domain::ids::{ClassId, GrantId, MeetingId, PersonId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::enrolment::{self, EnrolmentRow, MeetingRow};
use serde::Deserialize;
use serde_json::{Value, json};

/// How far back and ahead meetings are listed.
const AROUND: Span = Span::days(400);

/// `GET /api/v1/classes/{id}/enrolments`
pub(super) async fn roster(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<Value>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        Ok(enrolment::roster(tx, id)?)
    });
    Ok(list(read.await?.iter().map(place_json)))
}

fn place_json(place: &EnrolmentRow) -> Value {
    json!({
        "id": place.id, "person": place.person, "number": place.number, "name": place.name,
        "roll_number": place.roll_number, "status": place.status.key(), "version": place.version,
    })
}

#[derive(Deserialize)]
pub(super) struct Numbers {
    numbers: Vec<String>,
}

/// `POST /api/v1/classes/{id}/enrolments`: all of the numbers, or none.
pub(super) async fn enrol(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(body): Json<Numbers>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let write = caller.write(move |tx, ctx| academics::enrol_numbers(tx, ctx, id, &body.numbers));
    Ok((StatusCode::CREATED, Json(json!({"enrolments": write.await?}))))
}

#[derive(Deserialize)]
pub(super) struct PlaceBody {
    roll_number: Option<String>,
    status: Option<EnrolmentStatus>,
}

/// `PATCH /api/v1/classes/{id}/enrolments/{person}`: another roll number, withdrawn or back.
pub(super) async fn change_place(
    caller: Caller,
    Path((class, person)): Path<(ClassId, PersonId)>,
    Json(body): Json<PlaceBody>,
) -> ApiResult<Json<Value>> {
    let write = caller.write(move |tx, ctx| {
        if let Some(roll_number) = &body.roll_number {
            academics::change_roll_number(tx, ctx, class, person, roll_number)?;
        }
        if let Some(status) = body.status {
            academics::set_enrolment(tx, ctx, class, person, status)?;
        }
        academics::class(tx, ctx, class)?;
        enrolment::place(tx, class, person)?.ok_or(Error::NotFound)
    });
    Ok(Json(place_json(&write.await?)))
}

/// `GET /api/v1/classes/{id}/staff`
pub(super) async fn staff(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<Value>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        Ok(muster_storage::people::staff(tx, id)?)
    });
    Ok(list(read.await?.iter().map(|row| {
        json!({
            "id": row.grant, "person": row.person, "name": row.name, "role": row.role.key(),
        })
    })))
}

#[derive(Deserialize)]
pub(super) struct StaffBody {
    person: PersonId,
    role: Role,
}

/// `POST /api/v1/classes/{id}/staff`
pub(super) async fn name_staff(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(StaffBody { person, role }): Json<StaffBody>,
) -> ApiResult<StatusCode> {
    if !role.is_class_staff() {
        return Err(Error::field("role", "Choose teacher or assistant.").into());
    }
    caller.write(move |tx, ctx| academics::name_staff(tx, ctx, id, person, role)).await?;
    Ok(StatusCode::CREATED)
}

/// `DELETE /api/v1/classes/{id}/staff/{grant}`
pub(super) async fn end_staff(
    caller: Caller,
    Path((_, grant)): Path<(ClassId, GrantId)>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| people::end_grant(tx, ctx, grant)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// `GET /api/v1/classes/{id}/meetings`
pub(super) async fn meetings(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<Value>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        let now = ctx.now();
        Ok(enrolment::meetings(tx, id, now - AROUND, now + AROUND)?)
    });
    Ok(list(read.await?.iter().map(meeting_json)))
}

fn meeting_json(row: &MeetingRow) -> Value {
    json!({
        "id": row.id, "class": row.class, "starts_at": rfc3339(row.starts_at),
        "ends_at": rfc3339(row.ends_at), "room": row.room,
        "cancelled_at": row.cancelled_at.map(rfc3339), "version": row.version,
    })
}

/// A single meeting by its instants, or weekly ones by the institution's clock.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Meetings {
    Weekly(WeeklyForm),
    Single {
        starts_at: String,
        ends_at: String,
        #[serde(default)]
        room: String,
    },
}

/// `POST /api/v1/classes/{id}/meetings`
pub(super) async fn meet(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(body): Json<Meetings>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let (times, room) = match body {
        Meetings::Weekly(form) => (form.times(&caller)?, form.meeting_room),
        Meetings::Single { starts_at, ends_at, room } => {
            let times = (at("starts_at", &starts_at)?, at("ends_at", &ends_at)?);
            (vec![times], room)
        }
    };
    let made =
        caller.write(move |tx, ctx| academics::create_meetings(tx, ctx, id, &times, &room)).await?;
    Ok((StatusCode::CREATED, Json(json!({"meetings": made}))))
}

fn at(field: &'static str, text: &str) -> Result<Timestamp, Error> {
    let at = text.parse::<jiff::Timestamp>();
    at.map(|at| Timestamp(at.as_microsecond()))
        .map_err(|_| Error::field(field, "Send a time, for example 2026-11-21T10:00:00Z."))
}

#[derive(Deserialize)]
pub(super) struct MeetingBody {
    starts_at: Option<String>,
    ends_at: Option<String>,
    room: Option<String>,
    version: Option<i64>,
}

/// `PATCH /api/v1/meetings/{id}`: only the members given change. With `version` the change is
/// refused if the record is another by now.
pub(super) async fn change_meeting(
    caller: Caller,
    Path(id): Path<MeetingId>,
    Json(body): Json<MeetingBody>,
) -> ApiResult<Json<Value>> {
    let starts_at = body.starts_at.map(|text| at("starts_at", &text)).transpose()?;
    let ends_at = body.ends_at.map(|text| at("ends_at", &text)).transpose()?;
    let (room, version) = (body.room, body.version);
    let write = caller.write(move |tx, ctx| {
        let before = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
        let times = (starts_at.unwrap_or(before.starts_at), ends_at.unwrap_or(before.ends_at));
        let room = room.clone().or(before.room).unwrap_or_default();
        let seen = version.unwrap_or(before.version);
        academics::change_meeting(tx, ctx, id, seen, times, &room)?;
        enrolment::meeting(tx, id)?.ok_or(Error::NotFound)
    });
    Ok(Json(meeting_json(&write.await?)))
}

/// `POST /api/v1/meetings/{id}/cancellation`
pub(super) async fn cancel(caller: Caller, Path(id): Path<MeetingId>) -> ApiResult<Json<Value>> {
    let write = caller.write(move |tx, ctx| {
        academics::cancel_meeting(tx, ctx, id)?;
        enrolment::meeting(tx, id)?.ok_or(Error::NotFound)
    });
    Ok(Json(meeting_json(&write.await?)))
}
