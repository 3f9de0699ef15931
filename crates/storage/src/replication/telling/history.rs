//! What the journal says of records, whoever wrote it.

use crate::journal::StoredEntry;
use crate::replication::tables::At;
use crate::{ReadTx, Result, ToValue, record, statements};
use muster_journal::Entry;
use muster_journal::kinds::rule_of;
use muster_journal::record::{Op, Record};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Records by id, as all changes that are known.
pub(in crate::replication) type Records = BTreeMap<Uuid, Record>;

record! {
    struct ToldRow {
        node: Uuid,
        stored: StoredEntry,
    }
}

statements! {
    // What has no number yet is this node's. One by one, as of a young journal PostgreSQL has no
    // statistics, and would read all of it for several.
    TOLD_OF_RECORDS = {
        sqlite: "select coalesce((select n.node from journal_order n where n.entry = j.id
            order by n.node limit 1), (select id from node)), j.id, j.act, j.at, j.clock, j.actor,
            j.via, j.action, j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason,
            j.schema
        from journal j where j.entity_id = ?1 and j.entity <> 'mark'",
        postgres: "select coalesce((select n.node
            from (select node from journal_order where entry = j.id offset 0) n
            order by n.node limit 1), (select id from node)), j.id, j.act, j.at, j.clock, j.actor,
            j.via, j.action, j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason,
            j.schema
        from (select distinct unnest(?1::uuid[]) as id) asked
        cross join lateral (
            select * from journal w where w.entity_id = asked.id and w.entity <> 'mark' offset 0
        ) j",
    };
    TOLD_OF_MARKS = {
        sqlite: "select coalesce((select n.node from journal_order n where n.entry = j.id
            order by n.node limit 1), (select id from node)), j.id, j.act, j.at, j.clock, j.actor,
            j.via, j.action, j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason,
            j.schema
        from journal j where j.topic = ?1 and j.entity = 'mark'",
        postgres: "select coalesce((select n.node
            from (select node from journal_order where entry = j.id offset 0) n
            order by n.node limit 1), (select id from node)), j.id, j.act, j.at, j.clock, j.actor,
            j.via, j.action, j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason,
            j.schema
        from (select distinct unnest(?1::uuid[]) as id) asked
        cross join lateral (
            select * from journal w where w.topic = asked.id and w.entity = 'mark' offset 0
        ) j",
    };
}

/// All that is known of these records. Marks are found by their sessions.
pub(in crate::replication) fn history(
    tx: &mut ReadTx<'_>,
    wanted: impl Iterator<Item = At>,
) -> Result<Records> {
    let (mut ids, mut topics, mut marks) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for At { id, topic } in wanted {
        match topic {
            Some(session) => {
                topics.insert(session);
                marks.insert(id);
            }
            None => {
                ids.insert(id);
            }
        }
    }
    let mut records = Records::new();
    if !ids.is_empty() {
        let rows: Vec<ToldRow> =
            tx.all_many(&TOLD_OF_RECORDS, ids.iter().map(|id| [id.to_value()]))?;
        for row in rows {
            add(&mut records, row);
        }
    }
    if !topics.is_empty() {
        let rows: Vec<ToldRow> =
            tx.all_many(&TOLD_OF_MARKS, topics.iter().map(|id| [id.to_value()]))?;
        let own = |row: &ToldRow| {
            row.stored.0.as_ref().is_some_and(|entry| marks.contains(&entry.entity_id))
        };
        rows.into_iter().filter(own).for_each(|row| add(&mut records, row));
    }
    Ok(records)
}

fn add(records: &mut Records, row: ToldRow) {
    let told = row.stored.0.filter(|entry| rule_of(entry).is_some());
    if let Some((id, op)) = told.and_then(|entry| Some((entry.entity_id, op(&entry, row.node)?))) {
        records.entry(id).or_default().add(op);
    }
}

/// What an entry says. One that can't be read says nothing: the tables will be told anew.
pub(super) fn op(entry: &Entry, node: Uuid) -> Option<Op> {
    let read = Op::of(entry, node);
    if let Err(error) = &read {
        tracing::warn!(%error, "an entry is left out");
    }
    read.ok()
}
