//! Whose phone a phone is.

use super::taught::{SESSION, mark, taught, who};
use super::{act, on_both};
use muster_domain::attendance::Status;
use muster_domain::ids::DeviceId;
use muster_storage::devices::{self, BindingRow};
use muster_storage::sessions::{self, MarkRow};
use muster_storage::{Error, Store};
use muster_testkit::{Database, NOON};
use std::collections::BTreeSet;
use uuid::Uuid;

fn phone(n: u128) -> DeviceId {
    DeviceId(Uuid::from_u128(n))
}

fn bound(device: u128, person: u128) -> BindingRow {
    BindingRow { device: phone(device), person: who(person), bound_at: NOON }
}

fn bind(store: &Store, n: u128, rows: Vec<BindingRow>) -> Result<(), Error> {
    store.write(&act(n), move |tx| devices::insert(tx, &rows)).wait()
}

fn several_devices_are_bound_and_asked_for_at_once(database: &Database) {
    let store = database.open();
    taught(&store);
    bind(&store, 1, vec![bound(1, 2), bound(2, 3)]).unwrap();
    let read = store.read(|tx| devices::bindings(tx, &[phone(1), phone(9), phone(2)]));
    let mut found = read.wait().unwrap();
    found.sort_by_key(|row| row.device);
    assert_eq!(found, [bound(1, 2), bound(2, 3)]);
}

fn a_device_never_changes_hands_unnoticed(database: &Database) {
    let store = database.open();
    taught(&store);
    bind(&store, 1, vec![bound(1, 2)]).unwrap();
    assert!(bind(&store, 2, vec![bound(1, 3)]).is_err());
    let found = store.read(|tx| devices::bindings(tx, &[phone(1)])).wait().unwrap();
    assert_eq!(found, [bound(1, 2)]);
}

fn a_device_is_freed_for_its_student_alone(database: &Database) {
    let store = database.open();
    taught(&store);
    bind(&store, 1, vec![bound(1, 2)]).unwrap();
    let free =
        |n, person| store.write(&act(n), move |tx| devices::delete(tx, phone(1), who(person)));
    assert!(!free(2, 3).wait().unwrap());
    assert!(free(3, 2).wait().unwrap());
    assert_eq!(store.read(|tx| devices::of_person(tx, who(2))).wait().unwrap(), []);
}

fn a_session_knows_its_devices_and_those_of_its_students(database: &Database) {
    let store = database.open();
    taught(&store);
    // 2 marked with the phone of 3, who has no mark here; 4 has a mark and a phone elsewhere.
    bind(&store, 1, vec![bound(1, 3), bound(2, 4), bound(3, 5)]).unwrap();
    let write = store.write(&act(2), |tx| {
        let borrowed = MarkRow { device: Some(phone(1)), ..mark(2, Status::Present) };
        sessions::insert_marks(tx, &[&borrowed, &mark(4, Status::Late)])
    });
    write.wait().unwrap();
    let found = store.read(|tx| devices::of_session(tx, SESSION)).wait().unwrap();
    let found: BTreeSet<_> = found.into_iter().map(|row| row.device).collect();
    assert_eq!(found, BTreeSet::from([phone(1), phone(2)]));
}

on_both!(
    several_devices_are_bound_and_asked_for_at_once,
    a_device_never_changes_hands_unnoticed,
    a_device_is_freed_for_its_student_alone,
    a_session_knows_its_devices_and_those_of_its_students,
);
