//! Entries on their way between nodes.

use super::{act, add, on_both};
use muster_journal::sync::{Heads, Hello, Item};
use muster_journal::{Change, wire};
use muster_storage::journal::{self, Filter, JournalRow};
use muster_storage::replication::{self, Offer, Taken};
use muster_storage::{Store, StoreConfig};
use muster_testkit::{Database, NOON, sqlite};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

on_both!(
    nodes_come_to_hold_the_same_entries,
    a_batch_may_be_cut_and_come_twice,
    a_batch_holds_no_more_text_than_a_receiver_has_room_for,
    many_entries_at_once_are_kept_like_few,
    what_concerns_a_node_alone_stays_there,
    a_third_node_hears_of_it_by_way_of_the_second,
    readings_follow_those_of_other_nodes,
);

/// The node of a database that is not the test's first.
pub fn other(database: &Database, node: u128) -> Store {
    Store::open(&StoreConfig::new(&*database.url, Uuid::from_u128(node), NOON)).unwrap()
}

/// Waits until so many entries have their numbers: PostgreSQL gives them a moment later.
pub fn numbered(store: &Store, count: i64) {
    let mut feed = store.feed();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(feed.wait_for(|newest| *newest >= count)).unwrap();
}

pub fn offer(from: &Store, hello: Hello, limit: i64) -> Offer {
    from.read(move |tx| replication::offer(tx, &hello, limit)).wait().unwrap()
}

pub fn hello(of: &Store) -> Hello {
    of.read(|tx| replication::hello(tx, &BTreeSet::new())).wait().unwrap()
}

pub fn heads(of: &Store) -> Heads {
    of.read(replication::heads).wait().unwrap()
}

fn take(to: &Store, offer: &Offer) -> Taken {
    let batch = wire::read(&wire::write(&offer.batch)).unwrap();
    assert_eq!(batch, offer.batch);
    to.write(&act(9_999), move |tx| replication::take(tx, &batch)).wait().unwrap()
}

/// Everything that one node has for the other, a few entries at a time.
fn fetch(to: &Store, from: &Store) {
    while take(to, &offer(from, hello(to), 3)).new > 0 {}
}

pub fn entries(of: &Store) -> Vec<JournalRow> {
    let filter = Filter { limit: 1_000, ..Filter::default() };
    let rows = of.read(move |tx| journal::browse(tx, &filter)).wait().unwrap();
    // Numbers and names are each node's own matter.
    rows.into_iter().map(|row| JournalRow { seq: None, actor_name: None, ..row }).collect()
}

fn nodes_come_to_hold_the_same_entries(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    for n in 1..=7 {
        add(&hub, n).unwrap();
        add(&edge, 100 + n).unwrap();
    }
    numbered(&hub, 7);
    fetch(&edge, &hub);
    fetch(&hub, &edge);
    assert_eq!(entries(&hub).len(), 14);
    assert_eq!(entries(&hub), entries(&edge));
    assert_eq!(heads(&hub), heads(&edge));
    assert_eq!(offer(&hub, hello(&edge), 100).batch.items, []);
}

fn a_batch_may_be_cut_and_come_twice(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    for n in 1..=6 {
        add(&hub, n).unwrap();
    }
    numbered(&hub, 6);
    let first = offer(&hub, hello(&edge), 4);
    let mut late = offer(&hub, hello(&edge), 6);
    late.batch.items.drain(..2);
    // What is missing before it is not here: nothing is taken.
    assert_eq!(take(&edge, &late).new, 0);
    assert_eq!(take(&edge, &first).new, 4);
    assert_eq!(take(&edge, &first).new, 0);
    assert_eq!(take(&edge, &late).new, 2);
    assert_eq!(entries(&hub), entries(&edge));
}

fn a_batch_holds_no_more_text_than_a_receiver_has_room_for(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    for (n, megabytes) in [(1, 3), (2, 3), (3, 3), (4, 9), (5, 1)] {
        let text = "x".repeat(megabytes << 20);
        let note = Change::new("import.note", "import", Uuid::nil()).because(Some(&text));
        hub.write(&act(n), move |tx| tx.journal(note.clone())).wait().unwrap();
    }
    numbered(&hub, 5);
    // One that is larger than all together may be goes by itself.
    for count in [2, 1, 1, 1] {
        let offer = offer(&hub, hello(&edge), 100);
        assert_eq!(offer.batch.items.len(), count);
        assert_eq!(take(&edge, &offer).new, count);
    }
    assert_eq!(heads(&hub), heads(&edge));
}

fn many_entries_at_once_are_kept_like_few(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    edge.write(&act(1), move |tx| {
        let notes = (0..700_u128).map(|n| {
            let note = Change::new("import.note", "import", Uuid::from_u128(n));
            note.created(&json!({"n": n.to_string()})).because((n % 2 == 0).then_some("even"))
        });
        tx.journal_many(notes)
    })
    .wait()
    .unwrap();
    let all = offer(&edge, hello(&hub), 700);
    assert_eq!(take(&hub, &all).new, 700);
    assert_eq!(entries(&hub), entries(&edge));
    assert_eq!(heads(&hub).beyond(&heads(&edge)), 0);
    // None of them waits for a number, and each is passed on as it came.
    let report = journal::verify(&hub, |_| {}).unwrap();
    assert!(report.holds(), "{report:?}");
    assert_eq!((report.entries, report.unnumbered), (700, 0));
    assert_eq!(offer(&hub, Hello::default(), 700).batch, all.batch);
    assert_eq!(take(&hub, &all).new, 0);
}

fn what_concerns_a_node_alone_stays_there(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    add(&hub, 1).unwrap();
    let login = Change::new("login.start", "login", Uuid::from_u128(5));
    hub.write(&act(50), move |tx| tx.journal(login.clone())).wait().unwrap();
    add(&hub, 2).unwrap();
    numbered(&hub, 3);
    fetch(&edge, &hub);
    // Told of, as a number that is taken, and passed on as such.
    take(&edge, &offer(&hub, hello(&edge), 3));
    assert_eq!(heads(&hub), heads(&edge));
    assert_eq!(entries(&edge).len(), 2);
    let items = offer(&edge, Hello::default(), 9).batch.items;
    assert_eq!(items.iter().filter(|item| matches!(item, Item::Run(_))).count(), 1);
}

fn a_third_node_hears_of_it_by_way_of_the_second(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (hub, one, two) = (database.open(), other(&near, 2), other(&far, 3));
    add(&one, 1).unwrap();
    add(&hub, 2).unwrap();
    numbered(&hub, 1);
    fetch(&hub, &one);
    add(&hub, 3).unwrap();
    numbered(&hub, 2);
    fetch(&two, &hub);
    assert_eq!(entries(&two), entries(&hub));
    // In the order in which the hub got them.
    let order = |store: &Store| {
        let items = offer(store, Hello::default(), 9).batch.items;
        let ids = items.into_iter().map(|item| match item {
            Item::Entry(sent) => sent.entry.entity_id,
            Item::Run(_) => Uuid::nil(),
        });
        ids.collect::<Vec<_>>()
    };
    let ids: Vec<_> = [2, 1, 3].into_iter().map(Uuid::from_u128).collect();
    assert_eq!(order(&hub), ids);
    assert_eq!(order(&two), ids);
}

fn readings_follow_those_of_other_nodes(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    let over = NOON.0 * 2;
    let change = muster_journal::Change::new("setting.change", "setting", Uuid::from_u128(5));
    let change = muster_journal::Change { over, ..change };
    edge.write(&act(50), move |tx| tx.journal(change.clone())).wait().unwrap();
    fetch(&hub, &edge);
    add(&hub, 1).unwrap();
    let latest = entries(&hub).into_iter().next().unwrap();
    assert_eq!(latest.action, "person.create");
    assert!(latest.clock > over + 1);
}
