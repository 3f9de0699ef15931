//! The style sheet of an institution's own accent.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use muster_domain::colour::Colour;
use muster_presentation::accent::css;

/// `GET /accent/{file}`, where the file is six hexadecimal digits and `.css`.
#[allow(clippy::unused_async, reason = "axum takes asynchronous functions")]
pub async fn serve(Path(file): Path<String>) -> Response {
    let digits = file.strip_suffix(".css").unwrap_or_default();
    let Some(colour) = Colour::parse(digits).filter(|colour| colour.digits() == digits) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (CONTENT_TYPE, "text/css; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    (headers, css(colour)).into_response()
}
