//! What a peer may write, and what it may see.

use super::{act, add, on_both};
use muster_domain::auth::{Grant, Role, Scope};
use muster_domain::ids::{ClassId, GrantId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::sync::{Batch, Hello, Item, Run, Sent};
use muster_journal::{Change, Entry, Head};
use muster_storage::peers::{self, OwnRow};
use muster_storage::people::{self, GrantRow};
use muster_storage::replication::{self, Author, Sight, Taken};
use muster_storage::{Error, Store, StoreConfig};
use muster_testkit::{Database, NOON, sqlite};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

on_both!(
    what_only_the_hub_writes_is_noted_as_a_run_and_the_series_goes_on,
    of_the_series_of_another_nothing_is_taken_without_proof,
    an_edge_journals_nothing_that_only_the_hub_writes,
    what_staff_sign_in_by_is_refused_from_an_edge,
    an_edge_journals_nothing_of_what_staff_sign_in_by,
    runs_are_opened_in_their_place_and_passed_on_in_order,
    an_edge_can_not_cut_the_series_of_another,
    a_reading_after_which_there_is_none_is_refused,
    a_change_of_what_a_class_is_told_is_for_that_class_alone,
);

const EDGE: Uuid = Uuid::from_u128(2);

fn node(database: &Database, node: u128) -> Store {
    Store::open(&StoreConfig::new(&*database.url, Uuid::from_u128(node), NOON)).unwrap()
}

/// Waits until so many entries have their numbers: PostgreSQL gives them a moment later.
fn numbered(store: &Store, count: i64) {
    let mut feed = store.feed();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(feed.wait_for(|newest| *newest >= count)).unwrap();
}

fn grant(store: &Store, n: u128) -> Result<(), Error> {
    let change = Change::new("role.grant", "role", Uuid::from_u128(n));
    store.write(&act(n), move |tx| tx.journal(change.clone())).wait()
}

fn hello(of: &Store) -> Hello {
    of.read(|tx| replication::hello(tx, &BTreeSet::new())).wait().unwrap()
}

/// Brings everything from one node to another, which sees no more than that.
fn bring(to: &Store, from: &Store, author: Author, sight: Option<&Sight>) -> Taken {
    let (hello, sight) = (hello(to), sight.cloned());
    let offer = from
        .read(move |tx| replication::offer_within(tx, (&hello, sight.as_ref()), 100))
        .wait()
        .unwrap();
    let batch = offer.batch;
    to.write(&act(9_999), move |tx| replication::take_from(tx, &batch, author)).wait().unwrap()
}

fn what_only_the_hub_writes_is_noted_as_a_run_and_the_series_goes_on(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), node(&beside, 2));
    add(&edge, 1).unwrap();
    grant(&edge, 2).unwrap();
    add(&edge, 3).unwrap();
    let taken = bring(&hub, &edge, Author::Edge(EDGE), None);
    assert_eq!(taken.new, 2);
    let refused: Vec<_> = taken.refused.iter().map(|entry| &*entry.action).collect();
    assert_eq!(refused, ["role.grant"]);
    assert_eq!(taken.heads, hello(&edge).heads);
    // Nobody hears of it from the hub either.
    let passed = hub.read(|tx| replication::offer(tx, &Hello::default(), 100)).wait().unwrap();
    let runs = passed.batch.items.iter().filter(|item| matches!(item, Item::Run(_)));
    assert_eq!((passed.batch.items.len(), runs.count()), (3, 1));
    assert_eq!(bring(&hub, &edge, Author::Edge(EDGE), None).refused, []);
}

fn of_the_series_of_another_nothing_is_taken_without_proof(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (hub, edge, other) = (database.open(), node(&near, 2), node(&far, 3));
    add(&other, 1).unwrap();
    bring(&edge, &other, Author::Hub, None);
    add(&edge, 2).unwrap();
    let taken = bring(&hub, &edge, Author::Edge(EDGE), None);
    assert_eq!((taken.new, taken.refused.len()), (1, 0));
    // Whoever wrote it brings it.
    assert_eq!(bring(&hub, &other, Author::Edge(Uuid::from_u128(3)), None).new, 1);
}

fn an_edge_journals_nothing_that_only_the_hub_writes(database: &Database) {
    let edge = database.open();
    grant(&edge, 1).unwrap();
    become_edge(&edge);
    assert_eq!(grant(&edge, 3), Err(Error::AtHub));
    add(&edge, 4).unwrap();
}

fn become_edge(store: &Store) {
    let write = store.write(&act(2), |tx| {
        let row = OwnRow { every: 5, ..OwnRow::default() };
        peers::become_edge(tx, &row, Timestamp(1))
    });
    write.wait().unwrap();
}

/// Somebody who administrates.
fn administrator(store: &Store, n: u128) {
    add(store, n).unwrap();
    let write = store.write(&act(n + 1_000), move |tx| {
        let grant = Grant { role: Role::SuperAdministrator, scope: Scope::Institution };
        let id = Uuid::from_u128(n);
        let row = GrantRow::new(GrantId(id), PersonId(id), grant);
        people::insert_grant(tx, &row, None, NOON)
    });
    write.wait().unwrap();
}

fn change(of: u128, before: &Value, after: &Value) -> Change {
    Change::new("person.change", "person", Uuid::from_u128(of)).changed(before, after, 0)
}

fn written(store: &Store, n: u128, change: Change) -> Result<(), Error> {
    store.write(&act(n), move |tx| tx.journal(change.clone())).wait()
}

fn what_staff_sign_in_by_is_refused_from_an_edge(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), node(&beside, 2));
    administrator(&hub, 10);
    let own = Uuid::from_u128(10);
    let address = change(10, &json!({"email": null}), &json!({"email": "thief@away.example"}));
    written(&edge, 20, address).unwrap();
    // It says that it was so before.
    let same = json!({"email": "thief@away.example"});
    let hidden = Change::new("person.change", "person", own).created(&same);
    let hidden = Change { before: Some(same), ..hidden };
    written(&edge, 21, hidden).unwrap();
    // One who would become one with them, and one who would lead to them.
    let twin = json!({"number": "n10", "name": "Twin", "active": true, "created_at": 1});
    let twin = Change::new("person.create", "person", Uuid::from_u128(1)).created(&twin);
    written(&edge, 22, twin).unwrap();
    let led = change(2, &json!({"merged_into": null}), &json!({"merged_into": own}));
    written(&edge, 23, led).unwrap();
    written(&edge, 24, Change::new("person.remove", "person", own)).unwrap();
    add(&edge, 3).unwrap();
    let taken = bring(&hub, &edge, Author::Edge(EDGE), None);
    assert_eq!((taken.new, taken.refused.len()), (1, 5));
    assert!(taken.refused.iter().all(|refused| refused.entity == "person"));
    let series = series_of(&edge);
    assert_eq!(taken.heads.of(series), hello(&edge).heads.of(series));
    let row = hub.read(move |tx| people::get(tx, PersonId(own))).wait().unwrap().unwrap();
    assert_eq!((row.number.as_str(), row.email), ("N10", None));
}

fn an_edge_journals_nothing_of_what_staff_sign_in_by(database: &Database) {
    let edge = database.open();
    administrator(&edge, 10);
    add(&edge, 11).unwrap();
    become_edge(&edge);
    let address = |of: u128| change(of, &json!({"email": null}), &json!({"email": "a@b.example"}));
    assert_eq!(written(&edge, 20, address(10)), Err(Error::AtHub));
    let phone = change(10, &json!({"phone": null}), &json!({"phone": "555"}));
    written(&edge, 21, phone).unwrap();
    written(&edge, 22, address(11)).unwrap();
}

fn runs_are_opened_in_their_place_and_passed_on_in_order(database: &Database) {
    let (near, far) = (sqlite(), sqlite());
    let (edge, hub, third) = (database.open(), node(&near, 2), node(&far, 3));
    for n in 1..=6 {
        add(&hub, n).unwrap();
    }
    add(&edge, 100).unwrap();
    numbered(&edge, 1);
    // Of nobody: it learns that there are six.
    bring(&edge, &hub, Author::Hub, Some(&Sight::default()));
    assert_eq!(hello(&edge).heads.of(series_of(&hub)), hello(&hub).heads.of(series_of(&hub)));
    // Four of them at first, then the rest.
    let mut after = None;
    let mut rounds = 0;
    loop {
        let runs = edge.read(move |tx| replication::runs(tx, after, 10)).wait().unwrap();
        if runs.items.is_empty() {
            break;
        }
        let told = hub.read(move |tx| replication::disclose(tx, (&runs, None), 4)).wait();
        let (told, _) = told.unwrap();
        assert!(told.items.iter().all(|item| matches!(item, Item::Entry(_))));
        let opened =
            edge.write(&act(8_000 + rounds), move |tx| replication::open(tx, &told)).wait();
        let (place, _) = opened.unwrap();
        assert!(place > after);
        (after, rounds) = (place, rounds + 1);
    }
    assert_eq!(rounds, 2);
    let taken = bring(&third, &edge, Author::Hub, None);
    assert_eq!((taken.new, taken.forked.len()), (7, 0));
    assert_eq!(hello(&third).heads, hello(&edge).heads);
}

fn an_edge_can_not_cut_the_series_of_another(database: &Database) {
    let beside = sqlite();
    let (hub, other) = (database.open(), node(&beside, 3));
    for n in 1..=3 {
        add(&other, n).unwrap();
    }
    bring(&hub, &other, Author::Edge(Uuid::from_u128(3)), None);
    let before = hello(&hub).heads;
    let last = Head { seq: 9, hash: [7; 32] };
    let run = Item::Run(Run { series: series_of(&other), first: 1, last });
    let batch = Batch { items: vec![run], ends: Vec::new() };
    let take =
        hub.write(&act(9_998), move |tx| replication::take_from(tx, &batch, Author::Edge(EDGE)));
    let taken = take.wait().unwrap();
    assert_eq!((taken.moved, taken.anew), (false, None));
    assert_eq!(hello(&hub).heads, before);
}

fn a_reading_after_which_there_is_none_is_refused(database: &Database) {
    let beside = sqlite();
    let (hub, edge) = (database.open(), node(&beside, 2));
    add(&edge, 1).unwrap();
    let offer = edge.read(|tx| replication::offer(tx, &Hello::default(), 100)).wait().unwrap();
    let far = |item: &Item| match item {
        Item::Entry(sent) => {
            let entry = Entry { clock: i64::MAX - 1, ..(*sent.entry).clone() };
            Item::Entry(Arc::new(Sent::new(sent.series, sent.seq, entry)))
        }
        Item::Run(run) => Item::Run(*run),
    };
    let items = offer.batch.items.iter().map(far).collect();
    let batch = Batch { items, ends: Vec::new() };
    let take =
        hub.write(&act(9_997), move |tx| replication::take_from(tx, &batch, Author::Edge(EDGE)));
    let taken = take.wait().unwrap();
    assert_eq!((taken.new, taken.refused.len()), (0, 1));
    let reading = hub.write(&act(9_996), |tx| Ok::<_, Error>(tx.version())).wait().unwrap();
    assert!(reading < i64::MAX / 2);
}

fn a_change_of_what_a_class_is_told_is_for_that_class_alone(database: &Database) {
    let hub = database.open();
    let (class, other, id) = (Uuid::from_u128(40), Uuid::from_u128(41), Uuid::from_u128(42));
    let write = |n: u128, change: Change| {
        hub.write(&act(n), move |tx| tx.journal(change.clone())).wait().unwrap();
    };
    let made = json!({"class": class, "title": "Room", "text": "Room 7"});
    write(1, Change::new("announcement.make", "announcement", id).created(&made));
    // It says what differs, and so nothing of the class.
    let (old, new) = (json!({"text": "Room 7"}), json!({"text": "Room 8"}));
    write(2, Change::new("announcement.change", "announcement", id).changed(&old, &new, 0));
    let all = Uuid::from_u128(43);
    write(3, Change::new("announcement.make", "announcement", all).created(&old));
    numbered(&hub, 3);
    let seen = |class: Uuid| {
        let read = hub.read(move |tx| {
            let sight = replication::sight(tx, &[ClassId(class)])?;
            replication::offer_within(tx, (&Hello::default(), Some(&sight)), 100)
        });
        let items = read.wait().unwrap().batch.items.into_iter();
        items.filter(|item| matches!(item, Item::Entry(_))).count()
    };
    assert_eq!((seen(class), seen(other)), (3, 1));
}

fn series_of(store: &Store) -> muster_journal::Series {
    store.read(replication::own).wait().unwrap()
}
