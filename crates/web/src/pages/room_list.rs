//! Room lists: who of a sitting, or of an assessment without sittings, was admitted, refused, or has
//! not yet come; as files, on paper, and live.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::room_list_pdf;
use super::shell::Shell;
use super::sittings::{day, may_manage, span};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::{Format, moment, text};
use crate::tables::{Wanted as WantedFile, listed, sheet};
use crate::times::query_value;
use crate::verdicts;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::room_lists::{self, Place, RoomList, Seat};
use muster_app::zone::Zone;
use muster_app::{Error, points};
use muster_documents::xlsx::{Cell, Kind};
use muster_domain::auth::{Permission, Target};
use muster_domain::dockets::Attendance;
use muster_domain::ids::{AssessmentId, SittingId};
use muster_storage::assessments::AssessmentRow;
use muster_storage::points::PointRow;
use muster_storage::sittings::SittingRow;
use serde::Deserialize;

/// Students on one page.
const PAGE: usize = 200;

#[derive(Template)]
#[template(path = "room_list.html")]
struct ListPage {
    shell: Shell,
    /// The address of the page.
    path: String,
    when: String,
    /// Where halls are added; empty for a sitting.
    halls: String,
    may_verify: bool,
    feed: String,
    filter: Filter,
    rooms: Vec<Room>,
    choices: Vec<Choice>,
    states: Vec<Choice>,
    total: usize,
    admitted: usize,
    refused: usize,
    not_yet: usize,
    lines: Vec<Line>,
    query: String,
    first: String,
    next: String,
    name: String,
    errors: Errors,
}

/// A room with what happened there.
struct Room {
    point: PointRow,
    admitted: usize,
    refused: usize,
    not_yet: usize,
}

/// A student.
struct Line {
    name: String,
    number: String,
    roll: String,
    room: String,
    state: &'static str,
    tone: &'static str,
    icon: &'static str,
    at: String,
    by: String,
    notes: Vec<String>,
}

/// What is looked for, as typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Filter {
    q: String,
    room: String,
    state: String,
    from: String,
}

impl Filter {
    fn fits(&self, seat: &Seat) -> bool {
        let state = Attendance::from_key(&self.state);
        (self.room.is_empty() || seat.room() == self.room)
            && state.is_none_or(|state| seat.attendance == state)
            && room_lists::is_called(seat, &self.q)
    }

    fn query(&self, path: &str) -> String {
        let [q, room, state] = [&self.q, &self.room, &self.state].map(|text| query_value(text));
        format!("{path}?q={q}&room={room}&state={state}")
    }
}

/// `GET /sittings/{id}/room-list`
pub(super) async fn of_sitting(
    caller: Caller,
    Path(id): Path<SittingId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    show(&caller, Place::Sitting(id), filter, wanted).await
}

/// `GET /assessments/{id}/room-list`
pub(super) async fn of_assessment(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Query(filter): Query<Filter>,
    Query(wanted): Query<WantedFile>,
) -> Result<Response, PageError> {
    show(&caller, Place::Assessment(id), filter, wanted).await
}

async fn show(
    caller: &Caller,
    place: Place,
    filter: Filter,
    wanted: WantedFile,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| room_lists::room_list(tx, ctx, place));
    let mut list = read.await.map_err(|error| caller.error(error))?;
    if wanted.is_pdf() || wanted.file().is_some() {
        list.seats.retain(|seat| filter.fits(seat));
    }
    if wanted.is_pdf() {
        let file = room_list_pdf::file(caller, &list).await;
        return file.map_err(|error| caller.error(error));
    }
    if let Some(format) = wanted.file() {
        return file(caller, list, format).await;
    }
    Ok(render(&page(caller, &list, filter, (String::new(), Errors::default()))))
}

/// What the list is of, such as `CA1: MA201 A`.
pub(super) fn title(list: &RoomList) -> String {
    title_of(list.sitting.as_ref(), &list.assessment)
}

/// What an exam is called.
pub(super) fn title_of(sitting: Option<&SittingRow>, assessment: &AssessmentRow) -> String {
    match sitting {
        Some(row) => format!("{}: {} {}", row.assessment_code, row.course_code, row.section),
        None => assessment.code.clone(),
    }
}

fn page(
    caller: &Caller,
    list: &RoomList,
    filter: Filter,
    (name, errors): (String, Errors),
) -> ListPage {
    let path = match &list.sitting {
        Some(row) => format!("/sittings/{}/room-list", row.id),
        None => format!("/assessments/{}/room-list", list.assessment.id),
    };
    let may_verify = {
        let place = Target::Assessment(list.assessment.id);
        caller.ctx.need(Permission::VerifyCredentials, place).is_ok()
    };
    let standing = list.rooms.iter().find(|room| room.archived_at.is_none());
    let feed = standing.filter(|_| may_verify);
    let query = filter.query(&path);
    let from: usize = filter.from.parse().unwrap_or_default();
    let found: Vec<_> = list.seats.iter().filter(|seat| filter.fits(seat)).collect();
    let more = found.len() > from.saturating_add(PAGE);
    let names = list.rooms.iter().map(|room| (room.name.clone(), room.name.clone()));
    let states = Attendance::ALL.map(|one| (one.key(), one.label()));
    let when = list.sitting.as_ref().map(|row| {
        let (day, span) = (day(caller, row.starts_at), span(caller, (row.starts_at, row.ends_at)));
        format!("{}, {day}, {span}", row.course_name)
    });
    let may_add = list.sitting.is_none() && may_manage(caller);
    let room = |point: &PointRow| Room {
        admitted: list.count(Some(&point.name), Attendance::Admitted),
        refused: list.count(Some(&point.name), Attendance::Refused),
        not_yet: list.count(Some(&point.name), Attendance::NotYet),
        point: point.clone(),
    };
    ListPage {
        shell: shell(caller, list),
        when: when.unwrap_or_else(|| list.assessment.name.clone()),
        halls: if may_add {
            format!("/assessments/{}/points", list.assessment.id)
        } else {
            String::new()
        },
        may_verify,
        feed: feed.map(|room| format!("/api/v1/points/{}/events", room.id)).unwrap_or_default(),
        choices: Choice::list(names, &filter.room),
        states: Choice::list(states, &filter.state),
        rooms: list.rooms.iter().map(room).collect(),
        total: list.seats.len(),
        admitted: list.count(None, Attendance::Admitted),
        refused: list.count(None, Attendance::Refused),
        not_yet: list.count(None, Attendance::NotYet),
        lines: found.iter().skip(from).take(PAGE).map(|seat| Line::of(caller, seat)).collect(),
        first: if from > 0 { query.clone() } else { String::new() },
        next: if more { format!("{query}&from={}", from + PAGE) } else { String::new() },
        query: format!("{query}&"),
        path,
        filter,
        name,
        errors,
    }
}

fn shell(caller: &Caller, list: &RoomList) -> Shell {
    let title = title(list);
    let mut shell = caller.shell(format!("Room list of {title}"));
    let sittings = (format!("/sittings?assessment={}", list.assessment.id), "Sittings".to_owned());
    let here = (String::new(), "Room list".to_owned());
    shell.crumbs = match &list.sitting {
        Some(row) => crumbs([sittings, (format!("/sittings/{}", row.id), title), here]),
        None => crumbs([sittings, (String::new(), format!("Room list of {title}"))]),
    };
    shell
}

impl Line {
    fn of(caller: &Caller, seat: &Seat) -> Self {
        let settings = &caller.known.settings;
        let (tone, icon) = match seat.attendance {
            Attendance::Admitted => ("ok", "check"),
            Attendance::Refused => ("error", "cross"),
            Attendance::NotYet => ("", "dash"),
        };
        let last = seat.last.as_ref();
        Self {
            name: seat.name.clone(),
            number: seat.number.clone(),
            roll: seat.roll.clone(),
            room: seat.room().to_owned(),
            state: seat.attendance.label(),
            tone,
            icon,
            at: last
                .map(|last| verdicts::scanned(settings, last.at, caller.ctx.now()))
                .unwrap_or_default(),
            by: last.map(|last| last.verifier.clone()).unwrap_or_default(),
            notes: notes(seat),
        }
    }
}

/// What deserves a look.
pub(super) fn notes(seat: &Seat) -> Vec<String> {
    let mut notes = Vec::new();
    if !seat.expected {
        notes.push("Does not sit here".to_owned());
    }
    if !seat.has_docket {
        notes.push("No docket".to_owned());
    }
    if let Some(last) = &seat.last {
        let kind = last.overridden.or(Some(last.verdict).filter(|_| !last.admitted));
        match (kind, last.overridden) {
            (Some(kind), Some(_)) => notes.push(format!("Let in instead of: {}", kind.label())),
            (Some(kind), None) => notes.push(kind.label().to_owned()),
            (None, _) => {}
        }
        if !seat.assigned.is_empty() && seat.assigned != last.room {
            notes.push(format!("Assigned to {}", seat.assigned));
        }
    }
    notes
}

async fn file(caller: &Caller, list: RoomList, format: Format) -> Result<Response, PageError> {
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Roll", 8, Kind::Text),
        ("Number", 14, Kind::Text),
        ("Name", 28, Kind::Text),
        ("Room", 18, Kind::Text),
        ("State", 14, Kind::Text),
        ("Scanned", 18, Kind::DateTime),
        ("Scanned by", 24, Kind::Text),
        ("Notes", 36, Kind::Text),
    ];
    let name = format!("Room list {}", title(&list));
    let line = |seat: Seat| {
        [
            text(seat.roll.clone()),
            text(seat.number.clone()),
            text(seat.name.clone()),
            text(seat.room().to_owned()),
            text(seat.attendance.label()),
            seat.last.as_ref().map_or(Cell::Empty, |last| moment(&zone, last.at)),
            text(seat.last.as_ref().map(|last| last.verifier.clone()).unwrap_or_default()),
            text(notes(&seat).join("; ")),
        ]
    };
    let lines: Vec<_> = list.seats.into_iter().map(line).collect();
    listed(caller, format, sheet(name, columns, lines)).await
}

#[derive(Deserialize)]
pub(super) struct HallForm {
    #[serde(default)]
    name: String,
}

/// `POST /assessments/{id}/points`
pub(super) async fn add_hall(
    caller: Caller,
    Path(id): Path<AssessmentId>,
    Form(HallForm { name }): Form<HallForm>,
) -> Result<Response, PageError> {
    let typed = name.clone();
    let done = caller.write(move |tx, ctx| points::create_hall(tx, ctx, id, &name)).await;
    let error = match done {
        Ok(_) => {
            return Ok(Redirect::to(&format!("/assessments/{id}/room-list")).into_response());
        }
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let place = Place::Assessment(id);
    let read = caller.read(move |tx, ctx| room_lists::room_list(tx, ctx, place));
    let list = read.await.map_err(|error| caller.error(error))?;
    let errors = Errors::from_error(&error, "name");
    let page = page(&caller, &list, Filter::default(), (typed, errors));
    Ok((status(&error), render(&page)).into_response())
}
