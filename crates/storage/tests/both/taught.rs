//! A class with a session, for behaviours that need one.

use super::{act, person};
use muster_domain::attendance::{Method, Mode, Status};
use muster_domain::ids::{ClassId, CourseId, MarkId, PersonId, SessionId, TermId};
use muster_domain::time::{Date, Timestamp};
use muster_storage::academics::{ClassRow, CourseRow, TermRow};
use muster_storage::sessions::{MarkRow, SessionRow};
use muster_storage::{Error, Store, academics, people, sessions};
use muster_testkit::NOON;
use uuid::Uuid;

pub const CLASS: ClassId = ClassId(Uuid::from_u128(103));
pub const SESSION: SessionId = SessionId(Uuid::from_u128(104));

pub fn who(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

/// Five people, and a class with an open session.
pub fn taught(store: &Store) {
    let (course, term) = (CourseId(Uuid::from_u128(101)), TermId(Uuid::from_u128(102)));
    let write = store.write(&act(1000), move |tx| {
        for n in 1..=5 {
            people::insert(tx, &person(n), Timestamp(0))?;
        }
        let (code, name) = ("MA201".to_owned(), "Linear Algebra".to_owned());
        let row =
            CourseRow { id: course, code, name, credits: None, archived_at: None, version: 1 };
        academics::insert_course(tx, &row)?;
        let (name, starts_on, ends_on) = ("Spring".to_owned(), Date(20_000), Date(20_600));
        let row = TermRow { id: term, name, starts_on, ends_on, archived_at: None, version: 1 };
        academics::insert_term(tx, &row)?;
        let class = ClassRow {
            id: CLASS,
            course,
            course_code: String::new(),
            course_name: String::new(),
            term,
            term_name: String::new(),
            section: "A".to_owned(),
            room: None,
            duration_minutes: None,
            late_after_minutes: None,
            weights: None,
            archived_at: None,
            version: 1,
        };
        academics::insert_class(tx, &class)?;
        let session = SessionRow {
            id: SESSION,
            class: CLASS,
            meeting: None,
            mode: Mode::InClass,
            methods: "qr".to_owned(),
            topic: None,
            late_from: NOON,
            opened_by: who(1),
            opened_at: NOON,
            ends_at: NOON,
            closed_at: None,
            step_seconds: 10,
            version: 1,
            held_at: NOON,
        };
        sessions::insert(tx, &session, b"short!")?;
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
}

/// A student's mark in the session.
pub fn mark(person: u128, status: Status) -> MarkRow {
    MarkRow {
        id: MarkId::of(SESSION, who(person)),
        session: SESSION,
        person: who(person),
        status,
        method: Method::Qr,
        marked_by: None,
        at: NOON,
        step: Some(3),
        device: None,
        address: Some("192.0.2.7".to_owned()),
        reason: None,
        version: 1,
    }
}
