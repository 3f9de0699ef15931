//! Corrections for programs.

use super::requests::{self, Named};
use crate::caller::Caller;
use crate::files::download;
use crate::problem::ApiResult;
use crate::shapes::{Instant, Items, RequestStateKey, StatusKey};
use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use muster_app::Error;
use muster_app::corrections::{self, Asking, Deciding, Step};
use muster_domain::attendance::Status;
use muster_domain::ids::{ClassId, CorrectionId, MarkId, SessionId};
use muster_storage::corrections::{CorrectionRow, Part};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// A request to change a mark.
#[derive(Serialize, ToSchema)]
pub(super) struct Correction {
    id: Uuid,
    session: Uuid,
    class: Uuid,
    course_code: String,
    course_name: String,
    section: String,
    /// When the session was opened.
    opened_at: Instant,
    /// The student, who asks.
    person: Uuid,
    name: String,
    number: String,
    /// The mark's status when it was asked; null where nobody had marked them.
    was: Option<StatusKey>,
    wanted: StatusKey,
    /// The status that was given, where it is another than the one wanted.
    given: Option<StatusKey>,
    reason: String,
    /// Name of the file at `/attachment`; null if there is none.
    attachment: Option<String>,
    state: RequestStateKey,
    asked_at: Instant,
    decided_by: Option<Uuid>,
    /// When it was decided or withdrawn.
    decided_at: Option<Instant>,
    comment: Option<String>,
    /// What happened to it and its mark, the earliest first; missing in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    trail: Option<Vec<TrailStep>>,
}

/// Something that happened to a correction or its mark.
#[derive(Serialize, ToSchema)]
pub(super) struct TrailStep {
    at: Instant,
    /// Empty where nobody did it, as when a session closes.
    who: String,
    what: String,
    /// In their words; may be empty.
    why: String,
}

impl From<CorrectionRow> for Correction {
    fn from(row: CorrectionRow) -> Self {
        Self {
            id: row.id.0,
            session: row.session.0,
            class: row.class.0,
            course_code: row.course_code,
            course_name: row.course_name,
            section: row.section,
            opened_at: Instant(row.opened_at),
            person: row.person.0,
            name: row.name,
            number: row.number,
            was: row.was.map(StatusKey),
            wanted: StatusKey(row.wanted),
            given: row.given.map(StatusKey),
            reason: row.reason,
            attachment: row.attachment_name,
            state: RequestStateKey(row.state),
            asked_at: Instant(row.asked_at),
            decided_by: row.decided_by.map(Into::into),
            decided_at: row.decided_at.map(Instant),
            comment: row.comment,
            trail: None,
        }
    }
}

impl From<(CorrectionRow, Vec<Step>)> for Correction {
    fn from((row, steps): (CorrectionRow, Vec<Step>)) -> Self {
        let step =
            |Step { at, who, what, why }: Step| TrailStep { at: Instant(at), who, what, why };
        Self { trail: Some(steps.into_iter().map(step).collect()), ..row.into() }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Filter {
    /// What the caller asked for, instead of what they may decide.
    #[serde(default)]
    mine: bool,
    /// How far they have come: `asked` without it. Not with `mine`.
    #[param(inline)]
    state: Option<String>,
    /// Only those of this class. Not with `mine`.
    #[param(value_type = Option<Uuid>)]
    class: Option<ClassId>,
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<CorrectionId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Corrections that the caller may decide, or asked for, the latest first.
#[utoipa::path(get, path = "/api/v1/corrections", operation_id = "list_corrections",
    params(Filter), responses((status = 200, body = Items<Correction>)))]
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> ApiResult<Json<Items<Correction>>> {
    let Filter { mine, state, class, cursor, limit } = filter;
    let (limit, state) = (requests::limit(limit), requests::state(state.as_deref())?);
    let read = caller.read(move |tx, ctx| {
        let before = cursor.unwrap_or(CorrectionId(Uuid::max()));
        let part = Part { before, limit: limit + 1 };
        if mine {
            corrections::own(tx, ctx, part)
        } else {
            corrections::queue(tx, ctx, corrections::Filter { class, state }, part)
        }
    });
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct NewCorrection {
    /// The mark; or, where there is none, its `session`.
    #[schema(value_type = Option<Uuid>)]
    mark: Option<MarkId>,
    #[schema(value_type = Option<Uuid>)]
    session: Option<SessionId>,
    #[schema(value_type = StatusKey)]
    wanted: String,
    reason: String,
}

/// Asks for another mark for oneself.
#[utoipa::path(post, path = "/api/v1/corrections", operation_id = "ask_for_correction",
    request_body = NewCorrection, responses((status = 201, body = Correction)))]
pub(super) async fn ask(
    caller: Caller,
    Json(body): Json<NewCorrection>,
) -> ApiResult<(StatusCode, Json<Correction>)> {
    let done = caller.write(move |tx, ctx| {
        let session = match (body.mark, body.session) {
            (Some(mark), _) => corrections::session_of_mark(tx, ctx, mark)?,
            (None, Some(session)) => session,
            (None, None) => return Err(Error::field("mark", "Name the mark, or its session.")),
        };
        let (wanted, reason) = (Status::from_key(&body.wanted), body.reason.clone());
        let asking = Asking { session, wanted, reason, attachment: None };
        let id = corrections::ask(tx, ctx, &asking)?;
        Ok((corrections::get(tx, ctx, id)?, corrections::trail(tx, ctx, id)?))
    });
    Ok((StatusCode::CREATED, Json(done.await?.into())))
}

/// A correction with its trail.
#[utoipa::path(get, path = "/api/v1/corrections/{id}", operation_id = "get_correction",
    responses((status = 200, body = Correction)))]
pub(super) async fn get(
    caller: Caller,
    Path(id): Path<CorrectionId>,
) -> ApiResult<Json<Correction>> {
    let read = caller.read(move |tx, ctx| {
        Ok((corrections::get(tx, ctx, id)?, corrections::trail(tx, ctx, id)?))
    });
    Ok(Json(read.await?.into()))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct CorrectionDecision {
    approve: bool,
    /// Of an approval: the status to give, if another than the one wanted.
    #[schema(value_type = Option<StatusKey>)]
    status: Option<Status>,
    /// Needed to refuse.
    #[serde(default)]
    comment: String,
}

/// Approves or refuses a correction.
///
/// Approved, the mark is set by hand, with the correction as its reason.
#[utoipa::path(post, path = "/api/v1/corrections/{id}/decision",
    operation_id = "decide_correction", request_body = CorrectionDecision,
    responses((status = 200, body = Correction)))]
pub(super) async fn decide(
    caller: Caller,
    Path(id): Path<CorrectionId>,
    Json(body): Json<CorrectionDecision>,
) -> ApiResult<Json<Correction>> {
    let CorrectionDecision { approve, status, comment } = body;
    let deciding = Deciding { approve, status, comment };
    let done = caller.write(move |tx, ctx| corrections::decide(tx, ctx, id, &deciding)).await?;
    Ok(Json(done.into()))
}

/// Takes back what the caller asked for.
#[utoipa::path(post, path = "/api/v1/corrections/{id}/withdrawal",
    operation_id = "withdraw_correction", responses((status = 200, body = Correction)))]
pub(super) async fn withdraw(
    caller: Caller,
    Path(id): Path<CorrectionId>,
) -> ApiResult<Json<Correction>> {
    let done = caller.write(move |tx, ctx| corrections::withdraw(tx, ctx, id)).await?;
    Ok(Json(done.into()))
}

/// Attaches a file to what the caller asked for, in the place of another.
///
/// A PDF, JPEG or PNG of at most 5 MiB, while nothing is decided.
#[utoipa::path(put, path = "/api/v1/corrections/{id}/attachment",
    operation_id = "attach_to_correction", params(Named),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 204)))]
pub(super) async fn attach(
    caller: Caller,
    Path(id): Path<CorrectionId>,
    Query(named): Query<Named>,
    body: Body,
) -> ApiResult<StatusCode> {
    let file = named.file(body).await?;
    caller.write(move |tx, ctx| corrections::attach(tx, ctx, id, &file)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is attached to a correction.
#[utoipa::path(get, path = "/api/v1/corrections/{id}/attachment",
    operation_id = "get_attachment_of_correction",
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn attachment(
    caller: Caller,
    Path(id): Path<CorrectionId>,
) -> ApiResult<Response> {
    let read = caller.read(move |tx, ctx| corrections::attachment(tx, ctx, id));
    Ok(download(read.await?))
}
