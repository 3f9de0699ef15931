//! What simulations do to a store: entries written as they are, and acts as the program does them, by
//! the tables. Behind the feature `testing`.

use super::catching_up::Applied;
use super::incoming::{Author, Taken, take_by};
use super::tables::{self, At, Fields, Key, Written, table_of};
use super::{apply, heads};
use crate::journal::StoredEntry;
use crate::{ReadTx, Result, Statement, WriteTx, args, record, sessions};
use muster_journal::Entry;
use muster_journal::alias::KEY;
use muster_journal::record::Op;
use muster_journal::sync::{Batch, Stands};
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

record! {
    struct EntryRow {
        stored: StoredEntry,
    }
}

/// Attendance as marks have it and as it was added up: what is in one of them alone.
const MISCOUNTED: &str = "with held as (
        select c.term, s.class, m.person, m.status
        from sessions s join marks m on m.session = s.id join classes c on c.id = s.class
        where s.closed_at is not null
    ), counted as (
        select class as of, person, sum(case when status = 'present' then 1 else 0 end) as present,
            sum(case when status = 'late' then 1 else 0 end) as late,
            sum(case when status = 'excused' then 1 else 0 end) as excused,
            sum(case when status = 'absent' then 1 else 0 end) as absent
        from held group by class, person
        union all
        select term as of, person, sum(case when status = 'present' then 1 else 0 end),
            sum(case when status = 'late' then 1 else 0 end),
            sum(case when status = 'excused' then 1 else 0 end),
            sum(case when status = 'absent' then 1 else 0 end)
        from held group by term, person
    ), kept as (
        select class as of, person, present, late, excused, absent from tallies
        where present + late + excused + absent <> 0
        union all
        select term as of, person, present, late, excused, absent from term_tallies
        where present + late + excused + absent <> 0
    )
    select of, person from (select * from counted except select * from kept) more
    union
    select of, person from (select * from kept except select * from counted) more";

const TEXT: &str =
    "select id, act, at, clock, actor, via, action, entity, entity_id, topic, before,
        after, replaced, reason, schema
    from journal order by clock, id";

record! {
    struct MiscountedRow {
        of: Uuid,
        person: Uuid,
    }
}

static APPLIED: Statement = Statement {
    name: "APPLIED",
    sqlite: "update node set applied = ?1",
    postgres: "update node set applied = ?1",
};
const LIST: &str = "insert into pending (entity, record, why, since) values (?1, ?2, '', 0)";
static LISTED: Statement = Statement { name: "LISTED", sqlite: LIST, postgres: LIST };
static COUNTS: Statement =
    Statement { name: "MISCOUNTED", sqlite: MISCOUNTED, postgres: MISCOUNTED };
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

/// Does what entries say as the program does: the rows are written by hand, and the journal is told of it.
/// Where the node replicates it then tells all; before, entries may be mute, as those of some actions are.
pub fn act(tx: &mut WriteTx<'_>, entries: Vec<Entry>, mute: bool) -> Result<()> {
    let mut entries = tx.stamped(entries);
    let mut classes = BTreeSet::new();
    for entry in &mut entries {
        put_row(tx, entry)?;
        classes.extend(class_of(tx, entry)?);
        if mute {
            (entry.before, entry.after, entry.replaced) = (None, None, None);
        }
        if tx.telling.is_none() {
            silence(entry);
        }
    }
    match &mut tx.telling {
        Some(telling) => telling.keep(entries),
        None => tx.store_entries(entries)?,
    }
    apply::count_anew(tx, &classes, &mut BTreeSet::new())
}

/// The class whose attendance an entry may change.
fn class_of(tx: &mut ReadTx<'_>, entry: &Entry) -> Result<Option<Uuid>> {
    let session = match entry.entity.as_str() {
        "session" => entry.entity_id,
        "mark" => entry.topic.unwrap_or_default(),
        _ => return Ok(None),
    };
    Ok(sessions::get(tx, session.into())?.map(|row| row.class.0))
}

/// The people whose attendance of a class or a term was added up to something else than their marks.
pub fn miscounted(tx: &mut ReadTx<'_>) -> Result<Vec<(Uuid, Uuid)>> {
    let rows: Vec<MiscountedRow> = tx.all(&COUNTS, args![])?;
    Ok(rows.into_iter().map(|row| (row.of, row.person)).collect())
}

/// Which claims of a key it knew nobody says who stands alone.
fn silence(entry: &mut Entry) {
    let replaced: Option<Fields> =
        entry.replaced.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut replaced = replaced.unwrap_or_default();
    replaced.remove(KEY);
    entry.replaced = (!replaced.is_empty()).then(|| Value::Object(replaced).to_string());
}

fn put_row(tx: &mut WriteTx<'_>, entry: &mut Entry) -> Result<()> {
    let Some(table) = table_of(&entry.entity, entry.entity_id) else { return Ok(()) };
    let at = At { id: entry.entity_id, topic: entry.topic.filter(|_| table.key == Key::Mark) };
    let after: Option<Value> =
        entry.after.as_deref().and_then(|text| serde_json::from_str(text).ok());
    let mut fields = after.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
    let before = tables::rows(tx, table, &[at])?.remove(&at.id);
    // Of what is changed, that alone.
    let was = before.clone().map(|mut row| {
        row.retain(|field, _| fields.is_empty() || fields.contains_key(field));
        Value::Object(row).to_string()
    });
    entry.before = was;
    if Op::of(entry, Uuid::nil()).is_ok_and(|op| op.removes()) {
        return before.map_or(Ok(()), |row| tables::remove(tx, table, at, &row));
    }
    let contested = apply::contested(tx, table.entity)?.contains(&at.id);
    let mut row = before.unwrap_or_default();
    row.append(&mut fields);
    tables::put(tx, table, &Written { at, fields: &row, version: entry.clock, contested })
}

/// As if a program had taken everything up that knew nothing of that kind, or of one of its fields.
pub fn unlearn(tx: &mut WriteTx<'_>, entity: &str, field: Option<&str>) -> Result<()> {
    let mut applied = Applied::by_this_program();
    match (field, applied.kinds.get_mut(entity)) {
        (Some(field), Some(fields)) => drop(fields.remove(field)),
        _ => drop(applied.kinds.remove(entity)),
    }
    tx.execute(&APPLIED, args![applied.text()])?;
    for table in tables::ALL.into_iter().filter(|table| table.entity == entity) {
        let (wanted, _) = tables::walk(tx, table, Uuid::nil(), i64::MAX)?;
        let mut rows = tables::rows(tx, table, &wanted)?;
        for at in wanted {
            let Some(mut fields) = rows.remove(&at.id) else { continue };
            match field {
                Some(field) => {
                    fields.remove(field);
                    let written = Written { at, fields: &fields, version: 1, contested: false };
                    tables::put(tx, table, &written)?;
                }
                None => tables::remove(tx, table, at, &fields)?,
            }
        }
    }
    Ok(())
}

/// As if a program had taken a record up of which it could not read a word.
pub fn misread(tx: &mut WriteTx<'_>, entity: &str, id: Uuid) -> Result<()> {
    let applied = Applied { version: String::new(), ..Applied::by_this_program() };
    tx.execute(&APPLIED, args![applied.text()])?;
    let Some(table) = table_of(entity, id) else { return Ok(()) };
    let at = At { id, topic: None };
    if let Some(fields) = tables::rows(tx, table, &[at])?.remove(&id) {
        tables::remove(tx, table, at, &fields)?;
    }
    tx.execute(&LISTED, args![entity, id])?;
    Ok(())
}

/// All records that stand in the tables, with their kinds and fields.
pub fn records(tx: &mut ReadTx<'_>) -> Result<Vec<(&'static str, Uuid, Fields)>> {
    let mut records = Vec::new();
    for table in tables::ALL {
        let (wanted, _) = tables::walk(tx, table, Uuid::nil(), i64::MAX)?;
        let rows = tables::rows(tx, table, &wanted)?;
        records.extend(rows.into_iter().map(|(id, fields)| (table.entity, id, fields)));
    }
    Ok(records)
}

/// Takes up a batch whose sender may bring everything.
pub fn take(tx: &mut WriteTx<'_>, batch: &Batch, stands: Stands) -> Result<Taken> {
    take_by(tx, batch, Author::Peer, stands)
}
