//! A student's phones and browsers: freeing one that was sold or lent, and withdrawing the key by which
//! one signs what it scans without a network.

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
use muster_app::settings::Settings;
use muster_app::zone::Zone;
use muster_app::{devices, receipts};
use muster_documents::xlsx::Kind;
use muster_domain::ids::{DeviceId, DeviceKeyId, PersonId};
use muster_storage::devices::BindingRow;
use muster_storage::receipts::DeviceKeyRow;

#[derive(Template)]
#[template(path = "devices.html")]
struct Page {
    shell: Shell,
    id: String,
    devices: Vec<Item>,
    signing: Vec<Signing>,
}

struct Item {
    id: String,
    /// The beginning of the id, to tell one from another.
    short: String,
    since: String,
}

/// A phone that signs what it scans.
pub(super) struct Signing {
    pub name: String,
    /// The beginning of the key's id, to tell one from another.
    pub short: String,
    pub since: String,
    pub heard: String,
    /// Since when its key is withdrawn; empty while it counts.
    pub withdrawn: String,
    /// Where it is withdrawn, and what is asked before.
    pub action: String,
    pub confirm: String,
}

impl Signing {
    /// A person's phones; `within` is the path of the person where they are not one's own.
    pub fn list(settings: &Settings, rows: &[DeviceKeyRow], within: &str) -> Vec<Self> {
        let whose = if within.is_empty() { "You are" } else { "The student is" };
        let item = |row: &DeviceKeyRow| Self {
            name: row.name.clone(),
            short: row.id.to_string().chars().take(8).collect(),
            since: times::moment(settings, row.registered_at),
            heard: times::moment(settings, row.heard_at),
            withdrawn: row.withdrawn_at.map_or_else(String::new, |at| times::moment(settings, at)),
            action: format!("{within}/device-keys/{}/withdrawal", row.id),
            confirm: format!(
                "Withdraw {}? Codes that come on the screen from now on are not taken from it. \
                 {whose} signed out everywhere else and can register a phone anew by signing in on it.",
                row.name
            ),
        };
        rows.iter().map(item).collect()
    }
}

/// `GET /people/{id}/devices`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<PersonId>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let (person, rows) = devices::of(tx, ctx, id)?;
        Ok((person, rows, receipts::keys_of(tx, ctx, id)?))
    });
    let (person, rows, signing) = read.await.map_err(|error| caller.error(error))?;
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
    let signing = Signing::list(&caller.known.settings, &signing, &format!("/people/{id}"));
    Ok(render(&Page { shell, id: id.to_string(), devices, signing }))
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

/// `POST /people/{id}/device-keys/{device}/withdrawal`
pub(super) async fn withdraw(
    caller: Caller,
    Path((id, key)): Path<(PersonId, DeviceKeyId)>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| receipts::withdraw(tx, ctx, key)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to(&format!("/people/{id}/devices")).into_response())
}
