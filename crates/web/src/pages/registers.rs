//! Registers that were never taken, for administrators.

use super::form::Choice;
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, moment, text};
use crate::tables::{self, Wanted, listed, maybe, sheet};
use crate::times;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::zone::Zone;
use muster_app::{academics, registers};
use muster_documents::xlsx::Kind;
use muster_domain::auth::{Permission, Target};
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
    /// With its filters, to be continued.
    address: String,
    first: String,
    next: String,
}

struct Item {
    class: ClassId,
    /// Whoever may change meetings is led to it.
    meeting: String,
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
    Query(asked): Query<Wanted>,
) -> Result<Response, PageError> {
    let after = filter.after.parse::<MeetingId>().ok();
    let wanted = registers::Filter {
        term: filter.term.parse().ok(),
        teacher: filter.teacher.parse().ok(),
        after,
        limit: i64::try_from(PAGE + 1).unwrap_or(i64::MAX),
    };
    if let Some(format) = asked.file() {
        return table(&caller, wanted, format).await;
    }
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
        address: format!("{query}&"),
        first: after.map_or_else(String::new, |_| query.clone()),
        next: last.map(|(last, _)| format!("{query}&after={}", last.meeting)).unwrap_or_default(),
        items: rows.into_iter().map(|(row, teachers)| item(&caller, row, teachers)).collect(),
    }))
}

/// All of them, as a file.
async fn table(
    caller: &Caller,
    wanted: registers::Filter,
    format: Format,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        tables::every(|last: Option<&(MissingRow, String)>, limit| {
            let after = last.map(|(last, _)| last.meeting);
            let filter = registers::Filter { after, limit, ..wanted };
            Ok(registers::missing(tx, ctx, &filter)?.rows)
        })
    });
    let rows = read.await.map_err(|error| caller.error(error))?;
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Class", 40, Kind::Text),
        ("Code", 14, Kind::Text),
        ("Section", 10, Kind::Text),
        ("Begins", 18, Kind::DateTime),
        ("Ends", 18, Kind::DateTime),
        ("Room", 16, Kind::Text),
        ("Teachers", 40, Kind::Text),
    ];
    let row = |(row, teachers): (MissingRow, String)| {
        let [begins, ends] = [row.starts_at, row.ends_at].map(|at| moment(&zone, at));
        let [name, code] = [row.course_name, row.course_code].map(text);
        [name, code, text(row.section), begins, ends, maybe(row.room), text(teachers)]
    };
    listed(caller, format, sheet("Registers not taken", columns, rows.into_iter().map(row))).await
}

fn item(caller: &Caller, row: MissingRow, teachers: String) -> Item {
    let settings = &caller.known.settings;
    let starts = times::local(settings, row.starts_at, "%a %-d %b %Y, %H:%M");
    let may_change = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    Item {
        class: row.class,
        meeting: if may_change { row.meeting.to_string() } else { String::new() },
        code: format!("{} · {}", row.course_code, row.section),
        when: format!("{starts}–{}", times::clock(settings, row.ends_at)),
        title: row.course_name,
        room: row.room.unwrap_or_default(),
        teachers,
    }
}
