//! Closures, refusals, panics, and statements.

use super::{act, add, count, on_both, person};
use muster_domain::time::Timestamp;
use muster_storage::{Error, people, statements};
use muster_testkit::Database;

on_both!(
    every_statement_can_be_prepared,
    a_refused_closure_leaves_nothing_and_harms_nobody,
    a_panicking_closure_is_answered_and_the_others_are_kept,
    a_taken_key_is_a_conflict,
    text_with_a_nul_is_refused,
    a_swallowed_failure_is_no_success,
    what_was_written_is_there_after_opening_again,
);

fn every_statement_can_be_prepared(database: &Database) {
    database.open().prepare(statements()).wait().unwrap();
}

fn a_refused_closure_leaves_nothing_and_harms_nobody(database: &Database) {
    let store = database.open();
    let refused = store.write(&act(1), |tx| {
        people::insert(tx, &person(1), Timestamp(0))?;
        Err::<(), _>(Error::Database("refused".to_owned()))
    });
    let kept = add(&store, 2);
    assert_eq!(refused.wait(), Err(Error::Database("refused".to_owned())));
    assert_eq!((kept, count(&store)), (Ok(()), 1));
}

fn a_panicking_closure_is_answered_and_the_others_are_kept(database: &Database) {
    let store = database.open();
    let panicked = store.write(&act(1), |tx| {
        people::insert(tx, &person(1), Timestamp(0))?;
        assert!(tx.version() < 0, "planned by the test");
        Ok::<(), Error>(())
    });
    let kept = add(&store, 2);
    assert_eq!(panicked.wait(), Err(Error::Panicked));
    assert_eq!((kept, count(&store)), (Ok(()), 1));
}

fn a_taken_key_is_a_conflict(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    assert!(matches!(add(&store, 1), Err(Error::Conflict(_))));
}

fn text_with_a_nul_is_refused(database: &Database) {
    let store = database.open();
    let refused = store.write(&act(1), |tx| {
        let row = people::PersonRow { name: "a\0b".to_owned(), ..person(1) };
        people::insert(tx, &row, Timestamp(0))
    });
    assert_eq!(refused.wait(), Err(Error::Nul));
}

fn a_swallowed_failure_is_no_success(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let swallowed = store.write(&act(9), |tx| {
        people::insert(tx, &person(2), Timestamp(0))?;
        let _ = people::insert(tx, &person(1), Timestamp(0));
        Ok::<(), Error>(())
    });
    assert!(matches!(swallowed.wait(), Err(Error::Conflict(_))));
    assert_eq!(count(&store), 1);
}

fn what_was_written_is_there_after_opening_again(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    drop(store);
    assert_eq!(count(&database.open()), 1);
}
