//! The address for calendar programs: made, turned off, and read by them.

use crate::api::own_address;
use crate::caller::Caller;
use crate::error::PageError;
use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::feeds::{self, Feed};
use muster_app::sign_in::digest;
use muster_app::timetable::Slot;
use muster_documents::calendar::{Entry, calendar};
use muster_domain::attendance::Outcome;

/// The address of a feed with that token.
pub(crate) fn address(caller: &Caller, token: &str) -> String {
    format!("{}/calendar-feeds/{token}.ics", own_address(caller))
}

/// `POST /timetable/feed`
pub(super) async fn offer(caller: Caller) -> Result<Response, PageError> {
    let token = caller.write(feeds::offer).await.map_err(|error| caller.error(error))?;
    super::timetable::show_week(&caller, "", address(&caller, &token)).await
}

/// `POST /timetable/feed/end`
pub(super) async fn end(caller: Caller) -> Result<Response, PageError> {
    caller.write(feeds::end).await.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/timetable").into_response())
}

/// `GET /calendar-feeds/{token}.ics`
pub(super) async fn serve(
    caller: Caller,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Result<Response, PageError> {
    let Some(token) = file.strip_suffix(".ics").map(str::to_owned) else {
        return Err(caller.error(Error::NotFound));
    };
    let read = caller.read(move |tx, ctx| feeds::read(tx, ctx, &token));
    let Feed { created_at, slots } = read.await.map_err(|error| caller.error(error))?;
    let name = &caller.known.settings.institution;
    let text = calendar(name, created_at, &slots.iter().map(entry).collect::<Vec<_>>());
    let tag = tag(&text);
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_known = |known: &str| known.trim().trim_start_matches("W/") == tag;
    if known.is_some_and(|known| known.split(',').any(is_known)) {
        return Ok((StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let headers = [
        (CONTENT_TYPE, "text/calendar; charset=utf-8".to_owned()),
        (CACHE_CONTROL, "private, max-age=300".to_owned()),
        (ETAG, tag),
    ];
    Ok((headers, text).into_response())
}

fn tag(text: &str) -> String {
    use std::fmt::Write;
    let start = digest(text).into_iter().take(16);
    let hex = start.fold(String::new(), |mut hex, byte| {
        // Writing to a String can't fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    format!("\"{hex}\"")
}

fn entry(slot: &Slot) -> Entry {
    let class = &slot.class;
    let part = if slot.staff { "staff" } else { "student" };
    Entry {
        uid: format!("{}-{part}@muster", slot.meeting.map(|id| id.to_string()).unwrap_or_default()),
        starts_at: slot.starts_at,
        ends_at: slot.ends_at,
        title: class.course_name.clone(),
        place: slot.room.clone(),
        text: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        cancelled: slot.outcome == Outcome::Cancelled,
    }
}
