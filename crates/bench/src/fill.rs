//! An institution made for load: every student is signed in and sits in every class, and every
//! class has an open session.

use crate::outside::now;
use anyhow::Result;
use muster_app::sign_in::digest;
use muster_credential::class_code::{ClassCode, ShortSessionId};
use muster_credential::keys::MasterKey;
use muster_credential::step::{StepLength, step_at};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::Mode;
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{ActId, ClassId, PersonId, SessionId};
use muster_domain::time::{Date, Span, Timestamp};
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::auth::LoginRow;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::people::{GrantRow, PersonRow};
use muster_storage::sessions::SessionRow;
use muster_storage::{Act, Pending, Store, WriteTx};
use muster_storage::{academics, auth, enrolment, people, sessions};
use std::sync::Arc;
use uuid::Uuid;

/// Rows in a transaction.
const CHUNK: usize = 1000;
/// Transactions on their way at once.
const AT_ONCE: usize = 4;

/// Who and what there is; every id follows from its position.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Students, each signed in.
    pub students: usize,
    /// Classes that every student attends, each with an open session.
    pub classes: usize,
    /// Students of one class more, the last: a lecture hall.
    pub hall: usize,
}

/// The person whose token is `token(STAFF)`: may see and do everything.
pub const STAFF: usize = usize::MAX >> 8;

fn id<I: From<Uuid>>(kind: &str, position: usize) -> I {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("bench {kind} {position}").as_bytes()).into()
}

/// The id of a student.
pub fn student(position: usize) -> PersonId {
    id("person", position)
}

/// The id of a class's session.
pub fn session(class: usize) -> SessionId {
    id("session", class)
}

/// The token of a student's login.
pub fn token(position: usize) -> String {
    format!("bench-{position}")
}

/// The request that marks a student in a class: with the link that is on the projector at that
/// time.
pub fn mark(key: &MasterKey, who: usize, class: usize, opened_at: Timestamp) -> Vec<u8> {
    let session = session(class);
    let step = step_at(opened_at.0, now().0, StepLength::CLASS_CODE);
    let code = ClassCode::new(&key.session_key(session.0), session.0, step);
    let body = format!(r#"{{"code":"{}"}}"#, code.link("localhost", false));
    let (token, device) = (token(who), Uuid::from_u128(who as u128));
    let length = body.len();
    format!(
        "POST /api/v1/marks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
         Cookie: muster_device={device}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Fills an empty store; sessions open at the time that is returned.
pub fn fill(store: &Store, size: Size) -> Result<Timestamp> {
    let at = now();
    let writer = Writer { store, at };
    writer.rows(1, move |tx, _| frame(tx, at))?;
    writer.rows(size.students, move |tx, position| person(tx, position, Role::Student, at))?;
    writer.rows(1, move |tx, _| person(tx, STAFF, Role::SuperAdministrator, at))?;
    let Size { students, classes, hall } = size;
    writer.rows(classes + 1, move |tx, position| class(tx, position, at))?;
    writer.rows(students * classes, move |tx, position| {
        place(tx, position / students, position % students, at)
    })?;
    writer.rows(hall, move |tx, position| place(tx, classes, position, at))?;
    Ok(at)
}

/// So many people at gates, who are signed in, and somebody who may do everything.
pub fn verifiers(store: &Store, count: usize) -> Result<()> {
    let at = now();
    let writer = Writer { store, at };
    writer.rows(count, move |tx, position| person(tx, position, Role::Gate, at))?;
    writer.rows(1, move |tx, _| person(tx, STAFF, Role::SuperAdministrator, at))
}

struct Writer<'a> {
    store: &'a Store,
    at: Timestamp,
}

impl Writer<'_> {
    fn rows(
        &self,
        count: usize,
        put: impl Fn(&mut WriteTx<'_>, usize) -> muster_storage::Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        let put = Arc::new(put);
        let mut waiting: Vec<Pending<muster_storage::Result<()>>> = Vec::new();
        for from in (0..count).step_by(CHUNK) {
            let put = put.clone();
            let act = Act { id: ActId(id("act", from)), at: self.at, actor: None, via: "cli" };
            waiting.push(self.store.write(&act, move |tx| {
                (from..count.min(from + CHUNK)).try_for_each(|position| put(tx, position))
            }));
            if waiting.len() >= AT_ONCE {
                waiting.drain(..).try_for_each(Pending::wait)?;
            }
        }
        Ok(waiting.into_iter().try_for_each(Pending::wait)?)
    }
}

fn frame(tx: &mut WriteTx<'_>, at: Timestamp) -> muster_storage::Result<()> {
    let today = at.0.div_euclid(Span::days(1).0);
    let term = TermRow {
        id: id("term", 0),
        name: "Term".to_owned(),
        starts_on: Date(today - 10),
        ends_on: Date(today + 100),
        archived_at: None,
        version: 1,
    };
    academics::insert_term(tx, &term)?;
    let course = CourseRow {
        id: id("course", 0),
        code: "MA101".to_owned(),
        name: "Analysis".to_owned(),
        credits: None,
        archived_at: None,
        version: 1,
    };
    academics::insert_course(tx, &course)
}

fn person(
    tx: &mut WriteTx<'_>,
    position: usize,
    role: Role,
    at: Timestamp,
) -> muster_storage::Result<()> {
    let row = PersonRow {
        id: student(position),
        number: format!("S{position:06}"),
        name: format!("Student {position}"),
        username: None,
        email: None,
        title: None,
        phone: None,
        programme: None,
        active: true,
        version: 1,
    };
    people::insert(tx, &row, at)?;
    let grant =
        GrantRow::new(id("grant", position), row.id, Grant { role, scope: Scope::Institution });
    people::insert_grant(tx, &grant, None, at)?;
    let login = LoginRow {
        id: id("login", position),
        person: row.id,
        means: "password".to_owned(),
        class: None,
        kind: "bearer".to_owned(),
        client: "bench".to_owned(),
        address: "127.0.0.1".to_owned(),
        created_at: at,
        last_seen_at: at,
        expires_at: at + Span::days(1),
    };
    auth::insert_login(tx, &login, &digest(&token(position)))
}

fn class(tx: &mut WriteTx<'_>, position: usize, at: Timestamp) -> muster_storage::Result<()> {
    let id: ClassId = id("class", position);
    let row = ClassRow {
        id,
        course: self::id("course", 0),
        course_code: String::new(),
        course_name: String::new(),
        term: self::id("term", 0),
        term_name: String::new(),
        section: position.to_string(),
        room: None,
        duration_minutes: None,
        late_after_minutes: None,
        weights: None,
        archived_at: None,
        version: 1,
    };
    academics::insert_class(tx, &row)?;
    let row = SessionRow {
        id: session(position),
        class: id,
        meeting: None,
        mode: Mode::InClass,
        methods: "qr code manual".to_owned(),
        topic: None,
        late_from: at + Span::hours(1),
        opened_by: student(STAFF),
        opened_at: at,
        ends_at: at + Span::hours(2),
        closed_at: None,
        step_seconds: i64::from(StepLength::CLASS_CODE.seconds()),
        version: 1,
        held_at: at,
    };
    sessions::insert(tx, &row, &ShortSessionId::of(row.id.0).0)
}

fn place(
    tx: &mut WriteTx<'_>,
    class: usize,
    position: usize,
    at: Timestamp,
) -> muster_storage::Result<()> {
    let row = EnrolmentRow {
        id: id("enrolment", class << 32 | position),
        class: id("class", class),
        person: student(position),
        name: String::new(),
        number: String::new(),
        roll_number: position.to_string(),
        status: EnrolmentStatus::Active,
        in_use: true,
        version: 1,
    };
    enrolment::insert(tx, &row, at)
}
