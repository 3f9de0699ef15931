//! Terms, courses, classes, enrolment and meetings for programs.

use super::tokens;
use crate::caller::Caller;
use crate::pages::{WeeklyForm, add_term};
use crate::problem::ApiResult;
use crate::times::{iso_date, rfc3339};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::academics::{self, ClassInput};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, CourseId, TermId};
use muster_domain::time::{Span, Timestamp};
use muster_storage::academics::{CourseRow, TermRow};
use muster_storage::enrolment::{self, MeetingRow};
use serde::Deserialize;
use serde_json::{Value, json};

/// How far back and ahead meetings are listed.
const AROUND: Span = Span::days(400);

fn list(items: impl Iterator<Item = Value>) -> Json<Value> {
    Json(json!({"items": items.collect::<Vec<_>>(), "next": null}))
}

fn made<T: serde::Serialize>(id: T) -> (StatusCode, Json<Value>) {
    (StatusCode::CREATED, Json(json!({"id": id})))
}

/// `GET /api/v1/terms`
pub(super) async fn terms(caller: Caller) -> ApiResult<Json<Value>> {
    let rows = caller.read(academics::terms).await?;
    Ok(list(rows.into_iter().map(|row| {
        let TermRow { id, name, starts_on, ends_on, archived_at, version } = row;
        json!({
            "id": id, "name": name, "starts_on": iso_date(starts_on), "ends_on": iso_date(ends_on),
            "archived_at": archived_at.map(rfc3339), "version": version,
        })
    })))
}

#[derive(Deserialize)]
pub(super) struct TermBody {
    name: String,
    starts_on: String,
    ends_on: String,
}

/// `POST /api/v1/terms`
pub(super) async fn create_term(
    caller: Caller,
    Json(body): Json<TermBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    Ok(made(add_term(&caller, &body.name, &body.starts_on, &body.ends_on).await?))
}

/// `GET /api/v1/courses`
pub(super) async fn courses(caller: Caller) -> ApiResult<Json<Value>> {
    let rows = caller.read(academics::courses).await?;
    Ok(list(rows.into_iter().map(|row| {
        let CourseRow { id, code, name, credits, archived_at, version } = row;
        json!({
            "id": id, "code": code, "name": name, "credits": credits,
            "archived_at": archived_at.map(rfc3339), "version": version,
        })
    })))
}

#[derive(Deserialize)]
pub(super) struct CourseBody {
    code: String,
    name: String,
    credits: Option<i64>,
}

/// `POST /api/v1/courses`
pub(super) async fn create_course(
    caller: Caller,
    Json(body): Json<CourseBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let CourseBody { code, name, credits } = body;
    let id = caller
        .write(move |tx, ctx| academics::create_course(tx, ctx, &code, &name, credits))
        .await?;
    Ok(made(id))
}

#[derive(Deserialize)]
pub(super) struct Which {
    #[serde(default)]
    mine: bool,
}

/// `GET /api/v1/classes`: all of them for those who manage them, unless `mine=true`; the
/// caller's own for everybody else.
pub(super) async fn classes(caller: Caller, Query(which): Query<Which>) -> ApiResult<Json<Value>> {
    let all = caller.ctx.need(Permission::ViewAcademics, Target::Institution).is_ok();
    if which.mine || !all {
        return tokens::classes(caller).await;
    }
    let rows = caller.read(|tx, ctx| {
        let mut open = std::collections::HashMap::new();
        for session in muster_storage::sessions::open(tx)? {
            open.insert(session.class, session.id);
        }
        Ok((academics::classes(tx, ctx)?, open))
    });
    let (rows, open) = rows.await?;
    Ok(list(rows.iter().map(|row| tokens::class(row, open.get(&row.id).copied()))))
}

#[derive(Deserialize)]
pub(super) struct ClassBody {
    course: CourseId,
    term: TermId,
    section: String,
    #[serde(default)]
    room: String,
    duration_minutes: Option<i64>,
}

/// `POST /api/v1/classes`
pub(super) async fn create_class(
    caller: Caller,
    Json(body): Json<ClassBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let ClassBody { course, term, section, room, duration_minutes } = body;
    let input = ClassInput { course, term, section, room, duration_minutes };
    let id = caller.write(move |tx, ctx| academics::create_class(tx, ctx, &input)).await?;
    Ok(made(id))
}

/// `GET /api/v1/classes/{id}/enrolments`
pub(super) async fn roster(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<Value>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        Ok(enrolment::roster(tx, id)?)
    });
    Ok(list(read.await?.into_iter().map(|place| {
        json!({
            "id": place.id, "person": place.person, "number": place.number, "name": place.name,
            "roll_number": place.roll_number, "status": place.status.key(),
            "version": place.version,
        })
    })))
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

/// `GET /api/v1/classes/{id}/meetings`
pub(super) async fn meetings(caller: Caller, Path(id): Path<ClassId>) -> ApiResult<Json<Value>> {
    let read = caller.read(move |tx, ctx| {
        academics::class(tx, ctx, id)?;
        let now = ctx.now();
        Ok(enrolment::meetings(tx, id, now - AROUND, now + AROUND)?)
    });
    Ok(list(read.await?.into_iter().map(|row| {
        let MeetingRow { id, class, starts_at, ends_at, room, cancelled_at, version } = row;
        json!({
            "id": id, "class": class, "starts_at": rfc3339(starts_at),
            "ends_at": rfc3339(ends_at), "room": room,
            "cancelled_at": cancelled_at.map(rfc3339), "version": version,
        })
    })))
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
