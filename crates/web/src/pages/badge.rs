//! A person's badge: shown to them, issued, issued anew and withdrawn by the office, on paper and as
//! a picture.

use super::form::{Errors, on_or_again};
use super::frame::crumbs;
use super::look::initials;
use super::merge::leading;
use super::pass::image;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::printing;
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use muster_app::Error;
use muster_app::badges::{self, Card, Printed};
use muster_documents::paper::{Badge, BadgeSheet, Paper};
use muster_documents::qr::{self, Correction};
use muster_domain::auth::{Permission, Target};
use muster_domain::badges::Holder;
use muster_domain::ids::PersonId;
use muster_domain::time::Span;
use serde::Deserialize;

/// How finely a card is drawn, in pixels to the inch: what printers of cards want.
const DENSITY: u16 = 300;

#[derive(Template)]
#[template(path = "badge.html")]
struct Page {
    shell: Shell,
    id: PersonId,
    own: bool,
    name: String,
    number: String,
    /// What they are here; empty if they get no badge.
    kind: &'static str,
    detail: String,
    photo: String,
    initials: String,
    issue: i64,
    issued: String,
    until: String,
    /// When it was withdrawn, and why.
    voided: Option<(String, String)>,
    /// SVG that is safe; empty while no badge counts.
    svg: String,
    code: String,
    /// Whether another node issued it.
    elsewhere: bool,
    may_issue: bool,
    reason: String,
    errors: Errors,
}

/// `GET /people/{id}/badge`
pub(super) async fn show(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    match page(&caller, id, Errors::default()).await {
        Err(PageError(Error::Merged { kept }, _)) => Ok(leading(kept, "/badge")),
        page => Ok(render(&page?)),
    }
}

async fn page(caller: &Caller, id: PersonId, errors: Errors) -> Result<Page, PageError> {
    let read = caller.read(move |tx, ctx| badges::card(tx, ctx, id));
    let Card { person, holder, detail, has_photo, badge, drawn, elsewhere } =
        read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let own = caller.ctx.person().is_ok_and(|own| own == id);
    let may_issue = caller.ctx.need(Permission::IssueBadges, Target::Institution).is_ok();
    let mut shell = caller.shell("Badge");
    shell.crumbs = if own {
        let me = ("/me".to_owned(), "Your profile".to_owned());
        crumbs([me, (String::new(), "Your badge".to_owned())])
    } else {
        crumbs([
            ("/people".to_owned(), "People".to_owned()),
            (format!("/people/{id}"), person.name.clone()),
            (String::new(), "Badge".to_owned()),
        ])
    };
    let image = drawn.as_ref().and_then(|drawn| image(caller, drawn, Correction::Medium));
    let row = badge.as_ref();
    let voided = row.and_then(|row| Some((row.voided_at?, row.void_reason.clone())));
    Ok(Page {
        shell,
        id,
        own,
        kind: holder.map(Holder::label).unwrap_or_default(),
        detail,
        photo: if has_photo { format!("/people/{id}/photo") } else { String::new() },
        initials: initials(&person.name),
        name: person.name,
        number: person.number,
        issue: row.map_or(0, |row| row.issue),
        issued: row.map(|row| times::moment(settings, row.issued_at)).unwrap_or_default(),
        until: row.map(|row| last_day(caller, row.valid_until)).unwrap_or_default(),
        voided: voided.map(|(at, why)| (times::moment(settings, at), why.unwrap_or_default())),
        svg: image.map(|image| qr::to_svg(&image, 4)).unwrap_or_default(),
        code: drawn.map(|drawn| drawn.code.to_string()).unwrap_or_default(),
        elsewhere,
        may_issue,
        reason: String::new(),
        errors,
    })
}

/// The last day of what is valid until then.
fn last_day(caller: &Caller, until: muster_domain::time::Timestamp) -> String {
    times::local(&caller.known.settings, until - Span::seconds(1), "%-d %B %Y")
}

/// `POST /people/{id}/badge`
pub(super) async fn issue(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| badges::issue(tx, ctx, id)).await;
    ended(&caller, id, done.map(drop), String::new()).await
}

/// `POST /people/{id}/badge/renewal`
pub(super) async fn renew(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| badges::renew(tx, ctx, id)).await;
    ended(&caller, id, done, String::new()).await
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// `POST /people/{id}/badge/void`
pub(super) async fn void(
    caller: Caller,
    Path(id): Path<PersonId>,
    Form(ReasonForm { reason }): Form<ReasonForm>,
) -> Result<Response, PageError> {
    let why = reason.clone();
    let done = caller.write(move |tx, ctx| badges::void(tx, ctx, id, &why)).await;
    ended(&caller, id, done, reason).await
}

async fn ended(
    caller: &Caller,
    id: PersonId,
    done: muster_app::Result<()>,
    reason: String,
) -> Result<Response, PageError> {
    let again =
        |errors| async move { Ok(render(&Page { reason, ..page(caller, id, errors).await? })) };
    on_or_again(caller, done, &format!("/people/{id}/badge"), again).await
}

/// `GET /people/{id}/badge/badge.pdf`: on a sheet to cut.
pub(super) async fn pdf(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    file(&caller, id).await.map_err(|error| caller.error(error))
}

/// `GET /people/{id}/badge/badge.png`: the card alone.
pub(super) async fn png(caller: Caller, Path(id): Path<PersonId>) -> Result<Response, PageError> {
    picture(&caller, id).await.map_err(|error| caller.error(error))
}

/// A badge on a sheet to cut, while it counts.
pub(crate) async fn file(caller: &Caller, id: PersonId) -> muster_app::Result<Response> {
    let (name, card) = one(caller, id).await?;
    let sheets = BadgeSheet::many(&[card]);
    printing::pdf(caller, Paper::Badge, (&name.clone(), name), sheets).await
}

/// A badge as a picture, while it counts.
pub(crate) async fn picture(caller: &Caller, id: PersonId) -> muster_app::Result<Response> {
    let (name, card) = one(caller, id).await?;
    printing::png(caller, Paper::Badge, (&name, DENSITY), BadgeSheet::alone(card)).await
}

async fn one(caller: &Caller, id: PersonId) -> muster_app::Result<(String, Badge)> {
    let printed = caller.read(move |tx, ctx| badges::printed(tx, ctx, id)).await?;
    let name = format!("Badge {}", printed.card.person.number);
    Ok((name, on_paper(caller, printed).ok_or(Error::NotFound)?))
}

/// What stands on a card.
pub(super) fn on_paper(caller: &Caller, printed: Printed) -> Option<Badge> {
    let Printed { card, badge, drawn, photo } = printed;
    Some(Badge {
        code: image(caller, &drawn, Correction::Medium)?,
        readable: drawn.code.to_string(),
        name: card.person.name,
        number: card.person.number,
        kind: card.holder.map(Holder::label).unwrap_or_default().to_owned(),
        detail: card.detail,
        until: last_day(caller, badge.valid_until),
        photo,
    })
}
