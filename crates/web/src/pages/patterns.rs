//! A weekly pattern of a class: adding one, changing one, ending one.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, PatternInput};
use muster_app::{Error, FieldError};
use muster_domain::ids::{ClassId, PatternId};
use muster_domain::timetable::{Weekday, Weekly};
use muster_storage::academics::{ClassRow, TermRow};
use muster_storage::patterns::PatternRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pattern.html")]
struct Page {
    shell: Shell,
    action: String,
    class: ClassId,
    /// Of a pattern that is changed.
    removal: String,
    term: String,
    time_zone: String,
    weekdays: Vec<Choice>,
    form: PatternForm,
    errors: Errors,
}

/// A pattern as typed, by the institution's clock.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct PatternForm {
    #[serde(default)]
    pub version: i64,
    pub weekday: String,
    pub starts_at: String,
    pub ends_at: String,
    pub first_on: String,
    pub last_on: String,
    #[serde(default)]
    pub room: String,
}

impl PatternForm {
    pub fn of(row: &PatternRow) -> Self {
        Self {
            version: row.version,
            weekday: row.weekday.key().to_owned(),
            starts_at: times::minute_words(row.starts_minute),
            ends_at: times::minute_words(row.ends_minute),
            first_on: times::iso_date(row.first_on),
            last_on: times::iso_date(row.last_on),
            room: row.room.clone().unwrap_or_default(),
        }
    }

    /// The pattern, or what can't be read.
    pub fn input(&self) -> Result<PatternInput, Error> {
        let weekday = Weekday::from_key(&self.weekday);
        let [starts, ends] = [&self.starts_at, &self.ends_at].map(|text| times::parse_minute(text));
        let [first, last] = [&self.first_on, &self.last_on].map(|text| times::parse_date(text));
        if let (
            Some(weekday),
            Some(starts_minute),
            Some(ends_minute),
            Some(first_on),
            Some(last_on),
        ) = (weekday, starts, ends, first, last)
        {
            let weekly = Weekly { weekday, starts_minute, ends_minute, first_on, last_on };
            return Ok(PatternInput { weekly, room: self.room.clone() });
        }
        let read = [
            ("weekday", weekday.is_some(), "Choose a day of the week."),
            ("starts_at", starts.is_some(), "Enter a time, for example 10:00."),
            ("ends_at", ends.is_some(), "Enter a time, for example 11:30."),
            ("first_on", first.is_some(), "Enter a day, for example 2026-09-01."),
            ("last_on", last.is_some(), "Enter a day, for example 2026-12-18."),
        ];
        let wrong = read.into_iter().filter(|(_, right, _)| !right);
        let wrong = wrong.map(|(field, _, detail)| FieldError { field, detail: detail.to_owned() });
        Err(Error::Invalid(wrong.collect()))
    }
}

async fn class_of(caller: &Caller, id: ClassId) -> Result<(ClassRow, TermRow), PageError> {
    let read = caller.read(move |tx, ctx| {
        let class = academics::class(tx, ctx, id)?;
        let term = academics::term(tx, ctx, class.term)?;
        Ok((class, term))
    });
    read.await.map_err(|error| caller.error(error))
}

/// `GET /classes/{id}/patterns/new`
pub(super) async fn new(caller: Caller, Path(id): Path<ClassId>) -> Result<Response, PageError> {
    let (class, term) = class_of(&caller, id).await?;
    let form = PatternForm {
        first_on: times::iso_date(term.starts_on),
        last_on: times::iso_date(term.ends_on),
        ..PatternForm::default()
    };
    Ok(render(&page(&caller, (&class, &term), None, form, Errors::default())))
}

fn page(
    caller: &Caller,
    (class, term): (&ClassRow, &TermRow),
    pattern: Option<PatternId>,
    form: PatternForm,
    errors: Errors,
) -> Page {
    let title = if pattern.is_some() { "Change a weekly meeting" } else { "Add a weekly meeting" };
    let mut shell = caller.shell(title);
    let name = format!("{} {}", class.course_code, class.section);
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{}", class.id), name),
        (format!("/classes/{}/timetable", class.id), "Timetable".to_owned()),
        (String::new(), title.to_owned()),
    ]);
    let days = [times::date_words(term.starts_on), times::date_words(term.ends_on)].join(" to ");
    Page {
        shell,
        action: pattern.map_or_else(
            || format!("/classes/{}/patterns", class.id),
            |pattern| format!("/patterns/{pattern}"),
        ),
        class: class.id,
        removal: pattern.map(|id| format!("/patterns/{id}/removal")).unwrap_or_default(),
        term: format!("{}: {days}", term.name),
        time_zone: caller.known.settings.time_zone.clone(),
        weekdays: Choice::list(Weekday::ALL.map(|day| (day.key(), day.label())), &form.weekday),
        form,
        errors,
    }
}

/// `POST /classes/{id}/patterns`
pub(super) async fn create(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<PatternForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::create_pattern(tx, ctx, id, &input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(_) => return Ok(back(id)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let (class, term) = class_of(&caller, id).await?;
    let page = page(&caller, (&class, &term), None, form, Errors::from_error(&error, ""));
    Ok((status(&error), render(&page)).into_response())
}

/// `GET /patterns/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<PatternId>) -> Result<Response, PageError> {
    let row = caller.read(move |tx, ctx| academics::pattern(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let (class, term) = class_of(&caller, row.class).await?;
    let form = PatternForm::of(&row);
    Ok(render(&page(&caller, (&class, &term), Some(id), form, Errors::default())))
}

/// `POST /patterns/{id}`
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<PatternId>,
    Form(mut form): Form<PatternForm>,
) -> Result<Response, PageError> {
    let seen = form.version;
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::change_pattern(tx, ctx, id, seen, &input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(class) => return Ok(back(class)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let row = caller.read(move |tx, ctx| academics::pattern(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let (class, term) = class_of(&caller, row.class).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = PatternForm::of(&row);
        form.version = now.version;
        let is = format!("{}, {} to {}", row.weekday.label(), now.starts_at, now.ends_at);
        errors = Errors::stale("pattern", &is);
    }
    let page = page(&caller, (&class, &term), Some(id), form, errors);
    Ok((status(&error), render(&page)).into_response())
}

/// `POST /patterns/{id}/removal`
pub(super) async fn end(caller: Caller, Path(id): Path<PatternId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| academics::end_pattern(tx, ctx, id)).await;
    Ok(back(done.map_err(|error| caller.error(error))?))
}

fn back(class: ClassId) -> Response {
    Redirect::to(&format!("/classes/{class}/timetable")).into_response()
}
