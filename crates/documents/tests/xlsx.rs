//! Another reader finds in our workbooks what was put in.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use muster_documents::xlsx::{Cell, Column, Kind, Sheet, workbook};
use muster_domain::time::{Date, Timestamp};
use std::io::Cursor;

const MADE_AT: Timestamp = Timestamp(1_732_158_000_000_000);

fn column(title: &str, kind: Kind) -> Column {
    Column { title: title.to_owned(), width: 12, kind }
}

fn sheet(name: &str, kind: Kind, cells: Vec<Cell>) -> Sheet {
    Sheet {
        name: name.to_owned(),
        columns: vec![column("Value", kind)],
        rows: cells.into_iter().map(|cell| vec![cell]).collect(),
    }
}

fn open(sheets: &[Sheet]) -> Xlsx<Cursor<Vec<u8>>> {
    open_workbook_from_rs(Cursor::new(workbook(sheets, MADE_AT).unwrap())).unwrap()
}

/// The cells below the header of the first column.
fn read(sheet: &Sheet) -> Vec<Data> {
    let range = open(std::slice::from_ref(sheet)).worksheet_range(&sheet.name).unwrap();
    range.rows().skip(1).map(|row| row[0].clone()).collect()
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

#[test]
fn every_kind_reads_back() {
    let kinds = [
        ("Name", Kind::Text, text("Ada")),
        ("Count", Kind::Integer, Cell::Integer(-3)),
        ("Mean", Kind::Decimal, Cell::Number(2.5)),
        ("Share", Kind::Percent, Cell::Number(0.755)),
        ("Day", Kind::Date, Cell::Date(Date(20_048))),
        ("At", Kind::Time, Cell::Time(36_120)),
        ("When", Kind::DateTime, Cell::DateTime(Date(20_048), 36_120)),
        ("Nothing", Kind::Integer, Cell::Empty),
    ];
    let sheet = Sheet {
        name: "All".to_owned(),
        columns: kinds.iter().map(|(title, kind, _)| column(title, *kind)).collect(),
        rows: vec![kinds.iter().map(|(.., cell)| cell.clone()).collect(), vec![text("Bob")]],
    };
    let range = open(&[sheet]).worksheet_range("All").unwrap();
    let titles: Vec<String> =
        range.rows().next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(titles, kinds.map(|(title, ..)| title.to_owned()));
    let row = range.rows().nth(1).unwrap();
    assert_eq!(row[0], Data::String("Ada".to_owned()));
    assert_eq!(row[1], Data::Float(-3.0));
    assert_eq!(row[2], Data::Float(2.5));
    assert_eq!(row[3], Data::Float(0.755));
    let moment = |at: usize| match &row[at] {
        Data::DateTime(moment) => moment.as_f64(),
        other => panic!("no moment: {other:?}"),
    };
    // 2024-11-21 is day 45,617 of spreadsheets; 10:02 is 602 minutes.
    assert!((moment(4) - 45_617.0).abs() < 1e-9);
    assert!((moment(5) - 602.0 / 1_440.0).abs() < 1e-9);
    assert!((moment(6) - (45_617.0 + 602.0 / 1_440.0)).abs() < 1e-9);
    assert_eq!(row[7], Data::Empty);
    assert_eq!(range.rows().nth(2).unwrap()[0], Data::String("Bob".to_owned()));
}

#[test]
fn text_is_never_a_formula_a_number_or_a_link() {
    let texts = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "{=1}",
        "0042",
        "https://example.edu",
        "mailto:a@b.c",
        "\u{202e}rtl",
        "नमस्ते 🎓",
        " spaces ",
        "two\nlines",
        "<b>&amp;</b>",
        "_x0041_",
        "\u{1}",
    ];
    let sheet = sheet("Texts", Kind::Text, texts.map(text).to_vec());
    let read = read(&sheet);
    for (read, text) in read.iter().zip(texts) {
        assert_eq!(read, &Data::String(text.to_owned()));
    }
    let formulas = open(&[sheet]).worksheet_formula("Texts").unwrap();
    assert!(formulas.cells().all(|(.., formula)| formula.is_empty()));
}

#[test]
fn numbers_that_a_spreadsheet_cannot_hold_become_text_or_nothing() {
    let cells = vec![
        Cell::Integer(1 << 53),
        Cell::Integer((1 << 53) + 1),
        Cell::Number(f64::NAN),
        Cell::Date(Date(-40_000)),
        text("end"),
    ];
    assert_eq!(
        read(&sheet("Limits", Kind::Integer, cells)),
        [
            Data::Float(9_007_199_254_740_992.0),
            Data::String("9007199254740993".to_owned()),
            Data::Empty,
            Data::Empty,
            Data::String("end".to_owned()),
        ]
    );
}

#[test]
fn any_name_makes_a_sheet() {
    let long = "x".repeat(500);
    let wanted = [
        "CS/101: A",
        "cs 101  a",
        "",
        "'",
        &long,
        &long,
        "History",
        "🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓🎓",
    ];
    let sheets = wanted.map(|name| sheet(name, Kind::Text, vec![]));
    assert_eq!(open(&sheets).sheet_names().len(), wanted.len());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let sheets = [sheet("Same", Kind::Text, vec![text("a")])];
    assert_eq!(workbook(&sheets, MADE_AT).unwrap(), workbook(&sheets, MADE_AT).unwrap());
}

#[test]
fn a_long_text_is_cut_rather_than_refused() {
    let read = read(&sheet("Long", Kind::Text, vec![text(&"é".repeat(40_000))]));
    assert_eq!(read, [Data::String("é".repeat(32_767))]);
}

#[test]
fn more_rows_than_a_sheet_has_are_an_error() {
    let mut sheet = sheet("Rows", Kind::Integer, vec![]);
    sheet.rows = vec![vec![]; 1_048_576];
    sheet.rows[1_048_575] = vec![Cell::Integer(1)];
    assert!(workbook(&[sheet], MADE_AT).is_err());
}
