//! CSV that every spreadsheet opens and none executes: RFC 4180, with cells that a spreadsheet
//! would take for a formula made plain text by an apostrophe.

use std::borrow::Cow;
use std::io::{self, Write};

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Whether the file begins with a byte order mark: Excel takes UTF-8 for the system's old
/// character set without it; programs rather do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bom {
    /// For people with a spreadsheet.
    With,
    /// For programs.
    Without,
}

/// Writes rows, which may differ in length.
pub struct CsvWriter<W: Write> {
    inner: csv::Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Begins a file.
    pub fn new(mut out: W, bom: Bom) -> io::Result<Self> {
        if bom == Bom::With {
            out.write_all(BOM)?;
        }
        let inner = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(out);
        Ok(Self { inner })
    }

    /// Writes one row.
    pub fn row<C: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = C>) -> io::Result<()> {
        for cell in cells {
            self.inner.write_field(guarded(cell.as_ref()).as_ref())?;
        }
        Ok(self.inner.write_record(None::<&[u8]>)?)
    }

    /// Ends the file and gives back what it was written to.
    pub fn finish(self) -> io::Result<W> {
        self.inner.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}

/// The cell as it can be written: what would begin a formula gets an apostrophe in front, plain
/// numbers aside. Spreadsheets skip spaces at the start, so these don't hide a formula.
fn guarded(cell: &str) -> Cow<'_, str> {
    let begins = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n');
    let wide = |c: char| matches!(c, '＝' | '＋' | '－' | '＠');
    let risky = cell.starts_with(begins) || cell.trim_start().starts_with(|c| begins(c) || wide(c));
    if risky && !is_plain_number(cell) { Cow::Owned(format!("'{cell}")) } else { cell.into() }
}

/// A sign, digits, and digits behind a point or comma.
fn is_plain_number(cell: &str) -> bool {
    let unsigned = cell.strip_prefix(['-', '+']).unwrap_or(cell);
    let (whole, fraction) = unsigned.split_once(['.', ',']).unwrap_or((unsigned, "0"));
    [whole, fraction]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(rows: &[&[&str]], bom: Bom) -> String {
        let mut writer = CsvWriter::new(Vec::new(), bom).unwrap();
        for row in rows {
            writer.row(*row).unwrap();
        }
        String::from_utf8(writer.finish().unwrap()).unwrap()
    }

    #[test]
    fn formulas_become_text_and_numbers_stay_numbers() {
        for (cell, expected) in [
            ("=1+1", "'=1+1"),
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1+1", "'+1+1"),
            ("-2+3", "'-2+3"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("\n=1", "'\n=1"),
            ("  =1", "'  =1"),
            ("\u{a0}=1", "'\u{a0}=1"),
            ("＝1", "'＝1"),
            ("-", "'-"),
            ("+", "'+"),
            ("-1e5", "'-1e5"),
            ("--1", "'--1"),
            ("-1.2.3", "'-1.2.3"),
            ("-.5", "'-.5"),
            ("+91 98765 43210", "'+91 98765 43210"),
            ("-5", "-5"),
            ("+3.25", "+3.25"),
            ("-1234,50", "-1234,50"),
            ("75.5 %", "75.5 %"),
            ("", ""),
            ("Ada", "Ada"),
            ("a=b", "a=b"),
            ("'=1", "'=1"),
            ("नमस्ते", "नमस्ते"),
        ] {
            assert_eq!(guarded(cell), expected, "{cell:?}");
        }
    }

    #[test]
    fn rows_end_as_the_standard_wants_and_are_quoted_where_needed() {
        let rows: &[&[&str]] = &[&["a", "b,c", "say \"x\""], &["two\nlines", "", "é"]];
        assert_eq!(
            written(rows, Bom::Without),
            "a,\"b,c\",\"say \"\"x\"\"\"\r\n\"two\nlines\",,é\r\n"
        );
    }

    #[test]
    fn the_mark_comes_first_and_once() {
        assert_eq!(written(&[&["a"], &["b"]], Bom::With), "\u{feff}a\r\nb\r\n");
    }

    #[test]
    fn a_formula_behind_quotes_is_guarded_too() {
        assert_eq!(written(&[&["=\"a\",\"b\""]], Bom::Without), "\"'=\"\"a\"\",\"\"b\"\"\"\r\n");
    }

    #[test]
    fn rows_may_differ_in_length() {
        assert_eq!(written(&[&["a", "b"], &["c"]], Bom::Without), "a,b\r\nc\r\n");
    }
}
