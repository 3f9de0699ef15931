//! Events for programs, and what they came to.

use super::member::Member;
use super::record::{IfMatch, IfNoneMatch, Record, Tagged};
use crate::caller::Caller;
use crate::problem::ApiResult;
use crate::shapes::{Amount, EntryKey, Instant, Items, Made, PaymentKey};
use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use muster_app::events::{self, EventFigures, EventInput, Share};
use muster_app::{Error, FieldError, redemptions};
use muster_domain::finance::Currency;
use muster_domain::ids::EventId;
use muster_domain::passes::EntryKind;
use muster_domain::time::Timestamp;
use muster_domain::verification::{Entries, Window};
use muster_storage::events::EventRow;
use muster_storage::points::PointRow;
use muster_storage::redemptions::PointCounts;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

/// Most events in one answer.
const MOST: i64 = 200;

/// Something to enter.
#[derive(Serialize, ToSchema)]
pub(super) struct Event {
    id: Uuid,
    name: String,
    venue: String,
    /// Passes admit from then on, and until `ends_at`.
    doors_at: Instant,
    starts_at: Instant,
    ends_at: Instant,
    /// How many people there is room for; null: no limit.
    capacity: Option<i64>,
    /// People on valid passes.
    taken: i64,
    currency: String,
    entries: EntryKey,
    /// With `times`: how often a pass admits.
    times: Option<u32>,
    /// Hours of entry; none: all the time.
    windows: Vec<Hours>,
    /// The node that alone issues passes to it; null: any does.
    home: Option<Uuid>,
    archived_at: Option<Instant>,
    version: i64,
}

/// A span of hours.
#[derive(Serialize, ToSchema)]
pub(super) struct Hours {
    from: Instant,
    until: Instant,
}

impl Tagged for Event {
    fn version(&self) -> Option<i64> {
        Some(self.version)
    }
}

impl From<EventRow> for Event {
    fn from(row: EventRow) -> Self {
        let rule = events::rule(&row);
        let hours =
            |window: &Window| Hours { from: Instant(window.from), until: Instant(window.until) };
        Self {
            id: row.id.0,
            name: row.name,
            venue: row.venue,
            doors_at: Instant(row.doors_at),
            starts_at: Instant(row.starts_at),
            ends_at: Instant(row.ends_at),
            capacity: row.capacity,
            taken: row.taken,
            currency: row.currency,
            entries: EntryKey(EntryKind::of(rule.entries)),
            times: times_of(rule.entries),
            windows: rule.windows.iter().map(hours).collect(),
            home: row.home,
            archived_at: row.archived_at.map(Instant),
            version: row.version,
        }
    }
}

fn times_of(entries: Entries) -> Option<u32> {
    match entries {
        Entries::Times(times) => Some(times.get()),
        Entries::Single | Entries::Reentry => None,
    }
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Page {
    /// `next` of the page before.
    #[param(value_type = Option<Uuid>)]
    cursor: Option<EventId>,
    /// At most so many: 1 to 200, 50 without it.
    limit: Option<i64>,
}

/// Events, the latest first.
#[utoipa::path(get, path = "/api/v1/events", operation_id = "list_events", params(Page),
    responses((status = 200, body = Items<Event>)))]
pub(super) async fn list(
    caller: Caller,
    Query(Page { cursor, limit }): Query<Page>,
) -> ApiResult<Json<Items<Event>>> {
    let limit = limit.unwrap_or(50).clamp(1, MOST);
    let read = caller.read(move |tx, ctx| events::list(tx, ctx, cursor, limit + 1));
    Ok(Json(Items::cut(read.await?, limit, |row| row.id.0)))
}

/// One event.
#[utoipa::path(get, path = "/api/v1/events/{id}", operation_id = "get_event",
    params(IfNoneMatch), responses((status = 200, body = Event)))]
pub(super) async fn get(
    caller: Caller,
    known: IfNoneMatch,
    Path(id): Path<EventId>,
) -> ApiResult<Record<Event>> {
    Ok(known.or(caller.read(move |tx, ctx| events::get(tx, ctx, id)).await?))
}

/// When people are let in.
#[derive(Clone, Deserialize, ToSchema)]
pub(super) struct NewHours {
    #[schema(format = DateTime)]
    from: String,
    #[schema(format = DateTime)]
    until: String,
}

/// Members that are missing from a change stay as they are.
#[derive(Clone, Deserialize, ToSchema)]
#[schema(as = EventFields)]
pub(super) struct EventBody {
    name: Option<String>,
    venue: Option<String>,
    #[schema(format = DateTime)]
    doors_at: Option<String>,
    #[schema(format = DateTime)]
    starts_at: Option<String>,
    #[schema(format = DateTime)]
    ends_at: Option<String>,
    /// Null: no limit.
    #[serde(default)]
    #[schema(value_type = Option<i64>)]
    capacity: Member<i64>,
    /// The institution's own without it.
    currency: Option<String>,
    /// `single` (without it), `reentry` or `times`.
    entries: Option<String>,
    times: Option<i64>,
    windows: Option<Vec<NewHours>>,
    /// The node that alone issues passes to it. Null: any does.
    #[serde(default)]
    #[schema(value_type = Option<Uuid>)]
    home: Member<Uuid>,
    version: Option<i64>,
}

impl EventBody {
    /// The event as it is meant, where it was something else before; `own` is the institution's
    /// currency.
    fn over(&self, before: Option<&EventRow>, own: Currency) -> Result<EventInput, Error> {
        let mut wrong = Vec::new();
        let mut at = |field, text: &Option<String>, before: Option<Timestamp>| match text {
            None => before,
            Some(text) => moment(text).or_else(|| {
                let detail = "Send a time, for example 2026-11-21T10:00:00Z.".to_owned();
                wrong.push(FieldError { field, detail });
                None
            }),
        };
        let doors_at = at("doors_at", &self.doors_at, before.map(|row| row.doors_at));
        let starts_at = at("starts_at", &self.starts_at, before.map(|row| row.starts_at));
        let ends_at = at("ends_at", &self.ends_at, before.map(|row| row.ends_at));
        let rule = before.map(events::rule).unwrap_or_default();
        let (entries, windows) = (self.entries(rule.entries), self.windows(rule.windows));
        for (field, missing, detail) in [
            ("starts_at", starts_at.is_none(), "Say when it begins."),
            ("ends_at", ends_at.is_none(), "Say when it ends."),
            ("times", entries.is_none(), "Say how often a pass admits: 1 to 1,000."),
            ("windows", windows.is_none(), "Send times, for example 2026-11-21T10:00:00Z."),
        ] {
            if missing && wrong.iter().all(|error| error.field != field) {
                wrong.push(FieldError { field, detail: detail.to_owned() });
            }
        }
        let (Some(starts_at), Some(ends_at), Some(entries), Some(windows), true) =
            (starts_at, ends_at, entries, windows, wrong.is_empty())
        else {
            return Err(Error::Invalid(wrong));
        };
        let text = |new: &Option<String>, old: Option<&String>| {
            new.clone().or_else(|| old.cloned()).unwrap_or_default()
        };
        let currency = self.currency.clone().or_else(|| before.map(|row| row.currency.clone()));
        let capacity = self.capacity.or(before.and_then(|row| row.capacity));
        Ok(EventInput {
            name: text(&self.name, before.map(|row| &row.name)),
            venue: text(&self.venue, before.map(|row| &row.venue)),
            doors_at,
            starts_at,
            ends_at,
            capacity,
            currency: currency.unwrap_or_else(|| own.code().to_owned()),
            entries,
            windows,
            home: self.home.or(before.and_then(|row| row.home)),
        })
    }

    fn entries(&self, before: Entries) -> Option<Entries> {
        let times = self.times.or_else(|| times_of(before).map(i64::from));
        match &self.entries {
            Some(key) => EntryKind::from_key(key)?.entries(times),
            None => EntryKind::of(before).entries(times),
        }
    }

    fn windows(&self, before: Vec<Window>) -> Option<Vec<Window>> {
        let Some(windows) = &self.windows else { return Some(before) };
        let window =
            |one: &NewHours| Some(Window { from: moment(&one.from)?, until: moment(&one.until)? });
        windows.iter().map(window).collect()
    }
}

fn moment(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|at| Timestamp(at.as_microsecond()))
}

/// Enters an event.
#[utoipa::path(post, path = "/api/v1/events", operation_id = "create_event",
    request_body = EventBody, responses((status = 201, body = Made)))]
pub(super) async fn create(
    caller: Caller,
    Json(body): Json<EventBody>,
) -> ApiResult<(StatusCode, Json<Made>)> {
    let own = caller.known.settings.currency;
    let input = body.over(None, own)?;
    let id = caller.write(move |tx, ctx| events::create(tx, ctx, &input)).await?;
    Ok((StatusCode::CREATED, Json(Made::new(id))))
}

/// Changes an event.
///
/// Only the members given change. With `version` the change is refused if the record is another
/// by now.
#[utoipa::path(patch, path = "/api/v1/events/{id}", operation_id = "change_event",
    params(IfMatch), request_body = EventBody, responses((status = 200, body = Event)))]
pub(super) async fn change(
    caller: Caller,
    meant: IfMatch,
    Path(id): Path<EventId>,
    Json(body): Json<EventBody>,
) -> ApiResult<Record<Event>> {
    let own = caller.known.settings.currency;
    let write = caller.write(move |tx, ctx| {
        let before = events::get(tx, ctx, id)?;
        meant.check(before.version)?;
        let seen = body.version.unwrap_or(before.version);
        events::change(tx, ctx, id, seen, &body.over(Some(&before), own)?)?;
        events::get(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// Archives an event: its passes stay, and no more are issued.
#[utoipa::path(post, path = "/api/v1/events/{id}/archival", operation_id = "archive_event",
    responses((status = 200, body = Event)))]
pub(super) async fn archive(caller: Caller, Path(id): Path<EventId>) -> ApiResult<Record<Event>> {
    let write = caller.write(move |tx, ctx| {
        events::archive(tx, ctx, id)?;
        events::get(tx, ctx, id)
    });
    Ok(Record::of(write.await?))
}

/// A part of an event's passes.
#[derive(Serialize, ToSchema)]
#[schema(as = PassFigures)]
pub(super) struct Part {
    /// Valid passes.
    passes: i64,
    /// People on them.
    people: i64,
    /// People who entered.
    admitted: i64,
    /// People of valid passes who have not entered yet.
    left: i64,
    /// What was paid and not given back.
    revenue: Amount,
    void: i64,
    refunded: i64,
}

impl Part {
    fn of(share: Share, currency: Currency) -> Self {
        let Share { passes, people, admitted, left, revenue, void, refunded } = share;
        let revenue = Amount::new(revenue, currency);
        Self { passes, people, admitted, left, revenue, void, refunded }
    }
}

/// What an event came to.
#[derive(Serialize, ToSchema)]
#[schema(as = EventFigures)]
pub(super) struct Figures {
    #[serde(flatten)]
    whole: Part,
    /// Valid passes that there is no place for, as nodes that were apart sold the same ones.
    oversold: usize,
    types: Vec<OfType>,
    payments: Vec<OfPayment>,
    gates: Vec<AtGate>,
    /// People who were let in, by quarters of an hour in which somebody was.
    admissions: Vec<During>,
}

/// What happened at a gate.
#[derive(Serialize, ToSchema)]
#[schema(as = FiguresOfGate)]
pub(super) struct AtGate {
    point: Uuid,
    name: String,
    /// People who were let in, each time counted.
    entries: i64,
    /// People who left.
    exits: i64,
    /// Presentations that were refused.
    refused: i64,
}

/// People who were let in during a quarter of an hour.
#[derive(Serialize, ToSchema)]
#[schema(as = AdmissionsDuring)]
pub(super) struct During {
    from: Instant,
    people: i64,
}

/// The passes of a type.
#[derive(Serialize, ToSchema)]
#[schema(as = FiguresOfPassType)]
pub(super) struct OfType {
    pass_type: Uuid,
    name: String,
    #[serde(flatten)]
    part: Part,
}

/// The passes paid for in a way.
#[derive(Serialize, ToSchema)]
#[schema(as = FiguresOfPayment)]
pub(super) struct OfPayment {
    payment: PaymentKey,
    #[serde(flatten)]
    part: Part,
}

/// What an event came to: passes, people, money.
#[utoipa::path(get, path = "/api/v1/events/{id}/figures", operation_id = "get_event_figures",
    responses((status = 200, body = Figures)))]
pub(super) async fn figures(caller: Caller, Path(id): Path<EventId>) -> ApiResult<Json<Figures>> {
    let read = caller.read(move |tx, ctx| {
        let currency = events::currency(&events::get(tx, ctx, id)?);
        let whiles = redemptions::whiles(tx, ctx, id)?;
        let gates = redemptions::counts(tx, id.0)?;
        Ok((currency, events::figures(tx, ctx, id)?, gates, whiles))
    });
    let (currency, EventFigures { whole, oversold, types, payments }, gates, whiles) = read.await?;
    let types = types.into_iter().map(|(row, share)| OfType {
        pass_type: row.id.0,
        name: row.name,
        part: Part::of(share, currency),
    });
    let payments = payments.into_iter().map(|(way, share)| OfPayment {
        payment: PaymentKey(way),
        part: Part::of(share, currency),
    });
    Ok(Json(Figures {
        whole: Part::of(whole, currency),
        oversold,
        types: types.collect(),
        payments: payments.collect(),
        gates: gates.points.into_iter().map(at_gate).collect(),
        admissions: whiles.into_iter().map(during).collect(),
    }))
}

fn at_gate((row, counts): (PointRow, PointCounts)) -> AtGate {
    let PointCounts { entries, exits, refused, .. } = counts;
    AtGate { point: row.id.0, name: row.name, entries, exits, refused }
}

fn during((from, people): (Timestamp, i64)) -> During {
    During { from: Instant(from), people }
}
