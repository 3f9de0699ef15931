//! A table as it is put together from a bundle's files.

use muster_documents::table::{Line, Table};
use muster_domain::imports::{Kind, Mapping};
use std::collections::{HashMap, HashSet};

/// A table, and what can't be understood of it.
#[derive(Debug)]
pub(super) struct Draft {
    pub kind: Kind,
    /// The file to which its lines' numbers refer.
    pub file: &'static str,
    pub mapping: Mapping,
    pub table: Table,
    pub faults: HashMap<usize, String>,
    pub complete: Option<HashMap<usize, HashSet<String>>>,
}

impl Draft {
    /// A table of those columns.
    pub fn new(kind: Kind, file: &'static str, columns: &[&'static str]) -> Self {
        Self {
            kind,
            file,
            mapping: columns.iter().copied().map(Some).collect(),
            table: Table {
                headings: columns.iter().map(|key| (*key).to_owned()).collect(),
                lines: Vec::new(),
            },
            faults: HashMap::new(),
            complete: None,
        }
    }

    pub const fn len(&self) -> usize {
        self.table.lines.len()
    }

    /// Adds a line; its cells in the order of the columns.
    pub fn line(&mut self, number: u64, cells: &[&str]) {
        self.table.lines.push(Line::new(number, cells.iter().copied()));
    }

    /// Adds a line that can't be understood.
    pub fn fault(&mut self, number: u64, why: String) {
        self.faults.insert(self.len(), why);
        self.table.lines.push(Line::new(number, []));
    }
}
