//! Second factors: what counts once.

use super::{act, add, on_both};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_storage::{Error, Store, WriteTx, factors};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

const PERSON: PersonId = PersonId(Uuid::from_u128(1));

fn write<T: Send + 'static>(
    store: &Store,
    action: impl Fn(&mut WriteTx<'_>) -> Result<T, Error> + Send + 'static,
) -> T {
    store.write(&act(9), action).wait().unwrap()
}

fn a_step_counts_once_and_none_before_it(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let taken = write(&store, |tx| {
        assert!(factors::begin_totp(tx, PERSON, b"seed", NOON)?);
        assert!(!factors::take_step(tx, PERSON, 100)?, "not confirmed yet");
        assert!(factors::confirm_totp(tx, PERSON, NOON, 100)?);
        [100, 99, 101, 101].into_iter().map(|step| factors::take_step(tx, PERSON, step)).collect()
    });
    let taken: Vec<bool> = taken;
    assert_eq!(taken, [false, false, true, false]);
}

fn an_app_in_use_is_not_replaced_by_beginning_again(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let row = write(&store, |tx| {
        assert!(factors::begin_totp(tx, PERSON, b"first", NOON)?);
        assert!(factors::begin_totp(tx, PERSON, b"second", Timestamp(NOON.0 + 1))?);
        assert!(factors::confirm_totp(tx, PERSON, NOON, 7)?);
        assert!(!factors::begin_totp(tx, PERSON, b"third", NOON)?);
        assert!(!factors::confirm_totp(tx, PERSON, NOON, 8)?);
        factors::totp(tx, PERSON)
    });
    let row = row.unwrap();
    assert_eq!((row.seed.as_slice(), row.last_step), (b"second".as_slice(), 7));
    assert!(write(&store, |tx| factors::drop_totp(tx, PERSON)));
    assert!(!write(&store, |tx| factors::drop_totp(tx, PERSON)));
}

fn a_recovery_code_counts_once_and_new_ones_replace_it(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let spend = |digest: u8| {
        write(&store, move |tx| factors::use_recovery(tx, PERSON, &[digest; 32], NOON))
    };
    let left = || store.read(|tx| factors::recovery_left(tx, PERSON)).wait().unwrap();
    write(&store, |tx| factors::replace_recovery(tx, PERSON, &[[1; 32], [2; 32]], NOON));
    assert_eq!([spend(1), spend(1), spend(3)], [true, false, false]);
    assert_eq!(left(), 1);
    write(&store, |tx| factors::replace_recovery(tx, PERSON, &[[4; 32]], NOON));
    assert_eq!([spend(2), spend(4)], [false, true]);
    assert_eq!(left(), 0);
}

on_both!(
    a_step_counts_once_and_none_before_it,
    an_app_in_use_is_not_replaced_by_beginning_again,
    a_recovery_code_counts_once_and_new_ones_replace_it,
);
