//! Entries on their way between nodes.

use super::{act, add, on_both};
use muster_journal::sync::{Heads, Hello, Item};
use muster_journal::wire;
use muster_storage::journal::{self, Filter, JournalRow};
use muster_storage::replication::{self, Offer, Taken};
use muster_storage::{Store, StoreConfig};
use muster_testkit::{Database, NOON, sqlite};
use std::collections::BTreeSet;
use uuid::Uuid;

on_both!(
    nodes_come_to_hold_the_same_entries,
    a_batch_may_be_cut_and_come_twice,
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

fn what_concerns_a_node_alone_stays_there(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    add(&hub, 1).unwrap();
    let login = muster_journal::Change::new("login.start", "login", Uuid::from_u128(5));
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
