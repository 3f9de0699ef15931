//! Badges for programs: a person's own, and marking by them.

use super::{batches, own_address};
use crate::caller::Caller;
use crate::pages::{badge_pdf, badge_png};
use crate::printing::{PDF, PNG, accepts};
use crate::problem::{ApiResult, Problem};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::shapes::{Instant, Made, MethodKey, StatusKey};
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use muster_app::badges::{self, Card};
use muster_app::marks;
use muster_domain::auth::Permission as P;
use muster_domain::badges::Holder;
use muster_domain::ids::{PersonId, SessionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The routes of badges.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/api/v1/people/{id}/badge", Needs(P::ViewBadges), get)
        .post("/api/v1/people/{id}/badge", Needs(P::IssueBadges), issue)
        .post("/api/v1/people/{id}/badge/renewal", Needs(P::IssueBadges), renew)
        .post("/api/v1/people/{id}/badge/void", Needs(P::IssueBadges), void)
        .get("/api/v1/badge-batches", Needs(P::IssueBadges), batches::list_badges)
        .post("/api/v1/badge-batches", Needs(P::IssueBadges), batches::issue_badges)
        .get("/api/v1/badge-batches/{id}", Needs(P::IssueBadges), batches::get_badges)
        .get("/api/v1/badge-batches/{id}/people", Needs(P::IssueBadges), batches::people_of_badges)
        .post("/api/v1/sessions/{id}/badge-marks", Needs(P::TakeAttendance), mark)
}

/// A person's badge with what stands on it.
#[derive(Serialize, ToSchema)]
#[schema(as = PersonalBadge)]
pub(super) struct Badge {
    id: Uuid,
    person: Uuid,
    name: String,
    number: String,
    /// `student` or `staff`; null where somebody gets no badge any more.
    holder: Option<&'static str>,
    /// The programme or the title.
    detail: Option<String>,
    /// How often it was issued; the credentials of before are superseded.
    issue: i64,
    issued_at: Instant,
    valid_from: Instant,
    valid_until: Instant,
    /// When it was withdrawn.
    voided_at: Option<Instant>,
    void_reason: Option<String>,
    /// What its QR holds, while it counts.
    credential: Option<String>,
    /// The code for typing, while it counts.
    readable_code: Option<String>,
}

impl Badge {
    fn of(caller: &Caller, card: Card) -> Option<Self> {
        let row = card.badge?;
        let own = own_address(caller);
        let credential = card.drawn.as_ref().and_then(|drawn| {
            let (scheme, host) = own.split_once("://")?;
            Some(drawn.credential.link(host, scheme == "https"))
        });
        Some(Self {
            id: row.id.0,
            person: card.person.id.0,
            name: card.person.name,
            number: card.person.number,
            holder: card.holder.map(Holder::key),
            detail: Some(card.detail).filter(|detail| !detail.is_empty()),
            issue: row.issue,
            issued_at: Instant(row.issued_at),
            valid_from: Instant(row.valid_from),
            valid_until: Instant(row.valid_until),
            voided_at: row.voided_at.map(Instant),
            void_reason: row.void_reason,
            credential,
            readable_code: card.drawn.map(|drawn| drawn.code.to_string()),
        })
    }
}

/// A person's badge; with `Accept: application/pdf` on a sheet to cut, with `Accept: image/png` the
/// card alone.
///
/// Everybody reads their own. Without a badge: 404.
#[utoipa::path(get, path = "/api/v1/people/{id}/badge", operation_id = "get_badge",
    responses((status = 200, body = Badge)))]
pub(super) async fn get(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<PersonId>,
) -> ApiResult<Response> {
    if accepts(&headers, PDF) {
        return Ok(badge_pdf(&caller, id).await?);
    }
    if accepts(&headers, PNG) {
        return Ok(badge_png(&caller, id).await?);
    }
    let card = caller.read(move |tx, ctx| badges::card(tx, ctx, id)).await?;
    let badge = Badge::of(&caller, card).ok_or(muster_app::Error::NotFound)?;
    Ok(Json(badge).into_response())
}

/// Issues a person's badge; whoever has one that counts keeps it, with 200.
#[utoipa::path(post, path = "/api/v1/people/{id}/badge", operation_id = "issue_badge",
    responses((status = 201, body = Made), (status = 200, body = Made)))]
pub(super) async fn issue(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let issued = caller.write(move |tx, ctx| badges::issue(tx, ctx, id)).await?;
    let status = if issued.is_new { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(Made::new(issued.id))))
}

/// Issues a badge anew: the card of before stands for nobody any more.
#[utoipa::path(post, path = "/api/v1/people/{id}/badge/renewal", operation_id = "renew_badge",
    responses((status = 204)))]
pub(super) async fn renew(caller: Caller, Path(id): Path<PersonId>) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| badges::renew(tx, ctx, id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Why a badge is withdrawn.
#[derive(Deserialize, ToSchema)]
#[schema(as = BadgeEnding)]
pub(super) struct Ending {
    reason: String,
}

/// Withdraws a badge: the card stands for nobody from now on. Withdrawn before: 409
/// `already-reversed`.
#[utoipa::path(post, path = "/api/v1/people/{id}/badge/void", operation_id = "void_badge",
    request_body = Ending, responses((status = 204)))]
pub(super) async fn void(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(Ending { reason }): Json<Ending>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| badges::void(tx, ctx, id, &reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A badge that somebody shows.
#[derive(Deserialize, ToSchema)]
pub(super) struct ShownBadge {
    /// The text of its QR, or its ten characters.
    credential: String,
}

/// The mark of a student whose badge was shown.
#[derive(Serialize, ToSchema)]
pub(super) struct BadgeMark {
    person: Uuid,
    name: String,
    roll_number: String,
    status: StatusKey,
    /// How the mark that stands was made.
    method: MethodKey,
    at: Instant,
    /// Whether it stood before this request.
    already: bool,
}

/// Marks the student whose badge is shown present or late.
#[utoipa::path(post, path = "/api/v1/sessions/{id}/badge-marks", operation_id = "mark_by_badge",
    request_body = ShownBadge,
    responses(
        (status = 201, body = BadgeMark, description = "Marked."),
        (status = 200, body = BadgeMark, description = "Marked already."),
        (status = 409, body = Problem, content_type = "application/problem+json",
            description = "`not-enrolled`, `session-closed`, `method-not-allowed`, `badge-forged`, `badge-unknown`, `badge-superseded`, `badge-void` or `badge-expired`."),
        (status = 429, body = Problem, content_type = "application/problem+json",
            description = "`too-many-attempts`: wait as long as `Retry-After` says."),
    ))]
pub(super) async fn mark(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(ShownBadge { credential }): Json<ShownBadge>,
) -> ApiResult<(StatusCode, Json<BadgeMark>)> {
    let write = caller.write(move |tx, ctx| marks::mark_by_badge(tx, ctx, id, &credential));
    let marked = write.await??;
    let status = if marked.already { StatusCode::OK } else { StatusCode::CREATED };
    let mark = BadgeMark {
        person: marked.person.id.0,
        name: marked.person.name,
        roll_number: marked.roll_number,
        status: StatusKey(marked.mark.status),
        method: MethodKey(marked.mark.method),
        at: Instant(marked.mark.at),
        already: marked.already,
    };
    Ok((status, Json(mark)))
}
