//! Announcements: the list, one to read, and making one.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::announcements::{self, AnnouncementInput};
use muster_app::zone::Zone;
use muster_app::{Error, FieldError};
use muster_documents::markdown;
use muster_domain::announcements::{Audience, Stage};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AnnouncementId, ClassId};
use muster_domain::time::Date;
use muster_storage::announcements::AnnouncementRow;
use serde::Deserialize;

/// Announcements on one page.
const PAGE: usize = 30;
/// How long an announcement shows if nobody says otherwise, in days.
const USUAL: i64 = 14;

/// An announcement as pages show it.
pub(super) struct Item {
    pub id: AnnouncementId,
    pub title: String,
    /// HTML that is safe.
    pub text: String,
    pub audience: String,
    pub author: String,
    pub at: String,
    pub at_words: String,
    pub days: String,
    pub pinned: bool,
    pub stage: &'static str,
}

impl Item {
    pub fn of(caller: &Caller, row: AnnouncementRow) -> Self {
        let settings = &caller.known.settings;
        let today = Zone::of(settings).date(caller.ctx.now());
        let words = times::date_words;
        Self {
            id: row.id,
            text: markdown::to_html(&row.text),
            audience: audience(&row),
            stage: Stage::on(today, row.first_on, row.last_on, row.ended_at.is_some()).key(),
            days: format!("{} to {}", words(row.first_on), words(row.last_on)),
            at: times::rfc3339(row.created_at),
            at_words: times::moment(settings, row.created_at),
            title: row.title,
            author: row.author_name,
            pinned: row.pinned,
        }
    }
}

/// To whom an announcement is made, in words.
fn audience(row: &AnnouncementRow) -> String {
    match (&row.course_name, &row.programme_name) {
        (Some(course), _) => {
            let code = row.course_code.as_deref().unwrap_or_default();
            format!("{course}, {code} · {}", row.section.as_deref().unwrap_or_default())
        }
        (None, Some(programme)) => programme.clone(),
        (None, None) => "Everybody".to_owned(),
    }
}

#[derive(Template)]
#[template(path = "announcements.html")]
struct ListPage {
    shell: Shell,
    may_announce: bool,
    items: Vec<Item>,
    first: String,
    next: String,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    after: String,
}

/// `GET /announcements`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let after = filter.after.parse::<AnnouncementId>().ok();
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let read = caller.read(move |tx, ctx| announcements::list(tx, ctx, after, limit));
    let mut rows = read.await.map_err(|error| caller.error(error))?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let last = rows.last().filter(|_| more);
    let next = last.map(|last| format!("/announcements?after={}", last.id)).unwrap_or_default();
    Ok(render(&ListPage {
        shell: caller.shell("Announcements"),
        may_announce: somewhere(&caller),
        first: after.map_or_else(String::new, |_| "/announcements".to_owned()),
        next,
        items: rows.into_iter().map(|row| Item::of(&caller, row)).collect(),
    }))
}

fn somewhere(caller: &Caller) -> bool {
    caller.who.as_ref().is_some_and(|who| who.actor.may_somewhere(Permission::Announce))
}

/// An announcement as typed.
#[derive(Clone, Default, Deserialize)]
pub(crate) struct AnnouncementForm {
    /// `institution`, `programme/ID` or `class/ID`.
    #[serde(default)]
    pub audience: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub text: String,
    #[serde(default)]
    pub first_on: String,
    #[serde(default)]
    pub last_on: String,
    #[serde(default)]
    pub pinned: bool,
    #[serde(default)]
    pub version: i64,
    /// `preview`, or nothing.
    #[serde(default)]
    pub step: String,
}

impl AnnouncementForm {
    pub fn of(row: &AnnouncementRow) -> Self {
        Self {
            audience: key(row.audience()),
            title: row.title.clone(),
            text: row.text.clone(),
            first_on: times::iso_date(row.first_on),
            last_on: times::iso_date(row.last_on),
            pinned: row.pinned,
            version: row.version,
            step: String::new(),
        }
    }

    /// The announcement, or what can't be read; without a last day it shows for two weeks.
    pub fn input(&self) -> Result<AnnouncementInput, Error> {
        let first = times::parse_date(&self.first_on);
        let usual = first.map(|first| Date(first.0 + USUAL));
        let typed = !self.last_on.trim().is_empty();
        let last = if typed { times::parse_date(&self.last_on) } else { usual };
        let audience = parse(&self.audience);
        let (Some(first_on), Some(last_on), Some(audience)) = (first, last, audience) else {
            let day = "Enter a day, for example 2026-12-25.";
            let wrong = [
                ("audience", audience.is_none(), "Choose to whom this is announced."),
                ("first_on", first.is_none(), day),
                ("last_on", typed && last.is_none(), day),
            ];
            let wrong = wrong.into_iter().filter(|(_, wrong, _)| *wrong);
            let error =
                |(field, _, detail): (_, _, &str)| FieldError { field, detail: detail.into() };
            return Err(Error::Invalid(wrong.map(error).collect()));
        };
        let (title, text) = (self.title.clone(), self.text.clone());
        Ok(AnnouncementInput { audience, title, text, first_on, last_on, pinned: self.pinned })
    }
}

/// The audience as a form or a program names it.
fn parse(text: &str) -> Option<Audience> {
    match text.split_once('/') {
        None if text == "institution" => Some(Audience::Institution),
        Some(("programme", id)) => id.parse().ok().map(Audience::Programme),
        Some(("class", id)) => id.parse().ok().map(Audience::Class),
        _ => None,
    }
}

fn key(audience: Audience) -> String {
    match audience {
        Audience::Institution => "institution".to_owned(),
        Audience::Programme(id) => format!("programme/{id}"),
        Audience::Class(id) => format!("class/{id}"),
    }
}

#[derive(Template)]
#[template(path = "announcement_new.html")]
struct NewPage {
    shell: Shell,
    form: AnnouncementForm,
    audiences: Vec<Choice>,
    preview: String,
    errors: Errors,
}

#[derive(Deserialize)]
pub(super) struct Meant {
    #[serde(default)]
    class: String,
}

/// `GET /announcements/new`
pub(super) async fn new(caller: Caller, Query(meant): Query<Meant>) -> Result<Response, PageError> {
    let today = Zone::of(&caller.known.settings).date(caller.ctx.now());
    let class = meant.class.parse::<ClassId>().ok();
    let form = AnnouncementForm {
        audience: class.map(|class| key(Audience::Class(class))).unwrap_or_default(),
        first_on: times::iso_date(today),
        last_on: times::iso_date(Date(today.0 + USUAL)),
        ..AnnouncementForm::default()
    };
    new_page(&caller, form, Errors::default()).await
}

async fn new_page(
    caller: &Caller,
    form: AnnouncementForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let mut shell = caller.shell("New announcement");
    shell.crumbs = crumbs([
        ("/announcements".to_owned(), "Announcements".to_owned()),
        (String::new(), "New announcement".to_owned()),
    ]);
    let audiences = choices(caller, &form.audience).await?;
    let preview = preview(&form);
    Ok(render(&NewPage { shell, form, audiences, preview, errors }))
}

/// What the text comes to, where that was asked for.
fn preview(form: &AnnouncementForm) -> String {
    if form.step == "preview" { markdown::to_html(&form.text) } else { String::new() }
}

/// To whom the person may announce, and the class that they came from.
async fn choices(caller: &Caller, selected: &str) -> Result<Vec<Choice>, PageError> {
    let chosen = match parse(selected) {
        Some(Audience::Class(class)) => Some(class),
        _ => None,
    };
    let read = caller.read(move |tx, ctx| {
        let (programmes, mut classes) = announcements::audiences(tx, ctx)?;
        if let Some(class) = chosen.filter(|id| classes.iter().all(|class| class.id != *id)) {
            classes.extend(muster_app::academics::class(tx, ctx, class).ok());
        }
        Ok((programmes, classes))
    });
    let (programmes, classes) = read.await.map_err(|error| caller.error(error))?;
    let all = caller.ctx.need(Permission::Announce, Target::Institution).is_ok();
    let everybody = all.then(|| (key(Audience::Institution), "Everybody".to_owned()));
    let programmes = programmes
        .into_iter()
        .map(|row| (key(Audience::Programme(row.id)), format!("Students of {}", row.name)));
    let classes = classes.into_iter().map(|row| {
        let name = format!("{}, {} · {}", row.course_name, row.course_code, row.section);
        (key(Audience::Class(row.id)), name)
    });
    Ok(Choice::list(everybody.into_iter().chain(programmes).chain(classes), selected))
}

/// `POST /announcements`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<AnnouncementForm>,
) -> Result<Response, PageError> {
    if form.step == "preview" {
        return new_page(&caller, form, Errors::default()).await;
    }
    let done = match form.input() {
        Ok(input) => caller.write(move |tx, ctx| announcements::make(tx, ctx, &input)).await,
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(id) => return Ok(Redirect::to(&format!("/announcements/{id}")).into_response()),
        Err(error @ Error::Forbidden) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = new_page(&caller, form, Errors::from_error(&error, "")).await?;
    Ok((status(&error), page).into_response())
}

#[derive(Template)]
#[template(path = "announcement.html")]
struct Page {
    shell: Shell,
    item: Item,
    /// For whoever may change it and while it is not ended.
    manage: Option<Manage>,
}

struct Manage {
    form: AnnouncementForm,
    audiences: Vec<Choice>,
    preview: String,
    errors: Errors,
}

/// `GET /announcements/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<AnnouncementId>,
) -> Result<Response, PageError> {
    page(&caller, id, None, Errors::default()).await
}

async fn page(
    caller: &Caller,
    id: AnnouncementId,
    typed: Option<AnnouncementForm>,
    errors: Errors,
) -> Result<Response, PageError> {
    let row = caller.read(move |tx, ctx| announcements::get(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(row.title.clone());
    shell.crumbs = crumbs([
        ("/announcements".to_owned(), "Announcements".to_owned()),
        (String::new(), row.title.clone()),
    ]);
    let may = caller.ctx.need(Permission::Announce, row.audience().target()).is_ok();
    let manage = if may && row.ended_at.is_none() {
        let form = typed.unwrap_or_else(|| AnnouncementForm::of(&row));
        let audiences = choices(caller, &form.audience).await?;
        Some(Manage { preview: preview(&form), form, audiences, errors })
    } else {
        None
    };
    Ok(render(&Page { shell, item: Item::of(caller, row), manage }))
}

/// `POST /announcements/{id}`: one that somebody else changed meanwhile is shown as it is now,
/// beside what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<AnnouncementId>,
    Form(mut form): Form<AnnouncementForm>,
) -> Result<Response, PageError> {
    if form.step == "preview" {
        return page(&caller, id, Some(form), Errors::default()).await;
    }
    let seen = form.version;
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| announcements::change(tx, ctx, id, seen, &input)).await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/announcements/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let row = caller.read(move |tx, ctx| announcements::get(tx, ctx, id)).await;
        let row = row.map_err(|error| caller.error(error))?;
        form.version = row.version;
        errors = Errors::stale("announcement", &row.title);
    }
    let page = page(&caller, id, Some(form), errors).await?;
    Ok((status(&error), page).into_response())
}

/// `POST /announcements/{id}/ending`
pub(super) async fn end(
    caller: Caller,
    Path(id): Path<AnnouncementId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| announcements::end(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/announcements").into_response())
}
