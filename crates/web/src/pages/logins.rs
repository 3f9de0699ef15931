//! Where the person is signed in, and signing out there; the phones that sign what they scan.

use super::devices::Signing;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::export::{moment, text};
use crate::tables::{Wanted, listed, sheet};
use crate::times;
use askama::Template;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::zone::Zone;
use muster_app::{receipts, sign_in};
use muster_documents::xlsx::{Kind, Sheet};
use muster_domain::ids::{DeviceKeyId, LoginId};
use muster_presentation::clients;
use muster_storage::auth::LoginRow;

#[derive(Template)]
#[template(path = "logins.html")]
struct Page {
    shell: Shell,
    own: String,
    logins: Vec<Item>,
    signing: Vec<Signing>,
}

struct Item {
    id: String,
    client: String,
    kind: &'static str,
    means: &'static str,
    address: String,
    since: String,
    seen: String,
    current: bool,
}

/// `GET /logins`
pub(super) async fn show(
    caller: Caller,
    Query(wanted): Query<Wanted>,
) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| {
        let signing = receipts::keys_of(tx, ctx, ctx.person()?)?;
        Ok((sign_in::logins(tx, ctx)?, signing))
    });
    let (rows, signing) = read.await.map_err(|error| caller.error(error))?;
    if let Some(format) = wanted.file() {
        return listed(&caller, format, table(&caller, rows)).await;
    }
    let settings = &caller.known.settings;
    let current = caller.ctx.actor.as_ref().and_then(|actor| actor.login);
    Ok(render(&Page {
        shell: caller.shell("Where you are signed in"),
        own: caller.ctx.person().map(|id| format!("/people/{id}")).unwrap_or_default(),
        signing: Signing::list(settings, &signing, ""),
        logins: rows
            .into_iter()
            .map(|row| Item {
                id: row.id.to_string(),
                kind: kind(&row),
                means: means(&row),
                client: clients::words(&row.client),
                address: row.address,
                since: times::moment(settings, row.created_at),
                seen: times::moment(settings, row.last_seen_at),
                current: Some(row.id) == current,
            })
            .collect(),
    }))
}

fn kind(row: &LoginRow) -> &'static str {
    if row.kind == "cookie" { "Browser" } else { "Program" }
}

fn means(row: &LoginRow) -> &'static str {
    match row.means.as_str() {
        "provider" => "by the institution’s provider",
        "pin" => "by PIN, for one class",
        "handover" => "from a classroom’s server, for one class",
        _ => "",
    }
}

/// `POST /device-keys/{id}/withdrawal`: of one's own.
pub(super) async fn withdraw(
    caller: Caller,
    Path(id): Path<DeviceKeyId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| receipts::withdraw(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/logins").into_response())
}

/// The logins as a file: what the page shows of them.
fn table(caller: &Caller, rows: Vec<LoginRow>) -> Sheet {
    let zone = Zone::of(&caller.known.settings);
    let columns = [
        ("Where", 36, Kind::Text),
        ("Client", 40, Kind::Text),
        ("Address", 20, Kind::Text),
        ("Signed in", 18, Kind::DateTime),
        ("Last used", 18, Kind::DateTime),
    ];
    let row = |row: LoginRow| {
        let place = format!("{} {}", kind(&row), means(&row));
        let (since, seen) = (moment(&zone, row.created_at), moment(&zone, row.last_seen_at));
        [text(place.trim()), text(row.client), text(row.address), since, seen]
    };
    sheet("Your logins", columns, rows.into_iter().map(row))
}

/// `POST /logins/{id}/end`
pub(super) async fn end(caller: Caller, Path(id): Path<LoginId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| sign_in::sign_out(tx, ctx, id)).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/logins").into_response())
}

/// `POST /logins/others/end`
pub(super) async fn end_others(caller: Caller) -> Result<Response, PageError> {
    let done = caller.write(sign_in::sign_out_others).await;
    done.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/logins").into_response())
}
