//! CSV as spreadsheets write it: comma, semicolon or tab, with or without a byte order mark, in
//! UTF-8 or, with a mark, UTF-16.

use super::{Table, TableError};
use csv::{ErrorKind, ReaderBuilder, StringRecord};
use std::borrow::Cow;

/// Reads a table whose separator is found out from its heading.
pub(crate) fn read(file: &[u8]) -> Result<Table, TableError> {
    let text = decoded(file)?;
    // A binary file that happens to be UTF-8 has NULs; text has none.
    if text.contains('\0') {
        return Err(TableError::NotATable);
    }
    let (separator, text, skipped) = declared(&text)
        .unwrap_or_else(|| (separator(text.trim_start_matches(['\r', '\n'])), &text, 0));
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator)
        .from_reader(text.as_bytes());
    let mut table = Table::default();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record).map_err(broken)? {
        let line = record.position().map_or(0, |position| line(text, position));
        table.take(line + skipped, unguarded(&record))?;
    }
    Ok(table)
}

/// The line on which a record begins: the reader counts from before the blank lines that it skips.
fn line(text: &str, position: &csv::Position) -> u64 {
    let from = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let bytes = text.as_bytes().get(from..).unwrap_or_default().iter();
    let blank = bytes.take_while(|byte| matches!(byte, b'\r' | b'\n'));
    position.line() + blank.filter(|byte| **byte == b'\n').count() as u64
}

/// The text without its mark.
fn decoded(file: &[u8]) -> Result<Cow<'_, str>, TableError> {
    match file {
        [0xff, 0xfe, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => wide(rest, u16::from_be_bytes),
        bytes => narrow(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)),
    }
}

fn narrow(bytes: &[u8]) -> Result<Cow<'_, str>, TableError> {
    std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|error| {
        let before = bytes.iter().take(error.valid_up_to());
        TableError::Encoding { line: 1 + before.filter(|byte| **byte == b'\n').count() as u64 }
    })
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, TableError> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut text = String::with_capacity(bytes.len());
    let mut line = 1;
    for letter in char::decode_utf16(pairs.iter().copied().map(unit)) {
        let letter = letter.map_err(|_| TableError::Encoding { line })?;
        line += u64::from(letter == '\n');
        text.push(letter);
    }
    if rest.is_empty() { Ok(Cow::Owned(text)) } else { Err(TableError::Encoding { line }) }
}

/// Excel's own line `sep=;`, with what follows and the lines that it took.
fn declared(text: &str) -> Option<(u8, &str, u64)> {
    let (first, rest) = text.split_once('\n')?;
    let separator = first.trim_end().strip_prefix("sep=")?;
    match separator.as_bytes() {
        [one @ (b',' | b';' | b'\t')] => Some((*one, rest, 1)),
        _ => None,
    }
}

/// The separator that the heading has most of, outside of quotes.
fn separator(text: &str) -> u8 {
    let mut quoted = false;
    let heading = text.bytes().take_while(|byte| {
        quoted ^= *byte == b'"';
        quoted || !matches!(byte, b'\n' | b'\r')
    });
    let heading: Vec<u8> = heading.collect();
    let mut inside = false;
    let outside: Vec<u8> = heading
        .into_iter()
        .filter(|byte| {
            inside ^= *byte == b'"';
            !inside
        })
        .collect();
    let count = |wanted: u8| outside.split(|byte| *byte == wanted).count();
    // The first of equals is meant: a heading of one column has none at all.
    [b'\t', b';', b','].into_iter().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

/// The cells as they were before our own export kept a spreadsheet from executing them.
fn unguarded(record: &StringRecord) -> StringRecord {
    let risky = |cell: &str| {
        let plain = cell.strip_prefix('\'').filter(|rest| {
            rest.trim_start()
                .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
        });
        plain.is_some()
    };
    if !record.iter().any(risky) {
        return record.clone();
    }
    record
        .iter()
        .map(|cell| if risky(cell) { cell.get(1..).unwrap_or(cell) } else { cell })
        .collect()
}

fn broken(error: csv::Error) -> TableError {
    match error.into_kind() {
        ErrorKind::Utf8 { pos, .. } => {
            TableError::Encoding { line: pos.map_or(1, |position| position.line()) }
        }
        _ => TableError::NotATable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(file: &[u8]) -> Vec<Vec<String>> {
        let table = read(file).unwrap();
        let width = table.headings.len();
        let lines = table.lines.iter();
        let lines = lines.map(|line| (0..width).map(|n| line.cell(n).to_owned()).collect());
        std::iter::once(table.headings.clone()).chain(lines).collect()
    }

    #[test]
    fn separators_marks_and_line_ends_make_no_difference() {
        let expected = [["Number", "Name"], ["7", "Ada"]];
        let utf16 = "Number\tName\r\n7\tAda".encode_utf16().flat_map(u16::to_le_bytes);
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(utf16).collect();
        let files: [&[u8]; 7] = [
            b"Number,Name\n7,Ada\n",
            b"Number;Name\r\n7;Ada\r\n",
            b"Number\tName\n7\tAda",
            "\u{feff}Number,Name\n7,Ada".as_bytes(),
            b"sep=;\nNumber;Name\n7;Ada\n",
            b"\n\nNumber, Name\n,\n7, Ada\n\n\n",
            &utf16,
        ];
        for file in files {
            assert_eq!(cells(file), expected, "{}", String::from_utf8_lossy(file));
        }
    }

    #[test]
    fn quoted_separators_and_line_ends_belong_to_the_cell() {
        let file = b"Name,\"a;b;c;d\"\n\"Lovelace, Ada\",\"two\nlines\"\nB,\"say \"\"x\"\"\"\n";
        let rows = cells(file);
        assert_eq!(rows[1], ["Lovelace, Ada", "two\nlines"]);
        assert_eq!(rows[2], ["B", "say \"x\""]);
    }

    #[test]
    fn lines_are_numbered_as_an_editor_shows_them() {
        let table = read(b"sep=,\nA\n\"x\ny\"\n\nz\n").unwrap();
        let numbers: Vec<_> = table.lines.iter().map(|line| line.number).collect();
        assert_eq!(numbers, [3, 6]);
    }

    #[test]
    fn other_encodings_are_named_with_their_line() {
        assert_eq!(read(b"Name\nAda\nJos\xe9\n"), Err(TableError::Encoding { line: 3 }));
        assert_eq!(read(b"\xff\xfeA\x00\n\x00\x00\xd8"), Err(TableError::Encoding { line: 2 }));
    }

    #[test]
    fn a_file_with_zero_bytes_is_no_table() {
        assert_eq!(read(b"a,b\0,c\n"), Err(TableError::NotATable));
    }

    #[test]
    fn an_apostrophe_that_our_export_put_in_front_is_taken_away() {
        assert_eq!(cells(b"Name\n'=1+1\n'+49 30\n'tis\n")[1..], [["=1+1"], ["+49 30"], ["'tis"]]);
    }

    proptest! {
        #[test]
        fn what_we_write_is_read_as_it_was(rows in prop::collection::vec(
            prop::collection::vec("[a-zA-Zéß\",;=+@ -]{0,8}", 2), 1..6,
        )) {
            let mut writer = crate::csv::CsvWriter::new(Vec::new(), crate::csv::Bom::With).unwrap();
            writer.row(["Left", "Right"]).unwrap();
            for row in &rows {
                writer.row(row).unwrap();
            }
            let table = read(&writer.finish().unwrap()).unwrap();
            let full = rows.iter().filter(|row| row.iter().any(|cell| !cell.trim().is_empty()));
            let written: Vec<_> = full.flatten().map(|cell| cell.trim().to_owned()).collect();
            let lines = table.lines.iter().flat_map(|line| [line.cell(0), line.cell(1)]);
            prop_assert_eq!(lines.map(str::to_owned).collect::<Vec<_>>(), written);
        }
    }
}
