//! Everything that a database holds, for tests that something is as it was.

use super::Database;
use muster_storage::inspect;
use std::collections::BTreeSet;

impl Database {
    /// The rows of these tables as text, by table, without the readings of logical clocks.
    pub fn rows(&self, tables: &[&'static str]) -> inspect::Rows {
        // On a thread of its own: the client must not block a test's runtime.
        std::thread::scope(|scope| {
            let read = scope.spawn(|| inspect::rows(&self.url, tables));
            read.join().expect("the thread runs").expect("the tables are read")
        })
    }

    /// The columns of a SQLite database that refer to a table: `enrolments.person`.
    pub fn references(&self, table: &str) -> BTreeSet<String> {
        inspect::references(&self.url, table).expect("the schema is read")
    }
}
