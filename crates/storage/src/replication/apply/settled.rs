//! How far this node's own entries were looked at. It wrote their rows itself; but by them it may
//! have claimed a key, freed a value, decided a conflict.

use super::changes::{Journal, MARK};
use super::{Id, conflicts, entity_of};
use crate::journal::node::lives_after;
use crate::{Result, WriteTx, args, record, statements};
use muster_journal::Series;
use muster_journal::kinds::kind_of;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Entries that are looked at in one transaction.
const MOST: i64 = 2_000;

record! {
    struct OwnRow {
        seq: i64,
        entity: String,
        record: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    LAST = "select seq from settled where node = ?1 and incarnation = ?2";
    SINCE = "select o.seq, j.entity, j.entity_id, j.topic
        from journal_order o join journal j on j.id = o.entry
        where o.node = ?1 and o.incarnation = ?2 and o.seq > ?3 order by o.seq limit ?4";
    MOVE = "insert into settled (node, incarnation, seq) values (?1, ?2, ?3)
        on conflict (node, incarnation) do update set seq = excluded.seq";
}

/// The records that this node changed since the last time and of which something else may follow.
pub(super) fn since_last(tx: &mut WriteTx<'_>, journal: &mut Journal<'_>) -> Result<BTreeSet<Id>> {
    let mut rows: Vec<OwnRow> = Vec::new();
    // Of a life that ended something may be left.
    for (life, _) in lives_after(tx, 0)? {
        let left = MOST - i64::try_from(rows.len()).unwrap_or(MOST);
        rows.extend(of_life(tx, life.series, left)?);
    }
    if rows.is_empty() {
        return Ok(BTreeSet::new());
    }
    let records: BTreeSet<Uuid> = rows.iter().map(|row| row.record).collect();
    let listed: BTreeSet<(String, Uuid)> = conflicts::among(tx, &records)?.into_iter().collect();
    let follows = |row: &OwnRow| {
        let keyed = |kind: &muster_journal::kinds::Kind| !kind.key.is_empty();
        super::unique::concerns(&row.entity)
            || row.entity == "pass"
            || kind_of(&row.entity).is_some_and(keyed)
            || listed.contains(&(row.entity.clone(), row.record))
    };
    for row in rows.iter().filter(|row| row.entity == MARK) {
        journal.note(row.record, row.topic);
    }
    let all = rows.iter().filter(|row| follows(row));
    Ok(all.filter_map(|row| Some((entity_of(&row.entity)?, row.record))).collect())
}

/// The next of one life, which are looked at now.
fn of_life(tx: &mut WriteTx<'_>, life: Series, limit: i64) -> Result<Vec<OwnRow>> {
    let Series { node, incarnation } = life;
    let last = tx.number(&LAST, args![node, incarnation])?;
    let rows: Vec<OwnRow> = tx.all(&SINCE, args![node, incarnation, last, limit])?;
    if let Some(newest) = rows.last().map(|row| row.seq) {
        tx.execute(&MOVE, args![node, incarnation, newest])?;
    }
    Ok(rows)
}
