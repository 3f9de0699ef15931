//! Rows as the fields of entries.

use super::texts::{Sheets, Texts, sheets};
use super::value::json;
use super::{At, Column, Fields, Key, Source, Table, drawn};
use crate::engine::{Cell, Cells};
use crate::{ReadTx, Result, ToValue, args, record};
use muster_domain::ids::MarkId;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

record! {
    struct IdRow {
        id: Uuid,
    }
}

/// Those of these records of one table that are there, as entries tell them.
pub fn rows(
    tx: &mut ReadTx<'_>,
    table: &'static Table,
    wanted: &[At],
) -> Result<BTreeMap<Uuid, Fields>> {
    let Some(sheets) = sheets(table) else { return Ok(BTreeMap::new()) };
    match table.key {
        Key::Id => by_id(tx, sheets, wanted),
        Key::Mark => marks(tx, sheets, wanted),
        Key::Named(_) | Key::Single(_) => {
            let ids: BTreeSet<Uuid> = wanted.iter().map(|at| at.id).collect();
            let mut all = every(tx, sheets)?;
            all.retain(|id, _| ids.contains(id));
            Ok(all)
        }
    }
}

/// Records of a table in the order of a key, `limit` of them or so, after the one at which the
/// last walk ended; and where this one ended, unless it is through.
pub fn walk(
    tx: &mut ReadTx<'_>,
    table: &'static Table,
    after: Uuid,
    limit: i64,
) -> Result<(Vec<At>, Option<Uuid>)> {
    let Some(sheets) = sheets(table) else { return Ok((Vec::new(), None)) };
    let Some(statement) = &sheets.main.walk else {
        let all = every(tx, sheets)?.into_keys();
        return Ok((all.map(|id| At { id, topic: None }).collect(), None));
    };
    // Marks come a session at a time.
    let limit = if table.key == Key::Mark { (limit / MARKS_OF_A_SESSION).max(1) } else { limit };
    let ids: Vec<IdRow> = tx.all(statement, args![after, limit])?;
    let last = ids.last().map(|row| row.id);
    let last = last.filter(|_| i64::try_from(ids.len()).is_ok_and(|count| count >= limit));
    if table.key != Key::Mark {
        return Ok((ids.into_iter().map(|row| At { id: row.id, topic: None }).collect(), last));
    }
    let sessions = ids.iter().map(|row| [row.id.to_value()]);
    let rows: Vec<Cells> = tx.all_many(&sheets.main.read, sessions)?;
    let at = |cells: Cells| {
        let mut cells = cells.0.into_iter();
        let (session, person) = (id(cells.next()?)?, id(cells.next()?)?);
        Some(At { id: MarkId::of(session.into(), person.into()).0, topic: Some(session) })
    };
    Ok((rows.into_iter().filter_map(at).collect(), last))
}

/// About how many marks a session has.
const MARKS_OF_A_SESSION: i64 = 40;

fn id(cell: Cell) -> Option<Uuid> {
    match cell {
        Cell::Uuid(id) => Some(id),
        Cell::Bytes(bytes) => Uuid::from_slice(&bytes).ok(),
        Cell::Null | Cell::Int(_) | Cell::Text(_) => None,
    }
}

fn by_id(
    tx: &mut ReadTx<'_>,
    sheets: &'static Sheets,
    wanted: &[At],
) -> Result<BTreeMap<Uuid, Fields>> {
    let table = sheets.table;
    let ids: BTreeSet<Uuid> = wanted.iter().map(|at| at.id).collect();
    let mut found: BTreeMap<Uuid, Fields> = BTreeMap::new();
    for (id, cells) in of_ids(tx, &sheets.main, &ids)? {
        found.insert(id, fields(&sheets.main.told, cells));
    }
    let there: BTreeSet<Uuid> = found.keys().copied().collect();
    for texts in &sheets.sides {
        for (id, cells) in of_ids(tx, texts, &there)? {
            found.entry(id).or_default().extend(fields(&texts.told, cells));
        }
    }
    for (list, texts) in table.lists.iter().zip(&sheets.lists) {
        let mut lines: BTreeMap<Uuid, Vec<(i64, Value)>> = BTreeMap::new();
        for (id, cells) in of_ids(tx, texts, &there)? {
            if let Some(line) = line(&texts.told, cells) {
                lines.entry(id).or_default().push(line);
            }
        }
        for (id, mut lines) in lines {
            lines.sort_by_cached_key(|(place, line)| (*place, line.to_string()));
            let lines: Vec<Value> = lines.into_iter().map(|(_, line)| line).collect();
            found.entry(id).or_default().insert(list.field.to_owned(), lines.into());
        }
    }
    Ok(found)
}

/// The rows of these ids, each with what is after its key.
fn of_ids(
    tx: &mut ReadTx<'_>,
    texts: &'static Texts,
    ids: &BTreeSet<Uuid>,
) -> Result<Vec<(Uuid, Vec<Cell>)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Cells> = tx.all_many(&texts.read, ids.iter().map(|id| [id.to_value()]))?;
    let split = |cells: Cells| {
        let mut cells = cells.0.into_iter();
        Some((id(cells.next()?)?, cells.collect()))
    };
    Ok(rows.into_iter().filter_map(split).collect())
}

fn marks(
    tx: &mut ReadTx<'_>,
    sheets: &'static Sheets,
    wanted: &[At],
) -> Result<BTreeMap<Uuid, Fields>> {
    let ids: BTreeSet<Uuid> = wanted.iter().map(|at| at.id).collect();
    let sessions: BTreeSet<Uuid> = wanted.iter().filter_map(|at| at.topic).collect();
    let mut found: BTreeMap<Uuid, Fields> = BTreeMap::new();
    for texts in [&sheets.main].into_iter().chain(&sheets.sides) {
        let rows: Vec<Cells> =
            tx.all_many(&texts.read, sessions.iter().map(|id| [id.to_value()]))?;
        for cells in rows {
            let mut cells = cells.0.into_iter();
            let key = (cells.next().and_then(id), cells.next().and_then(id));
            let (Some(session), Some(person)) = key else { continue };
            let mark = MarkId::of(session.into(), person.into()).0;
            if ids.contains(&mark) {
                found.entry(mark).or_default().extend(fields(&texts.told, cells.collect()));
            }
        }
    }
    Ok(found)
}

fn every(tx: &mut ReadTx<'_>, sheets: &'static Sheets) -> Result<BTreeMap<Uuid, Fields>> {
    let table = sheets.table;
    let rows: Vec<Cells> = tx.all(&sheets.main.read, args![])?;
    let named = |cells: Cells| {
        let mut cells = cells.0.into_iter();
        let id = match (table.key, cells.next()?) {
            (Key::Named(beginning), Cell::Text(name)) => drawn(beginning, &name),
            (Key::Single(name), _) => drawn("", name),
            _ => return None,
        };
        Some((id, fields(&sheets.main.told, cells.collect())))
    };
    Ok(rows.into_iter().filter_map(named).collect())
}

fn fields(told: &[&'static Column], cells: Vec<Cell>) -> Fields {
    let told = told.iter().zip(cells).filter_map(|(column, cell)| {
        let value = json(column.holds, cell);
        Some((column.field()?.to_owned(), value)).filter(|(_, value)| !value.is_null())
    });
    told.collect()
}

/// A line of a list, with its place.
fn line(columns: &[&'static Column], cells: Vec<Cell>) -> Option<(i64, Value)> {
    let place = columns.iter().zip(&cells).find_map(|(column, cell)| match (column.source, cell) {
        (Source::Place, Cell::Int(place)) => Some(*place),
        _ => None,
    });
    let mut fields = fields(columns, cells);
    let mut names = columns.iter().filter_map(|column| column.field());
    let line = match (names.next(), names.next()) {
        (Some(only), None) => fields.remove(only)?,
        _ => Value::Object(fields),
    };
    Some((place.unwrap_or_default(), line))
}
