//! Marks set for a whole session at once: kept with what stood before.

use super::taught::{SESSION, mark, taught, who};
use super::{act, on_both};
use muster_domain::attendance::{Extent, Status};
use muster_domain::ids::BulkId;
use muster_domain::time::Span;
use muster_storage::bulk::{self, BulkItem, BulkRow};
use muster_storage::{Error, Store};
use muster_testkit::{Database, NOON};
use uuid::Uuid;

fn row(n: u128, minute: i64) -> BulkRow {
    BulkRow {
        id: BulkId(Uuid::from_u128(n)),
        session: SESSION,
        status: Status::Present,
        extent: Extent::All,
        reason: "fire drill".to_owned(),
        marked_by: who(1),
        name: "Person 1".to_owned(),
        at: NOON + Span::minutes(minute),
        changed: 2,
        reversed_at: None,
        version: 7,
    }
}

fn kept(store: &Store, row: BulkRow, items: Vec<BulkItem>) {
    let write = store.write(&act(2000), move |tx| bulk::insert(tx, &row, &items));
    write.wait().unwrap();
}

fn what_stood_before_comes_back_as_it_was(database: &Database) {
    let store = database.open();
    taught(&store);
    let before = mark(2, Status::Late);
    let items = vec![BulkItem::new(who(2), 7, Some(&before)), BulkItem::new(who(3), 8, None)];
    kept(&store, row(1, 0), items.clone());
    let id = row(1, 0).id;
    let read = store.read(move |tx| Ok::<_, Error>((bulk::get(tx, id)?, bulk::items(tx, id)?)));
    let (stored, stored_items) = read.wait().unwrap();
    assert_eq!(stored, Some(row(1, 0)));
    assert_eq!(stored_items, items);
    let restored: Vec<_> = stored_items.iter().map(|item| item.before(SESSION)).collect();
    let expected = muster_storage::sessions::MarkRow { version: 0, ..before };
    assert_eq!(restored, [Some(expected), None]);
}

fn the_latest_of_a_session_comes_first(database: &Database) {
    let store = database.open();
    taught(&store);
    for (n, minute) in [(1, 0), (2, 5), (3, 2)] {
        kept(&store, row(n, minute), Vec::new());
    }
    let read = store.read(|tx| bulk::of_session(tx, SESSION)).wait().unwrap();
    let ids: Vec<_> = read.into_iter().map(|row| row.id.0.as_u128()).collect();
    assert_eq!(ids, [2, 3, 1]);
}

fn it_is_taken_back_once(database: &Database) {
    let store = database.open();
    taught(&store);
    kept(&store, row(1, 0), Vec::new());
    let id = row(1, 0).id;
    let reverse = |n| store.write(&act(n), move |tx| bulk::reverse(tx, id, who(1), NOON));
    assert!(reverse(3000).wait().unwrap());
    assert!(!reverse(3001).wait().unwrap());
    let stored = store.read(move |tx| bulk::get(tx, id)).wait().unwrap().unwrap();
    assert_eq!(stored.reversed_at, Some(NOON));
}

on_both!(
    what_stood_before_comes_back_as_it_was,
    the_latest_of_a_session_comes_first,
    it_is_taken_back_once,
);
