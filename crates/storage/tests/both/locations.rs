//! Where rooms are, and how far students were.

use super::taught::{CLASS, SESSION, taught, who};
use super::{act, on_both};
use muster_domain::attendance::location::Location;
use muster_domain::ids::ClassId;
use muster_storage::Error;
use muster_storage::locations::{self, ClassLocationRow, DistanceRow};
use muster_testkit::Database;
use uuid::Uuid;

fn a_room_is_put_moved_and_forgotten(database: &Database) {
    let store = database.open();
    taught(&store);
    let elsewhere = ClassId(Uuid::from_u128(999));
    for (n, latitude) in [(1, "12.971599"), (2, "-33.86")] {
        let location = Location::parse(latitude, "77.5").unwrap();
        let write = store.write(&act(n), move |tx| {
            locations::put(tx, CLASS, location, 7)?;
            locations::of_classes(tx, &[elsewhere, CLASS])
        });
        let found = write.wait().unwrap();
        let found: Vec<_> = found.iter().map(ClassLocationRow::location).collect();
        assert_eq!(found, [Some(location)]);
    }
    let write = store.write(&act(3), |tx| {
        locations::remove(tx, CLASS)?;
        locations::of_class(tx, CLASS)
    });
    assert_eq!(write.wait().unwrap(), None);
}

fn the_last_distance_of_a_student_stands(database: &Database) {
    let store = database.open();
    taught(&store);
    let row = |n, metres| DistanceRow { session: SESSION, person: who(n), metres };
    let write = store.write(&act(1), move |tx| {
        locations::put_distances(tx, &[row(2, 40), row(3, 2_000)])?;
        locations::put_distances(tx, &[row(2, 12)])?;
        let mut found = locations::distances(tx, SESSION)?;
        found.sort_by_key(|row| row.person);
        Ok::<_, Error>(found)
    });
    assert_eq!(write.wait().unwrap(), [row(2, 12), row(3, 2_000)]);
}

on_both!(a_room_is_put_moved_and_forgotten, the_last_distance_of_a_student_stands);
