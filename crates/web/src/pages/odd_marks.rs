//! Marks that deserve a look, as a file: of a session, or of all sessions of a class.

use super::look::how;
use crate::caller::Caller;
use crate::error::PageError;
use crate::export::{Format, moment, text};
use crate::tables::{Wanted, listed, maybe, need_room, sheet};
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::attendance::{self, Register};
use muster_app::zone::Zone;
use muster_app::{Error, academics};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::attendance::suspicion::Suspicion;
use muster_domain::ids::{ClassId, SessionId};
use muster_storage::sessions;

/// `GET /sessions/{id}/odd-marks`
pub(super) async fn of_session(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let sent = async {
        let format = wanted.file().ok_or(Error::NotFound)?;
        let register = caller.read(move |tx, ctx| attendance::register(tx, ctx, id)).await?;
        let rows = odd(&caller, &register);
        Ok((format, table(rows)))
    };
    answer(&caller, sent.await).await
}

/// `GET /classes/{id}/odd-marks`: read session by session, so that nobody waits for the whole.
pub(super) async fn of_class(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let sent = async {
        let read = caller.read(move |tx, ctx| {
            academics::class(tx, ctx, id)?;
            Ok(sessions::of_class(tx, id)?)
        });
        let (held, format) = (read.await?, wanted.file().ok_or(Error::NotFound)?);
        let mut rows = Vec::new();
        for session in held {
            let id = session.id;
            let register = caller.read(move |tx, ctx| attendance::register(tx, ctx, id)).await?;
            rows.extend(odd(&caller, &register));
            need_room(rows.len())?;
        }
        Ok((format, table(rows)))
    };
    answer(&caller, sent.await).await
}

async fn answer(
    caller: &Caller,
    made: Result<(Format, Sheet), Error>,
) -> Result<Response, PageError> {
    let (format, sheet) = made.map_err(|error| caller.error(error))?;
    listed(caller, format, sheet).await
}

/// A line of the table.
type Row = [Cell; 9];

/// The odd marks of a session.
fn odd(caller: &Caller, register: &Register) -> Vec<Row> {
    let zone = Zone::of(&caller.known.settings);
    let Register { session, students, details, .. } = register;
    let rows = students.iter().filter_map(|(place, mark)| {
        let (mark, person) = (mark.as_ref()?, place.person);
        let why = details.suspicions.get(&person)?;
        let why: Vec<_> = why.iter().map(|why| Suspicion::explanation(*why)).collect();
        let metres = details.distances.get(&person).map(|metres| format!("{metres} m"));
        Some([
            moment(&zone, session.held_at),
            text(&place.roll_number),
            text(&place.number),
            text(&place.name),
            moment(&zone, mark.at),
            text(how(mark.method, details.marked_by(mark))),
            maybe(mark.address.clone()),
            text(why.join(" ")),
            maybe(metres),
        ])
    });
    rows.collect()
}

fn table(rows: Vec<Row>) -> Sheet {
    let columns = [
        ("Session", 18, Kind::DateTime),
        ("Roll", 10, Kind::Text),
        ("Number", 16, Kind::Text),
        ("Student", 30, Kind::Text),
        ("Marked", 18, Kind::DateTime),
        ("How", 22, Kind::Text),
        ("Address", 20, Kind::Text),
        ("Why", 60, Kind::Text),
        ("From the room", 14, Kind::Text),
    ];
    sheet("Worth a look", columns, rows)
}
