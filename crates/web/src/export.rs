//! Tables as files: the same rows as CSV for programs, or as a workbook.

use crate::caller::Caller;
use crate::error::PageError;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::zone::Zone;
use muster_documents::archive::plain;
use muster_documents::csv::{Bom, CsvWriter};
use muster_documents::xlsx::{Cell, Column, Kind, Sheet, workbook};
use muster_domain::attendance::Percentage;
use muster_domain::finance::Money;
use muster_domain::time::Timestamp;

const WORKBOOK: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// What a table is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// For programs, and spreadsheets of any kind.
    Csv,
    /// A workbook.
    Xlsx,
}

impl Format {
    /// The format of that name; none for a page.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "csv" => Some(Self::Csv),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// What a program asks for, by name or by `Accept`; none for JSON.
    pub fn asked(name: &str, headers: &HeaderMap) -> muster_app::Result<Option<Self>> {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        match name {
            "" if accept.starts_with("text/csv") => Ok(Some(Self::Csv)),
            "" if accept.starts_with(WORKBOOK) => Ok(Some(Self::Xlsx)),
            "" | "json" => Ok(None),
            name => Self::parse(name)
                .map(Some)
                .ok_or_else(|| Error::field("format", "Choose json, csv or xlsx.")),
        }
    }
}

/// A column with its title, width and kind.
pub(crate) fn column(title: impl Into<String>, width: u8, kind: Kind) -> Column {
    Column { title: title.into(), width, kind }
}

/// A text.
pub(crate) fn text(text: impl Into<String>) -> Cell {
    Cell::Text(text.into())
}

/// A share; empty while nothing was taken.
pub(crate) fn share(share: Percentage) -> Cell {
    let permille = share.permille().and_then(|permille| i32::try_from(permille).ok());
    permille.map_or(Cell::Empty, |permille| Cell::Number(f64::from(permille) / 1000.0))
}

/// An amount of money: a number, so that spreadsheets can add it up.
pub(crate) fn money(money: Money) -> Cell {
    money.digits().parse().map_or(Cell::Empty, Cell::Number)
}

/// An instant on the institution's clocks.
pub(crate) fn moment(zone: &Zone, at: Timestamp) -> Cell {
    let (date, second) = zone.parts(at);
    Cell::DateTime(date, second)
}

/// The table as a file with that name.
pub(crate) fn download(
    caller: &Caller,
    name: &str,
    format: Format,
    sheet: Sheet,
) -> Result<Response, PageError> {
    let made = file(sheet, format, caller.ctx.now()).map_err(|error| caller.error(error))?;
    Ok(sent(made, name, format))
}

/// As [`download`], for a table that may be long: others are served meanwhile.
pub(crate) async fn download_long(
    caller: &Caller,
    name: &str,
    format: Format,
    sheet: Sheet,
) -> muster_app::Result<Response> {
    let made_at = caller.ctx.now();
    let made = caller.app.slowly(move || file(sheet, format, made_at)).await??;
    Ok(sent(made, name, format))
}

/// The file itself. Errors of writing to memory are ours.
fn file(sheet: Sheet, format: Format, made_at: Timestamp) -> muster_app::Result<Vec<u8>> {
    let bytes = match format {
        Format::Csv => csv(&sheet),
        Format::Xlsx => workbook(&[sheet], made_at).map_err(|error| error.to_string()),
    };
    bytes.map_err(|error| {
        Error::from(muster_storage::Error::Database(format!("a table was not written: {error}")))
    })
}

fn sent(file: Vec<u8>, name: &str, format: Format) -> Response {
    let ending = match format {
        Format::Csv => Ending { kind: "text/csv; charset=utf-8", end: "csv" },
        Format::Xlsx => Ending { kind: WORKBOOK, end: "xlsx" },
    };
    attached(file, name, ending)
}

/// What a file is: its media type, and how its name ends.
pub(crate) struct Ending {
    pub kind: &'static str,
    pub end: &'static str,
}

/// A file to be saved under this name, and by nobody on the way.
pub(crate) fn attached(file: Vec<u8>, name: &str, Ending { kind, end }: Ending) -> Response {
    let name = plain(name);
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{name}.{end}\"")),
        (CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, file).into_response()
}

fn csv(sheet: &Sheet) -> Result<Vec<u8>, String> {
    let write = || {
        let mut writer = CsvWriter::new(Vec::new(), Bom::With)?;
        writer.row(sheet.columns.iter().map(|column| column.title.as_str()))?;
        for row in &sheet.rows {
            writer.row(row.iter().zip(&sheet.columns).map(|(cell, column)| words(cell, column)))?;
        }
        writer.finish()
    };
    write().map_err(|error: std::io::Error| error.to_string())
}

/// The cell as CSV has it: percentages as in the workbook's view, without the sign.
fn words(cell: &Cell, column: &Column) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) => text.clone(),
        Cell::Integer(number) => number.to_string(),
        Cell::Number(number) if column.kind == Kind::Percent => format!("{:.1}", number * 100.0),
        Cell::Number(number) if column.kind == Kind::Decimal => format!("{number:.2}"),
        Cell::Number(number) => number.to_string(),
        Cell::Date(date) => crate::times::iso_date(*date),
        Cell::Time(second) => clock(*second),
        Cell::DateTime(date, second) => {
            format!("{} {}", crate::times::iso_date(*date), clock(*second))
        }
    }
}

fn clock(second: u32) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}
