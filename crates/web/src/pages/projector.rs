//! The projector's view: the code as large as it gets.

use super::shell::Shell;
use crate::api::link_base;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::times;
use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::{Error, attendance, sessions};
use muster_documents::qr::{Correction, QrImage, to_svg};
use muster_domain::ids::SessionId;

#[derive(Template)]
#[template(path = "projector.html")]
struct Page {
    shell: Shell,
    id: String,
    class: String,
    place: String,
    svg: String,
    typed: Vec<String>,
    /// Until when this code is shown.
    until: String,
    host: String,
    here: i64,
    enrolled: i64,
    ends_at: String,
    ends_at_words: String,
    time_zone: String,
    step_seconds: i64,
}

/// `GET /sessions/{id}/projector`
pub(super) async fn show(caller: Caller, Path(id): Path<SessionId>) -> Result<Response, PageError> {
    let register = caller.read(move |tx, ctx| attendance::register(tx, ctx, id)).await;
    let register = register.map_err(|error| caller.error(error))?;
    let codes = match sessions::codes(&caller.ctx, &register.session, 1) {
        // Closed while it stood on the wall: back to the list.
        Err(Error::Session(_)) => {
            return Ok(Redirect::to(&format!("/sessions/{id}")).into_response());
        }
        codes => codes.map_err(|error| caller.error(error))?,
    };
    let Some(shown) = codes.first() else { return Err(caller.error(Error::NotFound)) };
    let base = link_base(&caller);
    let link = shown.code.link(&base.host, base.https);
    let svg = QrImage::new(&link, Correction::Low).map(|image| to_svg(&image, 4));
    let typed = shown.code.typed_code().to_string().replace(['-', ' '], "");
    let (first, last) = typed.split_at(typed.len().min(4));
    let class = &register.class;
    let tally = register.counts.tally;
    Ok(render(&Page {
        shell: caller.shell(class.course_name.clone()),
        id: id.to_string(),
        class: class.course_name.clone(),
        place: [format!("{} · {}", class.course_code, class.section)]
            .into_iter()
            .chain(class.room.clone())
            .collect::<Vec<_>>()
            .join(" · "),
        svg: svg.unwrap_or_default(),
        typed: vec![first.to_owned(), last.to_owned()],
        until: times::rfc3339(shown.shown_until),
        host: base.host,
        here: tally.present + tally.late,
        enrolled: register.counts.enrolled,
        ends_at: times::rfc3339(register.session.ends_at),
        ends_at_words: times::clock(&caller.known.settings, register.session.ends_at),
        time_zone: caller.known.settings.time_zone.clone(),
        step_seconds: register.session.step_seconds,
    }))
}
