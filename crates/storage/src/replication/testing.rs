//! Entries as they are, for simulations. Behind the feature `testing`.

use super::incoming::{Author, Taken, take_by};
use super::{apply, heads};
use crate::journal::StoredEntry;
use crate::{ReadTx, Result, Statement, WriteTx, args, record};
use muster_journal::Entry;
use muster_journal::sync::{Batch, Stands};

record! {
    struct EntryRow {
        stored: StoredEntry,
    }
}

const TEXT: &str =
    "select id, act, at, clock, actor, via, action, entity, entity_id, topic, before,
        after, replaced, reason, schema
    from journal order by clock, id";

static ENTRIES: Statement = Statement { name: "ENTRIES", sqlite: TEXT, postgres: TEXT };

/// All entries, by their readings of the clock.
pub fn entries(tx: &mut ReadTx<'_>) -> Result<Vec<Entry>> {
    let rows: Vec<EntryRow> = tx.all(&ENTRIES, args![])?;
    Ok(rows.into_iter().filter_map(|row| row.stored.0).collect())
}

/// Writes entries as this node's own, in the transaction's act, and has their records stand in the
/// tables. Ids, times and readings are made as for changes; an entry's reading says what it has to be
/// later than.
pub fn write(tx: &mut WriteTx<'_>, entries: Vec<Entry>) -> Result<Vec<Entry>> {
    let own = heads::own(tx)?;
    let entries = tx.stamped(entries);
    apply::apply(tx, own, entries.iter().map(|entry| (entry, own.node)))?;
    tx.store_entries(entries.clone())?;
    Ok(entries)
}

/// Takes up a batch whose sender may bring everything.
pub fn take(tx: &mut WriteTx<'_>, batch: &Batch, stands: Stands) -> Result<Taken> {
    take_by(tx, batch, Author::Peer, stands)
}
