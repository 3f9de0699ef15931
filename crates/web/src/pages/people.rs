//! People: finding them, and adding one.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::{Crumb, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times::query_value;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::academics;
use muster_app::people::{self, PersonInput};
use muster_documents::xlsx::{Kind, Sheet};
use muster_domain::auth::{Permission, Role, Target};
use muster_domain::ids::PersonId;
use muster_storage::finding::Search;
use muster_storage::people::PersonRow;
use muster_storage::programmes::ProgrammeRow;
use muster_storage::students::StudentRow;
use serde::Deserialize;

/// Where a page about a person is.
pub(super) fn people_crumbs(person: &PersonRow, page: &str) -> Vec<Crumb> {
    crumbs([
        ("/people".to_owned(), "People".to_owned()),
        (format!("/people/{}", person.id), person.name.clone()),
        (String::new(), page.to_owned()),
    ])
}

/// People on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "people.html")]
struct ListPage {
    shell: Shell,
    may_add: bool,
    may_badge: bool,
    q: String,
    roles: Vec<Choice>,
    people: Vec<PersonRow>,
    filtered: bool,
    /// With its filters, to be continued.
    address: String,
    first: String,
    next: String,
    note: String,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    after: String,
}

/// `GET /people`
pub(super) async fn list(
    caller: Caller,
    Query(filter): Query<Filter>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let Filter { q, role, after } = filter;
    if let Some(format) = wanted.file() {
        let role = Role::from_key(&role);
        let read = caller.read(move |tx, ctx| {
            tables::every(|last: Option<&PersonRow>, limit| {
                let after = last.map(|last| last.id);
                people::search(tx, ctx, &Search { text: &q, role, after, limit })
            })
        });
        let rows = read.await.map_err(|error| caller.error(error))?;
        return listed(&caller, format, table(rows)).await;
    }
    let after = after.parse::<PersonId>().ok();
    let asked = (q.clone(), Role::from_key(&role));
    let read = caller.read(move |tx, ctx| {
        let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        people::search(tx, ctx, &Search { text: &asked.0, role: asked.1, after, limit })
    });
    let mut people = read.await.map_err(|error| caller.error(error))?;
    let more = people.len() > PAGE;
    people.truncate(PAGE);
    let query = format!("/people?q={}&role={}", query_value(&q), query_value(&role));
    let last = people.last().filter(|_| more);
    Ok(render(&ListPage {
        shell: caller.shell("People"),
        may_add: caller.ctx.need(Permission::ManagePeople, Target::Institution).is_ok(),
        may_badge: caller.ctx.need(Permission::IssueBadges, Target::Institution).is_ok(),
        roles: Choice::list(Role::ALL.map(|role| (role.key(), role.label())), &role),
        first: if after.is_some() { query.clone() } else { String::new() },
        next: last.map(|last| format!("{query}&after={}", last.id)).unwrap_or_default(),
        filtered: !q.is_empty() || !role.is_empty(),
        address: format!("{query}&"),
        note: if more { format!("{PAGE} people, and more follow") } else { String::new() },
        q,
        people,
    }))
}

fn table(rows: Vec<PersonRow>) -> Sheet {
    let columns = [
        ("Number", 14, Kind::Text),
        ("Name", 30, Kind::Text),
        ("Title", 8, Kind::Text),
        ("User name", 16, Kind::Text),
        ("E-mail", 30, Kind::Text),
        ("Phone", 18, Kind::Text),
        ("Programme", 14, Kind::Text),
        ("State", 10, Kind::Text),
    ];
    let row = |row: PersonRow| {
        let state = text(if row.active { "Active" } else { "Inactive" });
        let [title, username, email, phone, programme] =
            [row.title, row.username, row.email, row.phone, row.programme].map(maybe);
        [text(row.number), text(row.name), title, username, email, phone, programme, state]
    };
    sheet("People", columns, rows.into_iter().map(row))
}

/// A person's record as typed into a form.
#[derive(Clone, Default, Deserialize)]
pub(super) struct PersonForm {
    pub number: String,
    pub name: String,
    #[serde(default)]
    pub username: String,
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    pub phone: String,
    #[serde(default)]
    pub programme: String,
    #[serde(default)]
    pub year: String,
    #[serde(default)]
    pub semester: String,
    #[serde(default)]
    pub enrolment_number: String,
    #[serde(default)]
    pub second_email: String,
    #[serde(default)]
    pub guardian_email: String,
    /// Version that was read, of a record that is changed.
    #[serde(default)]
    pub version: i64,
    /// Ticked: may sign in.
    #[serde(default)]
    pub active: String,
}

impl PersonForm {
    pub fn of(row: &PersonRow, student: &StudentRow) -> Self {
        let input = PersonInput::of(row, student);
        Self {
            number: input.number,
            name: input.name,
            username: input.username,
            email: input.email,
            title: input.title,
            phone: input.phone,
            programme: input.programme,
            year: input.year,
            semester: input.semester,
            enrolment_number: input.enrolment_number,
            second_email: input.second_email,
            guardian_email: input.guardian_email,
            version: row.version,
            active: if row.active { "true".to_owned() } else { String::new() },
        }
    }

    pub fn input(&self) -> PersonInput {
        PersonInput {
            number: self.number.clone(),
            name: self.name.clone(),
            username: self.username.clone(),
            email: self.email.clone(),
            title: self.title.clone(),
            phone: self.phone.clone(),
            programme: self.programme.clone(),
            year: self.year.clone(),
            semester: self.semester.clone(),
            enrolment_number: self.enrolment_number.clone(),
            second_email: self.second_email.clone(),
            guardian_email: self.guardian_email.clone(),
        }
    }
}

/// The programmes that a person can be in: those that are open, and the one that stands, which
/// may be archived or in no list at all.
pub(super) fn programme_choices(programmes: &[ProgrammeRow], chosen: &str) -> Vec<Choice> {
    let open = programmes.iter().filter(|row| row.archived_at.is_none() || row.code == chosen);
    let pairs = open.map(|row| (row.code.clone(), format!("{} · {}", row.code, row.name)));
    let mut pairs: Vec<_> = pairs.collect();
    if !chosen.is_empty() && !programmes.iter().any(|row| row.code == chosen) {
        pairs.push((chosen.to_owned(), format!("{chosen} (not in the list of programmes)")));
    }
    Choice::list(pairs, chosen)
}

#[derive(Template)]
#[template(path = "person_new.html")]
struct NewPage {
    shell: Shell,
    errors: Errors,
    form: PersonForm,
    programmes: Vec<Choice>,
}

async fn new_page(
    caller: &Caller,
    form: PersonForm,
    errors: Errors,
) -> Result<Response, PageError> {
    let programmes =
        caller.read(academics::programmes).await.map_err(|error| caller.error(error))?;
    let programmes = programme_choices(&programmes, &form.programme);
    let mut shell = caller.shell("Add a person");
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        (String::new(), "Add a person".to_owned()),
    ]);
    Ok(render(&NewPage { shell, errors, form, programmes }))
}

/// `GET /people/new`
pub(super) async fn new(caller: Caller) -> Result<Response, PageError> {
    new_page(&caller, PersonForm::default(), Errors::default()).await
}

/// `POST /people`
pub(super) async fn create(
    caller: Caller,
    Form(form): Form<PersonForm>,
) -> Result<Response, PageError> {
    let done = match form.input().check() {
        Ok(person) => caller.write(move |tx, ctx| people::create(tx, ctx, &person)).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => Ok(Redirect::to(&format!("/people/{id}")).into_response()),
        Err(error) => {
            let page = new_page(&caller, form, Errors::from_error(&error, "")).await?;
            Ok((status(&error), page).into_response())
        }
    }
}
