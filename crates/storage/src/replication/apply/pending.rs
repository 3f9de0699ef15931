//! Records that wait: for another one to come, or for a change that can be read.

use super::{Id, entity_of};
use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

record! {
    /// A record that is not here as it should be.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct PendingRow {
        /// Its kind.
        pub entity: String,
        /// Which.
        pub record: Uuid,
        /// The record that is missing; none if only another change of its own can help.
        pub waits_for: Option<Uuid>,
        /// Why, for people.
        pub why: String,
        /// Since when.
        pub since: Timestamp,
    }
}

record! {
    struct RecordRow {
        entity: String,
        record: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    ANY = "select count(*) from (select 1 from pending limit 1) few";
    COUNT = "select count(*) from pending";
    LIST = "select entity, record, waits_for, why, since from pending
        where (since, entity, record) > (?1, ?2, ?3) order by since, entity, record limit ?4";
    AMONG = {
        sqlite: "select entity, record, topic from pending where entity = ?1 and record = ?2",
        postgres: "select p.entity, p.record, p.topic
        from unnest(?1::text[], ?2::uuid[]) as a (entity, record)
        join pending p on p.entity = a.entity and p.record = a.record",
    };
    WAITING = {
        sqlite: "select entity, record, topic from pending where waits_for = ?1",
        postgres: "select entity, record, topic from pending where waits_for = any(?1::uuid[])",
    };
    PUT = {
        sqlite: "insert into pending (entity, record, waits_for, why, since, topic)
        values (?1, ?2, ?3, ?4, ?5, ?6)
        on conflict (entity, record) do update set waits_for = excluded.waits_for,
            why = excluded.why, topic = coalesce(excluded.topic, pending.topic)",
        postgres: "insert into pending (entity, record, waits_for, why, since, topic)
        select * from unnest(?1::text[], ?2::uuid[], ?3::uuid[], ?4::text[], ?5::bigint[],
            ?6::uuid[])
        on conflict (entity, record) do update set waits_for = excluded.waits_for,
            why = excluded.why, topic = coalesce(excluded.topic, pending.topic)",
    };
    DROP = {
        sqlite: "delete from pending where entity = ?1 and record = ?2",
        postgres: "delete from pending p using unnest(?1::text[], ?2::uuid[]) as d (entity, record)
        where p.entity = d.entity and p.record = d.record",
    };
}

/// Why a record waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Waits {
    /// The record that is missing.
    pub waits_for: Option<Uuid>,
    /// In words.
    pub why: String,
}

/// How many records wait.
pub fn count_pending(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&COUNT, args![])
}

/// Records that wait, the longest first, after that one.
pub fn list_pending(
    tx: &mut ReadTx<'_>,
    after: Option<&PendingRow>,
    limit: i64,
) -> Result<Vec<PendingRow>> {
    let (since, entity, record) = after.map_or((Timestamp(i64::MIN), "", Uuid::nil()), |row| {
        (row.since, row.entity.as_str(), row.record)
    });
    tx.all(&LIST, args![since, entity, record, limit])
}

/// Writes down who waits, and drops those of `looked_at` that do not any more.
pub(super) fn put(
    tx: &mut WriteTx<'_>,
    looked_at: &BTreeSet<Id>,
    waiting: &BTreeMap<Id, Waits>,
    session: impl Fn(Uuid) -> Option<Uuid>,
) -> Result<()> {
    if tx.number(&ANY, args![])? > 0 {
        let done = looked_at.iter().filter(|id| !waiting.contains_key(*id));
        tx.execute_many(&DROP, done.map(|(entity, record)| row![*entity, *record]))?;
    }
    let since = tx.act().at;
    let rows = waiting.iter().map(|((entity, record), waits)| {
        row![*entity, *record, waits.waits_for, &waits.why, since, session(*record)]
    });
    tx.execute_many(&PUT, rows)?;
    Ok(())
}

/// Which of these wait.
pub(super) fn among(tx: &mut ReadTx<'_>, records: &BTreeSet<Id>) -> Result<BTreeSet<Id>> {
    if records.is_empty() || tx.number(&ANY, args![])? == 0 {
        return Ok(BTreeSet::new());
    }
    let asked = records.iter().map(|(entity, record)| row![*entity, *record]);
    let rows: Vec<RecordRow> = tx.all_many(&AMONG, asked)?;
    Ok(rows.into_iter().filter_map(|row| Some((entity_of(&row.entity)?, row.record))).collect())
}

/// Who waits for these.
pub(super) fn waiting(
    tx: &mut ReadTx<'_>,
    came: &BTreeSet<Uuid>,
    mut note: impl FnMut(Uuid, Option<Uuid>),
) -> Result<BTreeSet<Id>> {
    if came.is_empty() || tx.number(&ANY, args![])? == 0 {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<RecordRow> = tx.all_many(&WAITING, came.iter().map(|id| row![*id]))?;
    for row in &rows {
        note(row.record, row.topic);
    }
    Ok(rows.into_iter().filter_map(|row| Some((entity_of(&row.entity)?, row.record))).collect())
}
