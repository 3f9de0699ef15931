//! Sessions for programs.

use super::link_base;
use crate::caller::Caller;
use crate::live::{mark_json, session_json};
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::Json;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use muster_app::sessions::{self, OpenInput, ShownCode};
use muster_app::{Error, attendance};
use muster_documents::qr::{Correction, QrImage, to_bits_base64url};
use muster_domain::attendance::{Method, Mode};
use muster_domain::ids::{ClassId, MeetingId, SessionId};
use muster_storage::sessions::SessionRow;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
pub(super) struct OpenBody {
    meeting: Option<MeetingId>,
    duration_minutes: Option<i64>,
    #[serde(default = "in_class")]
    mode: Mode,
    #[serde(default)]
    methods: Vec<Method>,
    #[serde(default)]
    topic: String,
}

const fn in_class() -> Mode {
    Mode::InClass
}

/// `POST /api/v1/classes/{id}/sessions`
pub(super) async fn open(
    caller: Caller,
    Path(class): Path<ClassId>,
    Json(body): Json<OpenBody>,
) -> ApiResult<(StatusCode, Json<Value>)> {
    let OpenBody { meeting, duration_minutes, mode, methods, topic } = body;
    let input = OpenInput { class, meeting, duration_minutes, mode, methods, topic };
    let session = caller.write(move |tx, ctx| {
        let id = sessions::open(tx, ctx, &input)?;
        sessions::get(tx, ctx, id)
    });
    let session = session.await?;
    Ok((StatusCode::CREATED, answer(&caller, session).await?))
}

/// `GET /api/v1/sessions/{id}`
pub(super) async fn get(caller: Caller, Path(id): Path<SessionId>) -> ApiResult<Json<Value>> {
    let session = caller.read(move |tx, ctx| sessions::get(tx, ctx, id)).await?;
    answer(&caller, session).await
}

async fn answer(caller: &Caller, session: SessionRow) -> ApiResult<Json<Value>> {
    let row = session.clone();
    let counts = caller.read(move |tx, _| attendance::counts(tx, &row)).await?;
    Ok(Json(session_json(&session, &counts)))
}

/// How many codes the projector keeps in stock: two minutes' worth.
const STOCK_SECONDS: i64 = 120;

/// `GET /api/v1/sessions/{id}/codes`: what the projector shows during the next two minutes.
pub(super) async fn codes(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<Value>> {
    let session = caller.read(move |tx, ctx| sessions::get(tx, ctx, id)).await?;
    let steps = STOCK_SECONDS / session.step_seconds.max(1);
    let shown = sessions::codes(&caller.ctx, &session, steps.unsigned_abs() + 1)?;
    let base = link_base(&caller, &headers);
    let codes: Vec<Value> = shown
        .iter()
        .map(|shown| {
            let link = shown.code.link(&base.host, base.https);
            let qr = QrImage::new(&link, Correction::Low).ok();
            let qr =
                qr.map(|image| json!({"size": image.size(), "bits": to_bits_base64url(&image)}));
            json!({
                "step": shown.step, "link": link, "typed_code": typed(shown), "qr": qr,
                "shown_from": rfc3339(shown.shown_from), "shown_until": rfc3339(shown.shown_until),
            })
        })
        .collect();
    Ok(Json(json!({
        "server_time": rfc3339(caller.ctx.now()), "step_seconds": session.step_seconds,
        "codes": codes,
    })))
}

/// `GET /api/v1/sessions/{id}/code`: the current one.
pub(super) async fn code(
    caller: Caller,
    headers: HeaderMap,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<Value>> {
    let session = caller.read(move |tx, ctx| sessions::get(tx, ctx, id)).await?;
    let shown = sessions::codes(&caller.ctx, &session, 1)?;
    let shown = shown.first().ok_or(Error::NotFound)?;
    let base = link_base(&caller, &headers);
    Ok(Json(json!({
        "link": shown.code.link(&base.host, base.https), "typed_code": typed(shown),
        "step": shown.step, "valid_until": rfc3339(shown.shown_until),
    })))
}

fn typed(shown: &ShownCode) -> String {
    shown.code.typed_code().to_string()
}

/// `GET /api/v1/sessions/{id}/marks`
pub(super) async fn marks(caller: Caller, Path(id): Path<SessionId>) -> ApiResult<Json<Value>> {
    let register = caller.read(move |tx, ctx| attendance::register(tx, ctx, id)).await?;
    let marked = register.students.iter().filter(|(_, mark)| mark.is_some());
    let items: Vec<Value> = marked.map(|(place, mark)| mark_json(place, mark.as_ref())).collect();
    Ok(Json(json!({"items": items, "next": null})))
}

#[derive(Deserialize)]
pub(super) struct Minutes {
    minutes: i64,
}

/// `POST /api/v1/sessions/{id}/extension`
pub(super) async fn extend(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(body): Json<Minutes>,
) -> ApiResult<Json<Value>> {
    let done = caller.write(move |tx, ctx| sessions::extend(tx, ctx, id, body.minutes)).await?;
    answer(&caller, done).await
}

/// `POST /api/v1/sessions/{id}/closure`
pub(super) async fn close(caller: Caller, Path(id): Path<SessionId>) -> ApiResult<Json<Value>> {
    let done = caller.write(move |tx, ctx| sessions::close(tx, ctx, id)).await?;
    answer(&caller, done).await
}

#[derive(Deserialize)]
pub(super) struct Reopening {
    reason: String,
    minutes: Option<i64>,
}

/// `POST /api/v1/sessions/{id}/reopening`
pub(super) async fn reopen(
    caller: Caller,
    Path(id): Path<SessionId>,
    Json(body): Json<Reopening>,
) -> ApiResult<Json<Value>> {
    let minutes = body.minutes.unwrap_or(caller.known.settings.session_minutes);
    let reason = body.reason;
    let done = caller.write(move |tx, ctx| sessions::reopen(tx, ctx, id, minutes, &reason)).await?;
    answer(&caller, done).await
}
