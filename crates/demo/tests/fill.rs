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

#[test]
fn the_demos_students_owe_pay_in_parts_and_too_much() {
    let (_database, store) = filled(1);
    let sums = store.read(|tx| {
        let terms = muster_storage::academics::terms(tx)?;
        let term = terms.first().unwrap();
        muster_storage::accounts::sums(tx, term.id, term.ends_on)
    });
    let sums = sums.wait().unwrap();
    let count = |wanted: fn(i64, i64) -> bool| -> i64 {
        sums.iter().filter(|sum| wanted(sum.fee, sum.paid)).map(|sum| sum.students).sum()
    };
    assert_eq!(count(|_, _| true), 2_000);
    for kind in [
        |_: i64, paid: i64| paid == 0,
        |fee: i64, paid: i64| paid > 0 && paid < fee,
        |fee: i64, paid: i64| paid == fee,
        |fee: i64, paid: i64| paid > fee,
    ] {
        assert!(count(kind) > 50);
    }
}
