//! How much there is to do, and how large the database is.

use crate::{ReadTx, Result, args, statements};
use muster_domain::time::Timestamp;

/// Figures of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// Sessions that are not closed.
    pub open_sessions: i64,
    /// Those of them whose time is over.
    pub overdue_sessions: i64,
    /// Imports at work.
    pub imports_working: i64,
    /// Bytes of the database.
    pub database_bytes: i64,
}

statements! {
    OPEN_NOW = "select count(*) from sessions where closed_at is null";
    OVERDUE = "select count(*) from sessions where closed_at is null and ends_at <= ?1";
    IMPORTING = "select count(*) from imports where state in ('checking', 'importing', 'reversing')";
    DATABASE_BYTES = {
        sqlite: "select (select page_count from pragma_page_count)
            * (select page_size from pragma_page_size)",
        postgres: "select pg_database_size(current_database())",
    };
}

/// The figures of the database at that time.
pub fn sizes(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Sizes> {
    Ok(Sizes {
        open_sessions: tx.number(&OPEN_NOW, args![])?,
        overdue_sessions: tx.number(&OVERDUE, args![now])?,
        imports_working: tx.number(&IMPORTING, args![])?,
        database_bytes: database_bytes(tx)?,
    })
}

/// How large the database is, in bytes.
pub fn database_bytes(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&DATABASE_BYTES, args![])
}
