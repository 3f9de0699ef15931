//! What people do on nodes, and what they were told yes for.

use crate::node::{Node, PASSWORD, ROOT};
use muster_app::academics::{self, CourseInput, TermInput};
use muster_app::people::{self, PersonInput};
use muster_app::setup::{self, SetUp};
use muster_app::{Ctx, passwords};
use muster_credential::keys::{MasterKey, file};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::PersonId;
use muster_domain::time::{Date, Timestamp};
use muster_storage::{Store, WriteTx};
use muster_testkit::NOON;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// An institution with its students, by their ids.
#[derive(Clone)]
pub struct Campus {
    pub root: PersonId,
    pub term: String,
    pub course: String,
    pub students: Vec<String>,
}

/// What was acknowledged, to be found on every node in the end.
#[derive(Default)]
pub struct Acknowledged {
    /// Their numbers.
    people: Vec<String>,
    /// Session and person.
    marks: Vec<(String, String)>,
}

/// Acts on records beside the program, at any time: as nobody, or with a super administrator's roles.
pub fn act<T: Send + 'static>(
    store: &Store,
    (who, at): (Option<PersonId>, Timestamp),
    action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<T> + Send + 'static,
) -> T {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let grants = vec![Grant { role: Role::SuperAdministrator, scope: Scope::Institution }];
    let actor = who.map(|person| Actor { person, login: None, grants, class: None });
    let draw = DRAWN.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let seed = *uuid::Uuid::new_v5(&muster_domain::ids::NAMESPACE, &draw).as_bytes();
    let seed = [seed, seed].concat().try_into().unwrap();
    let key = Arc::new(MasterKey::from_bytes([7; 32]));
    let ctx = Arc::new(Ctx::new("cli", at, seed, key).signed_in(actor));
    let shared = ctx.clone();
    store.write(&ctx.act, move |tx| action(tx, &shared)).wait().unwrap()
}

/// Sets an institution up, makes it a hub, serves it, and signs in.
pub fn found(hub: &mut Node, students: usize) -> Campus {
    let store = hub.store();
    // As its first start does.
    file::load_or_create::<MasterKey>(&hub.data.join("keys"), [3; 32]).unwrap();
    let password_hash = passwords::hash(PASSWORD, [1; 32]).unwrap();
    let administrator = PersonInput {
        number: ROOT.to_owned(),
        name: "Ada Lovelace".to_owned(),
        ..PersonInput::default()
    };
    let administrator = administrator.check().unwrap();
    let input = SetUp { code: None, institution: String::new(), administrator, password_hash };
    let root = act(&store, (None, NOON), move |tx, ctx| setup::set_up(tx, ctx, &input));
    let campus = act(&store, (Some(root), NOON), move |tx, ctx| {
        let name = "Spring".to_owned();
        let term = TermInput { name, starts_on: Date(20_500), ends_on: Date(20_900) };
        let term = academics::create_term(tx, ctx, &term)?;
        let (code, name) = ("MA201".to_owned(), "Linear Algebra".to_owned());
        let course = academics::create_course(tx, ctx, &CourseInput { code, name, credits: None })?;
        let mut all = Vec::new();
        for place in 0..students {
            let (number, name) = (format!("S{place}"), format!("Student {place}"));
            let student = PersonInput { number, name, ..PersonInput::default() };
            let student = people::create(tx, ctx, &student.check()?)?;
            people::grant(tx, ctx, student, Role::Student, None)?;
            all.push(student.0.to_string());
        }
        let (term, course) = (term.0.to_string(), course.0.to_string());
        Ok(Campus { root, term, course, students: all })
    });
    drop(store);
    // The first code makes it a hub, which tells all of that as soon as it is served.
    hub.told(&["sync", "code", "--json", "--name", "nobody"]);
    hub.serve();
    hub.sign_in();
    hub.settle();
    campus
}

impl Acknowledged {
    /// Adds a person; the status of the answer, and its words.
    pub fn try_person(&mut self, node: &Node, number: &str) -> Option<(u16, Value)> {
        let body = json!({"number": number, "name": format!("Person {number}")});
        let answered = node.send("POST", "/api/v1/people", &body)?;
        if answered.0 == 201 {
            self.people.push(number.to_owned());
        }
        Some(answered)
    }

    /// Adds a person.
    pub fn person(&mut self, node: &Node, number: &str) {
        let answered = self.try_person(node, number).expect("an answer");
        assert_eq!(answered.0, 201, "{number}: {}\n{}", answered.1, node.log());
    }

    /// Makes classes of all students and takes attendance in each; the ids of the classes.
    pub fn attendance(&mut self, node: &Node, campus: &Campus, names: &[String]) -> Vec<String> {
        let mut classes = Vec::new();
        for section in names {
            let class = class(node, campus, section);
            self.session(node, &class);
            classes.push(class);
        }
        classes
    }

    /// Takes attendance in a class; the session's id.
    pub fn session(&mut self, node: &Node, class: &str) -> String {
        let path = format!("/api/v1/classes/{class}/sessions");
        // Long enough that nobody closes it meanwhile.
        let open = json!({"methods": [], "duration_minutes": 1_000});
        let session = node.asked("POST", &path, &open)["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/sessions/{session}/bulk-marks");
        let marked = json!({"status": "present", "reason": "the projector fails"});
        let marked = node.asked("POST", &path, &marked);
        for person in marked["changed"].as_array().unwrap() {
            self.marks.push((session.clone(), person.as_str().unwrap().to_owned()));
        }
        session
    }

    /// Adds what was done beside the program.
    pub fn mark(&mut self, session: String, person: String) {
        self.marks.push((session, person));
    }

    /// How much it is.
    pub fn count(&self) -> usize {
        self.people.len() + self.marks.len()
    }

    /// That all of it is there.
    pub fn are_in(&self, node: &str, export: &[String]) {
        let (mut people, mut marks) = (HashSet::new(), HashSet::new());
        for line in export {
            let mut parts = line.splitn(3, ' ');
            let (kind, _, fields) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
            let text = |fields: &Value, name: &str| fields[name].as_str().unwrap_or("").to_owned();
            match (kind, serde_json::from_str::<Value>(fields)) {
                (Some("person"), Ok(fields)) => {
                    people.insert(text(&fields, "number"));
                }
                (Some("mark"), Ok(fields)) => {
                    marks.insert((text(&fields, "session"), text(&fields, "person")));
                }
                _ => {}
            }
        }
        for number in &self.people {
            assert!(people.contains(number), "{node}: {number} was acknowledged and is lost");
        }
        for mark in &self.marks {
            assert!(marks.contains(mark), "{node}: the mark {mark:?} was acknowledged and is lost");
        }
    }
}

/// Makes a class of all students; its id.
pub fn class(node: &Node, campus: &Campus, section: &str) -> String {
    let body = json!({"course": campus.course, "term": campus.term, "section": section});
    let class = node.asked("POST", "/api/v1/classes", &body)["id"].as_str().unwrap().to_owned();
    let enrolments = format!("/api/v1/classes/{class}/enrolments");
    node.asked("POST", &enrolments, &json!({"people": campus.students}));
    class
}

/// Names of so many sections.
pub fn sections(side: &str, count: u64) -> Vec<String> {
    (0..count).map(|section| format!("{side}{section}")).collect()
}
