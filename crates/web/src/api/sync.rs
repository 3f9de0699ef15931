//! What edges ask their hub: to be enrolled, to exchange, and to have runs opened. Whoever asks proves
//! it by a key of its own, and every answer is signed; nobody needs a login, and no clock counts.

use super::nodes::ScopeShown;
use crate::caller::Caller;
use crate::problem::{ApiResult, Problem};
use crate::routes::Access::Public;
use crate::routes::Routes;
use crate::server::beside;
use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::Path;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use futures_util::StreamExt;
use futures_util::future::join;
use muster_app::nodes::{
    self, Applicant, EXCHANGES, FILES, Given, HANDOVERS, NodeError, OPENINGS, SECRETS, Wanted, Wish,
};
use muster_app::{Error, files, telling_nodes};
use muster_credential::keys::public::PublicKey;
use muster_credential::node::{Answer, Question};
use muster_domain::ids::{ClassId, PersonId};
use muster_journal::wire::Message;
use muster_sync::body::{COUNT, MOST_SENT, NODE, SIGNATURE, TYPE, pack, unpack};
use muster_sync::channel::Side;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicBool, Ordering};
use utoipa::ToSchema;
use uuid::Uuid;

/// The routes of what edges ask. Each proves by its signature who asks.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/api/v1/sync/enrolments", Public, enrol)
        .post("/api/v1/sync/exchanges", Public, exchange)
        .post("/api/v1/sync/openings", Public, open)
        .post("/api/v1/sync/secrets", Public, give)
        .post("/api/v1/sync/handovers", Public, hand_over)
        .post("/api/v1/sync/files", Public, send_file)
        .post("/api/v1/sync/files/{digest}", Public, take_file)
}

/// A node that knows a one-time code.
#[derive(Deserialize, ToSchema)]
pub(super) struct NodeEnrolment {
    /// What the node calls itself; as the code says, if empty.
    #[serde(default)]
    name: String,
    /// Whose series it writes.
    node: Uuid,
    /// Its Ed25519 key: 32 bytes in base64url.
    public_key: String,
    /// By what it shows that it knows the code that the hub showed, which it does not tell: 32 bytes
    /// in base64url.
    proof: String,
    /// Over `muster node enrolment 2` and proof: 64 bytes in base64url.
    signature: String,
}

/// What an edge is told of its hub.
#[derive(Serialize, ToSchema)]
pub(super) struct EnrolledNode {
    /// As what the hub knows the node.
    id: Uuid,
    /// The hub's node.
    hub: Uuid,
    hub_name: String,
    /// By which the hub signs: 32 bytes in base64url.
    hub_key: String,
    scope: ScopeShown,
    /// By what the hub shows that it knows the code as well: 32 bytes in base64url.
    proof: String,
}

/// Enrols a node as an edge, by its one-time code.
#[utoipa::path(post, path = "/api/v1/sync/enrolments", operation_id = "enrol_node",
    request_body = NodeEnrolment, responses((status = 201, body = EnrolledNode)))]
pub(super) async fn enrol(
    caller: Caller,
    Json(asked): Json<NodeEnrolment>,
) -> ApiResult<(StatusCode, Json<EnrolledNode>)> {
    let bytes = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
    let key = bytes(&asked.public_key).and_then(|key| key.try_into().ok());
    let key = key.and_then(PublicKey::from_bytes);
    let public_key = key.ok_or_else(|| Error::field("public_key", "Send a key of Ed25519."))?;
    let signature = bytes(&asked.signature).and_then(|signature| signature.try_into().ok());
    let signature =
        signature.ok_or_else(|| Error::field("signature", "Send 64 bytes in base64url."))?;
    let proof = bytes(&asked.proof).and_then(|proof| proof.try_into().ok());
    let proof = proof.ok_or_else(|| Error::field("proof", "Send 32 bytes in base64url."))?;
    let NodeEnrolment { name, node, .. } = asked;
    let applicant = Applicant { asked: proof, name, node, public_key, signature };
    let enrolled = caller.write(move |tx, ctx| nodes::enrol(tx, ctx, &applicant)).await?;
    let names = enrolled.scope.clone();
    let classes = caller.read(move |tx, _| nodes::named(tx, &names)).await?;
    let told = EnrolledNode {
        id: enrolled.peer,
        hub: enrolled.hub,
        hub_name: enrolled.hub_name,
        hub_key: BASE64URL_NOPAD.encode(enrolled.hub_key.as_bytes()),
        scope: ScopeShown::of(&enrolled.scope, classes),
        proof: BASE64URL_NOPAD.encode(&enrolled.proof),
    };
    Ok((StatusCode::CREATED, Json(told)))
}

/// Exchanges entries: takes what an edge brings, answers what it lacks and how far the hub is. The
/// body is a signed message, `docs/replication.md` describes it.
#[utoipa::path(post, path = "/api/v1/sync/exchanges", operation_id = "exchange_entries",
    request_body(content = Vec<u8>, content_type = "application/vnd.muster.sync+zstd"),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.muster.sync+zstd")))]
pub(super) async fn exchange(caller: Caller, headers: HeaderMap, body: Body) -> Response {
    let Some(asked) = Asked::of(&headers) else { return unsigned() };
    let answered = exchanged(&caller, &asked, body).await;
    asked.signed(&caller, answered).await
}

/// Opens runs: answers what stands behind them, as far as the edge may see it now.
#[utoipa::path(post, path = "/api/v1/sync/openings", operation_id = "open_runs",
    request_body(content = Vec<u8>, content_type = "application/vnd.muster.sync+zstd"),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.muster.sync+zstd")))]
pub(super) async fn open(caller: Caller, headers: HeaderMap, body: Body) -> Response {
    let Some(asked) = Asked::of(&headers) else { return unsigned() };
    let answered = opened(&caller, &asked, body).await;
    asked.signed(&caller, answered).await
}

/// Which sign-ins an edge asks for.
#[derive(Deserialize, ToSchema)]
pub(super) struct SecretsWanted {
    /// The edge's key for this question alone: X25519, 32 bytes in base64url.
    key: String,
    /// Of everybody after somebody, or of those that changed after a place.
    #[schema(value_type = Object)]
    wanted: Wanted,
}

/// Sign-ins, sealed under what follows from both keys.
#[derive(Serialize, ToSchema)]
pub(super) struct SecretsGiven {
    /// The hub's key for this answer alone.
    key: String,
    #[schema(value_type = Object)]
    given: Given,
}

/// Gives an edge what its people sign in with, sealed. Signed like an exchange.
#[utoipa::path(post, path = "/api/v1/sync/secrets", operation_id = "give_secrets",
    request_body = SecretsWanted, responses((status = 200, body = SecretsGiven)))]
pub(super) async fn give(caller: Caller, headers: HeaderMap, body: Body) -> Response {
    let Some(asked) = Asked::of(&headers) else { return unsigned() };
    let answered = given(&caller, &asked, body).await;
    asked.signed(&caller, answered).await
}

async fn given(caller: &Caller, asked: &Asked, body: Body) -> Result<Vec<u8>, Error> {
    let body = proven(caller, (asked, SECRETS.to_owned()), body).await?;
    let read: Result<SecretsWanted, _> = serde_json::from_slice(&body);
    let SecretsWanted { key, wanted } = read.map_err(|_| NodeError::Malformed)?;
    let side = Side::draw().ok_or(NodeError::Malformed)?;
    let own = BASE64URL_NOPAD.encode(side.public());
    let theirs = BASE64URL_NOPAD.decode(key.as_bytes()).map_err(|_| NodeError::Malformed)?;
    let shared = side.agree(&theirs).ok_or(NodeError::Malformed)?;
    let peer = asked.peer;
    let read = caller.read(move |tx, ctx| nodes::give(tx, ctx, (peer, &wanted), &shared));
    let told = SecretsGiven { key: own, given: read.await? };
    Ok(json!(told).to_string().into_bytes())
}

/// Somebody whom an edge hands over.
#[derive(Deserialize, ToSchema)]
pub(super) struct HandoverWanted {
    person: Uuid,
    /// The class for which they come.
    class: Uuid,
}

/// Where they go on.
#[derive(Serialize, ToSchema)]
pub(super) struct Handover {
    /// A path on the hub, good once within 5 minutes.
    path: String,
}

/// Lets somebody in whom an edge hands over, for a class that they teach. Signed like an exchange.
#[utoipa::path(post, path = "/api/v1/sync/handovers", operation_id = "hand_over",
    request_body = HandoverWanted, responses((status = 200, body = Handover)))]
pub(super) async fn hand_over(caller: Caller, headers: HeaderMap, body: Body) -> Response {
    let Some(asked) = Asked::of(&headers) else { return unsigned() };
    let answered = handed_over(&caller, &asked, body).await;
    asked.signed(&caller, answered).await
}

async fn handed_over(caller: &Caller, asked: &Asked, body: Body) -> Result<Vec<u8>, Error> {
    let body = proven(caller, (asked, HANDOVERS.to_owned()), body).await?;
    let read: Result<HandoverWanted, _> = serde_json::from_slice(&body);
    let HandoverWanted { person, class } = read.map_err(|_| NodeError::Malformed)?;
    let (peer, wish) = (asked.peer, Wish { person: PersonId(person), class: ClassId(class) });
    let code = caller.write_more(move |tx, ctx| nodes::hand_over(tx, ctx, peer, wish)).await?;
    let told = Handover { path: format!("/handed-over?class={class}&code={code}") };
    Ok(json!(told).to_string().into_bytes())
}

/// A file that an edge lacks.
#[derive(Deserialize, ToSchema)]
pub(super) struct FileWanted {
    /// SHA-256 in hexadecimal digits: entries told it, and nothing else does.
    digest: String,
}

/// Gives an edge a file that it lacks. Signed like an exchange.
#[utoipa::path(post, path = "/api/v1/sync/files", operation_id = "give_file",
    request_body = FileWanted,
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(super) async fn send_file(caller: Caller, headers: HeaderMap, body: Body) -> Response {
    let Some(asked) = Asked::of(&headers) else { return unsigned() };
    let answered = file(&caller, &asked, body).await;
    asked.signed(&caller, answered).await
}

async fn file(caller: &Caller, asked: &Asked, body: Body) -> Result<Vec<u8>, Error> {
    let body = proven(caller, (asked, FILES.to_owned()), body).await?;
    let read: Result<FileWanted, _> = serde_json::from_slice(&body);
    let (peer, FileWanted { digest }) = (asked.peer, read.map_err(|_| NodeError::Malformed)?);
    Ok(caller.read(move |tx, _| nodes::file(tx, peer, &digest)).await?.content)
}

/// Takes a file that the hub asked for. Signed like an exchange.
#[utoipa::path(post, path = "/api/v1/sync/files/{digest}", operation_id = "take_file",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200)))]
pub(super) async fn take_file(
    caller: Caller,
    Path(digest): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Some(asked) = Asked::of(&headers) else { return unsigned() };
    let answered = taken(&caller, (&asked, digest), body).await;
    asked.signed(&caller, answered).await
}

async fn taken(
    caller: &Caller,
    (asked, digest): (&Asked, String),
    body: Body,
) -> Result<Vec<u8>, Error> {
    let content = proven(caller, (asked, format!("{FILES}/{digest}")), body).await?;
    caller.write_more(move |tx, _| files::take(tx, &digest, &content).map(drop)).await?;
    Ok(Vec::new())
}

async fn exchanged(caller: &Caller, asked: &Asked, body: Body) -> Result<Vec<u8>, Error> {
    let (body, peer) = (signed(caller, (asked, EXCHANGES.to_owned()), body).await?, asked.peer);
    // It is read while the one before is taken up.
    let (message, _turn) = join(admitted(caller, asked, body), caller.app.turns.wait(peer)).await;
    let mut message = message?;
    let (batch, seals) = (std::mem::take(&mut message.batch), std::mem::take(&mut message.seals));
    let proven =
        caller.read(move |tx, ctx| nodes::proven(tx, ctx, (peer, batch.clone(), &seals))).await?;
    if !proven.is_empty() {
        tell(caller).await?;
    }
    let mut proven = proven.into_iter().peekable();
    while let Some(chunk) = proven.next() {
        // How far the edge is stands with the last part.
        let heard = proven.peek().is_none().then(|| message.clone());
        let taken = caller.write_more(move |tx, ctx| {
            nodes::receive(tx, ctx, peer, &chunk)?;
            heard.as_ref().map_or(Ok(()), |heard| nodes::told(tx, ctx, peer, heard))
        });
        if let Err(error) = taken.await {
            let why = crate::error::sentence(&error);
            caller.write_more(move |tx, ctx| nodes::blame(tx, ctx, peer, &why)).await?;
            return Err(error);
        }
    }
    let answer = caller.read(move |tx, ctx| nodes::answer(tx, ctx, (peer, &message))).await?;
    packed(caller, answer).await
}

/// Turns of telling in one request: some ten thousand records, a few seconds.
const TURNS: usize = 50;

/// Tells what was here before there were edges, so that something can be taken up; of very much a part.
async fn tell(caller: &Caller) -> Result<(), Error> {
    for _ in 0..TURNS {
        let waits = caller.read(|tx, _| telling_nodes::waits(tx)).await?;
        if !waits || !caller.write_more(telling_nodes::tell_some).await? {
            break;
        }
    }
    Ok(())
}

async fn opened(caller: &Caller, asked: &Asked, body: Body) -> Result<Vec<u8>, Error> {
    let (body, peer) = (signed(caller, (asked, OPENINGS.to_owned()), body).await?, asked.peer);
    let message = admitted(caller, asked, body).await?;
    let answer = caller.read(move |tx, ctx| nodes::disclose(tx, ctx, (peer, &message))).await?;
    packed(caller, answer).await
}

/// A signed question, if it was asked for the first time, and can be read.
async fn admitted(caller: &Caller, asked: &Asked, body: Bytes) -> Result<Message, Error> {
    let peer = asked.peer;
    let unpacking = move || {
        let message = unpack(&body).ok_or(NodeError::Malformed)?;
        let message = Message::read(&message).map_err(NodeError::of_question);
        message.inspect(|message| message.batch.prepare())
    };
    let read = beside(&caller.app.exchanging, unpacking);
    let (let_in, read) = join(let_in(caller, asked), read).await;
    let_in?;
    let read = read?;
    // Who asks is known: what is wrong with it is listed.
    if let Err(error) = read {
        let why = error.to_string();
        caller.write_more(move |tx, ctx| nodes::blame(tx, ctx, peer, &why)).await?;
    }
    Ok(read?)
}

/// The body of a question, if it was asked by whom it says, and for the first time.
async fn proven(caller: &Caller, asked: (&Asked, String), body: Body) -> Result<Bytes, Error> {
    let by = asked.0;
    let body = signed(caller, asked, body).await?;
    let_in(caller, by).await?;
    Ok(body)
}

/// Lets a question in that was not asked before.
async fn let_in(caller: &Caller, asked: &Asked) -> Result<(), Error> {
    let Asked { peer, count, .. } = *asked;
    caller.write(move |tx, ctx| nodes::admit(tx, ctx, peer, count)).await
}

/// The body of a question, if it was asked by whom it says.
async fn signed(
    caller: &Caller,
    (asked, path): (&Asked, String),
    body: Body,
) -> Result<Bytes, Error> {
    let Asked { peer, count, ref signature, .. } = *asked;
    // Nothing is read for somebody who is not known.
    let known = caller.read(move |tx, _| nodes::known(tx, peer)).await?;
    let question = Question { peer, hub: Uuid::nil(), count, path: &path, body: &[] };
    if known.revoked {
        // Nothing of it is kept either: it is read for its signature, so that they are told.
        known.check_digest(question, &digest(body).await?, signature)?;
        asked.proven.store(true, Ordering::Relaxed);
        return Err(NodeError::Revoked.into());
    }
    let reading = caller.app.reading.acquire().await;
    let reading = reading.map_err(|_| Error::from(muster_storage::Error::Panicked))?;
    let read = to_bytes(body, MOST_SENT).await;
    let body = read.map_err(|_| NodeError::TooLarge)?;
    known.check(Question { body: &body, ..question }, signature)?;
    drop(reading);
    asked.proven.store(true, Ordering::Relaxed);
    Ok(body)
}

/// The SHA-256 of a body, which is not kept.
async fn digest(body: Body) -> Result<[u8; 32], Error> {
    let (mut hash, mut length) = (Sha256::new(), 0);
    let mut parts = body.into_data_stream();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| NodeError::Malformed)?;
        length += part.len();
        if length > MOST_SENT {
            return Err(NodeError::TooLarge.into());
        }
        hash.update(&part);
    }
    Ok(hash.finalize().into())
}

async fn packed(caller: &Caller, answer: Message) -> Result<Vec<u8>, Error> {
    let packing = move || pack(&answer.write());
    let packed = beside(&caller.app.exchanging, packing).await?;
    packed.map_err(|_| Error::from(NodeError::TooLarge))
}

/// A question whose sender named themselves.
struct Asked {
    peer: Uuid,
    count: i64,
    signature: [u8; 64],
    /// Whether it was they who asked.
    proven: AtomicBool,
}

impl Asked {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let signature = BASE64URL_NOPAD.decode(text(SIGNATURE)?.as_bytes()).ok()?;
        Some(Self {
            peer: text(NODE)?.parse().ok()?,
            count: text(COUNT)?.parse().ok()?,
            signature: signature.try_into().ok()?,
            proven: AtomicBool::new(false),
        })
    }

    /// The answer, signed whatever it says: an edge believes nobody else that it was revoked. For
    /// somebody who did not prove themselves nothing is signed.
    async fn signed(&self, caller: &Caller, answered: Result<Vec<u8>, Error>) -> Response {
        let (status, kind, body) = match answered {
            Ok(body) => (StatusCode::OK, TYPE, body),
            Err(error) => {
                let body = self.refusal(caller, &error).await;
                (crate::error::status(&error), "application/problem+json", body)
            }
        };
        let signature = self.proven.load(Ordering::Relaxed).then(|| {
            let Self { peer, count, .. } = *self;
            let answer = Answer { peer, count, status: status.as_u16(), body: &body };
            let signature = caller.ctx.key.node_key().answer(&answer);
            HeaderValue::from_str(&BASE64URL_NOPAD.encode(&signature))
        });
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(Ok(signature)) = signature {
            headers.insert(SIGNATURE, signature);
        }
        response
    }

    async fn refusal(&self, caller: &Caller, error: &Error) -> Vec<u8> {
        let mut told = json!(Problem::of(error));
        if *error == Error::Node(NodeError::Repeated) {
            let peer = self.peer;
            let last = caller.read(move |tx, _| nodes::last_asked(tx, peer)).await;
            if let (Some(told), Ok(last)) = (told.as_object_mut(), last) {
                told.insert("count".to_owned(), Value::from(last));
            }
        }
        told.to_string().into_bytes()
    }
}

fn unsigned() -> Response {
    Problem::of(&Error::Node(NodeError::Unknown)).into_response()
}
