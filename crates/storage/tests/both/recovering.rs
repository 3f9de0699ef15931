//! A hub that came back from a backup gets what it wrote from its edges, as far as each was told and can
//! prove it.

use super::forks::{add_all, chance, people, restored, settled, sign_in};
use super::replication::{heads, other};
use super::{act, on_both};
use muster_journal::sync::{self, Batch, Hello, Item, Run, Seal, Sent};
use muster_journal::{Change, Digest, Entry, Head, Series};
use muster_storage::replication::{self, Author, Offer, Proven, Sight, Taken};
use muster_storage::{ReadTx, Store};
use muster_testkit::{Database, sqlite};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

on_both!(
    what_one_edge_may_not_see_another_one_brings,
    what_nobody_else_knows_is_closed,
    what_only_a_hub_writes_comes_back_as_well,
    what_it_wrote_since_under_the_same_numbers_stands_beside_what_it_lost,
    what_an_edge_can_not_prove_is_not_taken,
    an_edge_invents_nothing_in_the_name_of_another,
    what_was_refused_of_one_edge_no_other_one_brings_as_proven,
    seals_grow_no_faster_than_what_is_told,
    an_entry_that_is_here_in_other_words_is_refused,
);

const NARROW: Author = Author::Part(Uuid::from_u128(2));
const WIDE: Author = Author::Edge(Uuid::from_u128(3));

/// What one node has for another that sees no more than that.
fn offered(from: &Store, to: &Store, sight: Option<&Sight>) -> Offer {
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
    if forks.is_empty() { first } else { offer(forks) }
}

/// The hub's word for a digest, in place of a signature.
fn word(digest: &Digest) -> [u8; 64] {
    let mut bytes = [7; 64];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    bytes
}

fn sealed(offer: &Offer) -> Vec<Seal> {
    let seal = |(series, links): (Series, Vec<Head>)| {
        let signature = word(&sync::sealed(series, &links));
        Seal { series, numbers: links.iter().map(|link| link.seq).collect(), signature }
    };
    offer.marks.clone().links().into_iter().map(seal).collect()
}

/// What a hub tells an edge.
fn told(hub: &Store, edge: &Store, sight: Option<&Sight>) {
    let offer = offered(hub, edge, sight);
    let write = edge.write(&act(chance()), move |tx| {
        replication::take_from(tx, &offer.batch, Author::Hub)?;
        replication::keep_seals(tx, &sealed(&offer))
    });
    write.wait().unwrap();
}

/// What of this a hub takes from an edge.
fn take(hub: &Store, edge: &Store, batch: Batch, author: Author) -> Taken {
    let (Author::Edge(sender) | Author::Part(sender)) = author else { panic!("{author:?}") };
    let asked = batch.clone();
    let seals = edge.read(move |tx| replication::seals(tx, &asked, sender)).wait().unwrap();
    let prove = move |tx: &mut ReadTx<'_>| {
        let has_signed = |digest: &Digest, signature: &[u8; 64]| word(digest) == *signature;
        replication::prove(tx, (batch.clone(), &seals, sender), 1_000, has_signed)
    };
    let [proven] = <[Proven; 1]>::try_from(hub.read(prove).wait().unwrap()).unwrap();
    let take = hub.write(&act(chance()), move |tx| replication::take_proven(tx, &proven, author));
    take.wait().unwrap()
}

/// What an edge brings.
fn brought(hub: &Store, edge: &Store, author: Author) -> Taken {
    take(hub, edge, offered(edge, hub, None).batch, author)
}

/// Everything for an edge that sees everything, and numbers alone for one that sees nothing.
fn teach(hub: &Store, narrow: &Store, wide: &Store) {
    told(hub, narrow, Some(&Sight::default()));
    told(hub, wide, None);
}

/// What an edge that sees everything knows of the runs that the hub asks about.
fn known(hub: &Store, wide: &Store) -> Batch {
    let runs = hub.read(|tx| replication::hearsay(tx, 100)).wait().unwrap();
    wide.read(move |tx| replication::known_of(tx, (&runs, true), 100)).wait().unwrap()
}

fn grant(hub: &Store, n: u128) {
    let grant = Change::new("role.grant", "role", Uuid::from_u128(n));
    hub.write(&act(n), move |tx| tx.journal(grant.clone())).wait().unwrap();
    settled(hub);
}

/// All entries that are here.
fn written(store: &Store) -> Vec<Entry> {
    let all = store.read(|tx| replication::offer(tx, &Hello::default(), 100)).wait().unwrap();
    let items = all.batch.items.into_iter();
    let entry = |item| match item {
        Item::Entry(sent) => Some((*sent.entry).clone()),
        Item::Run(_) => None,
    };
    items.filter_map(entry).collect()
}

fn actions(store: &Store) -> BTreeSet<String> {
    written(store).into_iter().map(|entry| entry.action).collect()
}

fn what_one_edge_may_not_see_another_one_brings(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (hub, narrow, wide) = (database.open(), other(&near, 2), other(&far, 3));
    add_all(&hub, 1..=6);
    teach(&hub, &narrow, &wide);
    let series = hub.read(replication::own).wait().unwrap();
    let hub = restored(database, hub, 2);
    let taken = brought(&hub, &narrow, NARROW);
    assert!(taken.anew.is_some());
    assert_eq!(people(&hub), (1..=2).collect());
    // The heads are the same: nothing else would ever be told.
    assert!(heads(&hub).of(series) == heads(&wide).of(series));
    assert_eq!(offered(&wide, &hub, None).batch.items, []);
    let taken = take(&hub, &wide, known(&hub, &wide), WIDE);
    assert_eq!((taken.new, taken.moved), (4, true));
    assert_eq!(people(&hub), (1..=6).collect());
    assert_eq!(known(&hub, &wide).items, []);
    assert_eq!(settled(&hub).broken, None);
    told(&hub, &wide, None);
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
    brought(&hub, &narrow, NARROW);
    // What an edge that sees a part can't tell either is asked for again.
    let runs = hub.read(|tx| replication::hearsay(tx, 100)).wait().unwrap();
    assert_eq!(runs.items.len(), 1);
    take(&hub, &narrow, known(&hub, &narrow), NARROW);
    assert_eq!(hub.read(|tx| replication::hearsay(tx, 100)).wait().unwrap(), runs);
    let more = known(&hub, &wide);
    let kinds: Vec<_> = more.items.iter().map(|item| matches!(item, Item::Run(_))).collect();
    assert_eq!(kinds, [false, true, false]);
    take(&hub, &wide, more, WIDE);
    assert_eq!(people(&hub), (1..=2).collect());
    assert_eq!(known(&hub, &wide).items, []);
    assert_eq!(settled(&hub).broken, None);
}

fn what_only_a_hub_writes_comes_back_as_well(database: &Database) {
    let far = sqlite();
    let (hub, wide) = (database.open(), other(&far, 3));
    add_all(&hub, [1]);
    grant(&hub, 60);
    sign_in(&hub, 50);
    add_all(&hub, [2]);
    told(&hub, &wide, None);
    let hub = restored(database, hub, 1);
    let taken = brought(&hub, &wide, WIDE);
    assert_eq!(taken.refused, []);
    assert!(actions(&hub).contains("role.grant"));
    assert_eq!(people(&hub), (1..=2).collect());
    // On PostgreSQL numbers follow.
    assert_eq!(settled(&hub).broken, None);
    assert_eq!(heads(&hub).beyond(&heads(&wide)), 1, "that it began anew");
}

fn what_it_wrote_since_under_the_same_numbers_stands_beside_what_it_lost(database: &Database) {
    let far = sqlite();
    let (hub, wide) = (database.open(), other(&far, 3));
    add_all(&hub, [1]);
    grant(&hub, 60);
    add_all(&hub, [2]);
    told(&hub, &wide, None);
    let hub = restored(database, hub, 1);
    add_all(&hub, [3]);
    let taken = brought(&hub, &wide, WIDE);
    assert_eq!((taken.new, taken.refused.len()), (2, 0));
    assert!(actions(&hub).contains("role.grant"));
    assert_eq!(people(&hub), (1..=3).collect());
    assert_eq!(settled(&hub).broken, None);
    // The edge gives the numbers up, and what it issues again is known.
    told(&hub, &wide, None);
    let taken = brought(&hub, &wide, WIDE);
    assert_eq!((taken.new, taken.refused.len()), (0, 0));
    told(&hub, &wide, None);
    assert_eq!((heads(&hub), people(&wide)), (heads(&wide), people(&hub)));
}

fn what_an_edge_can_not_prove_is_not_taken(database: &Database) {
    let far = sqlite();
    let (hub, wide) = (database.open(), other(&far, 3));
    add_all(&hub, [1]);
    told(&hub, &wide, None);
    let before = heads(&hub);
    // Somebody with the edge's disk in hand goes on in the name of the hub.
    let series = hub.read(replication::own).wait().unwrap();
    let forged = [90, 91].map(|n| Change::new("person.create", "person", Uuid::from_u128(n)));
    let items = invented(&wide, series, forged);
    let taken = take(&hub, &wide, Batch { items, ends: Vec::new() }, WIDE);
    assert_eq!((taken.new, taken.moved, taken.anew), (0, false, None));
    assert_eq!(heads(&hub), before);
}

fn an_edge_invents_nothing_in_the_name_of_another(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (hub, honest, thief) = (database.open(), other(&near, 2), other(&far, 3));
    add_all(&honest, [1]);
    brought(&hub, &honest, Author::Edge(Uuid::from_u128(2)));
    told(&hub, &thief, None);
    let series = honest.read(replication::own).wait().unwrap();
    let forged = [Change::new("person.create", "person", Uuid::from_u128(90))];
    let items = invented(&thief, series, forged);
    let taken = take(&hub, &thief, Batch { items, ends: Vec::new() }, WIDE);
    assert_eq!((taken.new, taken.moved), (0, false));
    // The number is free for what it wrote itself.
    add_all(&honest, [2]);
    let taken = brought(&hub, &honest, Author::Edge(Uuid::from_u128(2)));
    assert_eq!((taken.new, taken.anew), (1, None));
}

fn what_was_refused_of_one_edge_no_other_one_brings_as_proven(database: &Database) {
    let (near, far, anew) = (sqlite(), sqlite(), sqlite());
    let (hub, thief, friend) = (database.open(), other(&near, 2), other(&far, 3));
    add_all(&thief, [1]);
    grant(&thief, 60);
    add_all(&thief, [2]);
    let own = offered(&thief, &hub, None).batch;
    let taken = take(&hub, &thief, own.clone(), Author::Edge(Uuid::from_u128(2)));
    assert_eq!((taken.new, taken.refused.len()), (2, 1));
    // The hub signs the links of what it refused, too; then it comes back from its first day.
    told(&hub, &friend, None);
    let hub = other(&anew, hub.read(replication::own).wait().unwrap().node.as_u128());
    let taken = take(&hub, &friend, own, WIDE);
    assert_eq!((taken.new, taken.refused.len()), (2, 1));
    assert!(!actions(&hub).contains("role.grant"));
    assert_eq!(people(&hub), (1..=2).collect());
    assert_eq!(settled(&hub).broken, None);
}

/// Entries of somebody's making under the next numbers of a series.
fn invented<const N: usize>(by: &Store, series: Series, changes: [Change; N]) -> Vec<Item> {
    let next = heads(by).of(series).seq + 1;
    let entry = |(seq, change): (i64, Change)| {
        let id = chance();
        by.write(&act(id), move |tx| tx.journal(change.clone())).wait().unwrap();
        settled(by);
        let entry = written(by).into_iter().find(|entry| entry.act == act(id).id).unwrap();
        Item::Entry(Arc::new(Sent::new(series, seq, entry)))
    };
    (next..).zip(changes).map(entry).collect()
}

fn seals_grow_no_faster_than_what_is_told(database: &Database) {
    let edge = database.open();
    let series = Series { node: Uuid::from_u128(9), incarnation: 1 };
    let seal = |numbers: &[i64]| Seal { series, numbers: numbers.to_vec(), signature: [1; 64] };
    let kept = [&[1_i64][..], &[5], &[7], &[8, 9], &[11], &[513], &[515], &[520]].map(seal);
    edge.write(&act(1), move |tx| replication::keep_seals(tx, &kept)).wait().unwrap();
    let batch = |first, seq| {
        let run = Run { series, first, last: Head { seq, hash: [1; 32] } };
        Batch { items: vec![Item::Run(run)], ends: Vec::new() }
    };
    let numbers = |first, last| {
        let asked = batch(first, last);
        let seals = edge.read(move |tx| replication::seals(tx, &asked, Uuid::nil())).wait();
        seals.unwrap().into_iter().map(|seal| seal.numbers).collect::<Vec<_>>()
    };
    // The first of a stretch, the last, and what holds more than how far was told.
    assert_eq!(numbers(1, 600), [vec![1], vec![8, 9], vec![11], vec![513], vec![520]]);
    assert_eq!(numbers(2, 10), [vec![8, 9], vec![11]]);
    assert_eq!(numbers(10, 514), [vec![11], vec![513], vec![520]]);
}

fn an_entry_that_is_here_in_other_words_is_refused(database: &Database) {
    let far = sqlite();
    let (hub, edge) = (database.open(), other(&far, 3));
    add_all(&hub, [1]);
    told(&hub, &edge, None);
    let mut entry = written(&hub).remove(0);
    entry.reason = Some("another one".to_owned());
    let series = edge.read(replication::own).wait().unwrap();
    let items = vec![Item::Entry(Arc::new(Sent::new(series, 1, entry)))];
    let batch = Batch { items, ends: Vec::new() };
    let take = hub.write(&act(chance()), move |tx| replication::take_from(tx, &batch, WIDE));
    assert!(take.wait().is_err());
    assert_eq!(settled(&hub).broken, None);
}
