//! Nodes of which only the entries are there: they write complete ones, knowing what they heard of,
//! and stores take them up.

#![allow(clippy::needless_pass_by_value, reason = "tests write fields where they hand them over")]

use super::act;
use muster_domain::ids::{ActId, EntryId, MarkId};
use muster_journal::kinds::{kind_of, rule_of};
use muster_journal::record::{Op, Record, Rule};
use muster_journal::sync::{Batch, Heads, Item, Sent};
use muster_journal::{Digest, Entry, GENESIS, Head, Series, link, wire};
use muster_storage::replication::{self, Taken};
use muster_storage::{Store, StoreConfig};
use muster_testkit::{NOON, sqlite};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// A node that writes.
#[derive(Clone)]
pub struct Author {
    series: Series,
    head: Head,
    clock: i64,
    known: Vec<(Entry, Uuid)>,
    log: Vec<(Sent, Digest)>,
}

impl Author {
    pub fn new(node: u128) -> Self {
        let series = Series { node: Uuid::from_u128(node << 64), incarnation: 1 };
        Self { series, head: GENESIS, clock: NOON.0, known: Vec::new(), log: Vec::new() }
    }

    /// How many entries it wrote.
    pub fn len(&self) -> usize {
        self.log.len()
    }

    /// Hears of all that another one knows.
    pub fn hears(&mut self, other: &Self) {
        self.hears_but(other, Uuid::nil());
    }

    /// As `hears`, but for one record.
    pub fn hears_but(&mut self, other: &Self, but: Uuid) {
        for (entry, node) in &other.known {
            let new = !self.known.iter().any(|(known, _)| known.id == entry.id);
            if new && entry.entity_id != but {
                self.clock = self.clock.max(entry.clock);
                self.known.push((entry.clone(), *node));
            }
        }
    }

    /// Makes a record.
    pub fn make(&mut self, entity: &str, id: Uuid, after: Value) {
        self.write(entity, "make", id, None, after, false);
    }

    /// Changes fields of it.
    pub fn change(&mut self, entity: &str, id: Uuid, after: Value) {
        self.write(entity, "change", id, None, after, false);
    }

    /// As `change`, naming all that lost, too.
    pub fn decide(&mut self, entity: &str, id: Uuid, after: Value) {
        self.write(entity, "change", id, None, after, true);
    }

    /// Removes it.
    pub fn remove(&mut self, entity: &str, id: Uuid) {
        self.write(entity, "remove", id, None, json!({}), true);
    }

    /// Marks somebody.
    pub fn mark(&mut self, session: Uuid, person: Uuid, after: Value) -> Uuid {
        let id = MarkId::of(session.into(), person.into()).0;
        let mut fields = json!({"person": person, "at": 30});
        fields.as_object_mut().unwrap().extend(after.as_object().unwrap().clone());
        self.write("mark", "make", id, Some(session), fields, true);
        id
    }

    /// Says of a record what is no change.
    pub fn broken(&mut self, entity: &str, id: Uuid) {
        self.write(entity, "change", id, None, json!([7]), false);
    }

    fn write(
        &mut self,
        entity: &str,
        word: &str,
        id: Uuid,
        topic: Option<Uuid>,
        after: Value,
        all: bool,
    ) {
        self.clock += 1;
        let seq = self.head.seq + 1;
        let entry = Entry {
            id: EntryId(Uuid::from_u128(self.series.node.as_u128() | u128::try_from(seq).unwrap())),
            act: ActId(Uuid::from_u128(self.series.node.as_u128() | 1 << 40)),
            at: NOON,
            clock: self.clock,
            actor: None,
            via: "web".to_owned(),
            action: format!("{entity}.{word}"),
            entity: entity.to_owned(),
            entity_id: id,
            topic,
            before: None,
            after: Some(after.to_string()),
            replaced: None,
            reason: None,
            schema: Entry::SCHEMA,
        };
        let written: Vec<&str> =
            after.as_object().into_iter().flatten().map(|(field, _)| field.as_str()).collect();
        let replaced = rule_of(&entry).and_then(|rule| self.names(&entry, rule, &written, all));
        let entry = Entry { replaced: replaced.map(|named| named.to_string()), ..entry };
        let head = link(self.series, self.head, &entry.digest());
        self.head = head;
        self.known.push((entry.clone(), self.series.node));
        self.log.push((Sent::new(self.series, head.seq, entry), head.hash));
    }

    /// What a change names; of a key that it claims it knows no other claim.
    fn names(&self, change: &Entry, rule: Rule, written: &[&str], all: bool) -> Option<Value> {
        let id = change.entity_id;
        let mut record = Record::default();
        for (entry, node) in self.known.iter().filter(|(entry, _)| entry.entity_id == id) {
            if let Ok(op) = Op::of(entry, *node) {
                record.add(op);
            }
        }
        let mut names = record.standing(rule).names(written, all);
        let keyed = kind_of(&change.entity)
            .is_some_and(|kind| written.iter().any(|field| kind.is_keyed_by(field)));
        names.takes = keyed.then(BTreeSet::new);
        names.replaced()
    }

    /// Some of what it wrote.
    pub fn batch(&self, part: Range<usize>) -> Batch {
        let part = self.log.get(part).unwrap_or_default();
        let items = part.iter().map(|(sent, _)| Item::Entry(Arc::new(sent.clone()))).collect();
        let ends =
            part.last().map(|(sent, hash)| (self.series, Head { seq: sent.seq, hash: *hash }));
        Batch { items, ends: ends.into_iter().collect() }
    }
}

/// A store of its own, with nothing in it.
pub fn fresh() -> Store {
    let database = Box::leak(Box::new(sqlite()));
    Store::open(&StoreConfig::new(&*database.url, Uuid::from_u128(77), NOON)).unwrap()
}

pub fn take(to: &Store, batch: Batch) -> Taken {
    static ACTS: AtomicU64 = AtomicU64::new(1);
    let number = u128::from(ACTS.fetch_add(1, Ordering::Relaxed)) + (1 << 90);
    let batch = wire::read(&wire::write(&batch)).unwrap();
    to.write(&act(number), move |tx| replication::take(tx, &batch)).wait().unwrap()
}

/// All that these wrote and the store lacks, one after the other, so many at a time.
pub fn take_all(to: &Store, authors: &[&Author], at_once: usize) {
    for author in authors {
        let heads: Heads = to.read(replication::heads).wait().unwrap();
        let from = usize::try_from(heads.of(author.series).seq).unwrap();
        for start in (from..author.len()).step_by(at_once) {
            let end = (start + at_once).min(author.len());
            let taken = take(to, author.batch(start..end));
            assert_eq!(taken.new, end - start);
        }
    }
}

pub fn lines(store: &Store) -> Vec<String> {
    let read = |tx: &mut muster_storage::ReadTx<'_>| {
        let mut all = Vec::new();
        replication::export(tx, |line| all.push(line))?;
        Ok::<_, muster_storage::Error>(all)
    };
    store.read(read).wait().unwrap()
}

/// One text of it all, a line each.
pub fn exports(store: &Store) -> BTreeSet<String> {
    lines(store).into_iter().collect()
}

pub fn person(number: &str, name: &str) -> Value {
    json!({"number": number, "name": name, "active": true, "created_at": 1})
}

/// A class with a student, a teacher and a session.
#[derive(Clone, Copy)]
pub struct Campus {
    pub student: Uuid,
    pub teacher: Uuid,
    pub course: Uuid,
    pub term: Uuid,
    pub class: Uuid,
    pub session: Uuid,
    pub mark: Uuid,
    pub payment: Uuid,
}

impl Campus {
    pub fn made_by(author: &mut Author) -> Self {
        let [student, teacher, course, term, class, session, place, payment] =
            [101, 102, 103, 104, 105, 106, 107, 108].map(Uuid::from_u128);
        author.make("person", student, person("S1", "Ada Lovelace"));
        author.make("person", teacher, person("T1", "Grace Hopper"));
        author.make("course", course, json!({"code": "CS1", "name": "Programming"}));
        author.make("term", term, json!({"name": "Spring", "starts_on": 1, "ends_on": 90}));
        author.make("class", class, json!({"course": course, "term": term, "section": "A"}));
        author.make(
            "enrolment",
            place,
            json!({
                "class": class, "person": student, "roll_number": "1", "status": "active",
                "enrolled_at": 5,
            }),
        );
        author.make("session", session, Self::session(class, teacher));
        let mark = author.mark(session, student, json!({"status": "present", "method": "code"}));
        let campus = Self { student, teacher, course, term, class, session, mark, payment };
        author.make("payment", payment, campus.payment("r-1"));
        campus
    }

    pub fn session(class: Uuid, teacher: Uuid) -> Value {
        json!({
            "class": class, "mode": "in_class", "methods": "code", "late_from": 9,
            "opened_by": teacher, "opened_at": 8, "ends_at": 50, "step_seconds": 10,
            "short_id": "0a0b0c0d0e0f",
        })
    }

    pub fn payment(&self, receipt: &str) -> Value {
        json!({
            "person": self.student, "term": self.term, "amount": 500, "type": "tuition",
            "method": "cash", "receipt": receipt, "paid_on": 3, "state": "completed",
            "recorded_at": 4,
        })
    }
}
