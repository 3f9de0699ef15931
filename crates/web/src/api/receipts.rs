//! What students' devices scanned without a network, for programs: registering a device's key, sending
//! receipts, and what staff see of them.

use super::redemptions::instant;
use crate::caller::Caller;
use crate::live::shapes::OfflineEvidence;
use crate::problem::ApiResult;
use crate::routes::Access::{Needs, SignedIn};
use crate::routes::Routes;
use crate::shapes::{Instant, Items, StatusKey};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::receipts::{self, Answer, Post, Taken};
use muster_app::{Ctx, Error};
use muster_credential::verifier::DeviceKey;
use muster_domain::attendance::Refusal;
use muster_domain::auth::Permission as P;
use muster_domain::ids::{DeviceKeyId, PersonId, SessionId};
use muster_domain::time::Span;
use muster_storage::WriteTx;
use muster_storage::receipts::{DeviceKeyRow, EvidenceRow};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// What a student is told whose scan another node judges.
const KEPT: &str = "The server has it. It counts once the server of that classroom was heard of.";
/// Most receipts in one request.
const MOST: usize = 1_000;
/// Receipts in one transaction.
const LOT: usize = 50;

/// The routes of devices' keys and their receipts.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/api/v1/device-keys", Needs(P::MarkSelf), register)
        .post("/api/v1/device-keys/{id}/withdrawal", SignedIn, withdraw)
        .get("/api/v1/people/{id}/device-keys", SignedIn, of_person)
        .get("/api/v1/sessions/{id}/receipts", Needs(P::ViewClass), of_session)
}

/// The key of a device that is to sign what it scans.
#[derive(Deserialize, ToSchema)]
pub(super) struct NewDeviceKey {
    /// The public half: a JSON Web Key of Ed25519, or of P-256.
    #[schema(value_type = Object)]
    public_key: Value,
    /// What the device is called.
    #[serde(default)]
    name: String,
}

/// A device's key as it is registered.
#[derive(Serialize, ToSchema)]
pub(super) struct RegisteredKey {
    /// What the receipts name.
    id: Uuid,
    person: Uuid,
    name: String,
    registered_at: Instant,
    /// The number of its latest receipt that is known here; 0 before the first.
    sequence: i64,
    /// The server's clock, in microseconds since 1970.
    now_us: i64,
}

/// A device that signs what its student scans without a network.
#[derive(Serialize, ToSchema)]
pub(super) struct SigningDevice {
    id: Uuid,
    person: Uuid,
    name: String,
    registered_at: Instant,
    /// When it was last heard of.
    heard_at: Instant,
    /// The number of its latest receipt; 0 before the first.
    sequence: i64,
    /// Since when what it signs counts for nothing; null while it counts.
    withdrawn_at: Option<Instant>,
    withdrawn_by: Option<Uuid>,
}

impl From<DeviceKeyRow> for SigningDevice {
    fn from(row: DeviceKeyRow) -> Self {
        Self {
            id: row.id.0,
            person: row.person.0,
            name: row.name,
            registered_at: Instant(row.registered_at),
            heard_at: Instant(row.heard_at),
            sequence: row.sequence,
            withdrawn_at: row.withdrawn_at.map(Instant),
            withdrawn_by: row.withdrawn_by.map(Into::into),
        }
    }
}

/// A student's devices that sign, withdrawn ones too, the earliest first: the caller's own, or
/// anybody's for whoever manages people.
#[utoipa::path(get, path = "/api/v1/people/{id}/device-keys", operation_id = "list_device_keys",
    responses((status = 200, body = Items<SigningDevice>)))]
pub(super) async fn of_person(
    caller: Caller,
    Path(id): Path<PersonId>,
) -> ApiResult<Json<Items<SigningDevice>>> {
    let rows = caller.read(move |tx, ctx| receipts::keys_of(tx, ctx, id)).await?;
    Ok(Json(Items::all(rows)))
}

/// Withdraws a device: codes that come on the screen from now on are not taken from it.
///
/// What it scanned before is judged as ever. Its student is signed out everywhere but here, and told.
#[utoipa::path(post, path = "/api/v1/device-keys/{id}/withdrawal",
    operation_id = "withdraw_device_key", responses((status = 200, body = SigningDevice)))]
pub(super) async fn withdraw(
    caller: Caller,
    Path(id): Path<DeviceKeyId>,
) -> ApiResult<Json<SigningDevice>> {
    let done = caller.write(move |tx, ctx| receipts::withdraw(tx, ctx, id)).await?;
    Ok(Json(done.into()))
}

/// Registers the key of the caller's device. One that is registered already stays as it is; one that was
/// withdrawn is refused as `key-withdrawn`: make a new one.
#[utoipa::path(post, path = "/api/v1/device-keys", operation_id = "register_device_key",
    request_body = NewDeviceKey,
    responses(
        (status = 201, body = RegisteredKey),
        (status = 200, body = RegisteredKey, description = "It was registered before."),
    ))]
pub(super) async fn register(
    caller: Caller,
    Json(NewDeviceKey { public_key, name }): Json<NewDeviceKey>,
) -> ApiResult<(StatusCode, Json<RegisteredKey>)> {
    let key = DeviceKey::from_jwk(&public_key);
    let key = key.ok_or_else(|| Error::field("public_key", "Send a key of Ed25519 or P-256."))?;
    let write = caller.write(move |tx, ctx| receipts::register(tx, ctx, &key, &name));
    let (row, new) = write.await?;
    let told = RegisteredKey {
        id: row.id.0,
        person: row.person.0,
        name: row.name,
        registered_at: Instant(row.registered_at),
        sequence: row.sequence,
        now_us: caller.ctx.now().0,
    };
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, Json(told)))
}

/// A receipt, as a device signed it.
#[derive(Deserialize, ToSchema)]
pub(super) struct SentReceipt {
    /// The id in it.
    id: String,
    /// Its 183 bytes in base64url.
    receipt: String,
}

/// The answers to receipts, in their order.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptAnswers {
    items: Vec<ReceiptAnswer>,
}

/// The answer to a receipt.
#[derive(Serialize, ToSchema)]
pub(super) struct ReceiptAnswer {
    id: String,
    /// `accepted`, `already` or `refused`.
    result: &'static str,
    /// With `refused`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// With `refused`: the same for people. With `accepted`, where another node has to judge it: that
    /// it is kept, and `status` and `at` are missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session: Option<Uuid>,
    /// What the student is marked.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<StatusKey>,
    /// When the mark was made: for one made offline, when its code was on the screen.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Instant>,
}

impl ReceiptAnswer {
    fn new(id: String, session: Option<SessionId>, taken: Taken) -> Self {
        let result = taken.key();
        let (mut status, mut at) = (None, None);
        let (mut reason, mut detail) = (None, None);
        match taken {
            Taken::Accepted(of, when) | Taken::Already(of, when) => {
                (status, at) = (Some(StatusKey(of)), Some(Instant(when)));
            }
            Taken::Kept => detail = Some(KEPT.to_owned()),
            Taken::Refused { reason: key, detail: words } => {
                (reason, detail) = (Some(key), Some(words));
            }
        }
        let session = session.map(|session| session.0);
        Self { id, result, reason, detail, session, status, at }
    }
}

/// Takes receipts of the caller's, each for itself: a bad one holds nothing up.
pub(super) async fn take(
    caller: &Caller,
    items: Vec<Value>,
    sent_at: Option<&str>,
) -> Result<ReceiptAnswers, Error> {
    caller.ctx.person()?;
    if items.len() > MOST {
        return Err(Error::field("receipts", "Send 1,000 at most."));
    }
    let now = caller.ctx.now();
    let sent_at = instant("sent_at", sent_at)?;
    let ahead = sent_at.map(|at| Span(at.0.saturating_sub(now.0)));
    let named = |item: &Value| item.get("id").and_then(Value::as_str).unwrap_or("").to_owned();
    let ids: Vec<_> = items.iter().map(named).collect();
    let read = |item: Value| {
        let SentReceipt { id, receipt } = serde_json::from_value(item).ok()?;
        receipts::read(&id, &receipt)
    };
    let read: Vec<_> = items.into_iter().map(read).enumerate().collect();
    let sound: Vec<_> = read.iter().filter_map(|(at, one)| Some((*at, (*one)?))).collect();
    let post = caller.read(move |tx, ctx| Post::gather(tx, ctx, sound.clone())).await?;
    let checked = tokio::task::spawn_blocking(move || post.check()).await.unwrap_or_default();
    let malformed = || Taken::refused(Refusal::Malformed);
    let mut answers: Vec<_> =
        ids.into_iter().map(|id| ReceiptAnswer::new(id, None, malformed())).collect();
    for lot in checked.chunks(LOT) {
        let own = lot.to_vec();
        let act = move |tx: &mut WriteTx<'_>, ctx: &Ctx| receipts::take(tx, ctx, &own, ahead);
        for (one, Answer { id, session, taken }) in lot.iter().zip(caller.write_more(act).await?) {
            caller.app.figures.answered(taken.counted());
            if let Some(answer) = answers.get_mut(one.position) {
                *answer = ReceiptAnswer::new(id.to_string(), session, taken);
            }
        }
    }
    Ok(ReceiptAnswers { items: answers })
}

/// Something that was scanned without a network, as staff see it.
#[derive(Serialize, ToSchema)]
pub(super) struct OfflineReceipt {
    person: Uuid,
    name: String,
    /// `accepted`, `already`, `refused`, or `kept` until the node was heard of whose code it is.
    result: String,
    /// With `refused`: why.
    reason: Option<String>,
    /// Why it deserves a look.
    flags: Vec<String>,
    #[serde(flatten)]
    evidence: OfflineEvidence,
}

impl From<(EvidenceRow, String)> for OfflineReceipt {
    fn from((row, name): (EvidenceRow, String)) -> Self {
        Self {
            person: row.person.0,
            name,
            result: row.result.clone(),
            reason: row.reason.clone(),
            flags: row.flags.split_whitespace().map(str::to_owned).collect(),
            evidence: (&row).into(),
        }
    }
}

/// What students scanned of a session without a network, refused ones included, in the order of its
/// arrival.
#[utoipa::path(get, path = "/api/v1/sessions/{id}/receipts", operation_id = "list_receipts",
    responses((status = 200, body = Items<OfflineReceipt>)))]
pub(super) async fn of_session(
    caller: Caller,
    Path(id): Path<SessionId>,
) -> ApiResult<Json<Items<OfflineReceipt>>> {
    let rows = caller.read(move |tx, ctx| receipts::of_session(tx, ctx, id)).await?;
    Ok(Json(Items::all(rows)))
}
