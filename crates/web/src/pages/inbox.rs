//! The inbox: what the person was told, and noting that they read it.

use super::local;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::notices;
use muster_domain::ids::NoticeId;
use muster_domain::notices::NoticeKind;
use muster_storage::notices::NoticeRow;
use serde::Deserialize;

/// Notices on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    shell: Shell,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    id: NoticeId,
    icon: &'static str,
    title: String,
    body: String,
    link: String,
    at: String,
    at_words: String,
    unread: bool,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    after: String,
}

/// `GET /inbox`
pub(super) async fn show(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let after = filter.after.parse::<NoticeId>().ok();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| notices::inbox(tx, ctx, after, limit));
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| more);
    Ok(render(&Page {
        shell: caller.shell("Inbox"),
        first: after.map_or_else(String::new, |_| "/inbox".to_owned()),
        next: last.map(|last| format!("/inbox?after={}", last.id)).unwrap_or_default(),
        items: rows.into_iter().map(|row| item(&caller, row)).collect(),
    }))
}

fn item(caller: &Caller, row: NoticeRow) -> Item {
    Item {
        id: row.id,
        icon: icon(row.kind),
        title: row.title,
        body: row.body,
        link: row.link.unwrap_or_default(),
        at: times::rfc3339(row.created_at),
        at_words: times::moment(&caller.known.settings, row.created_at),
        unread: row.read_at.is_none(),
    }
}

const fn icon(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::LowAttendance | NoticeKind::Incident | NoticeKind::Oversold => "alert",
        NoticeKind::Absence => "cross",
        NoticeKind::Reminder => "bell",
        NoticeKind::CorrectionAsked | NoticeKind::CorrectionDecided | NoticeKind::MergedChanged => {
            "edit"
        }
        NoticeKind::LeaveAsked | NoticeKind::LeaveDecided => "calendar",
        NoticeKind::PaymentReceived => "note",
        NoticeKind::DocketAvailable => "ticket",
        NoticeKind::DocketHeld => "lock",
        NoticeKind::ResultPublished => "list",
        NoticeKind::SignInChanged => "key",
    }
}

/// `POST /inbox/{id}/reading`: on to what the notice is about.
pub(super) async fn read(caller: Caller, Path(id): Path<NoticeId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| notices::read(tx, ctx, id)).await;
    let row = done.map_err(|error| caller.error(error))?;
    let to = row.link.as_deref().map_or("/inbox", local);
    Ok(Redirect::to(to).into_response())
}

/// `POST /inbox/reading`
pub(super) async fn read_all(caller: Caller) -> Result<Response, PageError> {
    caller.write(notices::read_all).await.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/inbox").into_response())
}
