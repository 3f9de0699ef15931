//! Values of columns whose types a statement does not name: whole rows, whatever their table.

use super::{Column, FromRow, Result, Row, ToValue, Value};
use postgres::types::Type;
use rusqlite::types::ValueRef;
use uuid::Uuid;

/// A value by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cell {
    /// Nothing.
    Null,
    /// A number, a time, or 0 and 1 for a boolean.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes; of SQLite also an id.
    Bytes(Vec<u8>),
    /// An id.
    Uuid(Uuid),
}

/// All columns of a row.
pub(crate) struct Cells(pub Vec<Cell>);

impl FromRow for Cells {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let count = match row {
            Row::Sqlite(row) => row.as_ref().column_count(),
            Row::Postgres(row) => row.len(),
        };
        (0..count).map(|index| Cell::column(row, index)).collect::<Result<_>>().map(Self)
    }
}

impl Column for Cell {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        let null = |cell: Option<Self>| cell.unwrap_or(Self::Null);
        match row {
            Row::Sqlite(sqlite) => Ok(match sqlite.get_ref(index)? {
                ValueRef::Integer(number) => Self::Int(number),
                ValueRef::Blob(bytes) => Self::Bytes(bytes.to_vec()),
                ValueRef::Text(_) => Self::Text(String::column(row, index)?),
                ValueRef::Null | ValueRef::Real(_) => Self::Null,
            }),
            Row::Postgres(postgres) => {
                let holds = postgres.columns().get(index).map(|column| column.type_().clone());
                match holds {
                    Some(Type::UUID) => Ok(null(Option::column(row, index)?.map(Self::Uuid))),
                    Some(Type::BYTEA) => Ok(null(Option::column(row, index)?.map(Self::Bytes))),
                    Some(Type::TEXT) => Ok(null(Option::column(row, index)?.map(Self::Text))),
                    _ => Ok(null(Option::column(row, index)?.map(Self::Int))),
                }
            }
        }
    }
}

impl ToValue for Cell {
    fn to_value(&self) -> Value<'_> {
        match self {
            Self::Null => Value::Null,
            Self::Int(number) => Value::Int(*number),
            Self::Text(text) => Value::Text(text),
            Self::Bytes(bytes) => Value::Bytes(bytes),
            Self::Uuid(id) => Value::Uuid(*id),
        }
    }
}
