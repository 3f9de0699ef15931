//! A hub that came back from a backup gets what it wrote from its edges, as far as each knows it.

use super::forks::{add_all, chance, people, restored, settled, sign_in};
use super::replication::{heads, other};
use super::{act, on_both};
use muster_journal::sync::{Batch, Item};
use muster_journal::{Change, Series};
use muster_storage::replication::{self, Author, Sight, Taken};
use muster_storage::{ReadTx, Store};
use muster_testkit::{Database, sqlite};
use std::collections::BTreeSet;
use uuid::Uuid;

on_both!(
    what_one_edge_may_not_see_another_one_brings,
    what_nobody_else_knows_is_closed,
    what_cannot_be_proven_is_left_out_and_the_rest_is_taken,
);

const NARROW: Author = Author::Part(Uuid::from_u128(2));
const WIDE: Author = Author::Edge(Uuid::from_u128(3));

/// What one node has for another that sees no more than that.
fn offered(from: &Store, to: &Store, sight: Option<&Sight>) -> Batch {
    let offer = |forked: BTreeSet<Series>| {
        let hello = to.read(move |tx| replication::hello(tx, &forked)).wait().unwrap();
        let sight = sight.cloned();
        let offer =
            move |tx: &mut ReadTx<'_>| replication::offer_within(tx, (&hello, sight.as_ref()), 100);
        from.read(offer).wait().unwrap()
    };
    let first = offer(BTreeSet::new());
    let asked = first.clone();
    let forks = to.read(move |tx| replication::forks(tx, &asked)).wait().unwrap();
    if forks.is_empty() { first.batch } else { offer(forks).batch }
}

fn take(to: &Store, batch: Batch, author: Author) -> Taken {
    to.write(&act(chance()), move |tx| replication::take_from(tx, &batch, author)).wait().unwrap()
}

/// Everything for an edge that sees everything, and numbers alone for one that sees nothing.
fn teach(hub: &Store, narrow: &Store, wide: &Store) {
    take(narrow, offered(hub, narrow, Some(&Sight::default())), Author::Hub);
    take(wide, offered(hub, wide, None), Author::Hub);
}

/// What an edge that sees everything knows of the runs that the hub asks about.
fn known(hub: &Store, wide: &Store) -> Batch {
    let runs = hub.read(|tx| replication::hearsay(tx, 100)).wait().unwrap();
    wide.read(move |tx| replication::known_of(tx, (&runs, true), 100)).wait().unwrap()
}

fn what_one_edge_may_not_see_another_one_brings(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (hub, narrow, wide) = (database.open(), other(&near, 2), other(&far, 3));
    add_all(&hub, 1..=6);
    teach(&hub, &narrow, &wide);
    let series = hub.read(replication::own).wait().unwrap();
    let hub = restored(database, hub, 2);
    let taken = take(&hub, offered(&narrow, &hub, None), NARROW);
    assert!(taken.anew.is_some());
    assert_eq!(people(&hub), (1..=2).collect());
    // The heads are the same: nothing else would ever be told.
    assert!(heads(&hub).of(series) == heads(&wide).of(series));
    assert_eq!(offered(&wide, &hub, None).items, []);
    let taken = take(&hub, known(&hub, &wide), WIDE);
    assert_eq!((taken.new, taken.moved), (4, true));
    assert_eq!(people(&hub), (1..=6).collect());
    assert_eq!(known(&hub, &wide).items, []);
    assert_eq!(settled(&hub).broken, None);
    take(&wide, offered(&hub, &wide, None), Author::Hub);
    assert_eq!(heads(&hub), heads(&wide));
}

fn what_nobody_else_knows_is_closed(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (hub, narrow, wide) = (database.open(), other(&near, 2), other(&far, 3));
    add_all(&hub, [1]);
    sign_in(&hub, 50);
    add_all(&hub, [2]);
    teach(&hub, &narrow, &wide);
    let hub = restored(database, hub, 1);
    take(&hub, offered(&narrow, &hub, None), NARROW);
    // What an edge that sees a part can't tell either is asked for again.
    let runs = hub.read(|tx| replication::hearsay(tx, 100)).wait().unwrap();
    assert_eq!(runs.items.len(), 1);
    take(&hub, known(&hub, &narrow), NARROW);
    assert_eq!(hub.read(|tx| replication::hearsay(tx, 100)).wait().unwrap(), runs);
    let brought = known(&hub, &wide);
    let kinds: Vec<_> = brought.items.iter().map(|item| matches!(item, Item::Run(_))).collect();
    assert_eq!(kinds, [false, true, false]);
    take(&hub, brought, WIDE);
    assert_eq!(people(&hub), (1..=2).collect());
    assert_eq!(known(&hub, &wide).items, []);
    assert_eq!(settled(&hub).broken, None);
}

fn what_cannot_be_proven_is_left_out_and_the_rest_is_taken(database: &Database) {
    let far = sqlite();
    let (hub, wide) = (database.open(), other(&far, 3));
    add_all(&hub, [1]);
    let grant = Change::new("role.grant", "role", Uuid::from_u128(60));
    hub.write(&act(60), move |tx| tx.journal(grant.clone())).wait().unwrap();
    add_all(&hub, [2]);
    take(&wide, offered(&hub, &wide, None), Author::Hub);
    let hub = restored(database, hub, 1);
    let taken = take(&hub, offered(&wide, &hub, None), WIDE);
    let refused: BTreeSet<_> = taken.refused.iter().map(|entry| &*entry.action).collect();
    assert_eq!(refused, BTreeSet::from(["role.grant"]));
    assert_eq!(people(&hub), (1..=2).collect());
    assert_eq!(settled(&hub).broken, None);
}
