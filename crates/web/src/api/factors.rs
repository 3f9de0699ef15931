//! Second factors, for programs.

use crate::caller::Caller;
use crate::pages::{passkeys as passkeys_page, security};
use crate::problem::ApiResult;
use crate::shapes::Instant;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::Error;
use muster_app::factors::{self, passkeys, totp};
use muster_domain::ids::{PasskeyId, PersonId};
use muster_storage::passkeys::PasskeyRow;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// The caller's second factors.
#[derive(Serialize, ToSchema)]
pub(super) struct SecondFactors {
    /// Whether the caller may have any: students are not offered them.
    offered: bool,
    /// Since when an authenticator app is used; null without one.
    totp_since: Option<Instant>,
    /// The first added first.
    passkeys: Vec<Passkey>,
    /// Recovery codes not used yet.
    recovery_codes_left: i64,
}

/// A passkey; browsers alone can add one.
#[derive(Serialize, ToSchema)]
pub(super) struct Passkey {
    id: Uuid,
    name: String,
    created_at: Instant,
    last_used_at: Option<Instant>,
}

impl From<PasskeyRow> for Passkey {
    fn from(row: PasskeyRow) -> Self {
        let (created_at, last_used_at) = (Instant(row.created_at), row.last_used_at.map(Instant));
        Self { id: row.id.0, name: row.name, created_at, last_used_at }
    }
}

/// The caller's second factors.
#[utoipa::path(get, path = "/api/v1/me/second-factors", operation_id = "get_second_factors",
    responses((status = 200, body = SecondFactors)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<SecondFactors>> {
    let own = caller.read(factors::own).await?;
    Ok(Json(SecondFactors {
        offered: own.offered,
        totp_since: own.totp_since.map(Instant),
        passkeys: own.passkeys.into_iter().map(Into::into).collect(),
        recovery_codes_left: own.recovery_left,
    }))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PresentPassword {
    /// The password that holds now. Whoever has none leaves it out within 15 minutes of signing in
    /// by the provider.
    #[serde(default)]
    present: String,
}

/// What an authenticator app is set up with.
#[derive(Serialize, ToSchema)]
pub(super) struct TotpOffer {
    /// For a QR: `otpauth://totp/…`.
    link: String,
    /// For typing, in base32.
    secret: String,
}

/// Begins to set up an authenticator app.
///
/// It is in use once its first code was confirmed, within ten minutes.
#[utoipa::path(post, path = "/api/v1/me/totp", operation_id = "begin_totp",
    request_body = PresentPassword, responses((status = 201, body = TotpOffer)))]
pub(super) async fn begin(
    caller: Caller,
    Json(input): Json<PresentPassword>,
) -> ApiResult<(StatusCode, Json<TotpOffer>)> {
    security::try_begin_totp(&caller, input.present).await?;
    let offer = caller.read(totp::offer).await?.ok_or(Error::NotFound)?;
    let offer = TotpOffer { link: offer.link, secret: offer.secret };
    Ok((StatusCode::CREATED, Json(offer)))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct FirstCode {
    /// The six digits that the app shows.
    code: String,
}

/// Recovery codes; told this once.
#[derive(Serialize, ToSchema)]
pub(super) struct RecoveryCodes {
    recovery_codes: Vec<String>,
}

/// Puts the authenticator app in use by its first code.
///
/// Answers ten recovery codes, or none for whoever has some left.
#[utoipa::path(post, path = "/api/v1/me/totp/confirmation", operation_id = "confirm_totp",
    request_body = FirstCode, responses((status = 200, body = RecoveryCodes)))]
pub(super) async fn confirm(
    caller: Caller,
    Json(input): Json<FirstCode>,
) -> ApiResult<Json<RecoveryCodes>> {
    let done = caller.write(move |tx, ctx| totp::confirm(tx, ctx, &input.code));
    Ok(Json(RecoveryCodes { recovery_codes: done.await? }))
}

/// Removes the authenticator app.
#[utoipa::path(post, path = "/api/v1/me/totp/removal", operation_id = "remove_totp",
    request_body = PresentPassword, responses((status = 204)))]
pub(super) async fn remove(
    caller: Caller,
    Json(input): Json<PresentPassword>,
) -> ApiResult<StatusCode> {
    security::try_remove_totp(&caller, input.present).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize, ToSchema)]
pub(super) struct PasskeyName {
    /// To tell it from others: at most 60 characters.
    name: String,
}

/// Gives a passkey another name.
#[utoipa::path(patch, path = "/api/v1/me/passkeys/{id}", operation_id = "rename_passkey",
    request_body = PasskeyName, responses((status = 200, body = Passkey)))]
pub(super) async fn rename_passkey(
    caller: Caller,
    Path(id): Path<PasskeyId>,
    Json(input): Json<PasskeyName>,
) -> ApiResult<Json<Passkey>> {
    let name = passkeys::name(&input.name)?;
    let done = caller.write(move |tx, ctx| {
        passkeys::rename(tx, ctx, id, &name)?;
        passkeys::own(tx, ctx, id)
    });
    Ok(Json(done.await?.into()))
}

/// Removes a passkey.
#[utoipa::path(post, path = "/api/v1/me/passkeys/{id}/removal", operation_id = "remove_passkey",
    request_body = PresentPassword, responses((status = 204)))]
pub(super) async fn remove_passkey(
    caller: Caller,
    Path(id): Path<PasskeyId>,
    Json(input): Json<PresentPassword>,
) -> ApiResult<StatusCode> {
    passkeys_page::try_remove(&caller, id, input.present).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes ten new recovery codes; those before stop working.
#[utoipa::path(post, path = "/api/v1/me/recovery-codes", operation_id = "renew_recovery_codes",
    request_body = PresentPassword, responses((status = 201, body = RecoveryCodes)))]
pub(super) async fn renew(
    caller: Caller,
    Json(input): Json<PresentPassword>,
) -> ApiResult<(StatusCode, Json<RecoveryCodes>)> {
    let recovery_codes = security::try_renew_codes(&caller, input.present).await?;
    Ok((StatusCode::CREATED, Json(RecoveryCodes { recovery_codes })))
}

#[derive(Deserialize, ToSchema)]
pub(super) struct LostFactor {
    /// Why it is removed.
    reason: String,
}

/// Removes every second factor of somebody who lost theirs, and ends their logins.
#[utoipa::path(post, path = "/api/v1/people/{id}/second-factor/removal",
    operation_id = "reset_second_factor", request_body = LostFactor,
    responses((status = 204)))]
pub(super) async fn reset(
    caller: Caller,
    Path(id): Path<PersonId>,
    Json(input): Json<LostFactor>,
) -> ApiResult<StatusCode> {
    caller.write(move |tx, ctx| factors::reset(tx, ctx, id, &input.reason)).await?;
    Ok(StatusCode::NO_CONTENT)
}
