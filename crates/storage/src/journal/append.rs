//! Appending: an entry per change in the change's own transaction.

use crate::replication::guarded::guarded;
use crate::{Act, Error, ReadTx, Result, ToValue, Value, WriteTx, args, peers, statements};
use muster_domain::ids::{ActId, PersonId};
use muster_journal::kinds::is_made_by_hub;
use muster_journal::{Chained, Change, Digest, Entry, Head, Series, entry_id, link};
use rusqlite::Connection;
use serde_json::{Value as Json, json};

statements! {
    PUT = {
        sqlite: "insert into journal (id, act, at, clock, actor, via, action, entity, entity_id,
            topic, before, after, replaced, reason, schema, digest)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        postgres: "insert into journal (id, act, at, clock, actor, via, action, entity, entity_id,
            topic, before, after, replaced, reason, schema, digest)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::uuid[],
            ?6::text[], ?7::text[], ?8::text[], ?9::uuid[], ?10::uuid[], ?11::text[], ?12::text[],
            ?13::text[], ?14::text[], ?15::bigint[], ?16::bytea[])",
    };
    // Whoever gives numbers on PostgreSQL need not look at what has one already.
    KEEP = {
        sqlite: "insert into journal (id, act, at, clock, actor, via, action, entity, entity_id,
            topic, before, after, replaced, reason, schema, digest)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        postgres: "insert into journal (id, act, at, clock, actor, via, action, entity, entity_id,
            topic, before, after, replaced, reason, schema, digest, tx)
        select * from unnest(?1::uuid[], ?2::uuid[], ?3::bigint[], ?4::bigint[], ?5::uuid[],
            ?6::text[], ?7::text[], ?8::text[], ?9::uuid[], ?10::uuid[], ?11::text[], ?12::text[],
            ?13::text[], ?14::text[], ?15::bigint[], ?16::bytea[], ?17::bigint[])",
    };
    RECORDED = "select count(*) from journal where id = ?1";
    PUT_ORDER = "insert into journal_order (node, incarnation, seq, entry, hash)
        values (?1, ?2, ?3, ?4, ?5)";
}

/// In place of the transaction that wrote an entry: before all of them.
const NUMBERED: i64 = -1;

impl WriteTx<'_> {
    /// Records a change.
    pub fn journal(&mut self, change: Change) -> Result<()> {
        self.journal_many([change])
    }

    /// Records many changes; on PostgreSQL with one statement.
    pub fn journal_many(&mut self, changes: impl IntoIterator<Item = Change>) -> Result<()> {
        let act = self.act().clone();
        let entries: Vec<_> = changes.into_iter().map(|change| self.entry(&act, change)).collect();
        self.append(entries)
    }

    /// Records a change of somebody who is known only since the act runs: who signs in by it.
    pub fn journal_as(&mut self, actor: PersonId, change: Change) -> Result<()> {
        let act = Act { actor: Some(actor), ..self.act().clone() };
        let entry = self.entry(&act, change);
        self.append(vec![entry])
    }

    /// Records changes that belong to acts of their own, as when the requests of many are served in
    /// one transaction.
    pub fn journal_acts<'c>(
        &mut self,
        changes: impl IntoIterator<Item = (&'c Act, Change)>,
    ) -> Result<()> {
        let entries: Vec<_> =
            changes.into_iter().map(|(act, change)| self.entry(act, change)).collect();
        self.append(entries)
    }

    /// Keeps entries of other nodes, which have their numbers already; later readings of the clock
    /// follow theirs. What needs no transaction is done `meanwhile`.
    pub(crate) fn keep_entries(
        &mut self,
        entries: &[(&Entry, Digest)],
        meanwhile: impl FnOnce(),
    ) -> Result<()> {
        let latest = entries.iter().map(|(entry, _)| entry.clock).max();
        self.observe(latest.unwrap_or_default());
        let rows = entries.iter().map(|(entry, digest)| {
            let numbered = [Value::Int(NUMBERED)];
            columns(entry, digest).into_iter().chain(numbered).collect::<Vec<_>>()
        });
        self.append_while(&KEEP, rows, meanwhile)?;
        Ok(())
    }

    /// Stores entries that this node makes, or keeps them back until the end of the act, when they
    /// tell all of it. On an edge none that the hub alone writes: every act comes by here, whatever
    /// page, call or job it began with.
    fn append(&mut self, entries: Vec<Entry>) -> Result<()> {
        if entries.iter().any(is_for_hub) && peers::is_edge(self)? {
            let by_hub = entries.iter().any(is_made_by_hub);
            if by_hub || !guarded(self, &entries)?.is_empty() {
                return Err(Error::AtHub);
            }
        }
        match &mut self.telling {
            Some(telling) => telling.keep(entries),
            None => self.store_entries(entries)?,
        }
        Ok(())
    }

    pub(crate) fn store_entries(&mut self, entries: Vec<Entry>) -> Result<()> {
        let digested = |entry: Entry| {
            let digest = entry.digest();
            (entry, digest)
        };
        let entries: Vec<_> = entries.into_iter().map(digested).collect();
        self.execute_many(&PUT, entries.iter().map(|(entry, digest)| columns(entry, digest)))?;
        let chained = entries.iter().map(|(entry, digest)| (entry.id, *digest));
        self.entries.extend(chained.map(|(entry, digest)| Chained { entry, digest }));
        Ok(())
    }

    /// The entry of an act's change.
    fn entry(&mut self, act: &Act, change: Change) -> Entry {
        let change = self.named(change);
        let position = self.position(act.id);
        let clock = self.version_over(change.over.max(change.names.latest()));
        let replaced = replaced(&change);
        Entry {
            id: entry_id(act.id, position),
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
            replaced,
            reason: change.reason,
            schema: Entry::SCHEMA,
        }
    }
}

/// Whether the hub alone may write it: of people, what staff sign in by.
fn is_for_hub(entry: &Entry) -> bool {
    is_made_by_hub(entry) || entry.entity == "person"
}

/// What a change says that it replaces, as an entry holds it.
fn replaced(change: &Change) -> Option<String> {
    let mut replaced = json!(change.replaced);
    if let (Json::Object(fields), Some(Json::Object(exact))) =
        (&mut replaced, change.names.replaced())
    {
        fields.extend(exact);
    }
    (replaced != json!({})).then(|| replaced.to_string())
}

#[cfg(feature = "testing")]
impl WriteTx<'_> {
    /// Entries that say what they like, under ids, times and readings of this act.
    pub(crate) fn stamped(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let act = self.act().clone();
        let over = entries.iter().map(|entry| entry.clock).max();
        let clock = self.version_over(over.unwrap_or_default());
        let stamp = |entry: Entry| {
            let id = entry_id(act.id, self.position(act.id));
            Entry { id, act: act.id, at: act.at, clock, ..entry }
        };
        entries.into_iter().map(stamp).collect()
    }
}

/// Whether an act has made its first entry.
pub fn recorded(tx: &mut ReadTx<'_>, act: ActId) -> Result<bool> {
    Ok(tx.number(&RECORDED, args![entry_id(act, 0)])? > 0)
}

fn columns<'e>(entry: &'e Entry, digest: &'e Digest) -> [Value<'e>; 16] {
    [
        entry.id.to_value(),
        entry.act.to_value(),
        entry.at.to_value(),
        entry.clock.to_value(),
        entry.actor.to_value(),
        entry.via.to_value(),
        entry.action.to_value(),
        entry.entity.to_value(),
        entry.entity_id.to_value(),
        entry.topic.to_value(),
        entry.before.to_value(),
        entry.after.to_value(),
        entry.replaced.to_value(),
        entry.reason.to_value(),
        entry.schema.to_value(),
        digest.to_value(),
    ]
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
