//! The engine: one interface over two databases, as thin as can be.
//!
//! - `statement`, `value`, `row`, `cell`: SQL texts, what goes in, what comes out
//! - `tx`: read and write transactions
//! - `job`, `pending`: a closure on its way to a worker, and its answer on the way back
//! - `sqlite`, `postgres`: the drivers

mod cell;
mod error;
mod job;
mod kinds;
mod migrations;
mod pending;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod store;
mod tx;
mod value;

#[cfg(feature = "testing")]
pub(crate) use migrations::{
    postgres as migrate_postgres, postgres_digest, sqlite as migrate_sqlite, sqlite_digest,
};

pub(crate) use cell::{Cell, Cells};
pub use error::{Error, Result};
pub use pending::Pending;
pub use row::{Column, Columns, FromRow, Row};
pub use statement::Statement;
pub use store::{Store, StoreConfig};
use tx::Shared;
pub use tx::{Act, Naming, ReadTx, WriteTx};
pub use value::{ToValue, Value};
