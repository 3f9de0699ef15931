//! Letters by e-mail: whether they can be sent, and what became of each.

use super::form::Errors;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment, text};
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::zone::Zone;
use muster_app::{Error, mail};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::ids::LetterId;
use muster_storage::letters::LetterRow;
use serde::Deserialize;

/// Letters on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "letters.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    from: String,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    id: String,
    recipient: String,
    subject: String,
    at: String,
    state: State,
    why: String,
}

/// How far a letter has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Sent,
    GivenUp,
}

#[derive(Default, Deserialize)]
pub(super) struct From {
    #[serde(default)]
    after: String,
}

/// `GET /letters`
pub(super) async fn list(
    caller: Caller,
    Query(from): Query<From>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        return table(&caller, format).await;
    }
    Ok(render(&page(&caller, &from, Errors::default()).await?))
}

async fn page(caller: &Caller, from: &From, errors: Errors) -> Result<Page, PageError> {
    let after = from.after.parse::<LetterId>().ok();
    let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| mail::recent(tx, ctx, after, most));
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().filter(|_| more).map(|row| format!("/letters?after={}", row.id));
    let mut shell = caller.shell("Letters");
    shell.crumbs = crumbs([
        ("/settings".to_owned(), "Settings".to_owned()),
        (String::new(), "Letters".to_owned()),
    ]);
    Ok(Page {
        shell,
        errors,
        from: caller.app.mail_from.as_deref().unwrap_or_default().to_owned(),
        items: rows.into_iter().map(|row| item(caller, row)).collect(),
        first: if after.is_some() { "/letters".to_owned() } else { String::new() },
        next: next.unwrap_or_default(),
    })
}

/// Every letter that is kept, as a file.
async fn table(caller: &Caller, format: Format) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| {
        tables::every(|last: Option<&LetterRow>, limit| {
            mail::recent(tx, ctx, last.map(|last| last.id), limit)
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("To", 30, Kind::Text),
        ("Subject", 40, Kind::Text),
        ("Written", 18, Kind::DateTime),
        ("State", 10, Kind::Text),
        ("Sent", 18, Kind::DateTime),
        ("Why not", 40, Kind::Text),
    ];
    let row = |row: LetterRow| {
        let state = match State::of(&row) {
            State::Waiting => "Waiting",
            State::Sent => "Sent",
            State::GivenUp => "Given up",
        };
        let sent = row.sent_at.map_or(Cell::Empty, |at| moment(&zone, at));
        let written = moment(&zone, row.created_at);
        [text(row.recipient), text(row.subject), written, text(state), sent, maybe(row.failure)]
    };
    listed(caller, format, sheet("Letters", columns, rows.into_iter().map(row))).await
}

impl State {
    fn of(row: &LetterRow) -> Self {
        match (row.sent_at, row.failed_at) {
            (Some(_), _) => Self::Sent,
            (None, Some(_)) => Self::GivenUp,
            (None, None) => Self::Waiting,
        }
    }
}

fn item(caller: &Caller, row: LetterRow) -> Item {
    let state = State::of(&row);
    Item {
        id: row.id.to_string(),
        recipient: row.recipient,
        subject: row.subject,
        at: times::moment(&caller.known.settings, row.created_at),
        state,
        why: row.failure.unwrap_or_default(),
    }
}

/// `POST /letters/{id}/retry`
pub(super) async fn retry(caller: Caller, Path(id): Path<LetterId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| mail::retry(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/letters").into_response())
}

/// `POST /letters`: a letter to oneself.
pub(super) async fn try_out(caller: Caller) -> Result<Response, PageError> {
    match caller.write(mail::try_out).await {
        Ok(_) => Ok(Redirect::to("/letters").into_response()),
        Err(error @ Error::Invalid(_)) => {
            let page = page(&caller, &From::default(), Errors::from_error(&error, "")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}
