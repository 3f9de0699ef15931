//! What students scanned of a session without a network: for its page, and as a file.

use crate::caller::Caller;
use crate::error::PageError;
use crate::export::{moment, text};
use crate::tables::{Wanted, listed, sheet};
use crate::times;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::settings::Settings;
use muster_app::zone::Zone;
use muster_app::{Error, receipts};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::ids::SessionId;
use muster_domain::time::{Span, Timestamp};
use muster_storage::receipts::EvidenceRow;

/// A scan on the session's page.
pub(super) struct Scanned {
    pub name: String,
    pub shown: String,
    pub at: String,
    pub received: String,
    pub device: String,
    /// What became of it.
    pub result: &'static str,
    pub kind: &'static str,
    /// What is to be said of it, a sentence each.
    pub notes: Vec<String>,
}

impl Scanned {
    pub fn new(settings: &Settings, (row, name): &(EvidenceRow, String)) -> Self {
        let moment = |at| times::local(settings, at, "%-d %b, %H:%M:%S");
        Self {
            name: name.clone(),
            shown: row.shown_at.map(moment).unwrap_or_default(),
            at: moment(row.scanned_at),
            received: moment(row.received_at),
            device: row.device.clone(),
            result: result(row),
            kind: match row.result.as_str() {
                "accepted" => "ok",
                "refused" => "error",
                _ => "",
            },
            notes: notes(row),
        }
    }
}

fn result(row: &EvidenceRow) -> &'static str {
    match row.result.as_str() {
        "accepted" => "Counted",
        "already" => "Marked already",
        "kept" => "Waits for its server",
        _ => "Refused",
    }
}

fn notes(row: &EvidenceRow) -> Vec<String> {
    let mut notes: Vec<_> = row.reason.iter().map(|why| receipts::refused_detail(why)).collect();
    let flags = row.flags.split(' ').filter_map(Suspicion::from_key);
    notes.extend(flags.map(|flag| flag.explanation().to_owned()));
    if let Some(off) = row.ahead.map(|ahead| Span(ahead).as_seconds()).filter(|off| off.abs() > 60)
    {
        let way = if off > 0 { "ahead" } else { "behind" };
        notes.push(format!("Its clock was {} minutes {way}.", off.abs() / 60));
    }
    if row.two_codes {
        notes.push("It saw two codes, one after the other.".to_owned());
    }
    notes
}

/// `GET /sessions/{id}/offline-marks`
pub(super) async fn of_session(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let sent = async {
        let format = wanted.file().ok_or(Error::NotFound)?;
        let rows = caller.read(move |tx, ctx| receipts::of_session(tx, ctx, id)).await?;
        Ok((format, table(&caller, &rows)))
    };
    let (format, sheet) = sent.await.map_err(|error| caller.error(error))?;
    listed(&caller, format, sheet).await
}

fn table(caller: &Caller, rows: &[(EvidenceRow, String)]) -> Sheet {
    let zone = Zone::of(&caller.known.settings);
    let at = |at: Timestamp| moment(&zone, at);
    let rows = rows.iter().map(|(row, name)| -> [Cell; 8] {
        [
            text(name),
            row.shown_at.map_or(Cell::Empty, at),
            at(row.scanned_at),
            at(row.received_at),
            text(&row.device),
            at(row.registered_at),
            text(result(row)),
            text(notes(row).join(" ")),
        ]
    });
    let columns = [
        ("Student", 30, Kind::Text),
        ("Code on the screen", 18, Kind::DateTime),
        ("Scanned (phone’s clock)", 18, Kind::DateTime),
        ("Arrived", 18, Kind::DateTime),
        ("Phone", 20, Kind::Text),
        ("Phone known since", 18, Kind::DateTime),
        ("Result", 16, Kind::Text),
        ("Notes", 60, Kind::Text),
    ];
    sheet("Scanned without a network", columns, rows)
}
