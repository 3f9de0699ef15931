//! The page of a pass for its holder: opened by an unguessable link, without signing in.

use super::events::span;
use super::pass::{self, Card};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use muster_app::passes::{self, Pass};
use muster_domain::passes::PassState;
use muster_storage::passes::PassRow;

#[derive(Template)]
#[template(path = "pass_page.html")]
struct Page {
    shell: Shell,
    row: PassRow,
    when: String,
    venue: String,
    names: Vec<String>,
    card: Option<Card>,
}

/// The pass whose page has this address.
pub(super) async fn opened(caller: &Caller, token: String) -> Result<Pass, PageError> {
    let read = caller.read(move |tx, ctx| passes::shown_by_link(tx, ctx, &token));
    read.await.map_err(|error| caller.error(error))
}

/// No search engine keeps such a page, and no other site hears of its address.
pub(super) fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    let robots = HeaderName::from_static("x-robots-tag");
    headers.insert(robots, HeaderValue::from_static("noindex, nofollow"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

/// `GET /p/{token}`
pub(super) async fn show(caller: Caller, Path(token): Path<String>) -> Result<Response, PageError> {
    let Pass { row, event, holders, drawn } = opened(&caller, token).await?;
    let mut shell = Shell::of(&caller.known.settings, event.name.clone());
    shell.theme = caller.shell("").theme;
    let page = Page {
        shell,
        when: span(&caller.known.settings, &event),
        venue: event.venue,
        names: holders.into_iter().map(|holder| holder.name).collect(),
        card: drawn.as_ref().map(|drawn| Card::of(&caller, drawn)),
        row,
    };
    Ok(private(render(&page)))
}

/// `GET /p/{token}/qr.png`
pub(super) async fn picture(
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let drawn = opened(&caller, token).await?.drawn;
    pass::picture(&caller, drawn.as_ref()).map(private).map_err(|error| caller.error(error))
}

#[derive(Template)]
#[template(path = "scanned.html")]
struct ScannedPage {
    shell: Shell,
}

/// `GET /v`: where the code of a credential leads whoever reads it with another program. What
/// follows `#` never comes here.
pub(super) async fn scanned(caller: Caller) -> Response {
    let mut shell = Shell::of(&caller.known.settings, "Show this at the entrance");
    shell.theme = caller.shell("").theme;
    private(render(&ScannedPage { shell }))
}
