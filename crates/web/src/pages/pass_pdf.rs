//! The pass on paper and as a picture: for its holder, for staff, for programs.

use super::pass::image;
use super::pass_page::{opened, private};
use crate::caller::Caller;
use crate::error::PageError;
use crate::printing;
use crate::times;
use axum::extract::Path;
use axum::response::Response;
use muster_app::passes::{self, Pass};
use muster_app::settings::Settings;
use muster_app::{Error, events};
use muster_documents::paper::{self, Paper};
use muster_documents::qr::Correction;
use muster_domain::finance::Money;
use muster_domain::ids::PassId;
use muster_storage::events::EventRow;

/// How fine a picture is, in pixels to the inch: a phone's screen across.
const DENSITY: u16 = 200;
const NOTE: &str = "Show this code at the entrance, on paper or on a screen.";

/// `GET /passes/{id}/pass.pdf`
pub(super) async fn of_staff(
    caller: Caller,
    Path(id): Path<PassId>,
) -> Result<Response, PageError> {
    let pass = caller.read(move |tx, ctx| passes::get(tx, ctx, id)).await;
    let pass = pass.map_err(|error| caller.error(error))?;
    file(&caller, pass).await.map_err(|error| caller.error(error))
}

/// `GET /p/{token}/pass.pdf`
pub(super) async fn of_holder(
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let pass = opened(&caller, token).await?;
    file(&caller, pass).await.map(private).map_err(|error| caller.error(error))
}

/// `GET /p/{token}/pass.png`: the whole pass, to keep among a phone's pictures; its QR alone where
/// nothing is typeset.
pub(super) async fn picture(
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let pass = opened(&caller, token).await?;
    let drawn = pass.drawn.clone();
    let name = named(&pass);
    let set = match on_paper(&caller, pass) {
        Some(item) => printing::png(&caller, Paper::Pass, (&name, DENSITY), item).await,
        None => Err(Error::NotFound),
    };
    let made = match set {
        Err(Error::Typesetting(_)) => super::pass::picture(&caller, drawn.as_ref()),
        made => made,
    };
    made.map(private).map_err(|error| caller.error(error))
}

/// A pass as PDF, while it is valid.
pub(crate) async fn file(caller: &Caller, pass: Pass) -> muster_app::Result<Response> {
    let name = named(&pass);
    let title = format!("{}: {}", pass.event.name, pass.row.holder);
    let pass = on_paper(caller, pass).ok_or(Error::NotFound)?;
    printing::pdf(caller, Paper::Pass, (&name, title), vec![pass]).await
}

/// What its file is called.
fn named(pass: &Pass) -> String {
    format!("pass {} {}", pass.event.name, pass.row.holder)
}

fn on_paper(caller: &Caller, pass: Pass) -> Option<paper::Pass> {
    let Pass { row, event, holders, drawn } = pass;
    let drawn = drawn?;
    let (date, time) = when(&caller.known.settings, &event);
    let paid = Money::new(row.paid, events::currency(&event));
    Some(paper::Pass {
        code: image(caller, &drawn, Correction::Medium)?,
        readable: drawn.code.to_string(),
        date,
        time,
        event: event.name,
        venue: event.venue,
        kind: row.type_name,
        admits: u32::try_from(row.admits).unwrap_or(1),
        price: if paid.minor == 0 { String::new() } else { paid.to_string() },
        holders: holders.into_iter().map(|holder| holder.name).collect(),
        note: NOTE.to_owned(),
    })
}

/// The day on which an event begins, and from when to when it goes.
fn when(settings: &Settings, event: &EventRow) -> (String, String) {
    let day = |at| times::local(settings, at, "%A %-d %B %Y");
    let clock = |at| times::clock(settings, at);
    let (begins, ends) = (event.starts_at, event.ends_at);
    let until = if day(begins) == day(ends) {
        clock(ends)
    } else {
        format!("{}, {}", times::local(settings, ends, "%a %-d %b"), clock(ends))
    };
    (day(begins), format!("{}–{until}", clock(begins)))
}
