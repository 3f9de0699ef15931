//! Classes whose weekly meetings are still to be brought in line after a change that concerns many.

use crate::{ReadTx, Result, ToValue, WriteTx, args, record, statements};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::time::Timestamp;

record! {
    /// A class that waits, with who changed what.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct StaleRow {
        /// The class.
        pub class: ClassId,
        /// Whose change it was.
        pub asked_by: Option<PersonId>,
        /// When.
        pub asked_at: Timestamp,
        /// What changed, in a sentence.
        pub reason: String,
    }
}

statements! {
    FIRST = "select class, asked_by, asked_at, reason from stale_timetables
        order by asked_at, class limit ?1";
    PUT = {
        sqlite: "insert into stale_timetables (class, asked_by, asked_at, reason)
        values (?1, ?2, ?3, ?4)
        on conflict (class) do update set asked_by = excluded.asked_by,
            asked_at = excluded.asked_at, reason = excluded.reason",
        postgres: "insert into stale_timetables (class, asked_by, asked_at, reason)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::text[])
        on conflict (class) do update set asked_by = excluded.asked_by,
            asked_at = excluded.asked_at, reason = excluded.reason",
    };
    DONE = "delete from stale_timetables where class = ?1";
}

/// Those that wait longest.
pub fn first(tx: &mut ReadTx<'_>, limit: i64) -> Result<Vec<StaleRow>> {
    tx.all(&FIRST, args![limit])
}

/// Notes that classes wait.
pub fn insert(tx: &mut WriteTx<'_>, rows: &[StaleRow]) -> Result<()> {
    let rows = rows.iter().map(|row| {
        [
            row.class.to_value(),
            row.asked_by.to_value(),
            row.asked_at.to_value(),
            row.reason.to_value(),
        ]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Notes that a class is taken care of; false if somebody else does that.
pub fn done(tx: &mut WriteTx<'_>, class: ClassId) -> Result<bool> {
    Ok(tx.execute(&DONE, args![class])? == 1)
}
