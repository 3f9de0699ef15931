//! Marks for programs: one's own by code, others' by hand.

use super::receipts::{self, ReceiptAnswers, SentReceipt};
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::shapes::{Instant, MethodKey, StatusKey};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::marks::{self, Presented};
use muster_app::{Error, academics};
use muster_domain::attendance::Status;
use muster_domain::attendance::location::Location;
use muster_domain::ids::{PersonId, SessionId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

#[derive(Deserialize, ToSchema)]
#[schema(as = NewMark)]
pub(super) struct Credential {
    /// The link, its path, or the code as typed.
    code: Option<String>,
    /// With a code as typed: of which session it is.
    #[schema(value_type = Option<Uuid>)]
    session: Option<SessionId>,
    /// Instead of a code: the one-time password of an online session.
    otp: Option<String>,
    /// With it: the session's link, or the token in it.
    session_token: Option<String>,
    /// With it, where nobody signed in and the settings allow it: who it is.
    roll_number: Option<String>,
    /// Where the class wants to know how far its students are from its room: degrees. Only the
    /// distance in metres is kept.
    latitude: Option<f64>,
    /// With it.
    longitude: Option<f64>,
    /// Instead of all that: what a device of the caller's scanned without a network.
    #[schema(value_type = Option<Vec<SentReceipt>>)]
    receipts: Option<Vec<Value>>,
    /// With them: what the device's clock shows as it sends this.
    #[schema(format = DateTime)]
    sent_at: Option<String>,
}

impl Credential {
    fn location(&self) -> Result<Option<Location>, Error> {
        let text = |degrees: Option<f64>| degrees.map(|degrees| format!("{degrees:.6}"));
        let text = |degrees| text(degrees).unwrap_or_default();
        academics::read_location(&text(self.latitude), &text(self.longitude))
    }

    fn presented(self) -> Result<Presented, Error> {
        match (self.code, self.session, self.otp, self.session_token) {
            (Some(code), Some(session), ..) => Ok(Presented::Typed(session, code)),
            (Some(code), None, ..) => Ok(Presented::Link(code)),
            (None, _, Some(otp), Some(token)) => {
                Ok(Presented::Otp { token, otp, roll_number: self.roll_number })
            }
            (None, _, Some(_), None) => {
                Err(Error::field("session_token", "Send the token of the session's link."))
            }
            (None, _, None, _) => Err(Error::field("code", "Send a code or a one-time password.")),
        }
    }
}

/// A student's own mark.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnMark {
    session: Uuid,
    status: StatusKey,
    at: Instant,
    /// Whether it stood before this request.
    already: bool,
}

/// The answer to a code, or those to receipts.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum MarkAnswer {
    One(OwnMark),
    Many(ReceiptAnswers),
}

/// Marks the caller present or late.
///
/// By `code` (and `session`, if it was typed), or online by `otp` and `session_token`. Where the
/// settings let a roll number be enough, nobody needs to sign in for the latter. Or by `receipts`, each
/// of which is answered for itself: `accepted`, `already`, or `refused` with a reason, also `malformed`,
/// `bad-signature`, `broken-chain`, `too-late`, `key-too-new`, `key-withdrawn`, `was-online` or `term-locked`.
#[utoipa::path(post, path = "/api/v1/marks", operation_id = "mark", request_body = Credential,
    responses(
        (status = 201, body = OwnMark, description = "Marked."),
        (status = 200, body = MarkAnswer,
            description = "Marked already; or, with `receipts`, an answer to each, in their order."),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "`not-signed-in`: a roll number is not enough here."),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`not-enrolled`, or `forbidden`: only students mark themselves."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`code-expired`, `code-invalid`, `code-elsewhere`, `session-closed`, `device-taken`, `device-unknown`, `wrong-network`, `too-far` or `location-missing`."),
        (status = 429, body = Problem, content_type = "application/problem+json",
            description = "`too-many-attempts`: wait as long as `Retry-After` says."),
    ))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<Credential>,
) -> ApiResult<(StatusCode, Json<MarkAnswer>)> {
    if let Some(items) = body.receipts {
        let answers = receipts::take(&caller, items, body.sent_at.as_deref()).await?;
        return Ok((StatusCode::OK, Json(MarkAnswer::Many(answers))));
    }
    let location = body.location()?;
    let marked = caller.mark(body.presented()?, location).await?;
    let status = if marked.already { StatusCode::OK } else { StatusCode::CREATED };
    let mark = OwnMark {
        session: marked.session.0,
        status: StatusKey(marked.status),
        at: Instant(marked.at),
        already: marked.already,
    };
    Ok((status, Json(MarkAnswer::One(mark))))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct ByHand {
    #[schema(value_type = StatusKey)]
    status: String,
    /// Needed to change a mark that stands.
    reason: Option<String>,
}

/// A mark that staff set.
#[derive(Serialize, ToSchema)]
pub(super) struct Mark {
    person: Uuid,
    status: StatusKey,
    method: MethodKey,
    at: Instant,
    reason: Option<String>,
}

/// Sets a student's mark by hand.
#[utoipa::path(put, path = "/api/v1/sessions/{id}/marks/{person}", operation_id = "put_mark",
    request_body = ByHand, responses((status = 200, body = Mark)))]
pub(super) async fn put(
    caller: Caller,
    Path((session, person)): Path<(SessionId, PersonId)>,
    Json(body): Json<ByHand>,
) -> ApiResult<Json<Mark>> {
    let wrong = || Error::field("status", "Choose present, late, excused or absent.");
    let status = Status::from_key(&body.status).ok_or_else(wrong)?;
    let reason = body.reason;
    let mark = caller.write(move |tx, ctx| {
        marks::mark_by_hand(tx, ctx, session, person, status, reason.as_deref())
    });
    let mark = mark.await?;
    Ok(Json(Mark {
        person: mark.person.0,
        status: StatusKey(mark.status),
        method: MethodKey(mark.method),
        at: Instant(mark.at),
        reason: mark.reason,
    }))
}
