//! Signing in by the code of a class and a PIN, and one's own PIN, for programs.

use super::tokens::SignedIn;
use crate::caller::Caller;
use crate::pages::pin;
use crate::problem::{ApiResult, Problem};
use crate::shapes::Instant;
use axum::Json;
use axum::http::StatusCode;
use muster_app::pins;
use muster_domain::ids::ClassId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The code of a class and a PIN of its staff.
#[derive(Deserialize, ToSchema)]
pub(super) struct PinCredentials {
    /// The course's code, with the section where there are several: `MA201 A`.
    class: String,
    pin: String,
}

/// Proof of a login for one class.
#[derive(Serialize, ToSchema)]
pub(super) struct SignedInByPin {
    #[serde(flatten)]
    signed_in: SignedIn,
    /// The one class that it opens.
    #[schema(value_type = uuid::Uuid)]
    class: ClassId,
}

/// Signs in to one class by a PIN, where the institution allows it.
#[utoipa::path(post, path = "/api/v1/pin-tokens", operation_id = "sign_in_by_pin",
    request_body = PinCredentials,
    responses(
        (status = 201, body = SignedInByPin),
        (status = 401, body = Problem, content_type = "application/problem+json",
            description = "`wrong-pin`: whether the class is unknown or the PIN wrong is not told."),
        (status = 404, body = Problem, content_type = "application/problem+json",
            description = "The institution does not allow it."),
        (status = 429, body = Problem, content_type = "application/problem+json",
            description = "`too-many-attempts`: wait as long as `Retry-After` says."),
    ))]
pub(super) async fn sign_in(
    caller: Caller,
    Json(input): Json<PinCredentials>,
) -> ApiResult<(StatusCode, Json<SignedInByPin>)> {
    let signed = pin::try_sign_in(&caller, "bearer", &input.class, &input.pin);
    let (class, token, seconds) = signed.await?;
    let signed_in = SignedIn::new(token, seconds);
    Ok((StatusCode::CREATED, Json(SignedInByPin { signed_in, class })))
}

/// The caller's own PIN; what it is, nobody is told.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnPin {
    /// Whether the caller may have one: teachers and assistants, where the institution allows it.
    offered: bool,
    /// When it was set; null without one.
    since: Option<Instant>,
}

/// Whether the caller has a PIN.
#[utoipa::path(get, path = "/api/v1/me/pin", operation_id = "get_pin",
    responses((status = 200, body = OwnPin)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<OwnPin>> {
    let own = caller.read(pins::own).await?;
    Ok(Json(OwnPin { offered: own.offered, since: own.since.map(Instant) }))
}

/// A PIN to set.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewPin {
    /// The password that holds now. Whoever has none leaves it out within 15 minutes of signing in
    /// by the provider.
    #[serde(default)]
    present: String,
    /// 6 to 12 digits.
    pin: String,
}

/// Sets the caller's PIN, in place of the one before.
///
/// What the one before had opened is signed out.
#[utoipa::path(put, path = "/api/v1/me/pin", operation_id = "set_pin",
    request_body = NewPin, responses((status = 204)))]
pub(super) async fn set(caller: Caller, Json(input): Json<NewPin>) -> ApiResult<StatusCode> {
    pin::set(&caller, input.present, input.pin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the caller's PIN; what it had opened is signed out.
#[utoipa::path(delete, path = "/api/v1/me/pin", operation_id = "remove_pin",
    responses((status = 204)))]
pub(super) async fn remove(caller: Caller) -> ApiResult<StatusCode> {
    caller.write(pins::remove).await?;
    Ok(StatusCode::NO_CONTENT)
}
