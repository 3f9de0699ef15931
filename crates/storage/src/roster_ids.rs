//! What another system's names for its records stand for here.

use crate::{ReadTx, Result, ToValue, WriteTx, record, row, statements};
use uuid::Uuid;

record! {
    /// A record and its name elsewhere.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RosterIdRow {
        /// The name in the other system.
        pub sourced_id: String,
        /// The record here.
        pub entity: Uuid,
    }
}

statements! {
    MANY = {
        sqlite: "select sourced_id, entity from roster_ids
        where source = ?1 and kind = ?2 and sourced_id = ?3",
        postgres: "select r.sourced_id, r.entity from roster_ids r
        join unnest(?1::text[], ?2::text[], ?3::text[]) w (source, kind, sourced_id)
        on r.source = w.source and r.kind = w.kind and r.sourced_id = w.sourced_id",
    };
    PUT = {
        sqlite: "insert into roster_ids (source, kind, sourced_id, entity)
        values (?1, ?2, ?3, ?4)
        on conflict (source, kind, sourced_id) do update set entity = excluded.entity",
        postgres: "insert into roster_ids (source, kind, sourced_id, entity)
        select * from unnest(?1::text[], ?2::text[], ?3::text[], ?4::uuid[])
        on conflict (source, kind, sourced_id) do update set entity = excluded.entity",
    };
}

/// Those of a kind that are known by the names that `source` has for them.
pub fn many(
    tx: &mut ReadTx<'_>,
    source: &str,
    kind: &str,
    sourced_ids: &[&str],
) -> Result<Vec<RosterIdRow>> {
    tx.all_many(&MANY, sourced_ids.iter().map(|id| row![source, kind, *id]))
}

/// Notes what names of `source` stand for; none may be there twice.
pub fn put(tx: &mut WriteTx<'_>, source: &str, kind: &str, rows: &[RosterIdRow]) -> Result<()> {
    let rows = rows.iter().map(|row| {
        [source.to_value(), kind.to_value(), row.sourced_id.to_value(), row.entity.to_value()]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}
