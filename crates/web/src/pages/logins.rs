//! Where the person is signed in, and signing out there.

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::sign_in;
use muster_domain::ids::LoginId;

#[derive(Template)]
#[template(path = "logins.html")]
struct Page {
    shell: Shell,
    own: String,
    logins: Vec<Item>,
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
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    let rows = caller.read(sign_in::logins).await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let current = caller.ctx.actor.as_ref().and_then(|actor| actor.login);
    Ok(render(&Page {
        shell: caller.shell("Where you are signed in"),
        own: caller.ctx.person().map(|id| format!("/people/{id}")).unwrap_or_default(),
        logins: rows
            .into_iter()
            .map(|row| Item {
                id: row.id.to_string(),
                kind: if row.kind == "cookie" { "Browser" } else { "Program" },
                means: match row.means.as_str() {
                    "provider" => "by the institution’s provider",
                    "pin" => "by PIN, for one class",
                    _ => "",
                },
                client: row.client,
                address: row.address,
                since: times::moment(settings, row.created_at),
                seen: times::moment(settings, row.last_seen_at),
                current: Some(row.id) == current,
            })
            .collect(),
    }))
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
