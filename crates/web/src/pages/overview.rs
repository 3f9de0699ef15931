//! Every open session, live, for administrators.

use super::announcements::Item as Announcement;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::response::Response;
use muster_app::announcements;
use muster_app::attendance::{self, OpenSession};

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    shell: Shell,
    items: Vec<Item>,
    announcements: Vec<Announcement>,
}

struct Item {
    id: String,
    class: String,
    code: String,
    teacher: String,
    room: String,
    here: i64,
    enrolled: i64,
    share: i64,
    ends_at: String,
    ends_at_words: String,
}

/// `GET /overview`
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    let read =
        caller.read(|tx, ctx| Ok((attendance::overview(tx, ctx)?, announcements::shown(tx, ctx)?)));
    let (open, announced) = read.await.map_err(|error| caller.error(error))?;
    let announcements = announced.into_iter().map(|row| Announcement::of(&caller, row)).collect();
    let items = open.iter().map(|open| item(&caller, open)).collect();
    Ok(render(&Page { shell: caller.shell("Open sessions"), items, announcements }))
}

fn item(caller: &Caller, open: &OpenSession) -> Item {
    let OpenSession { session, class, teacher, counts } = open;
    let here = counts.tally.present + counts.tally.late;
    Item {
        id: session.id.to_string(),
        class: class.course_name.clone(),
        code: format!("{} · {}", class.course_code, class.section),
        teacher: teacher.clone(),
        room: class.room.clone().unwrap_or_default(),
        here,
        enrolled: counts.enrolled,
        share: here * 100 / counts.enrolled.max(1),
        ends_at: times::rfc3339(session.ends_at),
        ends_at_words: times::clock(&caller.known.settings, session.ends_at),
    }
}
