//! Records as fields of entries: written and read alike on both databases.

use super::{act, on_both};
use muster_domain::ids::MarkId;
use muster_storage::replication::tables::{
    self, At, Column, Fields, Source, Table, Type, Written, table_of,
};
use muster_storage::{Error, Store};
use muster_testkit::{Database, sqlite};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

on_both!(
    a_record_comes_back_as_it_was_written,
    a_record_is_replaced_and_removed_with_all_that_is_its,
    what_a_record_lacks_is_named,
    a_walk_comes_to_every_record_once,
);

const PERSON: Uuid = Uuid::from_u128(1);
const COURSE: Uuid = Uuid::from_u128(2);
const TERM: Uuid = Uuid::from_u128(3);
const CLASS: Uuid = Uuid::from_u128(4);
const SESSION: Uuid = Uuid::from_u128(5);

fn at(id: Uuid) -> At {
    At { id, topic: None }
}

fn mark() -> At {
    At { id: MarkId::of(SESSION.into(), PERSON.into()).0, topic: Some(SESSION) }
}

fn table(entity: &str, id: Uuid) -> &'static Table {
    table_of(entity, id).unwrap()
}

fn setting() -> At {
    at(Uuid::new_v5(&muster_domain::ids::NAMESPACE, b"institution"))
}

fn records() -> Vec<(&'static str, At, Value)> {
    vec![
        (
            "person",
            at(PERSON),
            json!({
                "number": "É7", "username": "eda", "name": "Éda", "active": true, "created_at": 5,
                "enrolment_number": "X9", "year": 2, "leaderboard_since": 7,
                "studied": [{"starts_on": 3, "year": 1}, {"starts_on": 9, "year": 2}],
                "notice_channels": ["marks", "results"],
            }),
        ),
        ("course", at(COURSE), json!({"code": "CS1", "name": "Computing", "credits": 5})),
        (
            "term",
            at(TERM),
            json!({
                "name": "Spring", "starts_on": 1, "ends_on": 90, "locked_at": 8, "lock_reason": "Done",
            }),
        ),
        (
            "class",
            at(CLASS),
            json!({
                "course": COURSE, "term": TERM, "section": "A", "latitude_e6": 5, "longitude_e6": -7,
            }),
        ),
        (
            "session",
            at(SESSION),
            json!({
                "class": CLASS, "mode": "in_person", "methods": "code", "late_from": 9,
                "opened_by": PERSON, "opened_at": 8, "ends_at": 10, "step_seconds": 10,
                "short_id": "0a0b0c0d0e0f",
            }),
        ),
        (
            "mark",
            mark(),
            json!({
                "person": PERSON, "status": "present", "method": "code", "by": PERSON, "at": 9,
                "step": 4, "device": SESSION, "address": "10.0.0.1", "metres": 12,
            }),
        ),
        (
            "setting",
            setting(),
            json!({
                "name": "institution", "value": "\"Muster\"", "changed_at": 4,
            }),
        ),
    ]
}

fn fields(value: &Value) -> Fields {
    value.as_object().unwrap().clone()
}

fn fill(store: &Store) {
    let write = store.write(&act(1), |tx| {
        for (entity, at, value) in records() {
            let table = table(entity, at.id);
            assert_eq!(tables::lacking(table, at, &fields(&value)), Vec::<&str>::new());
            let fields = fields(&value);
            tables::put(tx, table, &Written { at, fields: &fields, version: 3, contested: false })?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
}

fn read(store: &Store, entity: &'static str, at: At) -> Option<Fields> {
    let table = table(entity, at.id);
    store.read(move |tx| tables::rows(tx, table, &[at])).wait().unwrap().remove(&at.id)
}

fn a_record_comes_back_as_it_was_written(database: &Database) {
    let store = database.open();
    fill(&store);
    for (entity, at, value) in records() {
        assert_eq!(read(&store, entity, at).map(Value::Object), Some(value), "{entity}");
    }
    let number = store.read(|tx| muster_storage::people::by_identifier(tx, "é7")).wait().unwrap();
    assert_eq!(number.map(|row| row.id.0), Some(PERSON));
}

fn a_record_is_replaced_and_removed_with_all_that_is_its(database: &Database) {
    let store = database.open();
    fill(&store);
    let other = json!({
        "number": "7", "name": "Ida", "active": false, "created_at": 5,
        "studied": [{"starts_on": 4, "year": 3}],
    });
    let wanted = fields(&other);
    let write = store.write(&act(2), move |tx| {
        let table = table("person", PERSON);
        let written = Written { at: at(PERSON), fields: &wanted, version: 4, contested: true };
        tables::put(tx, table, &written)
    });
    write.wait().unwrap();
    assert_eq!(read(&store, "person", at(PERSON)).map(Value::Object), Some(other));
    let write = store.write(&act(3), |tx| {
        for (entity, at, value) in records().into_iter().rev() {
            tables::remove(tx, table(entity, at.id), at, &fields(&value))?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
    for (entity, at, _) in records() {
        assert_eq!(read(&store, entity, at), None, "{entity}");
    }
}

fn what_a_record_lacks_is_named(database: &Database) {
    drop(database.open());
    let some = fields(&json!({"person": PERSON, "status": "present", "at": "late", "metres": 3}));
    let lacking = tables::lacking(table("mark", mark().id), at(mark().id), &some);
    assert_eq!(lacking, ["method", "at", "session"]);
}

fn a_walk_comes_to_every_record_once(database: &Database) {
    let store = database.open();
    fill(&store);
    for n in 10..15 {
        let value = fields(&json!({"code": format!("C{n}"), "name": "More"}));
        let write = store.write(&act(n), move |tx| {
            let at = at(Uuid::from_u128(n));
            let written = Written { at, fields: &value, version: 3, contested: false };
            tables::put(tx, table("course", at.id), &written)
        });
        write.wait().unwrap();
    }
    let walk = |entity: &'static str, limit| {
        let (mut after, mut found) = (Some(Uuid::nil()), Vec::new());
        while let Some(from) = after {
            let table = table(entity, Uuid::nil());
            let read = store.read(move |tx| tables::walk(tx, table, from, limit));
            let (more, last) = read.wait().unwrap();
            found.extend(more);
            after = last;
        }
        found
    };
    let courses: Vec<_> = walk("course", 2).into_iter().map(|at| at.id.as_u128()).collect();
    assert_eq!(courses, [2, 10, 11, 12, 13, 14]);
    assert_eq!(walk("mark", 1), [mark()]);
    assert_eq!(walk("setting", 1), [setting()]);
}

#[test]
fn every_kind_that_joins_has_a_table() {
    use muster_journal::kinds::{Join, KINDS};
    let joins = KINDS.iter().filter(|kind| matches!(kind.join, Join::Record(_)));
    let joins: BTreeSet<&str> = joins.map(|kind| kind.entity).collect();
    let have: BTreeSet<&str> = tables::ALL.iter().map(|table| table.entity).collect();
    assert_eq!(joins, have);
}

/// A column as the database has it: type, whether it may be empty, the table it refers to.
type Known = (String, bool, Option<String>);

#[test]
fn tables_know_every_column() {
    let database = sqlite();
    drop(database.open());
    let path = database.url.trim_start_matches("sqlite:");
    let connection = rusqlite::Connection::open(path).unwrap();
    let known = |table: &str| -> BTreeMap<String, Known> {
        let mut statement = connection
            .prepare(
                "select t.name, t.type, t.\"notnull\" = 0 and t.pk = 0, f.\"table\"
                from pragma_table_info(?1) t
                left join pragma_foreign_key_list(?1) f on f.\"from\" = t.name",
            )
            .unwrap();
        let rows = statement
            .query_map([table], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))));
        rows.unwrap().map(Result::unwrap).collect()
    };
    let name_of = |entity: &str| {
        let table = tables::ALL.iter().find(|table| table.entity == entity);
        table.map_or("attachments", |table| table.name).to_owned()
    };
    for table in tables::ALL {
        let main = (table.name, "id", table.columns);
        let sides = table.sides.iter().map(|side| (side.name, side.of, side.columns));
        let lists = table.lists.iter().map(|list| (list.name, list.of, list.columns));
        for (name, key, columns) in [main].into_iter().chain(sides).chain(lists) {
            let mut left = known(name);
            for column in columns {
                let Column { holds, optional, refers, bound, .. } = *column;
                let (has, empty, to) = left
                    .remove(column.name)
                    .unwrap_or_else(|| panic!("{name}.{} is no column", column.name));
                let wanted = match holds {
                    Type::Id | Type::Bytes => "BLOB",
                    Type::Int | Type::Bool => "INTEGER",
                    Type::Text => "TEXT",
                };
                assert_eq!(has.to_uppercase(), wanted, "{name}.{}", column.name);
                assert_eq!(empty, optional, "whether {name}.{} is optional", column.name);
                let referred = refers.filter(|_| bound).map(name_of);
                assert_eq!(to, referred, "what {name}.{} refers to", column.name);
                let folded = column.name.ends_with("_folded") && column.field().is_some();
                assert!(!folded || column.name == "username_folded", "{name}.{}", column.name);
                let fetched = column.source == Source::Elsewhere;
                assert!(!fetched || holds == Type::Bytes, "{name}.{}", column.name);
            }
            let left: Vec<_> = left.into_keys().filter(|left| left != key).collect();
            let mark = name == "mark_distances" && left == ["person"];
            assert!(left.is_empty() || mark, "{name} has columns that are not told: {left:?}");
        }
        // A row beside the record may repeat to whom it belongs, and nothing else.
        let belongs = |column: &&Column| {
            let same = |own: &Column| (own.field(), own.refers) == (column.field(), column.refers);
            column.refers.is_some() && table.columns.iter().any(same)
        };
        let sides = table.sides.iter().flat_map(|side| side.columns);
        let repeated = sides.filter(belongs).filter(|column| column.field().is_some()).count();
        let fields: Vec<_> = table.fields().collect();
        let once: BTreeSet<_> = fields.iter().collect();
        assert_eq!(once.len() + repeated, fields.len(), "{} tells a field twice", table.entity);
    }
}
