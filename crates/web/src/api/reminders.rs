//! Reminders and the leaderboard of a class, for programs.

use super::attendance::percent;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{BadgeKey, Day, Instant, Items, Part};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::leaderboard::{self, Entry};
use muster_app::reminders::{self, Candidate, ReminderInput};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::reminders::Reason;
use muster_storage::reminders::ReminderRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// The reason of that name, or what is wrong.
fn reason(key: &str) -> Result<Reason, Error> {
    let all = || Error::field("reason", "Choose absent_today, at_risk or other.");
    Reason::from_key(key).ok_or_else(all)
}

/// A student who may be reminded.
#[derive(Serialize, ToSchema)]
pub(super) struct ReminderCandidate {
    person: Uuid,
    roll_number: String,
    name: String,
    level: BadgeKey,
    /// Whether they were reminded today for this reason.
    reminded: bool,
}

impl From<Candidate> for ReminderCandidate {
    fn from(one: Candidate) -> Self {
        Self {
            person: one.person.0,
            roll_number: one.roll_number,
            name: one.name,
            level: BadgeKey(one.badge),
            reminded: one.reminded,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Why {
    /// `absent_today`, `at_risk` or `other`.
    reason: String,
}

/// The students of a class whom a reason concerns.
#[utoipa::path(get, path = "/api/v1/classes/{id}/reminder-candidates",
    operation_id = "list_reminder_candidates", params(Why, Part),
    responses((status = 200, body = Items<ReminderCandidate>)))]
pub(super) async fn candidates(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(why): Query<Why>,
    Query(part): Query<Part>,
) -> ApiResult<Json<Items<ReminderCandidate>>> {
    let reason = reason(&why.reason)?;
    let found = caller.read(move |tx, ctx| reminders::candidates(tx, ctx, id, reason)).await?;
    Ok(Json(Items::part(found.students, part, |one| one.person.0)?))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewReminder {
    /// `absent_today`, `at_risk` or `other`.
    reason: String,
    /// Students of the class whom the reason concerns.
    #[schema(value_type = Vec<Uuid>)]
    people: Vec<PersonId>,
    /// Missing: what such reminders say.
    text: Option<String>,
}

/// Who was reminded.
#[derive(Serialize, ToSchema)]
pub(super) struct Reminded {
    sent: Vec<Uuid>,
    /// Reminded today for this reason before, and not again.
    already: Vec<Uuid>,
}

/// Reminds students, each once a day for a reason.
#[utoipa::path(post, path = "/api/v1/classes/{id}/reminders", operation_id = "send_reminders",
    request_body = NewReminder, responses((status = 201, body = Reminded)))]
pub(super) async fn send(
    caller: Caller,
    Path(id): Path<ClassId>,
    Json(body): Json<NewReminder>,
) -> ApiResult<(StatusCode, Json<Reminded>)> {
    let reason = reason(&body.reason)?;
    let text = body.text.unwrap_or_else(|| reason.text().to_owned());
    let input = ReminderInput { reason, people: body.people, text };
    let done = caller.write(move |tx, ctx| reminders::send(tx, ctx, id, &input)).await?;
    let ids = |people: Vec<PersonId>| people.into_iter().map(Into::into).collect();
    let reminded = Reminded { sent: ids(done.sent), already: ids(done.already) };
    Ok((StatusCode::CREATED, Json(reminded)))
}

/// A reminder that was sent.
#[derive(Serialize, ToSchema)]
pub(super) struct Reminder {
    id: Uuid,
    reason: &'static str,
    text: String,
    sent_on: Day,
    sent_at: Instant,
    sent_by: Uuid,
    sender: String,
}

impl From<ReminderRow> for Reminder {
    fn from(row: ReminderRow) -> Self {
        Self {
            id: row.id.0,
            reason: row.reason.key(),
            text: row.text,
            sent_on: Day(row.sent_on),
            sent_at: Instant(row.sent_at),
            sent_by: row.sent_by.0,
            sender: row.sender,
        }
    }
}

/// What a student of a class was sent, the latest first.
#[utoipa::path(get, path = "/api/v1/classes/{id}/students/{person}/reminders",
    operation_id = "list_reminders", responses((status = 200, body = Items<Reminder>)))]
pub(super) async fn list(
    caller: Caller,
    Path((id, person)): Path<(ClassId, PersonId)>,
) -> ApiResult<Json<Items<Reminder>>> {
    let read = caller.read(move |tx, ctx| reminders::of_student(tx, ctx, id, person));
    Ok(Json(Items::all(read.await?)))
}

/// A student on a leaderboard.
#[derive(Serialize, ToSchema)]
pub(super) struct LeaderboardEntry {
    person: Uuid,
    name: String,
    /// From 1; equal percentages have the same.
    rank: usize,
    /// To a tenth.
    percentage: Option<f64>,
    /// Sessions attended in a row up to now.
    streak: i64,
}

impl From<Entry> for LeaderboardEntry {
    fn from(entry: Entry) -> Self {
        Self {
            person: entry.person.0,
            name: entry.name,
            rank: entry.rank,
            percentage: entry.share.permille().and_then(percent),
            streak: entry.streak,
        }
    }
}

/// The students of a class who wish to be named, by attendance.
#[utoipa::path(get, path = "/api/v1/classes/{id}/leaderboard", operation_id = "get_leaderboard",
    responses((status = 200, body = Items<LeaderboardEntry>)))]
pub(super) async fn leaderboard(
    caller: Caller,
    Path(id): Path<ClassId>,
) -> ApiResult<Json<Items<LeaderboardEntry>>> {
    let board = caller.read(move |tx, ctx| leaderboard::of(tx, ctx, id)).await?;
    Ok(Json(Items::all(board.entries)))
}
