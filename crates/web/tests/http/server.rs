//! A small institution behind the real router, with a clock that tests turn.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use muster_app::academics::{self, ClassInput};
use muster_app::people::{self, PersonInput};
use muster_app::setup::{self, SetUp};
use muster_app::{Ctx, sign_in};
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;
use muster_domain::auth::{Actor, Role, Scope};
use muster_domain::ids::{ClassId, PersonId, SessionId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::peers::{self, OwnRow};
use muster_storage::{Act, Store, WriteTx, replication};
use muster_testkit::{Database, NOON};
use muster_web::{App, router};
use serde_json::Value;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use tower::ServiceExt;
use uuid::Uuid;

pub const PASSWORD: &str = "a horse on a red staple";
/// As it is stored. Hashing it took a third of the time in which a test's server began.
const HASH: &str = "$argon2id$v=19$m=19456,t=2,p=1$AQEBAQEBAQEBAQEBAQEBAQ$z+82TNJhBcUoOCpmKZRUUVuIWeTZZ21ZgdhhjfoFlPg";

/// Everybody's number is their role's key, with `_b` for the teacher of the other class.
pub struct TestServer {
    pub store: Store,
    pub class: ClassId,
    pub other: ClassId,
    pub people: BTreeMap<&'static str, PersonId>,
    tokens: BTreeMap<&'static str, String>,
    router: Router,
    pub key: Arc<MasterKey>,
    clock: Arc<AtomicI64>,
    drawn: Arc<AtomicU64>,
    pub database: Database,
    /// Whether its tables hold what no act wrote.
    planted: AtomicBool,
}

/// An answer, read whole.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// What came, as a file has it.
    pub bytes: Vec<u8>,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// The last part of a problem's type.
    pub fn reason(&self) -> String {
        let kind = self.json()["type"].as_str().unwrap_or_default().to_owned();
        kind.rsplit('/').next().unwrap_or_default().to_owned()
    }
}

impl TestServer {
    pub fn start(database: Database) -> Self {
        Self::start_as(database, |app| app)
    }

    /// The same, set up otherwise.
    pub fn start_as(database: Database, change: impl FnOnce(App) -> App) -> Self {
        Self::start_of(database, [7; 32], change)
    }

    /// The same, with another master key.
    pub fn start_with(database: Database, key: [u8; 32]) -> Self {
        Self::start_of(database, key, |app| app)
    }

    fn start_of(database: Database, key: [u8; 32], change: impl FnOnce(App) -> App) -> Self {
        let store = database.open();
        if replicates() {
            let act = Act { id: Uuid::from_u128(1).into(), at: NOON, actor: None, via: "cli" };
            let begun = store.write(&act, |tx| {
                replication::begin(tx)?;
                while replication::restate(tx, 1_000)? {}
                muster_storage::Result::Ok(())
            });
            std::thread::spawn(move || begun.wait()).join().unwrap().unwrap();
        }
        let clock = Arc::new(AtomicI64::new(NOON.0));
        let drawn = Arc::new(AtomicU64::new(0));
        let key = Arc::new(MasterKey::from_bytes(key));
        let app = change(app(&store, &key, &clock, &drawn));
        let nobody = ClassId(uuid::Uuid::nil());
        let mut server = Self {
            store,
            class: nobody,
            other: nobody,
            people: BTreeMap::new(),
            tokens: BTreeMap::new(),
            router: router(app),
            key,
            clock,
            drawn,
            database,
            planted: AtomicBool::new(false),
        };
        server.fill();
        server
    }

    fn fill(&mut self) {
        let hash = HASH.to_owned();
        let administrator = person("super_administrator").check().unwrap();
        let (code, institution) = (None, "Test".to_owned());
        let input = SetUp { code, institution, administrator, password_hash: hash.clone() };
        let root = self.act(None, move |tx, ctx| setup::set_up(tx, ctx, &input));
        self.people.insert("super_administrator", root);
        let (class, other) = self.act(Some(root), |tx, ctx| {
            let term = academics::TermInput {
                name: "Spring".to_owned(),
                starts_on: Date(20_000),
                ends_on: Date(20_600),
            };
            let term = academics::create_term(tx, ctx, &term)?;
            let course = academics::CourseInput {
                code: "MA201".to_owned(),
                name: "Linear Algebra".to_owned(),
                credits: Some(4),
            };
            let course = academics::create_course(tx, ctx, &course)?;
            let input = |section: &str| ClassInput {
                course,
                term,
                section: section.to_owned(),
                room: String::new(),
                duration_minutes: None,
                late_after_minutes: None,
                weights: None,
            };
            let first = academics::create_class(tx, ctx, &input("A"))?;
            Ok((first, academics::create_class(tx, ctx, &input("B"))?))
        });
        (self.class, self.other) = (class, other);
        for (name, role, class) in [
            ("registrar", Role::Registrar, None),
            ("finance", Role::Finance, None),
            ("teacher", Role::Teacher, Some(class)),
            ("teacher_b", Role::Teacher, Some(other)),
            ("assistant", Role::Assistant, Some(class)),
            ("student", Role::Student, None),
            ("student_2", Role::Student, None),
            ("stranger", Role::Student, None),
        ] {
            let hash = hash.clone();
            let id = self.act(Some(root), move |tx, ctx| {
                let id = people::create(tx, ctx, &person(name).check()?)?;
                let password =
                    muster_storage::auth::PasswordRow { hash: hash.clone(), must_change: false };
                muster_storage::auth::put_password(tx, id, &password, ctx.now())?;
                people::grant(tx, ctx, id, role, class)?;
                Ok(id)
            });
            self.people.insert(name, id);
        }
        let students = [self.people["student"], self.people["student_2"]];
        self.act(Some(root), move |tx, ctx| academics::enrol(tx, ctx, class, &students));
        self.sign_everybody_in();
    }

    /// Somebody else, with a role for the institution, signed in.
    pub fn join(&mut self, name: &'static str, role: Role) {
        self.join_for(name, role, Scope::Institution);
    }

    /// The same, with a role there alone.
    pub fn join_for(&mut self, name: &'static str, role: Role, scope: Scope) {
        let root = self.people["super_administrator"];
        let id = self.act(Some(root), move |tx, ctx| {
            let id = people::create(tx, ctx, &person(name).check()?)?;
            people::grant(tx, ctx, id, role, scope)?;
            Ok(id)
        });
        self.people.insert(name, id);
        self.sign_in(name, id);
    }

    /// Signing in by password is tested on its own; here it would only take time.
    fn sign_everybody_in(&mut self) {
        for (name, id) in self.people.clone() {
            self.sign_in(name, id);
        }
    }

    fn sign_in(&mut self, name: &'static str, id: PersonId) {
        let token = format!("token of {name} at {}", self.now().0);
        self.tokens.insert(name, token.clone());
        let client = sign_in::Client {
            kind: "bearer",
            means: "password",
            class: None,
            name: name.to_owned(),
            token,
        };
        self.act(Some(id), move |tx, ctx| sign_in::succeed(tx, ctx, name, id, &client));
    }

    /// Runs an action as a person with a super administrator's roles, or as nobody.
    pub fn act<T: Send + 'static>(
        &self,
        who: Option<PersonId>,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> T {
        let scope = Scope::Institution;
        let grants = vec![muster_domain::auth::Grant { role: Role::SuperAdministrator, scope }];
        let actor = who.map(|person| Actor { person, login: None, grants, class: None });
        let mut ctx = Ctx::new("cli", self.now(), seed(&self.drawn), self.key.clone());
        ctx.mails = true;
        ctx.signing = Some(signing());
        let ctx = Arc::new(ctx.signed_in(actor));
        let shared = ctx.clone();
        let pending = self.store.write(&ctx.act, move |tx| action(tx, &shared));
        // Waiting would block the test's runtime.
        std::thread::spawn(move || pending.wait()).join().unwrap().unwrap()
    }

    /// The same for what puts rows into tables by itself, of which the journal tells nothing.
    pub fn plant<T: Send + 'static>(
        &self,
        who: Option<PersonId>,
        action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
    ) -> T {
        self.planted.store(true, Ordering::Relaxed);
        self.act(who, action)
    }

    /// Fresh bytes for the circumstances of an act.
    pub fn seed(&self) -> [u8; 32] {
        seed(&self.drawn)
    }

    pub fn now(&self) -> Timestamp {
        Timestamp(self.clock.load(Ordering::SeqCst))
    }

    /// Begins another application on the same records, as a second process would.
    pub fn begin_another(&self) {
        drop(app(&self.store, &self.key, &self.clock, &self.drawn));
    }

    /// The application on these records, to be served.
    pub fn app(&self) -> App {
        app(&self.store, &self.key, &self.clock, &self.drawn)
    }

    /// Begins the application anew on the same records: the one of before has ended.
    pub fn begin_again(&mut self) {
        self.router = router(app(&self.store, &self.key, &self.clock, &self.drawn));
    }

    /// The same, with other keys that sign credentials.
    pub fn begin_again_signing_by(&mut self, keys: KeyRing<SigningKey>) {
        let app = unsigned(&self.store, &self.key, &self.clock, &self.drawn);
        self.router = router(app.signing_by(Arc::new(keys)));
    }

    /// Makes the node an edge, of a hub that is away.
    pub fn become_edge(&self) {
        self.act(None, |tx, ctx| {
            let row = OwnRow { every: 5, ..OwnRow::default() };
            Ok(peers::become_edge(tx, &row, ctx.now())?)
        });
    }

    /// Turns the clock, backwards too.
    pub fn turn(&self, by: Span) {
        self.clock.fetch_add(by.0, Ordering::SeqCst);
    }

    /// Turns the clock by days, after which everybody has to sign in again.
    pub fn turn_days(&mut self, days: i64) {
        self.turn(Span::days(days));
        self.sign_everybody_in();
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10 << 20).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, bytes: bytes.into(), text }
    }

    /// The response with its body unread, for streams.
    pub async fn open(&self, who: &str, path: &str) -> axum::response::Response {
        self.router
            .clone()
            .oneshot(self.request(who, Method::GET, path, Body::empty()))
            .await
            .unwrap()
    }

    pub fn request(&self, who: &str, method: Method, path: &str, body: Body) -> Request<Body> {
        let mut request = Request::builder().method(method).uri(path).header("host", "muster.test");
        if let Some(token) = self.tokens.get(who) {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let address: SocketAddr = ([127, 0, 0, 1], 9).into();
        request.extension(ConnectInfo(address)).body(body).unwrap()
    }

    pub async fn call(&self, who: &str, method: Method, path: &str, body: Value) -> Answer {
        let mut request = self.request(who, method, path, Body::from(body.to_string()));
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        self.send(request).await
    }

    pub async fn get(&self, who: &str, path: &str) -> Answer {
        self.send(self.request(who, Method::GET, path, Body::empty())).await
    }

    pub async fn post(&self, who: &str, path: &str, body: Value) -> Answer {
        self.call(who, Method::POST, path, body).await
    }

    /// Sends a page's form.
    pub async fn form(&self, who: &str, path: &str, fields: &str) -> Answer {
        let mut request = self.request(who, Method::POST, path, Body::from(fields.to_owned()));
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert("content-type", kind);
        self.send(request).await
    }

    /// Opens a session of the first class as its teacher.
    pub async fn open_session(&self) -> SessionId {
        let path = format!("/api/v1/classes/{}/sessions", self.class);
        let body = serde_json::json!({"methods": ["qr", "code"]});
        let answer = self.post("teacher", &path, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        answer.json()["id"].as_str().unwrap().parse().unwrap()
    }

    /// The code on the projector: its link and its eight characters.
    pub async fn code(&self, session: SessionId) -> (String, String) {
        let answer = self.get("teacher", &format!("/api/v1/sessions/{session}/code")).await.json();
        let text = |field: &str| answer[field].as_str().unwrap().to_owned();
        (text("link"), text("typed_code"))
    }
}

/// Whether the servers of this run replicate: then the journal has to tell all that they did.
pub fn replicates() -> bool {
    std::env::var_os("MUSTER_TEST_REPLICATES").is_some()
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if !replicates() || self.planted.load(Ordering::Relaxed) || std::thread::panicking() {
            return;
        }
        let untold = self.store.read(|tx| replication::untold(tx, 20));
        let untold = std::thread::spawn(move || untold.wait()).join().unwrap().unwrap();
        assert!(untold.is_empty(), "the journal does not tell {untold:#?}");
    }
}

fn app(store: &Store, key: &Arc<MasterKey>, clock: &Arc<AtomicI64>, drawn: &Arc<AtomicU64>) -> App {
    unsigned(store, key, clock, drawn).signing_by(signing())
}

/// The same, without keys that sign credentials.
fn unsigned(
    store: &Store,
    key: &Arc<MasterKey>,
    clock: &Arc<AtomicI64>,
    drawn: &Arc<AtomicU64>,
) -> App {
    let (hands, counter) = (clock.clone(), drawn.clone());
    let clock = Arc::new(move || Timestamp(hands.load(Ordering::SeqCst)));
    let entropy = Arc::new(move || seed(&counter));
    App::new(store.clone(), key.clone(), clock, entropy, None)
        .mailing("Muster <muster@campus.example>")
        .answering_to(&["muster.test".to_owned()])
}

/// The keys that sign credentials here.
pub fn signing() -> Arc<KeyRing<SigningKey>> {
    Arc::new(SigningKey::from_bytes([9; 32]).into())
}

fn seed(drawn: &AtomicU64) -> [u8; 32] {
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes());
    seed[8] = 0x5e;
    let spread = uuid::Uuid::new_v5(&muster_domain::ids::NAMESPACE, &seed);
    seed[16..].copy_from_slice(spread.as_bytes());
    seed[..16].copy_from_slice(uuid::Uuid::new_v5(&spread, b"seed").as_bytes());
    seed
}

#[test]
fn the_hash_is_the_one_that_the_program_makes() {
    assert_eq!(muster_app::passwords::hash(PASSWORD, [1; 32]).unwrap(), HASH);
}

fn person(name: &str) -> PersonInput {
    PersonInput { number: name.to_owned(), name: name.to_owned(), ..PersonInput::default() }
}
