//! A student in a class, session by session: for the student and for the class's staff.

use super::frame::crumbs;
use super::look::Share;
use super::shell::Shell;
use super::standing::way_back;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use muster_app::attendance::{self, History};
use muster_domain::attendance::{Streak, Tally};
use muster_domain::ids::{ClassId, PersonId};
use muster_storage::people;
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
}

struct Item {
    when: String,
    /// Where staff look at the whole session; empty for the student.
    href: String,
    topic: String,
    status: &'static str,
    how: String,
    reason: String,
}

/// `GET /classes/{id}/attendance`
pub(super) async fn own(caller: Caller, Path(id): Path<ClassId>) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let person = ctx.person()?;
        attendance::history(tx, ctx, person, id)
    });
    let (class, tally, history) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(class.course_name.clone());
    shell.crumbs = crumbs([
        ("/attendance".to_owned(), "Your attendance".to_owned()),
        (String::new(), class.course_name.clone()),
    ]);
    let lede = format!("{} · {} · {}", class.course_code, class.section, class.term_name);
    Ok(render(&page(&caller, shell, lede, (class, tally, history), false)))
}

/// `GET /classes/{id}/students/{person}`
pub(super) async fn of(
    caller: Caller,
    Path((id, person)): Path<(ClassId, PersonId)>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let history = attendance::history(tx, ctx, person, id)?;
        Ok((history, people::get(tx, person)?))
    });
    let (history, row) = read.await.map_err(|error| caller.error(error))?;
    let row = row.ok_or_else(|| caller.error(muster_app::Error::NotFound))?;
    let class = &history.0;
    let mut shell = caller.shell(row.name.clone());
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{id}"), class.course_name.clone()),
        (String::new(), row.name),
    ]);
    let lede = format!("{} · {} · {}", row.number, class.course_code, class.section);
    let others = format!("/people/{person}/attendance");
    Ok(render(&Page { others, ..page(&caller, shell, lede, history, true) }))
}

fn page(caller: &Caller, shell: Shell, lede: String, history: History, staff: bool) -> Page {
    let (class, tally, history) = history;
    let scale = caller.known.settings.scale(class.weights);
    let share = scale.percentage(&tally);
    let closed = history.iter().rev().filter(|(session, _)| session.closed_at.is_some());
    let streak = Streak::of(closed.filter_map(|(_, mark)| Some(mark.as_ref()?.status)));
    Page {
        shell,
        lede,
        way_back: way_back(&scale, share, !staff).unwrap_or_default(),
        share: Share::of(share, &scale),
        streak,
        tally,
        history: history.iter().map(|row| item(caller, row, staff)).collect(),
        others: String::new(),
    }
}

fn item(caller: &Caller, (session, mark): &(SessionRow, Option<MarkRow>), staff: bool) -> Item {
    let settings = &caller.known.settings;
    Item {
        when: times::local(settings, session.opened_at, "%a %-d %b %Y, %H:%M"),
        href: if staff { format!("/sessions/{}", session.id) } else { String::new() },
        topic: session.topic.clone().unwrap_or_default(),
        status: mark.as_ref().map_or("", |mark| mark.status.key()),
        how: mark.as_ref().map_or_else(String::new, |mark| {
            format!("{} · {}", times::clock(settings, mark.at), mark.method.label())
        }),
        reason: mark.as_ref().and_then(|mark| mark.reason.clone()).unwrap_or_default(),
    }
}
