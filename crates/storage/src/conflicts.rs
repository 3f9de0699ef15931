//! Changes that lost against one that did not know of them: listed until somebody settles them.

use crate::journal::StoredEntry;
use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_domain::ids::{EntryId, PersonId};
use muster_domain::time::Timestamp;
use muster_journal::record::{Op, Record};
use muster_journal::{Entry, Version};
use std::collections::BTreeSet;
use uuid::Uuid;

record! {
    /// A change that lost.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ConflictRow {
        /// What kind of record.
        pub entity: String,
        /// Which.
        pub record: Uuid,
        /// Its field.
        pub field: String,
        /// Version of the change that stood when this was listed.
        pub kept: String,
        /// Version of the one that lost.
        pub lost: String,
        /// What it wrote, in JSON.
        pub value: String,
        /// Who wrote it.
        pub lost_actor: Option<PersonId>,
        /// Their name.
        pub lost_actor_name: Option<String>,
        /// When.
        pub lost_at: Timestamp,
        /// When it was listed here.
        pub listed_at: Timestamp,
        /// When it was settled.
        pub settled_at: Option<Timestamp>,
        /// By whom.
        pub settled_by: Option<PersonId>,
        /// Their name.
        pub settled_by_name: Option<String>,
        /// `restored`, `kept` or `elsewhere`.
        pub outcome: Option<String>,
        /// Why.
        pub reason: Option<String>,
    }
}

record! {
    /// A record that became one with another.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct RedirectRow {
        /// What kind of record.
        pub entity: String,
        /// The one that is gone.
        pub record: Uuid,
        /// The one that stands for both.
        pub stands: Uuid,
    }
}

record! {
    struct EntryRow {
        node: Option<Uuid>,
        stored: StoredEntry,
    }
}

/// A change of a field, which is what a conflict is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConflictKey {
    /// The entry that lost.
    pub entry: EntryId,
    /// The field.
    pub field: String,
}

impl ConflictRow {
    /// By what it is found.
    pub fn key(&self) -> ConflictKey {
        let entry = self.lost.parse::<Version>().map_or(EntryId(Uuid::nil()), |lost| lost.entry);
        ConflictKey { entry, field: self.field.clone() }
    }
}

/// Which conflicts are looked for; what is empty narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of records of this kind.
    pub entity: Option<String>,
    /// Settled ones, or those that wait.
    pub settled: Option<bool>,
}

macro_rules! conflicts {
    ($which:literal) => {
        concat!(
            "select c.entity, c.record, c.field, c.kept, c.lost, c.value, c.lost_actor, p.name,
            c.lost_at, c.listed_at, c.restored_at, c.restored_by, s.name, c.outcome, c.reason
        from conflicts c left join people p on p.id = c.lost_actor
        left join people s on s.id = c.restored_by ",
            $which
        )
    };
}

statements! {
    GET = (conflicts!("where c.lost = ?1 and c.field = ?2"));
    EVERY = (conflicts!("where (c.listed_at, c.lost, c.field) < (?1, ?2, ?3)
        and (cast(?4 as bigint) < 0 or (c.restored_at is not null) = (cast(?4 as bigint) = 1))
        order by c.listed_at desc, c.lost desc, c.field desc limit ?5"));
    WAITING = (conflicts!("where (c.listed_at, c.lost, c.field) < (?1, ?2, ?3)
        and c.restored_at is null
        order by c.listed_at desc, c.lost desc, c.field desc limit ?4"));
    OF_KIND = (conflicts!("where c.entity = ?6 and (c.listed_at, c.lost, c.field) < (?1, ?2, ?3)
        and (cast(?4 as bigint) < 0 or (c.restored_at is not null) = (cast(?4 as bigint) = 1))
        order by c.listed_at desc, c.lost desc, c.field desc limit ?5"));
    OPEN = "select count(*) from conflicts where restored_at is null";
    CLOCK = "select clock from journal where id = ?1";
    SETTLE = "update conflicts
        set restored_at = ?3, restored_by = ?4, outcome = ?5, reason = ?6
        where lost = ?1 and field = ?2 and restored_at is null";
    // What is not numbered yet is this node's own. Changes of records that became one with this one
    // are its changes, too.
    ENTRIES = "select (select n.node from journal_order n where n.entry = j.id
                order by n.node limit 1), j.id, j.act, j.at, j.clock, j.actor, j.via, j.action, j.entity,
            j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason, j.schema
        from journal j where j.entity = ?2 and j.id in
            (select id from journal where entity_id = ?1 and entity <> 'mark'
            union select x.id from redirects r
                join journal x on x.entity_id = r.record and x.entity <> 'mark'
                where r.stands = ?1 and r.entity = ?2)
        order by j.clock, j.id";
    ENTRIES_OF_MARK = "select (select n.node from journal_order n where n.entry = j.id
                order by n.node limit 1), j.id, j.act, j.at, j.clock, j.actor, j.via, j.action,
            j.entity, j.entity_id, j.topic, j.before, j.after, j.replaced, j.reason, j.schema
        from journal j where j.topic = ?2 and j.entity = 'mark' and (j.entity_id = ?1
            or j.entity_id in (select record from redirects where stands = ?1 and entity = 'mark'))
        order by j.clock, j.id";
    TOPIC = "select topic from journal where id = ?1";
    REDIRECTS = "select entity, record, stands from redirects
        where (entity, record) > (?1, ?2) order by entity, record limit ?3";
}

/// The version of an entry, if it is here.
fn version(tx: &mut ReadTx<'_>, entry: EntryId) -> Result<Version> {
    Ok(Version { clock: tx.number(&CLOCK, args![entry])?, entry })
}

/// The conflict of that key.
pub fn get(tx: &mut ReadTx<'_>, key: &ConflictKey) -> Result<Option<ConflictRow>> {
    let lost = version(tx, key.entry)?.to_string();
    tx.opt(&GET, args![lost, key.field])
}

/// Conflicts after that one, the latest listed first.
pub fn list(
    tx: &mut ReadTx<'_>,
    wanted: &Wanted,
    (after, limit): (Option<&ConflictRow>, i64),
) -> Result<Vec<ConflictRow>> {
    let (at, lost, field) = after
        .map_or((i64::MAX, "", ""), |row| (row.listed_at.0, row.lost.as_str(), row.field.as_str()));
    let settled = wanted.settled.map_or(-1, i64::from);
    match &wanted.entity {
        Some(entity) => tx.all(&OF_KIND, args![at, lost, field, settled, limit, entity]),
        None if settled == 0 => tx.all(&WAITING, args![at, lost, field, limit]),
        None => tx.all(&EVERY, args![at, lost, field, settled, limit]),
    }
}

/// How many nobody settled.
pub fn open(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&OPEN, args![])
}

/// Notes that a conflict is settled; false if somebody did before.
pub fn settle(
    tx: &mut WriteTx<'_>,
    row: &ConflictRow,
    (at, by): (Timestamp, PersonId),
    (outcome, reason): (&str, Option<&str>),
) -> Result<bool> {
    let args = args![row.lost, row.field, at, by, outcome, reason];
    Ok(tx.execute(&SETTLE, args)? == 1)
}

/// All entries about a record, each with the node that wrote it, the earliest first; `some` are of
/// them, by which those of a mark are found.
pub fn entries(
    tx: &mut ReadTx<'_>,
    (entity, record): (&str, Uuid),
    some: &[EntryId],
) -> Result<Vec<(Uuid, Entry)>> {
    let own = own_node(tx)?;
    let mut rows: Vec<EntryRow> = Vec::new();
    if entity == "mark" {
        let mut topics: BTreeSet<Option<Uuid>> = BTreeSet::new();
        for entry in some {
            tx.each(&TOPIC, args![*entry], |row| {
                topics.insert(row.columns().next()?);
                Ok(())
            })?;
        }
        for topic in topics {
            rows.extend(tx.all::<EntryRow>(&ENTRIES_OF_MARK, args![record, topic])?);
        }
    } else {
        rows = tx.all(&ENTRIES, args![record, entity])?;
    }
    let entries = rows.into_iter().filter_map(|row| Some((row.node.unwrap_or(own), row.stored.0?)));
    Ok(entries.collect())
}

/// The record that entries make; what can't be read of them is left out.
pub fn joined(entries: &[(Uuid, Entry)]) -> Record {
    let mut record = Record::default();
    for (node, entry) in entries {
        if muster_journal::kinds::rule_of(entry).is_some()
            && let Ok(op) = Op::of(entry, *node)
        {
            record.add(op);
        }
    }
    record
}

/// The id of this node.
pub fn own_node(tx: &mut ReadTx<'_>) -> Result<Uuid> {
    Ok(crate::journal::node::series(tx)?.node)
}

/// Records that became one with another, by kind, those after that one.
pub fn redirects(
    tx: &mut ReadTx<'_>,
    (after, limit): (Option<&RedirectRow>, i64),
) -> Result<Vec<RedirectRow>> {
    let (entity, record) = after.map_or(("", Uuid::nil()), |row| (row.entity.as_str(), row.record));
    tx.all(&REDIRECTS, args![entity, record, limit])
}
