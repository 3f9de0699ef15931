//! Finding people.

use super::{act, on_both, person};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_storage::people::{PersonRow, Search};
use muster_storage::{Error, people};
use muster_testkit::Database;
use uuid::Uuid;

fn namesakes_at_a_pages_end_are_not_skipped(database: &Database) {
    let store = database.open();
    let write = store.write(&act(1), |tx| {
        for n in 1..=5 {
            let row = PersonRow { name: "Anna Li".to_owned(), ..person(n) };
            people::insert(tx, &row, Timestamp(0))?;
        }
        Ok::<_, Error>(())
    });
    write.wait().unwrap();
    let page = |after| {
        let read = store.read(move |tx| {
            people::search(tx, &Search { text: "anna", role: None, after, limit: 2 })
        });
        read.wait().unwrap().iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let first = page(None);
    let second = page(first.last().copied());
    let third = page(second.last().copied());
    let all = (1..=5).map(|n| PersonId(Uuid::from_u128(n))).collect::<Vec<_>>();
    assert_eq!([first, second, third].concat(), all);
}

on_both!(namesakes_at_a_pages_end_are_not_skipped);
