//! Incidents at doors: both scans side by side, which of them stands, and settling them.

use super::form::{Choice, Errors};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment as instant, text};
use crate::tables::{self, listed, sheet};
use crate::times::moment;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::zone::Zone;
use muster_app::{Error, incidents};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::ids::IncidentId;
use muster_domain::time::Span;
use muster_domain::verification::{IncidentKind, VerdictKind};
use muster_storage::incidents::{IncidentRow, Wanted};
use serde::Deserialize;

/// Incidents on one page.
const PAGE: usize = 20;

#[derive(Template)]
#[template(path = "incidents.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    comment: String,
    /// The one whose comment is wrong.
    wrong: String,
    all: bool,
    kinds: Vec<Choice>,
    query: String,
    items: Vec<Item>,
    first: String,
    next: String,
    /// Whether the page follows what happens: a later part of the list stands still.
    live: bool,
}

/// An incident as the page shows it.
struct Item {
    id: String,
    kind: &'static str,
    about: String,
    place: String,
    /// Where the page of the pass or docket is.
    shown: String,
    holder: String,
    found: String,
    stands: Option<Side>,
    odd: Side,
    settled: String,
    comment: String,
}

/// One of the scans.
struct Side {
    scanned: String,
    received: String,
    point: String,
    person: String,
    device: String,
    undone: bool,
}

fn item(caller: &Caller, row: IncidentRow) -> Item {
    let words = |at| moment(&caller.known.settings, at);
    let stands = row.other_scanned_at.zip(row.other_received_at).map(|(scanned, received)| Side {
        scanned: words(scanned),
        received: words(received),
        point: row.other_point.clone().unwrap_or_default(),
        person: row.other_person.clone().unwrap_or_default(),
        device: row.other_device.clone().unwrap_or_default(),
        undone: false,
    });
    let by = row.settled_by_name.as_ref().map(|name| format!(", {name}")).unwrap_or_default();
    Item {
        id: row.id.to_string(),
        kind: row.kind.label(),
        about: about(caller, &row),
        shown: shown(&row),
        place: row.scope_name,
        holder: row.holder.unwrap_or_else(|| "Nobody’s".to_owned()),
        found: words(row.made_at),
        stands,
        odd: Side {
            scanned: words(row.scanned_at),
            received: words(row.received_at),
            point: row.point,
            person: row.person,
            device: row.device.unwrap_or_default(),
            undone: row.undone_at.is_some(),
        },
        settled: row.settled_at.map(|at| format!("{}{by}", words(at))).unwrap_or_default(),
        comment: row.comment.unwrap_or_default(),
    }
}

/// Where the page of what was shown is; nowhere if it is nobody's.
fn shown(row: &IncidentRow) -> String {
    let Some(record) = row.record else { return String::new() };
    let kind = if row.record_kind.as_deref() == Some("docket") { "dockets" } else { "passes" };
    format!("/{kind}/{record}")
}

/// A sentence about what happened.
fn about(caller: &Caller, row: &IncidentRow) -> String {
    match row.kind {
        IncidentKind::DoubleUse => "People were let in once too often: two phones could not \
            know of each other. The earlier scan stands."
            .to_owned(),
        IncidentKind::EndedSince => {
            "It was withdrawn, replaced or held after the scan, before it was heard of.".to_owned()
        }
        IncidentKind::Refused => {
            let why = row.judged.map_or("refuses", VerdictKind::label);
            format!("The phone let them in; the rule says: {why}.")
        }
        IncidentKind::ExpiredPack => {
            let made = row.pack_issued_at.map(|at| moment(&caller.known.settings, at));
            format!(
                "The phone let people in by a pack of {}, more than a day before.",
                made.unwrap_or_default()
            )
        }
        IncidentKind::ClockOff => {
            let off = Span(row.clock_off.unwrap_or_default()).as_seconds() / 60;
            let way = if off < 0 { "behind" } else { "ahead" };
            format!(
                "The phone’s clock was {} minutes {way}. Its times were corrected by that.",
                off.abs()
            )
        }
    }
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    all: String,
    kind: String,
    after: String,
    format: String,
}

impl Filter {
    fn wanted(&self) -> Wanted {
        let kind = IncidentKind::from_key(&self.kind);
        Wanted { open: self.all.is_empty(), kind, ..Wanted::default() }
    }

    /// The address of the list with these filters, up to the next member.
    fn query(&self) -> String {
        let all = if self.all.is_empty() { "" } else { "all=true&" };
        let kind = IncidentKind::from_key(&self.kind);
        let kind = kind.map(|kind| format!("kind={}&", kind.key())).unwrap_or_default();
        format!("/incidents?{all}{kind}")
    }
}

/// `GET /incidents`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    if let Some(format) = Format::parse(&filter.format) {
        return file(&caller, &filter, format).await;
    }
    Ok(render(&page(&caller, &filter).await?))
}

async fn page(caller: &Caller, filter: &Filter) -> Result<Page, PageError> {
    let (wanted, after) = (filter.wanted(), filter.after.parse::<IncidentId>().ok());
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| incidents::list(tx, ctx, wanted, (after, limit)));
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = filter.query();
    let last = rows.last().filter(|_| more).map(|row| row.id);
    let kinds = IncidentKind::ALL.map(|kind| (kind.key(), kind.label()));
    Ok(Page {
        shell: caller.shell("Incidents"),
        errors: Errors::default(),
        comment: String::new(),
        wrong: String::new(),
        all: !filter.all.is_empty(),
        kinds: Choice::list(kinds, &filter.kind),
        first: if after.is_some() { query.clone() } else { String::new() },
        next: last.map(|last| format!("{query}after={last}")).unwrap_or_default(),
        items: rows.into_iter().map(|row| item(caller, row)).collect(),
        query,
        live: after.is_none(),
    })
}

async fn file(caller: &Caller, filter: &Filter, format: Format) -> Result<Response, PageError> {
    let wanted = filter.wanted();
    let read = caller.read(move |tx, ctx| {
        tables::every(|last: Option<&IncidentRow>, limit| {
            incidents::list(tx, ctx, wanted, (last.map(|last| last.id), limit))
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("What", 24, Kind::Text),
        ("Event", 28, Kind::Text),
        ("Holder", 28, Kind::Text),
        ("Scanned", 18, Kind::DateTime),
        ("Heard of", 18, Kind::DateTime),
        ("Point", 20, Kind::Text),
        ("By", 24, Kind::Text),
        ("Phone", 20, Kind::Text),
        ("Stands: scanned", 18, Kind::DateTime),
        ("Stands: point", 20, Kind::Text),
        ("Stands: by", 24, Kind::Text),
        ("Settled", 18, Kind::DateTime),
        ("By whom", 24, Kind::Text),
        ("Comment", 40, Kind::Text),
    ];
    let row = |row: IncidentRow| {
        [
            text(row.kind.label()),
            text(row.scope_name),
            text(row.holder.unwrap_or_default()),
            instant(&zone, row.scanned_at),
            instant(&zone, row.received_at),
            text(row.point),
            text(row.person),
            text(row.device.unwrap_or_default()),
            row.other_scanned_at.map_or(Cell::Empty, |at| instant(&zone, at)),
            text(row.other_point.unwrap_or_default()),
            text(row.other_person.unwrap_or_default()),
            row.settled_at.map_or(Cell::Empty, |at| instant(&zone, at)),
            text(row.settled_by_name.unwrap_or_default()),
            text(row.comment.unwrap_or_default()),
        ]
    };
    listed(caller, format, sheet("Incidents", columns, rows.into_iter().map(row))).await
}

#[derive(Deserialize)]
pub(super) struct Settlement {
    #[serde(default)]
    comment: String,
}

/// `POST /incidents/{id}/settlement`
pub(super) async fn settle(
    caller: Caller,
    Path(id): Path<IncidentId>,
    Form(Settlement { comment }): Form<Settlement>,
) -> Result<Response, PageError> {
    let typed = comment.clone();
    match caller.write(move |tx, ctx| incidents::settle(tx, ctx, id, &typed).map(drop)).await {
        Ok(()) => Ok(Redirect::to("/incidents").into_response()),
        Err(error @ Error::Invalid(_)) => {
            let mut page = page(&caller, &Filter::default()).await?;
            page.errors = Errors::from_error(&error, "comment");
            (page.comment, page.wrong) = (comment, id.to_string());
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}
