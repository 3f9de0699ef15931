//! Nodes that replicate, for whoever manages them: how this one stands, its edges and what they may
//! see, codes that enrol more, and asking the hub now.

use super::sync;
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::shapes::Instant;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use muster_app::nodes::{self, Hub, Leave, Peer, Scope, ScopeInput, Standing};
use muster_app::{Error, Result};
use muster_domain::auth::Permission as P;
use muster_storage::replication::{PendingRow, Restated};
use muster_sync::{Exchanged, Failure, Link};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{OpenApi, ToSchema};
use uuid::Uuid;

/// The routes by which nodes exchange entries, and by which people see to that.
pub(super) fn routes(routes: Routes) -> Routes {
    let routes = routes.get("/api/v1/nodes", Needs(P::ManageSettings), get);
    sync::routes(at_an_edge(at_a_hub(routes)))
}

/// Their part of the document that describes the interface.
pub(super) fn described() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    #[openapi(paths(
        get,
        offer,
        rescope,
        revoke,
        join,
        set_pace,
        exchange,
        sync::enrol,
        sync::exchange,
        sync::open,
        sync::give,
        sync::hand_over,
        sync::send_file,
        sync::take_file,
    ))]
    struct Annotated;
    Annotated::openapi()
}

/// What an edge may see.
#[derive(Serialize, ToSchema)]
pub(super) struct ScopeShown {
    /// Whether it sees the whole institution.
    all: bool,
    /// Else the classes whose people and records it sees.
    classes: Vec<SeenClass>,
}

/// A class that an edge sees.
#[derive(Serialize, ToSchema)]
pub(super) struct SeenClass {
    id: Uuid,
    name: String,
}

impl ScopeShown {
    pub fn of(scope: &Scope, names: Vec<String>) -> Self {
        match scope {
            Scope::All => Self { all: true, classes: Vec::new() },
            Scope::Classes(classes) => {
                let both = classes.iter().zip(names);
                let classes = both.map(|(id, name)| SeenClass { id: id.0, name }).collect();
                Self { all: false, classes }
            }
        }
    }
}

/// What an edge shall see.
#[derive(Deserialize, ToSchema)]
pub(super) struct ScopeWanted {
    /// Whether it sees the whole institution.
    #[serde(default)]
    all: bool,
    /// Else the classes whose people and records it sees.
    #[serde(default)]
    classes: Vec<Uuid>,
}

impl From<ScopeWanted> for ScopeInput {
    fn from(wanted: ScopeWanted) -> Self {
        let classes = wanted.classes.iter().map(Uuid::to_string).collect();
        Self { all: wanted.all, classes }
    }
}

/// An edge, as its hub sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct PeerNode {
    id: Uuid,
    /// Whose series it writes.
    node: Uuid,
    name: String,
    scope: ScopeShown,
    enrolled_at: Instant,
    seen_at: Option<Instant>,
    /// When an exchange with it last succeeded.
    success_at: Option<Instant>,
    /// Entries here that it lacks.
    lacks: i64,
    /// Entries it had, when it last asked, that are not here.
    pending: i64,
    /// How many of its entries were refused, since only the hub writes such.
    refused: i64,
    /// What was wrong last, in words.
    error: Option<String>,
    error_at: Option<Instant>,
    /// The version of its program.
    program: Option<String>,
    /// How large its database is, in bytes.
    size: Option<i64>,
    /// How many seconds its clock was ahead of this node's, when it last asked.
    clock_ahead_seconds: Option<i64>,
    revoked_at: Option<Instant>,
}

impl From<Peer> for PeerNode {
    fn from(peer: Peer) -> Self {
        let Peer { row, scope, classes, lacks, pending, program, size, ahead } = peer;
        Self {
            id: row.id,
            node: row.node,
            name: row.name,
            scope: ScopeShown::of(&scope, classes),
            enrolled_at: Instant(row.enrolled_at),
            seen_at: row.seen_at.map(Instant),
            success_at: row.success_at.map(Instant),
            lacks,
            pending,
            refused: row.refused,
            error: row.error,
            error_at: row.error_at.map(Instant),
            program,
            size,
            clock_ahead_seconds: ahead,
            revoked_at: row.revoked_at.map(Instant),
        }
    }
}

/// A hub, as its edge sees it.
#[derive(Serialize, ToSchema)]
pub(super) struct HubNode {
    url: String,
    name: String,
    /// Names of the classes that this node sees; none where it sees the whole institution.
    classes: Option<Vec<String>>,
    /// Minutes between two exchanges; 0 for by hand alone.
    every_minutes: i64,
    tried_at: Option<Instant>,
    success_at: Option<Instant>,
    /// How many tries since then came to nothing.
    failures: i64,
    /// What was wrong last, in words.
    error: Option<String>,
    /// Entries here that it lacks.
    pending: i64,
    /// Entries there, when it last answered, that are not here.
    lacks: i64,
    /// How many seconds this node's clock was ahead of its, when it last answered.
    clock_ahead_seconds: Option<i64>,
}

impl From<Hub> for HubNode {
    fn from(hub: Hub) -> Self {
        Self {
            url: hub.url,
            name: hub.name,
            classes: hub.classes,
            every_minutes: hub.every,
            tried_at: hub.tried_at.map(Instant),
            success_at: hub.success_at.map(Instant),
            failures: hub.failures,
            error: hub.error,
            pending: hub.pending,
            lacks: hub.lacks,
            clock_ahead_seconds: hub.ahead,
        }
    }
}

/// How this node stands among others.
#[derive(Serialize, ToSchema)]
pub(super) struct NodeStanding {
    /// `alone`, `hub` or `edge`.
    role: &'static str,
    node: Uuid,
    /// How large its database is, in bytes.
    size: i64,
    hub: Option<HubNode>,
    peers: Vec<PeerNode>,
    /// Records that came and are not in place yet.
    waiting: i64,
    /// The first twenty of them.
    waits: Vec<WaitingRecord>,
    /// How far this node has told what it held before it replicated. Until that is done it takes nothing up.
    restated: Option<RestatedRecords>,
}

/// How far a node has told what it held before.
#[derive(Serialize, ToSchema)]
pub(super) struct RestatedRecords {
    records: i64,
    /// Of which kind the next ones are; none where it is about what was removed, or written since.
    entity: Option<&'static str>,
}

/// A record that came and is not in place yet.
#[derive(Serialize, ToSchema)]
pub(super) struct WaitingRecord {
    entity: String,
    record: Uuid,
    /// In words.
    why: String,
    since: Instant,
}

impl From<PendingRow> for WaitingRecord {
    fn from(row: PendingRow) -> Self {
        let PendingRow { entity, record, why, since, .. } = row;
        Self { entity, record, why, since: Instant(since) }
    }
}

impl From<Standing> for NodeStanding {
    fn from(standing: Standing) -> Self {
        Self {
            role: standing.role.key(),
            node: standing.node,
            size: standing.size,
            hub: standing.hub.map(HubNode::from),
            peers: standing.peers.into_iter().map(PeerNode::from).collect(),
            waiting: standing.waiting,
            waits: standing.waits.into_iter().map(WaitingRecord::from).collect(),
            restated: standing
                .restated
                .map(|Restated { records, kind }| RestatedRecords { records, entity: kind }),
        }
    }
}

/// How this node stands: alone, as a hub with its edges, or as an edge of its hub.
#[utoipa::path(get, path = "/api/v1/nodes", operation_id = "get_nodes",
    responses((status = 200, body = NodeStanding)))]
pub(super) async fn get(caller: Caller) -> ApiResult<Json<NodeStanding>> {
    Ok(Json(caller.read(nodes::standing).await?.into()))
}

/// What people do at a hub.
fn at_a_hub(routes: Routes) -> Routes {
    routes
        .post("/api/v1/nodes/codes", Needs(P::ManageSettings), offer)
        .put("/api/v1/nodes/{id}/scope", Needs(P::ManageSettings), rescope)
        .post("/api/v1/nodes/{id}/revocation", Needs(P::ManageSettings), revoke)
}

/// A code that shall enrol an edge.
#[derive(Deserialize, ToSchema)]
pub(super) struct NodeCodeWanted {
    /// What the edge will be called.
    name: String,
    scope: ScopeWanted,
}

/// A code that enrols an edge: told once.
#[derive(Serialize, ToSchema)]
pub(super) struct NodeCode {
    code: String,
    /// Address and code in one, for a QR.
    link: String,
    expires_at: Instant,
}

/// Makes a code that enrols an edge, once. A node that stood alone is a hub from then on.
#[utoipa::path(post, path = "/api/v1/nodes/codes", operation_id = "create_node_code",
    request_body = NodeCodeWanted, responses((status = 201, body = NodeCode)))]
pub(super) async fn offer(
    caller: Caller,
    Json(NodeCodeWanted { name, scope }): Json<NodeCodeWanted>,
) -> ApiResult<(StatusCode, Json<NodeCode>)> {
    let scope = ScopeInput::from(scope);
    let offer = caller.write(move |tx, ctx| nodes::offer(tx, ctx, &name, &scope)).await?;
    let link = node_link(&caller, &offer.code);
    let told =
        NodeCode { code: offer.code, link: link.text(), expires_at: Instant(offer.expires_at) };
    Ok((StatusCode::CREATED, Json(told)))
}

/// Where an edge brings a code.
pub(crate) fn node_link(caller: &Caller, code: &str) -> Link {
    Link { url: super::secure_address(caller), code: code.to_owned() }
}

/// Says what an edge may see from its next question on; what it holds already stays there.
#[utoipa::path(put, path = "/api/v1/nodes/{id}/scope", operation_id = "set_node_scope",
    request_body = ScopeWanted, responses((status = 200, body = PeerNode)))]
pub(super) async fn rescope(
    caller: Caller,
    Path(id): Path<Uuid>,
    Json(wanted): Json<ScopeWanted>,
) -> ApiResult<Json<PeerNode>> {
    let scope = ScopeInput::from(wanted);
    let peer = caller.write(move |tx, ctx| nodes::rescope(tx, ctx, id, &scope)).await?;
    Ok(Json(peer.into()))
}

/// Revokes an edge: from now on it can neither read nor write here.
#[utoipa::path(post, path = "/api/v1/nodes/{id}/revocation", operation_id = "revoke_node",
    responses((status = 200, body = PeerNode)))]
pub(super) async fn revoke(caller: Caller, Path(id): Path<Uuid>) -> ApiResult<Json<PeerNode>> {
    Ok(Json(caller.write(move |tx, ctx| nodes::revoke(tx, ctx, id)).await?.into()))
}

/// What people do at an edge.
fn at_an_edge(routes: Routes) -> Routes {
    routes
        .put("/api/v1/nodes/hub", Needs(P::ManageSettings), join)
        .put("/api/v1/nodes/hub/pace", Needs(P::ManageSettings), set_pace)
        .post("/api/v1/nodes/exchanges", Needs(P::ManageSettings), exchange)
}

/// A hub that this node shall join.
#[derive(Deserialize, ToSchema)]
pub(super) struct HubWanted {
    /// Its address, as a browser shows it; or the whole text of the QR.
    url: String,
    /// The code that it shows; empty if the address holds it.
    #[serde(default)]
    code: String,
    /// What the hub shall call this node; as the code says, if empty.
    #[serde(default)]
    name: String,
}

/// Makes this node an edge of a hub.
#[utoipa::path(put, path = "/api/v1/nodes/hub", operation_id = "join_hub",
    request_body = HubWanted, responses((status = 200, body = NodeStanding)))]
pub(super) async fn join(
    caller: Caller,
    Json(HubWanted { url, code, name }): Json<HubWanted>,
) -> ApiResult<Json<NodeStanding>> {
    joined(&caller, (&url, &code, name), Leave::Manager).await?;
    Ok(Json(caller.read(nodes::standing).await?.into()))
}

/// Makes this node an edge of a hub, if that takes it in and whoever asks may do so.
pub(crate) async fn joined(
    caller: &Caller,
    (url, code, name): (&str, &str, String),
    leave: Leave,
) -> Result<()> {
    let field = if code.trim().is_empty() && !url.contains('#') { "code" } else { "url" };
    let link = Link::read(url, code).map_err(|error| Error::field(field, error.to_string()))?;
    let (syncer, ctx) = (caller.app.syncer.clone(), Arc::new(caller.another()));
    let work = move || syncer.join((&link, &name), (&ctx, &leave));
    let joined = crate::server::beside(&caller.app.exchanging, work).await??;
    joined.map_err(|error| Error::field("url", error.to_string()))?;
    caller.app.waking.notify_one();
    Ok(())
}

/// How often the hub is asked.
#[derive(Deserialize, ToSchema)]
pub(super) struct PaceWanted {
    /// Minutes between two exchanges; 0 for by hand alone.
    every_minutes: i64,
}

/// Says how often this node asks its hub by itself.
#[utoipa::path(put, path = "/api/v1/nodes/hub/pace", operation_id = "set_pace",
    request_body = PaceWanted, responses((status = 200, body = NodeStanding)))]
pub(super) async fn set_pace(
    caller: Caller,
    Json(PaceWanted { every_minutes }): Json<PaceWanted>,
) -> ApiResult<Json<NodeStanding>> {
    caller.write(move |tx, ctx| nodes::set_every(tx, ctx, every_minutes)).await?;
    caller.app.waking.notify_one();
    Ok(Json(caller.read(nodes::standing).await?.into()))
}

/// What was exchanged.
#[derive(Serialize, ToSchema)]
pub(super) struct ExchangeDone {
    /// Entries that came and are new.
    came: usize,
    /// Entries and runs that went.
    went: usize,
    /// In words, if it came to nothing.
    error: Option<String>,
}

/// Asks the hub now, and goes on until neither side lacks anything.
#[utoipa::path(post, path = "/api/v1/nodes/exchanges", operation_id = "exchange_now",
    responses((status = 200, body = ExchangeDone)))]
pub(super) async fn exchange(caller: Caller) -> ApiResult<Json<ExchangeDone>> {
    let done = exchanged(&caller).await?;
    let error = done.as_ref().err().map(Failure::to_string);
    let Exchanged { came, went, .. } = done.unwrap_or_default();
    Ok(Json(ExchangeDone { came, went, error }))
}

/// Asks the hub now, for whoever may have it asked.
pub(crate) async fn exchanged(caller: &Caller) -> Result<std::result::Result<Exchanged, Failure>> {
    caller.read(nodes::need_hub).await?;
    let syncer = caller.app.syncer.clone();
    let panicked = || Error::from(muster_storage::Error::Panicked);
    // It goes on where the browser that asked goes away.
    tokio::task::spawn_blocking(move || syncer.run()).await.map_err(|_| panicked())
}
