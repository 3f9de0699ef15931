//! The enrolment manager of a class: who could attend on one side, who attends on the other.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::tables::{self, Wanted};
use crate::times::query_value;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, Numbered};
use muster_app::{Ctx, Error, imports};
use muster_domain::academics::{EnrolmentStatus, RollOrder};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::imports::Kind;
use muster_domain::text::fold;
use muster_storage::WriteTx;
use muster_storage::candidates::{CandidateRow, Search};
use muster_storage::enrolment::{self, EnrolmentRow};
use serde::Deserialize;

/// Most students in the list of those who could attend.
const MOST: usize = 200;

#[derive(Template)]
#[template(path = "enrolment.html")]
struct Page {
    shell: Shell,
    id: ClassId,
    lede: String,
    archived: bool,
    filter: Filter,
    programmes: Vec<Choice>,
    candidates: Vec<Pick>,
    more: bool,
    active: Vec<Pick>,
    former: Vec<Former>,
    places: Vec<EnrolmentRow>,
    sections: Vec<Choice>,
    order: &'static str,
    numbering: Vec<Numbered>,
    numbers: String,
    errors: Errors,
}

/// Somebody who may be ticked.
struct Pick {
    person: PersonId,
    name: String,
    detail: String,
}

/// Somebody who attended.
struct Former {
    person: PersonId,
    name: String,
    number: String,
    status: &'static str,
}

/// What is looked for; it stays in the address.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    programme: String,
    year: String,
    semester: String,
    /// Numbers in this order are to be previewed.
    order: String,
    /// What was done, to be said above the page.
    done: String,
}

impl Filter {
    fn search(&self) -> Search {
        Search {
            text: self.q.clone(),
            programme: self.programme.parse().ok(),
            year: self.year.trim().parse().ok(),
            semester: self.semester.trim().parse().ok(),
            limit: i64::try_from(MOST + 1).unwrap_or(i64::MAX),
        }
    }

    fn query(&self) -> String {
        let [q, programme, year, semester] =
            [&self.q, &self.programme, &self.year, &self.semester].map(|text| query_value(text));
        format!("q={q}&programme={programme}&year={year}&semester={semester}")
    }
}

/// What was ticked, and the filter behind it.
#[derive(Default)]
struct Ticked {
    people: Vec<PersonId>,
    filter: Filter,
    to: String,
    status: String,
}

impl Ticked {
    fn of(pairs: Vec<(String, String)>) -> Self {
        let mut ticked = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "person" => ticked.people.extend(value.parse::<PersonId>()),
                "q" => ticked.filter.q = value,
                "programme" => ticked.filter.programme = value,
                "year" => ticked.filter.year = value,
                "semester" => ticked.filter.semester = value,
                "to" => ticked.to = value,
                "status" => ticked.status = value,
                _ => {}
            }
        }
        ticked
    }
}

/// `GET /classes/{id}/enrolment`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let sent = async {
            let kind = Kind::Enrolments;
            let read = caller.read(move |tx, ctx| imports::export(tx, ctx, kind, None, Some(id)));
            tables::sent_as(&caller, read.await?, kind.key().to_owned(), format).await
        };
        return sent.await.map_err(|error| caller.error(error));
    }
    Ok(render(&page(&caller, id, filter, Errors::default()).await?))
}

async fn page(
    caller: &Caller,
    id: ClassId,
    filter: Filter,
    errors: Errors,
) -> Result<Page, PageError> {
    let (search, order) = (filter.search(), RollOrder::from_key(&filter.order));
    let read = caller.read(move |tx, ctx| {
        let candidates = academics::candidates(tx, ctx, id, &search)?;
        let numbering = match order {
            Some(order) => academics::numbering(tx, ctx, id, order)?,
            None => Vec::new(),
        };
        let sections = academics::other_sections(tx, ctx, id)?;
        let class = academics::class(tx, ctx, id)?;
        let programmes = academics::programmes(tx, ctx)?;
        Ok((class, candidates, enrolment::roster(tx, id)?, sections, programmes, numbering))
    });
    let (class, mut candidates, roster, sections, programmes, mut numbering) =
        read.await.map_err(|error| caller.error(error))?;
    let more = candidates.len() > MOST;
    candidates.truncate(MOST);
    numbering.retain(|numbered| numbered.place.roll_number != numbered.roll_number);
    let mut shell = caller.shell("Enrolment");
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{id}"), format!("{} {}", class.course_code, class.section)),
        (String::new(), "Enrolment".to_owned()),
    ]);
    if !filter.done.is_empty() {
        let text = done_words(&filter.done);
        shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
    }
    let attends = |place: &&EnrolmentRow| place.status == EnrolmentStatus::Active;
    let wanted = fold(filter.q.trim());
    let found = |place: &&EnrolmentRow| {
        fold(&place.name).contains(&wanted) || fold(&place.number).starts_with(&wanted)
    };
    let codes = programmes.iter().filter(|row| row.archived_at.is_none());
    Ok(Page {
        shell,
        id,
        lede: format!("{} · {} · {}", class.course_name, class.section, class.term_name),
        archived: class.archived_at.is_some(),
        programmes: Choice::list(
            codes.map(|row| (row.id.to_string(), format!("{} · {}", row.code, row.name))),
            &filter.programme,
        ),
        candidates: candidates.iter().map(candidate).collect(),
        more,
        active: roster.iter().filter(attends).filter(found).map(attending).collect(),
        former: roster.iter().filter(|place| !attends(place)).map(former).collect(),
        places: roster.iter().filter(attends).cloned().collect(),
        sections: Choice::list(
            sections.iter().map(|row| (row.id.to_string(), format!("Section {}", row.section))),
            "",
        ),
        order: order.map(RollOrder::key).unwrap_or_default(),
        numbering,
        numbers: String::new(),
        filter,
        errors,
    })
}

fn done_words(done: &str) -> String {
    let (what, count) = done.split_once('-').unwrap_or((done, ""));
    let students = match count.parse::<usize>() {
        Ok(1) => "1 student".to_owned(),
        Ok(count) => format!("{count} students"),
        Err(_) => return "Saved.".to_owned(),
    };
    match what {
        "enrolled" => format!("{students} enrolled."),
        "withdrawn" => format!("{students} withdrawn. Their history stays."),
        "completed" => format!("{students} completed this class."),
        "moved" => format!("{students} moved to the other section."),
        "numbered" => format!("{students} got another roll number."),
        _ => "Saved.".to_owned(),
    }
}

fn candidate(row: &CandidateRow) -> Pick {
    let studies = [
        row.programme.clone(),
        row.year.map(|year| format!("year {year}")),
        row.semester.map(|semester| format!("semester {semester}")),
    ];
    let studies = studies.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let detail = if studies.is_empty() {
        row.number.clone()
    } else {
        format!("{} · {studies}", row.number)
    };
    Pick { person: row.person, name: row.name.clone(), detail }
}

fn attending(place: &EnrolmentRow) -> Pick {
    let unused = if place.in_use { "" } else { " · record not in use" };
    let detail = format!("Roll {} · {}{unused}", place.roll_number, place.number);
    Pick { person: place.person, name: place.name.clone(), detail }
}

fn former(place: &EnrolmentRow) -> Former {
    let status = match place.status {
        EnrolmentStatus::Completed => "Completed",
        EnrolmentStatus::Withdrawn | EnrolmentStatus::Active => "Withdrawn",
    };
    let (name, number) = (place.name.clone(), place.number.clone());
    Former { person: place.person, name, number, status }
}

/// `POST /classes/{id}/enrolment/additions`
pub(super) async fn add(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let Ticked { people, filter, .. } = Ticked::of(pairs);
    let done = act(&caller, move |tx, ctx| {
        academics::enrol_people(tx, ctx, id, &people)?;
        Ok(format!("enrolled-{}", people.len()))
    });
    let done = done.await;
    answer(&caller, id, filter, done).await
}

/// `POST /classes/{id}/enrolment/statuses`
pub(super) async fn set_status(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let Ticked { people, filter, status, .. } = Ticked::of(pairs);
    let done = act(&caller, move |tx, ctx| {
        let wrong = || Error::field("people", "Choose what becomes of them.");
        let status = EnrolmentStatus::from_key(&status).ok_or_else(wrong)?;
        academics::set_enrolments(tx, ctx, id, &people, status)?;
        let what = if status == EnrolmentStatus::Active { "enrolled" } else { status.key() };
        Ok(format!("{what}-{}", people.len()))
    });
    let done = done.await;
    answer(&caller, id, filter, done).await
}

/// `POST /classes/{id}/enrolment/transfer`
pub(super) async fn transfer(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(pairs): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let Ticked { people, filter, to, .. } = Ticked::of(pairs);
    let done = act(&caller, move |tx, ctx| {
        let to = to.parse().map_err(|_| Error::field("to", "Choose a section."))?;
        academics::transfer(tx, ctx, id, to, &people)?;
        Ok(format!("moved-{}", people.len()))
    });
    let done = done.await;
    answer(&caller, id, filter, done).await
}

#[derive(Deserialize)]
pub(super) struct NumberForm {
    order: String,
}

/// `POST /classes/{id}/enrolment/numbering`
pub(super) async fn number(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<NumberForm>,
) -> Result<Response, PageError> {
    let done = act(&caller, move |tx, ctx| {
        let wrong = || Error::field("order", "Choose an order.");
        let order = RollOrder::from_key(&form.order).ok_or_else(wrong)?;
        Ok(format!("numbered-{}", academics::number_in_order(tx, ctx, id, order)?))
    });
    let done = done.await;
    answer(&caller, id, Filter::default(), done).await
}

/// Numbers of students, one a line.
#[derive(Deserialize)]
pub(super) struct NumbersForm {
    numbers: String,
}

/// `POST /classes/{id}/enrolments`
pub(super) async fn enrol(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(form): Form<NumbersForm>,
) -> Result<Response, PageError> {
    let numbers: Vec<String> = form.numbers.lines().map(str::to_owned).collect();
    let done = act(&caller, move |tx, ctx| {
        let made = academics::enrol_numbers(tx, ctx, id, &numbers)?;
        Ok(format!("enrolled-{}", made.len()))
    });
    match done.await {
        Err(error @ Error::Invalid(_)) => {
            let errors = Errors::from_error(&error, "");
            let mut page = page(&caller, id, Filter::default(), errors).await?;
            page.numbers = form.numbers;
            Ok((status(&error), render(&page)).into_response())
        }
        done => answer(&caller, id, Filter::default(), done).await,
    }
}

#[derive(Deserialize)]
pub(super) struct RollForm {
    #[serde(default)]
    roll_number: String,
}

/// `POST /classes/{id}/enrolments/{person}/roll-number`
pub(super) async fn renumber(
    caller: Caller,
    Path((id, person)): Path<(ClassId, PersonId)>,
    Form(form): Form<RollForm>,
) -> Result<Response, PageError> {
    let done = act(&caller, move |tx, ctx| {
        academics::change_roll_number(tx, ctx, id, person, &form.roll_number)?;
        Ok("numbered-1".to_owned())
    });
    let done = done.await;
    answer(&caller, id, Filter::default(), done).await
}

async fn act(
    caller: &Caller,
    action: impl Fn(&mut WriteTx<'_>, &Ctx) -> muster_app::Result<String> + Send + 'static,
) -> Result<String, Error> {
    caller.write(action).await
}

/// Back to the lists as they were filtered, or the page again with what is wrong.
async fn answer(
    caller: &Caller,
    id: ClassId,
    filter: Filter,
    done: Result<String, Error>,
) -> Result<Response, PageError> {
    let error = match done {
        Ok(done) => {
            let to = format!("/classes/{id}/enrolment?{}&done={done}", filter.query());
            return Ok(Redirect::to(&to).into_response());
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = page(caller, id, filter, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}
