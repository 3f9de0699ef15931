//! A class's timetable: its week, the patterns from which its meetings are made, and clashes.

use super::frame::crumbs;
use super::shell::Shell;
use super::timetable::{Around, Day, Item};
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use muster_app::academics;
use muster_app::zone::Zone;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, MeetingId, SessionId};
use muster_domain::time::Date;
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::MeetingRow;
use muster_storage::patterns::{ClashRow, PatternRow};
use muster_storage::{enrolment, sessions};
use serde::Deserialize;
use std::collections::HashMap;

#[derive(Template)]
#[template(path = "class_timetable.html")]
struct Page {
    shell: Shell,
    id: ClassId,
    lede: String,
    around: Around,
    days: Vec<Day>,
    may_manage: bool,
    archived: bool,
    patterns: Vec<PatternItem>,
    clashes: Vec<ClashItem>,
}

struct PatternItem {
    id: String,
    weekday: &'static str,
    times: String,
    room: String,
    days: String,
}

struct ClashItem {
    when: String,
    what: String,
    class: ClassId,
    name: String,
}

#[derive(Deserialize)]
pub(super) struct WeekQuery {
    #[serde(default)]
    week: String,
}

/// `GET /classes/{id}/timetable`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<ClassId>,
    Query(query): Query<WeekQuery>,
) -> Result<Response, PageError> {
    let zone = Zone::of(&caller.known.settings);
    let today = zone.date(caller.ctx.now());
    let monday = times::parse_date(&query.week).unwrap_or(today).monday();
    let sunday = Date(monday.0 + 6);
    let (from, until) = zone.range(monday, sunday);
    let read = caller.read(move |tx, ctx| {
        let class = academics::class(tx, ctx, id)?;
        let meetings = enrolment::meetings(tx, id, from, until)?;
        let sessions = sessions::of_class(tx, id)?;
        let (patterns, clashes) =
            (academics::patterns(tx, ctx, id)?, academics::clashes(tx, ctx, id)?);
        Ok((class, meetings, sessions, patterns, clashes))
    });
    let (class, meetings, sessions, patterns, clashes) =
        read.await.map_err(|error| caller.error(error))?;
    let taken: HashMap<MeetingId, SessionId> =
        sessions.iter().filter_map(|row| Some((row.meeting?, row.id))).collect();
    let archived = class.archived_at.is_some();
    let may_manage = caller.ctx.need(Permission::ManageAcademics, Target::Institution).is_ok();
    let on = |date: Date| {
        let today = meetings.iter().filter(|meeting| zone.date(meeting.starts_at) == date);
        // Of an archived class only what was taken stands there.
        let today = today.filter(|meeting| !archived || taken.contains_key(&meeting.id));
        let items = today.map(|row| item(&caller, row, taken.get(&row.id), may_manage));
        items.collect::<Vec<_>>()
    };
    let days = (monday.0..=sunday.0).map(Date).map(|date| (date, on(date)));
    // The weekend stands there only if something takes place.
    let days = days.filter(|(date, items)| date.weekday() < 5 || !items.is_empty());
    let path = format!("/classes/{id}/timetable");
    let href = |days: i64| format!("{path}?week={}", times::iso_date(Date(monday.0 + days)));
    let label = format!("{} – {}", times::date_as(monday, "%-d %b"), times::date_words(sunday));
    Ok(render(&Page {
        shell: shell(&caller, &class),
        id,
        lede: format!("{} · {} · {}", class.course_code, class.section, class.term_name),
        around: Around {
            label,
            earlier: href(-7),
            now: if today.monday() == monday { String::new() } else { path.clone() },
            later: href(7),
        },
        days: days
            .map(|(date, items)| Day {
                iso: times::iso_date(date),
                label: times::date_as(date, "%a %-d %b"),
                today: date == today,
                items,
            })
            .collect(),
        may_manage: may_manage && !archived,
        archived,
        patterns: patterns.iter().map(|row| pattern(row, &class)).collect(),
        clashes: clashes.iter().map(|row| clash(&caller, row)).collect(),
    }))
}

fn shell(caller: &Caller, class: &ClassRow) -> Shell {
    let mut shell = caller.shell(format!("Timetable of {}", class.course_name));
    shell.crumbs = crumbs([
        ("/classes".to_owned(), "Classes".to_owned()),
        (format!("/classes/{}", class.id), format!("{} {}", class.course_code, class.section)),
        (String::new(), "Timetable".to_owned()),
    ]);
    shell
}

fn item(
    caller: &Caller,
    meeting: &MeetingRow,
    session: Option<&SessionId>,
    may_manage: bool,
) -> Item {
    let settings = &caller.known.settings;
    let now = caller.ctx.now();
    let (note, kind) = match session {
        Some(_) => ("Taken", "ok"),
        None if meeting.cancelled_at.is_some() => ("Cancelled", "error"),
        None if meeting.ends_at <= now => ("Not taken", ""),
        None => ("", ""),
    };
    let href = match session {
        Some(session) => format!("/sessions/{session}"),
        None if may_manage => format!("/meetings/{}", meeting.id),
        None => format!("/classes/{}", meeting.class),
    };
    Item {
        href,
        title: meeting.room.clone().unwrap_or_else(|| "No room".to_owned()),
        detail: String::new(),
        starts: times::clock(settings, meeting.starts_at),
        ends: times::clock(settings, meeting.ends_at),
        status: "",
        note,
        kind,
        now: session.is_none() && (meeting.starts_at..meeting.ends_at).contains(&now),
        over: meeting.ends_at <= now,
    }
}

fn pattern(row: &PatternRow, class: &ClassRow) -> PatternItem {
    let words = times::minute_words;
    let next = if row.ends_minute <= row.starts_minute { " (the day after)" } else { "" };
    let room = row.room.clone().or_else(|| class.room.clone());
    PatternItem {
        id: row.id.to_string(),
        weekday: row.weekday.label(),
        times: format!("{}–{}{next}", words(row.starts_minute), words(row.ends_minute)),
        room: room.unwrap_or_else(|| "–".to_owned()),
        days: format!("{} to {}", times::date_words(row.first_on), times::date_words(row.last_on)),
    }
}

fn clash(caller: &Caller, row: &ClashRow) -> ClashItem {
    let what = match (&row.room, &row.teacher) {
        (Some(room), _) => format!("also in {room}:"),
        (None, Some(teacher)) => format!("{teacher} also teaches"),
        (None, None) => String::new(),
    };
    ClashItem {
        when: times::local(&caller.known.settings, row.starts_at, "%a %-d %b %Y, %H:%M"),
        what,
        class: row.class,
        name: format!("{} {}", row.course_code, row.section),
    }
}
