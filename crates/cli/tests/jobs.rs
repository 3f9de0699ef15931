//! What the server does by itself: closing sessions, telling students, sending letters, tidying up.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests fail by panicking"
)]

use muster_app::academics::{self, ClassInput, CourseInput, TermInput};
use muster_app::people::{self, PersonInput};
use muster_app::sessions::{self, OpenInput};
use muster_app::setup::{self, SetUp};
use muster_app::{Ctx, passwords, settings};
use muster_credential::keys::MasterKey;
use muster_domain::attendance::Mode;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::PersonId;
use muster_domain::time::{Date, Timestamp};
use muster_storage::attachments::AttachmentRow;
use muster_storage::stale::StaleRow;
use muster_storage::{Store, WriteTx, attachments, auth, stale, students};
use muster_testkit::{Catcher, Database, free_ports};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// When the session was: noon of 1 January 2015.
const LONG_AGO: Timestamp = Timestamp(1_420_113_600_000_000);
const PASSWORD: &str = "a horse on a red staple";
const NEW: &str = "lamp river seventeen";
/// Digest of a file that nobody needs any more.
const FILE: [u8; 32] = [9; 32];

/// Acts on the records as nobody, or with a super administrator's roles, long ago.
fn act<T: Send + 'static>(
    store: &Store,
    who: Option<PersonId>,
    action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
) -> T {
    let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
    let actor = who.map(|person| Actor { person, login: None, grants, class: None });
    let seed = *uuid::Uuid::new_v5(&muster_domain::ids::NAMESPACE, &counter()).as_bytes();
    let seed = [seed, seed].concat().try_into().unwrap();
    let ctx = Ctx::new("cli", LONG_AGO, seed, Arc::new(MasterKey::from_bytes([7; 32])));
    let ctx = Arc::new(ctx.signed_in(actor));
    let shared = ctx.clone();
    store.write(&ctx.act, move |tx| action(tx, &shared)).wait().unwrap()
}

fn counter() -> [u8; 8] {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed).to_be_bytes()
}

fn person(number: &str, email: &str) -> PersonInput {
    let (number, email) = (number.to_owned(), email.to_owned());
    PersonInput { name: number.clone(), number, email, ..PersonInput::default() }
}

/// A session whose time is over, with a student who never came; a file and a class that wait for
/// the jobs that look after them.
fn prepare(store: &Store) {
    let hash = passwords::hash(PASSWORD, [1; 32]).unwrap();
    let administrator = person("root", "ada@campus.example").check().unwrap();
    let institution = "Test".to_owned();
    let input = SetUp { code: None, institution, administrator, password_hash: hash.clone() };
    let root = act(store, None, move |tx, ctx| setup::set_up(tx, ctx, &input));
    act(store, Some(root), move |tx, ctx| {
        let wanted = ("guardian_letters".to_owned(), "absences_and_low_attendance".to_owned());
        settings::change(tx, ctx, &[wanted])?;
        let term = academics::create_term(
            tx,
            ctx,
            &TermInput {
                name: "Spring".to_owned(),
                starts_on: Date(16_400),
                ends_on: Date(16_500),
            },
        )?;
        let (code, name) = ("MA201".to_owned(), "Linear Algebra".to_owned());
        let course = academics::create_course(tx, ctx, &CourseInput { code, name, credits: None })?;
        let class = academics::create_class(
            tx,
            ctx,
            &ClassInput {
                course,
                term,
                section: "A".to_owned(),
                room: String::new(),
                duration_minutes: None,
                late_after_minutes: None,
                weights: None,
            },
        )?;
        let student = people::create(tx, ctx, &person("student", "").check()?)?;
        people::grant(tx, ctx, student, Role::Student, None)?;
        let password = auth::PasswordRow { hash: hash.clone(), must_change: false };
        auth::put_password(tx, student, &password, ctx.now())?;
        let mut studies = students::StudentRow::nothing(student);
        studies.guardian_email = Some("mother@home.example".to_owned());
        students::put(tx, &studies, 1)?;
        academics::enrol(tx, ctx, class, &[student])?;
        let opening = OpenInput {
            class,
            meeting: None,
            duration_minutes: None,
            mode: Mode::InClass,
            methods: None,
            topic: String::new(),
        };
        sessions::open(tx, ctx, &opening)?;
        let file = AttachmentRow { media_type: "image/png".to_owned(), content: vec![1] };
        attachments::put(tx, &FILE, &file, None, ctx.now())?;
        attachments::replace(tx, &FILE, ctx.now())?;
        let reason = "a holiday".to_owned();
        let row = StaleRow { class, asked_by: ctx.act.actor, asked_at: ctx.now(), reason };
        Ok(stale::insert(tx, &[row])?)
    });
}

/// `muster serve`, ended with the test.
struct Server {
    process: Child,
    url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(data: &Path, database: &str, smtp: &str) -> Self {
        // Links in letters name the port, so it is chosen before.
        let [port] = free_ports();
        let address = format!("127.0.0.1:{port}");
        let url = format!("http://{address}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(["serve", "--data"]).arg(data);
        command.args(["--database", database, "--listen", &address]);
        command.args(["--base-url", &url, "--smtp-url", smtp]);
        command.args(["--mail-from", "Muster <muster@campus.example>"]);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("Muster serves on"), "{line}");
        Self { process, url }
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let request = ureq::post(format!("{}{path}", self.url));
        let request = request.header("content-type", "application/json");
        let mut answer = request.send(body.to_string()).unwrap();
        answer.body_mut().read_json().unwrap_or_default()
    }

    fn sign_in(&self, identifier: &str, password: &str) -> String {
        let body = json!({"identifier": identifier, "password": password});
        self.post("/api/v1/tokens", &body)["access_token"].as_str().unwrap().to_owned()
    }

    fn notices(&self, token: &str) -> String {
        let request = ureq::get(format!("{}/api/v1/me/notices", self.url));
        let request = request.header("authorization", format!("Bearer {token}"));
        request.call().unwrap().body_mut().read_to_string().unwrap()
    }
}

/// Asks now and then until it is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..300 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{what} never happened");
}

fn the_server_does_its_work_unasked(database: &Database) {
    let store = database.open();
    prepare(&store);
    let data = tempfile::tempdir().unwrap();
    let catcher = Catcher::start(None);
    let server = Server::start(data.path(), &database.url, &catcher.url);
    // The session closes, the student is told, and with them the guardian.
    let letter = catcher.next();
    assert!(letter.contains("RCPT TO:<mother@home.example>"), "{letter}");
    assert!(letter.contains("absent from Linear Algebra"), "{letter}");
    let notices = server.notices(&server.sign_in("student", PASSWORD));
    assert!(notices.contains("Absent: Linear Algebra"), "{notices}");
    // Whoever forgot their password chooses another by a letter.
    server.post("/api/v1/password-links", &json!({"email": "ada@campus.example"}));
    // Long lines are broken, and `=` is written in figures (RFC 2045, section 6.7).
    let letter = catcher.next().replace("=\n", "").replace("=3D", "=");
    assert!(letter.contains("RCPT TO:<ada@campus.example>"), "{letter}");
    let (_, after) = letter.split_once("/reset?code=").unwrap();
    let code = after.split_whitespace().next().unwrap();
    let reset = ureq::post(format!("{}/reset", server.url));
    reset.send_form([("code", code), ("password", NEW)]).unwrap();
    server.sign_in("root", NEW);
    until("following a change", || store.read(academics::following).wait().unwrap().is_none());
    until("throwing a file away", || {
        store.read(|tx| attachments::get(tx, &FILE)).wait().unwrap().is_none()
    });
}

#[test]
fn the_server_does_its_work_unasked_on_sqlite() {
    the_server_does_its_work_unasked(&muster_testkit::sqlite());
}

#[test]
fn the_server_does_its_work_unasked_on_postgres() {
    the_server_does_its_work_unasked(&muster_testkit::postgres());
}
