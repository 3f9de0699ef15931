//! Made-up histories of three nodes that hear of each other now and then: whoever takes up all of
//! it, in whatever order and pieces, holds the same.

use super::applying::counts_agree;
use super::authors::{Author, exports, fresh, lines, person, take};
use super::on_both;
use muster_storage::{Store, replication};
use muster_testkit::Database;
use serde_json::json;
use uuid::Uuid;

on_both!(any_order_of_delivery_comes_to_the_same);

/// A small generator: the same seed makes the same history.
struct Rng(u64);

impl Rng {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(end).unwrap()).unwrap()
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        if all.is_empty() { None } else { all.get(self.below(all.len())) }
    }
}

/// What a node knows the ids of.
#[derive(Clone, Default)]
struct Known {
    people: Vec<Uuid>,
    courses: Vec<Uuid>,
    terms: Vec<Uuid>,
    classes: Vec<Uuid>,
    sessions: Vec<Uuid>,
    places: Vec<Uuid>,
    payments: Vec<Uuid>,
    meetings: Vec<Uuid>,
}

impl Known {
    fn hears(&mut self, other: &Self) {
        let pairs = [
            (&mut self.people, &other.people),
            (&mut self.courses, &other.courses),
            (&mut self.terms, &other.terms),
            (&mut self.classes, &other.classes),
            (&mut self.sessions, &other.sessions),
            (&mut self.places, &other.places),
            (&mut self.payments, &other.payments),
            (&mut self.meetings, &other.meetings),
        ];
        for (mine, theirs) in pairs {
            let known = mine.clone();
            mine.extend(theirs.iter().filter(|id| !known.contains(id)));
        }
    }
}

fn history(rng: &mut Rng, length: usize) -> Vec<Author> {
    let mut authors: Vec<Author> = (7..10).map(Author::new).collect();
    let mut known = vec![Known::default(); 3];
    let mut next = 1_000_u128;
    for _ in 0..length {
        let at = rng.below(3);
        if rng.below(6) == 0 {
            let other = rng.below(3);
            let (theirs, known_there) = (authors[other].clone(), known[other].clone());
            authors[at].hears(&theirs);
            known[at].hears(&known_there);
            continue;
        }
        next += 1;
        // Ids of any order among the nodes.
        let id = Uuid::from_u128(next ^ (u128::from(rng.0 & 0xffff) << 32));
        act(rng, &mut authors[at], &mut known[at], id);
    }
    authors
}

fn act(rng: &mut Rng, author: &mut Author, known: &mut Known, id: Uuid) -> Option<()> {
    let few = rng.below(3);
    match rng.below(14) {
        0 => {
            author.make("person", id, person(&format!("P{few}"), "Somebody"));
            known.people.push(id);
        }
        1 => {
            author.make("course", id, json!({"code": format!("C{few}"), "name": "Course"}));
            known.courses.push(id);
        }
        2 => {
            let name = format!("Term {}", few % 2);
            author.make("term", id, json!({"name": name, "starts_on": 1, "ends_on": 9}));
            known.terms.push(id);
        }
        3 => {
            let (course, term) = (*rng.of(&known.courses)?, *rng.of(&known.terms)?);
            author.make("class", id, json!({"course": course, "term": term, "section": "A"}));
            known.classes.push(id);
        }
        4 => {
            let (class, person) = (*rng.of(&known.classes)?, *rng.of(&known.people)?);
            author.make(
                "enrolment",
                id,
                json!({
                    "class": class, "person": person, "roll_number": few.to_string(),
                    "status": "active", "enrolled_at": 5,
                }),
            );
            known.places.push(id);
        }
        5 => {
            let (class, teacher) = (*rng.of(&known.classes)?, *rng.of(&known.people)?);
            let mut fields = super::authors::Campus::session(class, teacher);
            let opened = i64::try_from(few).unwrap() * 2_000_000_000;
            fields["opened_at"] = opened.into();
            author.make("session", id, fields);
            known.sessions.push(id);
        }
        6..=8 => {
            let (session, person) = (*rng.of(&known.sessions)?, *rng.of(&known.people)?);
            let status = ["present", "late", "absent", "excused"][rng.below(4)];
            let method = ["manual", "code", "filler"][few];
            author.mark(session, person, json!({"status": status, "method": method}));
        }
        9 => {
            let session = *rng.of(&known.sessions)?;
            author.change("session", session, json!({"closed_at": 60}));
        }
        10 => {
            let course = *rng.of(&known.courses)?;
            match few {
                0 => author.decide("course", course, json!({"archived_at": 70})),
                _ => author.change("course", course, json!({"name": format!("Course {id}")})),
            }
        }
        11 => {
            let person = *rng.of(&known.people)?;
            author.change("person", person, json!({"email": format!("a{few}@example.org")}));
        }
        12 => {
            let (person, term) = (*rng.of(&known.people)?, *rng.of(&known.terms)?);
            author.make("payment", id, json!({
                "person": person, "term": term, "amount": 5, "type": "tuition", "method": "cash",
                "receipt": format!("R{few}"), "paid_on": 3, "state": "completed",
                "recorded_at": 4,
            }));
            known.payments.push(id);
        }
        _ => {
            if let Some(meeting) = rng.of(&known.meetings).filter(|_| few == 0) {
                author.remove("meeting", *meeting);
                return Some(());
            }
            let class = *rng.of(&known.classes)?;
            author.make(
                "meeting",
                id,
                json!({
                    "class": class, "starts_at": 1, "ends_at": 2, "by_hand": true,
                }),
            );
            known.meetings.push(id);
        }
    }
    Some(())
}

/// Delivers all of it in some order, some of it twice.
fn deliver(rng: &mut Rng, to: &Store, authors: &[Author]) {
    let mut sent = vec![0; authors.len()];
    while let Some(at) = {
        let left: Vec<usize> =
            (0..authors.len()).filter(|at| sent[*at] < authors[*at].len()).collect();
        rng.of(&left).copied()
    } {
        let from = sent[at];
        let end = (from + 1 + rng.below(9)).min(authors[at].len());
        take(to, authors[at].batch(from..end));
        sent[at] = end;
        if rng.below(4) == 0 {
            take(to, authors[at].batch(from..end));
        }
    }
}

fn any_order_of_delivery_comes_to_the_same(database: &Database) {
    for seed in 1..=12_u64 {
        let mut rng = Rng(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let authors = history(&mut rng, 90);
        let (one, other) = (fresh(), fresh());
        let mut stores = vec![one, other];
        if seed == 1 {
            stores.push(database.open());
        }
        for store in &stores {
            deliver(&mut rng, store, &authors);
        }
        let first = exports(&stores[0]);
        for store in &stores[1..] {
            let second = exports(store);
            let differ = |line: &&String| !first.contains(*line);
            let only: Vec<&String> = second.iter().filter(differ).take(4).collect();
            let differ = |line: &&String| !second.contains(*line);
            let lost: Vec<&String> = first.iter().filter(differ).take(4).collect();
            assert!(only.is_empty() && lost.is_empty(), "seed {seed}: {only:#?} or {lost:#?}");
        }
        for line in lines(&stores[0]).iter().filter(|line| line.starts_with("class ")) {
            if line.contains('{') {
                let id = line.split(' ').nth(1).unwrap();
                counts_agree(&stores[0], Uuid::parse_str(id).unwrap());
            }
        }
        for store in &stores {
            assert_eq!(store.read(replication::count_pending).wait().unwrap(), 0, "seed {seed}");
        }
    }
}
