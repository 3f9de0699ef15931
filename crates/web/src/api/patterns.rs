//! When a class meets every week, for programs.

use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::pages::PatternForm;
use crate::problem::ApiResult;
use crate::shapes::{Day, Instant, Items, Made, Part};
use crate::times::minute_words;
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::academics;
use muster_domain::ids::{ClassId, PatternId};
use muster_storage::patterns::{ClashRow, PatternRow};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// When a class meets every week, by the institution's clock.
#[derive(Serialize, ToSchema)]
pub(super) struct Pattern {
    id: Uuid,
    class: Uuid,
    /// `monday` to `sunday`.
    weekday: &'static str,
    /// For example `09:00`.
    starts_at: String,
    /// For example `10:30`; not after `starts_at` for a meeting that ends on the day after.
    ends_at: String,
    /// Null: the class's usual one.
    room: Option<String>,
    first_on: Day,
    last_on: Day,
    version: i64,
}

impl Tagged for Pattern {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<PatternRow> for Pattern {
    fn from(row: PatternRow) -> Self {
        Self {
            id: row.id.0,
            class: row.class.0,
            weekday: row.weekday.key(),
            starts_at: minute_words(row.starts_minute),
            ends_at: minute_words(row.ends_minute),
            room: row.room,
            first_on: Day(row.first_on),
            last_on: Day(row.last_on),
            version: row.version,
        }
    }
}

/// The weekly patterns of a class.
#[utoipa::path(get, path = "/api/v1/classes/{id}/patterns", operation_id = "list_patterns",
    params(Part), responses((status = 200, body = Items<Pattern>)))]
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<Pattern>>> {
    let read = caller.read(move |tx, ctx| academics::patterns(tx, ctx, id));
    Ok(Json(Items::part(read.await?, part, |row| row.id.0)?))
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewPattern)]
pub(super) struct PatternBody {
    /// `monday` to `sunday`.
    weekday: String,
    /// For example `09:00`.
    starts_at: String,
    /// For example `10:30`.
    ends_at: String,
    #[schema(format = Date)]
    first_on: String,
    #[schema(format = Date)]
    last_on: String,
    #[serde(default)]
    room: String,
}

/// Adds a weekly pattern to a class: its meetings to come are made, without the holidays.
#[utoipa::path(post, path = "/api/v1/classes/{id}/patterns", operation_id = "create_pattern",
    request_body = PatternBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(body): Json<PatternBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let PatternBody { weekday, starts_at, ends_at, first_on, last_on, room } = body;
    let form = PatternForm { version: 0, weekday, starts_at, ends_at, first_on, last_on, room };
    let input = form.input()?;
    let made = caller.write(move |tx, ctx| academics::create_pattern(tx, ctx, id, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(made))))
}

/// One weekly pattern.
#[utoipa::path(get, path = "/api/v1/patterns/{id}", operation_id = "get_pattern",
    params(IfNoneMatch), responses((status = 200, body = Pattern)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<PatternId>,
) -> ApiResult<Record<Pattern>> {
    Ok(known.or(caller.read(move |tx, ctx| academics::pattern(tx, ctx, id)).await?))
}

/// Members that are missing stay as they are.
#[derive(Deserialize, ToSchema)]
pub(super) struct PatternChange {
    weekday: Option<String>,
    starts_at: Option<String>,
    ends_at: Option<String>,
    #[schema(format = Date)]
    first_on: Option<String>,
    #[schema(format = Date)]
    last_on: Option<String>,
    room: Option<String>,
    version: Option<i64>,
}

/// Changes a weekly pattern.
///
/// Its meetings to come follow, but for those that somebody moved or cancelled. Only the members
/// given change. With `version` the change is refused if the record is another by now.
#[utoipa::path(patch, path = "/api/v1/patterns/{id}", operation_id = "change_pattern",
    params(IfMatch), request_body = PatternChange, responses((status = 200, body = Pattern)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<PatternId>,
    Json(body): Json<PatternChange>,
) -> ApiResult<Record<Pattern>> {
    let write = caller.write(move |tx, ctx| {
        let before = academics::pattern(tx, ctx, id)?;
        meant.check(before.version)?;
        let mut form = PatternForm::of(&before);
        for (field, text) in [
            (&mut form.weekday, &body.weekday),
            (&mut form.starts_at, &body.starts_at),
            (&mut form.ends_at, &body.ends_at),
            (&mut form.first_on, &body.first_on),
            (&mut form.last_on, &body.last_on),
            (&mut form.room, &body.room),
        ] {
            if let Some(text) = text {
                field.clone_from(text);
            }
        }
        let seen = body.version.unwrap_or(before.version);
        academics::change_pattern(tx, ctx, id, seen, &form.input()?)?;
        academics::pattern(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Ends a weekly pattern.
///
/// Its meetings to come go, but for those that somebody moved or cancelled.
#[utoipa::path(delete, path = "/api/v1/patterns/{id}", operation_id = "end_pattern",
    responses((status = 204)))]
pub(super) async fn end(caller: Caller, Path(id): Path<PatternId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| academics::end_pattern(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A meeting of another class at the same time, in the same room or with the same teacher.
#[derive(Serialize, ToSchema)]
pub(super) struct Clash {
    /// The class's own meeting.
    meeting: Uuid,
    starts_at: Instant,
    /// The other class.
    class: Uuid,
    course_code: String,
    section: String,
    /// The room that both want, or null.
    room: Option<String>,
    /// The name of the teacher whom both want, or null.
    teacher: Option<String>,
}

impl From<ClashRow> for Clash {
    fn from(row: ClashRow) -> Self {
        Self {
            meeting: row.meeting.0,
            starts_at: Instant(row.starts_at),
            class: row.class.0,
            course_code: row.course_code,
            section: row.section,
            room: row.room,
            teacher: row.teacher,
        }
    }
}

/// Where a class's meetings to come clash with others.
#[utoipa::path(get, path = "/api/v1/classes/{id}/clashes", operation_id = "list_clashes",
    responses((status = 200, body = Items<Clash>)))]
pub(super) async fn clashes(
    caller: Caller,
    Path(id): Path<ClassId>,
) -> ApiResult<Json<Items<Clash>>> {
    let read = caller.read(move |tx, ctx| academics::clashes(tx, ctx, id));
    Ok(Json(Items::all(read.await?)))
}
