//! Finding by name whoever stands at a door without a code: passes of an event, students of an exam.

use muster_app::Ctx;
use muster_app::passes::{self, PassSearch};
use muster_app::room_lists::{self, Seat};
use muster_domain::ids::{DocketId, EventId};
use muster_domain::verification::PointKind;
use muster_storage::ReadTx;
use muster_storage::passes::PassRow;
use muster_storage::points::PointRow;

/// Passes and students that are found by name at once.
const FOUND: usize = 10;

/// A pass or a docket that was found by name; nothing to present where a student has no docket.
pub(super) struct Found {
    pub field: &'static str,
    pub id: String,
    pub name: String,
    pub detail: String,
}

/// Whose name is looked for at a point.
pub(super) fn find(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    point: &PointRow,
    text: &str,
) -> muster_app::Result<Vec<Found>> {
    if text.trim().is_empty() {
        return Ok(Vec::new());
    }
    if point.kind != PointKind::Gate {
        let seats = room_lists::find(tx, ctx, point.id, (text, FOUND))?;
        return Ok(seats.into_iter().map(|(seat, docket)| Found::seat(&seat, docket)).collect());
    }
    let search = PassSearch { text: text.to_owned(), ..PassSearch::default() };
    let limit = i64::try_from(FOUND).unwrap_or(i64::MAX);
    let rows = passes::list(tx, ctx, EventId(point.scope), &search, (None, limit))?;
    Ok(rows.into_iter().map(Found::pass).collect())
}

impl Found {
    fn pass(row: PassRow) -> Self {
        Self {
            field: "pass",
            id: row.id.to_string(),
            detail: match (row.admits, row.admitted) {
                (_, 0) => format!("{}, {}", row.type_name, row.state.label()),
                (1, _) => format!("{}, {}, entered", row.type_name, row.state.label()),
                (admits, admitted) => {
                    format!("{}, {admitted} of {admits} entered", row.type_name)
                }
            },
            name: row.holder,
        }
    }

    fn seat(seat: &Seat, docket: DocketId) -> Self {
        let state = if seat.has_docket { seat.attendance.label() } else { "no docket" };
        let room = Some(seat.assigned.as_str()).filter(|room| !room.is_empty());
        let parts = [Some(seat.number.as_str()), room, Some(state)];
        Self {
            field: "docket",
            id: if seat.has_docket { docket.to_string() } else { String::new() },
            detail: parts.into_iter().flatten().collect::<Vec<_>>().join(", "),
            name: seat.name.clone(),
        }
    }
}
