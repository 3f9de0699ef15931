//! Marks for programs: one's own by code, others' by hand.

use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::marks::{self, Presented};
use muster_domain::attendance::Status;
use muster_domain::ids::{PersonId, SessionId};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct Code {
    code: String,
    session: Option<SessionId>,
}

/// `POST /api/v1/marks`: 201 for a new mark, 200 for one that stood already.
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<Code>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let presented = match body.session {
        Some(session) => Presented::Typed(session, body.code),
        None => Presented::Link(body.code),
    };
    let marked = caller.mark(presented).await?;
    let status = if marked.already { StatusCode::OK } else { StatusCode::CREATED };
    Ok((
        status,
        Json(json!({
            "session": marked.session, "status": marked.status.key(), "at": rfc3339(marked.at),
            "already": marked.already,
        })),
    ))
}

#[derive(Deserialize)]
pub(super) struct ByHand {
    status: String,
    reason: Option<String>,
}

/// `PUT /api/v1/sessions/{id}/marks/{person}`
pub(super) async fn put(
    caller: Caller,
    Path((session, person)): Path<(SessionId, PersonId)>,
    Json(body): Json<ByHand>,
) -> ApiResult<Json<Value>> {
    let wrong = || Error::field("status", "Choose present, late, excused or absent.");
    let status = Status::from_key(&body.status).ok_or_else(wrong)?;
    let reason = body.reason;
    let mark = caller.write(move |tx, ctx| {
        marks::mark_by_hand(tx, ctx, session, person, status, reason.as_deref())
    });
    let mark = mark.await?;
    Ok(Json(json!({
        "person": mark.person, "status": mark.status.key(), "method": mark.method.key(),
        "at": rfc3339(mark.at), "reason": mark.reason,
    })))
}
