//! Programmes: their list, adding one, changing one.

use super::classes::tabs;
use super::curriculum::{self, LineChoices, LineForm, SemesterItem, semesters};
use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{self, Wanted, listed, maybe, sheet};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, ProgrammeInput};
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::ProgrammeId;
use muster_domain::programmes::Length;
use muster_storage::programmes::{FacultyRow, ProgrammeRow};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "programmes.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_manage: bool,
    programmes: Vec<ProgrammeRow>,
    faculties: Vec<Choice>,
    errors: Errors,
    form: ProgrammeForm,
}

/// A programme as typed.
#[derive(Clone, Default, Deserialize)]
pub(super) struct ProgrammeForm {
    code: String,
    name: String,
    #[serde(default)]
    faculty: String,
    #[serde(default)]
    award: String,
    total_years: String,
    semesters_per_year: String,
    #[serde(default)]
    version: i64,
    #[serde(default)]
    archived: String,
}

impl ProgrammeForm {
    fn of(row: &ProgrammeRow) -> Self {
        Self {
            code: row.code.clone(),
            name: row.name.clone(),
            faculty: row.faculty.map(|faculty| faculty.to_string()).unwrap_or_default(),
            award: row.award.clone().unwrap_or_default(),
            total_years: row.total_years.to_string(),
            semesters_per_year: row.semesters_per_year.to_string(),
            version: row.version,
            archived: if row.archived_at.is_some() { "true".to_owned() } else { String::new() },
        }
    }

    /// The programme, or which number can't be read.
    fn input(&self) -> Result<ProgrammeInput, Error> {
        let numbers =
            [("total_years", &self.total_years), ("semesters_per_year", &self.semesters_per_year)]
                .map(|(field, text)| (field, text.trim().parse::<i64>().ok()));
        let [(_, Some(total_years)), (_, Some(semesters_per_year))] = numbers else {
            let wrong = numbers.into_iter().filter(|(_, number)| number.is_none());
            let detail = || "Enter a number.".to_owned();
            let wrong = wrong.map(|(field, _)| FieldError { field, detail: detail() });
            return Err(Error::Invalid(wrong.collect()));
        };
        let faculty = match self.faculty.trim() {
            "" => None,
            id => Some(id.parse().map_err(|_| Error::field("faculty", "Choose a faculty."))?),
        };
        Ok(ProgrammeInput {
            code: self.code.clone(),
            name: self.name.clone(),
            faculty,
            award: self.award.clone(),
            length: Length { total_years, semesters_per_year },
        })
    }
}

/// The faculties that a programme can belong to: those that are open, and the one that stands.
fn faculty_choices(faculties: &[FacultyRow], chosen: &str) -> Vec<Choice> {
    let pairs = faculties.iter().map(|row| (row.id.to_string(), row));
    let open = pairs.filter(|(id, row)| row.archived_at.is_none() || id == chosen);
    Choice::list(open.map(|(id, row)| (id, row.name.clone())), chosen)
}

/// `GET /programmes`
pub(super) async fn list(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let rows = caller.read(academics::programmes).await.map_err(|error| caller.error(error))?;
        return listed(&caller, format, table(rows)).await;
    }
    let form = ProgrammeForm { semesters_per_year: "2".to_owned(), ..ProgrammeForm::default() };
    list_page(&caller, form, Errors::default()).await
}

fn table(rows: Vec<ProgrammeRow>) -> Sheet {
    let columns = [
        ("Code", 14, Kind::Text),
        ("Name", 40, Kind::Text),
        ("Faculty", 30, Kind::Text),
        ("Award", 24, Kind::Text),
        ("Years", 8, Kind::Integer),
        ("State", 10, Kind::Text),
    ];
    let row = |row: ProgrammeRow| {
        let (years, state) = (Cell::Integer(row.total_years), row.archived_at.is_some());
        let (faculty, award) = (maybe(row.faculty_name), maybe(row.award));
        [text(row.code), text(row.name), faculty, award, years, tables::archived(state)]
    };
    sheet("Programmes", columns, rows.into_iter().map(row))
}

async fn list_page(
    caller: &Caller,
    form: ProgrammeForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller
        .read(|tx, ctx| Ok((academics::programmes(tx, ctx)?, academics::faculties(tx, ctx)?)));
    let (programmes, faculties) = read.await.map_err(|error| caller.error(error))?;
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let (shell, tabs) = (caller.shell("Programmes"), tabs(caller, "/programmes"));
    let faculties = faculty_choices(&faculties, &form.faculty);
    Ok(render(&ListPage { shell, tabs, may_manage, programmes, faculties, errors, form }))
}

/// `POST /programmes`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<ProgrammeForm>,
) -> Result<Response, PageError> {
    let done = match form.input() {
        Ok(input) => {
            caller.write(move |tx, ctx| academics::create_programme(tx, ctx, &input)).await
        }
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/programmes/{id}")).into_response()),
        Err(error) => {
            let page = list_page(&caller, form, Errors::from_error(&error, "")).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "programme.html")]
pub(super) struct Page {
    shell: Shell,
    programme: ProgrammeRow,
    may_manage: bool,
    semesters: Vec<SemesterItem>,
    choices: LineChoices,
    faculties: Vec<Choice>,
    form: ProgrammeForm,
    errors: Errors,
}

/// `GET /programmes/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Query(line): Query<LineForm>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    if let Some(format) = wanted.file() {
        let read = caller.read(move |tx, ctx| {
            Ok((academics::programme(tx, ctx, id)?, academics::curriculum(tx, ctx, id)?))
        });
        let (programme, lines) = read.await.map_err(|error| caller.error(error))?;
        return listed(&caller, format, curriculum::table(&programme.code, lines)).await;
    }
    Ok(render(&page(&caller, id, None, line, Errors::default()).await?))
}

/// The page with what was typed, or else with what is stored.
pub(super) async fn page(
    caller: &Caller,
    id: ProgrammeId,
    typed: Option<ProgrammeForm>,
    line: LineForm,
    errors: Errors,
) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| {
        let curriculum = academics::curriculum(tx, ctx, id)?;
        let (faculties, courses) = (academics::faculties(tx, ctx)?, academics::courses(tx, ctx)?);
        Ok((academics::programme(tx, ctx, id)?, curriculum, faculties, courses))
    });
    let (programme, curriculum, faculties, courses) =
        read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(format!("{} {}", programme.code, programme.name));
    shell.crumbs = crumbs([
        ("/programmes".to_owned(), "Programmes".to_owned()),
        (String::new(), programme.code.clone()),
    ]);
    let form = typed.unwrap_or_else(|| ProgrammeForm::of(&programme));
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let faculties = faculty_choices(&faculties, &form.faculty);
    let choices = LineChoices::new(programme.length(), &courses, &line);
    let semesters = semesters(curriculum);
    Ok(Page { shell, programme, may_manage, semesters, choices, faculties, form, errors })
}

/// `POST /programmes/{id}`: a programme that somebody else changed meanwhile is shown as it is
/// now, beside what was typed; sending it again replaces it.
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<ProgrammeId>,
    Form(form): Form<ProgrammeForm>,
) -> Result<Response, PageError> {
    let (seen, archived) = (form.version, !form.archived.is_empty());
    let done = match form.input() {
        Ok(input) => {
            let write = caller.write(move |tx, ctx| {
                academics::change_programme(tx, ctx, id, seen, &input, archived)
            });
            write.await
        }
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(Redirect::to(&format!("/programmes/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let errors = Errors::from_error(&error, "");
    let mut page = page(&caller, id, Some(form), LineForm::default(), errors).await?;
    if matches!(error, Error::Stale) {
        page.form.version = page.programme.version;
        let ProgrammeRow { code, name, total_years, .. } = &page.programme;
        page.errors = Errors::stale("programme", &format!("{code} {name}, {total_years} years"));
    }
    Ok((status(&error), render(&page)).into_response())
}
