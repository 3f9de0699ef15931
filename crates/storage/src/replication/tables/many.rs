//! Rows of many records at once: a statement a table.

use super::texts::{Texts, sheets};
use super::write::{Written, drop_rows, is_there, keys, lines, row};
use super::{List, Side, Table};
use crate::engine::Cell;
use crate::{Result, ToValue, Value as Arg, WriteTx};

/// A record to be written, and whether nothing of it is there yet.
#[derive(Clone, Copy, Debug)]
pub struct New<'f> {
    /// The record.
    pub written: Written<'f>,
    /// Whether it is new here.
    pub fresh: bool,
    /// Whether no row can be in its place, not even one of which no entry tells.
    pub free: bool,
}

/// Stores records of one table in place of those before, as [`put`](super::put) does with one. No
/// two may be the same.
pub fn put_many(tx: &mut WriteTx<'_>, table: &'static Table, records: &[New<'_>]) -> Result<()> {
    let Some(sheets) = sheets(table) else { return Ok(()) };
    let keyed = records.iter().map(|new| (new, keys(table, new.written.at, new.written.fields)));
    let records: Vec<(&New<'_>, Vec<Cell>)> = keyed.collect();
    let sides = || table.sides.iter().zip(&sheets.sides).filter(|(side, _)| !side.is_fetched());
    for (side, texts) in sides().filter(|(side, _)| side.first) {
        put_side(tx, &records, side, texts)?;
    }
    if !table.is_fetched() {
        let (free, others): (Vec<_>, Vec<_>) = records.iter().partition(|(new, _)| new.free);
        let rows = |records: Vec<&(&New<'_>, Vec<Cell>)>| {
            let row = |(new, keys): &(&New<'_>, Vec<Cell>)| {
                row(keys, &sheets.main.written, &new.written, new.written.fields, 0)
            };
            records.into_iter().map(row).collect::<Vec<_>>()
        };
        store(tx, &sheets.main, &rows(others))?;
        tx.append_many(&sheets.main.put, rows(free).iter().map(|row| values(row)))?;
    }
    for (side, texts) in sides().filter(|(side, _)| !side.first) {
        put_side(tx, &records, side, texts)?;
    }
    for (list, texts) in table.lists.iter().zip(&sheets.lists) {
        put_list(tx, &records, list, texts)?;
    }
    Ok(())
}

fn put_side(
    tx: &mut WriteTx<'_>,
    records: &[(&New<'_>, Vec<Cell>)],
    side: &'static Side,
    texts: &'static Texts,
) -> Result<()> {
    let (mut rows, mut gone) = (Vec::new(), Vec::new());
    for (new, keys) in records {
        let fields = new.written.fields;
        if is_there(side.columns, fields) {
            rows.push(row(keys, &texts.written, &new.written, fields, 0));
        } else if !new.fresh && !side.first {
            gone.push(keys);
        }
    }
    drop_rows(tx, texts, gone)?;
    store(tx, texts, &rows)
}

fn put_list(
    tx: &mut WriteTx<'_>,
    records: &[(&New<'_>, Vec<Cell>)],
    list: &'static List,
    texts: &'static Texts,
) -> Result<()> {
    let before = records.iter().filter(|(new, _)| !new.fresh).map(|(_, keys)| keys);
    drop_rows(tx, texts, before)?;
    let rows = records.iter().flat_map(|(new, keys)| lines(texts, keys, list, &new.written));
    store(tx, texts, &rows.collect::<Vec<_>>())
}

fn store(tx: &mut WriteTx<'_>, texts: &'static Texts, rows: &[Vec<Cell>]) -> Result<()> {
    tx.execute_many(&texts.put, rows.iter().map(|row| values(row)))?;
    Ok(())
}

fn values(row: &[Cell]) -> Vec<Arg<'_>> {
    row.iter().map(ToValue::to_value).collect()
}
