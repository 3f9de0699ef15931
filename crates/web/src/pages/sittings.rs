//! Sittings of an assessment: their list, and adding one.

use super::finance::term_choices;
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment, text};
use crate::tables::{listed, sheet};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::sittings::{self, Filter, Schedule, SittingInput};
use muster_app::zone::Zone;
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, SittingId, TermId};
use muster_domain::time::{Date, Timestamp};
use muster_storage::assessments::AssessmentRow;
use muster_storage::sittings::SittingRow;
use serde::Deserialize;
use std::collections::HashMap;

/// Sittings on one page.
const PAGE: usize = 50;
/// Sittings in one file.
const MOST: i64 = 100_000;

#[derive(Template)]
#[template(path = "sittings.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    query: String,
    term: String,
    terms: Vec<Choice>,
    assessments: Vec<Choice>,
    /// The assessment whose sittings these are; empty before there is any.
    chosen: String,
    may_see_dockets: bool,
    search: Search,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    id: SittingId,
    course: String,
    name: String,
    day: String,
    time: String,
    rooms: String,
    /// How many students sit another one at the same time; empty if nobody does.
    clashes: String,
}

/// Whether the person may change sittings, not only read them.
pub(super) fn may_manage(caller: &Caller) -> bool {
    caller.ctx.need(Permission::ManageSittings, Target::Institution).is_ok()
}

/// The pages of exams that the person may open.
pub(super) fn tabs(caller: &Caller, current: &str) -> Vec<Tab> {
    let pages = [
        (Permission::ViewSittings, "/sittings", "Sittings"),
        (Permission::ViewDockets, "/eligibility", "Dockets"),
        (Permission::ManageHolds, "/holds", "Holds"),
        (Permission::ViewFinance, "/assessments", "Assessments"),
    ];
    let may = |permission| caller.ctx.assessments(permission).is_ok();
    let pages = pages.into_iter().filter(|(permission, ..)| may(*permission));
    let tab = |(_, href, label): (Permission, &str, &str)| Tab {
        href: href.to_owned(),
        label: label.to_owned(),
        count: String::new(),
        current: href == current,
    };
    pages.map(tab).collect()
}

/// The assessments of a term to choose from.
pub(super) fn assessment_choices(
    rows: &[AssessmentRow],
    chosen: Option<AssessmentId>,
) -> Vec<Choice> {
    let chosen = chosen.map(|id| id.to_string()).unwrap_or_default();
    let label = |row: &AssessmentRow| {
        let active = if row.active { ", active" } else { "" };
        format!("{}{active}", row.code)
    };
    Choice::list(rows.iter().map(|row| (row.id.to_string(), label(row))), &chosen)
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Search {
    term: String,
    assessment: String,
    course: String,
    from: String,
    until: String,
    after: String,
    format: String,
}

impl Search {
    fn query(&self) -> String {
        let Self { term, assessment, course, from, until, .. } = self;
        let parts = [
            ("term", term),
            ("assessment", assessment),
            ("course", course),
            ("from", from),
            ("until", until),
        ];
        times::list_address("/sittings", parts)
    }

    fn filter(&self, caller: &Caller, limit: i64) -> Filter {
        let zone = Zone::of(&caller.known.settings);
        Filter {
            term: self.term.parse().ok(),
            assessment: self.assessment.parse().ok(),
            course: self.course.clone(),
            from: times::parse_date(&self.from).map(|day| zone.start(day)),
            until: times::parse_date(&self.until).map(|day| zone.start(Date(day.0 + 1))),
            after: self.after.parse().ok(),
            limit,
        }
    }
}

/// `GET /sittings`
pub(super) async fn list(
    caller: Caller,
    Query(search): Query<Search>,
) -> Result<Response, PageError> {
    let format = Format::parse(&search.format);
    let page = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let filter = search.filter(&caller, if format.is_some() { MOST } else { page });
    let read = caller.read(move |tx, ctx| sittings::schedule(tx, ctx, &filter));
    let schedule = read.await.map_err(|error| caller.error(error))?;
    if let Some(format) = format {
        return file(&caller, schedule, format).await;
    }
    let Schedule { terms, term, assessments, assessment, mut rows, clashes } = schedule;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let query = search.query();
    let last = rows.last().filter(|_| more).map(|row| row.id);
    Ok(render(&ListPage {
        shell: caller.shell("Sittings"),
        tabs: tabs(&caller, "/sittings"),
        may_manage: may_manage(&caller),
        terms: term_choices(terms, term.as_ref().map(|term| term.id)),
        term: term.map(|term| term.id.to_string()).unwrap_or_default(),
        assessments: assessment_choices(&assessments, assessment.as_ref().map(|row| row.id)),
        chosen: assessment.map(|row| row.id.to_string()).unwrap_or_default(),
        may_see_dockets: caller.ctx.need(Permission::ViewDockets, Target::Institution).is_ok(),
        first: if search.after.is_empty() { String::new() } else { query.clone() },
        next: last.map(|last| format!("{query}&after={last}")).unwrap_or_default(),
        items: rows.into_iter().map(|row| item(&caller, row, &clashes)).collect(),
        query: format!("{query}&"),
        search,
    }))
}

fn item(caller: &Caller, row: SittingRow, clashes: &HashMap<SittingId, i64>) -> Item {
    let clashes = match clashes.get(&row.id) {
        None => String::new(),
        Some(1) => "1 student".to_owned(),
        Some(many) => format!("{many} students"),
    };
    Item {
        id: row.id,
        course: format!("{} {}", row.course_code, row.section),
        day: day(caller, row.starts_at),
        time: span(caller, (row.starts_at, row.ends_at)),
        clashes,
        name: row.course_name,
        rooms: row.rooms,
    }
}

/// `Mon 2 Mar 2026`.
pub(super) fn day(caller: &Caller, at: Timestamp) -> String {
    times::local(&caller.known.settings, at, "%a %-d %b %Y")
}

/// `10:00–13:00`.
pub(super) fn span(caller: &Caller, (starts_at, ends_at): (Timestamp, Timestamp)) -> String {
    let clock = |at| times::clock(&caller.known.settings, at);
    format!("{}–{}", clock(starts_at), clock(ends_at))
}

async fn file(caller: &Caller, schedule: Schedule, format: Format) -> Result<Response, PageError> {
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Assessment", 12, Kind::Text),
        ("Course", 12, Kind::Text),
        ("Name", 30, Kind::Text),
        ("Section", 10, Kind::Text),
        ("Start", 18, Kind::DateTime),
        ("End", 18, Kind::DateTime),
        ("Rooms", 30, Kind::Text),
        ("Students with a clash", 12, Kind::Integer),
    ];
    let Schedule { rows, clashes, .. } = schedule;
    let row = |row: SittingRow| {
        [
            text(row.assessment_code),
            text(row.course_code),
            text(row.course_name),
            text(row.section),
            moment(&zone, row.starts_at),
            moment(&zone, row.ends_at),
            text(row.rooms),
            Cell::Integer(clashes.get(&row.id).copied().unwrap_or_default()),
        ]
    };
    listed(caller, format, sheet("Sittings", columns, rows.into_iter().map(row))).await
}

/// A sitting as typed, in the institution's time.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SittingForm {
    pub version: i64,
    pub term: String,
    pub assessment: String,
    pub class: String,
    pub day: String,
    pub starts_at: String,
    pub ends_at: String,
    pub rooms: String,
}

impl SittingForm {
    pub fn of(caller: &Caller, row: &SittingRow) -> Self {
        let settings = &caller.known.settings;
        Self {
            version: row.version,
            day: times::local(settings, row.starts_at, "%Y-%m-%d"),
            starts_at: times::clock(settings, row.starts_at),
            ends_at: times::clock(settings, row.ends_at),
            rooms: row.rooms.clone(),
            ..Self::default()
        }
    }

    /// When and where it is: an end before the start is on the day after.
    pub fn input(&self, caller: &Caller) -> Result<SittingInput, Error> {
        let typed = [&self.day, &self.starts_at, &self.ends_at].map(String::as_str);
        let (starts_at, ends_at) = times::typed_span(&caller.known.settings, typed)?;
        Ok(SittingInput { starts_at, ends_at, rooms: self.rooms.clone() })
    }
}

#[derive(Template)]
#[template(path = "sitting_new.html")]
struct NewPage {
    shell: Shell,
    form: SittingForm,
    assessments: Vec<Choice>,
    time_zone: String,
    errors: Errors,
}

/// `GET /sittings/new`
pub(super) async fn new(
    caller: Caller,
    Query(form): Query<SittingForm>,
) -> Result<Response, PageError> {
    new_page(&caller, form, Errors::default()).await
}

async fn new_page(
    caller: &Caller,
    mut form: SittingForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let search = Search {
        term: form.term.clone(),
        assessment: form.assessment.clone(),
        ..Search::default()
    };
    let filter = search.filter(caller, 1);
    let read = caller.read(move |tx, ctx| sittings::schedule(tx, ctx, &filter));
    let schedule = read.await.map_err(|error| caller.error(error))?;
    let Schedule { term: Some(term), assessments, assessment, .. } = schedule else {
        return Ok(Redirect::to("/sittings").into_response());
    };
    form.term = term.id.to_string();
    let mut shell = caller.shell(format!("Add a sitting in {}", term.name));
    shell.crumbs = crumbs([
        ("/sittings".to_owned(), "Sittings".to_owned()),
        (String::new(), "Add a sitting".to_owned()),
    ]);
    Ok(render(&NewPage {
        shell,
        assessments: assessment_choices(&assessments, assessment.map(|row| row.id)),
        time_zone: caller.known.settings.time_zone.clone(),
        form,
        errors,
    }))
}

/// `POST /sittings`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<SittingForm>,
) -> Result<Response, PageError> {
    let typed = form.clone();
    let assessment = form.assessment.parse::<AssessmentId>();
    let term = form.term.parse::<TermId>();
    let done = match (form.input(&caller), assessment, term) {
        (Ok(input), Ok(assessment), Ok(term)) => {
            let write = caller.write(move |tx, ctx| {
                let class = sittings::class_named(tx, ctx, term, &typed.class)?;
                sittings::create(tx, ctx, (assessment, class), &input)
            });
            write.await
        }
        (Err(error), ..) => Err(error),
        _ => Err(Error::field("assessment", "Choose an assessment.")),
    };
    let error = match done {
        Ok(id) => return Ok(Redirect::to(&format!("/sittings/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = new_page(&caller, form, Errors::from_error(&error, "class")).await?;
    Ok((status(&error), page).into_response())
}
