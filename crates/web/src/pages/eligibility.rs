//! Who of a class or a programme is eligible for an assessment, and issuing dockets to all of them.

use super::batch::BatchItem;
use super::finance::term_choices;
use super::form::{Choice, Errors};
use super::look::Tab;
use super::shell::Shell;
use super::sittings::{assessment_choices, tabs};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, text};
use crate::tables::{listed, sheet};
use crate::times::{list_address, moment};
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::dockets::{self, Batch, Group, GroupEligibility, StudentEligibility};
use muster_app::sittings::{self, Schedule};
use muster_app::{Ctx, Error};
use muster_documents::xlsx::Kind;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{AssessmentId, DocketId, PersonId, TermId};
use muster_storage::ReadTx;
use serde::Deserialize;

/// Students on one page.
const PAGE: usize = 50;
/// Students in one file.
const MOST: usize = 100_000;

#[derive(Template)]
#[template(path = "eligibility.html")]
struct Page {
    shell: Shell,
    tabs: Vec<Tab>,
    wanted: Wanted,
    query: String,
    terms: Vec<Choice>,
    assessments: Vec<Choice>,
    programmes: Vec<Choice>,
    /// The assessment that is meant; empty before there is any.
    code: String,
    active: bool,
    found: Option<Found>,
    batches: Vec<BatchItem>,
    may_issue: bool,
    errors: Errors,
}

/// The students of a group.
struct Found {
    group: String,
    total: usize,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    person: PersonId,
    name: String,
    number: String,
    reasons: Vec<String>,
    docket: Option<DocketId>,
    issued: String,
}

#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Wanted {
    term: String,
    assessment: String,
    class: String,
    programme: String,
    year: String,
    from: usize,
    format: String,
}

impl Wanted {
    fn query(&self) -> String {
        let Self { term, assessment, class, programme, year, .. } = self;
        let parts = [
            ("term", term),
            ("assessment", assessment),
            ("class", class),
            ("programme", programme),
            ("year", year),
        ];
        list_address("/eligibility", parts)
    }

    /// The group that is meant; none if none is named.
    fn group(&self, tx: &mut ReadTx<'_>, ctx: &Ctx, term: TermId) -> Result<Option<Group>, Error> {
        if !self.class.trim().is_empty() {
            let class = sittings::class_named(tx, ctx, term, &self.class)?;
            return Ok(Some(Group::Class(class)));
        }
        let year = self.year.trim();
        let year = if year.is_empty() { None } else { Some(year.parse()) };
        let year = year.transpose().map_err(|_| Error::field("year", "This is a number."))?;
        Ok(self.programme.parse().ok().map(|programme| Group::Programme(programme, year)))
    }
}

/// `GET /eligibility`
pub(super) async fn show(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = Format::parse(&wanted.format) {
        return file(&caller, wanted, format).await;
    }
    match page(&caller, wanted.clone(), Errors::default()).await {
        Ok(page) => Ok(render(&page)),
        Err(error @ Error::Invalid(_)) => {
            let errors = Errors::from_error(&error, "");
            let bare = Wanted { class: String::new(), programme: String::new(), ..wanted.clone() };
            let page = page(&caller, bare, errors).await.map_err(|error| caller.error(error))?;
            let page = Page { wanted, ..page };
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

type Read = (Schedule, Option<GroupEligibility>, Vec<Batch>);

fn read(tx: &mut ReadTx<'_>, ctx: &Ctx, wanted: &Wanted, limit: usize) -> Result<Read, Error> {
    let filter = sittings::Filter {
        term: wanted.term.parse().ok(),
        assessment: wanted.assessment.parse().ok(),
        course: String::new(),
        from: None,
        until: None,
        after: None,
        limit: 0,
    };
    let schedule = sittings::schedule(tx, ctx, &filter)?;
    let Some(assessment) = schedule.assessment.as_ref() else {
        return Ok((schedule, None, Vec::new()));
    };
    let (id, term) = (assessment.id, assessment.term);
    let found = match wanted.group(tx, ctx, term)? {
        Some(group) => Some(dockets::group_eligibility(tx, ctx, id, group, (wanted.from, limit))?),
        None => None,
    };
    let may_issue = ctx.need(Permission::IssueDockets, Target::Institution).is_ok();
    let batches = if may_issue { dockets::batches(tx, ctx, id)? } else { Vec::new() };
    Ok((schedule, found, batches))
}

async fn page(caller: &Caller, wanted: Wanted, errors: Errors) -> Result<Page, Error> {
    let asked = wanted.clone();
    let read = caller.read(move |tx, ctx| {
        // Not everybody who may see dockets may look at the curriculum: programmes are no secret.
        let programmes = muster_storage::programmes::programmes(tx)?;
        Ok((read(tx, ctx, &asked, PAGE)?, programmes))
    });
    let ((schedule, found, batches), programmes) = read.await?;
    let query = wanted.query();
    let named = programmes.into_iter().filter(|row| row.archived_at.is_none());
    let named = named.map(|row| (row.id.to_string(), row.code));
    let Schedule { terms, term, assessments, assessment, .. } = schedule;
    let chosen = assessment.as_ref();
    Ok(Page {
        shell: caller.shell("Dockets"),
        tabs: tabs(caller, "/eligibility"),
        terms: term_choices(terms, term.map(|term| term.id)),
        assessments: assessment_choices(&assessments, chosen.map(|row| row.id)),
        programmes: Choice::list(named, &wanted.programme),
        code: chosen.map(|row| row.code.clone()).unwrap_or_default(),
        active: chosen.is_some_and(|row| row.active),
        found: found.map(|found| shown(caller, found, &query, wanted.from)),
        batches: batches.into_iter().map(|batch| batch_item(caller, batch)).collect(),
        may_issue: caller.ctx.need(Permission::IssueDockets, Target::Institution).is_ok(),
        wanted: Wanted {
            assessment: chosen.map(|row| row.id.to_string()).unwrap_or_default(),
            term: chosen.map(|row| row.term.to_string()).unwrap_or_default(),
            ..wanted
        },
        query: format!("{query}&"),
        errors,
    })
}

fn shown(caller: &Caller, found: GroupEligibility, query: &str, from: usize) -> Found {
    let GroupEligibility { name, total, students, .. } = found;
    let next = from + PAGE;
    let item = |one: StudentEligibility| {
        let at = one.docket.as_ref().map(|row| moment(&caller.known.settings, row.issued_at));
        Item {
            person: one.person.id,
            name: one.person.name,
            number: one.person.number,
            reasons: one.reasons,
            docket: one.docket.map(|row| row.id),
            issued: at.unwrap_or_default(),
        }
    };
    Found {
        group: name,
        total,
        items: students.into_iter().map(item).collect(),
        first: if from > 0 { query.to_owned() } else { String::new() },
        next: if next < total { format!("{query}&from={next}") } else { String::new() },
    }
}

fn batch_item(caller: &Caller, batch: Batch) -> BatchItem {
    let Batch { row, group, .. } = batch;
    let state = format!("{} issued, {} had it, {} not eligible", row.issued, row.kept, row.refused);
    BatchItem::of(caller, &row, group, state)
}

async fn file(caller: &Caller, wanted: Wanted, format: Format) -> Result<Response, PageError> {
    let wanted = Wanted { from: 0, ..wanted };
    let read = caller.read(move |tx, ctx| read(tx, ctx, &wanted, MOST));
    let (_, found, _) = read.await.map_err(|error| caller.error(error))?;
    let found = found.ok_or_else(|| caller.error(Error::NotFound))?;
    let columns = [
        ("Number", 14, Kind::Text),
        ("Name", 28, Kind::Text),
        ("Eligible", 10, Kind::Text),
        ("Why not", 60, Kind::Text),
        ("Docket issued", 20, Kind::Text),
    ];
    let row = |one: StudentEligibility| {
        let at = one.docket.map(|row| moment(&caller.known.settings, row.issued_at));
        let eligible = if one.reasons.is_empty() { "yes" } else { "no" };
        [
            text(one.person.number),
            text(one.person.name),
            text(eligible),
            text(one.reasons.join(" ")),
            text(at.unwrap_or_default()),
        ]
    };
    let name = format!("Eligibility {} {}", found.assessment.code, found.name);
    listed(caller, format, sheet(name, columns, found.students.into_iter().map(row))).await
}

/// `POST /docket-batches`
pub(super) async fn begin(
    caller: Caller,
    Form(wanted): Form<Wanted>,
) -> Result<Response, PageError> {
    let asked = wanted.clone();
    let write = caller.write(move |tx, ctx| {
        let missing = || Error::field("assessment", "Choose an assessment.");
        let id: AssessmentId = asked.assessment.parse().map_err(|_| missing())?;
        let term: TermId = asked.term.parse().map_err(|_| missing())?;
        let group = asked.group(tx, ctx, term)?;
        let group = group.ok_or_else(|| Error::field("class", "Name a class or a programme."))?;
        dockets::begin_batch(tx, ctx, id, group)
    });
    let error = match write.await {
        Ok(id) => {
            caller.app.wake_issuer();
            return Ok(Redirect::to(&format!("/docket-batches/{id}")).into_response());
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let errors = Errors::from_error(&error, "");
    let bare = Wanted { class: String::new(), programme: String::new(), ..wanted.clone() };
    let page = page(&caller, bare, errors).await.map_err(|error| caller.error(error))?;
    Ok((status(&error), render(&Page { wanted, ..page })).into_response())
}
