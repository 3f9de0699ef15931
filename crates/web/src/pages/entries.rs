//! What was presented at the gates of an event: the list with its search, as files too.

use super::form::Choice;
use super::passes::event_crumbs;
use super::shell::Shell;
use super::verdict::Line;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, moment, text};
use crate::tables::{self, Wanted as WantedFile, listed, maybe, sheet};
use crate::times::list_address;
use crate::verdicts;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::zone::Zone;
use muster_app::{events, points, redemptions};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::ids::{EventId, RedemptionId};
use muster_domain::text::fold;
use muster_domain::verification::{Direction, VerdictKind};
use muster_storage::events::EventRow;
use muster_storage::redemptions::{Ended, RedemptionRow, Wanted};
use serde::Deserialize;

/// Scans on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "entries.html")]
struct ListPage {
    shell: Shell,
    event: EventRow,
    filter: Filter,
    points: Vec<Choice>,
    verdicts: Vec<Choice>,
    ways: Vec<Choice>,
    ends: Vec<Choice>,
    filtered: bool,
    lines: Vec<Line>,
    address: String,
    first: String,
    next: String,
}

/// What is looked for, as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    point: String,
    #[serde(default)]
    verdict: String,
    #[serde(default)]
    direction: String,
    /// `admitted`, `refused`, `undone`, or nothing.
    #[serde(default)]
    ended: String,
    #[serde(default)]
    after: String,
}

impl Filter {
    fn wanted(&self) -> Wanted {
        Wanted {
            point: self.point.parse().ok(),
            verdict: VerdictKind::from_key(&self.verdict),
            direction: Direction::from_key(&self.direction),
            ended: match self.ended.as_str() {
                "admitted" => Some(Ended::Admitted),
                "refused" => Some(Ended::Refused),
                "undone" => Some(Ended::Undone),
                _ => None,
            },
            device: None,
            word: fold(self.q.trim()).split_whitespace().next().unwrap_or_default().to_owned(),
        }
    }

    fn is_set(&self) -> bool {
        [&self.q, &self.point, &self.verdict, &self.direction, &self.ended]
            .iter()
            .any(|text| !text.is_empty())
    }

    fn query(&self, event: EventId) -> String {
        let Self { q, point, verdict, direction, ended, .. } = self;
        let parts = [
            ("q", q),
            ("point", point),
            ("verdict", verdict),
            ("direction", direction),
            ("ended", ended),
        ];
        list_address(&format!("/events/{event}/entries"), parts)
    }
}

/// `GET /events/{id}/entries`
pub(super) async fn list(
    caller: Caller,
    Path(id): Path<EventId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return table(&caller, id, &filter, format).await;
    }
    let after = filter.after.parse::<RedemptionId>().ok();
    let search = filter.wanted();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| {
        let event = events::get(tx, ctx, id)?;
        let points = points::of_event(tx, ctx, id)?;
        Ok((event, points, redemptions::list(tx, ctx, id, &search, (after, limit))?))
    });
    let (event, points, mut rows) = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = filter.query(id);
    let next = rows.last().filter(|_| more).map(|row| format!("{query}&after={}", row.id));
    let mut shell = caller.shell(format!("Entries to {}", event.name));
    shell.crumbs = event_crumbs(&event, "Entries");
    let points = points.into_iter().map(|point| (point.id.to_string(), point.name));
    let verdicts = VerdictKind::ALL.map(|one| (one.key(), one.label()));
    let ways = Direction::ALL.map(|one| (one.key(), one.label()));
    let ends = [("admitted", "Let through"), ("refused", "Refused"), ("undone", "Taken back")];
    let (settings, now) = (&caller.known.settings, caller.ctx.now());
    Ok(render(&ListPage {
        shell,
        points: Choice::list(points, &filter.point),
        verdicts: Choice::list(verdicts, &filter.verdict),
        ways: Choice::list(ways, &filter.direction),
        ends: Choice::list(ends, &filter.ended),
        filtered: filter.is_set(),
        lines: rows.iter().map(|row| Line::of(settings, row, now)).collect(),
        address: format!("{query}&"),
        first: if after.is_some() { query } else { String::new() },
        next: next.unwrap_or_default(),
        filter,
        event,
    }))
}

/// Every scan that is looked for, as a file.
async fn table(
    caller: &Caller,
    id: EventId,
    filter: &Filter,
    format: Format,
) -> Result<Response, PageError> {
    let search = filter.wanted();
    let read = caller.read(move |tx, ctx| {
        let rows = tables::every(|last: Option<&RedemptionRow>, limit| {
            redemptions::list(tx, ctx, id, &search, (last.map(|last| last.id), limit))
        })?;
        Ok((events::get(tx, ctx, id)?, rows))
    });
    let (event, rows) = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Scanned", 18, Kind::DateTime),
        ("Holder", 30, Kind::Text),
        ("Type", 14, Kind::Text),
        ("Gate", 18, Kind::Text),
        ("Way", 6, Kind::Text),
        ("People", 8, Kind::Integer),
        ("Verdict", 14, Kind::Text),
        ("Let through", 12, Kind::Text),
        ("Scanned by", 24, Kind::Text),
        ("Address", 18, Kind::Text),
        ("Received", 18, Kind::DateTime),
        ("Notes", 40, Kind::Text),
        ("Reason", 30, Kind::Text),
    ];
    let settings = &caller.known.settings;
    let line = |row: RedemptionRow| {
        [
            moment(&zone, row.scanned_at),
            maybe(row.holder.clone()),
            maybe(row.type_name.clone()),
            text(row.point_name.clone()),
            text(row.direction.label()),
            Cell::Integer(row.people),
            text(row.verdict.label()),
            text(if row.admitted && row.undone_at.is_none() { "Yes" } else { "No" }),
            text(row.person_name.clone()),
            text(row.address.clone()),
            moment(&zone, row.received_at),
            text(verdicts::marks(settings, &row).join("; ")),
            maybe(row.remark),
        ]
    };
    let name = format!("Entries {}", event.name);
    let lines: Vec<_> = rows.into_iter().map(line).collect();
    listed(caller, format, sheet(name, columns, lines)).await
}
