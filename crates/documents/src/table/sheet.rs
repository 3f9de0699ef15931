//! The first worksheet of an XLSX workbook that holds anything.
//!
//! Cells are read one by one: a sheet may claim a million empty rows and columns.

use super::{MOST_COLUMNS, Table, TableError, archive};
use calamine::{
    DataRef, ExcelDateTime, ExcelDateTimeType, Reader, Xlsx, XlsxCellFormulaMetadataRecord,
    XlsxFormulaMetadata,
};
use csv::StringRecord;
use std::io::Cursor;

/// Reads the first worksheet that is not empty.
pub(super) fn read(file: &[u8]) -> Result<Table, TableError> {
    archive::check(file)?;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(file)).map_err(|_| TableError::Broken)?;
    for name in book.sheet_names() {
        let table = worksheet(&mut book, &name)?;
        if !table.headings.is_empty() {
            return Ok(table);
        }
    }
    Ok(Table::default())
}

fn worksheet(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Table, TableError> {
    let mut table = Table::default();
    // A sheet of its own kind, a chart, has no cells.
    let Ok(mut cells) = book.worksheet_cells_reader(name) else { return Ok(table) };
    let mut row = Vec::new();
    let mut number = 0;
    let broken = |_| TableError::Broken;
    while let Some(cell) = cells.next_cell_with_formula_metadata().map_err(broken)? {
        let (line, column) = cell.pos;
        let (line, column) = (u64::from(line) + 1, column as usize);
        if line != number {
            table.take(number, StringRecord::from(std::mem::take(&mut row)))?;
            number = line;
        }
        let text = shown(&cell);
        if text.is_empty() {
            continue;
        }
        if column >= MOST_COLUMNS {
            return Err(TableError::TooManyColumns { line });
        }
        if row.len() <= column {
            row.resize(column + 1, String::new());
        }
        if let Some(place) = row.get_mut(column) {
            *place = text;
        }
    }
    table.take(number, StringRecord::from(row))?;
    Ok(table)
}

/// What a cell shows; of a formula whose value nobody has computed yet, the formula, so that it is
/// not taken for an empty cell.
fn shown(cell: &XlsxCellFormulaMetadataRecord<'_>) -> String {
    match (&cell.value, &cell.formula) {
        (DataRef::Empty, Some(XlsxFormulaMetadata::Normal { formula })) => format!("={formula}"),
        (DataRef::Empty, Some(_)) => "=".to_owned(),
        (value, _) => text(value),
    }
}

fn text(cell: &DataRef<'_>) -> String {
    match cell {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(truth) => truth.to_string(),
        DataRef::DateTime(moment) => calendar(moment),
        DataRef::Error(error) => error.to_string(),
    }
}

/// A date, a time, or both, to the minute: what the cell shows decides which.
fn calendar(moment: &ExcelDateTime) -> String {
    let value = moment.as_f64();
    let since = |is_1904| ExcelDateTime::new(value, ExcelDateTimeType::DateTime, is_1904);
    let is_1904 = since(false).to_ymd_hms_milli() != moment.to_ymd_hms_milli();
    // Excel counts in fractions of a day, so that ten o'clock may be 9:59:59.9999.
    let rounded = ExcelDateTime::new(value + 0.5 / 1440.0, ExcelDateTimeType::DateTime, is_1904);
    let (year, month, day, hour, minute, ..) = rounded.to_ymd_hms_milli();
    if moment.is_duration() || value < 1.0 {
        return format!("{hour:02}:{minute:02}");
    }
    let date = format!("{year:04}-{month:02}-{day:02}");
    if hour == 0 && minute == 0 { date } else { format!("{date} {hour:02}:{minute:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_xlsxwriter::{ExcelDateTime as Written, Format, Formula, Workbook};
    use std::io::{Read as _, Write as _};

    fn saved(fill: impl FnOnce(&mut Workbook)) -> Vec<u8> {
        let mut book = Workbook::new();
        fill(&mut book);
        book.save_to_buffer().unwrap()
    }

    #[test]
    fn numbers_dates_times_and_formulas_come_out_as_they_are_shown() {
        let file = saved(|book| {
            book.add_worksheet();
            let sheet = book.add_worksheet();
            let day = Format::new().set_num_format("dd.mm.yyyy");
            let both = Format::new().set_num_format("dd.mm.yyyy hh:mm");
            let time = Format::new().set_num_format("hh:mm");
            for (column, name) in ["Number", "Date", "At", "Start", "Sum"].into_iter().enumerate() {
                sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
            }
            let at = Written::from_ymd(2026, 11, 21).unwrap();
            sheet.write(4, 0, 2_026_004_711_i64).unwrap();
            sheet.write_with_format(4, 1, at, &day).unwrap();
            let at = Written::from_ymd(2026, 11, 21).unwrap().and_hms(9, 59, 59.999).unwrap();
            sheet.write_with_format(4, 2, at, &both).unwrap();
            sheet.write_with_format(4, 3, Written::from_hms(9, 5, 0).unwrap(), &time).unwrap();
            sheet.write(4, 4, Formula::new("=1+1").set_result("2")).unwrap();
        });
        let table = read(&file).unwrap();
        assert_eq!(table.headings, ["Number", "Date", "At", "Start", "Sum"]);
        let line = &table.lines[0];
        let cells = [0, 1, 2, 3, 4].map(|column| line.cell(column));
        assert_eq!(cells, ["2026004711", "2026-11-21", "2026-11-21 10:00", "09:05", "2"]);
        assert_eq!(line.number, 5);
    }

    /// A workbook as programs write it that compute nothing: its sheet changed so.
    fn changed(file: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
        let mut from = zip::ZipArchive::new(Cursor::new(file)).unwrap();
        let mut to = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..from.len() {
            let mut part = from.by_index(index).unwrap();
            let name = part.name().unwrap().to_string();
            let mut content = Vec::new();
            part.read_to_end(&mut content).unwrap();
            if name.ends_with("sheet1.xml") {
                content = change(std::str::from_utf8(&content).unwrap()).into_bytes();
            }
            to.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            to.write_all(&content).unwrap();
        }
        to.finish().unwrap().into_inner()
    }

    #[test]
    fn a_formula_without_its_value_is_not_an_empty_cell() {
        let file = saved(|book| {
            let sheet = book.add_worksheet();
            for (column, name) in ["Number", "Sum", "Nothing"].into_iter().enumerate() {
                sheet.write(0, u16::try_from(column).unwrap(), name).unwrap();
            }
            sheet.write(1, 0, "S1").unwrap();
            sheet.write(1, 1, Formula::new("=40+2").set_result("42")).unwrap();
            sheet.write(1, 2, Formula::new("=D2").set_result("0")).unwrap();
        });
        let file = changed(&file, |sheet| {
            let number = "<c r=\"C2\"><f>D2</f><v>0</v></c>";
            assert!(sheet.contains(number), "{sheet}");
            sheet.replace(number, "<c r=\"C2\" t=\"str\"><f>D2</f><v></v></c>")
        });
        let cells = |file: &[u8]| {
            let table = read(file).unwrap();
            [0, 1, 2].map(|column| table.lines[0].cell(column).to_owned())
        };
        assert_eq!(cells(&file), ["S1", "42", ""], "an empty text is a value");
        let without = changed(&file, |sheet| {
            assert!(sheet.contains("<v>42</v>"), "{sheet}");
            sheet.replace("<v>42</v>", "")
        });
        assert_eq!(cells(&without), ["S1", "=40+2", ""]);
    }

    #[test]
    fn a_cell_far_away_costs_no_memory_and_is_refused() {
        let file = saved(|book| {
            let sheet = book.add_worksheet();
            sheet.write(0, 0, "Number").unwrap();
            sheet.write(1_048_575, 16_383, "far").unwrap();
        });
        assert_eq!(read(&file), Err(TableError::TooManyColumns { line: 1_048_576 }));
    }

    #[test]
    fn a_workbook_without_cells_is_an_empty_table() {
        let file = saved(|book| {
            book.add_worksheet();
        });
        assert_eq!(read(&file), Ok(Table::default()));
        assert_eq!(crate::table::read(&file), Err(TableError::Empty));
    }

    #[test]
    fn a_zip_file_that_is_no_workbook_is_broken() {
        assert_eq!(read(b"PK\x03\x04"), Err(TableError::Broken));
    }
}
