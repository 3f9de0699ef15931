//! Appending: an entry per change in the change's own transaction.

use crate::{Result, ToValue, Value, WriteTx, args, statements};
use muster_domain::ids::EntryId;
use muster_journal::{Chained, Change, Entry, Head, Series, link};
use rusqlite::Connection;
use uuid::Uuid;

statements! {
    PUT = "insert into journal (id, act, at, clock, actor, via, action, entity, entity_id, topic,
            before, after, replaced, reason, schema, digest)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)";
    PUT_ORDER = "insert into journal_order (node, incarnation, seq, entry, hash)
        values (?1, ?2, ?3, ?4, ?5)";
    APPLIED = "select count(*) from journal where act = ?1";
}

impl WriteTx<'_> {
    /// Records a change.
    pub fn journal(&mut self, change: Change) -> Result<()> {
        let clock = self.version_over(change.replaced.unwrap_or_default());
        let act = self.act;
        let entry = Entry {
            id: entry_id(act.id.0, self.entries.len()),
            act: act.id,
            at: act.at,
            clock,
            actor: act.actor,
            via: act.via.to_owned(),
            action: change.action.to_owned(),
            entity: change.entity.to_owned(),
            entity_id: change.entity_id,
            topic: change.topic,
            before: change.before.map(|before| before.to_string()),
            after: change.after.map(|after| after.to_string()),
            replaced: change.replaced,
            reason: change.reason,
        };
        let digest = entry.digest();
        self.execute(
            &PUT,
            args![
                entry.id,
                entry.act,
                entry.at,
                entry.clock,
                entry.actor,
                entry.via,
                entry.action,
                entry.entity,
                entry.entity_id,
                entry.topic,
                entry.before,
                entry.after,
                entry.replaced,
                entry.reason,
                Entry::SCHEMA,
                digest
            ],
        )?;
        self.entries.push(Chained { entry: entry.id, digest });
        Ok(())
    }
}

/// The same act makes the same ids when it runs again. They are as ordered by time as the acts'
/// own, so that new entries stand beside each other on disk.
fn entry_id(act: Uuid, position: usize) -> EntryId {
    EntryId(Uuid::from_u128(act.as_u128() ^ position as u128))
}

/// Numbers and chains a batch's entries inside its transaction; the new head.
pub(crate) fn number_sqlite(
    connection: &Connection,
    series: Series,
    head: Head,
    entries: &[Chained],
) -> Result<Head> {
    let mut prepared = connection.prepare_cached(PUT_ORDER.sqlite)?;
    entries.iter().try_fold(head, |head, entry| {
        let next = link(series, head, &entry.digest);
        let row = [
            Value::Uuid(series.node),
            Value::Int(series.incarnation),
            Value::Int(next.seq),
            entry.entry.to_value(),
            Value::Bytes(&next.hash),
        ];
        prepared.execute(rusqlite::params_from_iter(row))?;
        Ok(next)
    })
}
