//! What a file that is imported holds: one table, or a bundle of several.

use super::oneroster;
use crate::{Error, Result};
use muster_documents::oneroster::{Bundle, Mode};
use muster_documents::table::{self, Table};
use muster_domain::imports::Kind;
use std::sync::Arc;

/// Longest example of a column, in characters.
const EXAMPLE: usize = 40;

/// A file that was read.
#[derive(Clone, Debug)]
pub enum Content {
    /// CSV or XLSX.
    Table(Arc<Table>),
    /// OneRoster.
    Bundle(Arc<Bundle>),
}

impl Content {
    /// Reads a file of that kind.
    pub fn read(kind: Kind, file: &[u8]) -> Result<Self> {
        if kind == Kind::OneRoster {
            let bundle = muster_documents::oneroster::read(file);
            let bundle = bundle.map_err(|error| Error::field("file", error.to_string()))?;
            return Ok(Self::Bundle(Arc::new(bundle)));
        }
        let table = table::read(file).map_err(|error| Error::field("file", error.to_string()))?;
        Ok(Self::Table(Arc::new(table)))
    }

    /// How many lines will be worked through.
    pub fn len(&self) -> usize {
        match self {
            Self::Table(table) => table.lines.len(),
            Self::Bundle(bundle) => oneroster::len(bundle),
        }
    }

    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The table's headings with a cell below each, or the bundle's files with what each is.
    pub(super) fn headings(&self) -> (Vec<String>, Vec<String>) {
        match self {
            Self::Table(table) => {
                let example = |column: usize| {
                    let mut cells = table.lines.iter().map(|line| line.cell(column));
                    let cell = cells.find(|cell| !cell.is_empty()).unwrap_or_default();
                    cell.chars().take(EXAMPLE).collect()
                };
                let examples = (0..table.headings.len()).map(example).collect();
                (table.headings.clone(), examples)
            }
            Self::Bundle(bundle) => files(bundle),
        }
    }
}

fn files(bundle: &Bundle) -> (Vec<String>, Vec<String>) {
    let read = bundle.sheets().into_iter().filter(|sheet| sheet.mode != Mode::Absent);
    let read = read.map(|sheet| {
        let all = if sheet.mode == Mode::Bulk { "all" } else { "changes" };
        (sheet.file.to_owned(), format!("{} lines, {all}", sheet.len()))
    });
    let others = bundle.others.iter().map(|name| (name.clone(), "left out".to_owned()));
    read.chain(others).unzip()
}
