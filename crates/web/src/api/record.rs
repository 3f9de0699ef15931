//! Records with a version: `ETag`, `If-None-Match` and `If-Match`.
//!
//! A tag is the record's version and a hash of what is answered: some members (a person's roles,
//! the name of a class's course) change without the version. A change is judged by the version.

use axum::Json;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use serde::Serialize;
use std::convert::Infallible;
use std::hash::{DefaultHasher, Hash, Hasher};
use utoipa::IntoParams;

/// What may be answered with a tag.
pub(super) trait Tagged: Serialize {
    /// The version that a change may name; none if nothing can be changed.
    fn version(&self) -> Option<i64>;
}

/// A record on its way out.
pub(super) struct Record<T> {
    body: T,
    known: Option<String>,
}

impl<T: Tagged> Record<T> {
    /// A record that the client can't know yet.
    pub fn of(body: impl Into<T>) -> Self {
        Self { body: body.into(), known: None }
    }

    fn tag(&self) -> Option<String> {
        let mut hash = DefaultHasher::new();
        serde_json::to_vec(&self.body).ok()?.hash(&mut hash);
        let hash = hash.finish();
        Some(match self.body.version() {
            Some(version) => format!("\"{version}-{hash:x}\""),
            None => format!("\"{hash:x}\""),
        })
    }
}

impl<T: Tagged> IntoResponse for Record<T> {
    fn into_response(self) -> Response {
        let Some(tag) = self.tag() else { return Json(self.body).into_response() };
        let known = self.known.as_deref().is_some_and(|known| {
            known.trim() == "*" || tags(known).any(|known| known == tag.trim_matches('"'))
        });
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            Json(self.body).into_response()
        };
        if let Ok(tag) = HeaderValue::from_str(&tag) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

/// Tags in a header, without quotes and without their weakness.
fn tags(header: &str) -> impl Iterator<Item = &str> {
    header.split(',').map(|tag| tag.trim().trim_start_matches("W/").trim_matches('"'))
}

/// What the client knows.
#[derive(Clone, Debug, Default, IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IfNoneMatch {
    /// `ETag` of an answer that is at hand: 304 while it holds.
    #[param(rename = "If-None-Match")]
    known: Option<String>,
}

impl IfNoneMatch {
    /// The record, unless the client knows it.
    pub fn or<T: Tagged>(self, body: impl Into<T>) -> Record<T> {
        Record { body: body.into(), known: self.known }
    }
}

/// Which record the client means to change.
#[derive(Clone, Debug, Default, IntoParams)]
#[into_params(parameter_in = Header)]
pub(super) struct IfMatch {
    /// `ETag` of the record that was read: 412 if it has another version by now.
    #[param(rename = "If-Match")]
    meant: Option<String>,
}

impl IfMatch {
    /// Refuses a change to a record of another version than the one that is meant.
    pub fn check(&self, version: i64) -> Result<(), Error> {
        let Some(meant) = self.meant.as_deref().filter(|meant| meant.trim() != "*") else {
            return Ok(());
        };
        let version = version.to_string();
        let same = |tag: &str| tag.split('-').next() == Some(version.as_str());
        if tags(meant).any(same) { Ok(()) } else { Err(Error::Outdated) }
    }
}

fn text(parts: &Parts, name: &HeaderName) -> Option<String> {
    let value = parts.headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

impl<S: Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { known: text(parts, &header::IF_NONE_MATCH) })
    }
}

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self { meant: text(parts, &header::IF_MATCH) })
    }
}
