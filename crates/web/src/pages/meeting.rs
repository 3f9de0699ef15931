//! A meeting: added on its own, moved to another time or room, cancelled.

use super::form::Errors;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::{Error, academics};
use muster_domain::ids::{ClassId, MeetingId};
use muster_domain::time::Timestamp;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::{self, MeetingRow};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "meeting.html")]
struct Page {
    shell: Shell,
    action: String,
    /// Of a meeting that could be cancelled.
    cancellation: String,
    form: MeetingForm,
    errors: Errors,
    time_zone: String,
    cancelled: bool,
}

/// A meeting as typed, in the institution's time.
#[derive(Clone, Default, Deserialize)]
pub(super) struct MeetingForm {
    #[serde(default)]
    version: i64,
    day: String,
    starts_at: String,
    ends_at: String,
    #[serde(default)]
    room: String,
}

impl MeetingForm {
    fn of(caller: &Caller, row: &MeetingRow) -> Self {
        let settings = &caller.known.settings;
        Self {
            version: row.version,
            day: times::local(settings, row.starts_at, "%Y-%m-%d"),
            starts_at: times::clock(settings, row.starts_at),
            ends_at: times::clock(settings, row.ends_at),
            room: row.room.clone().unwrap_or_default(),
        }
    }

    /// When it begins and ends: an end before the start is on the day after.
    fn times(&self, caller: &Caller) -> Result<(Timestamp, Timestamp), Error> {
        let typed = [&self.day, &self.starts_at, &self.ends_at].map(String::as_str);
        times::typed_span(&caller.known.settings, typed)
    }
}

/// `GET /classes/{id}/meetings/new`
pub(super) async fn new(caller: Caller, Path(id): Path<ClassId>) -> Result<Response, PageError> {
    let class = class(&caller, id).await?;
    Ok(page(&caller, &class, None, MeetingForm::default(), Errors::default()))
}

async fn class(caller: &Caller, id: ClassId) -> Result<ClassRow, PageError> {
    let read = caller.read(move |tx, ctx| academics::class(tx, ctx, id));
    read.await.map_err(|error| caller.error(error))
}

/// `POST /classes/{id}/meetings`
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<MeetingForm>,
) -> Result<Response, PageError> {
    let done = match form.times(&caller) {
        Ok(times) => {
            let room = form.room.clone();
            let write =
                caller.write(move |tx, ctx| academics::create_meeting(tx, ctx, id, times, &room));
            write.await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(_) => return Ok(back(id)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let class = class(&caller, id).await?;
    let page = page(&caller, &class, None, form, Errors::from_error(&error, ""));
    Ok((status(&error), page).into_response())
}

/// `GET /meetings/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<MeetingId>) -> Result<Response, PageError> {
    let (meeting, class) = read(&caller, id).await?;
    let form = MeetingForm::of(&caller, &meeting);
    Ok(page(&caller, &class, Some(&meeting), form, Errors::default()))
}

async fn read(caller: &Caller, id: MeetingId) -> Result<(MeetingRow, ClassRow), PageError> {
    let read = caller.read(move |tx, ctx| {
        let meeting = enrolment::meeting(tx, id)?.ok_or(Error::NotFound)?;
        let class = academics::class(tx, ctx, meeting.class)?;
        Ok((meeting, class))
    });
    read.await.map_err(|error| caller.error(error))
}

fn page(
    caller: &Caller,
    class: &ClassRow,
    meeting: Option<&MeetingRow>,
    form: MeetingForm,
    errors: Errors,
) -> Response {
    let settings = &caller.known.settings;
    let title = meeting.map_or_else(
        || "Add a single meeting".to_owned(),
        |meeting| times::local(settings, meeting.starts_at, "%a %-d %b %Y, %H:%M"),
    );
    let mut shell = caller.shell(title.clone());
    let name = format!("{} {}", class.course_code, class.section);
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{}", class.id), name),
        (format!("/classes/{}/timetable", class.id), "Timetable".to_owned()),
        (String::new(), title),
    ]);
    let cancelled = meeting.is_some_and(|meeting| meeting.cancelled_at.is_some());
    let cancellation = meeting.filter(|_| !cancelled).map(|meeting| meeting.id);
    render(&Page {
        shell,
        action: meeting.map_or_else(
            || format!("/classes/{}/meetings", class.id),
            |meeting| format!("/meetings/{}", meeting.id),
        ),
        cancellation: cancellation
            .map(|id| format!("/meetings/{id}/cancellation"))
            .unwrap_or_default(),
        form,
        errors,
        time_zone: settings.time_zone.clone(),
        cancelled,
    })
}

/// `POST /meetings/{id}`
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<MeetingId>,
    Form(mut form): Form<MeetingForm>,
) -> Result<Response, PageError> {
    let (seen, room) = (form.version, form.room.clone());
    let done = match form.times(&caller) {
        Ok(times) => {
            let write = caller
                .write(move |tx, ctx| academics::change_meeting(tx, ctx, id, seen, times, &room));
            write.await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(class) => return Ok(back(class)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let (meeting, class) = read(&caller, id).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = MeetingForm::of(&caller, &meeting);
        form.version = now.version;
        let is = format!("{}, {} to {}", now.day, now.starts_at, now.ends_at);
        errors = Errors::stale("meeting", &is);
    }
    Ok((status(&error), page(&caller, &class, Some(&meeting), form, errors)).into_response())
}

/// `POST /meetings/{id}/cancellation`
pub(super) async fn cancel(
    caller: Caller,
    Path(id): Path<MeetingId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| academics::cancel_meeting(tx, ctx, id)).await;
    Ok(back(done.map_err(|error| caller.error(error))?))
}

fn back(class: ClassId) -> Response {
    Redirect::to(&format!("/classes/{class}/timetable")).into_response()
}
