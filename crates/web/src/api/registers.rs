//! Registers that were never taken, for programs.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items};
use axum::Json;
use axum::extract::Query;
use muster_app::registers;
use muster_domain::ids::{MeetingId, PersonId, TermId};
use muster_storage::registers::MissingRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most registers in one answer.
const MOST: i64 = 200;

/// A meeting that is over without a session.
#[derive(Serialize, ToSchema)]
pub(super) struct MissingRegister {
    meeting: Uuid,
    class: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    starts_at: Instant,
    ends_at: Instant,
    room: Option<String>,
    /// Names of the class's teachers.
    teachers: String,
}

impl From<(MissingRow, String)> for MissingRegister {
    fn from((row, teachers): (MissingRow, String)) -> Self {
        Self {
            meeting: row.meeting.0,
            class: row.class.0,
            course_code: row.course_code,
            course_name: row.course_name,
            section: row.section,
            starts_at: Instant(row.starts_at),
            ends_at: Instant(row.ends_at),
            room: row.room,
            teachers,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// The term; the latest that has begun without it.
    #[param(value_type = Option<Uuid>)]
    term: Option<TermId>,
    /// Only of classes that this person teaches.
    #[param(value_type = Option<Uuid>)]
    teacher: Option<PersonId>,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<MeetingId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// A term's meetings whose register was never taken, the latest first.
#[utoipa::path(get, path = "/api/v1/registers/missing", operation_id = "list_missing_registers",
    params(Filter), responses((status = 200, body = Items<MissingRegister>)))]
pub(super) async fn missing(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> ApiResult<Json<Items<MissingRegister>>> {
    let Filter { term, teacher, cursor, limit } = filter;
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let wanted = registers::Filter { term, teacher, after: cursor, limit: limit + 1 };
    let missing = caller.read(move |tx, ctx| registers::missing(tx, ctx, &wanted)).await?;
    Ok(Json(Items::cut(missing.rows, limit, |(row, _)| row.meeting.0)))
}
