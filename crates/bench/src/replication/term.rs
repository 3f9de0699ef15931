//! A term of attendance at an edge that replicates: students mark themselves by the code, each in an
//! act of their own; who is missing is filled in at closing; a few marks are corrected by hand. So
//! the entries are those that an edge tells.

use crate::outside::now;
use anyhow::{Context, Result};
use muster_domain::ids::{ActId, MarkId, PersonId};
use muster_domain::time::{Span, Timestamp};
use muster_journal::Change;
use muster_storage::replication::tables::{self, At, Fields, New, Written, table_of};
use muster_storage::{Act, Error, Pending, Store, WriteTx, replication};
use serde_json::{Value, json};
use uuid::Uuid;

const STUDENTS: u128 = 1_000;
const CLASSES: u128 = 100;
/// Students of a class, of these who come, and whose mark is corrected.
const SEATS: u128 = 50;
const COME: u128 = 44;
const CORRECTED: u128 = 2;
/// Entries of a session: it is opened and closed, everybody is marked, some once more.
const EACH: u128 = 2 + SEATS + CORRECTED;
const DAYS: i64 = 120;
/// Transactions on their way at once.
const AT_ONCE: usize = 500;

type Done = Result<(), Error>;

/// Fills an empty store with so many entries, or a few more.
pub fn fill(edge: &Store, entries: u128) -> Result<()> {
    let began = now() - Span::days(DAYS);
    let sessions = entries.div_ceil(EACH);
    edge.write(&act(began, id("act", 0)), move |tx| frame(tx, began)).wait()?;
    let mut waiting: Vec<Pending<Done>> = Vec::new();
    for n in 0..sessions {
        let after = Span::days(DAYS).0 / i64::try_from(sessions)? * i64::try_from(n)?;
        let session = Session { n, opened: Timestamp(began.0 + after) };
        let write = |part: &str, minutes, closure: fn(Session, &mut WriteTx<'_>) -> Done| {
            let at = session.opened + Span::minutes(minutes);
            edge.write(&act(at, id(part, n)), move |tx| closure(session, tx))
        };
        waiting.push(write("open", 0, Session::open));
        for seat in 0..COME {
            let (act, at, told) = session.by_code(seat);
            waiting.push(edge.write(&act, move |tx| session.mark(tx, (at, &told))));
        }
        waiting.push(write("close", 15, Session::close));
        waiting.push(write("correct", 16, Session::correct));
        if waiting.len() >= AT_ONCE {
            waiting.drain(..).try_for_each(Pending::wait).context("filling the edge")?;
        }
    }
    waiting.into_iter().try_for_each(Pending::wait).context("filling the edge")
}

/// People and what they attend.
fn frame(tx: &mut WriteTx<'_>, at: Timestamp) -> Done {
    replication::begin(tx)?;
    // Nothing is here that is yet to be told.
    while replication::restate(tx, 100)? {}
    let day = at.0.div_euclid(Span::days(1).0);
    make(tx, "term", [("term", json!({"name": "T", "starts_on": day, "ends_on": day + DAYS}))])?;
    make(tx, "course", [("course", json!({"code": "C", "name": "Course"}))])?;
    let person = |n: u128| {
        let (number, name) = (format!("S{n:05}"), format!("Student {n}"));
        json!({"number": number, "name": name, "active": true, "created_at": at.0})
    };
    let people = (0..=STUDENTS).map(|n| (id("person", n), person(n)));
    make_all(tx, "person", &people.collect::<Vec<_>>())?;
    let (course, term) = (id("course", 0), id("term", 0));
    let class = |n: u128| json!({"course": course, "term": term, "section": n.to_string()});
    let classes = (0..CLASSES).map(|n| (id("class", n), class(n)));
    make_all(tx, "class", &classes.collect::<Vec<_>>())?;
    let places = (0..CLASSES).flat_map(|class| (0..SEATS).map(move |seat| (class, seat)));
    let places = places.map(|(class, seat)| {
        let fields = json!({
            "class": id("class", class), "person": student(class, seat).0,
            "roll_number": (seat + 1).to_string(), "status": "active", "enrolled_at": at.0,
        });
        (id("enrolment", class * SEATS + seat), fields)
    });
    make_all(tx, "enrolment", &places.collect::<Vec<_>>())
}

fn make<const N: usize>(
    tx: &mut WriteTx<'_>,
    entity: &'static str,
    records: [(&str, Value); N],
) -> Done {
    make_all(
        tx,
        entity,
        &records.into_iter().map(|(kind, told)| (id(kind, 0), told)).collect::<Vec<_>>(),
    )
}

fn make_all(tx: &mut WriteTx<'_>, entity: &'static str, records: &[(Uuid, Value)]) -> Done {
    let rows = records.iter().map(|(id, told)| (At { id: *id, topic: None }, fields(told)));
    put(tx, entity, &rows.collect::<Vec<_>>(), true)?;
    let action = match entity {
        "term" => "term.create",
        "course" => "course.create",
        "person" => "person.create",
        "class" => "class.create",
        _ => "enrolment.create",
    };
    tx.journal_many(records.iter().map(|(id, told)| Change::new(action, entity, *id).created(told)))
}

/// Stores rows as they are told.
fn put(tx: &mut WriteTx<'_>, entity: &str, rows: &[(At, Fields)], fresh: bool) -> Done {
    let version = tx.version();
    let table = rows.first().and_then(|(at, _)| table_of(entity, at.id));
    let Some(table) = table else { return Ok(()) };
    let new = rows.iter().map(|(at, fields)| {
        let written = Written { at: *at, fields, version, contested: false };
        New { written, fresh, free: false }
    });
    tables::put_many(tx, table, &new.collect::<Vec<_>>())
}

/// A session and when it was opened.
#[derive(Clone, Copy)]
struct Session {
    n: u128,
    opened: Timestamp,
}

impl Session {
    fn id(self) -> Uuid {
        id("session", self.n)
    }

    fn class(self) -> u128 {
        self.n % CLASSES
    }

    fn fields(self) -> Value {
        let (id, opened) = (self.id(), self.opened.0);
        let short: String = id.simple().to_string().chars().take(12).collect();
        json!({
            "class": self::id("class", self.class()), "mode": "in_class", "methods": "qr code manual",
            "late_from": opened + Span::minutes(10).0, "opened_by": teacher().0, "opened_at": opened,
            "ends_at": opened + Span::minutes(90).0, "step_seconds": 10, "short_id": short,
        })
    }

    fn open(self, tx: &mut WriteTx<'_>) -> Done {
        let (at, told) = (At { id: self.id(), topic: None }, self.fields());
        put(tx, "session", &[(at, fields(&told))], true)?;
        tx.journal(Change::new("session.open", "session", self.id()).created(&told))
    }

    fn mark(self, tx: &mut WriteTx<'_>, (at, row): (At, &Value)) -> Done {
        put(tx, "mark", &[(at, fields(row))], true)?;
        let mut told = row.as_object().cloned().unwrap_or_default();
        told.retain(|field, _| !["address", "device", "step"].contains(&field.as_str()));
        tx.journal(Change::new("mark.make", "mark", at.id).on(self.id()).created(&told))
    }

    /// The act of a student who comes, and the mark.
    fn by_code(self, seat: u128) -> (Act, At, Value) {
        let person = student(self.class(), seat);
        let chance = id("chance", self.n * SEATS + seat).as_u128();
        let drawn = |below: u128| i64::try_from(chance % below).unwrap_or_default();
        let seconds = i64::try_from(seat).unwrap_or_default() * 8 + drawn(8);
        let at = Timestamp(self.opened.0 + seconds * 1_000_000 + drawn(999_983));
        let row = json!({
            "person": person, "status": "present", "method": "code", "at": at, "by": null,
            "step": seconds / 10, "device": id("device", person.0.as_u128()),
            "address": address(person, at),
        });
        let act = Act { actor: Some(person), via: "web", ..act(at, Uuid::from_u128(chance)) };
        (act, self.seat(person), row)
    }

    fn seat(self, person: PersonId) -> At {
        At { id: MarkId::of(self.id().into(), person).0, topic: Some(self.id()) }
    }

    fn close(self, tx: &mut WriteTx<'_>) -> Done {
        let missing = (COME..SEATS).map(|seat| {
            let person = student(self.class(), seat);
            let told = json!({"person": person, "status": "absent", "method": "filler"});
            (self.seat(person), told)
        });
        let missing: Vec<_> = missing.collect();
        let at = self.opened + Span::minutes(15);
        let rows = missing.iter().map(|(seat, told)| {
            let mut row = fields(told);
            row.insert("at".to_owned(), at.0.into());
            (*seat, row)
        });
        put(tx, "mark", &rows.collect::<Vec<_>>(), true)?;
        tx.journal_many(missing.iter().map(|(seat, told)| {
            Change::new("mark.fill", "mark", seat.id).on(self.id()).created(told)
        }))?;
        let mut row = fields(&self.fields());
        row.insert("closed_at".to_owned(), at.0.into());
        row.insert("closed_by".to_owned(), teacher().0.to_string().into());
        put(tx, "session", &[(At { id: self.id(), topic: None }, row)], false)?;
        let after = json!({"closed_at": at, "closed_by": teacher()});
        let change = Change::new("session.close", "session", self.id());
        tx.journal(change.changed(&json!({"closed_at": null, "closed_by": null}), &after, 0))
    }

    fn correct(self, tx: &mut WriteTx<'_>) -> Done {
        let at = self.opened + Span::minutes(16);
        for seat in COME..COME + CORRECTED {
            let person = student(self.class(), seat);
            let told = |status: &str, method: &str, by: Option<PersonId>| json!({"person": person, "status": status, "method": method, "at": at, "by": by});
            let (before, after) =
                (told("absent", "filler", None), told("excused", "manual", Some(teacher())));
            put(tx, "mark", &[(self.seat(person), fields(&after))], false)?;
            let change = Change::new("mark.change", "mark", self.seat(person).id).on(self.id());
            let change = change.because(Some("A letter of the hospital"));
            tx.journal(change.changed(&before, &after, 0))?;
        }
        Ok(())
    }
}

/// Each student attends several classes.
fn student(class: u128, seat: u128) -> PersonId {
    PersonId(id("person", (class * 37 + seat * 19) % STUDENTS))
}

/// What the network gave a phone for a day.
fn address(person: PersonId, at: Timestamp) -> String {
    let day = at.0.div_euclid(Span::days(1).0);
    let [a, b, c, ..] =
        id("lease", person.0.as_u128() ^ u128::from(day.unsigned_abs())).into_bytes();
    format!("10.{}.{b}.{c}", a % 16)
}

fn teacher() -> PersonId {
    PersonId(id("person", STUDENTS))
}

/// By no pattern, as real ones are.
fn id(kind: &str, n: u128) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("bench {kind} {n}").as_bytes())
}

/// An act of the teacher's at a time, the rest of its id by chance.
fn act(at: Timestamp, chance: Uuid) -> Act {
    let millis = u128::try_from(at.0 / 1_000).unwrap_or_default();
    let drawn = chance.as_u128() & ((1 << 76) - 1);
    let id = ActId(Uuid::from_u128(millis << 80 | 0x7 << 76 | drawn));
    Act { id, at, actor: Some(teacher()), via: "web" }
}

fn fields(told: &Value) -> Fields {
    let mut fields = told.as_object().cloned().unwrap_or_default();
    fields.retain(|_, value| !value.is_null());
    fields
}
