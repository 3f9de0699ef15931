//! The page of a docket, to be shown or printed.

use super::documents::logo_address;
use super::form::Errors;
use super::frame::crumbs;
use super::look::initials;
use super::pass::image;
use super::shell::Shell;
use super::sittings::{day, span};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::dockets::{self, Paper, Sheet};
use muster_documents::qr::{self, Correction};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::DocketId;

#[derive(Template)]
#[template(path = "docket.html")]
struct Page {
    shell: Shell,
    id: DocketId,
    sheet: View,
    may_issue: bool,
    errors: Errors,
}

/// What stands on a docket.
pub(super) struct View {
    pub institution: String,
    /// Address of the logo, or empty.
    pub logo: String,
    pub faculty: String,
    pub programme: String,
    pub code: String,
    pub assessment: String,
    pub term: String,
    pub issued: String,
    pub issue: i64,
    pub name: String,
    pub number: String,
    pub initials: String,
    pub photo: String,
    pub papers: Vec<PaperView>,
    pub holds: Vec<String>,
    /// SVG that is safe; empty while the docket admits nobody.
    pub svg: String,
    /// The docket's number.
    pub readable: String,
}

/// A line of a docket.
pub(super) struct PaperView {
    pub code: String,
    pub name: String,
    pub day: String,
    pub time: String,
    pub venue: String,
    pub clashes: bool,
}

impl View {
    pub fn of(caller: &Caller, sheet: Sheet, logo: &str) -> Self {
        let settings = &caller.known.settings;
        let photo = sheet.has_photo.then(|| format!("/people/{}/photo", sheet.person.id));
        let drawn = sheet.drawn.as_ref();
        let image = drawn.and_then(|drawn| image(caller, drawn, Correction::Medium));
        let holds = sheet.stops();
        let programme = sheet.studies.programme_name.or(sheet.person.programme);
        Self {
            institution: settings.institution.clone(),
            logo: logo.to_owned(),
            faculty: sheet.faculty.unwrap_or_default(),
            programme: programme.unwrap_or_default(),
            code: sheet.assessment.code,
            assessment: sheet.assessment.name,
            term: sheet.term.name,
            issued: times::moment(settings, sheet.docket.issued_at),
            issue: sheet.docket.issue,
            initials: initials(&sheet.person.name),
            name: sheet.person.name,
            number: sheet.person.number,
            photo: photo.unwrap_or_default(),
            papers: sheet.papers.into_iter().map(|paper| PaperView::of(caller, paper)).collect(),
            holds,
            svg: image.map(|image| qr::to_svg(&image, 4)).unwrap_or_default(),
            readable: drawn.map(|drawn| drawn.code.to_string()).unwrap_or_default(),
        }
    }

    /// Whether two of the exams are at the same time.
    fn clashes(&self) -> bool {
        self.papers.iter().any(|paper| paper.clashes)
    }
}

impl PaperView {
    fn of(caller: &Caller, paper: Paper) -> Self {
        let sitting = paper.sitting.as_ref();
        let words = |words: Option<String>| words.unwrap_or_else(|| "–".to_owned());
        Self {
            day: words(sitting.map(|one| day(caller, one.starts_at))),
            time: words(sitting.map(|one| span(caller, (one.starts_at, one.ends_at)))),
            venue: words(sitting.map(|one| one.rooms.join(", "))),
            clashes: sitting.is_some_and(|one| one.clashes),
            code: paper.code,
            name: paper.name,
        }
    }
}

/// `GET /dockets/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<DocketId>) -> Result<Response, PageError> {
    Ok(render(&page(&caller, id, Errors::default()).await?))
}

async fn page(caller: &Caller, id: DocketId, errors: Errors) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| Ok((dockets::sheet(tx, ctx, id)?, logo_address(tx)?)));
    let (sheet, logo) = read.await.map_err(|error| caller.error(error))?;
    let person = sheet.docket.person;
    let own = caller.ctx.person().is_ok_and(|own| own == person);
    let title = format!("{} docket", sheet.assessment.code);
    let mut shell = caller.shell(title.clone());
    shell.crumbs = if own {
        crumbs([("/dockets".to_owned(), "Your dockets".to_owned()), (String::new(), title)])
    } else {
        crumbs([
            ("/eligibility".to_owned(), "Dockets".to_owned()),
            (format!("/people/{person}/dockets"), sheet.person.name.clone()),
            (String::new(), title),
        ])
    };
    Ok(Page {
        shell,
        id,
        may_issue: caller.ctx.need(Permission::IssueDockets, Target::Person(person)).is_ok(),
        sheet: View::of(caller, sheet, &logo),
        errors,
    })
}

/// `POST /dockets/{id}/renewal`
pub(super) async fn renew(caller: Caller, Path(id): Path<DocketId>) -> Result<Response, PageError> {
    let error = match caller.write(move |tx, ctx| dockets::renew(tx, ctx, id)).await {
        Ok(()) => return Ok(Redirect::to(&format!("/dockets/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let page = page(&caller, id, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}
