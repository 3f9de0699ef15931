//! Leave: what waits and what holds, and asking for it.

use super::form::Errors;
use super::frame::crumbs;
use super::look::Tab;
use super::requests::{self, Listing};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment, text};
use crate::files::Sent;
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Multipart, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::leaves::{self, Asking};
use muster_app::zone::Zone;
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::LeaveId;
use muster_domain::requests::RequestState;
use muster_domain::time::Date;
use muster_storage::corrections::Part;
use muster_storage::leaves::LeaveRow;
use serde::Deserialize;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "leaves.html")]
struct ListPage {
    shell: Shell,
    lede: &'static str,
    ask: &'static str,
    decides: bool,
    tabs: Vec<Tab>,
    items: Vec<Item>,
    /// With its filters, to be continued.
    address: String,
    first: String,
    next: String,
    own: Vec<Item>,
}

struct Item {
    id: LeaveId,
    name: String,
    number: String,
    days: String,
    reason: String,
    state: &'static str,
    at: String,
    at_words: String,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    state: String,
    #[serde(default)]
    after: String,
}

/// Whether the person decides about leave.
pub(super) fn decides(caller: &Caller) -> bool {
    caller.ctx.need(Permission::DecideLeave, Target::Institution).is_ok()
}

/// `21 Nov 2026 to 23 Nov 2026`, or one day.
pub(super) fn days(row: &LeaveRow) -> String {
    let first = times::date_words(row.starts_on);
    if row.starts_on == row.ends_on {
        return first;
    }
    format!("{first} to {}", times::date_words(row.ends_on))
}

/// `GET /leave`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let decides = decides(&caller);
    let listing = Listing::new("/leave", &filter.state, String::new());
    let state = listing.state;
    if let Some(format) = wanted.file().filter(|_| decides) {
        return table(&caller, state, format).await;
    }
    let after = filter.after.parse::<LeaveId>().ok();
    let read = caller.read(move |tx, ctx| {
        let start = LeaveId(Uuid::max());
        if decides {
            let part = Part { before: after.unwrap_or(start), limit: requests::ASKED };
            leaves::queue(tx, ctx, state, part)
        } else {
            leaves::own(tx, ctx, Part { before: start, limit: requests::OWN })
        }
    });
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let next = if decides { listing.cut(&mut rows, |row| row.id) } else { String::new() };
    let query = listing.address();
    let items = rows.into_iter().map(|row| item(&caller, row)).collect();
    let (items, own) = if decides { (items, Vec::new()) } else { (Vec::new(), items) };
    Ok(render(&ListPage {
        shell: caller.shell("Leave"),
        ask: if decides { "Enter leave" } else { "Ask for leave" },
        lede: if decides {
            "Days in which students need not come."
        } else {
            "Days in which you need not come."
        },
        decides,
        tabs: listing.tabs(),
        items,
        address: format!("{query}&"),
        first: after.map_or_else(String::new, |_| query.clone()),
        next,
        own,
    }))
}

/// All leave in that state, as a file.
async fn table(
    caller: &Caller,
    state: RequestState,
    format: Format,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        tables::every(|last: Option<&LeaveRow>, limit| {
            let before = last.map_or(LeaveId(Uuid::max()), |last| last.id);
            leaves::queue(tx, ctx, state, Part { before, limit })
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Number", 14, Kind::Text),
        ("Student", 30, Kind::Text),
        ("First day", 12, Kind::Date),
        ("Last day", 12, Kind::Date),
        ("Reason", 40, Kind::Text),
        ("Asked", 18, Kind::DateTime),
        ("State", 12, Kind::Text),
        ("Decided by", 24, Kind::Text),
        ("Comment", 40, Kind::Text),
    ];
    let row = |row: LeaveRow| {
        let (first, last) = (Cell::Date(row.starts_on), Cell::Date(row.ends_on));
        let [number, name, reason] = [row.number, row.name, row.reason].map(text);
        let (asked, state) = (moment(&zone, row.asked_at), text(row.state.label()));
        [number, name, first, last, reason, asked, state, maybe(row.decider), maybe(row.comment)]
    };
    listed(caller, format, sheet("Leave", columns, rows.into_iter().map(row))).await
}

fn item(caller: &Caller, row: LeaveRow) -> Item {
    Item {
        id: row.id,
        days: days(&row),
        state: row.state.key(),
        at: times::rfc3339(row.asked_at),
        at_words: times::moment(&caller.known.settings, row.asked_at),
        name: row.name,
        number: row.number,
        reason: row.reason,
    }
}

#[derive(Template)]
#[template(path = "leave_new.html")]
struct NewPage {
    shell: Shell,
    decides: bool,
    number: String,
    starts_on: String,
    ends_on: String,
    reason: String,
    errors: Errors,
}

/// `GET /leave/new`
pub(super) async fn new(caller: Caller) -> Response {
    render(&new_page(&caller, &Sent::default(), Errors::default()))
}

fn new_page(caller: &Caller, sent: &Sent, errors: Errors) -> NewPage {
    let decides = decides(caller);
    let mut shell = caller.shell(if decides { "Enter leave" } else { "Ask for leave" });
    shell.crumbs =
        crumbs([("/leave".to_owned(), "Leave".to_owned()), (String::new(), shell.title.clone())]);
    NewPage {
        shell,
        decides,
        number: sent.field("number"),
        starts_on: sent.field("starts_on"),
        ends_on: sent.field("ends_on"),
        reason: sent.field("reason"),
        errors,
    }
}

/// First and last day, or which of them can't be read.
pub(crate) fn period(starts_on: &str, ends_on: &str) -> Result<(Date, Date), Error> {
    let read = [("starts_on", starts_on), ("ends_on", ends_on)]
        .map(|(field, text)| (field, times::parse_date(text)));
    if let [(_, Some(first)), (_, Some(last))] = read {
        return Ok((first, last));
    }
    let detail = "Enter a day, for example 2026-09-01.";
    let wrong = read.into_iter().filter(|(_, day)| day.is_none());
    let wrong = wrong.map(|(field, _)| FieldError { field, detail: detail.to_owned() });
    Err(Error::Invalid(wrong.collect()))
}

/// `POST /leave`
pub(super) async fn ask(caller: Caller, parts: Multipart) -> Result<Response, PageError> {
    let (sent, done) = match Sent::read(parts).await {
        Ok(sent) => {
            let done = store(&caller, &sent).await;
            (sent, done)
        }
        Err(error) => (Sent::default(), Err(error)),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/leave/{id}")).into_response()),
        Err(error @ Error::Invalid(_)) => {
            let page = new_page(&caller, &sent, Errors::from_error(&error, ""));
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

async fn store(caller: &Caller, sent: &Sent) -> Result<LeaveId, Error> {
    let (starts_on, ends_on) = period(&sent.field("starts_on"), &sent.field("ends_on"))?;
    let (number, reason) = (sent.field("number"), sent.field("reason"));
    let (attachment, decides) = (sent.file.clone(), decides(caller));
    let write = caller.write(move |tx, ctx| {
        let person = if decides { leaves::student(tx, ctx, &number)? } else { ctx.person()? };
        let (reason, attachment) = (reason.clone(), attachment.clone());
        leaves::ask(tx, ctx, &Asking { person, starts_on, ends_on, reason, attachment })
    });
    write.await
}
