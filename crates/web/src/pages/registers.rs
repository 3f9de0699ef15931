//! Registers that were never taken, for administrators.

use super::form::Choice;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::{academics, registers};
use muster_domain::ids::{ClassId, MeetingId};
use muster_storage::registers::MissingRow;
use serde::Deserialize;

/// Registers on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "registers.html")]
struct Page {
    shell: Shell,
    terms: Vec<Choice>,
    teachers: Vec<Choice>,
    items: Vec<Item>,
    first: String,
    next: String,
}

struct Item {
    class: ClassId,
    title: String,
    code: String,
    when: String,
    room: String,
    teachers: String,
}

#[derive(Deserialize)]
pub(super) struct Filter {
    #[serde(default)]
    term: String,
    #[serde(default)]
    teacher: String,
    #[serde(default)]
    after: String,
}

/// `GET /registers/missing`
pub(super) async fn missing(
    caller: Caller,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let after = filter.after.parse::<MeetingId>().ok();
    let wanted = registers::Filter {
        term: filter.term.parse().ok(),
        teacher: filter.teacher.parse().ok(),
        after,
        limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    };
    let read = caller.read(move |tx, ctx| {
        Ok((registers::missing(tx, ctx, &wanted)?, academics::terms(tx, ctx)?))
    });
    let (missing, terms) = read.await.map_err(|error| caller.error(error))?;
    let registers::Missing { term, mut rows, teachers } = missing;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let term = term.map(|term| term.to_string()).unwrap_or_default();
    let teacher = wanted.teacher.map(|teacher| teacher.to_string()).unwrap_or_default();
    let query = format!("/registers/missing?term={term}&teacher={teacher}");
    let last = rows.last().filter(|_| more);
    let mut shell = caller.shell("Registers not taken");
    shell.crumbs = crumbs([
        ("/overview".to_owned(), "Open sessions".to_owned()),
        (String::new(), shell.title.clone()),
    ]);
    let names = teachers.into_iter().map(|row| (row.id.to_string(), row.name));
    Ok(render(&Page {
        shell,
        terms: Choice::list(terms.into_iter().map(|row| (row.id.to_string(), row.name)), &term),
        teachers: Choice::list(names, &teacher),
        first: after.map_or_else(String::new, |_| query.clone()),
        next: last.map(|(last, _)| format!("{query}&after={}", last.meeting)).unwrap_or_default(),
        items: rows.into_iter().map(|(row, teachers)| item(&caller, row, teachers)).collect(),
    }))
}

fn item(caller: &Caller, row: MissingRow, teachers: String) -> Item {
    let settings = &caller.known.settings;
    let starts = times::local(settings, row.starts_at, "%a %-d %b %Y, %H:%M");
    Item {
        class: row.class,
        code: format!("{} · {}", row.course_code, row.section),
        when: format!("{starts}–{}", times::clock(settings, row.ends_at)),
        title: row.course_name,
        room: row.room.unwrap_or_default(),
        teachers,
    }
}
