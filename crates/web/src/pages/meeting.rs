//! A meeting: moved to another time or room.

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
use muster_app::{Error, FieldError, academics};
use muster_domain::ids::MeetingId;
use muster_domain::time::Timestamp;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::{self, MeetingRow};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "meeting.html")]
struct Page {
    shell: Shell,
    id: MeetingId,
    form: MeetingForm,
    errors: Errors,
    time_zone: String,
    cancelled: bool,
}

/// A meeting as typed, in the institution's time.
#[derive(Clone, Default, Deserialize)]
pub(super) struct MeetingForm {
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

    fn times(&self, caller: &Caller) -> Result<(Timestamp, Timestamp), Error> {
        let day = self.day.trim().parse().ok();
        let (starts, ends) = (self.starts_at.trim().parse().ok(), self.ends_at.trim().parse().ok());
        if let (Some(day), Some(starts), Some(ends)) = (day, starts, ends) {
            let times = times::weekly(&caller.known.settings, (day, day), (starts, ends), 1);
            return times.first().copied().ok_or(Error::NotFound);
        }
        let read = [
            ("day", day.is_some(), "Enter a day, for example 2026-09-01."),
            ("starts_at", starts.is_some(), "Enter a time, for example 10:00."),
            ("ends_at", ends.is_some(), "Enter a time, for example 11:30."),
        ];
        let wrong = read.into_iter().filter(|(_, right, _)| !right);
        let wrong = wrong.map(|(field, _, detail)| FieldError { field, detail: detail.to_owned() });
        Err(Error::Invalid(wrong.collect()))
    }
}

/// `GET /meetings/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<MeetingId>) -> Result<Response, PageError> {
    let (meeting, class) = read(&caller, id).await?;
    let form = MeetingForm::of(&caller, &meeting);
    Ok(page(&caller, &meeting, &class, form, Errors::default()))
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
    meeting: &MeetingRow,
    class: &ClassRow,
    form: MeetingForm,
    errors: Errors,
) -> Response {
    let settings = &caller.known.settings;
    let title = times::local(settings, meeting.starts_at, "%a %-d %b %Y, %H:%M");
    let mut shell = caller.shell(title.clone());
    let name = format!("{} {}", class.course_code, class.section);
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{}", class.id), name),
        (String::new(), title),
    ]);
    let (time_zone, cancelled) = (settings.time_zone.clone(), meeting.cancelled_at.is_some());
    render(&Page { shell, id: meeting.id, form, errors, time_zone, cancelled })
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
        Ok(class) => return Ok(Redirect::to(&format!("/classes/{class}")).into_response()),
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
    Ok((status(&error), page(&caller, &meeting, &class, form, errors)).into_response())
}
