//! Beginning to replicate: what the tables held before is told, some records at a time. Nothing is taken
//! up meanwhile: what came would be joined with entries that do not say yet what stands here.

use super::Telling;
use super::tables::{self, At, Key, Table, table_of};
use crate::{Error, ReadTx, Result, WriteTx, args, peers, record, statements};
use muster_domain::ids::EntryId;
use muster_domain::time::Span;
use muster_journal::kinds::{Writer, kind_of};
use muster_journal::record::removes;
use std::sync::atomic::Ordering;
use uuid::Uuid;

record! {
    struct NodeRow {
        replicates: Option<i64>,
        restating: Option<String>,
        restated: i64,
    }
}

record! {
    struct EntryRow {
        id: EntryId,
        clock: i64,
        action: String,
        entity: String,
        entity_id: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    STATE = "select replicates, restating, restated from node";
    BEGIN = "update node set replicates = ?1, restating = ?2 where replicates is null";
    MOVE = "update node set restating = ?1, restated = restated + ?2";
    SINCE = "select id, clock, action, entity, entity_id, topic from journal
        where (clock, id) > (?1, ?2) and clock <= ?3 order by clock, id limit ?4";
}

/// How long after the beginning another process may have acted without knowing of it.
const UNAWARE: Span = Span::minutes(10);

/// How far the telling of what was there before has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restated {
    /// How many records were looked at.
    pub records: i64,
    /// Of which kind the next ones are; none where it is about what was removed, or written since.
    pub kind: Option<&'static str>,
}

/// Where the telling of what was there before has come.
enum Place {
    /// Up to a record of a table.
    Table(&'static Table, Uuid),
    /// Tables are told; of what was removed before up to that entry.
    Removed(i64, EntryId),
    /// That, too; of the entries of the first minutes up to that one.
    Entries(i64, EntryId),
}

impl Place {
    fn text(&self) -> String {
        match self {
            Self::Table(table, after) => format!("{} {after}", table.name),
            Self::Removed(clock, entry) => format!("{REMOVED} {clock} {entry}"),
            Self::Entries(clock, entry) => format!("{clock} {entry}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        let (at, id) = text.split_once(' ')?;
        if at == REMOVED {
            let (clock, entry) = id.split_once(' ')?;
            return Some(Self::Removed(clock.parse().ok()?, EntryId(Uuid::try_parse(entry).ok()?)));
        }
        let id = Uuid::try_parse(id).ok()?;
        let table = tables::ALL.into_iter().find(|table| table.name == at);
        match table {
            Some(table) => Some(Self::Table(table, id)),
            None => Some(Self::Entries(at.parse().ok()?, EntryId(id))),
        }
    }

    fn first() -> Option<Self> {
        tables::ALL.first().map(|table| Self::Table(table, Uuid::nil()))
    }

    /// The table after one; after the last one what has no row any more.
    fn after(table: &'static Table) -> Self {
        let mut tables = tables::ALL.into_iter().skip_while(|one| one.name != table.name).skip(1);
        match tables.next() {
            Some(table) => Self::Table(table, Uuid::nil()),
            None => Self::Removed(0, EntryId(Uuid::nil())),
        }
    }
}

/// How a place among removals begins.
const REMOVED: &str = "(removed)";
/// Of entries in which removals are looked for, so many times as many are read as records are told.
const MORE: i64 = 20;

/// Whether this node replicates.
pub fn replicates(tx: &mut ReadTx<'_>) -> Result<bool> {
    let state: Option<NodeRow> = tx.opt(&STATE, args![])?;
    Ok(state.is_some_and(|state| state.replicates.is_some()))
}

/// Whether something of what was there before is yet to be told.
pub fn restating(tx: &mut ReadTx<'_>) -> Result<bool> {
    let state: Option<NodeRow> = tx.opt(&STATE, args![])?;
    Ok(state.is_some_and(|state| state.restating.is_some()))
}

/// How far that has come; none if it is done, or was never begun.
pub fn restated(tx: &mut ReadTx<'_>) -> Result<Option<Restated>> {
    let state: Option<NodeRow> = tx.opt(&STATE, args![])?;
    Ok(state.and_then(|NodeRow { restating, restated, .. }| {
        let kind = match Place::read(&restating?) {
            Some(Place::Table(table, _)) => Some(table.entity),
            _ => None,
        };
        Some(Restated { records: restated, kind })
    }))
}

/// Passes if all of it is told.
pub(super) fn need_told(tx: &mut ReadTx<'_>) -> Result<()> {
    if restating(tx)? { Err(Error::Restating) } else { Ok(()) }
}

/// Lets this node replicate: from here on its entries tell all that it does. What was there before is
/// told by [`restate`]. False if it does already.
pub fn begin(tx: &mut WriteTx<'_>) -> Result<bool> {
    let now = tx.version();
    let first = Place::first().map(|place| place.text());
    let begun = tx.execute(&BEGIN, args![now, first])? == 1;
    aware(tx);
    Ok(begun)
}

/// Another process may have begun: this one learns of it.
fn aware(tx: &mut WriteTx<'_>) {
    tx.replicates.store(true, Ordering::Release);
    tx.telling.get_or_insert_with(Telling::default);
}

/// Tells of the next records, `limit` of them or so, whatever no entry tells; false if there is no
/// more. Goes on where the last call ended, also after a restart.
pub fn restate(tx: &mut WriteTx<'_>, limit: i64) -> Result<bool> {
    let state: Option<NodeRow> = tx.opt(&STATE, args![])?;
    let Some(NodeRow { replicates: Some(begun), restating: Some(text), .. }) = state else {
        return Ok(false);
    };
    aware(tx);
    // A table of an older program: all is looked at once more.
    let Some(place) = Place::read(&text).or_else(Place::first) else { return Ok(false) };
    let (is_edge, mut count) = (peers::is_edge(tx)?, 0);
    let next = match place {
        Place::Table(table, after) => {
            let (records, last) = tables::walk(tx, table, after, limit)?;
            count = records.len();
            for at in records.into_iter().filter(|_| !is_edge || !by_hub(table)) {
                tx.restate(table, at);
            }
            Some(last.map_or_else(|| Place::after(table), |last| Place::Table(table, last)))
        }
        Place::Removed(clock, id) => {
            let read = limit.saturating_mul(MORE);
            let last = entries(tx, (clock, id), (begun, is_edge), read, is_removal)?;
            let place = |(clock, id)| Place::Removed(clock, id);
            Some(last.map_or(Place::Entries(begun, EntryId(Uuid::nil())), place))
        }
        Place::Entries(clock, id) => {
            let until = begun.saturating_add(UNAWARE.0);
            let last = entries(tx, (clock, id), (until, is_edge), limit, |_| true)?;
            last.map(|(clock, id)| Place::Entries(clock, id))
        }
    };
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    tx.execute(&MOVE, args![next.as_ref().map(Place::text), count])?;
    Ok(next.is_some())
}

/// Looks at the records of those entries after one that are looked for; the last entry that was read.
fn entries(
    tx: &mut WriteTx<'_>,
    (clock, id): (i64, EntryId),
    (until, is_edge): (i64, bool),
    limit: i64,
    wanted: fn(&EntryRow) -> bool,
) -> Result<Option<(i64, EntryId)>> {
    let rows: Vec<EntryRow> = tx.all(&SINCE, args![clock, id, until, limit])?;
    let last = rows.last().map(|row| (row.clock, row.id));
    for EntryRow { entity, entity_id: id, topic, .. } in rows.into_iter().filter(wanted) {
        if let Some(table) = table_of(&entity, id).filter(|table| !is_edge || !by_hub(table)) {
            let topic = topic.filter(|_| table.key == Key::Mark);
            tx.restate(table, At { id, topic });
        }
    }
    Ok(last)
}

/// Whether a record was removed by it. Of a mark that says all by itself.
fn is_removal(row: &EntryRow) -> bool {
    row.entity != "mark" && removes(&row.action)
}

/// Whether only a hub tells of such records: an edge has nothing to say about them.
fn by_hub(table: &Table) -> bool {
    kind_of(table.entity).is_some_and(|kind| kind.writer == Writer::Hub)
}
