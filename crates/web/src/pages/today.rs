//! The home page: what whoever is looking does next.

use super::announcements::Item as Announcement;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::attendance::{self, ClassToday};
use muster_app::points::{self, PlaceToVerify};
use muster_app::{announcements, registers};
use muster_domain::attendance::Mode;
use muster_domain::auth::Permission;
use muster_storage::registers::MissingRow;

#[derive(Template)]
#[template(path = "today.html")]
struct Page {
    shell: Shell,
    day: String,
    announcements: Vec<Announcement>,
    missing: Vec<MissingItem>,
    taught: Vec<Item>,
    attended: Vec<Item>,
    earlier: Vec<Item>,
    doors: Vec<Door>,
    /// Whether they stand at doors at all.
    verifies: bool,
}

/// Where somebody verifies.
struct Door {
    name: String,
    /// The day of an exam; empty where none is known.
    day: String,
    starts: String,
    ends: String,
    points: String,
    /// Straight to the only point, or to where one is chosen.
    link: String,
}

impl Door {
    fn of(caller: &Caller, place: PlaceToVerify) -> Self {
        let settings = &caller.known.settings;
        let clock = |at| times::clock(settings, at);
        let names: Vec<_> = place.points.iter().map(|point| point.name.as_str()).collect();
        Self {
            day: place.times.map(|(from, _)| times::day(settings, from)).unwrap_or_default(),
            starts: place.times.map(|(from, _)| clock(from)).unwrap_or_default(),
            ends: place.times.map(|(_, until)| clock(until)).unwrap_or_default(),
            points: names.join(", "),
            link: match place.points.as_slice() {
                [only] => format!("/verify/{}", only.id),
                _ => "/verify".to_owned(),
            },
            name: place.name,
        }
    }
}

/// A class as the page shows it.
struct Item {
    id: String,
    title: String,
    code: String,
    term: String,
    when: String,
    starts: String,
    ends: String,
    day: String,
    room: String,
    meeting: String,
    open: String,
    open_until: String,
    online: bool,
    status: &'static str,
    percent: String,
    level: &'static str,
    held: i64,
    here: i64,
    absent: i64,
}

/// A meeting whose register was never taken.
struct MissingItem {
    class: String,
    meeting: String,
    title: String,
    code: String,
    when: String,
}

impl MissingItem {
    fn of(caller: &Caller, row: &MissingRow) -> Self {
        let settings = &caller.known.settings;
        let starts = times::local(settings, row.starts_at, "%a %-d %b, %H:%M");
        Self {
            class: row.class.to_string(),
            meeting: row.meeting.to_string(),
            title: row.course_name.clone(),
            code: format!("{} · {}", row.course_code, row.section),
            when: format!("{starts}–{}", times::clock(settings, row.ends_at)),
        }
    }
}

/// `GET /`
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    if let Some(class) = caller.ctx.actor.as_ref().and_then(|actor| actor.class) {
        return Ok(Redirect::to(&format!("/classes/{class}")).into_response());
    }
    let verifies = caller
        .who
        .as_ref()
        .is_some_and(|who| who.actor.may_somewhere(Permission::VerifyCredentials));
    let read = caller.read(move |tx, ctx| {
        let doors = if verifies { points::places(tx, ctx)? } else { Vec::new() };
        let classes = (attendance::staffed_today(tx, ctx)?, attendance::attended_today(tx, ctx)?);
        Ok((classes, doors, registers::own(tx, ctx)?, announcements::shown(tx, ctx)?))
    });
    let ((taught, attended), doors, missing, announced) =
        read.await.map_err(|error| caller.error(error))?;
    let nothing = taught.is_empty() && attended.is_empty();
    let overview =
        caller.who.as_ref().is_some_and(|who| who.actor.may_somewhere(Permission::ViewOverview));
    if nothing && overview {
        return Ok(Redirect::to("/overview").into_response());
    }
    let keeps =
        caller.who.as_ref().is_some_and(|who| who.actor.may_somewhere(Permission::ManageFinance));
    if nothing && keeps {
        return Ok(Redirect::to("/finance").into_response());
    }
    let items = |list: &[ClassToday], over: bool| {
        list.iter().filter(|class| class.over == over).map(|class| item(&caller, class)).collect()
    };
    Ok(render(&Page {
        shell: caller.shell("Today"),
        day: times::day(&caller.known.settings, caller.ctx.now()),
        announcements: announced.into_iter().map(|row| Announcement::of(&caller, row)).collect(),
        missing: missing.iter().map(|row| MissingItem::of(&caller, row)).collect(),
        taught: items(&taught, false),
        attended: items(&attended, false),
        earlier: items(&attended, true),
        doors: doors.into_iter().map(|place| Door::of(&caller, place)).collect(),
        verifies,
    }))
}

fn item(caller: &Caller, today: &ClassToday) -> Item {
    let settings = &caller.known.settings;
    let scale = settings.scale(today.class.weights);
    let next = today.next.as_ref();
    let room = next.and_then(|meeting| meeting.room.clone()).or_else(|| today.class.room.clone());
    Item {
        id: today.class.id.to_string(),
        title: today.class.course_name.clone(),
        code: format!("{} · {}", today.class.course_code, today.class.section),
        term: today.class.term_name.clone(),
        when: next.map_or_else(String::new, |meeting| {
            let day = times::local(settings, meeting.starts_at, "%a %-d %b, %H:%M");
            format!("{day}–{}", times::clock(settings, meeting.ends_at))
        }),
        starts: next.map(|meeting| times::clock(settings, meeting.starts_at)).unwrap_or_default(),
        ends: next.map(|meeting| times::clock(settings, meeting.ends_at)).unwrap_or_default(),
        day: next.map_or_else(String::new, |meeting| {
            times::local(settings, meeting.starts_at, "%a %-d %b")
        }),
        room: room.unwrap_or_default(),
        meeting: next
            .filter(|_| today.may_open_next)
            .map(|meeting| meeting.id.to_string())
            .unwrap_or_default(),
        open: today.open.as_ref().map(|open| open.id.to_string()).unwrap_or_default(),
        open_until: today
            .open
            .as_ref()
            .map_or_else(String::new, |open| times::clock(settings, open.ends_at)),
        online: today.open.as_ref().is_some_and(|open| open.mode == Mode::Online),
        status: today.mark.as_ref().map_or("", |mark| mark.status.key()),
        percent: scale.percentage(&today.tally).to_string(),
        level: scale.badge(scale.percentage(&today.tally)).key(),
        held: today.tally.total(),
        here: today.tally.present + today.tally.late,
        absent: today.tally.absent,
    }
}
