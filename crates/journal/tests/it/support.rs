//! Entries and changes for tests.

use muster_domain::ids::{ActId, EntryId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::record::{Op, Record};
use muster_journal::{Entry, Named, Version, entry_id};
use proptest::prelude::*;
use serde_json::Value;
use uuid::Uuid;

/// An id.
pub fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// A version.
pub fn version(clock: i64, entry: u128) -> Version {
    Version { clock, entry: EntryId(id(entry)) }
}

/// A change by a node: its fields after, and the clocks of changes that it names, by field.
pub fn op(clock: i64, node: u128, values: &Value, over: &[(&str, Version)]) -> Op {
    let values = values.as_object().unwrap().clone();
    Op {
        version: version(clock, node),
        node: id(node),
        values: values.into_iter().collect(),
        over: over.iter().map(|(field, at)| ((*field).to_owned(), Named::Change(*at))).collect(),
        saw: std::collections::BTreeSet::new(),
        takes: None,
        settles: std::collections::BTreeSet::new(),
    }
}

/// A record of these changes.
pub fn record(ops: &[Op]) -> Record {
    let mut record = Record::default();
    for op in ops {
        record.add(op.clone());
    }
    record
}

/// A student's own mark, as the journal has it.
pub fn mark(number: u128, session: u128, person: u128) -> Entry {
    let at = 1_760_000_000_000_000 + i64::try_from(number).unwrap() * 73_123;
    let random = Uuid::new_v5(&Uuid::nil(), &number.to_be_bytes()).as_u128() & ((1 << 80) - 1);
    let act = ActId(id((u128::try_from(at / 1_000).unwrap() << 80) | random));
    let person = Uuid::new_v5(&Uuid::nil(), &person.to_le_bytes());
    let session = Uuid::new_v5(&Uuid::nil(), &session.to_le_bytes());
    let device = Uuid::new_v5(&person, b"device");
    Entry {
        id: entry_id(act, 0),
        act,
        at: Timestamp(at),
        clock: at + 1,
        actor: Some(PersonId(person)),
        via: "web".to_owned(),
        action: "mark.make".to_owned(),
        entity: "mark".to_owned(),
        entity_id: muster_domain::ids::MarkId::of(session.into(), person.into()).into(),
        topic: Some(session),
        before: None,
        after: Some(format!(
            r#"{{"address":"10.0.{}.7","at":{at},"by":null,"device":"{device}","method":"qr","person":"{person}","status":"present","step":{}}}"#,
            number % 200,
            number % 90,
        )),
        replaced: None,
        reason: None,
        schema: 1,
    }
}

/// Any entry at all.
pub fn entries() -> impl Strategy<Value = Entry> {
    let json = prop_oneof![
        "[a-z]{1,4}".prop_map(|word| format!(r#"{{"word":"{word}"}}"#)),
        any::<i64>().prop_map(|n| format!(r#"{{"deep":{{"n":[{n},1.5]}},"n":{n},"yes":true}}"#)),
        any::<u128>().prop_map(|n| format!(r#"{{"a":"{}","b":null,"c":false}}"#, id(n))),
        any::<(i64, u128)>().prop_map(|(c, n)| format!(r#"{{"name":"{}"}}"#, version(c, n))),
        // No object of ours: other order, blanks, something else.
        Just(r#"{"z":1,"a":2}"#.to_owned()),
        Just("[ 1 ]".to_owned()),
        "\\PC{0,9}",
    ];
    let json = proptest::option::of(json);
    let ids = (any::<u128>(), 0..1_u128 << 48, any::<u8>(), any::<bool>());
    let times = (any::<i64>(), any::<i64>());
    (ids, times, json.clone(), json.clone(), json, proptest::option::of("\\PC{0,9}")).prop_map(
        |((number, time, position, derived), (at, clock), before, after, replaced, reason)| {
            let act = ActId(id((time << 80) | (number >> 48)));
            Entry {
                id: if derived { entry_id(act, position.into()) } else { EntryId(id(number)) },
                act,
                at: Timestamp(at),
                clock,
                actor: derived.then(|| PersonId(id(number ^ 1))),
                via: "web".to_owned(),
                action: "person.change".to_owned(),
                entity: "person".to_owned(),
                entity_id: id(number ^ 2),
                topic: (!derived).then(|| id(number ^ 3)),
                before,
                after,
                replaced,
                reason,
                schema: 1,
            }
        },
    )
}
