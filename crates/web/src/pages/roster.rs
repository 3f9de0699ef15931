//! The roster of a term: its students with their classes and roll numbers, to read or as a table.

use super::form::Choice;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::Format;
use crate::tables;
use crate::times::query_value;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::academics;
use muster_domain::ids::TermId;
use muster_storage::academics::TermRow;
use muster_storage::rosters::{RosterRow, Search};
use serde::Deserialize;

/// Students on one page.
const PAGE: usize = 50;

#[derive(Template)]
#[template(path = "roster.html")]
struct Page {
    shell: Shell,
    term: TermRow,
    q: String,
    programmes: Vec<Choice>,
    years: Vec<Choice>,
    classes: Vec<Choice>,
    filtered: bool,
    students: Vec<RosterRow>,
    /// The address with its filters, to be continued.
    query: String,
    first: String,
    next: String,
    note: String,
}

/// Which students, as the address says.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    programme: String,
    year: String,
    class: String,
    after: String,
    format: String,
}

impl Filter {
    /// The search, one student further than the page shows. What is not an id filters nothing.
    fn search(&self) -> Search {
        Search {
            text: self.q.clone(),
            programme: self.programme.parse().ok(),
            year: self.year.parse().ok(),
            class: self.class.parse().ok(),
            after: self.after.parse().ok(),
            limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
        }
    }

    fn query(&self) -> String {
        let [q, programme, year, class] =
            [&self.q, &self.programme, &self.year, &self.class].map(|text| query_value(text));
        format!("q={q}&programme={programme}&year={year}&class={class}")
    }

    fn is_empty(&self) -> bool {
        [&self.q, &self.programme, &self.year, &self.class].iter().all(|text| text.is_empty())
    }
}

/// `GET /terms/{id}/roster`: the page, or with `format` the table in the columns of enrolments.
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<TermId>,
    Query(filter): Query<Filter>,
) -> Result<Response, PageError> {
    let search = filter.search();
    if Format::parse(&filter.format).is_some() {
        let read = caller.read(move |tx, ctx| {
            let name = academics::term(tx, ctx, id)?.name;
            Ok((academics::export_roster(tx, ctx, id, &search)?, name))
        });
        let sent = async {
            let (table, name) = read.await?;
            tables::sent(&caller, table, format!("Roster {name}"), &filter.format).await
        };
        return sent.await.map_err(|error| caller.error(error));
    }
    let read = caller.read(move |tx, ctx| {
        let students = academics::roster(tx, ctx, id, &search)?;
        let mut classes = academics::classes(tx, ctx)?;
        classes.retain(|class| class.term == id);
        let programmes = academics::programmes(tx, ctx)?;
        Ok((academics::term(tx, ctx, id)?, programmes, classes, students))
    });
    let (term, programmes, classes, mut students) =
        read.await.map_err(|error| caller.error(error))?;
    let more = students.len() > PAGE;
    students.truncate(PAGE);
    let mut shell = caller.shell(format!("Roster of {}", term.name));
    shell.crumbs = crumbs([
        ("/terms".to_owned(), "Terms".to_owned()),
        (format!("/terms/{id}"), term.name.clone()),
        (String::new(), "Roster".to_owned()),
    ]);
    let longest = programmes.iter().map(|row| row.total_years).max().unwrap_or(1);
    let class_choices = classes
        .into_iter()
        .map(|row| (row.id.to_string(), format!("{} {}", row.course_code, row.section)));
    let programme_choices = programmes
        .into_iter()
        .map(|row| (row.id.to_string(), format!("{} · {}", row.code, row.name)));
    let (query, start) = (filter.query(), format!("/terms/{id}/roster"));
    let last = students.last().filter(|_| more);
    Ok(render(&Page {
        shell,
        programmes: Choice::list(programme_choices, &filter.programme),
        years: Choice::list((1..=longest).map(|y| (y.to_string(), y.to_string())), &filter.year),
        classes: Choice::list(class_choices, &filter.class),
        filtered: !filter.is_empty(),
        first: if filter.after.is_empty() { String::new() } else { format!("{start}?{query}") },
        next: last.map(|s| format!("{start}?{query}&after={}", s.person)).unwrap_or_default(),
        note: if more { format!("{PAGE} students, and more follow") } else { String::new() },
        q: filter.q,
        query,
        term,
        students,
    }))
}
