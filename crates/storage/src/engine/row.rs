//! What comes out of a statement.

use super::kinds::every_word;
use super::{Error, Result};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::attendance::figures::Weights;
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
use postgres::types::{FromSql, Type};
use rusqlite::types::ValueRef;
use uuid::Uuid;

/// A row of a result.
pub enum Row<'r> {
    /// Of SQLite.
    Sqlite(&'r rusqlite::Row<'r>),
    /// Of PostgreSQL.
    Postgres(&'r postgres::Row),
}

/// Something that a row makes: see `record!`.
pub trait FromRow: Sized {
    /// Reads the columns in the order of the fields.
    fn from_row(row: &Row<'_>) -> Result<Self>;
}

/// Something that a column makes.
pub trait Column: Sized {
    /// Reads the column at `index`.
    fn column(row: &Row<'_>, index: usize) -> Result<Self>;
}

/// The columns of a row from first to last.
pub struct Columns<'a, 'r> {
    row: &'a Row<'r>,
    index: usize,
}

impl Columns<'_, '_> {
    /// The next column.
    #[allow(clippy::should_implement_trait, reason = "each call returns another type")]
    pub fn next<T: Column>(&mut self) -> Result<T> {
        let value = T::column(self.row, self.index)?;
        self.index += 1;
        Ok(value)
    }
}

/// Declares a struct that a row makes, its columns in the order of its fields.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$field_meta:meta])* $field_vis:vis $field:ident: $ty:ty),* $(,)?
    }) => {
        $(#[$meta])*
        $vis struct $name {
            $($(#[$field_meta])* $field_vis $field: $ty,)*
        }

        impl $crate::FromRow for $name {
            fn from_row(row: &$crate::Row<'_>) -> $crate::Result<Self> {
                let mut columns = row.columns();
                Ok(Self { $($field: columns.next()?,)* })
            }
        }
    };
}

impl Row<'_> {
    /// The columns of the row.
    pub fn columns(&self) -> Columns<'_, '_> {
        self.columns_from(0)
    }

    /// The columns from `index` on.
    pub(crate) fn columns_from(&self, index: usize) -> Columns<'_, '_> {
        Columns { row: self, index }
    }

    fn is_null(&self, index: usize) -> Result<bool> {
        match self {
            Self::Sqlite(row) => Ok(row.get_ref(index)? == ValueRef::Null),
            Self::Postgres(row) => Ok(row.try_get::<_, Nullness>(index)?.0),
        }
    }
}

/// Reads any column of PostgreSQL, for whether it is null.
struct Nullness(bool);

impl<'a> FromSql<'a> for Nullness {
    fn from_sql(
        _: &Type,
        _: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(false))
    }

    fn from_sql_null(
        _: &Type,
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(true))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// The 16 bytes of a PostgreSQL uuid.
struct Raw(Uuid);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(
        _: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(Uuid::from_slice(raw)?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::UUID
    }
}

/// A PostgreSQL number of any width, or a truth: `select 1` and `select exists (…)` too.
struct Number(i64);

impl<'a> FromSql<'a> for Number {
    fn from_sql(
        ty: &Type,
        raw: &'a [u8],
    ) -> std::result::Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(match *ty {
            Type::BOOL => i64::from(bool::from_sql(ty, raw)?),
            Type::INT4 => i64::from(i32::from_sql(ty, raw)?),
            _ => i64::from_sql(ty, raw)?,
        }))
    }

    fn accepts(ty: &Type) -> bool {
        [Type::INT8, Type::INT4, Type::BOOL].contains(ty)
    }
}

impl Column for i64 {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(index)?),
            Row::Postgres(row) => Ok(row.try_get::<_, Number>(index)?.0),
        }
    }
}

impl Column for bool {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        i64::column(row, index).map(|number| number != 0)
    }
}

impl Column for String {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(index)?),
            Row::Postgres(row) => Ok(row.try_get(index)?),
        }
    }
}

impl Column for Vec<u8> {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => Ok(row.get(index)?),
            Row::Postgres(row) => Ok(row.try_get(index)?),
        }
    }
}

impl Column for Uuid {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        match row {
            Row::Sqlite(row) => {
                let bytes = row.get_ref(index)?.as_blob().map_err(unexpected)?;
                Uuid::from_slice(bytes).map_err(unexpected)
            }
            Row::Postgres(row) => Ok(row.try_get::<_, Raw>(index)?.0),
        }
    }
}

impl<T: Column> Column for Option<T> {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        if row.is_null(index)? { Ok(None) } else { T::column(row, index).map(Some) }
    }
}

impl Column for Timestamp {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        i64::column(row, index).map(Self)
    }
}

impl Column for Date {
    fn column(row: &Row<'_>, index: usize) -> Result<Self> {
        i64::column(row, index).map(Self)
    }
}

macro_rules! ids {
    ($($name:ident),*) => {$(
        impl Column for ids::$name {
            fn column(row: &Row<'_>, index: usize) -> Result<Self> {
                Uuid::column(row, index).map(Self)
            }
        }
    )*};
}

muster_domain::every_id!(ids);

macro_rules! keyed {
    ($($name:ident),*) => {$(
        impl Column for $name {
            fn column(row: &Row<'_>, index: usize) -> Result<Self> {
                let key = String::column(row, index)?;
                Self::from_key(&key).ok_or_else(|| {
                    Error::Database(format!("unknown {} {key:?}", stringify!($name)))
                })
            }
        }
    )*};
}

every_word!(keyed);
keyed!(Weights);

fn unexpected(error: impl std::fmt::Display) -> Error {
    Error::Database(error.to_string())
}
