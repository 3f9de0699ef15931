//! What happens at check-in points, as it happens: how many went through, and each new scan.

use super::message::{About, Message};
use super::stream::{Events, event, news_of, sse};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::times::rfc3339;
use axum::extract::Path;
use muster_app::{points, redemptions};
use muster_domain::ids::{EventId, PointId, RedemptionId};
use muster_storage::ReadTx;
use muster_storage::points::PointRow;
use muster_storage::redemptions::{PointCounts, RedemptionRow};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What happens at a point and at the others of the same event, as it happens.
///
/// Server-sent events: `snapshot` with `{counts, points}` first, then `scan` with
/// `{counts, points, scans}`, where `counts` is of all points together and `scans` is what is new.
/// The stream ends after ten minutes: connect again.
#[utoipa::path(get, path = "/api/v1/points/{id}/events", operation_id = "follow_point",
    responses((status = 200, body = String, content_type = "text/event-stream")))]
pub(crate) async fn point(caller: Caller, Path(id): Path<PointId>) -> ApiResult<Events> {
    let news = caller.app.live.subscribe();
    let seq = *caller.app.store.feed().borrow();
    let first = caller.read(move |tx, ctx| {
        let point = points::get(tx, ctx, id)?;
        Ok((point.scope, json!(figures(tx, point.scope)?).to_string()))
    });
    let (place, figures) = first.await?;
    let first = event(seq, "snapshot", figures);
    Ok(sse(first, news_of(About::Place(place), seq, news)))
}

/// The message about new scans at a place.
pub(super) fn message(
    tx: &mut ReadTx<'_>,
    seq: i64,
    place: Uuid,
    scans: &BTreeSet<Uuid>,
) -> muster_app::Result<Message> {
    let mut figures = figures(tx, place)?;
    for id in scans {
        let row = muster_storage::redemptions::get(tx, RedemptionId(*id))?;
        figures.scans.extend(row.map(NewScan::from));
    }
    let events = vec![("scan", json!(figures).to_string())];
    Ok(Message { seq, about: About::Place(place), events, item: None })
}

/// How many went through, at all points and at each.
fn figures(tx: &mut ReadTx<'_>, place: Uuid) -> muster_app::Result<Figures> {
    let counts = redemptions::counts(tx, place)?;
    let at = |(point, own): &(PointRow, PointCounts)| AtPoint {
        id: point.id,
        name: point.name.clone(),
        through: own.into(),
    };
    Ok(Figures {
        counts: Whole {
            inside: counts.inside(),
            entered: muster_storage::passes::entered(tx, EventId(place))?,
            left: muster_storage::passes::left_to_come(tx, EventId(place))?,
            through: (&counts.whole).into(),
        },
        points: counts.points.iter().map(at).collect(),
        scans: Vec::new(),
    })
}

#[derive(Serialize)]
struct Figures {
    counts: Whole,
    points: Vec<AtPoint>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scans: Vec<NewScan>,
}

#[derive(Serialize)]
struct Through {
    entries: i64,
    exits: i64,
    refused: i64,
}

impl From<&PointCounts> for Through {
    fn from(counts: &PointCounts) -> Self {
        let PointCounts { entries, exits, refused, .. } = *counts;
        Self { entries, exits, refused }
    }
}

#[derive(Serialize)]
struct Whole {
    inside: i64,
    /// People who entered, each once.
    entered: i64,
    /// People of valid passes who have not entered yet.
    left: i64,
    #[serde(flatten)]
    through: Through,
}

#[derive(Serialize)]
struct AtPoint {
    id: PointId,
    name: String,
    #[serde(flatten)]
    through: Through,
}

/// A scan as lists that grow show it.
#[derive(Serialize)]
struct NewScan {
    id: RedemptionId,
    point: PointId,
    at: String,
    verdict: &'static str,
    direction: &'static str,
    people: i64,
    admitted: bool,
    holder: Option<String>,
    undone: bool,
}

impl From<RedemptionRow> for NewScan {
    fn from(row: RedemptionRow) -> Self {
        Self {
            id: row.id,
            point: row.point,
            at: rfc3339(row.scanned_at),
            verdict: row.verdict.key(),
            direction: row.direction.key(),
            people: row.people,
            admitted: row.admitted,
            holder: row.holder,
            undone: row.undone_at.is_some(),
        }
    }
}
