//! Events: the list, adding one, changing one.

use super::event_file;
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::tables::Wanted;
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::events::{self, EventInput, Home};
use muster_app::settings::Settings;
use muster_app::{Error, FieldError};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::EventId;
use muster_domain::passes::EntryKind;
use muster_domain::time::Timestamp;
use muster_domain::verification::{Entries, Window};
use muster_storage::events::EventRow;
use serde::Deserialize;
use uuid::Uuid;

/// Events on one page.
const PAGE: usize = 30;

#[derive(Template)]
#[template(path = "events.html")]
struct ListPage {
    shell: Shell,
    may_add: bool,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    id: EventId,
    name: String,
    venue: String,
    when: String,
    people: String,
    stage: &'static str,
}

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: String,
}

/// `GET /events`
pub(super) async fn list(
    caller: Caller,
    Query(from): Query<From>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return event_file::of_all(&caller, format).await;
    }
    let after = from.after.parse::<EventId>().ok();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| events::list(tx, ctx, after, limit));
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("/events?after={}", row.id));
    Ok(render(&ListPage {
        shell: caller.shell("Events"),
        may_add: may_add(&caller),
        items: rows.into_iter().map(|row| item(&caller, row)).collect(),
        first: after.map_or_else(String::new, |_| "/events".to_owned()),
        next: next.unwrap_or_default(),
    }))
}

fn may_add(caller: &Caller) -> bool {
    caller.ctx.need(Permission::ManageEvents, Target::Institution).is_ok()
}

fn item(caller: &Caller, row: EventRow) -> Item {
    Item {
        id: row.id,
        when: span(&caller.known.settings, &row),
        people: match row.capacity {
            Some(room) => format!("{} of {room}", row.taken),
            None => row.taken.to_string(),
        },
        stage: stage(&row, caller.ctx.now()),
        name: row.name,
        venue: row.venue,
    }
}

/// `archived`, `over`, `open` from the opening of the doors on, or `planned`.
pub(super) fn stage(row: &EventRow, now: Timestamp) -> &'static str {
    match row {
        row if row.archived_at.is_some() => "archived",
        row if row.ends_at <= now => "over",
        row if row.doors_at <= now => "open",
        _ => "planned",
    }
}

/// When an event takes place: `Sat 21 Nov 2026, 18:00 to 23:00`.
pub(super) fn span(settings: &Settings, row: &EventRow) -> String {
    let day = |at| times::local(settings, at, "%a %-d %b %Y");
    let clock = |at| times::clock(settings, at);
    let (from, until) = (row.starts_at, row.ends_at);
    if day(from) == day(until) {
        return format!("{}, {} to {}", day(from), clock(from), clock(until));
    }
    format!("{}, {} to {}, {}", day(from), clock(from), day(until), clock(until))
}

/// An event as typed, in the institution's time.
#[derive(Clone, Default, Deserialize)]
pub(super) struct EventForm {
    #[serde(default)]
    version: i64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    venue: String,
    #[serde(default)]
    doors_at: String,
    #[serde(default)]
    starts_at: String,
    #[serde(default)]
    ends_at: String,
    #[serde(default)]
    capacity: String,
    #[serde(default)]
    currency: String,
    #[serde(default)]
    entries: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    windows: String,
    #[serde(default)]
    home: String,
}

impl EventForm {
    fn of(settings: &Settings, row: &EventRow) -> Self {
        let rule = events::rule(row);
        let moment = |at| times::form_moment(settings, at);
        let line = |window: &Window| {
            let moment = |at| times::local(settings, at, "%Y-%m-%d %H:%M");
            format!("{} to {}", moment(window.from), moment(window.until))
        };
        let times = match rule.entries {
            Entries::Times(times) => times.to_string(),
            Entries::Single | Entries::Reentry => String::new(),
        };
        Self {
            version: row.version,
            name: row.name.clone(),
            venue: row.venue.clone(),
            doors_at: moment(row.doors_at),
            starts_at: moment(row.starts_at),
            ends_at: moment(row.ends_at),
            capacity: row.capacity.map(|room| room.to_string()).unwrap_or_default(),
            currency: row.currency.clone(),
            entries: EntryKind::of(rule.entries).key().to_owned(),
            times,
            windows: rule.windows.iter().map(line).collect::<Vec<_>>().join("\n"),
            home: row.home.map(|home| home.to_string()).unwrap_or_default(),
        }
    }

    fn input(&self, settings: &Settings) -> Result<EventInput, Error> {
        let mut wrong = Vec::new();
        let mut miss =
            |field, detail: &str| wrong.push(FieldError { field, detail: detail.into() });
        let at = |text: &str| times::parse_moment(settings, text);
        let moment = "Enter a day and a time, for example 2026-12-24 18:00.";
        let (starts, ends) = (at(&self.starts_at), at(&self.ends_at));
        let doors = Some(self.doors_at.trim()).filter(|text| !text.is_empty());
        let doors_at = doors.map(at);
        if doors_at == Some(None) {
            miss("doors_at", moment);
        }
        if starts.is_none() {
            miss("starts_at", moment);
        }
        if ends.is_none() {
            miss("ends_at", moment);
        }
        let capacity = optional(&self.capacity);
        if capacity.is_err() {
            miss("capacity", "Give a whole number, or leave it empty.");
        }
        let times = self.times.trim().parse().ok();
        let entries = EntryKind::from_key(&self.entries).and_then(|kind| kind.entries(times));
        if entries.is_none() {
            miss("times", "Say how often a pass admits: a number from 1 to 1,000.");
        }
        let windows = read_windows(settings, &self.windows);
        if windows.is_none() {
            miss(
                "windows",
                "Write one span a line, for example 2026-12-24 18:00 to 2026-12-24 20:00.",
            );
        }
        let home = Some(self.home.trim()).filter(|text| !text.is_empty()).map(str::parse::<Uuid>);
        let home = home.transpose();
        if home.is_err() {
            miss("home", "Choose one of the nodes.");
        }
        let (
            Some(starts_at),
            Some(ends_at),
            Some(entries),
            Some(windows),
            Ok(capacity),
            Ok(home),
            true,
        ) = (starts, ends, entries, windows, capacity, home, wrong.is_empty())
        else {
            return Err(Error::Invalid(wrong));
        };
        let (name, venue) = (self.name.clone(), self.venue.clone());
        let (doors_at, currency) = (doors_at.flatten(), self.currency.clone());
        Ok(EventInput {
            name,
            venue,
            doors_at,
            starts_at,
            ends_at,
            capacity,
            currency,
            entries,
            windows,
            home,
        })
    }
}

/// A whole number, or nothing.
pub(super) fn optional(text: &str) -> Result<Option<i64>, std::num::ParseIntError> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    }
}

/// Spans of hours, one a line.
fn read_windows(settings: &Settings, text: &str) -> Option<Vec<Window>> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let read = lines.map(|line| {
        let (from, until) = line.split_once(" to ").or_else(|| line.split_once('–'))?;
        let from = times::parse_moment(settings, from)?;
        Some(Window { from, until: times::parse_moment(settings, until)? })
    });
    read.collect()
}

#[derive(Template)]
#[template(path = "event_form.html")]
struct FormPage {
    shell: Shell,
    action: String,
    form: EventForm,
    entries: Vec<Choice>,
    /// The nodes that passes may be issued on; none where this one is alone.
    homes: Vec<Choice>,
    errors: Errors,
    time_zone: String,
    /// Where it is archived, if it can be.
    archival: String,
}

async fn form_page(
    caller: &Caller,
    row: Option<&EventRow>,
    form: EventForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(events::homes);
    let homes = read.await.map_err(|error| caller.error(error))?;
    let title = if row.is_some() { "Change the event" } else { "New event" };
    let mut shell = caller.shell(title);
    shell.crumbs = match row {
        Some(row) => crumbs([
            ("/events".to_owned(), "Events".to_owned()),
            (format!("/events/{}", row.id), row.name.clone()),
            (String::new(), title.to_owned()),
        ]),
        None => {
            crumbs([("/events".to_owned(), "Events".to_owned()), (String::new(), title.to_owned())])
        }
    };
    let kinds = EntryKind::ALL.map(|kind| (kind.key(), kind.label()));
    let own = row.map(|row| format!("/events/{}", row.id));
    let live = row.is_some_and(|row| row.archived_at.is_none());
    Ok(render(&FormPage {
        shell,
        entries: Choice::list(kinds, &form.entries),
        homes: home_choices(homes, &form.home),
        form,
        errors,
        time_zone: caller.known.settings.time_zone.clone(),
        archival: match &own {
            Some(own) if live => format!("{own}/archival"),
            _ => String::new(),
        },
        action: own.unwrap_or_else(|| "/events".to_owned()),
    }))
}

/// The nodes to choose from, and the one that stands even if nothing is known of it any more.
fn home_choices(homes: Vec<Home>, chosen: &str) -> Vec<Choice> {
    let known = homes.iter().any(|home| home.node.to_string() == chosen);
    let gone = (!known && !chosen.is_empty())
        .then(|| (chosen.to_owned(), "A node that is gone".to_owned()));
    let homes = homes.into_iter().map(|home| (home.node.to_string(), home.name));
    Choice::list(homes.chain(gone), chosen)
}

/// `GET /events/new`
pub(super) async fn new(caller: Caller) -> Result<Response, PageError> {
    let form = EventForm {
        currency: caller.known.settings.currency.code().to_owned(),
        entries: EntryKind::Single.key().to_owned(),
        ..EventForm::default()
    };
    form_page(&caller, None, form, Errors::default()).await
}

/// `POST /events`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<EventForm>,
) -> Result<Response, PageError> {
    let done = match form.input(&caller.known.settings) {
        Ok(input) => caller.write(move |tx, ctx| events::create(tx, ctx, &input)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/events/{id}")).into_response()),
        Err(error @ Error::Forbidden) => Err(caller.error(error)),
        Err(error) => {
            let page = form_page(&caller, None, form, Errors::from_error(&error, "")).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

pub(super) async fn row(caller: &Caller, id: EventId) -> Result<EventRow, PageError> {
    let read = caller.read(move |tx, ctx| events::get(tx, ctx, id));
    read.await.map_err(|error| caller.error(error))
}

/// `GET /events/{id}/edit`
pub(super) async fn edit(caller: Caller, Path(id): Path<EventId>) -> Result<Response, PageError> {
    let row = row(&caller, id).await?;
    let form = EventForm::of(&caller.known.settings, &row);
    form_page(&caller, Some(&row), form, Errors::default()).await
}

/// `POST /events/{id}`: what somebody else changed meanwhile is told; sending it again replaces
/// it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<EventId>,
    Form(mut form): Form<EventForm>,
) -> Result<Response, PageError> {
    let seen = form.version;
    let done = match form.input(&caller.known.settings) {
        Ok(input) => caller.write(move |tx, ctx| events::change(tx, ctx, id, seen, &input)).await,
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/events/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = row(&caller, id).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        form.version = row.version;
        errors = Errors::stale("event", &row.name);
    }
    Ok((status(&error), form_page(&caller, Some(&row), form, errors).await?).into_response())
}

/// `POST /events/{id}/archival`
pub(super) async fn archive(
    caller: Caller,
    Path(id): Path<EventId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| events::archive(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/events/{id}")).into_response())
}
