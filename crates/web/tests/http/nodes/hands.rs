//! A hub that is served, and edges that ask it.

use super::super::server::TestServer;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use muster_app::nodes::{self, Leave, ScopeInput, Standing, Wish};
use muster_app::people::{self, PersonInput};
use muster_app::sessions::{self, OpenInput};
use muster_app::setup::{self, SetUp};
use muster_app::sign_in::{self, Client};
use muster_app::{Ctx, Error, telling_nodes};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_domain::attendance::Mode;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{PersonId, SessionId};
use muster_domain::time::{Span, Timestamp};
use muster_journal::sync::Heads;
use muster_storage::journal::{self, Filter, JournalRow, verify};
use muster_storage::{ReadTx, Store, StoreConfig, WriteTx, replication};
use muster_sync::{Exchanged, Failure, Link, Syncer};
use muster_testkit::{Database, NOON, sqlite};
use muster_web::{App, router, serve};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::ServiceExt;
use uuid::Uuid;

/// A hub behind a port of this machine.
pub struct Hub {
    pub server: TestServer,
    pub url: String,
    _stop: oneshot::Sender<()>,
}

/// A node with a database, a key and chance of its own.
pub struct Edge {
    pub store: Store,
    pub syncer: Arc<Syncer>,
    pub key: Arc<MasterKey>,
    /// What signs its credentials: a key of its own.
    pub signing: Arc<KeyRing<SigningKey>>,
    drawn: Arc<AtomicU64>,
    clock: Arc<AtomicI64>,
    node: u8,
    database: Database,
}

impl Hub {
    pub async fn open(server: TestServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let app: App = server.app();
        tokio::spawn(async move {
            serve(app, listener, async { drop(stopped.await) }).await.unwrap();
        });
        Self { server, url, _stop: stop }
    }

    /// A code for an edge that sees that.
    pub async fn code(&self, scope: &Value) -> String {
        let body = json!({"name": "Stick", "scope": scope});
        let made = self.server.post("super_administrator", "/api/v1/nodes/codes", body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["code"].as_str().unwrap().to_owned()
    }

    pub async fn peers(&self) -> Vec<Value> {
        let shown = self.server.get("super_administrator", "/api/v1/nodes").await.json();
        shown["peers"].as_array().unwrap().clone()
    }

    pub fn make_person(&self, number: &str) -> PersonId {
        let typed = person(number);
        let who = self.server.people["super_administrator"];
        self.server.act(Some(who), move |tx, ctx| people::create(tx, ctx, &typed.check()?))
    }

    /// Tells all that was here before it had edges, as the program does by itself.
    pub fn tell_all(&self) {
        while self.server.act(None, telling_nodes::tell_some) {}
    }

    pub fn rename(&self, person: PersonId, name: &'static str) {
        let who = self.server.people["super_administrator"];
        self.server.act(Some(who), move |tx, ctx| rename(tx, ctx, person, name));
    }

    pub async fn has_heard_of(&self, number: &str) -> bool {
        has_heard_of(&self.server.store, number).await
    }

    pub async fn heads(&self) -> Heads {
        self.server.store.read(replication::heads).await.unwrap()
    }
}

impl Edge {
    /// A node that stands alone.
    pub fn open(node: u8) -> Self {
        Self::at(sqlite(), node, 0, node)
    }

    /// The same node once its file of keys that sign credentials holds that one alone.
    pub fn signing_with(self, key: u8) -> Self {
        let Self { store, syncer, drawn, node, database, .. } = self;
        drop((store, syncer));
        Self::at(database, node, drawn.load(Ordering::Relaxed), key)
    }

    /// A copy of it that goes on under the same name.
    pub fn copied(&self) -> Self {
        let copy = sqlite();
        let path = |database: &Database| database.url.trim_start_matches("sqlite:").to_owned();
        Store::copy(path(&self.database).as_ref(), path(&copy).as_ref()).unwrap();
        // Two machines have no chance in common.
        Self::at(copy, self.node, self.drawn.load(Ordering::Relaxed) + (1 << 32), self.node)
    }

    fn at(database: Database, node: u8, drawn: u64, signing: u8) -> Self {
        let id = Uuid::from_u128(u128::from(node));
        let store = Store::open(&StoreConfig::new(&*database.url, id, NOON)).unwrap();
        let key = Arc::new(MasterKey::from_bytes([node; 32]));
        let drawn = Arc::new(AtomicU64::new(drawn));
        let chance = drawn.clone();
        let entropy = Arc::new(move || fresh(&chance, node));
        let clock = Arc::new(AtomicI64::new(NOON.0));
        let hands = clock.clone();
        let now = Arc::new(move || Timestamp(hands.load(Ordering::SeqCst)));
        let parts = (store.clone(), key.clone());
        let signing = Arc::new(KeyRing::from(SigningKey::from_bytes([signing; 32])));
        let syncer = Syncer::new(parts, (now, entropy), "job", None).signing_by(signing.clone());
        let syncer = Arc::new(syncer);
        Self { store, syncer, key, signing, drawn, clock, node, database }
    }

    /// An edge that sees everything.
    pub async fn enrolled(hub: &Hub, node: u8) -> Self {
        Self::enrolled_at(hub, node, &hub.url).await
    }

    /// The same, by another way to the hub.
    pub async fn enrolled_at(hub: &Hub, node: u8, url: &str) -> Self {
        Self::seeing(hub, node, (url, &json!({"all": true}))).await
    }

    pub async fn seeing(hub: &Hub, node: u8, (url, scope): (&str, &Value)) -> Self {
        let edge = Self::open(node);
        let code = hub.code(scope).await;
        edge.join(url, &code).await.unwrap();
        edge
    }

    pub async fn join(&self, url: &str, code: &str) -> Result<(), String> {
        let (syncer, ctx) = (self.syncer.clone(), Arc::new(self.ctx()));
        let link = Link::read(url, code).unwrap();
        let work = move || syncer.join((&link, ""), (&ctx, &Leave::Manager));
        let joined = tokio::task::spawn_blocking(work).await.unwrap();
        joined.unwrap().map_err(|error| error.to_string())
    }

    /// Exchanges while that is done each time the edge looks at its clock.
    pub async fn sync_beside(
        &self,
        work: impl Fn() + Send + Sync + 'static,
    ) -> Result<Exchanged, Failure> {
        let (hands, chance, node) = (self.clock.clone(), self.drawn.clone(), self.node);
        let now = Arc::new(move || {
            work();
            Timestamp(hands.load(Ordering::SeqCst))
        });
        let parts = (self.store.clone(), self.key.clone());
        let syncer = Syncer::new(parts, (now, Arc::new(move || fresh(&chance, node))), "job", None);
        tokio::task::spawn_blocking(move || syncer.run()).await.unwrap()
    }

    pub async fn sync(&self) -> Result<Exchanged, Failure> {
        let syncer = self.syncer.clone();
        tokio::task::spawn_blocking(move || syncer.run()).await.unwrap()
    }

    pub fn ctx(&self) -> Ctx {
        let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
        let person = PersonId(Uuid::from_u128(1));
        let actor = Actor { person, login: None, grants, class: None };
        let seed = fresh(&self.drawn, self.node);
        Ctx::new("cli", self.now(), seed, self.key.clone()).signed_in(Some(actor))
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst))
    }

    /// Turns its own clock.
    pub fn turn(&self, by: Span) {
        self.clock.fetch_add(by.0, Ordering::SeqCst);
    }

    /// One that sees everything and has all that its hub holds.
    pub async fn filled(hub: &Hub, node: u8) -> Self {
        let edge = Self::enrolled(hub, node).await;
        hub.tell_all();
        numbered(&hub.server.store).await;
        edge.sync().await.unwrap();
        edge
    }

    /// Opens a session of the first class as its teacher.
    pub async fn open_session(&self, hub: &Hub, mode: Mode) -> muster_app::Result<SessionId> {
        let (class, teacher) = (hub.server.class, hub.server.people["teacher"]);
        let input = OpenInput {
            class,
            meeting: None,
            duration_minutes: None,
            mode,
            methods: None,
            topic: String::new(),
        };
        self.act_as(teacher, move |tx, ctx| sessions::open(tx, ctx, &input)).await
    }

    pub async fn hand_over(&self, wish: Wish) -> Result<String, Failure> {
        let syncer = self.syncer.clone();
        tokio::task::spawn_blocking(move || syncer.hand_over(wish)).await.unwrap()
    }

    /// Sends a page's form to this edge as somebody who signed in there.
    pub async fn form(&self, who: PersonId, path: &str, fields: &str) -> (StatusCode, String) {
        let token = format!("token of {who}");
        let name = "A test".to_owned();
        let (kind, means, class) = ("bearer", "password", None);
        let client = Client { kind, means, class, name, token: token.clone() };
        self.act(move |tx, ctx| sign_in::succeed(tx, ctx, "", who, &client)).await.unwrap();
        let (hands, drawn, node) = (self.clock.clone(), self.drawn.clone(), self.node);
        let clock = Arc::new(move || Timestamp(hands.load(Ordering::SeqCst)));
        let entropy = Arc::new(move || fresh(&drawn, node));
        let app = App::new(self.store.clone(), self.key.clone(), clock, entropy, None)
            .answering_to(&["muster.test".to_owned()])
            .syncing_by(self.syncer.clone(), Arc::default());
        let from: SocketAddr = ([127, 0, 0, 1], 9).into();
        let request = Request::post(path)
            .header("host", "muster.test")
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/x-www-form-urlencoded")
            .extension(ConnectInfo(from))
            .body(Body::from(fields.to_owned()));
        let response = router(app).oneshot(request.unwrap()).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    }

    pub async fn act<T: Send + 'static>(
        &self,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> muster_app::Result<T> {
        self.act_by(self.ctx(), action).await
    }

    /// The same as one of its people, with the keys that sign credentials.
    pub async fn act_as<T: Send + 'static>(
        &self,
        person: PersonId,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> muster_app::Result<T> {
        let mut ctx = self.ctx();
        ctx.act.actor = Some(person);
        ctx.signing = Some(self.signing.clone());
        if let Some(actor) = &mut ctx.actor {
            actor.person = person;
        }
        self.act_by(ctx, action).await
    }

    async fn act_by<T: Send + 'static>(
        &self,
        ctx: Ctx,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> muster_app::Result<T> {
        let ctx = Arc::new(ctx);
        let shared = ctx.clone();
        self.store.write(&ctx.act, move |tx| action(tx, &shared)).await
    }

    pub async fn make_person(&self, number: &str) {
        let typed = person(number);
        self.act(move |tx, ctx| people::create(tx, ctx, &typed.check()?)).await.unwrap();
    }

    pub async fn rename(&self, person: PersonId, name: &'static str) {
        self.act(move |tx, ctx| rename(tx, ctx, person, name)).await.unwrap();
    }

    pub async fn make_super_administrator(&self, number: &str) {
        self.try_super_administrator(number).await.unwrap();
    }

    pub async fn try_super_administrator(&self, number: &str) -> Result<PersonId, Error> {
        let administrator = person(number).check().unwrap();
        let institution = String::new();
        let input = SetUp { code: None, institution, administrator, password_hash: "no".into() };
        self.act(move |tx, ctx| setup::set_up(tx, ctx, &input)).await
    }

    pub async fn try_code(&self) -> Result<(), Error> {
        let all = ScopeInput { all: true, classes: Vec::new() };
        self.act(move |tx, ctx| nodes::offer(tx, ctx, "Another", &all).map(drop)).await
    }

    pub async fn status(&self) -> Standing {
        let ctx = self.ctx();
        self.store.read(move |tx| nodes::standing(tx, &ctx)).await.unwrap()
    }

    pub async fn heads(&self) -> Heads {
        self.store.read(replication::heads).await.unwrap()
    }

    pub async fn has_heard_of(&self, number: &str) -> bool {
        has_heard_of(&self.store, number).await
    }

    /// Ids of the records that an action touched here.
    pub async fn actions(&self, action: &str) -> Vec<String> {
        let rows = entries(&self.store).await;
        let own = rows.into_iter().filter(|row| row.action == action);
        own.map(|row| row.entity_id.to_string()).collect()
    }
}

/// Waits until every entry has its number: PostgreSQL gives them a moment later.
pub async fn numbered(store: &Store) {
    let mut feed = store.feed();
    loop {
        let asked = store.clone();
        let report = tokio::task::spawn_blocking(move || verify(&asked, |_| {})).await.unwrap();
        if report.unwrap().unnumbered == 0 {
            return;
        }
        feed.changed().await.unwrap();
    }
}

/// All records of a node, as text.
pub async fn lines(store: &Store) -> Vec<String> {
    let read = |tx: &mut ReadTx<'_>| {
        let mut all = Vec::new();
        replication::export(tx, |line| all.push(line))?;
        Ok::<_, Error>(all)
    };
    store.read(read).await.unwrap()
}

async fn entries(store: &Store) -> Vec<JournalRow> {
    let filter = Filter { limit: 5_000, ..Filter::default() };
    store.read(move |tx: &mut ReadTx<'_>| journal::browse(tx, &filter)).await.unwrap()
}

/// Whether a person of that number was ever made, as far as the journal knows.
pub async fn has_heard_of(store: &Store, number: &str) -> bool {
    let told = format!("\"number\":\"{number}\"");
    let rows = entries(store).await;
    rows.iter().any(|row| row.after.as_deref().is_some_and(|after| after.contains(&told)))
}

fn rename(tx: &mut WriteTx<'_>, ctx: &Ctx, id: PersonId, name: &str) -> muster_app::Result<()> {
    let row = muster_storage::people::get(tx, id)?.unwrap();
    let renamed = PersonInput { name: name.to_owned(), ..person(&row.number) };
    people::change(tx, ctx, id, row.version, &renamed.check()?, true)
}

fn person(number: &str) -> PersonInput {
    let name = format!("Person {number}");
    PersonInput { number: number.to_owned(), name, ..PersonInput::default() }
}

fn fresh(drawn: &AtomicU64, node: u8) -> [u8; 32] {
    let draw = drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes();
    let id = Uuid::new_v5(&Uuid::from_u128(u128::from(node)), &draw);
    [*id.as_bytes(), *id.as_bytes()].concat().try_into().unwrap()
}
