//! Tables that arrive and leave: what pages and the interface for programs share, and the lists of
//! pages as files.

use crate::caller::Caller;
use crate::error::PageError;
use crate::export::{Format, column, download_long, text};
use crate::upload;
use axum::extract::Multipart;
use axum::response::Response;
use muster_app::imports::{self, Content, Exported, Upload};
pub(crate) use muster_app::lists::{every, need_room};
use muster_app::{Error, Result};
use muster_documents::table::LARGEST_FILE;
use muster_documents::xlsx::{Cell, Kind as CellKind, Sheet};
use muster_domain::ids::{EventId, ImportId, TermId};
use muster_domain::imports::{Kind, Mapping};
use muster_storage::imports::ImportRow;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long an answer waits for the worker.
pub(crate) const PATIENCE: Duration = Duration::from_millis(1_500);

/// A form with a table.
#[derive(Debug, Default)]
pub(crate) struct TableForm {
    pub kind: String,
    pub term: String,
    /// The event of passes whose lines need not name one.
    pub event: String,
    /// For programs: a JSON object from headings to columns.
    pub mapping: String,
    pub name: String,
    pub file: Vec<u8>,
}

impl TableForm {
    /// Reads the fields as they come.
    pub async fn read(mut form: Multipart) -> Result<Self> {
        let broken = |error| upload::broken(&error, "file", LARGEST_FILE);
        let mut read = Self::default();
        while let Some(mut field) = form.next_field().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if name == "file" {
                field.file_name().unwrap_or_default().clone_into(&mut read.name);
                read.file = upload::file(&mut field, "file", LARGEST_FILE).await?;
                continue;
            }
            let text = upload::file(&mut field, "file", 1 << 16).await?;
            let text = String::from_utf8_lossy(&text).into_owned();
            match name.as_str() {
                "kind" => read.kind = text,
                "term" => read.term = text,
                "event" => read.event = text,
                "mapping" => read.mapping = text,
                _ => {}
            }
        }
        Ok(read)
    }

    /// What its lines are about.
    pub fn kind(&self) -> Result<Kind> {
        Kind::from_key(&self.kind)
            .ok_or_else(|| Error::field("kind", "Choose what the file holds."))
    }
}

/// The id of a term that may be left out.
pub(crate) fn term(text: &str) -> Result<Option<TermId>> {
    match text.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Error::field("term", "Choose a term.")),
    }
}

/// The id of an event that may be left out.
pub(crate) fn event(text: &str) -> Result<Option<EventId>> {
    match text.trim() {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| Error::field("event", "Choose an event.")),
    }
}

/// Takes a table in and has its lines checked.
pub(crate) async fn receive(caller: &Caller, form: TableForm) -> Result<ImportId> {
    let (kind, term, event) = (form.kind()?, term(&form.term)?, event(&form.event)?);
    imports::need(&caller.ctx, kind, event)?;
    if form.file.is_empty() && form.name.is_empty() {
        return Err(Error::field("file", "Choose a file first."));
    }
    let wanted = form.mapping.clone();
    let (name, size) = (form.name, form.file.len());
    let read = caller.app.slowly(move || {
        let content = Content::read(kind, &form.file)?;
        Ok::<_, Error>((Upload::of(kind, name, size, (term, event), &content), form.file))
    });
    let (upload, file) = read.await??;
    let mapping = named((kind, event), &upload.headings, &wanted)?;
    let id = caller.write(move |tx, ctx| imports::begin(tx, ctx, &upload)).await?;
    for (place, part) in file.chunks(imports::PART).enumerate() {
        let part = part.to_vec();
        caller.write(move |tx, ctx| imports::receive(tx, ctx, id, place, &part)).await?;
    }
    caller.write(move |tx, ctx| imports::check(tx, ctx, id, mapping.clone(), term)).await?;
    caller.app.importer.wake();
    Ok(id)
}

/// What a program says the headings mean.
fn named(
    (kind, event): (Kind, Option<EventId>),
    headings: &[String],
    wanted: &str,
) -> Result<Option<Mapping>> {
    if wanted.trim().is_empty() || !kind.is_a_table() {
        return Ok(None);
    }
    let columns = serde_json::from_str(wanted)
        .map_err(|_| Error::field("mapping", "Send a JSON object from headings to columns."))?;
    columns_of((kind, event), headings, &columns).map(Some)
}

fn columns_of(
    (kind, event): (Kind, Option<EventId>),
    headings: &[String],
    columns: &BTreeMap<String, String>,
) -> Result<Mapping> {
    let keys: Vec<_> = headings.iter().map(|heading| columns.get(heading).cloned()).collect();
    let mapping = imports::mapping(kind, &keys);
    imports::check_columns(kind, event, &mapping)?;
    Ok(mapping)
}

/// Takes from a program what the headings of a table that arrived mean, and has its lines checked
/// anew.
pub(crate) async fn map(
    caller: &Caller,
    id: ImportId,
    columns: BTreeMap<String, String>,
    term: Option<TermId>,
) -> Result<()> {
    let write = caller.write(move |tx, ctx| {
        let import = imports::get(tx, ctx, id)?;
        if !import.kind.is_a_table() {
            return Err(Error::field("mapping", "What a bundle's columns mean is fixed."));
        }
        let headings = imports::headings_of(&import);
        if let Some(unknown) = columns.keys().find(|heading| !headings.contains(heading)) {
            let detail = format!("The file has no heading \u{201c}{unknown}\u{201d}.");
            return Err(Error::field("mapping", detail));
        }
        let mapping = columns_of((import.kind, import.event), &headings, &columns)?;
        imports::check(tx, ctx, id, Some(mapping), term)
    });
    write.await?;
    caller.app.importer.wake();
    Ok(())
}

/// The import, when the worker is done or patience ends.
pub(crate) async fn settled(caller: &Caller, id: ImportId, most: Duration) -> Result<ImportRow> {
    caller
        .app
        .importer
        .settled(most, || caller.read(move |tx, ctx| imports::get(tx, ctx, id)))
        .await
}

/// A table as a file: `csv` or `xlsx`.
pub(crate) async fn sent(
    caller: &Caller,
    table: Exported,
    name: String,
    format: &str,
) -> Result<Response> {
    sent_as(caller, table, name, Format::parse(format).ok_or(Error::NotFound)?).await
}

/// The same, for a page that knows the format already.
pub(crate) async fn sent_as(
    caller: &Caller,
    table: Exported,
    name: String,
    format: Format,
) -> Result<Response> {
    let columns = table.headings.into_iter().map(|title| column(title, 18, CellKind::Text));
    let rows = table.lines.into_iter().map(|line| line.into_iter().map(text).collect());
    let sheet = Sheet { name: name.clone(), columns: columns.collect(), rows: rows.collect() };
    download_long(caller, &name, format, sheet).await
}

/// How a list is asked for: as a page, or with `format` as a file.
#[derive(Default, Deserialize)]
pub(crate) struct Wanted {
    #[serde(default)]
    format: String,
}

impl Wanted {
    /// Whether it is asked for on paper, which some are.
    pub fn is_pdf(&self) -> bool {
        self.format == "pdf"
    }

    /// The format of the file; none for the page.
    pub fn file(&self) -> Option<Format> {
        Format::parse(&self.format)
    }
}

/// A sheet: its name, its columns with width and kind, its rows.
pub(crate) fn sheet<const N: usize>(
    name: impl Into<String>,
    columns: [(&str, u8, CellKind); N],
    rows: impl IntoIterator<Item = [Cell; N]>,
) -> Sheet {
    Sheet {
        name: name.into(),
        columns: columns.map(|(title, width, kind)| column(title, width, kind)).into(),
        rows: rows.into_iter().map(Vec::from).collect(),
    }
}

/// A list as a file, named after its sheet.
pub(crate) async fn listed(
    caller: &Caller,
    format: Format,
    sheet: Sheet,
) -> std::result::Result<Response, PageError> {
    let name = sheet.name.clone();
    download_long(caller, &name, format, sheet).await.map_err(|error| caller.error(error))
}

/// A text that may be missing.
pub(crate) fn maybe(value: Option<impl Into<String>>) -> Cell {
    value.map_or(Cell::Empty, text)
}

/// Whether a record is archived, in a word.
pub(crate) fn archived(is: bool) -> Cell {
    text(if is { "Archived" } else { "Active" })
}
