//! Nodes that came back from a backup, and copies of one node that are used beside each other.

use super::journal::tamper;
use super::replication::{entries, heads, hello, numbered, offer, other};
use super::{act, add, on_both};
use muster_journal::sync::{Hello, Item};
use muster_journal::{Break, Change, Series, wire};
use muster_storage::journal::{self, JournalRow, Report, verify};
use muster_storage::replication::{self, Author, Taken};
use muster_storage::{Error, Store, StoreConfig, WriteTx};
use muster_testkit::{Database, NOON, sqlite};
use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use uuid::Uuid;

on_both!(
    a_node_from_a_backup_gets_its_entries_back_and_goes_on_anew,
    what_a_node_from_a_backup_wrote_before_it_met_anybody_is_kept,
    of_two_copies_each_goes_on_by_itself_and_nothing_is_lost,
    copies_that_wrote_what_is_theirs_alone_are_told_apart,
    a_run_that_is_cut_is_asked_for_again,
    people_whose_numbers_a_longer_run_takes_are_kept,
    what_is_left_of_those_that_came_together_keeps_its_place,
    listeners_miss_nothing_when_another_life_begins,
    every_process_writes_in_the_new_life,
    what_refers_to_an_earlier_life_follows_it,
    an_entry_with_two_numbers_is_listed_once,
    all_lives_are_verified,
    entries_of_others_are_verified,
    another_life_may_be_begun_at_will,
);

/// An act that was not before: lives are drawn from it.
pub fn chance() -> u128 {
    static NEXT: AtomicU64 = AtomicU64::new(70_000);
    u128::from(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Fetches all that one node has for another, as they do it; what became of the last batch but one.
fn meet(to: &Store, from: &Store) -> Vec<Taken> {
    let mut taken = Vec::new();
    let mut forked = BTreeSet::new();
    for _ in 0..20 {
        settled(from);
        settled(to);
        let known = std::mem::take(&mut forked);
        let hello = |known| to.read(move |tx| replication::hello(tx, &known)).wait().unwrap();
        let mut offered = offer(from, hello(known), 100);
        let asked = offered.clone();
        let forks = to.read(move |tx| replication::forks(tx, &asked)).wait().unwrap();
        if !forks.is_empty() {
            offered = offer(from, hello(forks), 100);
        }
        let batch = wire::read(&wire::write(&offered.batch)).unwrap();
        let took = to.write(&act(chance()), move |tx| replication::take(tx, &batch));
        let took = took.wait().unwrap();
        forked.clone_from(&took.forked);
        if !took.moved && forked.is_empty() {
            break;
        }
        taken.push(took);
    }
    taken
}

/// Everybody meets everybody until all hold the same.
fn meet_all(stores: &[&Store]) {
    for _ in 0..8 {
        for store in stores {
            settled(store);
        }
        if stores.iter().all(|store| Some(heads(store)) == stores.first().map(|one| heads(one))) {
            break;
        }
        for to in stores {
            for from in stores.iter().filter(|from| !std::ptr::eq(**from, *to)) {
                meet(to, from);
            }
        }
    }
}

/// Waits until everything has its number: PostgreSQL gives them a moment later.
pub fn settled(store: &Store) -> Report {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let report = verify(store, |_| {}).unwrap();
        if report.unnumbered == 0 || Instant::now() > deadline {
            return report;
        }
        std::thread::yield_now();
    }
}

/// Adds people with these numbers, and waits until their entries have their numbers.
pub fn add_all(store: &Store, people: impl IntoIterator<Item = u128>) {
    people.into_iter().for_each(|n| add(store, n).unwrap());
    assert_eq!(settled(store).unnumbered, 0);
}

/// What concerns the node alone.
pub fn sign_in(store: &Store, n: u128) {
    let login = Change::new("login.start", "login", Uuid::from_u128(n));
    store.write(&act(n << 32), move |tx| tx.journal(login.clone())).wait().unwrap();
    settled(store);
}

/// The node as it was when it had written so many entries.
pub fn restored(database: &Database, store: Store, entries: i64) -> Store {
    drop(store);
    let gone = format!("select entry from journal_order where seq > {entries}");
    let people = format!("select entity_id from journal where id in ({gone})");
    let sql = format!(
        "delete from person_words where person in ({people});
        delete from people where id in ({people});
        delete from journal where id in ({gone});
        delete from journal_order where seq > {entries}"
    );
    tamper(database, &sql);
    database.open()
}

/// A copy of a node in a file, which goes on under the same name.
fn copied(from: &Database) -> (Database, Store) {
    let copy = sqlite();
    let path = |database: &Database| database.url.strip_prefix("sqlite:").unwrap().to_owned();
    Store::copy(path(from).as_ref(), path(&copy).as_ref()).unwrap();
    let store = Store::open(&StoreConfig::new(&*copy.url, Uuid::nil(), NOON)).unwrap();
    (copy, store)
}

/// The people that a node's journal tells of.
pub fn people(store: &Store) -> BTreeSet<u128> {
    let rows = entries(store).into_iter().filter(|row| row.entity == "person");
    rows.map(|row| row.entity_id.as_u128()).collect()
}

/// All of them hold these people, the same entries under the same numbers, and whole chains.
fn all_hold(stores: &[&Store], wanted: impl IntoIterator<Item = u128>) {
    let wanted: BTreeSet<u128> = wanted.into_iter().collect();
    for store in stores {
        assert_eq!(people(store), wanted);
        assert_eq!(heads(store), heads(stores[0]));
        assert_eq!(settled(store).broken, None);
    }
}

fn since(store: &Store, place: i64) -> Vec<JournalRow> {
    store.read(move |tx| journal::since(tx, place, 1_000)).wait().unwrap()
}

fn own_series(store: &Store) -> BTreeSet<Series> {
    let heads = store.read(journal::heads).wait().unwrap();
    heads.iter().map(|head| Series { node: head.node, incarnation: head.incarnation }).collect()
}

fn a_node_from_a_backup_gets_its_entries_back_and_goes_on_anew(database: &Database) {
    let beside = sqlite();
    let (node, hub) = (database.open(), other(&beside, 2));
    add_all(&node, 1..=6);
    meet(&hub, &node);
    let before = own_series(&node);
    let node = restored(database, node, 2);
    assert_eq!(people(&node), (1..=2).collect());
    let taken = meet(&node, &hub);
    assert_eq!(people(&node), (1..=6).collect());
    assert!(taken.first().is_some_and(|taken| taken.anew.is_some()));
    add_all(&node, [7]);
    assert_eq!(own_series(&node).len(), 1);
    assert!(own_series(&node).is_disjoint(&before));
    meet_all(&[&hub, &node]);
    assert_eq!(people(&hub), (1..=7).collect());
    assert_eq!(entries(&hub), entries(&node));
    assert_eq!(heads(&hub), heads(&node));
    let told = entries(&hub).into_iter().filter(|row| row.action == "node.begin_anew");
    assert_eq!(told.count(), 1);
}

fn what_a_node_from_a_backup_wrote_before_it_met_anybody_is_kept(database: &Database) {
    let (beside, far) = (sqlite(), sqlite());
    let (node, hub, third) = (database.open(), other(&beside, 2), other(&far, 3));
    add_all(&node, 1..=5);
    meet(&hub, &node);
    meet(&third, &node);
    let node = restored(database, node, 3);
    add_all(&node, 10..=13);
    meet_all(&[&hub, &node, &third]);
    all_hold(&[&hub, &node, &third], (1..=5).chain(10..=13));
    for store in [&node, &third] {
        assert_eq!(entries(store), entries(&hub));
    }
}

fn of_two_copies_each_goes_on_by_itself_and_nothing_is_lost(database: &Database) {
    let stick = sqlite();
    let (hub, one) = (database.open(), other(&stick, 2));
    add_all(&hub, [1]);
    add_all(&one, [2]);
    meet_all(&[&hub, &one]);
    let (_copy, two) = copied(&stick);
    assert_eq!(own_series(&one), own_series(&two));
    add_all(&one, 10..=12);
    add_all(&two, 20..=24);
    // The hub is told apart from neither before both have come.
    meet(&hub, &one);
    meet_all(&[&hub, &two]);
    meet_all(&[&hub, &one]);
    add_all(&one, [30]);
    add_all(&two, [40]);
    assert_ne!(own_series(&one), own_series(&two));
    meet_all(&[&hub, &one, &two]);
    let all = [1, 2, 30, 40].into_iter().chain(10..=12).chain(20..=24);
    all_hold(&[&hub, &one, &two], all);
}

fn copies_that_wrote_what_is_theirs_alone_are_told_apart(database: &Database) {
    let stick = sqlite();
    let (hub, one) = (database.open(), other(&stick, 2));
    add_all(&one, [2]);
    meet_all(&[&hub, &one]);
    let (_copy, two) = copied(&stick);
    sign_in(&one, 5);
    sign_in(&two, 6);
    sign_in(&two, 7);
    meet_all(&[&hub, &one, &two]);
    add_all(&one, [3]);
    add_all(&two, [4]);
    meet_all(&[&hub, &one, &two]);
    all_hold(&[&hub, &one, &two], 2..=4);
    let logins = |store: &Store| {
        let rows = entries(store).into_iter().filter(|row| row.entity == "login");
        rows.map(|row| row.entity_id.as_u128()).collect::<Vec<_>>()
    };
    assert_eq!((logins(&hub), logins(&one)), (vec![], vec![5]));
    assert_eq!(logins(&two).into_iter().collect::<BTreeSet<_>>(), (6..=7).collect());
}

fn a_run_that_is_cut_is_asked_for_again(database: &Database) {
    // What is a run to the hub is people where the copy is.
    beside_a_run(database, 20..=23);
}

fn people_whose_numbers_a_longer_run_takes_are_kept(database: &Database) {
    beside_a_run(database, 20..=22);
}

/// A stick writes four entries that are its own alone; its copy makes people under the same numbers.
fn beside_a_run(database: &Database, people_of_copy: RangeInclusive<u128>) {
    let stick = sqlite();
    let (hub, one) = (database.open(), other(&stick, 2));
    add_all(&one, [2]);
    meet_all(&[&hub, &one]);
    let (_copy, two) = copied(&stick);
    (10..14).for_each(|n| sign_in(&one, n));
    add_all(&two, people_of_copy.clone());
    meet(&hub, &one);
    meet_all(&[&hub, &two]);
    meet_all(&[&hub, &one, &two]);
    all_hold(&[&hub, &one, &two], [2].into_iter().chain(people_of_copy));
}

fn what_is_left_of_those_that_came_together_keeps_its_place(database: &Database) {
    let (beside, others) = (sqlite(), sqlite());
    let (here, node, third) = (database.open(), other(&beside, 2), other(&others, 3));
    add_all(&here, 10..=12);
    add_all(&node, 1..=6);
    meet(&here, &node);
    let node = restored(&beside, node, 4);
    add_all(&node, 7..=8);
    let offered = offer(&node, hello(&here), 100);
    let forks = here.read(move |tx| replication::forks(tx, &offered)).wait().unwrap();
    let asked = here.read(move |tx| replication::hello(tx, &forks)).wait().unwrap();
    let batch = offer(&node, asked, 100).batch;
    let take = move |tx: &mut WriteTx<'_>| replication::take_from(tx, &batch, Author::Hub);
    here.write(&act(chance()), take).wait().unwrap();
    assert_eq!(settled(&here).broken, None);

    let told = offer(&here, hello(&third), 100).batch;
    let told = told.items.iter().filter_map(|item| match item {
        Item::Entry(sent) => Some(sent.entry.entity_id.as_u128()),
        Item::Run(_) => None,
    });
    assert_eq!(told.collect::<Vec<_>>(), [10, 11, 12, 1, 2, 3, 4, 7, 8, 5, 6]);
}

fn listeners_miss_nothing_when_another_life_begins(database: &Database) {
    let beside = sqlite();
    let (node, hub) = (database.open(), other(&beside, 2));
    add_all(&node, 1..=6);
    meet(&hub, &node);
    let node = restored(database, node, 4);
    numbered(&node, 4);
    // A listener that has read two of them.
    let feed = node.feed();
    meet(&node, &hub);
    add_all(&node, [7]);
    numbered(&node, 6);
    assert_eq!(*feed.borrow(), 6);
    let rows = since(&node, 2);
    let told: Vec<_> = rows.iter().map(|row| (row.seq, row.action.as_str())).collect();
    let expected = [(3, "person.create"), (4, "person.create"), (5, "node.begin_anew")];
    let expected = expected.into_iter().chain([(6, "person.create")]);
    assert_eq!(told, expected.map(|(seq, action)| (Some(seq), action)).collect::<Vec<_>>());
    assert_eq!(since(&node, 5).len(), 1);
    assert_eq!(since(&node, 6), []);
    // The same after it was opened again.
    drop((node, feed));
    let node = database.open();
    numbered(&node, 6);
    assert_eq!(*node.feed().borrow(), 6);
}

fn every_process_writes_in_the_new_life(database: &Database) {
    let beside = sqlite();
    let (node, hub) = (database.open(), other(&beside, 2));
    add_all(&node, 1..=6);
    meet(&hub, &node);
    let node = restored(database, node, 2);
    // It knows where the chain stands, and does not hear that it ends.
    let second = database.open();
    second.write(&act(chance()), |_| Ok::<_, Error>(())).wait().unwrap();
    meet_all(&[&node, &hub]);
    let life = own_series(&node);
    add_all(&second, [7]);
    add_all(&node, [8]);
    assert_eq!(own_series(&second), life);
    assert_eq!(since(&second, 2).len(), 3);
    meet_all(&[&node, &hub]);
    assert_eq!(people(&hub), (1..=8).collect());
    assert_eq!(heads(&hub), heads(&second));
    assert_eq!(settled(&second).broken, None);
}

fn what_refers_to_an_earlier_life_follows_it(database: &Database) {
    let node = database.open();
    add_all(&node, 1..=8);
    let anew = |n| node.write(&act(n), replication::begin_anew).wait().unwrap();
    anew(500);
    add_all(&node, 9..=10);
    anew(600);
    add_all(&node, [11]);
    let items = offer(&node, Hello::default(), 100).batch.items;
    let people = items.into_iter().filter_map(|item| match item {
        Item::Entry(sent) if sent.entry.entity == "person" => Some(sent.entry.entity_id.as_u128()),
        _ => None,
    });
    assert_eq!(people.collect::<Vec<_>>(), (1..=11).collect::<Vec<_>>());
    let seqs: Vec<_> = since(&node, 0).into_iter().filter_map(|row| row.seq).collect();
    assert_eq!(seqs, (1..=13).collect::<Vec<_>>());
}

fn an_entry_with_two_numbers_is_listed_once(database: &Database) {
    let (stick, files) = (sqlite(), [(); 3].map(|()| sqlite()));
    let (hub, one) = (database.open(), other(&stick, 2));
    let [third, fourth, fifth] =
        [(&files[0], 3), (&files[1], 4), (&files[2], 5)].map(|(file, node)| other(file, node));
    add_all(&one, [2]);
    let (_copy, two) = copied(&stick);
    add_all(&one, [3]);
    add_all(&two, [4]);
    // Each branch has gone on to two other nodes, and two of these give theirs up.
    for (branch, nodes) in [(&one, [&hub, &third]), (&two, [&fourth, &fifth])] {
        for node in nodes {
            meet(node, branch);
        }
    }
    for (branch, nodes) in [(&two, [&hub, &third]), (&one, [&fourth, &fifth])] {
        for node in nodes {
            meet(node, branch);
        }
    }
    let all = [&hub, &third, &fourth, &fifth, &one, &two];
    meet_all(&all);
    for store in all {
        let listed = entries(store);
        let ids: BTreeSet<_> = listed.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), listed.len());
        assert_eq!(people(store), (2..=4).collect());
        assert_eq!(heads(store), heads(&hub));
        let numbers: i64 = heads(store).iter().map(|(_, head)| head.seq).sum();
        assert!(usize::try_from(numbers).unwrap() > listed.len(), "two numbers of one entry");
    }
}

fn all_lives_are_verified(database: &Database) {
    let node = database.open();
    add_all(&node, 1..=3);
    node.write(&act(500), replication::begin_anew).wait().unwrap();
    add_all(&node, 4..=5);
    let report = settled(&node);
    assert_eq!((report.broken, report.entries, report.head.seq), (None, 6, 3));
    let early = "(select entry from journal_order where seq = 2 and incarnation = 1)";
    let alter = |via: &str| {
        tamper(database, &format!("update journal set via = '{via}' where id = {early}"));
        verify(&node, |_| {}).unwrap().broken.map(|(broken, _)| broken)
    };
    assert_eq!(alter("web"), Some(Break::Altered(2)));
    assert_eq!(alter("cli"), None);
    tamper(database, "delete from journal_order where seq = 3 and incarnation = 1");
    let broken = verify(&node, |_| {}).unwrap().broken;
    assert_eq!(broken, Some((Break::Missing(3), None)));
}

fn entries_of_others_are_verified(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), other(&beside, 2));
    add_all(&edge, 1..=2);
    sign_in(&edge, 5);
    sign_in(&edge, 6);
    add_all(&edge, 3..=4);
    sign_in(&edge, 7);
    add_all(&hub, [9]);
    meet(&hub, &edge);
    let report = settled(&hub);
    assert_eq!((report.broken, report.entries), (None, 5));
    let at = "(select entry from journal_order where seq = 6)";
    tamper(database, &format!("update journal set via = 'web' where id = {at}"));
    let broken = verify(&hub, |_| {}).unwrap().broken;
    assert_eq!(broken.map(|(broken, _)| broken), Some(Break::Altered(6)));
    tamper(database, &format!("update journal set via = 'cli' where id = {at}"));
    // A run's last link has to fit what follows.
    tamper(database, "update received set seq = 3 where first = 3");
    assert!(!verify(&hub, |_| {}).unwrap().holds());
}

fn another_life_may_be_begun_at_will(database: &Database) {
    let stick = sqlite();
    let (hub, one) = (database.open(), other(&stick, 2));
    add_all(&one, 1..=3);
    let (_copy, two) = copied(&stick);
    let refused = two.write(&act(400), |tx| {
        replication::begin_anew(tx)?;
        Err::<(), _>(Error::Busy("no".to_owned()))
    });
    assert!(refused.wait().is_err());
    assert_eq!(own_series(&two), own_series(&one));
    two.write(&act(500), replication::begin_anew).wait().unwrap();
    add_all(&one, 4..=5);
    add_all(&two, 6..=7);
    meet_all(&[&hub, &two, &one]);
    assert_eq!(people(&hub), (1..=7).collect());
    // No number was given up.
    let anew = entries(&hub).into_iter().filter(|row| row.action == "node.begin_anew");
    assert_eq!(anew.count(), 1);
    assert_eq!(hello(&hub), hello(&one));
}
