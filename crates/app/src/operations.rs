//! What an operator watches: figures of the database, as it is at the moment of asking.

use crate::Result;
use muster_domain::time::Timestamp;
use muster_storage::operations::{self, Sizes};
use muster_storage::{ReadTx, letters};

/// Figures of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Sessions that take marks.
    pub open_sessions: i64,
    /// Sessions whose time is over, but nobody closed them yet: a job does within seconds.
    pub overdue_sessions: i64,
    /// Letters on their way.
    pub letters_waiting: i64,
    /// Imports at work.
    pub imports_working: i64,
    /// Bytes of the database.
    pub database_bytes: i64,
}

/// Figures of the moment, for whoever runs the server: the caller has asked who that is.
pub fn snapshot(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Snapshot> {
    let Sizes { open_sessions, overdue_sessions, imports_working, database_bytes } =
        operations::sizes(tx, now)?;
    let letters_waiting = letters::waiting(tx)?;
    Ok(Snapshot {
        open_sessions,
        overdue_sessions,
        letters_waiting,
        imports_working,
        database_bytes,
    })
}

impl Snapshot {
    /// Each figure with its name and what it says.
    pub const fn named(&self) -> [(&'static str, &'static str, i64); 5] {
        [
            ("muster_sessions_open", "Sessions that take marks.", self.open_sessions),
            (
                "muster_sessions_overdue",
                "Sessions whose time is over, to be closed by the job.",
                self.overdue_sessions,
            ),
            ("muster_letters_waiting", "Letters on their way.", self.letters_waiting),
            ("muster_imports_working", "Imports at work.", self.imports_working),
            ("muster_database_bytes", "Size of the database.", self.database_bytes),
        ]
    }
}
