//! Workbooks: sheets of typed columns with a frozen header. Text is always text, never a formula.

mod names;

use muster_domain::time::{Date, Timestamp};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
};

/// Days from the epoch of spreadsheets to 1970-01-01.
const EPOCH: i64 = 25_569;
/// Spreadsheets count no day before 1 March 1900 right.
const EARLIEST: i64 = 61;
const SECONDS_A_DAY: f64 = 86_400.0;
/// Whole numbers beyond this are not exact in a spreadsheet.
const EXACT: u64 = 1 << 53;
/// The most characters (of UTF-16) that a cell may hold.
const CELL: usize = 32_767;

/// One sheet.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// What its tab says; made acceptable and unique where it isn't.
    pub name: String,
    /// The columns from the left.
    pub columns: Vec<Column>,
    /// The rows, a cell for each column.
    pub rows: Vec<Vec<Cell>>,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// The header.
    pub title: String,
    /// The width in characters.
    pub width: u8,
    /// How its cells are shown.
    pub kind: Kind,
}

/// How a column shows its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// As text, at the left.
    Text,
    /// As a whole number.
    Integer,
    /// With two decimals.
    Decimal,
    /// A share of one as a percentage with one decimal.
    Percent,
    /// As year, month, day.
    Date,
    /// As hours and minutes.
    Time,
    /// As both.
    DateTime,
}

/// One cell. A cell that doesn't fit its column, such as a dash among numbers, is still written.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text; never a formula or a link.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any number.
    Number(f64),
    /// A day.
    Date(Date),
    /// Seconds since midnight.
    Time(u32),
    /// A day and seconds since midnight, on the wall clock of whoever reads it.
    DateTime(Date, u32),
}

/// Why there is no workbook.
#[derive(Debug, thiserror::Error)]
pub enum XlsxError {
    /// More rows or columns than a sheet has.
    #[error("sheet {0:?} is larger than a spreadsheet can be")]
    TooLarge(String),
    /// The writer failed.
    #[error("the workbook can't be written: {0}")]
    Writer(#[from] rust_xlsxwriter::XlsxError),
}

/// The bytes of a workbook with these sheets, the same for the same input.
pub fn workbook(sheets: &[Sheet], made_at: Timestamp) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let made_at = ExcelDateTime::from_timestamp(made_at.0.div_euclid(1_000_000))?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made_at));
    let names = names::unique(sheets.iter().map(|sheet| sheet.name.as_str()));
    for (sheet, name) in sheets.iter().zip(names) {
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(name)?;
        write_sheet(worksheet, sheet)?;
    }
    Ok(workbook.save_to_buffer()?)
}

fn write_sheet(worksheet: &mut Worksheet, sheet: &Sheet) -> Result<(), XlsxError> {
    let too_large = || XlsxError::TooLarge(sheet.name.clone());
    let mut formats = Vec::with_capacity(sheet.columns.len());
    for (index, column) in sheet.columns.iter().enumerate() {
        let at = u16::try_from(index).map_err(|_| too_large())?;
        worksheet.set_column_width(at, f64::from(column.width))?;
        worksheet.write_string_with_format(0, at, fitting(&column.title), &header(column.kind))?;
        formats.push(body(column.kind));
    }
    worksheet.set_freeze_panes(1, 0)?;
    let plain = Format::new();
    for (index, row) in sheet.rows.iter().enumerate() {
        let line = u32::try_from(index + 1).map_err(|_| too_large())?;
        for (index, cell) in row.iter().enumerate() {
            let at = u16::try_from(index).map_err(|_| too_large())?;
            write_cell(worksheet, (line, at), cell, formats.get(index).unwrap_or(&plain))?;
        }
    }
    Ok(())
}

fn write_cell(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    format: &Format,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    let number = match cell {
        Cell::Empty => return Ok(()),
        Cell::Text(text) => return text_cell(worksheet, (row, column), fitting(text)),
        Cell::Integer(number) if number.unsigned_abs() > EXACT => {
            return text_cell(worksheet, (row, column), &number.to_string());
        }
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
        Cell::Integer(number) => *number as f64,
        Cell::Number(number) => *number,
        Cell::Date(date) => serial(*date, 0),
        Cell::Time(second) => f64::from(*second) / SECONDS_A_DAY,
        Cell::DateTime(date, second) => serial(*date, *second),
    };
    if number.is_finite() {
        worksheet.write_number_with_format(row, column, number, format)?;
    }
    Ok(())
}

fn text_cell(
    worksheet: &mut Worksheet,
    (row, column): (u32, u16),
    text: &str,
) -> Result<(), rust_xlsxwriter::XlsxError> {
    worksheet.write_string(row, column, text).map(|_| ())
}

/// A day as a spreadsheet counts it; not a number, and so an empty cell, before it can.
fn serial(date: Date, second: u32) -> f64 {
    let day = date.0.saturating_add(EPOCH);
    match i32::try_from(day) {
        Ok(day) if i64::from(day) >= EARLIEST => f64::from(day) + f64::from(second) / SECONDS_A_DAY,
        _ => f64::NAN,
    }
}

/// As much of the text as a cell holds.
fn fitting(text: &str) -> &str {
    if text.len() <= CELL {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > CELL
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

fn header(kind: Kind) -> Format {
    let format = Format::new()
        .set_bold()
        .set_background_color(Color::RGB(0x00E8_EAED))
        .set_border_bottom(FormatBorder::Thin);
    if kind == Kind::Text { format } else { format.set_align(FormatAlign::Right) }
}

fn body(kind: Kind) -> Format {
    match kind {
        Kind::Text => Format::new(),
        Kind::Integer => Format::new().set_num_format("0"),
        Kind::Decimal => Format::new().set_num_format("0.00"),
        Kind::Percent => Format::new().set_num_format("0.0%"),
        Kind::Date => Format::new().set_num_format("yyyy-mm-dd"),
        Kind::Time => Format::new().set_num_format("hh:mm"),
        Kind::DateTime => Format::new().set_num_format("yyyy-mm-dd hh:mm"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_count_as_in_a_spreadsheet() {
        assert!((serial(Date(0), 43_200) - 25_569.5).abs() < 1e-9);
        assert!(serial(Date(-25_508), 0) >= 61.0);
        assert!(serial(Date(-25_509), 0).is_nan());
        assert!(serial(Date(i64::MAX), 0).is_nan());
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(fitting(&"é".repeat(32_767)).chars().count(), 32_767);
        assert_eq!(fitting(&"🎓".repeat(20_000)).chars().count(), 16_383);
    }
}
