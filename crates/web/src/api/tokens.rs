//! Signing in for programs.

use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use axum::Json;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Deserialize, ToSchema)]
pub(super) struct Credentials {
    /// Number, user name or e-mail address.
    identifier: String,
    password: String,
    /// Of whoever has a second factor: a code of the authenticator app, or a recovery code.
    #[serde(default)]
    code: Option<String>,
}

/// Proof of a login.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedIn {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds until it ends.
    expires_in: i64,
}

impl SignedIn {
    /// A token that lasts so many seconds.
    pub fn new(access_token: String, expires_in: i64) -> Self {
        Self { access_token, token_type: "Bearer", expires_in }
    }
}

/// Signs in.
#[utoipa::path(post, path = "/api/v1/tokens", operation_id = "sign_in", request_body = Credentials,
    responses(
        (status = 201, body = SignedIn),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "`wrong-password`: which of the two is wrong is not told. \
                `second-factor-needed`: send `code` too. `wrong-second-factor`: another one."),
        (status = 403, body = Problem, content_type = "application/problem+json",
            description = "`enrol-first`: an administrator who must set up a second factor first."),
        (status = 429, body = Problem, content_type = "application/problem+json",
            description = "`too-many-attempts`: wait as long as `Retry-After` says."),
    ))]
pub(super) async fn create(
    caller: Caller,
    Json(input): Json<Credentials>,
) -> ApiResult<(StatusCode, Json<SignedIn>)> {
    let Credentials { identifier, password, code } = input;
    let signed = crate::pages::sign_in(&caller, &identifier, password, code);
    let (access_token, expires_in) = signed.await?;
    Ok((StatusCode::CREATED, Json(SignedIn::new(access_token, expires_in))))
}
