//! Days on which nothing takes place.

use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::HolidayId;
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::Closed;

record! {
    /// Days on which nothing takes place.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HolidayRow {
        /// Id.
        pub id: HolidayId,
        /// Name.
        pub name: String,
        /// The first day.
        pub first_on: Date,
        /// The last day.
        pub last_on: Date,
        /// Logical clock of the last change.
        pub version: i64,
    }
}

impl HolidayRow {
    /// The days as the rules read them.
    pub fn closed(&self) -> Closed {
        Closed { first_on: self.first_on, last_on: self.last_on }
    }
}

statements! {
    HOLIDAYS = "select id, name, first_on, last_on, version from holidays
        where ended_at is null order by first_on, id";
    GET = "select id, name, first_on, last_on, version from holidays
        where id = ?1 and ended_at is null";
    PUT = "insert into holidays (id, name, first_on, last_on, version)
        values (?1, ?2, ?3, ?4, ?5)";
    UPDATE = "update holidays set name = ?2, first_on = ?3, last_on = ?4, version = ?5
        where id = ?1 and version = ?6 and ended_at is null";
    END = "update holidays set ended_at = ?2, version = ?3 where id = ?1 and ended_at is null";
}

/// All holidays, the earliest first.
pub fn list(tx: &mut ReadTx<'_>) -> Result<Vec<HolidayRow>> {
    tx.all(&HOLIDAYS, args![])
}

/// The holiday of that id, unless it was taken back.
pub fn get(tx: &mut ReadTx<'_>, id: HolidayId) -> Result<Option<HolidayRow>> {
    tx.opt(&GET, args![id])
}

/// Adds a holiday.
pub fn insert(tx: &mut WriteTx<'_>, row: &HolidayRow) -> Result<()> {
    let HolidayRow { id, name, first_on, last_on, version } = row;
    tx.execute(&PUT, args![*id, name, *first_on, *last_on, *version])?;
    Ok(())
}

/// Changes a holiday whose stored version is still `seen`.
pub fn update(tx: &mut WriteTx<'_>, row: &HolidayRow, seen: i64) -> Result<bool> {
    let HolidayRow { id, name, first_on, last_on, version } = row;
    let changed = tx.execute(&UPDATE, args![*id, name, *first_on, *last_on, *version, seen])?;
    Ok(changed == 1)
}

/// Takes a holiday back; false if it was taken back before.
pub fn end(tx: &mut WriteTx<'_>, id: HolidayId, at: Timestamp, version: i64) -> Result<bool> {
    Ok(tx.execute(&END, args![id, at, version])? == 1)
}
