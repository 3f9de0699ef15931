//! One pass for staff: showing it, sending it, withdrawing it, handing it on.

use super::events::span;
use super::form::{Errors, on_or_again};
use super::frame::crumbs;
use super::pass_new::{HolderFields, PassForm};
use super::shell::{Flash, FlashKind, Shell};
use super::verdict::Line;
use crate::api::own_address;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::printing::PNG;
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::credentials::Drawn;
use muster_app::passes::{self, HolderInput, Pass, TransferInput};
use muster_app::redemptions::{self, Scan};
use muster_app::{Error, events};
use muster_documents::qr::{self, Correction, QrImage};
use muster_domain::auth::{Permission, Target};
use muster_domain::finance::Money;
use muster_domain::ids::PassId;
use muster_domain::passes::PassState;
use muster_domain::verification::Finding;
use muster_storage::passes::{HolderRow, PassRow};
use serde::Deserialize;
use std::collections::HashMap;

/// Pixels to a module of a picture: sharp on paper of a hand's width.
const SCALE: u32 = 10;

const OVERSOLD: &str = "There is no place for this pass: nodes that were apart sold the same one. It \
    admits until you withdraw it; with more room at the event it stands.";

#[derive(Template)]
#[template(path = "pass.html")]
struct Page {
    shell: Shell,
    row: PassRow,
    /// What is wrong where there is no place for it.
    oversold: Option<&'static str>,
    event: String,
    when: String,
    holders: Vec<(String, String)>,
    paid: String,
    issued: String,
    ended: String,
    card: Option<Card>,
    scans: Vec<Line>,
    may_send: bool,
    may_refund: bool,
    manage: bool,
    reason: String,
    errors: Errors,
}

/// A credential as it is shown.
pub(super) struct Card {
    /// SVG that is safe.
    pub svg: String,
    pub code: String,
    /// The address of its page.
    pub link: String,
}

impl Card {
    pub fn of(caller: &Caller, drawn: &Drawn) -> Self {
        Self {
            svg: image(caller, drawn, Correction::Medium)
                .map(|image| qr::to_svg(&image, 4))
                .unwrap_or_default(),
            code: drawn.code.to_string(),
            link: format!("{}/p/{}", own_address(caller), drawn.page),
        }
    }
}

/// The QR of a credential as a picture, which nobody keeps.
pub(crate) fn picture(caller: &Caller, drawn: Option<&Drawn>) -> muster_app::Result<Response> {
    let image = drawn.and_then(|drawn| image(caller, drawn, Correction::Quartile));
    let png = image.and_then(|image| qr::to_png(&image, SCALE).ok()).ok_or(Error::NotFound)?;
    let kind = [(header::CONTENT_TYPE, PNG), (header::CACHE_CONTROL, "no-store")];
    Ok((kind, png).into_response())
}

/// The QR of a credential.
pub(crate) fn image(caller: &Caller, drawn: &Drawn, level: Correction) -> Option<QrImage> {
    let own = own_address(caller);
    let (scheme, host) = own.split_once("://")?;
    QrImage::new(&drawn.credential.link(host, scheme == "https"), level).ok()
}

#[derive(Default, Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    issued: String,
    #[serde(default)]
    sent: String,
}

/// `GET /passes/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<PassId>,
    Query(done): Query<Done>,
) -> Result<Response, PageError> {
    page(&caller, id, &done, (String::new(), Errors::default())).await
}

/// A pass, and whether there is no place for it.
async fn read(caller: &Caller, id: PassId) -> Result<(Pass, bool), PageError> {
    let read = caller.read(move |tx, ctx| {
        let pass = passes::get(tx, ctx, id)?;
        let oversold = passes::oversold(tx, ctx, pass.event.id)?.contains(&id);
        Ok((pass, oversold))
    });
    read.await.map_err(|error| caller.error(error))
}

/// What was done with it at gates, the latest scan first.
async fn scans(caller: &Caller, id: PassId) -> Result<Vec<Line>, PageError> {
    let read = caller.read(move |tx, ctx| redemptions::of_pass(tx, ctx, id));
    let scans = read.await.map_err(|error| caller.error(error))?;
    let line = |Scan { row, finding }: &Scan| {
        let mut line = Line::of(&caller.known.settings, row, caller.ctx.now());
        if *finding == Some(Finding::DoubleUse) {
            line.notes.push("Double use: more entered with this pass than it admits".to_owned());
        }
        line
    };
    Ok(scans.iter().rev().map(line).collect())
}

async fn page(
    caller: &Caller,
    id: PassId,
    done: &Done,
    (reason, errors): (String, Errors),
) -> Result<Response, PageError> {
    let (Pass { row, event, holders, drawn }, oversold) = read(caller, id).await?;
    let scans = scans(caller, id).await?;
    let settings = &caller.known.settings;
    let mut shell = caller.shell(row.holder.clone());
    shell.crumbs = crumbs([
        ("/events".to_owned(), "Events".to_owned()),
        (format!("/events/{}", event.id), event.name.clone()),
        (format!("/events/{}/passes", event.id), "Passes".to_owned()),
        (String::new(), row.holder.clone()),
    ]);
    let told = match done {
        Done { issued, .. } if !issued.is_empty() => "The pass is issued.",
        Done { sent, .. } if !sent.is_empty() => "The letter is on its way.",
        _ => "",
    };
    let flash = Flash { kind: FlashKind::Ok, text: told.to_owned(), undo: None };
    shell.flash = (!told.is_empty()).then_some(flash);
    let may = |permission| caller.ctx.need(permission, Target::Event(event.id)).is_ok();
    let (may_issue, manage) = (may(Permission::IssuePasses), may(Permission::ManageEvents));
    let one = holders.len() == 1;
    let holder = |HolderRow { place, name, phone, .. }: HolderRow| {
        let label = if one { "Holder".to_owned() } else { format!("Holder {}", place + 1) };
        (label, format!("{name}, {phone}"))
    };
    Ok(render(&Page {
        shell,
        oversold: oversold.then_some(OVERSOLD),
        when: span(settings, &event),
        paid: Money::new(row.paid, events::currency(&event)).to_string(),
        issued: times::moment(settings, row.issued_at),
        ended: row.ended_at.map(|at| times::moment(settings, at)).unwrap_or_default(),
        card: drawn.as_ref().map(|drawn| Card::of(caller, drawn)),
        scans,
        may_send: may_issue && row.email.is_some() && caller.ctx.mails && drawn.is_some(),
        may_refund: manage && row.state.refunded(row.paid).is_ok(),
        manage,
        reason,
        errors,
        event: event.name,
        holders: holders.into_iter().map(holder).collect(),
        row,
    }))
}

#[derive(Deserialize)]
pub(super) struct ReasonForm {
    #[serde(default)]
    reason: String,
}

/// `POST /passes/{id}/void`
pub(super) async fn void(
    caller: Caller,
    Path(id): Path<PassId>,
    Form(ReasonForm { reason }): Form<ReasonForm>,
) -> Result<Response, PageError> {
    let why = reason.clone();
    let done = caller.write(move |tx, ctx| passes::void(tx, ctx, id, &why)).await;
    ended(&caller, id, done, reason).await
}

/// `POST /passes/{id}/refund`
pub(super) async fn refund(
    caller: Caller,
    Path(id): Path<PassId>,
    Form(ReasonForm { reason }): Form<ReasonForm>,
) -> Result<Response, PageError> {
    let why = reason.clone();
    let done = caller.write(move |tx, ctx| passes::refund(tx, ctx, id, &why)).await;
    ended(&caller, id, done, reason).await
}

async fn ended(
    caller: &Caller,
    id: PassId,
    done: muster_app::Result<()>,
    reason: String,
) -> Result<Response, PageError> {
    let again = |errors| async move { page(caller, id, &Done::default(), (reason, errors)).await };
    on_or_again(caller, done, &format!("/passes/{id}"), again).await
}

/// `POST /passes/{id}/letters`
pub(super) async fn send(caller: Caller, Path(id): Path<PassId>) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| passes::send(tx, ctx, id)).await;
    match done {
        Ok(()) => Ok(Redirect::to(&format!("/passes/{id}?sent=1")).into_response()),
        done => ended(&caller, id, done, String::new()).await,
    }
}

#[derive(Template)]
#[template(path = "pass_transfer.html")]
struct TransferPage {
    shell: Shell,
    id: PassId,
    event: String,
    form: PassForm,
    holders: Vec<HolderFields>,
    errors: Errors,
    duplicate: String,
}

/// `GET /passes/{id}/transfer`
pub(super) async fn transfer_form(
    caller: Caller,
    Path(id): Path<PassId>,
) -> Result<Response, PageError> {
    let (pass, _) = read(&caller, id).await?;
    let holder = |row: &HolderRow| HolderInput { name: row.name.clone(), phone: row.phone.clone() };
    let form = PassForm {
        email: pass.row.email.clone().unwrap_or_default(),
        holders: pass.holders.iter().map(holder).collect(),
        ..PassForm::default()
    };
    Ok(transfer_page(&caller, pass, form, (Errors::default(), String::new())))
}

fn transfer_page(
    caller: &Caller,
    Pass { row, event, .. }: Pass,
    form: PassForm,
    (errors, duplicate): (Errors, String),
) -> Response {
    let mut shell = caller.shell("Hand the pass on");
    shell.crumbs = crumbs([
        ("/events".to_owned(), "Events".to_owned()),
        (format!("/events/{}", event.id), event.name.clone()),
        (format!("/passes/{}", row.id), row.holder.clone()),
        (String::new(), "Hand the pass on".to_owned()),
    ]);
    let holders = form.fields(row.admits);
    render(&TransferPage { shell, id: row.id, event: event.name, form, holders, errors, duplicate })
}

/// `POST /passes/{id}/transfer`
pub(super) async fn transfer(
    caller: Caller,
    Path(id): Path<PassId>,
    Form(sent): Form<HashMap<String, String>>,
) -> Result<Response, PageError> {
    let (pass, _) = read(&caller, id).await?;
    let form = PassForm::read(&sent, pass.row.admits);
    let input = TransferInput {
        holders: form.holders.clone(),
        email: form.email.clone(),
        reason: form.reason.clone(),
    };
    let error = match caller.write(move |tx, ctx| passes::transfer(tx, ctx, id, &input)).await {
        Ok(()) => return Ok(Redirect::to(&format!("/passes/{id}")).into_response()),
        Err(error @ (Error::Forbidden | Error::NotFound)) => return Err(caller.error(error)),
        Err(error) => error,
    };
    let duplicate = match &error {
        Error::DuplicateHolder { pass } => format!("/passes/{pass}"),
        _ => String::new(),
    };
    let errors = Errors::from_error(&error, "");
    let page = transfer_page(&caller, pass, form, (errors, duplicate));
    Ok((status(&error), page).into_response())
}
