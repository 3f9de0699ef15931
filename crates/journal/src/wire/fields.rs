//! The fields of an entry: their names stand together in a table, their values are short where
//! they can be.

use super::bytes::{In, Out};
use super::tables::{Known, Tables};
use super::{Malformed, tag};
use crate::version::Version;
use muster_domain::ids::{EntryId, MarkId, PersonId, SessionId};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The fields of an entry: their text, and the object that it is if it is written the way we write
/// one.
pub(super) struct Told<T> {
    pub text: T,
    object: Option<Map<String, Value>>,
}

impl<'t> Told<&'t str> {
    pub fn of(text: &'t str) -> Self {
        let object = serde_json::from_str::<Map<String, Value>>(text).ok();
        Self { text, object: object.filter(|object| as_text(object) == text) }
    }

    /// Writes them near a time. What is no object of ours goes as it is, so that the entry keeps its
    /// digest.
    pub fn write(&self, out: &mut Out, tables: &mut Tables, near: i64) {
        let Some(object) = &self.object else {
            out.count(0);
            let place = tables.texts.place(self.text.to_owned());
            return out.count(place);
        };
        let shape = object.keys().map(|key| tables.texts.place(key.clone())).collect();
        let place = tables.shapes.place(shape);
        out.count(place + 1);
        for value in object.values() {
            write_value(out, tables, value, near);
        }
    }
}

impl<T> Told<T> {
    /// The id of the mark that an entry with these fields tells of, if they say whose.
    pub fn mark(&self, session: Option<Uuid>) -> Option<Uuid> {
        let person = Uuid::try_parse(self.object.as_ref()?.get("person")?.as_str()?).ok()?;
        Some(MarkId::of(SessionId(session?), PersonId(person)).0)
    }
}

fn write_value(out: &mut Out, tables: &mut Tables, value: &Value, near: i64) {
    match value {
        Value::Null => out.byte(tag::NULL),
        Value::Bool(is) => out.byte(if *is { tag::TRUE } else { tag::FALSE }),
        Value::Number(number) if number.as_i64().is_some() => {
            let number = number.as_i64().unwrap_or_default();
            let away = number.checked_sub(near);
            if let Some(away) = away.filter(|away| away.unsigned_abs() < number.unsigned_abs()) {
                out.byte(tag::NEAR);
                out.signed(away);
            } else {
                out.byte(tag::NUMBER);
                out.signed(number);
            }
        }
        Value::String(text) => write_text(out, tables, text, near),
        other => {
            out.byte(tag::JSON);
            let place = tables.texts.place(other.to_string());
            out.count(place);
        }
    }
}

fn write_text(out: &mut Out, tables: &mut Tables, text: &str, near: i64) {
    if let Some(id) = Uuid::try_parse(text).ok().filter(|id| id.to_string() == text) {
        out.byte(tag::ID);
        let place = tables.ids.place(id);
        out.count(place);
    } else if let Ok(version) = text.parse::<Version>() {
        out.byte(tag::VERSION);
        out.signed(version.clock.wrapping_sub(near));
        out.id(version.entry.0);
    } else {
        out.byte(tag::TEXT);
        let place = tables.texts.place(text.to_owned());
        out.count(place);
    }
}

/// Reads what was written.
pub(super) fn read(
    bytes: &mut In<'_>,
    tables: &Known<'_>,
    near: i64,
) -> Result<Told<String>, Malformed> {
    // A shape's place is one more than it is; zero says that there is none.
    let Some(shape) = bytes.number()?.checked_sub(1) else {
        return Ok(Told { text: tables.text(bytes)?.to_owned(), object: None });
    };
    let names = tables.shape(shape)?;
    let mut object = Map::new();
    for name in names {
        object.insert((*name).to_owned(), read_value(bytes, tables, near)?);
    }
    if object.len() != names.len() {
        return Err(Malformed::Place);
    }
    Ok(Told { text: as_text(&object), object: Some(object) })
}

fn read_value(bytes: &mut In<'_>, tables: &Known<'_>, near: i64) -> Result<Value, Malformed> {
    Ok(match bytes.byte()? {
        tag::NULL => Value::Null,
        tag::FALSE => Value::Bool(false),
        tag::TRUE => Value::Bool(true),
        tag::NEAR => near.checked_add(bytes.signed()?).ok_or(Malformed::Number)?.into(),
        tag::NUMBER => bytes.signed()?.into(),
        tag::ID => tables.id(bytes)?.to_string().into(),
        tag::TEXT => tables.text(bytes)?.into(),
        tag::VERSION => {
            let clock = near.wrapping_add(bytes.signed()?);
            Version { clock, entry: EntryId(bytes.id()?) }.to_string().into()
        }
        tag::JSON => serde_json::from_str(tables.text(bytes)?).map_err(|_| Malformed::Json)?,
        _ => return Err(Malformed::Tag),
    })
}

fn as_text(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).unwrap_or_default()
}
