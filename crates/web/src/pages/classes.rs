//! The list of classes, and adding one.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::look::Tab;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times::query_value;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics::{self, ClassInput};
use muster_app::{Error, FieldError};
use muster_documents::xlsx::{Kind, Sheet};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::ClassId;
use muster_domain::text::fold;
use muster_storage::academics::ClassRow;
use serde::Deserialize;

/// Most classes on the page; more are found by searching.
const MOST: usize = 300;

#[derive(Template)]
#[template(path = "classes.html")]
struct ListPage {
    shell: Shell,
    tabs: Vec<Tab>,
    may_add: bool,
    q: String,
    archived: bool,
    /// With its filters, to be continued.
    address: String,
    classes: Vec<ClassRow>,
    note: String,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    archived: String,
}

/// Classes, courses and terms beside each other, for those who manage them.
pub(super) fn tabs(caller: &Caller, current: &str) -> Vec<Tab> {
    if caller.ctx.need(Permission::ViewAcademics, Target::Institution).is_err() {
        return Vec::new();
    }
    let tab = |href: &str, label: &str| Tab {
        href: href.to_owned(),
        label: label.to_owned(),
        count: String::new(),
        current: href == current,
    };
    vec![
        tab("/classes", "Classes"),
        tab("/courses", "Courses"),
        tab("/programmes", "Programmes"),
        tab("/faculties", "Faculties"),
        tab("/terms", "Terms"),
        tab("/holidays", "Holidays"),
    ]
}

/// `GET /classes`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let (q, archived) = (filter.q, !filter.archived.is_empty());
    let read = caller.read(academics::classes);
    let all = read.await.map_err(|error| caller.error(error))?;
    let part = fold(q.trim());
    let matches = |class: &ClassRow| {
        let ClassRow { course_code, course_name, section, term_name, .. } = class;
        (archived || class.archived_at.is_none())
            && fold(&format!("{course_code} {course_name} {section} {term_name}")).contains(&part)
    };
    let mut classes: Vec<_> = all.into_iter().filter(matches).collect();
    if let Some(format) = wanted.file() {
        return listed(&caller, format, table(classes)).await;
    }
    let found = classes.len();
    classes.truncate(MOST);
    let note = format!("{MOST} of {found} classes: search to see the others.");
    Ok(render(&ListPage {
        shell: caller.shell("Classes"),
        tabs: tabs(&caller, "/classes"),
        may_add: caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok(),
        address: format!(
            "/classes?q={}{}&",
            query_value(&q),
            if archived { "&archived=true" } else { "" }
        ),
        q,
        archived,
        classes,
        note: if found > MOST { note } else { String::new() },
    }))
}

fn table(rows: Vec<ClassRow>) -> Sheet {
    let columns = [
        ("Class", 40, Kind::Text),
        ("Code", 14, Kind::Text),
        ("Section", 10, Kind::Text),
        ("Term", 24, Kind::Text),
        ("Room", 16, Kind::Text),
        ("State", 10, Kind::Text),
    ];
    let row = |row: ClassRow| {
        let state = tables::archived(row.archived_at.is_some());
        let [name, code] = [row.course_name, row.course_code].map(text);
        [name, code, text(row.section), text(row.term_name), maybe(row.room), state]
    };
    sheet("Classes", columns, rows.into_iter().map(row))
}

#[derive(Template)]
#[template(path = "class_new.html")]
struct NewPage {
    shell: Shell,
    errors: Errors,
    courses: Vec<Choice>,
    terms: Vec<Choice>,
    form: NewForm,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct NewForm {
    course: String,
    term: String,
    section: String,
    #[serde(default)]
    room: String,
    #[serde(default)]
    duration_minutes: String,
    #[serde(default)]
    late_after_minutes: String,
}

/// `GET /classes/new`
pub(super) async fn new(caller: Caller) -> Result<Response, PageError> {
    new_page(&caller, NewForm::default(), Errors::default()).await
}

async fn new_page(caller: &Caller, form: NewForm, errors: Errors) -> Result<Response, PageError> {
    let read =
        caller.read(|tx, ctx| Ok((academics::courses(tx, ctx)?, academics::terms(tx, ctx)?)));
    let (courses, terms) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell("Add a class");
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (String::new(), "Add a class".to_owned()),
    ]);
    let courses = courses.into_iter().filter(|row| row.archived_at.is_none());
    let courses = courses.map(|row| (row.id.to_string(), format!("{} {}", row.code, row.name)));
    let terms = terms.into_iter().filter(|row| row.archived_at.is_none());
    let terms = terms.map(|row| (row.id.to_string(), row.name));
    Ok(render(&NewPage {
        shell,
        errors,
        courses: Choice::list(courses, &form.course),
        terms: Choice::list(terms, &form.term),
        form,
    }))
}

/// `POST /classes`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<NewForm>,
) -> Result<Response, PageError> {
    match add(&caller, &form).await {
        Ok(id) => Ok(Redirect::to(&format!("/classes/{id}")).into_response()),
        Err(error) => {
            let errors = Errors::from_error(&error, "");
            let page = new_page(&caller, form, errors).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

async fn add(caller: &Caller, form: &NewForm) -> Result<ClassId, Error> {
    let mut wrong = Vec::new();
    let mut miss = |field, detail: &str| {
        wrong.push(FieldError { field, detail: detail.to_owned() });
    };
    let course = form.course.parse().ok();
    let term = form.term.parse().ok();
    if course.is_none() {
        miss("course", "Choose a course.");
    }
    if term.is_none() {
        miss("term", "Choose a term.");
    }
    let (Some(course), Some(term)) = (course, term) else { return Err(Error::Invalid(wrong)) };
    let input = ClassInput {
        course,
        term,
        section: form.section.clone(),
        room: form.room.clone(),
        duration_minutes: minutes("duration_minutes", &form.duration_minutes)?,
        late_after_minutes: minutes("late_after_minutes", &form.late_after_minutes)?,
        weights: None,
    };
    caller.write(move |tx, ctx| academics::create_class(tx, ctx, &input)).await
}

/// Minutes as typed; none if the field is empty.
pub(super) fn minutes(field: &'static str, text: &str) -> Result<Option<i64>, Error> {
    match text.trim() {
        "" => Ok(None),
        text => {
            text.parse().map(Some).map_err(|_| Error::field(field, "Enter a number of minutes."))
        }
    }
}
