//! One sitting: when and where it is, who sits it in which room, and who can't.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::shell::Shell;
use super::sittings::{SittingForm, day, may_manage, span};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::export::text;
use crate::tables::{self, listed, sheet};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::{Error, sittings};
use muster_documents::xlsx::Kind;
use muster_domain::dockets::Rooms;
use muster_domain::ids::{PersonId, SittingId};
use muster_storage::sittings::{ClashingRow, SitterRow, SittingRow};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "sitting.html")]
struct Page {
    shell: Shell,
    id: SittingId,
    may_manage: bool,
    course: String,
    when: String,
    rooms: String,
    several: bool,
    sitters: Vec<Sitter>,
    clashes: Vec<Clash>,
    form: SittingForm,
    time_zone: String,
    errors: Errors,
}

struct Sitter {
    person: PersonId,
    name: String,
    number: String,
    roll: String,
    room: String,
    rooms: Vec<Choice>,
}

struct Clash {
    name: String,
    number: String,
    other: SittingId,
    course: String,
    when: String,
}

/// `GET /sittings/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<SittingId>,
    Query(wanted): Query<tables::Wanted>,
) -> Result<Response, PageError> {
    let (row, sitters, clashes) = read(&caller, id).await?;
    if let Some(format) = wanted.file() {
        let columns = [
            ("Roll", 10, Kind::Text),
            ("Number", 14, Kind::Text),
            ("Name", 28, Kind::Text),
            ("Room", 20, Kind::Text),
        ];
        let line = |row: SitterRow| {
            let room = row.room.unwrap_or_default();
            [text(row.roll_number), text(row.number), text(row.name), text(room)]
        };
        let name = format!("{} {}", row.assessment_code, row.course_code);
        return listed(&caller, format, sheet(name, columns, sitters.into_iter().map(line))).await;
    }
    let form = SittingForm::of(&caller, &row);
    Ok(render(&page(&caller, row, (sitters, clashes), form, Errors::default())))
}

type Read = (SittingRow, Vec<SitterRow>, Vec<ClashingRow>);

async fn read(caller: &Caller, id: SittingId) -> Result<Read, PageError> {
    let read = caller.read(move |tx, ctx| {
        let row = sittings::get(tx, ctx, id)?;
        Ok((row, sittings::sitters(tx, ctx, id)?, sittings::clashing(tx, ctx, id)?))
    });
    read.await.map_err(|error| caller.error(error))
}

fn page(
    caller: &Caller,
    row: SittingRow,
    (sitters, clashes): (Vec<SitterRow>, Vec<ClashingRow>),
    form: SittingForm,
    errors: Errors,
) -> Page {
    let title = format!("{}: {} {}", row.assessment_code, row.course_code, row.section);
    let mut shell = caller.shell(title.clone());
    shell.crumbs = crumbs([
        (format!("/sittings?assessment={}", row.assessment), "Sittings".to_owned()),
        (String::new(), title),
    ]);
    let rooms = Rooms::stored(&row.rooms);
    let sitter = |one: SitterRow| {
        let room = one.room.unwrap_or_default();
        let names = rooms.names().iter().map(|name| (name.clone(), name.clone()));
        Sitter {
            rooms: Choice::list(names, &room),
            person: one.person,
            name: one.name,
            number: one.number,
            roll: one.roll_number,
            room,
        }
    };
    let clash = |one: ClashingRow| Clash {
        when: format!("{}, {}", day(caller, one.starts_at), {
            crate::times::clock(&caller.known.settings, one.starts_at)
        }),
        name: one.name,
        number: one.number,
        other: one.other,
        course: one.course_code,
    };
    let when =
        format!("{}, {}", day(caller, row.starts_at), span(caller, (row.starts_at, row.ends_at)));
    Page {
        shell,
        id: row.id,
        may_manage: may_manage(caller),
        course: row.course_name,
        when,
        several: rooms.names().len() > 1,
        sitters: sitters.into_iter().map(sitter).collect(),
        clashes: clashes.into_iter().map(clash).collect(),
        rooms: row.rooms,
        form,
        time_zone: caller.known.settings.time_zone.clone(),
        errors,
    }
}

/// `POST /sittings/{id}`
pub(super) async fn change(
    caller: Caller,
    Path(id): Path<SittingId>,
    Form(mut form): Form<SittingForm>,
) -> Result<Response, PageError> {
    let seen = form.version;
    let done = match form.input(&caller) {
        Ok(input) => caller.write(move |tx, ctx| sittings::change(tx, ctx, id, seen, &input)).await,
        Err(error) => Err(error),
    };
    let error = match done {
        Ok(()) => return Ok(back(id)),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let (row, sitters, clashes) = read(&caller, id).await?;
    let mut errors = Errors::from_error(&error, "");
    if matches!(error, Error::Stale) {
        let now = SittingForm::of(&caller, &row);
        form.version = now.version;
        let is = format!("{}, {} to {}, {}", now.day, now.starts_at, now.ends_at, now.rooms);
        errors = Errors::stale("sitting", &is);
    }
    let page = page(&caller, row, (sitters, clashes), form, errors);
    Ok((status(&error), render(&page)).into_response())
}

/// `POST /sittings/{id}/removal`
pub(super) async fn remove(
    caller: Caller,
    Path(id): Path<SittingId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| sittings::remove(tx, ctx, id)).await;
    let assessment = done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/sittings?assessment={assessment}")).into_response())
}

/// `POST /sittings/{id}/rooms`
pub(super) async fn share_out(
    caller: Caller,
    Path(id): Path<SittingId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| sittings::share_out(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(back(id))
}

/// `POST /sittings/{id}/rooms/removal`
pub(super) async fn clear(
    caller: Caller,
    Path(id): Path<SittingId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| sittings::clear_rooms(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(back(id))
}

#[derive(Deserialize)]
pub(super) struct RoomForm {
    #[serde(default)]
    room: String,
}

/// `POST /sittings/{id}/places/{person}`
pub(super) async fn assign(
    caller: Caller,
    Path((id, person)): Path<(SittingId, PersonId)>,
    Form(RoomForm { room }): Form<RoomForm>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| sittings::assign(tx, ctx, (id, person), &room)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/sittings/{id}#person-{person}")).into_response())
}

fn back(id: SittingId) -> Response {
    Redirect::to(&format!("/sittings/{id}")).into_response()
}
