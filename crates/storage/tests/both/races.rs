//! Many at once.

use super::{act, add, count, on_both, person};
use muster_domain::time::Timestamp;
use muster_storage::people;
use muster_testkit::Database;

on_both!(
    one_of_fifty_writers_of_one_key_wins,
    a_burst_of_writes_is_kept_whole,
    of_two_changes_to_the_same_version_one_wins,
);

fn one_of_fifty_writers_of_one_key_wins(database: &Database) {
    let store = database.open();
    let pending: Vec<_> = (0..50)
        .map(|n| store.write(&act(n), |tx| people::insert(tx, &person(1), Timestamp(0))))
        .collect();
    let won = pending.into_iter().filter_map(|answer| answer.wait().ok());
    assert_eq!(won.count(), 1);
    assert_eq!(count(&store), 1);
}

fn a_burst_of_writes_is_kept_whole(database: &Database) {
    let store = database.open();
    let threads: Vec<_> = (0..8_u128)
        .map(|thread| {
            let store = store.clone();
            std::thread::spawn(move || (0..50).try_for_each(|n| add(&store, thread * 1000 + n)))
        })
        .collect();
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(count(&store), 400);
}

fn of_two_changes_to_the_same_version_one_wins(database: &Database) {
    let store = database.open();
    add(&store, 1).unwrap();
    let change = |n: u128| {
        store.write(&act(n), move |tx| {
            let row = people::PersonRow { version: tx.version_over(1), ..person(1) };
            people::update(tx, &row, 1)
        })
    };
    let (first, second) = (change(10), change(11));
    let won = [first.wait().unwrap(), second.wait().unwrap()];
    assert_eq!(won.into_iter().filter(|won| *won).count(), 1);
}
