//! Where classes have their rooms, and how far from there students marked themselves.

use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::attendance::location::Location;
use muster_domain::ids::{ClassId, PersonId, SessionId};
use serde::{Deserialize, Serialize};

record! {
    /// The place of a class's room, in millionths of a degree.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    pub struct ClassLocationRow {
        /// Class.
        pub class: ClassId,
        /// Latitude.
        pub latitude: i64,
        /// Longitude.
        pub longitude: i64,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

record! {
    /// How far from the room a student marked themself.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct DistanceRow {
        /// Session.
        pub session: SessionId,
        /// Student.
        pub person: PersonId,
        /// Metres.
        pub metres: i64,
    }
}

impl ClassLocationRow {
    /// The place itself.
    pub fn location(&self) -> Option<Location> {
        Location::of_millionths(self.latitude, self.longitude)
    }
}

statements! {
    OF_CLASSES = {
        sqlite: "select class, latitude, longitude, version from class_locations where class = ?1",
        postgres: "select class, latitude, longitude, version from class_locations
        where class = any(?1::uuid[])",
    };
    PUT = "insert into class_locations (class, latitude, longitude, version) values (?1, ?2, ?3, ?4)
        on conflict (class) do update set latitude = excluded.latitude,
            longitude = excluded.longitude, version = excluded.version";
    REMOVE = "delete from class_locations where class = ?1";
    PUT_DISTANCES = {
        sqlite: "insert into mark_distances (session, person, metres) values (?1, ?2, ?3)
        on conflict (session, person) do update set metres = excluded.metres",
        postgres: "insert into mark_distances (session, person, metres)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[])
        on conflict (session, person) do update set metres = excluded.metres",
    };
    DISTANCES = "select session, person, metres from mark_distances where session = ?1";
    DISTANCE = "select session, person, metres from mark_distances
        where session = ?1 and person = ?2";
    DROP_DISTANCE = "delete from mark_distances where session = ?1 and person = ?2";
}

/// Where these classes have their rooms, as far as that is known.
pub fn of_classes(tx: &mut ReadTx<'_>, classes: &[ClassId]) -> Result<Vec<ClassLocationRow>> {
    tx.all_many(&OF_CLASSES, classes.iter().map(|class| row![*class]))
}

/// Where a class has its room.
pub fn of_class(tx: &mut ReadTx<'_>, class: ClassId) -> Result<Option<ClassLocationRow>> {
    Ok(of_classes(tx, &[class])?.pop())
}

/// Says where a class has its room.
pub fn put(tx: &mut WriteTx<'_>, class: ClassId, location: Location, version: i64) -> Result<()> {
    let (latitude, longitude) = location.millionths();
    tx.execute(&PUT, args![class, latitude, longitude, version])?;
    Ok(())
}

/// Forgets where a class has its room.
pub fn remove(tx: &mut WriteTx<'_>, class: ClassId) -> Result<()> {
    tx.execute(&REMOVE, args![class])?;
    Ok(())
}

/// How far a student was who marked themself in a session.
pub fn distance(
    tx: &mut ReadTx<'_>,
    session: SessionId,
    person: PersonId,
) -> Result<Option<DistanceRow>> {
    tx.opt(&DISTANCE, args![session, person])
}

/// Forgets how far a student was in a session.
pub fn drop_distance(tx: &mut WriteTx<'_>, session: SessionId, person: PersonId) -> Result<()> {
    tx.execute(&DROP_DISTANCE, args![session, person])?;
    Ok(())
}

/// Notes how far students were who marked themselves.
pub fn put_distances(tx: &mut WriteTx<'_>, distances: &[DistanceRow]) -> Result<()> {
    let rows = distances.iter().map(|one| row![one.session, one.person, one.metres]);
    tx.execute_many(&PUT_DISTANCES, rows)?;
    Ok(())
}

/// How far the students of a session were, as far as that is known.
pub fn distances(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Vec<DistanceRow>> {
    tx.all(&DISTANCES, args![session])
}
