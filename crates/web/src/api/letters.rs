//! Letters for programs.

use crate::caller::Caller;
use crate::pages::{send_link, set_by_code};
use crate::problem::ApiResult;
use crate::routes::Access::{Needs, Public};
use crate::routes::Routes;
use crate::shapes::{Instant, Items};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::{Error, mail};
use muster_domain::auth::Permission as P;
use muster_domain::ids::LetterId;
use muster_storage::letters::LetterRow;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most letters in one answer.
const MOST: i64 = 200;

/// The routes of letters, and of what arrives by them.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/api/v1/password-links", Public, ask_link)
        .post("/api/v1/password-resets", Public, reset)
        .get("/api/v1/letters", Needs(P::ManageSettings), list)
        .post("/api/v1/letters", Needs(P::ManageSettings), try_out)
        .post("/api/v1/letters/{id}/retry", Needs(P::ManageSettings), retry)
}

/// A letter by e-mail.
#[derive(Serialize, ToSchema)]
pub(super) struct Letter {
    id: Uuid,
    recipient: String,
    subject: String,
    created_at: Instant,
    /// How often it was tried.
    tries: i64,
    /// When it is tried next; null when it was sent or given up.
    due_at: Option<Instant>,
    sent_at: Option<Instant>,
    failed_at: Option<Instant>,
    /// Why the last try failed.
    failure: Option<String>,
}

impl From<LetterRow> for Letter {
    fn from(row: LetterRow) -> Self {
        Self {
            id: row.id.0,
            recipient: row.recipient,
            subject: row.subject,
            created_at: Instant(row.created_at),
            tries: row.tries,
            due_at: row.due_at.map(Instant),
            sent_at: row.sent_at.map(Instant),
            failed_at: row.failed_at.map(Instant),
            failure: row.failure,
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<LetterId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Letters of the last 30 days, the latest first.
#[utoipa::path(get, path = "/api/v1/letters", operation_id = "list_letters", params(Page),
    responses((status = 200, body = Items<Letter>)))]
pub(super) async fn list(
    caller: Caller,
    Query(page): Query<Page>,
) -> ApiResult<Json<Items<Letter>>> {
    let limit = page.limit.unwrap_or(50).clamp(1, MOST);
    let read = caller.read(move |tx, ctx| mail::recent(tx, ctx, page.cursor, limit + 1));
    let mut rows = read.await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let next = rows.last().filter(|_| more).map(|row| row.id.0);
    Ok(Json(Items::page(rows, next)))
}

/// Queues a letter to the caller's own address, to see whether letters arrive.
#[utoipa::path(post, path = "/api/v1/letters", operation_id = "send_test_letter",
    responses((status = 201, body = Letter)))]
pub(super) async fn try_out(caller: Caller) -> ApiResult<(StatusCode, Json<Letter>)> {
    let done = caller.write(|tx, ctx| {
        let id = mail::try_out(tx, ctx)?;
        let queued = mail::recent(tx, ctx, None, 1)?.pop();
        queued.filter(|letter| letter.id == id).ok_or(Error::NotFound)
    });
    Ok((StatusCode::CREATED, Json(done.await?.into())))
}

/// Tries a letter that was given up once more.
#[utoipa::path(post, path = "/api/v1/letters/{id}/retry", operation_id = "retry_letter",
    responses((status = 204)))]
pub(super) async fn retry(caller: Caller, Path(id): Path<LetterId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| mail::retry(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewPasswordLink)]
pub(super) struct LinkBody {
    email: String,
}

#[derive(Deserialize, ToSchema)]
#[schema(as = NewPasswordReset)]
pub(super) struct ResetBody {
    /// The one-time code, from a letter or from the office.
    code: String,
    /// The new password.
    password: String,
}

/// Sets a new password by a one-time code; every login of the person ends.
#[utoipa::path(post, path = "/api/v1/password-resets", operation_id = "reset_password",
    request_body = ResetBody, responses((status = 204)))]
pub(super) async fn reset(
    caller: Caller,
    Json(ResetBody { code, password }): Json<ResetBody>,
) -> ApiResult<StatusCode> {
    set_by_code(&caller, &code, &password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks for a letter with a link that sets a new password.
///
/// The answer is the same, and as quick, whether anybody has that address.
#[utoipa::path(post, path = "/api/v1/password-links", operation_id = "ask_password_link",
    request_body = LinkBody, responses((status = 202)))]
pub(super) async fn ask_link(
    caller: Caller,
    Json(LinkBody { email }): Json<LinkBody>,
) -> ApiResult<StatusCode> {
    send_link(&caller, &email).await?;
    Ok(StatusCode::ACCEPTED)
}
