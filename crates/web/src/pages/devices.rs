//! A student's phones and browsers, and freeing one that was sold or lent.

use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{moment, text};
use crate::tables::{Wanted, listed, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::devices;
use muster_app::zone::Zone;
use muster_documents::xlsx::Kind;
use muster_domain::ids::{DeviceId, PersonId};
use muster_storage::devices::BindingRow;

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    shell: Shell,
    id: String,
    devices: Vec<Item>,
}

struct Item {
    id: String,
    /// The beginning of the id, to tell one from another.
    short: String,
    since: String,
}

/// `GET /people/{id}/devices`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| devices::of(tx, ctx, id)).await;
    let (person, rows) = read.map_err(|error| caller.error(error))?;
    if let Some(format) = wanted.file() {
        let zone = Zone::of(&caller.known.settings);
        let columns = [("Phone", 12, Kind::Text), ("Since", 18, Kind::DateTime)];
        let row = |row: &BindingRow| [text(short(row.device)), moment(&zone, row.bound_at)];
        let name = format!("Phones of {}", person.number);
        return listed(&caller, format, sheet(name, columns, rows.iter().map(row))).await;
    }
    let mut shell = caller.shell(format!("Phones of {}", person.name));
    shell.crumbs = crumbs([
        ("/people".to_owned(), "People".to_owned()),
        (format!("/people/{id}"), person.name),
        (String::new(), "Phones".to_owned()),
    ]);
    let item = |row: &BindingRow| Item {
        id: row.device.to_string(),
        short: short(row.device),
        since: times::moment(&caller.known.settings, row.bound_at),
    };
    let devices = rows.iter().map(item).collect();
    Ok(render(&Page { shell, id: id.to_string(), devices }))
}

fn short(device: DeviceId) -> String {
    device.to_string().chars().take(8).collect()
}

/// `POST /people/{id}/devices/{device}/release`
pub(super) async fn free(
    caller: Caller,
    Path((id, device)): Path<(PersonId, DeviceId)>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| devices::free(tx, ctx, id, device)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/people/{id}/devices")).into_response())
}
