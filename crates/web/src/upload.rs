//! Reading uploads: bounded, and read to their end, since a browser that is cut off while it sends
//! shows no answer at all.

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use futures_util::StreamExt;
use muster_app::Error;

/// How much of an upload is read before the connection is given up.
pub(crate) const MOST_READ: usize = 128 << 20;

/// A file that grows while it is read; beyond its limit nothing is kept.
struct Growing {
    bytes: Vec<u8>,
    limit: usize,
    read: usize,
}

impl Growing {
    fn new(limit: usize) -> Self {
        Self { bytes: Vec::new(), limit, read: 0 }
    }

    fn take(&mut self, part: &[u8]) {
        self.read = self.read.saturating_add(part.len());
        if self.read <= self.limit {
            self.bytes.extend_from_slice(part);
        } else {
            self.bytes = Vec::new();
        }
    }

    fn whole(self, field: &'static str) -> Result<Vec<u8>, Error> {
        if self.read > self.limit { Err(too_large(field, self.limit)) } else { Ok(self.bytes) }
    }
}

fn too_large(field: &'static str, limit: usize) -> Error {
    let detail =
        format!("This file is too large: at most {} MiB. Choose a smaller one.", limit >> 20);
    Error::field(field, detail)
}

fn cut_off(field: &'static str) -> Error {
    Error::field(field, "The upload broke off. Send the file again.")
}

/// A request's body, at most `limit` bytes.
pub(crate) async fn body(body: Body, field: &'static str, limit: usize) -> Result<Vec<u8>, Error> {
    let mut file = Growing::new(limit);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        file.take(&part.map_err(|_| cut_off(field))?);
        if file.read > MOST_READ {
            break;
        }
    }
    file.whole(field)
}

/// A file among the fields of a form, at most `limit` bytes.
pub(crate) async fn file(
    sent: &mut Field<'_>,
    field: &'static str,
    limit: usize,
) -> Result<Vec<u8>, Error> {
    let mut file = Growing::new(limit);
    while let Some(part) = sent.chunk().await.map_err(|error| broken(&error, field, limit))? {
        file.take(&part);
    }
    file.whole(field)
}

/// Why a form with a file could not be read.
pub(crate) fn broken(error: &MultipartError, field: &'static str, limit: usize) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        too_large(field, limit)
    } else {
        cut_off(field)
    }
}
