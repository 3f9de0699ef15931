//! Everything that a database holds, for tests that something is as it was.

use super::Database;
use muster_storage::inspect;
use std::collections::BTreeSet;
use std::path::Path;

/// Writes into the file of a SQLite node that it is a `hub` or an `edge`.
pub fn disguise(file: &Path, role: &str) {
    inspect::disguise(&file.to_string_lossy(), role).expect("the file is a node's");
}

impl Database {
    /// The rows of these tables as text, by table, without the readings of logical clocks.
    pub fn rows(&self, tables: &[&'static str]) -> inspect::Rows {
        super::apart(|| inspect::rows(&self.url, tables))
    }

    /// Waits until somebody waits for rows of this PostgreSQL database that another transaction holds.
    pub fn until_one_waits(url: &str) {
        while super::apart(|| inspect::waiting(url)) == 0 {}
    }

    /// The columns of a SQLite database that refer to a table: `enrolments.person`.
    pub fn references(&self, table: &str) -> BTreeSet<String> {
        inspect::references(&self.url, table).expect("the schema is read")
    }
}
