//! What corrections and leave have in common for programs: both are asked for, wait, and are decided,
//! and may have a file.

use crate::upload;
use axum::body::Body;
use muster_app::Error;
use muster_app::attachments::Upload;
use muster_domain::attachment::LARGEST;
use muster_domain::requests::RequestState;
use serde::Deserialize;
use utoipa::IntoParams;

/// Most in one answer.
const MOST: i64 = 200;

/// How many are wanted at most.
pub(super) fn limit(wanted: Option<i64>) -> i64 {
    wanted.unwrap_or(50).clamp(1, MOST)
}

/// The state of that name; those that wait without one.
pub(super) fn state(key: Option<&str>) -> Result<RequestState, Error> {
    let Some(key) = key else { return Ok(RequestState::Asked) };
    let unknown = || Error::field("state", "Choose asked, approved, refused or withdrawn.");
    RequestState::from_key(key).ok_or_else(unknown)
}

/// What a file that is sent is called.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Named {
    /// The file's name.
    #[serde(default)]
    name: String,
}

impl Named {
    /// The file.
    pub async fn file(self, body: Body) -> Result<Upload, Error> {
        let content = upload::body(body, "attachment", LARGEST).await?;
        Ok(Upload { name: self.name, content: content.into() })
    }
}
