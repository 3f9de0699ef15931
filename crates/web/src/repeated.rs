//! `Idempotency-Key`: a POST to the interface that is sent again is done once.
//!
//! Without the header a request passes untouched.

use crate::caller::{Caller, Who};
use crate::problem::Problem;
use crate::server::App;
use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::idempotency::{self, Keyed, Turn};
use muster_documents::table::LARGEST_FILE;
use muster_domain::time::Timestamp;

/// Largest body, asked or answered, that is read here.
const LARGEST: usize = 1 << 20;
/// Longest key.
const LONGEST_KEY: usize = 255;
/// Answers that hold a secret are never kept.
const SECRET: [&str; 13] = [
    "/api/v1/pin-tokens",
    "/reset-codes",
    "/first-codes",
    "/me/totp",
    "/me/totp/confirmation",
    "/me/recovery-codes",
    "/me/calendar-feed",
    "/verifier-device-codes",
    "/verifier-devices",
    "/nodes/codes",
    "/sync/enrolments",
    "/sync/handovers",
    "/tokens",
];

/// Where a request's randomness begins, if it may be a repetition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Beginning {
    pub seed: [u8; 32],
    pub began: Timestamp,
}

/// Runs a POST under a key once, and answers it again as it was answered.
pub(crate) async fn once(State(app): State<App>, request: Request, next: Next) -> Response {
    match request.headers().get("idempotency-key").cloned() {
        Some(key) if is_kept(request.method(), request.uri().path()) => {
            keyed_once(app, key, request, next)
                .await
                .unwrap_or_else(|error| Problem::of(&error).into_response())
        }
        _ => next.run(request).await,
    }
}

/// Whether the answer of such a request is kept.
pub(crate) fn is_kept(method: &Method, path: &str) -> bool {
    *method == Method::POST
        && path.starts_with("/api/v1/")
        && !SECRET.iter().any(|secret| path.ends_with(secret))
}

async fn keyed_once(
    app: App,
    key: HeaderValue,
    request: Request,
    next: Next,
) -> Result<Response, Error> {
    let wrong = "Send an Idempotency-Key of 1 to 255 printable characters.";
    let key = key.to_str().ok().filter(|key| (1..=LONGEST_KEY).contains(&key.len()));
    let key = key.ok_or_else(|| Error::field("idempotency-key", wrong))?.to_owned();
    let (mut parts, body) = request.into_parts();
    // A table is large; only who is signed in may have one read into memory.
    let is_table = parts.uri.path() == "/api/v1/imports" && parts.extensions.get::<Who>().is_some();
    let largest = if is_table { LARGEST_FILE + LARGEST } else { LARGEST };
    let Ok(body) = to_bytes(body, largest).await else {
        return Ok(StatusCode::PAYLOAD_TOO_LARGE.into_response());
    };
    let Ok(caller) = Caller::from_request_parts(&mut parts, &app).await;
    let keyed = Keyed::new(&caller.ctx, &key, parts.uri.path(), &body);
    let begun = keyed.clone();
    match caller.write(move |tx, ctx| idempotency::begin(tx, ctx, &begun)).await? {
        Turn::Answered { status, body } => Ok(replayed(status, body)),
        Turn::Run { seed, began } => {
            parts.extensions.insert(Beginning { seed, began });
            let answer = next.run(Request::from_parts(parts, Body::from(body))).await;
            keep(&caller, keyed, answer).await
        }
    }
}

async fn keep(caller: &Caller, keyed: Keyed, answer: Response) -> Result<Response, Error> {
    let (parts, body) = answer.into_parts();
    let unreadable = |_| Error::from(muster_storage::Error::Panicked);
    let body = to_bytes(body, LARGEST).await.map_err(unreadable)?;
    let (status, text) = (parts.status.as_u16(), String::from_utf8_lossy(&body).into_owned());
    caller.write(move |tx, _| idempotency::finish(tx, &keyed, status, &text)).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn replayed(status: i64, body: String) -> Response {
    let status = u16::try_from(status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let json = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let again = ("idempotency-replayed", HeaderValue::from_static("true"));
    let mut response = (status.unwrap_or(StatusCode::OK), [json], body).into_response();
    response.headers_mut().insert(again.0, again.1);
    response
}
