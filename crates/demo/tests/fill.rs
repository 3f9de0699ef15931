//! The demo's institution: the same for the same seed, and its figures right.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use muster_demo::{Size, Wish};
use muster_storage::Store;
use muster_storage::finding::{self, Search};
use muster_testkit::{Database, NOON, sqlite};

fn filled(seed: u64) -> (Database, Store) {
    let database = sqlite();
    let store = database.open();
    let wish = Wish { size: Size::Small, seed, now: NOON, password_hash: "no password" };
    muster_demo::fill(&store, wish, |_| ()).unwrap();
    (database, store)
}

fn names(store: &Store) -> Vec<String> {
    let read = store.read(|tx| finding::search(tx, &Search { limit: 5_000, ..Search::default() }));
    read.wait().unwrap().into_iter().map(|person| person.name).collect()
}

#[test]
fn the_same_seed_makes_the_same_people_and_another_seed_others() {
    let (first, again, other) = (filled(1), filled(1), filled(2));
    assert_eq!(names(&first.1).len(), 2_040);
    assert_eq!(names(&first.1), names(&again.1));
    assert_ne!(names(&first.1), names(&other.1));
}

#[test]
fn the_tallies_are_what_the_marks_add_up_to() {
    let (_database, store) = filled(1);
    assert_eq!(muster_demo::check(&store, 60).unwrap(), 60);
}

#[test]
fn the_demos_teacher_has_corrections_to_decide() {
    let (_database, store) = filled(1);
    assert_eq!(store.read(muster_storage::corrections::waiting).wait().unwrap(), 3);
}
