//! How fast a node takes up what another one wrote, in this process: a term of attendance from a
//! SQLite edge, entry by entry as the wire has them, into an empty hub.

use crate::outside::now;
use anyhow::{Context, Result};
use muster_domain::ids::{ActId, MarkId};
use muster_journal::sync::Hello;
use muster_journal::{Change, wire};
use muster_storage::replication::tables::{self, At, Fields, New, Written, table_of};
use muster_storage::replication::{self, hello};
use muster_storage::{Act, Store, StoreConfig, WriteTx};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Instant;
use uuid::Uuid;

/// Students of a class.
const STUDENTS: u128 = 50;
/// Classes.
const CLASSES: u128 = 20;
/// Entries of a transaction.
const CHUNK: i64 = 500;

/// Measures, and prints.
pub fn run(database: Option<&str>, entries: u128) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| format!("sqlite:{}", folder.path().join(name).display());
    let edge = Store::open(&StoreConfig::new(path("edge.db"), Uuid::from_u128(1), now()))?;
    let there = database.map_or_else(|| path("hub.db"), str::to_owned);
    let hub = Store::open(&StoreConfig::new(there, Uuid::from_u128(2), now()))?;
    fill(&edge, entries)?;
    let (mut taken, mut bytes, mut acts) = (0_usize, 0_usize, 1_u128 << 80);
    let (mut reading, mut writing) = (0.0, 0.0);
    loop {
        let known: Hello = hub.read(|tx| hello(tx, &BTreeSet::new())).wait()?;
        let began = Instant::now();
        let offer = edge.read(move |tx| replication::offer(tx, &known, CHUNK)).wait()?;
        let sent = wire::write(&offer.batch);
        reading += began.elapsed().as_secs_f64();
        let began = Instant::now();
        let batch = wire::read(&sent)?;
        acts += 1;
        let new = hub.write(&act(acts), move |tx| replication::take(tx, &batch)).wait()?.new;
        writing += began.elapsed().as_secs_f64();
        if new == 0 {
            break;
        }
        (taken, bytes) = (taken + new, bytes + sent.len());
    }
    let waiting = hub.read(replication::count_pending).wait()?;
    let rate = taken as f64 / writing.max(f64::EPSILON);
    println!("entries taken up      {taken}, {waiting} records wait");
    println!("offered               {:.0}/s", taken as f64 / reading.max(f64::EPSILON));
    println!("taken up              {rate:.0}/s");
    println!("on the wire           {:.1} bytes each", bytes as f64 / taken.max(1) as f64);
    Ok(())
}

fn act(n: u128) -> Act {
    Act { id: ActId(Uuid::from_u128(n)), at: now(), actor: None, via: "cli" }
}

/// A record's row, and the entry that tells it.
fn put(
    tx: &mut WriteTx<'_>,
    records: &[(&'static str, &'static str, Uuid, Value)],
) -> Result<(), muster_storage::Error> {
    let mut changes = Vec::new();
    for (entity, action, id, told) in records {
        let mut fields: Fields = told.as_object().cloned().unwrap_or_default();
        let session = fields.remove("session").filter(|_| *entity == "mark");
        let topic = session.and_then(|session| Uuid::try_parse(session.as_str()?).ok());
        let change = Change::new(action, entity, *id).created(&fields);
        changes.push(match topic {
            Some(topic) => change.on(topic),
            None => change,
        });
        let Some(table) = table_of(entity, *id) else { continue };
        let at = At { id: *id, topic };
        let written = Written { at, fields: &fields, version: 1, contested: false };
        tables::put_many(tx, table, &[New { written, fresh: true }])?;
    }
    tx.journal_many(changes)
}

fn fill(edge: &Store, entries: u128) -> Result<()> {
    let id = |kind: u128, n: u128| Uuid::from_u128(kind << 64 | n);
    edge.write(&act(1), move |tx| {
        let mut all = vec![
            ("term", "term.create", id(1, 1), json!({"name": "T", "starts_on": 1, "ends_on": 9})),
            ("course", "course.create", id(2, 1), json!({"code": "C", "name": "Course"})),
        ];
        for n in 0..STUDENTS * CLASSES {
            let (number, name) = (format!("S{n}"), format!("Student {n}"));
            let fields = json!({"number": number, "name": name, "active": true, "created_at": 1});
            all.push(("person", "person.create", id(3, n), fields));
        }
        for n in 0..CLASSES {
            let section = n.to_string();
            let fields = json!({"course": id(2, 1), "term": id(1, 1), "section": section});
            all.push(("class", "class.create", id(4, n), fields));
        }
        put(tx, &all)
    })
    .wait()?;
    for n in 0..entries / (STUDENTS + 2) {
        edge.write(&act(1 << 40 | n), move |tx| {
            let (session, class) = (id(5, n), n % CLASSES);
            let opened = i64::try_from(n).unwrap_or_default() * 3_600_000_000;
            let mut all = vec![("session", "session.open", session, json!({
                "class": id(4, class), "mode": "in_class", "methods": "code", "late_from": opened,
                "opened_by": id(3, 0), "opened_at": opened, "ends_at": opened + 1,
                "step_seconds": 10, "short_id": "0a0b0c0d0e0f",
            }))];
            for seat in 0..STUDENTS {
                let person = id(3, class * STUDENTS + seat);
                let mark = MarkId::of(session.into(), person.into()).0;
                all.push(("mark", "mark.make", mark, json!({
                    "session": session, "person": person, "status": "present",
                    "method": "code", "at": opened, "step": 7, "device": id(6, seat),
                    "address": "10.1.2.3",
                })));
            }
            let closed = json!({"closed_at": opened + 1});
            put(tx, &all)?;
            let change = Change::new("session.close", "session", session);
            tx.journal(change.changed(&json!({"closed_at": null}), &closed, 0))
        })
        .wait()
        .context("filling the edge")?;
    }
    Ok(())
}
