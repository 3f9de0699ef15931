//! The journal: numbered, chained, and honest about what was done to it.

use super::{act, add, on_both};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_journal::{Break, Change};
use muster_storage::journal::{self, Filter, Report, verify};
use muster_storage::{Act, Store, WriteTx};
use muster_testkit::{Database, NOON};
use std::time::{Duration, Instant};
use uuid::Uuid;

on_both!(
    concurrent_writes_make_one_gapless_chain,
    an_altered_entry_is_found,
    a_deleted_entry_is_found,
    a_refused_write_leaves_no_entry,
    listeners_are_woken_with_the_newest_number,
    two_stores_continue_one_chain,
    entries_are_found_by_record_by_topic_and_by_actor,
    pages_miss_nothing_of_a_large_act,
    entries_are_found_by_action_and_by_time,
    acts_with_neighbouring_ids_do_not_meet,
);

/// Waits until every entry has its number: on PostgreSQL that follows the commit.
pub fn numbered(store: &Store, entries: i64) -> Report {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let report = verify(store, |_| {}).unwrap();
        let settled = report.head.seq == entries && report.unnumbered == 0;
        if settled || !report.holds() || Instant::now() > deadline {
            return report;
        }
        std::thread::yield_now();
    }
}

fn filled(database: &Database, entries: u128) -> Store {
    let store = database.open();
    (1..=entries).for_each(|n| add(&store, n).unwrap());
    assert_eq!(numbered(&store, i64::try_from(entries).unwrap()).broken, None);
    store
}

pub fn tamper(database: &Database, sql: &str) {
    if let Some(path) = database.url.strip_prefix("sqlite:") {
        ::rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
    } else {
        let mut client = ::postgres::Client::connect(&database.url, ::postgres::NoTls).unwrap();
        client.batch_execute(sql).unwrap();
    }
}

fn concurrent_writes_make_one_gapless_chain(database: &Database) {
    let store = database.open();
    std::thread::scope(|scope| {
        for thread in 1..=4_u128 {
            let store = &store;
            scope.spawn(move || (0..25).for_each(|n| add(store, thread * 100 + n).unwrap()));
        }
    });
    let report = numbered(&store, 100);
    assert_eq!((report.broken, report.head.seq, report.unnumbered), (None, 100, 0));
}

fn an_altered_entry_is_found(database: &Database) {
    let store = filled(database, 5);
    tamper(
        database,
        "update journal set action = 'person.forge'
        where id = (select entry from journal_order where seq = 3)",
    );
    let report = verify(&store, |_| {}).unwrap();
    assert_eq!(report.broken.map(|(broken, _)| broken), Some(Break::Altered(3)));
}

fn a_deleted_entry_is_found(database: &Database) {
    let store = filled(database, 5);
    tamper(
        database,
        "delete from journal where id = (select entry from journal_order where seq = 2)",
    );
    let report = verify(&store, |_| {}).unwrap();
    assert_eq!(report.broken.map(|(broken, _)| broken), Some(Break::Deleted(2)));
}

fn a_refused_write_leaves_no_entry(database: &Database) {
    let store = filled(database, 1);
    assert!(add(&store, 1).is_err());
    let filter = Filter { limit: 10, ..Filter::default() };
    let entries = store.read(move |tx| journal::browse(tx, &filter)).wait().unwrap();
    assert_eq!(entries.len(), 1);
}

fn listeners_are_woken_with_the_newest_number(database: &Database) {
    let store = database.open();
    let feed = store.feed();
    add(&store, 1).unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while *feed.borrow() < 1 {
        assert!(Instant::now() < deadline, "nobody was woken");
        std::thread::yield_now();
    }
    let entries = store.read(|tx| journal::since(tx, 0, 10)).wait().unwrap();
    assert_eq!(entries.first().map(|entry| entry.action.as_str()), Some("person.create"));
}

fn two_stores_continue_one_chain(database: &Database) {
    let first = filled(database, 3);
    if database.url.starts_with("sqlite:") {
        drop(first);
        let second = database.open();
        add(&second, 4).unwrap();
        assert_eq!(numbered(&second, 4).head.seq, 4);
        return;
    }
    let (second, heard) = (database.open(), first.feed());
    add(&second, 4).unwrap();
    assert_eq!(numbered(&first, 4).head.seq, 4);
    let deadline = Instant::now() + Duration::from_secs(20);
    while *heard.borrow() < 4 {
        assert!(Instant::now() < deadline, "the other process was not told");
        std::thread::yield_now();
    }
}

fn entries_are_found_by_record_by_topic_and_by_actor(database: &Database) {
    let store = filled(database, 3);
    let (topic, actor) = (Uuid::from_u128(77), PersonId(Uuid::from_u128(2)));
    let by_somebody = Act { actor: Some(actor), ..act(50) };
    let change = move |tx: &mut WriteTx<'_>| {
        let change = Change::new("mark.set", "mark", Uuid::from_u128(5));
        tx.journal(Change { topic: Some(topic), ..change })
    };
    store.write(&by_somebody, change).wait().unwrap();

    let found = |filter: Filter| {
        let filter = Filter { limit: 10, ..filter };
        let entries = store.read(move |tx| journal::browse(tx, &filter)).wait().unwrap();
        entries.into_iter().map(|entry| entry.entity_id.as_u128()).collect::<Vec<_>>()
    };
    let record = |id| Filter { record: Some(Uuid::from_u128(id)), ..Filter::default() };
    assert_eq!(found(Filter::default()), [5, 3, 2, 1]);
    assert_eq!(found(record(3)), [3]);
    assert_eq!(found(record(77)), [5]);
    assert_eq!(found(Filter { actor: Some(actor), ..Filter::default() }), [5]);
    assert_eq!(found(Filter { actor: Some(actor), ..record(3) }), []);
    assert_eq!(found(Filter { action: "mark.".to_owned(), ..Filter::default() }), [5]);
}

fn browse(store: &Store, filter: &Filter) -> Vec<journal::JournalRow> {
    let filter = filter.clone();
    store.read(move |tx| journal::browse(tx, &filter)).wait().unwrap()
}

fn changes(act: &Act, store: &Store, records: std::ops::Range<u128>, action: &'static str) {
    let write = store.write(act, move |tx| {
        let change = |n| Change::new(action, "person", Uuid::from_u128(n));
        tx.journal_many(records.clone().map(change))
    });
    write.wait().unwrap();
}

fn pages_miss_nothing_of_a_large_act(database: &Database) {
    let store = database.open();
    changes(&act(1), &store, 0..25, "person.create");
    changes(&act(2), &store, 25..30, "person.create");
    let mut filter = Filter { limit: 7, ..Filter::default() };
    let mut found = Vec::new();
    loop {
        let page = browse(&store, &filter);
        let Some(last) = page.last() else { break };
        filter.before = Some((last.clock, last.id));
        found.extend(page.iter().map(|entry| entry.entity_id.as_u128()));
    }
    assert_eq!(found, (0..30).rev().collect::<Vec<_>>());
}

fn entries_are_found_by_action_and_by_time(database: &Database) {
    let store = database.open();
    let later = Timestamp(NOON.0 + 1_000);
    changes(&act(1), &store, 0..1, "login.end");
    changes(&act(2), &store, 1..2, "login.end_others");
    changes(&Act { at: later, ..act(3) }, &store, 2..3, "loginxend");
    let found = |filter: Filter| {
        let page = browse(&store, &Filter { limit: 10, ..filter });
        page.iter().map(|entry| entry.entity_id.as_u128()).collect::<Vec<_>>()
    };
    let action = |action: &str| Filter { action: action.to_owned(), ..Filter::default() };
    assert_eq!(found(action("login.end_")), [1]);
    assert_eq!(found(action("login.")), [1, 0]);
    assert_eq!(found(action("%")), []);
    assert_eq!(found(Filter { from: Some(later), ..Filter::default() }), [2]);
    assert_eq!(found(Filter { from: Some(NOON), until: Some(later), ..Filter::default() }), [1, 0]);
}

fn acts_with_neighbouring_ids_do_not_meet(database: &Database) {
    let store = database.open();
    (2..6).for_each(|n| changes(&act(n), &store, 0..4, "person.change"));
    assert_eq!(numbered(&store, 16).broken, None);
}
