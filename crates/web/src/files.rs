//! Files that come with a form, and files that are sent.

use crate::times::query_value;
use crate::upload;
use axum::extract::Multipart;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::attachments::{Attachment, Upload};
use muster_domain::attachment::LARGEST;
use std::collections::HashMap;

/// The field of a form in which an attachment comes.
const FIELD: &str = "attachment";

/// A form with a file, as it was sent.
#[derive(Default)]
pub(crate) struct Sent {
    fields: HashMap<String, String>,
    /// The file, if one was chosen.
    pub file: Option<Upload>,
}

impl Sent {
    /// Reads the whole form.
    pub async fn read(mut parts: Multipart) -> Result<Self, Error> {
        let mut sent = Self::default();
        let broken = |error| upload::broken(&error, FIELD, LARGEST);
        while let Some(mut part) = parts.next_field().await.map_err(broken)? {
            let name = part.name().unwrap_or_default().to_owned();
            if name == FIELD {
                let file = part.file_name().unwrap_or_default().to_owned();
                let content = upload::file(&mut part, FIELD, LARGEST).await?;
                // Browsers send an empty part where no file was chosen.
                if !file.is_empty() || !content.is_empty() {
                    sent.file = Some(Upload { name: file, content: content.into() });
                }
            } else {
                sent.fields.insert(name, part.text().await.map_err(broken)?);
            }
        }
        Ok(sent)
    }

    /// What was typed into a field; empty if it was not there.
    pub fn field(&self, name: &str) -> String {
        self.fields.get(name).cloned().unwrap_or_default()
    }
}

/// A file to keep, not to show: nothing in it runs here, whatever it is.
pub(crate) fn download(file: Attachment) -> Response {
    let disposition = format!("attachment; filename*=UTF-8''{}", query_value(&file.name));
    let disposition = HeaderValue::from_str(&disposition)
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"));
    let media_type = HeaderValue::from_str(&file.media_type)
        .unwrap_or_else(|_| HeaderValue::from_static("application/octet-stream"));
    let headers = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    (headers, file.content).into_response()
}
