//! Listing changes that lost against one that did not know of them.

use super::changes::Changes;
use super::{Id, entity_of};
use crate::{ReadTx, Result, WriteTx, args, record, row, statements};
use muster_domain::ids::PersonId;
use muster_domain::time::Timestamp;
use muster_journal::record::Standing;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

record! {
    struct ListedRow {
        entity: String,
        record: Uuid,
        field: String,
        kept: String,
        lost: String,
    }
}

record! {
    struct RecordRow {
        entity: String,
        record: Uuid,
    }
}

statements! {
    ANY = "select count(*) from (select 1 from conflicts where restored_at is null limit 1) few";
    OF_RECORDS = {
        sqlite: "select entity, record, field, kept, lost from conflicts
        where record = ?1 and restored_at is null",
        postgres: "select entity, record, field, kept, lost from conflicts
        where record = any(?1::uuid[]) and restored_at is null",
    };
    AMONG = {
        sqlite: "select distinct entity, record from conflicts
        where record = ?1 and restored_at is null",
        postgres: "select distinct entity, record from conflicts
        where record = any(?1::uuid[]) and restored_at is null",
    };
    NAMED_BY_LOST = "select distinct entity, record from conflicts
        where restored_at is null and value like ?1 and entity <> 'mark'";
    // One that seemed to be settled elsewhere may come back.
    PUT = {
        sqlite: "insert into conflicts (entity, record, field, kept, lost, value, lost_actor, lost_at,
            listed_at)
        values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
        on conflict (entity, record, field, lost) do update set kept = excluded.kept,
            restored_at = case when conflicts.outcome = 'elsewhere' then null
                else conflicts.restored_at end,
            outcome = nullif(conflicts.outcome, 'elsewhere')",
        postgres: "insert into conflicts (entity, record, field, kept, lost, value, lost_actor,
            lost_at, listed_at)
        select * from unnest(?1::text[], ?2::uuid[], ?3::text[], ?4::text[], ?5::text[], ?6::text[],
            ?7::uuid[], ?8::bigint[], ?9::bigint[])
        on conflict (entity, record, field, lost) do update set kept = excluded.kept,
            restored_at = case when conflicts.outcome = 'elsewhere' then null
                else conflicts.restored_at end,
            outcome = nullif(conflicts.outcome, 'elsewhere')",
    };
    // What became of them stays in the list.
    SETTLE = {
        sqlite: "update conflicts set restored_at = ?5, outcome = 'elsewhere'
        where entity = ?1 and record = ?2 and field = ?3 and lost = ?4 and restored_at is null",
        postgres: "update conflicts c set restored_at = d.now, outcome = 'elsewhere' from
            unnest(?1::text[], ?2::uuid[], ?3::text[], ?4::text[], ?5::bigint[])
                as d (entity, record, field, lost, now)
        where c.entity = d.entity and c.record = d.record and c.field = d.field
            and c.lost = d.lost and c.restored_at is null",
    };
}

/// A conflict by what makes it one, and what is kept in its place.
type Listed = ((String, Uuid, String, String), String);

struct Lost {
    value: String,
    actor: Option<PersonId>,
    at: Timestamp,
}

/// Lists what lost of these records and notes what is no conflict any more; records that lead to
/// others have none of their own.
pub(super) fn list(
    tx: &mut WriteTx<'_>,
    stand: &[(Id, &Changes, &Standing)],
    led: &BTreeSet<Id>,
) -> Result<()> {
    let mut now: BTreeMap<Listed, Lost> = BTreeMap::new();
    for ((entity, record), changes, standing) in stand {
        for conflict in &standing.conflicts {
            let (actor, at) =
                changes.made.get(&conflict.lost).copied().unwrap_or((None, Timestamp(0)));
            let lost = conflict.lost.to_string();
            let key = ((*entity).to_owned(), *record, conflict.field.clone(), lost);
            let value = conflict.value.to_string();
            now.insert((key, conflict.kept.to_string()), Lost { value, actor, at });
        }
    }
    let known = stand.iter().filter(|(_, changes, _)| changes.known).map(|(id, ..)| *id);
    let known: BTreeSet<Id> = known.chain(led.iter().copied()).collect();
    let before = listed(tx, &known)?;
    let there: BTreeSet<_> = now.keys().map(|(key, _)| key).collect();
    let listed_at = tx.act().at;
    let settled = before.iter().map(|(key, _)| key).filter(|key| !there.contains(key));
    let settled =
        settled.map(|(entity, record, field, lost)| row![entity, *record, field, lost, listed_at]);
    tx.execute_many(&SETTLE, settled)?;
    let new = now.iter().filter(|(key, _)| !before.contains(key));
    let new = new.map(|(((entity, record, field, lost), kept), what)| {
        let Lost { value, actor, at } = what;
        row![entity, *record, field, kept, lost, value, *actor, *at, listed_at]
    });
    tx.execute_many(&PUT, new)?;
    Ok(())
}

/// What is listed of these records.
fn listed(tx: &mut ReadTx<'_>, records: &BTreeSet<Id>) -> Result<BTreeSet<Listed>> {
    if records.is_empty() || !any(tx)? {
        return Ok(BTreeSet::new());
    }
    let rows: Vec<ListedRow> = tx.all_many(&OF_RECORDS, records.iter().map(|(_, id)| row![*id]))?;
    let of = |row: &ListedRow| {
        entity_of(&row.entity).is_some_and(|entity| records.contains(&(entity, row.record)))
    };
    let rows = rows.into_iter().filter(of);
    Ok(rows.map(|row| ((row.entity, row.record, row.field, row.lost), row.kept)).collect())
}

fn any(tx: &mut ReadTx<'_>) -> Result<bool> {
    Ok(tx.number(&ANY, args![])? > 0)
}

/// The records of which something is listed that names this one.
pub(super) fn naming(tx: &mut ReadTx<'_>, record: Uuid) -> Result<Vec<Id>> {
    if !any(tx)? {
        return Ok(Vec::new());
    }
    let rows: Vec<RecordRow> = tx.all(&NAMED_BY_LOST, args![format!("%{record}%")])?;
    Ok(rows.into_iter().filter_map(|row| Some((entity_of(&row.entity)?, row.record))).collect())
}

/// Which of these records have something listed.
pub(super) fn among(tx: &mut ReadTx<'_>, records: &BTreeSet<Uuid>) -> Result<Vec<(String, Uuid)>> {
    if records.is_empty() || !any(tx)? {
        return Ok(Vec::new());
    }
    let rows: Vec<RecordRow> = tx.all_many(&AMONG, records.iter().map(|id| row![*id]))?;
    Ok(rows.into_iter().map(|row| (row.entity, row.record)).collect())
}
