//! What the journal says of records, whoever wrote it, and of those that turned out to be them.

use crate::journal::StoredEntry;
use crate::replication::apply::{Redirects, lead};
use crate::replication::tables::{At, Fields, Table};
use crate::{ReadTx, Result, ToValue, record, statements};
use muster_journal::Entry;
use muster_journal::kinds::rule_of;
use muster_journal::record::{Op, Record, Rule, Standing};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Records by id, as all changes that are known.
type Records = BTreeMap<Uuid, Record>;

/// All that was told of records.
#[derive(Debug, Default)]
pub(in crate::replication) struct History {
    records: Records,
    redirects: Redirects,
}

impl History {
    /// The changes of a record and of those that became it; none of one that became another.
    pub fn of(&self, id: Uuid) -> Record {
        self.records.get(&id).cloned().unwrap_or_default()
    }

    /// What stands of a record, its references led to the records that stand, as rows have them.
    pub fn standing(&self, table: &Table, rule: Rule, record: &Record) -> Standing {
        let mut standing = record.standing(rule);
        if !self.redirects.is_empty() {
            let told = std::mem::take(&mut standing.fields);
            let mut fields: Fields = told.into_iter().collect();
            lead(table.entity, &mut fields, &self.redirects);
            standing.fields = fields.into_iter().collect();
        }
        standing
    }
}

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

/// All that is known of these records.
pub(in crate::replication) fn history(
    tx: &mut ReadTx<'_>,
    wanted: impl Iterator<Item = (&'static Table, At)>,
) -> Result<History> {
    let wanted: Vec<_> = wanted.collect();
    if wanted.is_empty() {
        return Ok(History::default());
    }
    let mut redirects = Redirects::open(tx)?;
    let ids = wanted.iter().map(|(table, at)| (table.entity, at.id)).collect();
    let leading = redirects.leading_to(tx, &ids)?;
    let others = leading.iter().map(|((_, id), _, topic)| At { id: *id, topic: *topic });
    let mut records = told(tx, wanted.iter().map(|(_, at)| *at).chain(others))?;
    for ((_, from), (_, to), _) in &leading {
        let Some(other) = records.remove(from) else { continue };
        records.entry(*to).or_default().join(&other);
    }
    let ops = records.values().flat_map(Record::ops);
    let named = ops.flat_map(|op| op.values.values()).filter_map(|value| value.as_str());
    redirects.learn(tx, named.filter_map(|text| Uuid::try_parse(text).ok()))?;
    Ok(History { records, redirects })
}

/// What entries tell of these. Marks are found by their sessions.
fn told(tx: &mut ReadTx<'_>, wanted: impl Iterator<Item = At>) -> Result<Records> {
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
