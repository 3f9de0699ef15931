//! The own week and month: meetings as student and as staff, past ones with what they came to.

use super::look::{Tab, status_icon};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use muster_app::feeds;
use muster_app::timetable::{self, Slot};
use muster_app::zone::Zone;
use muster_domain::attendance::calendar::weeks;
use muster_domain::attendance::{DayState, Outcome};
use muster_domain::time::Date;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "timetable.html")]
struct WeekPage {
    shell: Shell,
    tabs: Vec<Tab>,
    around: Around,
    days: Vec<Day>,
    empty: bool,
    feed: Feed,
}

/// The address for calendar programs.
#[derive(Default)]
pub(super) struct Feed {
    /// Shown once, when it was made.
    pub address: String,
    /// Since when there is one; empty if there is none.
    pub since: String,
}

/// The way to the weeks or months beside this one.
pub(super) struct Around {
    pub label: String,
    pub earlier: String,
    pub now: String,
    pub later: String,
}

pub(super) struct Day {
    pub iso: String,
    pub label: String,
    pub today: bool,
    pub items: Vec<Item>,
}

/// A meeting as both pages show it.
pub(super) struct Item {
    pub href: String,
    pub title: String,
    pub detail: String,
    pub starts: String,
    pub ends: String,
    /// A mark's status, or what else is to say.
    pub status: &'static str,
    pub note: &'static str,
    pub kind: &'static str,
    pub now: bool,
    pub over: bool,
}

impl Item {
    /// The icon of its note: the same as in the month.
    pub(super) fn icon(&self) -> &'static str {
        match self.kind {
            "ok" => "list",
            "error" => "cross",
            _ => "dash",
        }
    }
}

#[derive(Deserialize)]
pub(super) struct WeekQuery {
    #[serde(default)]
    week: String,
}

fn tabs(current: &str) -> Vec<Tab> {
    let tab = |href: &str, label: &str| Tab {
        href: href.to_owned(),
        label: label.to_owned(),
        count: String::new(),
        current: href == current,
    };
    vec![tab("/timetable", "Week"), tab("/calendar", "Month")]
}

/// `GET /timetable`
pub(super) async fn week(
    caller: Caller,
    Query(query): Query<WeekQuery>,
) -> Result<Response, PageError> {
    show_week(&caller, &query.week, String::new()).await
}

/// The page of a week, with the address of the feed if it was just made.
pub(super) async fn show_week(
    caller: &Caller,
    week: &str,
    address: String,
) -> Result<Response, PageError> {
    let zone = Zone::of(&caller.known.settings);
    let today = zone.date(caller.ctx.now());
    let monday = times::parse_date(week).unwrap_or(today).monday();
    let sunday = Date(monday.0 + 6);
    let by_day = slots(caller, &zone, monday, sunday).await?;
    let feed = caller.read(feeds::own).await.map_err(|error| caller.error(error))?;
    let days = (monday.0..=sunday.0).map(Date);
    // The weekend stands there only if something takes place.
    let shown = days.filter(|day| day.weekday() < 5 || by_day.contains_key(day));
    let href = |days: i64| format!("/timetable?week={}", times::iso_date(Date(monday.0 + days)));
    let span = (times::date_as(monday, "%-d %b"), times::date_words(sunday));
    Ok(render(&WeekPage {
        shell: caller.shell("Timetable"),
        tabs: tabs("/timetable"),
        around: Around {
            label: format!("{} – {}", span.0, span.1),
            earlier: href(-7),
            now: if today.monday() == monday { String::new() } else { "/timetable".to_owned() },
            later: href(7),
        },
        empty: by_day.is_empty(),
        days: shown.map(|date| day(caller, date, today, by_day.get(&date))).collect(),
        feed: Feed {
            address,
            since: feed.map_or_else(String::new, |feed| {
                times::moment(&caller.known.settings, feed.created_at)
            }),
        },
    }))
}

async fn slots(
    caller: &Caller,
    zone: &Zone,
    first: Date,
    last: Date,
) -> Result<BTreeMap<Date, Vec<Slot>>, PageError> {
    let range = zone.range(first, last);
    let read = caller.read(move |tx, ctx| timetable::own(tx, ctx, range));
    let mut by_day = BTreeMap::<_, Vec<_>>::new();
    for slot in read.await.map_err(|error| caller.error(error))? {
        // One that goes on past midnight belongs to the day on which it begins.
        by_day.entry(zone.date(slot.starts_at)).or_default().push(slot);
    }
    Ok(by_day)
}

fn day(caller: &Caller, date: Date, today: Date, slots: Option<&Vec<Slot>>) -> Day {
    Day {
        iso: times::iso_date(date),
        label: times::date_as(date, "%a %-d %b"),
        today: date == today,
        items: slots.into_iter().flatten().map(|slot| item(caller, slot)).collect(),
    }
}

fn item(caller: &Caller, slot: &Slot) -> Item {
    let settings = &caller.known.settings;
    let now = caller.ctx.now();
    let (status, note, kind) = match slot.outcome {
        Outcome::Marked(status) => (status.key(), "", ""),
        Outcome::Cancelled => ("", "Cancelled", "error"),
        Outcome::NotTaken => ("", "Not taken", ""),
        Outcome::Taken => ("", "Taken", "ok"),
        Outcome::Planned => ("", "", ""),
    };
    let class = &slot.class;
    let room = slot.room.as_deref().map(|room| format!(" · {room}")).unwrap_or_default();
    let href = match (slot.staff, slot.session) {
        (true, Some(session)) => format!("/sessions/{session}"),
        (true, None) => format!("/classes/{}", class.id),
        (false, _) => format!("/classes/{}/attendance", class.id),
    };
    Item {
        href,
        title: class.course_name.clone(),
        detail: format!("{} · {}{room}", class.course_code, class.section),
        starts: times::clock(settings, slot.starts_at),
        ends: times::clock(settings, slot.ends_at),
        status,
        note,
        kind,
        now: slot.outcome == Outcome::Planned && slot.starts_at <= now,
        over: slot.ends_at <= now,
    }
}

#[derive(Template)]
#[template(path = "calendar.html")]
struct MonthPage {
    shell: Shell,
    tabs: Vec<Tab>,
    around: Around,
    weeks: Vec<Vec<Cell>>,
    legend: Vec<(&'static str, &'static str, &'static str)>,
    chosen: Option<Day>,
}

/// A day in the month's table.
struct Cell {
    number: String,
    words: String,
    href: String,
    state: &'static str,
    tone: &'static str,
    icon: &'static str,
    label: &'static str,
    count: usize,
    outside: bool,
    today: bool,
    chosen: bool,
}

#[derive(Deserialize)]
pub(super) struct MonthQuery {
    #[serde(default)]
    month: String,
    #[serde(default)]
    day: String,
}

/// `GET /calendar`
pub(super) async fn month(
    caller: Caller,
    Query(query): Query<MonthQuery>,
) -> Result<Response, PageError> {
    let zone = Zone::of(&caller.known.settings);
    let today = zone.date(caller.ctx.now());
    let asked = times::parse_date(&query.day);
    let (first, last) =
        times::parse_month(&query.month).unwrap_or_else(|| times::month_of(asked.unwrap_or(today)));
    let within = |date: &Date| (first..=last).contains(date);
    let chosen = asked.filter(within).or(Some(today).filter(within));
    let by_day = slots(&caller, &zone, first, last).await?;
    let key = |date: Date| times::date_as(date, "%Y-%m");
    let cell = |date: Date| {
        let slots = by_day.get(&date).map_or(&[][..], Vec::as_slice);
        let state = DayState::of(slots.iter().map(|slot| slot.outcome));
        let (tone, icon) = looks(state);
        Cell {
            number: times::date_as(date, "%-d"),
            words: times::date_as(date, "%A, %-d %B"),
            href: format!("/calendar?month={}&day={}#day", key(date), times::iso_date(date)),
            state: state.key(),
            tone,
            icon,
            label: state.label(),
            count: slots.len(),
            outside: !within(&date),
            today: date == today,
            chosen: Some(date) == chosen,
        }
    };
    let href = |date: Date| format!("/calendar?month={}", key(date));
    let current = times::month_of(today).0 == first;
    let staffs =
        caller.who.as_ref().is_some_and(|who| who.actor.staffed_classes().next().is_some());
    let stated = |state| match state {
        DayState::Free => false,
        DayState::Taken => staffs,
        _ => true,
    };
    Ok(render(&MonthPage {
        shell: caller.shell("Calendar"),
        tabs: tabs("/calendar"),
        around: Around {
            label: times::date_as(first, "%B %Y"),
            earlier: href(Date(first.0 - 1)),
            now: if current { String::new() } else { "/calendar".to_owned() },
            later: href(Date(last.0 + 1)),
        },
        weeks: weeks(first, last).iter().map(|week| week.map(&cell).into()).collect(),
        legend: DayState::ALL.into_iter().filter(|state| stated(*state)).map(legend).collect(),
        chosen: chosen.map(|date| day(&caller, date, today, by_day.get(&date))),
    }))
}

fn legend(state: DayState) -> (&'static str, &'static str, &'static str) {
    let (tone, icon) = looks(state);
    (tone, icon, state.label())
}

/// The colour, as the status that has it, and the icon of a day.
fn looks(state: DayState) -> (&'static str, &'static str) {
    match state {
        DayState::Present => ("present", status_icon("present")),
        DayState::Late => ("late", status_icon("late")),
        DayState::Excused => ("excused", status_icon("excused")),
        DayState::Absent => ("absent", status_icon("absent")),
        DayState::Partly => ("late", "half"),
        DayState::Taken => ("present", "list"),
        DayState::Planned => ("open", "calendar"),
        DayState::NotTaken => ("", "dash"),
        DayState::Free => ("", ""),
    }
}
