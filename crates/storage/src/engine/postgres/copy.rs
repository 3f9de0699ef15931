//! Rows as PostgreSQL's binary COPY reads them.
//!
//! Source: the PostgreSQL manual, "COPY", section "Binary Format".

use crate::engine::{Error, Result, Value};
use postgres::types::private::BytesMut;
use postgres::types::{IsNull, ToSql, Type};
use std::io::{self, Write};

/// What a stream begins with: its signature, no flags and no extension.
const BEGINNING: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with, in place of a number of columns.
const END: i16 = -1;
/// In place of a length.
const NULL: i32 = -1;
/// So many bytes go at once: with fewer the database wakes up for every few rows.
const AT_ONCE: usize = 64 * 1024;

/// Writes rows of these types.
pub(super) fn write(into: &mut impl Write, types: &[Type], table: &[Vec<Value<'_>>]) -> Result<()> {
    let mut bytes = BytesMut::with_capacity(AT_ONCE + AT_ONCE / 4);
    bytes.extend_from_slice(BEGINNING);
    for row in table {
        encode(&mut bytes, types, row)?;
        if bytes.len() >= AT_ONCE {
            into.write_all(&bytes).map_err(lost)?;
            bytes.clear();
        }
    }
    bytes.extend_from_slice(&END.to_be_bytes());
    into.write_all(&bytes).and_then(|()| into.flush()).map_err(lost)
}

fn encode(bytes: &mut BytesMut, types: &[Type], row: &[Value<'_>]) -> Result<()> {
    let row = row.get(..types.len()).ok_or_else(|| unfit("a row of too few arguments"))?;
    let count = i16::try_from(types.len()).map_err(|_| unfit("too many columns"))?;
    bytes.extend_from_slice(&count.to_be_bytes());
    for (value, holds) in row.iter().zip(types) {
        let at = bytes.len();
        bytes.extend_from_slice(&NULL.to_be_bytes());
        let from = bytes.len();
        let written = value.to_sql_checked(holds, bytes);
        if let IsNull::No = written.map_err(|error| unfit(&error.to_string()))? {
            let length =
                i32::try_from(bytes.len() - from).map_err(|_| unfit("a value is too large"))?;
            if let Some(place) = bytes.get_mut(at..from) {
                place.copy_from_slice(&length.to_be_bytes());
            }
        }
    }
    Ok(())
}

fn unfit(why: &str) -> Error {
    Error::Database(why.to_owned())
}

/// What the client says of a stream that broke off.
fn lost(error: io::Error) -> Error {
    let text = error.to_string();
    let inner = error.into_inner().and_then(|inner| inner.downcast::<postgres::Error>().ok());
    inner.map_or(Error::Unavailable(text), |inner| Error::from(*inner))
}
