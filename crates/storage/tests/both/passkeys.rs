//! Passkeys: one owner each, and a count of uses that only grows.

use super::{act, add, on_both};
use muster_domain::ids::{PasskeyId, PersonId};
use muster_storage::passkeys::{self, PasskeyRow};
use muster_storage::{Error, Store, WriteTx};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

const OWNER: PersonId = PersonId(Uuid::from_u128(1));
const OTHER: PersonId = PersonId(Uuid::from_u128(2));

fn key(n: u8, counter: i64) -> PasskeyRow {
    PasskeyRow {
        id: PasskeyId(Uuid::from_u128(n.into())),
        person: OWNER,
        credential: vec![n; 16],
        public_key: vec![9; 91],
        counter,
        name: format!("key {n}"),
        created_at: NOON,
        last_used_at: None,
    }
}

fn write<T: Send + 'static>(
    store: &Store,
    action: impl Fn(&mut WriteTx<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    store.write(&act(9), action).wait().unwrap()
}

fn open(database: &Database) -> Store {
    let store = database.open();
    add(&store, 1).unwrap();
    add(&store, 2).unwrap();
    write(&store, |tx| {
        passkeys::insert(tx, &key(1, 5))?;
        passkeys::insert(tx, &key(2, 0))
    });
    store
}

fn a_count_of_uses_only_grows_where_there_is_one(database: &Database) {
    let store = open(database);
    let uses = write(&store, |tx| {
        let uses = [(1, 5), (1, 4), (1, 6), (1, 6), (1, 0), (2, 0), (2, 0), (2, 3), (2, 0)];
        uses.into_iter()
            .map(|(n, counter)| passkeys::used(tx, key(n, 0).id, counter, NOON))
            .collect()
    });
    let uses: Vec<bool> = uses;
    assert_eq!(uses, [false, false, true, false, false, true, true, true, false]);
}

fn another_person_neither_renames_nor_removes_it(database: &Database) {
    let store = open(database);
    let id = key(1, 0).id;
    assert!(!write(&store, move |tx| passkeys::rename(tx, id, OTHER, "mine")));
    assert!(!write(&store, move |tx| passkeys::delete(tx, id, OTHER)));
    assert!(write(&store, move |tx| passkeys::rename(tx, id, OWNER, "laptop")));
    let found = store.read(|tx| passkeys::by_credential(tx, &[1; 16])).wait().unwrap().unwrap();
    assert_eq!((found.name.as_str(), found.counter), ("laptop", 5));
    assert!(write(&store, move |tx| passkeys::delete(tx, id, OWNER)));
    assert_eq!(store.read(|tx| passkeys::of_person(tx, OWNER)).wait().unwrap(), [key(2, 0)]);
}

on_both!(
    a_count_of_uses_only_grows_where_there_is_one,
    another_person_neither_renames_nor_removes_it,
);
