//! Verifiers' phones, for programs: enrolling them, what they are told, and withdrawing them.

use super::{incidents, secure_address};
use crate::caller::Caller;
use crate::live;
use crate::problem::ApiResult;
use crate::routes::Access::{Needs, Public};
use crate::routes::Routes;
use crate::shapes::{Instant, Items, PointKindKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use muster_app::{Ctx, Error, packs, verifiers};
use muster_credential::keys::public::KeySet;
use muster_credential::verifier::DeviceKey;
use muster_domain::auth::Permission as P;
use muster_domain::ids::{PersonId, PointId, VerifierDeviceId};
use muster_storage::points::PointRow;
use muster_storage::verifiers::DeviceRow;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most phones in one answer.
const MOST: i64 = 200;
/// How many credentials a pack knows.
const HOLDERS: HeaderName = HeaderName::from_static("muster-holders");

/// The routes of verifiers' phones, and of what was odd about scans.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/api/v1/verifier-device-codes", Needs(P::ManageVerifiers), offer)
        .get("/api/v1/verifier-devices", Needs(P::ManageVerifiers), list)
        .post("/api/v1/verifier-devices", Public, enrol)
        .get("/api/v1/verifier-devices/me", Needs(P::VerifyCredentials), me)
        .post("/api/v1/verifier-devices/{id}/challenges", Public, challenge)
        .post("/api/v1/verifier-devices/{id}/tokens", Public, token)
        .post("/api/v1/verifier-devices/{id}/revocation", Needs(P::ManageVerifiers), revoke)
        .get("/api/v1/points/{id}/pack", Needs(P::VerifyCredentials), pack)
        .get("/api/v1/incidents", Needs(P::OverrideVerdicts), incidents::list)
        .get("/api/v1/incidents/events", Needs(P::OverrideVerdicts), live::incidents::follow)
        .get("/api/v1/incidents/{id}", Needs(P::OverrideVerdicts), incidents::get)
        .post("/api/v1/incidents/{id}/settlement", Needs(P::OverrideVerdicts), incidents::settle)
}

/// For which phone a code is.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewVerifierCode {
    /// What the phone is called.
    name: String,
    /// For whom it acts; without it for the caller.
    #[schema(value_type = Option<Uuid>)]
    person: Option<PersonId>,
}

/// A code for enrolling a phone; shown this once.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifierCode {
    code: String,
    /// What the phone opens; for a QR.
    link: String,
    expires_at: Instant,
}

/// The address that a phone opens to be enrolled. The code stands behind `#`: no log ever sees it.
/// It is that of HTTPS where there is one: a browser keeps the key and the camera for such alone.
pub(crate) fn enrolment_link(caller: &Caller, code: &str) -> String {
    format!("{}/verify/device#enrol={code}", secure_address(caller))
}

/// Makes a code by which a phone is enrolled as a verifier, within ten minutes and once.
#[utoipa::path(post, path = "/api/v1/verifier-device-codes",
    operation_id = "create_verifier_device_code", request_body = NewVerifierCode,
    responses((status = 201, body = VerifierCode)))]
pub(super) async fn offer(
    caller: Caller,
    Json(NewVerifierCode { name, person }): Json<NewVerifierCode>,
) -> ApiResult<(StatusCode, Json<VerifierCode>)> {
    let offer = caller.write(move |tx, ctx| verifiers::offer(tx, ctx, &name, person)).await?;
    let link = enrolment_link(&caller, &offer.code);
    let made = VerifierCode { code: offer.code, link, expires_at: Instant(offer.expires_at) };
    Ok((StatusCode::CREATED, Json(made)))
}

/// A phone that wants to be enrolled.
#[derive(Deserialize, ToSchema)]
pub(super) struct VerifierEnrolment {
    code: String,
    /// The public half of the key that it made: a JSON Web Key of Ed25519, or of P-256.
    #[schema(value_type = Object)]
    public_key: Value,
    /// What it is called, if not as the code says.
    #[serde(default)]
    name: String,
}

/// Somebody for whom a phone acts.
#[derive(Serialize, ToSchema)]
#[schema(as = VerifierPerson)]
pub(super) struct ActsFor {
    id: Uuid,
    name: String,
}

/// A phone that was enrolled; its key for names is told this once.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolledVerifier {
    id: Uuid,
    name: String,
    person: ActsFor,
    institution: String,
    /// A JSON Web Key Set: what signs credentials and packs.
    #[schema(value_type = Object)]
    keys: Value,
    /// 32 bytes in base64url: opens the lists of names in its packs.
    names_key: String,
}

fn keys(ctx: &Ctx) -> Result<Value, Error> {
    let ring = ctx.signing.as_deref().ok_or(Error::SigningKey)?;
    Ok(KeySet::from(ring).to_json())
}

/// Enrols a phone as a verifier by its one-time code.
#[utoipa::path(post, path = "/api/v1/verifier-devices", operation_id = "enrol_verifier_device",
    request_body = VerifierEnrolment, responses((status = 201, body = EnrolledVerifier)))]
pub(super) async fn enrol(
    caller: Caller,
    Json(VerifierEnrolment { code, public_key, name }): Json<VerifierEnrolment>,
) -> ApiResult<(StatusCode, Json<EnrolledVerifier>)> {
    let key = DeviceKey::from_jwk(&public_key);
    let key = key.ok_or_else(|| Error::field("public_key", "Send a key of Ed25519 or P-256."))?;
    let keys = keys(&caller.ctx)?;
    let write = caller.write(move |tx, ctx| verifiers::enrol(tx, ctx, &code, (&key, &name)));
    let enrolled = write.await?;
    let row = enrolled.row;
    let told = EnrolledVerifier {
        id: row.id.0,
        name: row.name,
        person: ActsFor { id: row.person.0, name: row.person_name },
        institution: caller.known.settings.institution.clone(),
        keys,
        names_key: BASE64URL_NOPAD.encode(enrolled.names.as_bytes()),
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// What a phone signs to prove itself.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifierChallenge {
    challenge: String,
    /// In seconds.
    expires_in: i64,
    /// The server's clock, in microseconds since 1970.
    now_us: i64,
}

/// A challenge for a phone.
#[utoipa::path(post, path = "/api/v1/verifier-devices/{id}/challenges",
    operation_id = "challenge_verifier_device",
    responses((status = 201, body = VerifierChallenge)))]
pub(super) async fn challenge(
    caller: Caller,
    Path(id): Path<VerifierDeviceId>,
) -> ApiResult<(StatusCode, Json<VerifierChallenge>)> {
    let challenge = caller.read(move |tx, ctx| verifiers::challenge(tx, ctx, id)).await?;
    let (expires_in, now_us) = (verifiers::CHALLENGE_LIFETIME.as_seconds(), caller.ctx.now().0);
    let told = VerifierChallenge { challenge, expires_in, now_us };
    Ok((StatusCode::CREATED, Json(told)))
}

/// A challenge with the phone's signature.
#[derive(Deserialize, ToSchema)]
pub(super) struct SignedChallenge {
    challenge: String,
    /// 64 bytes in base64url.
    signature: String,
    /// How many scans wait on the phone.
    queued: Option<i64>,
}

/// With which a phone acts for some minutes.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifierToken {
    access_token: String,
    token_type: &'static str,
    /// In seconds.
    expires_in: i64,
    /// The server's clock, in microseconds since 1970.
    now_us: i64,
}

/// A token for a phone that signed its challenge.
#[utoipa::path(post, path = "/api/v1/verifier-devices/{id}/tokens",
    operation_id = "create_verifier_device_token", request_body = SignedChallenge,
    responses((status = 201, body = VerifierToken)))]
pub(super) async fn token(
    caller: Caller,
    Path(id): Path<VerifierDeviceId>,
    Json(SignedChallenge { challenge, signature, queued }): Json<SignedChallenge>,
) -> ApiResult<(StatusCode, Json<VerifierToken>)> {
    let bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).ok();
    let signature: Option<[u8; 64]> = bytes.and_then(|bytes| bytes.try_into().ok());
    let signature =
        signature.ok_or_else(|| Error::field("signature", "Send 64 bytes in base64url."))?;
    let write = caller
        .write(move |tx, ctx| verifiers::token(tx, ctx, id, (&challenge, &signature), queued));
    let told = VerifierToken {
        access_token: write.await?,
        token_type: "Bearer",
        expires_in: verifiers::TOKEN_LIFETIME.as_seconds(),
        now_us: caller.ctx.now().0,
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// What a phone is told of itself.
#[derive(Serialize, ToSchema)]
pub(super) struct OwnVerifier {
    id: Uuid,
    name: String,
    person: ActsFor,
    institution: String,
    points: Vec<VerifierPoint>,
    /// A JSON Web Key Set: what signs credentials and packs.
    #[schema(value_type = Object)]
    keys: Value,
    /// The server's clock, in microseconds since 1970.
    now_us: i64,
}

/// Where a phone may verify.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifierPoint {
    id: Uuid,
    name: String,
    kind: PointKindKey,
    scope: Uuid,
    scope_name: String,
    /// Whether it may let people in there whom the rule refuses, with a reason.
    may_override: bool,
}

impl From<(PointRow, bool)> for VerifierPoint {
    fn from((row, may_override): (PointRow, bool)) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            kind: PointKindKey(row.kind),
            scope: row.scope,
            scope_name: row.scope_name,
            may_override,
        }
    }
}

/// What the phone that asks is told of itself.
#[utoipa::path(get, path = "/api/v1/verifier-devices/me",
    operation_id = "get_own_verifier_device", responses((status = 200, body = OwnVerifier)))]
pub(super) async fn me(caller: Caller) -> ApiResult<Json<OwnVerifier>> {
    let own = caller.read(verifiers::own).await?;
    Ok(Json(OwnVerifier {
        id: own.row.id.0,
        name: own.row.name,
        person: ActsFor { id: own.row.person.0, name: own.row.person_name },
        institution: caller.known.settings.institution.clone(),
        points: own.points.into_iter().map(VerifierPoint::from).collect(),
        keys: keys(&caller.ctx)?,
        now_us: caller.ctx.now().0,
    }))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Since {
    /// `cursor` of the pack that the phone has: what changed since then alone.
    since: Option<String>,
    /// `false` to do without photos.
    photos: Option<bool>,
}

/// The offline pack of a point, for the phone that asks: signed, good for a day.
#[utoipa::path(get, path = "/api/v1/points/{id}/pack", operation_id = "get_point_pack",
    params(Since),
    responses((status = 200, body = Vec<u8>, content_type = "application/cose")))]
pub(super) async fn pack(
    caller: Caller,
    Path(id): Path<PointId>,
    Query(Since { since, photos }): Query<Since>,
) -> ApiResult<Response> {
    let asked = packs::Asked { since, without_photos: photos == Some(false) };
    let read = caller.read(move |tx, ctx| packs::build(tx, ctx, id, &asked));
    let pack = read.await?;
    caller.write_more(move |tx, ctx| verifiers::heard(tx, ctx, None, Some(id))).await?;
    let kind = HeaderValue::from_static("application/cose");
    let count = HeaderValue::from(pack.records);
    Ok(([(header::CONTENT_TYPE, kind), (HOLDERS, count)], pack.bytes).into_response())
}

/// A verifier's phone.
#[derive(Serialize, ToSchema)]
pub(super) struct VerifierDevice {
    id: Uuid,
    name: String,
    person: ActsFor,
    enrolled_at: Instant,
    seen_at: Instant,
    /// The point of its last pack.
    pack_point: Option<Uuid>,
    /// When it fetched that.
    pack_at: Option<Instant>,
    /// How many scans waited on it when it was last heard of.
    queued: i64,
    revoked_at: Option<Instant>,
}

impl From<DeviceRow> for VerifierDevice {
    fn from(row: DeviceRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            person: ActsFor { id: row.person.0, name: row.person_name },
            enrolled_at: Instant(row.enrolled_at),
            seen_at: Instant(row.seen_at),
            pack_point: row.pack_point.map(Uuid::from),
            pack_at: row.pack_at.map(Instant),
            queued: row.queued,
            revoked_at: row.revoked_at.map(Instant),
        }
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<VerifierDeviceId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Verifiers' phones, the latest enrolled first.
#[utoipa::path(get, path = "/api/v1/verifier-devices", operation_id = "list_verifier_devices",
    params(Page), responses((status = 200, body = Items<VerifierDevice>)))]
pub(super) async fn list(
    caller: Caller,
    Query(Page { cursor, limit }): Query<Page>,
) -> ApiResult<Json<Items<VerifierDevice>>> {
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let read = caller.read(move |tx, ctx| verifiers::list(tx, ctx, cursor, limit + 1));
    Ok(Json(Items::cut(read.await?, limit, |row: &DeviceRow| row.id.0)))
}

/// Withdraws a phone: whatever it asks next, it hears so, and deletes its packs.
#[utoipa::path(post, path = "/api/v1/verifier-devices/{id}/revocation",
    operation_id = "revoke_verifier_device", responses((status = 200, body = VerifierDevice)))]
pub(super) async fn revoke(
    caller: Caller,
    Path(id): Path<VerifierDeviceId>,
) -> ApiResult<Json<VerifierDevice>> {
    let row = caller.write(move |tx, ctx| verifiers::revoke(tx, ctx, id)).await?;
    Ok(Json(VerifierDevice::from(row)))
}
