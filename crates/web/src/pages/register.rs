//! Registers to keep: of a session, and of a class over its term. A page to print, CSV, XLSX,
//! and of a class PDF.

use super::frame::crumbs;
use super::shell::Shell;
use super::{look, register_pdf};
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{Format, column, download_long, moment, share, text};
use crate::tables::Wanted;
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::attendance::{self, Register};
use muster_app::figures::{self, TermRegister};
use muster_app::zone::Zone;
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::attendance::Status;
use muster_domain::ids::{ClassId, SessionId};

#[derive(Template)]
#[template(path = "register_session.html")]
struct SessionPage {
    shell: Shell,
    lede: String,
    path: String,
    rows: Vec<SessionRow>,
}

struct SessionRow {
    roll: String,
    name: String,
    number: String,
    status: &'static str,
    how: String,
    reason: String,
}

/// `GET /sessions/{id}/register`
pub(super) async fn session(
    caller: Caller,
    Path(id): Path<SessionId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| attendance::register(tx, ctx, id));
    let register = read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let opened = times::moment(settings, register.session.held_at);
    let class = &register.class;
    if let Some(format) = wanted.file() {
        let file = session_register_file(&caller, &register, format).await;
        return file.map_err(|error| caller.error(error));
    }
    let mut shell = caller.shell(format!("Register: {}", class.course_name));
    shell.crumbs = crumbs([
        (format!("/classes/{}", class.id), class.course_name.clone()),
        (format!("/sessions/{id}"), "Session".to_owned()),
        (String::new(), "Register".to_owned()),
    ]);
    let rows = register.students.iter().map(|(place, mark)| SessionRow {
        roll: place.roll_number.clone(),
        name: place.name.clone(),
        number: place.number.clone(),
        status: mark.as_ref().map_or("", |mark| mark.status.key()),
        how: mark.as_ref().map_or_else(String::new, |mark| {
            let how = look::how(mark.method, register.details.marked_by(mark));
            format!("{} · {how}", times::clock(settings, mark.at))
        }),
        reason: mark.as_ref().and_then(|mark| mark.reason.clone()).unwrap_or_default(),
    });
    Ok(render(&SessionPage {
        shell,
        lede: lede(&register, &opened),
        path: format!("/sessions/{id}/register"),
        rows: rows.collect(),
    }))
}

/// A session's register as a file.
pub(crate) async fn session_register_file(
    caller: &Caller,
    register: &Register,
    format: Format,
) -> muster_app::Result<Response> {
    let Register { session, class, .. } = register;
    let opened = times::local(&caller.known.settings, session.held_at, "%Y-%m-%d %H:%M");
    let name = format!("{} {} {opened}", class.course_code, class.section);
    download_long(caller, &name, format, session_sheet(caller, register)).await
}

fn lede(register: &Register, opened: &str) -> String {
    let class = &register.class;
    let mut parts = vec![class.course_code.as_str(), &class.section, &class.term_name, opened];
    parts.extend(register.session.topic.as_deref());
    parts.join(" · ")
}

fn session_sheet(caller: &Caller, register: &Register) -> Sheet {
    let zone = Zone::of(&caller.known.settings);
    let optional = |cell: Option<&str>| cell.map_or(Cell::Empty, text);
    let rows = register.students.iter().map(|(place, mark)| {
        let mut row = vec![text(&place.roll_number), text(&place.number), text(&place.name)];
        if let Some(mark) = mark {
            row.extend([
                text(look::status_word(mark.status.key())),
                moment(&zone, mark.at),
                text(mark.method.label()),
                optional(register.details.marked_by(mark)),
                optional(mark.reason.as_deref()),
            ]);
        } else {
            row.push(text("Not marked"));
            row.extend([Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty]);
        }
        row.push(optional(register.session.topic.as_deref()));
        row
    });
    Sheet {
        name: "Register".to_owned(),
        columns: vec![
            column("Roll", 8, Kind::Text),
            column("Number", 14, Kind::Text),
            column("Name", 30, Kind::Text),
            column("Status", 12, Kind::Text),
            column("At", 18, Kind::DateTime),
            column("How", 16, Kind::Text),
            column("By", 24, Kind::Text),
            column("Reason", 30, Kind::Text),
            column("Topic", 30, Kind::Text),
        ],
        rows: rows.collect(),
    }
}

#[derive(Template)]
#[template(path = "register_term.html")]
struct TermPage {
    shell: Shell,
    lede: String,
    path: String,
    sessions: Vec<Head>,
    rows: Vec<TermRow>,
    most: String,
}

/// A session above its column.
struct Head {
    day: String,
    at: String,
    topic: String,
}

struct TermRow {
    roll: String,
    name: String,
    letters: Vec<(&'static str, &'static str)>,
    here: i64,
    absent: i64,
    percent: String,
}

/// Most sessions in the page's table; the files have all.
const MOST: usize = 60;

/// `GET /classes/{id}/register`
pub(super) async fn term(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| figures::term_register(tx, ctx, id));
    let mut register = read.await.map_err(|error| caller.error(error))?;
    let class = register.figures.class.clone();
    if wanted.is_pdf() {
        let timetabled = caller.read(move |tx, ctx| figures::timetabled(tx, ctx, id)).await;
        let timetabled = timetabled.map_err(|error| caller.error(error))?;
        let file = register_pdf::file(&caller, &register, timetabled).await;
        return file.map_err(|error| caller.error(error));
    }
    if let Some(format) = wanted.file() {
        let file = term_register_file(&caller, &register, format).await;
        return file.map_err(|error| caller.error(error));
    }
    let settings = &caller.known.settings;
    let mut shell = caller.shell(format!("Register: {}", class.course_name));
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{id}"), class.course_name.clone()),
        (String::new(), "Register".to_owned()),
    ]);
    let all = register.sessions.len();
    register.sessions.drain(..all.saturating_sub(MOST));
    let head = register.sessions.iter().map(|session| {
        let part = |format| times::local(settings, session.held_at, format);
        let topic = session.topic.clone().unwrap_or_default();
        Head { day: part("%-d %b"), at: part("%H:%M"), topic }
    });
    Ok(render(&TermPage {
        shell,
        lede: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        path: format!("/classes/{id}/register"),
        sessions: head.collect(),
        rows: register
            .figures
            .students
            .iter()
            .map(|item| TermRow {
                roll: item.place.roll_number.clone(),
                name: item.place.name.clone(),
                letters: letters(&register, item.place.person),
                here: item.tally.present + item.tally.late,
                absent: item.tally.absent,
                percent: item.share.to_string(),
            })
            .collect(),
        most: if all > MOST {
            format!("The latest {MOST} of {all} sessions; the files have all.")
        } else {
            String::new()
        },
    }))
}

/// A class's register over its term as a file.
pub(crate) async fn term_register_file(
    caller: &Caller,
    register: &TermRegister,
    format: Format,
) -> muster_app::Result<Response> {
    let class = &register.figures.class;
    let name = format!("{} {} {}", class.course_code, class.section, class.term_name);
    download_long(caller, &name, format, term_sheet(caller, register)).await
}

/// A student's statuses in each session: the letter and the word.
pub(super) fn letters(
    register: &TermRegister,
    person: muster_domain::ids::PersonId,
) -> Vec<(&'static str, &'static str)> {
    let of = |id| register.marks.get(&(person, id)).copied();
    register.sessions.iter().map(|session| letter(of(session.id))).collect()
}

fn letter(status: Option<Status>) -> (&'static str, &'static str) {
    match status {
        Some(Status::Present) => ("P", "present"),
        Some(Status::Late) => ("L", "late"),
        Some(Status::Excused) => ("E", "excused"),
        Some(Status::Absent) => ("A", "absent"),
        None => ("", ""),
    }
}

fn term_sheet(caller: &Caller, register: &TermRegister) -> Sheet {
    let settings = &caller.known.settings;
    let mut columns = vec![
        column("Roll", 8, Kind::Text),
        column("Number", 14, Kind::Text),
        column("Name", 30, Kind::Text),
    ];
    columns.extend(register.sessions.iter().map(|session| {
        let opened = times::local(settings, session.held_at, "%Y-%m-%d %H:%M");
        let topic = session.topic.as_deref().map(|topic| format!(" {topic}")).unwrap_or_default();
        column(format!("{opened}{topic}"), 16, Kind::Text)
    }));
    let counts = ["Present", "Late", "Excused", "Absent"];
    columns.extend(counts.map(|title| column(title, 9, Kind::Integer)));
    columns.push(column("Attendance %", 13, Kind::Percent));
    let rows = register.figures.students.iter().map(|item| {
        let place = &item.place;
        let mut row = vec![text(&place.roll_number), text(&place.number), text(&place.name)];
        row.extend(letters(register, place.person).into_iter().map(|(letter, _)| text(letter)));
        let tally = item.tally;
        let counts = [tally.present, tally.late, tally.excused, tally.absent];
        row.extend(counts.map(Cell::Integer));
        row.push(share(item.share));
        row
    });
    Sheet { name: "Register".to_owned(), rows: rows.collect(), columns }
}
