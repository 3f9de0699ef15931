//! The journal: who changed what, from what to what, and why.

use super::form::Errors;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, download_long, text};
use crate::tables::{self, Wanted, maybe, sheet};
use crate::times::{self, query_value};
use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use jiff::civil;
use muster_app::journal::{self, Persons};
use muster_app::settings::Settings;
use muster_app::{Error, FieldError};
use muster_documents::xlsx::Kind;
use muster_domain::ids::EntryId;
use muster_presentation::changes::{Change, changes};
use muster_storage::journal::{Filter, JournalRow};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Entries on one page.
const PAGE: i64 = 50;
/// Most entries in one answer.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "journal.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    form: Asked,
    entries: Vec<Entry>,
    /// With its filters, to be continued.
    address: String,
    first: String,
    next: String,
}

struct Entry {
    at: String,
    who: String,
    via: String,
    action: String,
    /// What kind of record.
    record: String,
    /// Its id, and the beginning of it, to tell one from another.
    id: String,
    short: String,
    /// Its own page, or its part of the journal.
    record_url: String,
    changes: Vec<Change>,
    reason: String,
}

/// What was asked for, as typed.
#[derive(Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// Beginning of the action.
    #[serde(default)]
    pub action: String,
    /// Number, user name or address of who acted.
    #[serde(default)]
    pub person: String,
    /// Number, user name or address of whom it is about.
    #[serde(default)]
    pub about: String,
    /// Id of a record.
    #[serde(default)]
    pub record: String,
    /// First day.
    #[serde(default)]
    pub from: String,
    /// Last day.
    #[serde(default)]
    pub until: String,
    /// Where to go on.
    #[serde(default)]
    pub cursor: String,
    /// At most so many.
    pub limit: Option<i64>,
}

/// `GET /journal`
pub(super) async fn show(
    caller: Caller,
    Query(form): Query<Asked>,
    Query(wanted): Query<Wanted>,
) -> Response {
    if let Some(format) = wanted.file() {
        return match table(&caller, &form, format).await {
            Ok(file) => file,
            Err(error) => refused(&caller, form, error),
        };
    }
    match find(&caller, &form).await {
        Ok((rows, next)) => page(&caller, form, &rows, &next, Errors::default()),
        Err(error) => refused(&caller, form, error),
    }
}

/// The page with what was wrong in its filters.
fn refused(caller: &Caller, form: Asked, error: Error) -> Response {
    match error {
        Error::Invalid(_) => {
            let errors = Errors::from_error(&error, "");
            (status(&error), page(caller, form, &[], "", errors)).into_response()
        }
        error => PageError(error, Box::new(caller.uri.clone())).into_response(),
    }
}

/// Every entry that matches, as a file.
async fn table(caller: &Caller, asked: &Asked, format: Format) -> Result<Response, Error> {
    let settings = &caller.known.settings;
    let (filter, persons) = (filter(settings, asked)?, asked.persons());
    let read = caller.read(move |tx, ctx| {
        tables::every(|last: Option<&JournalRow>, limit| {
            let before = last.map(|last| (last.clock, last.id)).or(filter.before);
            journal::browse(tx, ctx, &Filter { before, limit, ..filter.clone() }, &persons)
        })
    });
    let columns = [
        ("When", 20, Kind::Text),
        ("Who", 24, Kind::Text),
        ("How", 8, Kind::Text),
        ("Action", 24, Kind::Text),
        ("Record", 14, Kind::Text),
        ("Id", 38, Kind::Text),
        ("What changed", 60, Kind::Text),
        ("Reason", 40, Kind::Text),
    ];
    let row = |row: JournalRow| {
        let at = times::local(settings, row.at, "%Y-%m-%d %H:%M:%S");
        let entry = entry(settings, &row);
        let changes = entry.changes.iter().map(Change::sentence).collect::<Vec<_>>().join("; ");
        let [via, action, record, id] = [entry.via, entry.action, entry.record, entry.id].map(text);
        [text(at), text(entry.who), via, action, record, id, text(changes), maybe(row.reason)]
    };
    let rows = read.await?;
    let sheet = sheet("Journal", columns, rows.into_iter().map(row));
    download_long(caller, "Journal", format, sheet).await
}

impl Asked {
    fn persons(&self) -> Persons {
        Persons { person: self.person.clone(), about: self.about.clone() }
    }
}

fn page(
    caller: &Caller,
    form: Asked,
    rows: &[JournalRow],
    cursor: &str,
    errors: Errors,
) -> Response {
    let settings = &caller.known.settings;
    let query = [
        ("action", &form.action),
        ("person", &form.person),
        ("about", &form.about),
        ("record", &form.record),
        ("from", &form.from),
        ("until", &form.until),
    ]
    .map(|(name, value)| format!("{name}={}", query_value(value)))
    .join("&");
    let first = format!("/journal?{query}");
    render(&Page {
        shell: caller.shell("Journal"),
        errors,
        entries: rows.iter().map(|row| entry(settings, row)).collect(),
        next: if cursor.is_empty() { String::new() } else { format!("{first}&cursor={cursor}") },
        address: format!("{first}&"),
        first: if form.cursor.is_empty() { String::new() } else { first },
        form,
    })
}

/// The entries asked for, and the cursor of those that follow, or an empty one.
pub(crate) async fn find(
    caller: &Caller,
    asked: &Asked,
) -> Result<(Vec<JournalRow>, String), Error> {
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, MOST);
    let filter = Filter { limit: limit + 1, ..filter(&caller.known.settings, asked)? };
    let persons = asked.persons();
    let mut rows = caller.read(move |tx, ctx| journal::browse(tx, ctx, &filter, &persons)).await?;
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > most;
    rows.truncate(most);
    let last = rows.last().filter(|_| more);
    let cursor = last.map(|last| format!("{}.{}", last.clock, last.id)).unwrap_or_default();
    Ok((rows, cursor))
}

fn filter(settings: &Settings, asked: &Asked) -> Result<Filter, Error> {
    let mut wrong = Vec::new();
    let mut read = |field, text: &str, detail: &str, right: bool| {
        if !text.trim().is_empty() && !right {
            wrong.push(FieldError { field, detail: detail.to_owned() });
        }
    };
    let midnight = civil::Time::midnight();
    let day = |text: &str| text.trim().parse::<civil::Date>().ok();
    let from = day(&asked.from).and_then(|day| times::instant(settings, day, midnight));
    let until = day(&asked.until).and_then(|day| day.tomorrow().ok());
    let until = until.and_then(|day| times::instant(settings, day, midnight));
    let record = asked.record.trim().parse::<Uuid>().ok();
    let before = asked
        .cursor
        .split_once('.')
        .and_then(|(clock, id)| Some((clock.parse::<i64>().ok()?, id.parse::<EntryId>().ok()?)));
    read("from", &asked.from, "Enter a day, for example 2026-11-21.", from.is_some());
    read("until", &asked.until, "Enter a day, for example 2026-11-21.", until.is_some());
    read("record", &asked.record, "Enter a record's whole id.", record.is_some());
    read("cursor", &asked.cursor, "Go back to the start.", before.is_some());
    if !wrong.is_empty() {
        return Err(Error::Invalid(wrong));
    }
    let action = asked.action.trim().to_owned();
    Ok(Filter { action, actor: None, record, from, until, before, limit: PAGE })
}

fn entry(settings: &Settings, row: &JournalRow) -> Entry {
    let page = match row.entity.as_str() {
        "person" => "people",
        "class" => "classes",
        "session" => "sessions",
        _ => "",
    };
    let id = row.entity_id.to_string();
    let own = format!("/{page}/{id}");
    Entry {
        at: times::local(settings, row.at, "%-d %b %Y, %H:%M:%S"),
        who: row.actor_name.clone().unwrap_or_else(|| "Muster itself".to_owned()),
        via: row.via.clone(),
        action: row.action.clone(),
        record: row.entity.clone(),
        record_url: if page.is_empty() { format!("/journal?record={id}") } else { own },
        short: id.chars().take(8).collect(),
        id,
        changes: changes(settings, row.before.as_deref(), row.after.as_deref()),
        reason: row.reason.clone().unwrap_or_default(),
    }
}
