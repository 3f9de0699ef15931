//! The gates of an event on its pages: what happened at each, adding one, giving one up, and where
//! passes of a type admit.

use super::event::{Typed, page as event_page};
use super::form::{Choice, Errors};
use crate::caller::Caller;
use crate::error::{PageError, status};
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::redemptions::{Counts, counts, whiles};
use muster_app::settings::Settings;
use muster_app::{Ctx, Error, points};
use muster_domain::ids::{EventId, PassTypeId, PointId};
use muster_domain::time::Timestamp;
use muster_domain::verification::PointKind;
use muster_presentation::admissions::chart;
use muster_presentation::count_chart::CountChart;
use muster_storage::ReadTx;
use serde::Deserialize;

/// What an event's page shows of its gates.
pub(super) struct Gates {
    /// Each gate.
    pub items: Vec<Gate>,
    /// All of them together.
    pub entries: i64,
    pub exits: i64,
    pub refused: i64,
    pub inside: i64,
    /// Where news come from; empty without a gate.
    pub feed: String,
    /// Admissions by hour; none before the first.
    pub chart: Option<CountChart>,
}

/// One of them.
pub(super) struct Gate {
    pub id: PointId,
    pub name: String,
    pub entries: i64,
    pub exits: i64,
    pub refused: i64,
    pub archived: bool,
}

/// The gates of an event with what happened there.
pub(super) struct GateFigures {
    counts: Counts,
    whiles: Vec<(Timestamp, i64)>,
}

impl GateFigures {
    /// Each gate with how many were let in and refused there.
    pub fn gates(&self) -> impl Iterator<Item = (&str, i64, i64)> {
        let points = self.counts.points.iter();
        points.map(|(row, own)| (row.name.as_str(), own.entries, own.refused))
    }

    /// How many were let in, while after while.
    pub fn whiles(&self) -> &[(Timestamp, i64)] {
        &self.whiles
    }
}

/// Reads what happened at the gates of an event.
pub(super) fn read(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    event: EventId,
) -> muster_app::Result<GateFigures> {
    let whiles = whiles(tx, ctx, event)?;
    Ok(GateFigures { counts: counts(tx, event.0)?, whiles })
}

impl Gates {
    pub fn of(settings: &Settings, GateFigures { counts, whiles }: GateFigures) -> Self {
        let inside = counts.inside();
        let items = counts.points.into_iter().map(|(row, own)| Gate {
            id: row.id,
            name: row.name,
            entries: own.entries,
            exits: own.exits,
            refused: own.refused,
            archived: row.archived_at.is_some(),
        });
        let items: Vec<Gate> = items.collect();
        let feed = items.first().map(|gate| format!("/api/v1/points/{}/events", gate.id));
        Self {
            items,
            entries: counts.whole.entries,
            exits: counts.whole.exits,
            refused: counts.whole.refused,
            inside,
            feed: feed.unwrap_or_default(),
            chart: chart(settings, &whiles),
        }
    }
}

/// The gates where passes of a type admit, to be ticked.
pub(super) fn choices(
    tx: &mut ReadTx<'_>,
    ctx: &Ctx,
    (event, pass_type): (EventId, PassTypeId),
) -> muster_app::Result<Vec<Choice>> {
    let named = points::of_type(tx, ctx, pass_type)?;
    let gates = points::of_event(tx, ctx, event)?.into_iter();
    let shown = gates.filter(|gate| gate.archived_at.is_none() || named.contains(&gate.id));
    let choices = shown.map(|gate| Choice {
        value: gate.id.to_string(),
        selected: named.contains(&gate.id),
        label: gate.name,
    });
    Ok(choices.collect())
}

#[derive(Deserialize)]
pub(super) struct GateForm {
    #[serde(default)]
    gate: String,
}

/// `POST /events/{id}/points`
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<EventId>,
    Form(GateForm { gate }): Form<GateForm>,
) -> Result<Response, PageError> {
    let name = gate.clone();
    let error = match caller.write(move |tx, ctx| points::create(tx, ctx, id, &name)).await {
        Ok(_) => return Ok(Redirect::to(&format!("/events/{id}#gates")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let mut errors = Errors::default();
    for wrong in Errors::from_error(&error, "").list() {
        errors.add("gate", wrong.text.clone());
    }
    let typed = Typed { gate, errors, ..Typed::default() };
    Ok((status(&error), event_page(&caller, id, typed).await?).into_response())
}

/// `POST /points/{id}/archival`
pub(super) async fn archive(
    caller: Caller,
    Path(id): Path<PointId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| points::archive(tx, ctx, id)).await;
    let point = done.map_err(|error| caller.error(error))?;
    let back = match point.kind {
        PointKind::Gate => format!("/events/{}#gates", point.scope),
        PointKind::Room | PointKind::Hall => format!("/assessments/{}/room-list", point.scope),
    };
    Ok(Redirect::to(&back).into_response())
}

/// `POST /pass-types/{id}/points`: a field for each gate that was ticked.
pub(super) async fn admit_at(
    caller: Caller,
    Path(id): Path<PassTypeId>,
    Form(sent): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let ticked = sent.iter().filter(|(name, _)| name == "points");
    let wanted: Vec<PointId> = ticked.filter_map(|(_, id)| id.parse().ok()).collect();
    let done = caller.write(move |tx, ctx| points::admit_at(tx, ctx, id, &wanted)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/pass-types/{id}")).into_response())
}
