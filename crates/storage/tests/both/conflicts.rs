//! What two nodes broke while apart, as lists: changes that lost, values given away twice, records
//! that became one.

use super::authors::{Author, Campus, take_all};
use super::{act, add, on_both, person};
use muster_storage::conflicts::{self, ConflictRow, Wanted};
use muster_storage::people::PersonRow;
use muster_storage::{Statement, Store, args, called, contested, people};
use muster_testkit::{Database, NOON};
use serde_json::json;
use uuid::Uuid;

on_both!(
    what_lost_is_listed_until_it_is_none_any_more,
    what_was_settled_by_somebody_stays_as_it_was_settled,
    whoever_has_to_give_a_value_up_is_listed_with_who_keeps_it,
    records_that_became_one_are_listed,
    records_are_called_by_what_people_call_them,
);

const fn same(sql: &'static str) -> Statement {
    Statement { name: "TEST", sqlite: sql, postgres: sql }
}

static CONTEST: Statement = same("update people set contested = 1 where id = ?1");
static LEAD: Statement = same("insert into redirects (entity, record, stands) values (?1, ?2, ?3)");

/// Two nodes that wrote two fields of a course while apart, and what the store heard of it.
fn apart(store: &Store) -> (Author, Author, Campus) {
    let (mut one, mut other) = (Author::new(7), Author::new(8));
    let campus = Campus::made_by(&mut one);
    other.hears(&one);
    one.change("course", campus.course, json!({"name": "Coding", "credits": 3}));
    other.change("course", campus.course, json!({"name": "Computing", "credits": 4}));
    take_all(store, &[&one, &other], 20);
    (one, other, campus)
}

fn list(store: &Store, settled: Option<bool>) -> Vec<ConflictRow> {
    let wanted = Wanted { entity: None, settled };
    store.read(move |tx| conflicts::list(tx, &wanted, (None, 10))).wait().unwrap()
}

fn what_lost_is_listed_until_it_is_none_any_more(database: &Database) {
    let store = database.open();
    let (mut one, other, campus) = apart(&store);
    assert_eq!((list(&store, Some(false)).len(), list(&store, Some(true)).len()), (2, 0));
    assert_eq!(store.read(conflicts::open).wait().unwrap(), 2);
    let second = store
        .read(|tx| {
            let wanted = Wanted { entity: Some("course".to_owned()), settled: None };
            let first = conflicts::list(tx, &wanted, (None, 1))?;
            conflicts::list(tx, &wanted, (first.last(), 9))
        })
        .wait()
        .unwrap();
    assert_eq!(second.len(), 1);
    // Whoever knows of both decides one of the two.
    one.hears(&other);
    one.change("course", campus.course, json!({"name": "Coding"}));
    take_all(&store, &[&one], 20);
    let gone = list(&store, Some(true));
    let [gone] = &gone[..] else { panic!("one is none any more") };
    assert_eq!((gone.field.as_str(), gone.outcome.as_deref()), ("name", Some("elsewhere")));
    assert_eq!(store.read(conflicts::open).wait().unwrap(), 1);
}

fn what_was_settled_by_somebody_stays_as_it_was_settled(database: &Database) {
    let store = database.open();
    let (mut one, other, campus) = apart(&store);
    add(&store, 7).unwrap();
    let row = list(&store, None).remove(0);
    let settle = |n: u128| {
        let (row, who) = (row.clone(), person(7).id);
        let write = store.write(&act(n), move |tx| {
            conflicts::settle(tx, &row, (NOON, who), ("kept", Some("so")))
        });
        write.wait().unwrap()
    };
    assert_eq!((settle(51), settle(52)), (true, false));
    one.hears(&other);
    one.decide("course", campus.course, json!({"name": "Coding", "credits": 3}));
    take_all(&store, &[&one], 20);
    let rows = list(&store, Some(true));
    let row = rows.iter().find(|settled| settled.key() == row.key()).unwrap();
    assert_eq!((row.outcome.as_deref(), row.reason.as_deref()), (Some("kept"), Some("so")));
    assert_eq!(row.settled_by_name.as_deref(), Some("Person 7"));
}

fn whoever_has_to_give_a_value_up_is_listed_with_who_keeps_it(database: &Database) {
    let store = database.open();
    let with = |n: u128, email: &str| PersonRow { email: Some(email.to_owned()), ..person(n) };
    let write = store.write(&act(1), move |tx| {
        people::insert(tx, &with(1, "a@b.example"), NOON)?;
        people::insert(tx, &with(2, "c@b.example"), NOON)?;
        tx.execute(&CONTEST, args![Uuid::from_u128(2)])?;
        people::update(tx, &PersonRow { version: 2, ..with(2, "A@b.example") }, 1)?;
        Ok::<_, muster_storage::Error>(())
    });
    write.wait().unwrap();
    let rows = store.read(|tx| contested::list(tx, 9)).wait().unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    let row = &rows[0];
    assert_eq!((row.field.as_str(), row.value.as_str()), ("email", "A@b.example"));
    assert_eq!((row.record, row.holder), (Uuid::from_u128(2), Some(Uuid::from_u128(1))));
}

fn records_that_became_one_are_listed(database: &Database) {
    let store = database.open();
    let write = store.write(&act(1), |tx| {
        tx.execute(&LEAD, args!["person", Uuid::from_u128(9), Uuid::from_u128(3)])
    });
    write.wait().unwrap();
    let rows = store.read(|tx| conflicts::redirects(tx, (None, 9))).wait().unwrap();
    assert_eq!((rows[0].record, rows[0].stands), (Uuid::from_u128(9), Uuid::from_u128(3)));
    let rest = store.read(move |tx| conflicts::redirects(tx, (rows.last(), 9))).wait().unwrap();
    assert!(rest.is_empty());
}

fn records_are_called_by_what_people_call_them(database: &Database) {
    let store = database.open();
    add(&store, 4).unwrap();
    let ids = [Uuid::from_u128(4), Uuid::from_u128(5)];
    let names = store.read(move |tx| called::called(tx, &ids)).wait().unwrap();
    let row = &names[&ids[0]];
    assert_eq!((row.kind.as_str(), row.name.as_str()), ("person", "Person 4"));
    assert_eq!((row.detail.as_deref(), names.len()), (Some("N4"), 1));
}
