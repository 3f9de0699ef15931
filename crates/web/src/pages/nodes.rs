//! Nodes that replicate: how this one stands, its edges, a code as a QR that enrols one, and joining a
//! hub.

use super::form::Errors;
use super::frame::crumbs;
use super::handover;
use super::shell::Shell;
use crate::api::{exchanged, joined, node_link};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::routes::Access::Needs;
use crate::routes::Routes;
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::nodes::{
    self, Hub, Leave, Offer, Peer, Scope, ScopeInput, Standing, restated_words,
};
use muster_app::{Ctx, Error, academics};
use muster_documents::qr::{Correction, QrImage, to_svg};
use muster_domain::auth::Permission as P;
use muster_domain::ids::ClassId;
use muster_storage::ReadTx;
use muster_storage::academics::ClassRow;
use serde::Deserialize;
use std::time::Duration;
use uuid::Uuid;

/// How long the button waits for an exchange; a longer one goes on by itself.
const PATIENCE: Duration = Duration::from_secs(8);

/// The routes of nodes, and of whoever an edge hands over to its hub.
pub(super) fn routes(routes: Routes) -> Routes {
    at_a_hub(handover::routes(routes))
        .get("/nodes", Needs(P::ManageSettings), show)
        .post("/nodes/hub", Needs(P::ManageSettings), join)
        .post("/nodes/hub/pace", Needs(P::ManageSettings), set_pace)
        .post("/nodes/exchanges", Needs(P::ManageSettings), exchange)
}

/// What people do at a hub.
fn at_a_hub(routes: Routes) -> Routes {
    routes
        .post("/nodes/codes", Needs(P::ManageSettings), offer)
        .get("/nodes/{id}", Needs(P::ManageSettings), one)
        .post("/nodes/{id}/scope", Needs(P::ManageSettings), rescope)
        .post("/nodes/{id}/revocation", Needs(P::ManageSettings), revoke)
}

#[derive(Template)]
#[template(path = "nodes.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    role: &'static str,
    size: String,
    hub: Option<HubShown>,
    peers: Vec<PeerShown>,
    waiting: i64,
    waits: Vec<WaitShown>,
    restated: Option<String>,
    code: Option<Offered>,
    name: String,
    scope: ScopeShown,
    url: String,
    typed_code: String,
}

/// A code that was just made.
struct Offered {
    name: String,
    code: String,
    url: String,
    svg: String,
    until: String,
}

struct HubShown {
    name: String,
    url: String,
    sees: String,
    every: i64,
    success: String,
    tried: String,
    error: String,
    failures: i64,
    pending: i64,
    lacks: i64,
    /// How far its clock is off; empty if it is not.
    clock: String,
}

struct PeerShown {
    id: String,
    name: String,
    sees: String,
    success: String,
    error: String,
    error_at: String,
    refused: i64,
    lacks: i64,
    pending: i64,
    program: String,
    size: String,
    /// How far its clock is off; empty if it is not.
    clock: String,
    revoked: String,
}

/// A record that came and is not in place yet.
struct WaitShown {
    kind: String,
    why: String,
    since: String,
}

/// What an edge shall see, as a form asks for it.
struct ScopeShown {
    all: bool,
    classes: Vec<ClassChoice>,
}

struct ClassChoice {
    id: String,
    label: String,
    chosen: bool,
}

impl ScopeShown {
    fn new(rows: &[ClassRow], all: bool, chosen: &[String]) -> Self {
        let rows = rows.iter().map(|row| {
            let id = row.id.to_string();
            ClassChoice {
                label: format!("{} {}, {}", row.course_code, row.section, row.term_name),
                chosen: chosen.contains(&id),
                id,
            }
        });
        Self { all, classes: rows.collect() }
    }
}

impl HubShown {
    fn new(caller: &Caller, hub: Hub) -> Self {
        let words = |at| moment(&caller.known.settings, at);
        Self {
            name: hub.name,
            url: hub.url,
            sees: sees(hub.classes),
            every: hub.every,
            success: hub.success_at.map(words).unwrap_or_default(),
            tried: hub.tried_at.map(words).unwrap_or_default(),
            error: hub.error.unwrap_or_default(),
            failures: hub.failures,
            pending: hub.pending,
            lacks: hub.lacks,
            clock: hub.ahead.and_then(nodes::clock_words).unwrap_or_default(),
        }
    }
}

impl PeerShown {
    fn new(caller: &Caller, peer: Peer) -> Self {
        let words = |at| moment(&caller.known.settings, at);
        let all = peer.scope == Scope::All;
        Self {
            id: peer.row.id.to_string(),
            name: peer.row.name,
            sees: sees((!all).then_some(peer.classes)),
            success: peer.row.success_at.map(words).unwrap_or_default(),
            error: peer.row.error.unwrap_or_default(),
            error_at: peer.row.error_at.map(words).unwrap_or_default(),
            refused: peer.row.refused,
            lacks: peer.lacks,
            pending: peer.pending,
            program: peer.program.unwrap_or_default(),
            size: peer.size.map(bytes).unwrap_or_default(),
            clock: peer.ahead.and_then(nodes::clock_words).unwrap_or_default(),
            revoked: peer.row.revoked_at.map(words).unwrap_or_default(),
        }
    }
}

/// What a node sees, in words.
fn sees(classes: Option<Vec<String>>) -> String {
    match classes {
        None => "The whole institution".to_owned(),
        Some(names) if names.len() > 4 => {
            let first = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
            format!("{first} and {} more classes", names.len() - 3)
        }
        Some(names) => names.join(", "),
    }
}

/// How large something is, in words.
fn bytes(size: i64) -> String {
    match size {
        size if size < 1_000_000 => format!("{} kB", size / 1_000),
        size if size < 1_000_000_000 => format!("{} MB", size / 1_000_000),
        size => format!("{}.{} GB", size / 1_000_000_000, size % 1_000_000_000 / 100_000_000),
    }
}

/// The classes that are not archived.
fn current(tx: &mut ReadTx<'_>, ctx: &Ctx) -> muster_app::Result<Vec<ClassRow>> {
    let mut rows = academics::classes(tx, ctx)?;
    rows.retain(|row| row.archived_at.is_none());
    Ok(rows)
}

/// What was typed, shown again beside what is wrong with it.
#[derive(Clone)]
struct Typed {
    name: String,
    scope: ScopeInput,
    url: String,
    code: String,
}

impl Default for Typed {
    /// Nothing yet: the form begins with the whole institution.
    fn default() -> Self {
        let scope = ScopeInput { all: true, classes: Vec::new() };
        Self { name: String::new(), scope, url: String::new(), code: String::new() }
    }
}

/// `GET /nodes`
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    Ok(render(&page(&caller, Typed::default(), (Errors::default(), None)).await?))
}

async fn page(
    caller: &Caller,
    typed: Typed,
    (errors, code): (Errors, Option<Offered>),
) -> Result<Page, PageError> {
    let read = caller
        .read(|tx: &mut ReadTx<'_>, ctx: &Ctx| Ok((nodes::standing(tx, ctx)?, current(tx, ctx)?)));
    let (standing, classes) = read.await.map_err(|error| caller.error(error))?;
    let Standing { role, size, hub, peers, waiting, waits, restated, .. } = standing;
    let waits = waits.into_iter().map(|row| WaitShown {
        kind: row.entity.replace('_', " "),
        why: row.why,
        since: moment(&caller.known.settings, row.since),
    });
    let mut shell = caller.shell("Nodes");
    shell.crumbs = crumbs([
        ("/settings".to_owned(), "Settings".to_owned()),
        (String::new(), "Nodes".to_owned()),
    ]);
    Ok(Page {
        shell,
        errors,
        role: role.key(),
        size: bytes(size),
        hub: hub.map(|hub| HubShown::new(caller, hub)),
        peers: peers.into_iter().map(|peer| PeerShown::new(caller, peer)).collect(),
        waiting,
        waits: waits.collect(),
        restated: restated.map(restated_words),
        code,
        name: typed.name,
        scope: ScopeShown::new(&classes, typed.scope.all, &typed.scope.classes),
        url: typed.url,
        typed_code: typed.code,
    })
}

/// The page again, with what is wrong.
async fn again(
    caller: &Caller,
    typed: Typed,
    (error, field): (Error, &str),
) -> Result<Response, PageError> {
    let known = matches!(error, Error::Invalid(_) | Error::Node(_));
    if !known {
        return Err(caller.error(error));
    }
    let errors = Errors::from_error(&error, field);
    let page = page(caller, typed, (errors, None)).await?;
    Ok((status(&error), render(&page)).into_response())
}

/// Fields of which one may come several times.
type Fields = Vec<(String, String)>;

fn scope_of(fields: &Fields) -> ScopeInput {
    let classes = fields.iter().filter(|(name, _)| name == "classes");
    ScopeInput {
        all: fields.iter().any(|(name, value)| name == "sees" && value == "all"),
        classes: classes.map(|(_, value)| value.clone()).collect(),
    }
}

fn text(fields: &Fields, wanted: &str) -> String {
    let found = fields.iter().find(|(name, _)| name == wanted);
    found.map(|(_, value)| value.clone()).unwrap_or_default()
}

/// `POST /nodes/codes`: a code, shown this once.
pub(super) async fn offer(
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let typed = Typed { name: text(&fields, "name"), scope: scope_of(&fields), ..Typed::default() };
    let (name, scope) = (typed.name.clone(), typed.scope.clone());
    match caller.write(move |tx, ctx| nodes::offer(tx, ctx, &name, &scope)).await {
        Ok(Offer { code, expires_at }) => {
            let link = node_link(&caller, &code);
            let svg = QrImage::new(&link.text(), Correction::Medium);
            let svg = svg.map(|image| to_svg(&image, 4)).unwrap_or_default();
            let until = moment(&caller.known.settings, expires_at);
            let code = Offered { name: typed.name, code, url: link.url, svg, until };
            Ok(render(&page(&caller, Typed::default(), (Errors::default(), Some(code))).await?))
        }
        Err(error) => again(&caller, typed, (error, "name")).await,
    }
}

/// A hub to be joined.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct HubForm {
    url: String,
    code: String,
}

/// `POST /nodes/hub`
pub(super) async fn join(
    caller: Caller,
    Form(HubForm { url, code }): Form<HubForm>,
) -> Result<Response, PageError> {
    match joined(&caller, (&url, &code, String::new()), Leave::Manager).await {
        Ok(()) => Ok(Redirect::to("/nodes").into_response()),
        Err(error) => {
            let typed = Typed { url, code, ..Typed::default() };
            again(&caller, typed, (error, "url")).await
        }
    }
}

/// `POST /nodes/exchanges`: what comes of it stands on the page.
pub(super) async fn exchange(caller: Caller) -> Result<Response, PageError> {
    match tokio::time::timeout(PATIENCE, exchanged(&caller)).await {
        Ok(Err(error)) => Err(caller.error(error)),
        Ok(Ok(_)) | Err(_) => Ok(Redirect::to("/nodes").into_response()),
    }
}

/// How often the hub is asked.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct PaceForm {
    every_minutes: String,
}

/// `POST /nodes/hub/pace`
pub(super) async fn set_pace(
    caller: Caller,
    Form(PaceForm { every_minutes }): Form<PaceForm>,
) -> Result<Response, PageError> {
    let minutes = every_minutes.trim().parse::<i64>().unwrap_or(-1);
    match caller.write(move |tx, ctx| nodes::set_every(tx, ctx, minutes)).await {
        Ok(()) => {
            caller.app.waking.notify_one();
            Ok(Redirect::to("/nodes").into_response())
        }
        Err(error) => again(&caller, Typed::default(), (error, "every_minutes")).await,
    }
}

#[derive(Template)]
#[template(path = "node.html")]
struct PeerPage {
    shell: Shell,
    errors: Errors,
    peer: PeerShown,
    scope: ScopeShown,
}

/// `GET /nodes/{id}`
pub(super) async fn one(caller: Caller, Path(id): Path<Uuid>) -> Result<Response, PageError> {
    Ok(render(&peer_page(&caller, id, (None, Errors::default())).await?))
}

async fn peer_page(
    caller: &Caller,
    id: Uuid,
    (typed, errors): (Option<ScopeInput>, Errors),
) -> Result<PeerPage, PageError> {
    let read = caller.read(move |tx: &mut ReadTx<'_>, ctx: &Ctx| {
        let found = nodes::list(tx, ctx)?.into_iter().find(|peer| peer.row.id == id);
        let found = found.ok_or(Error::NotFound)?;
        let seen = match &found.scope {
            Scope::All => None,
            Scope::Classes(classes) => Some(nodes::as_they_stand(tx, classes)?),
        };
        Ok((found, seen, current(tx, ctx)?))
    });
    let (peer, seen, classes) = read.await.map_err(|error| caller.error(error))?;
    let typed = typed.unwrap_or_else(|| ScopeInput {
        all: seen.is_none(),
        classes: seen.iter().flatten().map(ClassId::to_string).collect(),
    });
    let mut shell = caller.shell(&peer.row.name);
    shell.crumbs = crumbs([
        ("/settings".to_owned(), "Settings".to_owned()),
        ("/nodes".to_owned(), "Nodes".to_owned()),
        (String::new(), peer.row.name.clone()),
    ]);
    let scope = ScopeShown::new(&classes, typed.all, &typed.classes);
    Ok(PeerPage { shell, errors, peer: PeerShown::new(caller, peer), scope })
}

/// `POST /nodes/{id}/scope`
pub(super) async fn rescope(
    caller: Caller,
    Path(id): Path<Uuid>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let scope = scope_of(&fields);
    let typed = scope.clone();
    match caller.write(move |tx, ctx| nodes::rescope(tx, ctx, id, &scope).map(drop)).await {
        Ok(()) => Ok(Redirect::to("/nodes").into_response()),
        Err(error @ Error::Invalid(_)) => {
            let errors = Errors::from_error(&error, "classes");
            let page = peer_page(&caller, id, (Some(typed), errors)).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

/// `POST /nodes/{id}/revocation`
pub(super) async fn revoke(caller: Caller, Path(id): Path<Uuid>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| nodes::revoke(tx, ctx, id).map(drop)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/nodes").into_response())
}
