//! Reminders to students of a class: whom, what, and sending them.

use super::form::Errors;
use super::frame::crumbs;
use super::look::{Share, Tab};
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use muster_app::Error;
use muster_app::reminders::{self, Candidate, ReminderInput, Sent};
use muster_domain::ids::{ClassId, PersonId};
use muster_domain::reminders::Reason;
use serde::Deserialize;
use std::collections::HashSet;

#[derive(Template)]
#[template(path = "reminders.html")]
struct Page {
    shell: Shell,
    id: ClassId,
    tabs: Vec<Tab>,
    reason: &'static str,
    items: Vec<Item>,
    text: String,
    errors: Errors,
}

struct Item {
    person: PersonId,
    roll: String,
    name: String,
    share: Share,
    reminded: bool,
    chosen: bool,
}

/// Which reason, and whom.
#[derive(Clone, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    person: String,
}

/// What was typed.
struct Typed {
    reason: Reason,
    /// Everybody whom the reason concerns, unless some were chosen.
    people: Option<HashSet<PersonId>>,
    text: String,
}

/// `GET /classes/{id}/reminders`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let person = wanted.person.parse::<PersonId>().ok();
    let usual = if person.is_some() { Reason::Other } else { Reason::AbsentToday };
    let reason = Reason::from_key(&wanted.reason).unwrap_or(usual);
    let people = match (person, reason) {
        (Some(person), _) => Some(HashSet::from([person])),
        // Nobody writes to a whole class by mistake.
        (None, Reason::Other) => Some(HashSet::new()),
        (None, _) => None,
    };
    let typed = Typed { reason, people, text: reason.text().to_owned() };
    Ok(render(&page(&caller, id, typed, Errors::default()).await?))
}

async fn page(
    caller: &Caller,
    id: ClassId,
    typed: Typed,
    errors: Errors,
) -> Result<Page, PageError> {
    let reason = typed.reason;
    let read = caller.read(move |tx, ctx| reminders::candidates(tx, ctx, id, reason));
    let found = read.await.map_err(|error| caller.error(error))?;
    let scale = caller.known.settings.scale(found.class.weights);
    let mut shell = caller.shell("Remind students");
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{id}"), found.class.course_name.clone()),
        (String::new(), "Remind students".to_owned()),
    ]);
    let item = |one: Candidate| Item {
        chosen: !one.reminded && typed.people.as_ref().is_none_or(|all| all.contains(&one.person)),
        person: one.person,
        roll: one.roll_number,
        name: one.name,
        share: Share::of(one.share, &scale),
        reminded: one.reminded,
    };
    let tab = |of: Reason| Tab {
        href: format!("/classes/{id}/reminders?reason={}", of.key()),
        label: of.label().to_owned(),
        count: String::new(),
        current: of == reason,
    };
    Ok(Page {
        shell,
        id,
        tabs: Reason::ALL.map(tab).to_vec(),
        reason: reason.key(),
        items: found.students.into_iter().map(item).collect(),
        text: typed.text,
        errors,
    })
}

/// `POST /classes/{id}/reminders`
pub(super) async fn send(
    caller: Caller,
    Path(id): Path<ClassId>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    let of = |name: &str| {
        let field = fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let reason = Reason::from_key(&of("reason")).unwrap_or(Reason::Other);
    let people: Vec<PersonId> = fields
        .iter()
        .filter(|(field, _)| field == "people")
        .filter_map(|(_, value)| value.parse().ok())
        .collect();
    let text = of("text");
    let input = ReminderInput { reason, people: people.clone(), text: text.clone() };
    let done = caller.write(move |tx, ctx| reminders::send(tx, ctx, id, &input)).await;
    let error = match done {
        Ok(sent) => {
            let typed = Typed { reason, people: Some(HashSet::new()), text };
            let mut page = page(&caller, id, typed, Errors::default()).await?;
            page.shell.flash = Some(told(&sent));
            return Ok(render(&page));
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let typed = Typed { reason, people: Some(people.into_iter().collect()), text };
    let page = page(&caller, id, typed, Errors::from_error(&error, "")).await?;
    Ok((status(&error), render(&page)).into_response())
}

fn told(sent: &Sent) -> Flash {
    let students = |count: usize| match count {
        1 => "1 student".to_owned(),
        count => format!("{count} students"),
    };
    let sent_now = students(sent.sent.len());
    let text = match sent.already.len() {
        0 => format!("{sent_now} reminded."),
        count => format!("{sent_now} reminded. {} had been today already.", students(count)),
    };
    Flash { kind: FlashKind::Ok, text, undo: None }
}
