//! Problem details (RFC 9457) for programs.

use crate::error::{retry_after, sentence, status};
use crate::unread::Unread;
use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was refused (RFC 9457).
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Ends in a stable reason, for example `/problems/code-expired`.
    r#type: String,
    title: &'static str,
    status: u16,
    /// A sentence for people.
    detail: String,
    /// What is wrong with which member of the body.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Pointed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// With `session-open`: that session's id.
    session: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// With `person-merged`: the id of the record that stayed.
    kept: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    /// With `duplicate-holder`: the id of the pass that they hold.
    pass: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    /// With `not-eligible`: every reason, a sentence each.
    reasons: Vec<String>,
    #[serde(skip)]
    retry_after: Option<i64>,
}

/// What is wrong with a member.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Pointed {
    /// JSON Pointer into the body.
    pointer: String,
    detail: String,
}

impl Problem {
    /// The problem that an action's error is.
    pub fn of(error: &Error) -> Self {
        let status = status(error);
        let mut problem = Self {
            r#type: format!("/problems/{}", error.reason()),
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            detail: sentence(error),
            errors: Vec::new(),
            session: None,
            kept: None,
            pass: None,
            reasons: Vec::new(),
            retry_after: retry_after(error),
        };
        match error {
            Error::Invalid(fields) => problem.errors.extend(fields.iter().map(|field| {
                let pointer = format!("/{}", field.field);
                Pointed { pointer, detail: field.detail.clone() }
            })),
            Error::SessionOpen { session } | Error::MeetingTaken { session } => {
                problem.session = Some(session.to_string());
            }
            Error::DuplicateHolder { pass } => problem.pass = Some(pass.to_string()),
            Error::NotEligible { reasons } => problem.reasons.clone_from(reasons),
            Error::Merged { kept } => problem.kept = Some(kept.to_string()),
            _ => {}
        }
        problem
    }
}

/// Largest explanation of the framework that is passed on.
const LONGEST: usize = 4096;

/// Turns what the framework itself refuses (a body that is no JSON, a path that is no id, a method
/// that is not there) into a problem.
pub(crate) async fn explain(request: Request, next: Next) -> Response {
    let api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    if !api || !response.status().is_client_error() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/")) {
        return response;
    }
    let status = response.status();
    let text = to_bytes(response.into_body(), LONGEST).await.unwrap_or_default();
    let title = status.canonical_reason().unwrap_or("Problem");
    let (detail, errors) = match String::from_utf8_lossy(&text) {
        text if text.is_empty() => (title.to_owned(), Vec::new()),
        text => told(Unread::of(&text)),
    };
    let problem = Problem {
        r#type: "/problems/malformed".to_owned(),
        title,
        status: status.as_u16(),
        detail,
        errors,
        session: None,
        kept: None,
        pass: None,
        reasons: Vec::new(),
        retry_after: None,
    };
    problem.into_response()
}

/// The sentence of the whole, and what is wrong with which member.
fn told(Unread { pointer, detail }: Unread) -> (String, Vec<Pointed>) {
    match pointer {
        Some(pointer) => {
            let name = pointer.trim_start_matches('/');
            (format!("{name}: {detail}"), vec![Pointed { pointer, detail }])
        }
        None => (detail, Vec::new()),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let retry_after = self.retry_after;
        let mut response = (status, Json(self)).into_response();
        let json = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if let Some(value) = retry_after.and_then(|wait| wait.to_string().parse().ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }
}

/// An error on its way out of an API handler.
pub(crate) struct ApiError(pub Error);

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        Problem::of(&self.0).into_response()
    }
}

/// What an API handler answers.
pub(crate) type ApiResult<T> = Result<T, ApiError>;
