//! Rows from the fields of entries.

use super::texts::{Texts, sheets};
use super::value::cell;
use super::{At, Column, Fields, Key, List, Source, Start, Table, Type};
use crate::engine::Cell;
use crate::{Result, ToValue, Value as Arg, WriteTx};
use muster_domain::academics::roll_order;
use muster_domain::text::fold;
use serde_json::Value;

/// A record to be written.
#[derive(Clone, Copy, Debug)]
pub struct Written<'f> {
    /// Which.
    pub at: At,
    /// What stands of it.
    pub fields: &'f Fields,
    /// The clock of its latest change.
    pub version: i64,
    /// Whether it lost a value that one alone may have.
    pub contested: bool,
}

/// What a record lacks to be a row: fields that are missing or that hold something else.
pub fn lacking(table: &'static Table, at: At, fields: &Fields) -> Vec<&'static str> {
    let mut lacking: Vec<_> = missing(table.columns, fields).collect();
    for side in table.sides.iter().filter(|side| is_there(side.columns, fields)) {
        lacking.extend(missing(side.columns, fields));
    }
    if table.key == Key::Mark && at.topic.is_none() {
        lacking.push("session");
    }
    lacking
}

fn missing(columns: &'static [Column], fields: &Fields) -> impl Iterator<Item = &'static str> {
    let needed = columns.iter().filter(|column| !column.optional);
    needed.filter_map(|column| {
        let field = column.field()?;
        cell(column.holds, fields.get(field)).is_none().then_some(field)
    })
}

/// Whether any field of a table on the side is given.
pub(super) fn is_there(columns: &[Column], fields: &Fields) -> bool {
    let mut told = columns.iter().filter_map(Column::field);
    told.any(|field| fields.get(field).is_some_and(|value| !value.is_null()))
}

/// Stores a record in place of the one before, all of it but what is fetched by its digest. It must
/// lack nothing.
pub fn put(tx: &mut WriteTx<'_>, table: &'static Table, record: &Written<'_>) -> Result<()> {
    let Some(sheets) = sheets(table) else { return Ok(()) };
    let keys = keys(table, record.at, record.fields);
    let sides = || table.sides.iter().zip(&sheets.sides).filter(|(side, _)| !side.is_fetched());
    for (side, texts) in sides().filter(|(side, _)| side.first) {
        if is_there(side.columns, record.fields) {
            put_row(tx, texts, &keys, record)?;
        }
    }
    if !table.is_fetched() {
        put_row(tx, &sheets.main, &keys, record)?;
    }
    for (side, texts) in sides().filter(|(side, _)| !side.first) {
        if is_there(side.columns, record.fields) {
            put_row(tx, texts, &keys, record)?;
        } else {
            drop_rows(tx, texts, [&keys])?;
        }
    }
    for (list, texts) in table.lists.iter().zip(&sheets.lists) {
        drop_rows(tx, texts, [&keys])?;
        put_lines(tx, texts, &keys, list, record)?;
    }
    Ok(())
}

/// Removes a record with all that is in its tables. Of a mark the fields have to tell whose it was.
pub fn remove(tx: &mut WriteTx<'_>, table: &'static Table, at: At, fields: &Fields) -> Result<()> {
    let Some(sheets) = sheets(table) else { return Ok(()) };
    let keys = keys(table, at, fields);
    for texts in &sheets.lists {
        drop_rows(tx, texts, [&keys])?;
    }
    let sides = || table.sides.iter().zip(&sheets.sides);
    for (_, texts) in sides().filter(|(side, _)| !side.first) {
        drop_rows(tx, texts, [&keys])?;
    }
    drop_rows(tx, &sheets.main, [&keys])?;
    for (_, texts) in sides().filter(|(side, _)| side.first) {
        drop_rows(tx, texts, [&keys])?;
    }
    Ok(())
}

/// The values of the key's columns.
pub(super) fn keys(table: &Table, at: At, fields: &Fields) -> Vec<Cell> {
    let read = |holds, field: &str| cell(holds, fields.get(field)).unwrap_or(Cell::Null);
    match table.key {
        Key::Id => vec![Cell::Uuid(at.id)],
        Key::Mark => vec![at.topic.map_or(Cell::Null, Cell::Uuid), read(Type::Id, "person")],
        Key::Named(_) => vec![read(Type::Text, "name")],
        Key::Single(_) => vec![Cell::Int(1)],
    }
}

/// Removes the rows of these keys.
pub(super) fn drop_rows<'k>(
    tx: &mut WriteTx<'_>,
    texts: &'static Texts,
    keys: impl IntoIterator<Item = &'k Vec<Cell>>,
) -> Result<()> {
    let keys = keys.into_iter();
    let rows = keys.map(|keys| keys.iter().map(ToValue::to_value).collect::<Vec<Arg<'_>>>());
    tx.execute_many(&texts.drop, rows)?;
    Ok(())
}

fn put_row(
    tx: &mut WriteTx<'_>,
    texts: &'static Texts,
    keys: &[Cell],
    record: &Written<'_>,
) -> Result<()> {
    let row = row(keys, &texts.written, record, record.fields, 0);
    tx.execute_many(&texts.put, [row.iter().map(ToValue::to_value).collect::<Vec<Arg<'_>>>()])?;
    Ok(())
}

fn put_lines(
    tx: &mut WriteTx<'_>,
    texts: &'static Texts,
    keys: &[Cell],
    list: &'static List,
    record: &Written<'_>,
) -> Result<()> {
    let rows = lines(texts, keys, list, record);
    let rows = rows.iter().map(|row| row.iter().map(ToValue::to_value).collect::<Vec<Arg<'_>>>());
    tx.execute_many(&texts.put, rows)?;
    Ok(())
}

/// The rows of a list; lines that lack something are left out.
pub(super) fn lines(
    texts: &Texts,
    keys: &[Cell],
    list: &List,
    record: &Written<'_>,
) -> Vec<Vec<Cell>> {
    let Some(Value::Array(lines)) = record.fields.get(list.field) else { return Vec::new() };
    let mut names = list.columns.iter().filter_map(Column::field);
    let only = names.next().filter(|_| names.next().is_none());
    let lines = lines.iter().filter_map(|line| match (only, line) {
        (Some(only), value) => Some(Fields::from_iter([(only.to_owned(), value.clone())])),
        (None, Value::Object(fields)) => Some(fields.clone()),
        _ => None,
    });
    let whole = lines.filter(|line| missing(list.columns, line).next().is_none());
    let rows = whole.zip(0..).map(|(line, place)| row(keys, &texts.written, record, &line, place));
    rows.collect()
}

/// A row's values, the key's first.
pub(super) fn row(
    keys: &[Cell],
    columns: &[&'static Column],
    record: &Written<'_>,
    fields: &Fields,
    place: i64,
) -> Vec<Cell> {
    let mut row = Vec::with_capacity(keys.len() + columns.len());
    row.extend_from_slice(keys);
    for column in columns {
        let of = |name: &str| {
            let before = columns.iter().zip(row.iter().skip(keys.len()));
            let mut found = before.filter(|(column, _)| column.name == name);
            found.next().map_or(Cell::Null, |(_, cell)| cell.clone())
        };
        let text = |name: &str| match of(name) {
            Cell::Text(text) => Some(text),
            _ => None,
        };
        let above = |name: &str| cell(column.holds, record.fields.get(name)).unwrap_or(Cell::Null);
        let value = match column.source {
            Source::Field(field) => cell(column.holds, fields.get(field)).unwrap_or(Cell::Null),
            Source::Record => Cell::Uuid(record.at.id),
            Source::Topic => record.at.topic.map_or(Cell::Null, Cell::Uuid),
            Source::Folded(name) => text(name).map_or(Cell::Null, |text| Cell::Text(fold(&text))),
            Source::Rolled(name) => Cell::Int(roll_order(&text(name).unwrap_or_default())),
            Source::Place => Cell::Int(place),
            Source::Above(name) => above(name),
            Source::Word(word) => Cell::Text(word.to_owned()),
            Source::Version => Cell::Int(record.version),
            Source::Contested => Cell::Int(i64::from(record.contested)),
            Source::Own(Start::Zero) => Cell::Int(0),
            Source::Own(Start::Empty) => Cell::Bytes(Vec::new()),
            Source::Own(Start::As(name)) => of(name),
            Source::Own(Start::Default) | Source::Elsewhere => Cell::Null,
        };
        row.push(value);
    }
    row
}
