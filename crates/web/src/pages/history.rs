//! A student in a class, session by session: for the student and for the class's staff.

use super::frame::crumbs;
use super::look::{self, Share};
use super::shell::Shell;
use super::standing::way_back;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{moment, text};
use crate::tables::{Wanted, listed, maybe, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::attendance::{self, History};
use muster_app::marks::Names;
use muster_app::zone::Zone;
use muster_app::{corrections, reminders};
use muster_documents::xlsx::{Cell, Kind, Sheet};
use muster_domain::attendance::{Streak, Tally};
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, CorrectionId, PersonId, SessionId};
use muster_domain::requests::RequestState;
use muster_storage::people;
use muster_storage::reminders::ReminderRow;
use muster_storage::sessions::{MarkRow, SessionRow};

#[derive(Template)]
#[template(path = "history.html")]
struct Page {
    shell: Shell,
    lede: String,
    share: Share,
    way_back: String,
    streak: Streak,
    tally: Tally,
    history: Vec<Item>,
    /// Where staff see the student's other classes; empty for the student.
    others: String,
    /// Where staff remind the student; empty for the student.
    remind: String,
    /// What the student was reminded of, for staff.
    reminders: Vec<Reminded>,
    /// Where the class's leaderboard is; empty if there is none.
    leaderboard: String,
    /// Where the page is.
    path: String,
}

/// A reminder that was sent.
struct Reminded {
    at: String,
    at_words: String,
    sender: String,
    text: String,
}

struct Item {
    session: SessionId,
    may_be_corrected: bool,
    when: String,
    /// Where staff look at the whole session; empty for the student.
    href: String,
    topic: String,
    status: &'static str,
    how: String,
    reason: String,
    /// Where the student asks for a correction; empty where they may not.
    ask: String,
    /// The latest correction; empty if there is none.
    correction: String,
    correction_state: &'static str,
}

/// `GET /classes/{id}/attendance`
pub(super) async fn own(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let person = ctx.person()?;
        let history = attendance::history(tx, ctx, person, id)?;
        Ok((history, corrections::in_class(tx, ctx, id)?))
    });
    let ((class, tally, history), corrections) = read.await.map_err(|error| caller.error(error))?;
    if let Some(format) = wanted.file() {
        return listed(&caller, format, table(&caller, &(class, tally, history), None)).await;
    }
    let mut shell = caller.shell(class.course_name.clone());
    shell.crumbs = crumbs([
        ("/attendance".to_owned(), "Your attendance".to_owned()),
        (String::new(), class.course_name.clone()),
    ]);
    let lede = format!("{} · {} · {}", class.course_code, class.section, class.term_name);
    let mut page = page(&caller, shell, lede, (class, tally, history), None);
    page.path = format!("/classes/{id}/attendance");
    if caller.known.settings.leaderboard {
        page.leaderboard = format!("/classes/{id}/leaderboard");
    }
    for item in &mut page.history {
        add_correction(item, &corrections);
    }
    Ok(render(&page))
}

type Asked = (SessionId, CorrectionId, RequestState);

/// Notes the latest correction of a session, of those listed with the latest first.
fn add_correction(item: &mut Item, corrections: &[Asked]) {
    let latest = corrections.iter().find(|(session, ..)| *session == item.session);
    if let Some((_, id, state)) = latest {
        item.correction = id.to_string();
        item.correction_state = state.key();
    }
    if item.may_be_corrected && latest.is_none_or(|(_, _, state)| *state != RequestState::Asked) {
        item.ask = format!("/sessions/{}/correction", item.session);
    }
}

/// `GET /classes/{id}/students/{person}`
pub(super) async fn of(
    caller: Caller,
    Path((id, person)): Path<(ClassId, PersonId)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let history = attendance::history(tx, ctx, person, id)?;
        let sent = reminders::of_student(tx, ctx, id, person).unwrap_or_default();
        let names = attendance::markers(tx, ctx, id, &history)?;
        Ok((history, people::get(tx, person)?, sent, names))
    });
    let (history, row, sent, names) = read.await.map_err(|error| caller.error(error))?;
    let row = row.ok_or_else(|| caller.error(muster_app::Error::NotFound))?;
    if let Some(format) = wanted.file() {
        return listed(&caller, format, table(&caller, &history, Some(&names))).await;
    }
    let class = &history.0;
    let mut shell = caller.shell(row.name.clone());
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{id}"), class.course_name.clone()),
        (String::new(), row.name),
    ]);
    let lede = format!("{} · {} · {}", row.number, class.course_code, class.section);
    let wide = caller.ctx.actor.as_ref().is_some_and(|actor| actor.class.is_none());
    let others = if wide { format!("/people/{person}/attendance") } else { String::new() };
    let may = caller.ctx.need(Permission::Remind, Target::Class(id)).is_ok();
    let remind =
        if may { format!("/classes/{id}/reminders?person={person}") } else { String::new() };
    let reminders = sent.into_iter().map(|row| reminded(&caller, row)).collect();
    let page = page(&caller, shell, lede, history, Some(&names));
    let path = format!("/classes/{id}/students/{person}");
    Ok(render(&Page { others, remind, reminders, path, ..page }))
}

/// Every session with its mark, as a file: to staff with who marked, as on the page.
fn table(caller: &Caller, (class, _, history): &History, names: Option<&Names>) -> Sheet {
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Session", 18, Kind::DateTime),
        ("Topic", 34, Kind::Text),
        ("Status", 12, Kind::Text),
        ("Marked", 18, Kind::DateTime),
        ("How", 26, Kind::Text),
        ("Reason", 34, Kind::Text),
    ];
    let row = |(session, mark): &(SessionRow, Option<MarkRow>)| {
        let (opened, topic) = (moment(&zone, session.held_at), maybe(session.topic.clone()));
        let Some(mark) = mark else {
            return [opened, topic, Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty];
        };
        let how = text(look::how(mark.method, marker(mark, names)));
        let (status, at) = (text(mark.status.label()), moment(&zone, mark.at));
        [opened, topic, status, at, how, maybe(mark.reason.clone())]
    };
    let name = format!("{} {} sessions", class.course_code, class.section);
    sheet(name, columns, history.iter().map(row))
}

/// Who marked by hand: to the student, that staff did.
fn marker<'n>(mark: &MarkRow, names: Option<&'n Names>) -> Option<&'n str> {
    let by = mark.marked_by?;
    match names {
        Some(names) => names.get(&by).map(String::as_str),
        None => Some("staff"),
    }
}

fn reminded(caller: &Caller, row: ReminderRow) -> Reminded {
    Reminded {
        at: times::rfc3339(row.sent_at),
        at_words: times::moment(&caller.known.settings, row.sent_at),
        sender: row.sender,
        text: row.text,
    }
}

/// The page; staff are told who marked, students that staff did.
fn page(
    caller: &Caller,
    shell: Shell,
    lede: String,
    history: History,
    names: Option<&Names>,
) -> Page {
    let (class, tally, history) = history;
    let scale = caller.known.settings.scale(class.weights);
    let share = scale.percentage(&tally);
    let closed = history.iter().rev().filter(|(session, _)| session.closed_at.is_some());
    let streak = Streak::of(closed.filter_map(|(_, mark)| Some(mark.as_ref()?.status)));
    Page {
        shell,
        lede,
        way_back: way_back(&scale, share, names.is_none()).unwrap_or_default(),
        share: Share::of(share, &scale),
        streak,
        tally,
        history: history.iter().map(|row| item(caller, row, names)).collect(),
        others: String::new(),
        remind: String::new(),
        reminders: Vec::new(),
        leaderboard: String::new(),
        path: String::new(),
    }
}

fn item(
    caller: &Caller,
    (session, mark): &(SessionRow, Option<MarkRow>),
    names: Option<&Names>,
) -> Item {
    let settings = &caller.known.settings;
    Item {
        session: session.id,
        may_be_corrected: mark.is_some() || session.closed_at.is_some(),
        ask: String::new(),
        correction: String::new(),
        correction_state: "",
        when: times::local(settings, session.held_at, "%a %-d %b %Y, %H:%M"),
        href: names.map(|_| format!("/sessions/{}", session.id)).unwrap_or_default(),
        topic: session.topic.clone().unwrap_or_default(),
        status: mark.as_ref().map_or("", |mark| mark.status.key()),
        how: mark.as_ref().map_or_else(String::new, |mark| {
            let how = look::how(mark.method, marker(mark, names));
            format!("{} · {how}", times::clock(settings, mark.at))
        }),
        reason: mark.as_ref().and_then(|mark| mark.reason.clone()).unwrap_or_default(),
    }
}
