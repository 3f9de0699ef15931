//! The chain: in the order of the commits, one for all processes, and what breaks it.

use super::journal::{numbered, tamper};
use super::{act, add, on_both};
use muster_domain::time::Timestamp;
use muster_journal::{Break, Change};
use muster_storage::journal::{self, JournalRow, verify};
use muster_storage::{Act, Error, Store, StoreConfig};
use muster_testkit::{Database, NOON};
use serde_json::json;
use std::time::{Duration, Instant};
use uuid::Uuid;

on_both!(
    what_an_entry_says_can_not_be_altered,
    swapped_entries_are_found,
    a_write_that_followed_another_has_the_later_number,
    two_stores_that_write_at_once_make_one_series_and_hear_of_it,
    the_clock_goes_on_though_the_wall_clock_was_set_back,
    a_version_is_later_than_the_one_it_replaces,
    many_changes_are_recorded_like_one_by_one,
    no_changes_at_all_are_fine,
    the_head_is_the_last_link,
    a_new_database_opened_by_several_at_once_has_one_node,
);

/// A change of a field of record `n`, on topic 77 if `n` is even.
fn change(n: u128) -> Change {
    let change = Change::new("person.change", "person", Uuid::from_u128(n));
    let change = change.changed(&json!({"name": "Ada"}), &json!({"name": format!("N{n}")}), 7);
    if n.is_multiple_of(2) { change.on(Uuid::from_u128(77)) } else { change }
}

/// Records `change(n)` alone.
fn record(store: &Store, n: u128, at: Timestamp) {
    let act = Act { at, ..act(n << 64) };
    store.write(&act, move |tx| tx.journal(change(n))).wait().unwrap();
}

fn entries(store: &Store) -> Vec<JournalRow> {
    store.read(|tx| journal::since(tx, 0, 10_000)).wait().unwrap()
}

fn records(entries: &[JournalRow]) -> Vec<u128> {
    entries.iter().map(|entry| entry.entity_id.as_u128()).collect()
}

fn what_an_entry_says_can_not_be_altered(database: &Database) {
    let store = database.open();
    (1..=4).for_each(|n| record(&store, n, NOON));
    assert_eq!(numbered(&store, 4).broken, None);
    let entry = "where id = (select entry from journal_order where seq = 3)";
    // What stands there now, and something else.
    let columns = [
        ("at", "at", "at + 1"),
        ("clock", "clock", "clock + 1"),
        ("via", "'cli'", "'web'"),
        ("action", "'person.change'", "'person.forge'"),
        ("before", "'{\"name\":\"Ada\"}'", "'{\"name\":\"Eve\"}'"),
        ("after", "'{\"name\":\"N3\"}'", "'{\"name\":\"N4\"}'"),
        ("replaced", "'{\"name\":7}'", "'{\"name\":8}'"),
        ("reason", "null", "'none'"),
        ("schema", "schema", "schema + 1"),
    ];
    for (column, old, new) in columns {
        tamper(database, &format!("update journal set {column} = {new} {entry}"));
        let (broken, id) = verify(&store, |_| {}).unwrap().broken.unwrap();
        assert_eq!(broken, Break::Altered(3), "{column}");
        assert_eq!(broken.to_string(), "entry 3 was altered");
        assert_eq!(id, entries(&store).get(2).map(|entry| entry.id));
        let old = if old == column { format!("{column} - 1") } else { old.to_owned() };
        tamper(database, &format!("update journal set {column} = {old} {entry}"));
        assert!(verify(&store, |_| {}).unwrap().holds(), "{column}");
    }
}

fn swapped_entries_are_found(database: &Database) {
    let store = database.open();
    (1..=5).for_each(|n| record(&store, n, NOON));
    assert_eq!(numbered(&store, 5).broken, None);
    tamper(
        database,
        "update journal_order set seq = -2 where seq = 2;
         update journal_order set seq = 2 where seq = 3;
         update journal_order set seq = 3 where seq = -2",
    );
    let report = verify(&store, |_| {}).unwrap();
    assert_eq!(report.broken.map(|(broken, _)| broken), Some(Break::WrongLink(2)));
    assert_eq!(report.head.seq, 1);
}

fn a_write_that_followed_another_has_the_later_number(database: &Database) {
    let (first, second) = (database.open(), database.open());
    let tomorrow = Timestamp(NOON.0 + 86_400_000_000);
    // One process lives a day ahead of the other.
    for n in 1..=40 {
        let (store, at) = if n % 2 == 0 { (&first, tomorrow) } else { (&second, NOON) };
        record(store, n, at);
    }
    assert_eq!(numbered(&first, 40).broken, None);
    assert_eq!(records(&entries(&first)), (1..=40).collect::<Vec<_>>());
}

fn two_stores_that_write_at_once_make_one_series_and_hear_of_it(database: &Database) {
    let stores = [database.open(), database.open()];
    let feeds = stores.each_ref().map(Store::feed);
    std::thread::scope(|scope| {
        for (store, base) in stores.iter().zip([1000_u128, 2000]) {
            scope.spawn(move || (0..60).for_each(|n| record(store, base + n, NOON)));
        }
    });
    for store in &stores {
        let report = numbered(store, 120);
        assert_eq!((report.broken, report.head.seq, report.unnumbered), (None, 120, 0));
    }
    if database.url.starts_with("sqlite:") {
        // A file is served by one process; another one is a command that ends soon.
        return;
    }
    let deadline = Instant::now() + Duration::from_secs(20);
    while feeds.iter().any(|feed| *feed.borrow() < 120) {
        assert!(Instant::now() < deadline, "somebody was not told");
        std::thread::yield_now();
    }
}

fn the_clock_goes_on_though_the_wall_clock_was_set_back(database: &Database) {
    let store = database.open();
    record(&store, 1, NOON);
    drop(store);
    let store = database.open();
    record(&store, 2, Timestamp(NOON.0 - 86_400_000_000));
    record(&store, 3, Timestamp(0));
    assert_eq!(numbered(&store, 3).broken, None);
    let clocks: Vec<_> = entries(&store).iter().map(|entry| entry.clock).collect();
    assert_eq!(clocks, [NOON.0 + 1, NOON.0 + 2, NOON.0 + 3]);
}

fn a_version_is_later_than_the_one_it_replaces(database: &Database) {
    let store = database.open();
    let far = NOON.0 * 2;
    let over = store.write(&act(1), move |tx| {
        tx.journal(change(1))?;
        tx.journal(change(2).changed(&json!({"a": 1}), &json!({"a": 2}), far))
    });
    over.wait().unwrap();
    assert_eq!(numbered(&store, 2).broken, None);
    let clocks: Vec<_> = entries(&store).iter().map(|entry| entry.clock).collect();
    assert_eq!(clocks, [NOON.0 + 1, far + 1]);
}

fn many_changes_are_recorded_like_one_by_one(database: &Database) {
    let store = database.open();
    let many = store.write(&act(1 << 64), |tx| {
        tx.journal(change(0))?;
        tx.journal_many((1..=600).map(change))?;
        tx.journal(change(601))
    });
    many.wait().unwrap();
    let report = numbered(&store, 602);
    assert_eq!((report.broken, report.head.seq), (None, 602));
    assert_eq!(records(&entries(&store)), (0..=601).collect::<Vec<_>>());
}

fn no_changes_at_all_are_fine(database: &Database) {
    let store = database.open();
    store.write(&act(1), |tx| tx.journal_many([])).wait().unwrap();
    assert_eq!(numbered(&store, 0).head.seq, 0);
}

fn the_head_is_the_last_link(database: &Database) {
    let store = database.open();
    let heads = || store.read(journal::heads).wait().unwrap();
    assert!(heads().is_empty());
    (1..=3).for_each(|n| record(&store, n, NOON));
    let report = numbered(&store, 3);
    let found: Vec<_> = heads().into_iter().map(|head| (head.seq, head.hash)).collect();
    assert_eq!(found, [(3, report.head.hash.to_vec())]);
}

fn a_new_database_opened_by_several_at_once_has_one_node(database: &Database) {
    let stores: Vec<Store> = std::thread::scope(|scope| {
        let open = |n| Store::open(&StoreConfig::new(&*database.url, Uuid::from_u128(n), NOON));
        let opening: Vec<_> = (1..=6).map(|n| scope.spawn(move || open(n))).collect();
        opening.into_iter().map(|store| store.join().unwrap().unwrap()).collect()
    });
    for (store, n) in stores.iter().zip(1..) {
        add(store, n).unwrap();
    }
    for store in &stores {
        assert_eq!(numbered(store, 6).broken, None);
        let heads = store.read(journal::heads).wait();
        assert_eq!(heads.map(|heads| heads.len()), Ok::<_, Error>(1));
    }
}
