//! Values of columns as entries write them, and back.

use super::Type;
use crate::engine::Cell;
use serde_json::Value;
use uuid::Uuid;

/// A column's value in an entry.
pub(super) fn json(holds: Type, cell: Cell) -> Value {
    match (holds, cell) {
        (_, Cell::Null) => Value::Null,
        (Type::Id, Cell::Bytes(bytes)) => match Uuid::from_slice(&bytes) {
            Ok(id) => id.to_string().into(),
            Err(_) => Value::Null,
        },
        (_, Cell::Bytes(bytes)) => hex(&bytes).into(),
        (Type::Bool, Cell::Int(number)) => (number != 0).into(),
        (_, Cell::Int(number)) => number.into(),
        (_, Cell::Text(text)) => text.into(),
        (_, Cell::Uuid(id)) => id.to_string().into(),
    }
}

/// What an entry says of a column; none if it says nothing that the column holds.
pub(super) fn cell(holds: Type, value: Option<&Value>) -> Option<Cell> {
    let value = value?;
    Some(match holds {
        Type::Id => Cell::Uuid(Uuid::try_parse(value.as_str()?).ok()?),
        Type::Int => Cell::Int(value.as_i64()?),
        Type::Bool => Cell::Int(i64::from(value.as_bool()?)),
        Type::Text => Cell::Text(value.as_str().filter(|text| !text.contains('\0'))?.to_owned()),
        Type::Bytes => Cell::Bytes(unhex(value.as_str()?)?),
    })
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    digits.chunks_exact(2).map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_a_column_does_not_hold_is_nothing() {
        assert_eq!(cell(Type::Int, Some(&json!("7"))), None);
        assert_eq!(cell(Type::Bool, Some(&json!(1))), None);
        assert_eq!(cell(Type::Id, Some(&json!("x"))), None);
        assert_eq!(cell(Type::Bytes, Some(&json!("0g"))), None);
        assert_eq!(cell(Type::Bytes, Some(&json!("abc"))), None);
        assert_eq!(cell(Type::Text, Some(&json!("a\0b"))), None);
        assert_eq!(cell(Type::Text, None), None);
    }

    #[test]
    fn bytes_are_hexadecimal_and_come_back() {
        let told = json(Type::Bytes, Cell::Bytes(vec![0, 0xab, 0xff]));
        assert_eq!(told, json!("00abff"));
        assert_eq!(cell(Type::Bytes, Some(&told)), Some(Cell::Bytes(vec![0, 0xab, 0xff])));
    }
}
