//! What goes into a statement.

use super::kinds::every_word;
use super::{Error, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::{Extent, Method, Mode, Status};
use muster_domain::auth::Role;
use muster_domain::batches::{BatchKind, Outcome};
use muster_domain::finance::{Method as PaymentMethod, PaymentState};
use muster_domain::ids;
use muster_domain::imports::{Kind, State};
use muster_domain::notices::NoticeKind;
use muster_domain::passes::{PassState, Payment};
use muster_domain::reminders::Reason;
use muster_domain::requests::RequestState;
use muster_domain::results::ScoreState;
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::Weekday;
use muster_domain::verification::{Direction, IncidentKind, PointKind, VerdictKind};
use postgres::types::{IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};
use uuid::Uuid;

/// A parameter's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing.
    Null,
    /// A number, a time, or 0 and 1 for a boolean.
    Int(i64),
    /// Text.
    Text(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An id.
    Uuid(Uuid),
}

impl Value<'_> {
    /// Refuses what one of the databases could not store.
    pub(super) fn check(values: &[Value<'_>]) -> Result<()> {
        let nul =
            values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0')));
        if nul { Err(Error::Nul) } else { Ok(()) }
    }
}

/// Parameters of a statement: `args![id, name]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { &[$($crate::ToValue::to_value(&$value)),*] };
}

/// A row of arguments for a statement over many: `row![id, &name]`. Each value is copied or
/// borrowed for itself, so that a closure may return the row.
#[macro_export]
macro_rules! row {
    ($($value:expr),+ $(,)?) => { vec![$($crate::Value::from($value)),+] };
}

/// Something that can be a parameter.
pub trait ToValue {
    /// The value to bind.
    fn to_value(&self) -> Value<'_>;
}

impl ToValue for i64 {
    fn to_value(&self) -> Value<'_> {
        Value::Int(*self)
    }
}

impl ToValue for bool {
    fn to_value(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl ToValue for str {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for String {
    fn to_value(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl ToValue for [u8] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl<const N: usize> ToValue for [u8; N] {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl ToValue for Vec<u8> {
    fn to_value(&self) -> Value<'_> {
        Value::Bytes(self)
    }
}

impl ToValue for Uuid {
    fn to_value(&self) -> Value<'_> {
        Value::Uuid(*self)
    }
}

impl ToValue for Timestamp {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.0)
    }
}

impl ToValue for Date {
    fn to_value(&self) -> Value<'_> {
        Value::Int(self.0)
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, T::to_value)
    }
}

impl<T: ToValue + ?Sized> ToValue for &T {
    fn to_value(&self) -> Value<'_> {
        (**self).to_value()
    }
}

macro_rules! copied {
    ($($name:ty),*) => {$(
        impl From<$name> for Value<'_> {
            fn from(value: $name) -> Self {
                match value.to_value() {
                    Value::Int(number) => Self::Int(number),
                    Value::Uuid(uuid) => Self::Uuid(uuid),
                    _ => Self::Null,
                }
            }
        }
    )*};
}

copied!(i64, bool, Uuid, Timestamp, Date);

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Bytes(bytes)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! ids {
    ($($name:ident),*) => {$(
        copied!(ids::$name);

        impl ToValue for ids::$name {
            fn to_value(&self) -> Value<'_> {
                Value::Uuid(self.0)
            }
        }
    )*};
}

muster_domain::every_id!(ids);

macro_rules! keyed {
    ($($name:ident),*) => {$(
        impl From<$name> for Value<'_> {
            fn from(value: $name) -> Self {
                Self::Text(value.key())
            }
        }

        impl ToValue for $name {
            fn to_value(&self) -> Value<'_> {
                Value::Text(self.key())
            }
        }
    )*};
}

every_word!(keyed);

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Value::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Value::Uuid(uuid) => ToSqlOutput::Borrowed(ValueRef::Blob(uuid.as_bytes())),
        })
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
            Value::Bytes(bytes) => bytes.to_sql(ty, out),
            // The wire form of a uuid is its 16 bytes.
            Value::Uuid(uuid) => uuid.as_bytes().as_slice().to_sql(&Type::BYTEA, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}
