//! The demo's institution: the same for the same seed, and its figures right.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use muster_storage::finding::{self, Search};
use muster_storage::{Error, Store, academics, sessions, tallies};
use muster_testkit::{Database, NOON, sqlite};

fn filled(seed: u64) -> (Database, Store) {
    let database = sqlite();
    let store = database.open();
    muster_demo::fill(&store, seed, NOON, "no password").unwrap();
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
    let checked = store.read(|tx| {
        let class = academics::classes(tx)?.into_iter().next().ok_or(Error::Panicked)?;
        let mut counted = muster_domain::attendance::Tally::default();
        for session in sessions::of_class(tx, class.id)? {
            for status in muster_domain::attendance::Status::ALL {
                counted.add(status, sessions::counts(tx, session.id)?.of(status));
            }
        }
        let stored = sessions::tallies_of_class(tx, class.id)?;
        let mut summed = muster_domain::attendance::Tally::default();
        for (_, tally) in stored {
            for status in muster_domain::attendance::Status::ALL {
                summed.add(status, tally.of(status));
            }
        }
        let mut by_session = muster_domain::attendance::Tally::default();
        for row in tallies::sessions_of_class(tx, class.id)? {
            for status in muster_domain::attendance::Status::ALL {
                by_session.add(status, row.tally().of(status));
            }
        }
        Ok::<_, Error>((counted, summed, by_session))
    });
    let (counted, summed, by_session) = checked.wait().unwrap();
    assert!(counted.total() > 500);
    assert_eq!((summed, by_session), (counted, counted));
}

#[test]
fn the_demos_teacher_has_corrections_to_decide() {
    let (_database, store) = filled(1);
    assert_eq!(store.read(muster_storage::corrections::waiting).wait().unwrap(), 3);
}
