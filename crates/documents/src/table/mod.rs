//! Tables that people bring: CSV in its dialects and XLSX, read within limits.
//!
//! Every cell comes out as text: a spreadsheet's dates as `2026-11-21` or `2026-11-21 10:00`, its
//! times as `10:00`, whole numbers without a fraction.

pub(crate) mod archive;
pub(crate) mod delimited;
mod sheet;

use csv::StringRecord;

/// Most bytes of a file: 50 MiB.
pub const LARGEST_FILE: usize = 50 << 20;
/// Most lines of a table, the heading apart.
pub const MOST_LINES: usize = 250_000;
/// Most columns of a table.
pub const MOST_COLUMNS: usize = 200;

/// A table with a heading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What stands above each column.
    pub headings: Vec<String>,
    /// The lines below, blank ones left out.
    pub lines: Vec<Line>,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1, as an editor or a spreadsheet shows it.
    pub number: u64,
    cells: StringRecord,
}

impl Line {
    /// A line of those cells.
    pub fn new<'a>(number: u64, cells: impl IntoIterator<Item = &'a str>) -> Self {
        Self { number, cells: StringRecord::from_iter(cells) }
    }

    /// The cell in that column, without blanks around it; empty where the line ends before.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default().trim()
    }
}

/// Why a file is not a table that can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Nothing in it.
    #[error("This file is empty.")]
    Empty,
    /// A heading, and nothing below.
    #[error("This file has a heading, but no lines below it.")]
    NoLines,
    /// Larger than [`LARGEST_FILE`].
    #[error("This file is larger than {} MB: divide it and import the parts.", LARGEST_FILE >> 20)]
    TooLarge,
    /// More than [`MOST_LINES`].
    #[error("This file has more than {MOST_LINES} lines: divide it and import the parts.")]
    TooManyLines,
    /// More than [`MOST_COLUMNS`].
    #[error("Line {line} has more than {MOST_COLUMNS} columns: this does not look like a list.")]
    TooManyColumns {
        /// Where.
        line: u64,
    },
    /// Bytes that are no text in UTF-8.
    #[error(
        "Line {line} holds letters that are not UTF-8. In your spreadsheet, save the file as \
        “CSV UTF-8” or as XLSX, and upload it again."
    )]
    Encoding {
        /// Where.
        line: u64,
    },
    /// A workbook of Excel before 2007.
    #[error("This is an old Excel file (.xls). Save it as .xlsx or CSV and upload it again.")]
    OldExcel,
    /// Something that is no table at all.
    #[error("This is neither CSV nor an Excel workbook (.xlsx).")]
    NotATable,
    /// A workbook that breaks its own rules, or is protected by a password.
    #[error(
        "This workbook can't be read: it is damaged or protected by a password. Save it again \
        without a password, or as CSV."
    )]
    Broken,
    /// A workbook that grows beyond measure when it is unpacked.
    #[error("This workbook is too large once it is unpacked: divide it and import the parts.")]
    Bomb,
}

/// Reads a file by what it holds, whatever its name says.
pub fn read(file: &[u8]) -> Result<Table, TableError> {
    if file.len() > LARGEST_FILE {
        return Err(TableError::TooLarge);
    }
    let table = match file {
        [b'P', b'K', 3, 4, ..] => sheet::read(file)?,
        [0xd0, 0xcf, 0x11, 0xe0, ..] => return Err(TableError::OldExcel),
        [b'%', b'P', b'D', b'F', ..] | [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => {
            return Err(TableError::NotATable);
        }
        text => delimited::read(text)?,
    };
    if table.headings.is_empty() {
        return Err(TableError::Empty);
    }
    if table.lines.is_empty() { Err(TableError::NoLines) } else { Ok(table) }
}

impl Table {
    /// Takes the next line: the first is the heading, blank ones are passed over.
    fn take(&mut self, number: u64, cells: StringRecord) -> Result<(), TableError> {
        if cells.len() > MOST_COLUMNS {
            return Err(TableError::TooManyColumns { line: number });
        }
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        if self.headings.is_empty() {
            self.headings = cells.iter().map(|cell| cell.trim().to_owned()).collect();
            return Ok(());
        }
        if self.lines.len() == MOST_LINES {
            return Err(TableError::TooManyLines);
        }
        self.lines.push(Line { number, cells });
        Ok(())
    }
}
