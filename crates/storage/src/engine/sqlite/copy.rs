//! A copy of a database that may be in use.

use crate::{Error, Result};
use rusqlite::backup::Backup;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// Copies the database in one step, so that the copy is what it was at one moment, and looks whether
/// the copy is whole.
pub(in crate::engine) fn copy(from: &Path, to: &Path) -> Result<()> {
    let read = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, read)?;
    source.busy_timeout(super::PATIENCE)?;
    let mut target = Connection::open(to)?;
    Backup::new(&source, &mut target)?.step(-1)?;
    target.pragma_update(None, "synchronous", "full")?;
    let state: String = target.query_row("pragma integrity_check(1)", [], |row| row.get(0))?;
    if state == "ok" {
        Ok(())
    } else {
        Err(Error::Database(format!("the copy is broken: {state}")))
    }
}
