//! The security of one's own sign-in: the second factor and the codes for when it is lost.

use super::form::Errors;
use super::frame::crumbs;
use super::password::{Asked, check_present};
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::factors::{self, Factors, recovery, totp};
use muster_app::{Error, pins};
use muster_documents::qr::{Correction, QrImage, to_svg};
use serde::Deserialize;

/// What somebody needs to set up an authenticator app.
pub(super) struct TotpSetup {
    pub svg: String,
    pub link: String,
    pub secret: String,
}

impl TotpSetup {
    pub fn of(offer: &totp::Offer) -> Self {
        let svg = QrImage::new(&offer.link, Correction::Medium).map(|image| to_svg(&image, 4));
        // A link too long for any QR is still there to open and to type.
        let svg = svg.unwrap_or_default();
        Self { svg, link: offer.link.clone(), secret: offer.secret.clone() }
    }
}

#[derive(Template)]
#[template(path = "security.html")]
struct Page {
    shell: Shell,
    offered: bool,
    app_since: String,
    passkeys: Vec<PasskeyItem>,
    codes_left: i64,
    any: bool,
    pin_offered: bool,
    pin_since: String,
    asked: Asked,
}

struct PasskeyItem {
    id: String,
    name: String,
    since: String,
    used: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /security`
pub(super) async fn show(caller: Caller, Query(query): Query<Done>) -> Result<Response, PageError> {
    let read = caller.read(|tx, ctx| Ok((factors::own(tx, ctx)?, pins::own(tx, ctx)?))).await;
    let (factors, pin) = read.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell("Security of your sign-in");
    if query.done == "totp-removed" {
        let text = "Your authenticator app is no longer asked for.".to_owned();
        shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
    }
    let any = factors.any();
    let Factors { offered, totp_since, passkeys, recovery_left } = factors;
    let moment = |at| times::moment(&caller.known.settings, at);
    let passkeys = passkeys.into_iter().map(|row| PasskeyItem {
        id: row.id.to_string(),
        name: row.name,
        since: moment(row.created_at),
        used: row.last_used_at.map_or_else(|| "Not yet".to_owned(), moment),
    });
    let passkeys = passkeys.collect();
    let since = totp_since.map(|at| times::moment(&caller.known.settings, at));
    let app_since = since.unwrap_or_default();
    let pin_since = pin.since.map(|at| times::moment(&caller.known.settings, at));
    Ok(render(&Page {
        shell,
        offered,
        app_since,
        passkeys,
        codes_left: recovery_left,
        any,
        pin_offered: pin.offered,
        pin_since: pin_since.unwrap_or_default(),
        asked: Asked::of(&caller).await?,
    }))
}

pub(super) fn shell(caller: &Caller, title: &str) -> Shell {
    let mut shell = caller.shell(title);
    shell.crumbs = crumbs([
        ("/security".to_owned(), "Security of your sign-in".to_owned()),
        (String::new(), title.to_owned()),
    ]);
    shell
}

#[derive(Template)]
#[template(path = "security_totp.html")]
struct TotpPage {
    shell: Shell,
    errors: Errors,
    in_use: bool,
    setup: Option<TotpSetup>,
    asked: Asked,
}

/// `GET /security/totp`: begins, goes on, or removes.
pub(super) async fn totp(caller: Caller) -> Result<Response, PageError> {
    Ok(render(&totp_page(&caller, Errors::default()).await?))
}

async fn totp_page(caller: &Caller, errors: Errors) -> Result<TotpPage, PageError> {
    let read = caller.read(|tx, ctx| Ok((factors::own(tx, ctx)?, totp::offer(tx, ctx)?))).await;
    let (own, offer) = read.map_err(|error| caller.error(error))?;
    let setup = offer.as_ref().map(TotpSetup::of);
    let (shell, asked) = (shell(caller, "Authenticator app"), Asked::of(caller).await?);
    Ok(TotpPage { shell, errors, in_use: own.totp_since.is_some(), setup, asked })
}

/// The page of the app again, with what was wrong.
async fn totp_again(caller: &Caller, error: Error, field: &str) -> Result<Response, PageError> {
    if matches!(error, Error::Forbidden | Error::NotFound) {
        return Err(caller.error(error));
    }
    let page = totp_page(caller, Errors::from_error(&error, field)).await?;
    Ok((status(&error), render(&page)).into_response())
}

#[derive(Deserialize)]
pub(super) struct PresentForm {
    #[serde(default)]
    present: String,
}

/// `POST /security/totp`
pub(super) async fn begin_totp(
    caller: Caller,
    Form(form): Form<PresentForm>,
) -> Result<Response, PageError> {
    match try_begin_totp(&caller, form.present).await {
        Ok(()) => Ok(Redirect::to("/security/totp").into_response()),
        Err(error) => totp_again(&caller, error, "present").await,
    }
}

pub(crate) async fn try_begin_totp(caller: &Caller, present: String) -> Result<(), Error> {
    check_present(caller, present).await?;
    caller.write(totp::begin).await
}

#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
}

/// `POST /security/totp/confirmation`
pub(super) async fn confirm_totp(
    caller: Caller,
    Form(form): Form<CodeForm>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| totp::confirm(tx, ctx, &form.code)).await;
    match done {
        // Who has codes already keeps them.
        Ok(codes) if codes.is_empty() => Ok(Redirect::to("/security").into_response()),
        Ok(codes) => Ok(codes_page(&caller, codes)),
        Err(error) => totp_again(&caller, error, "code").await,
    }
}

/// `POST /security/totp/removal`
pub(super) async fn remove_totp(
    caller: Caller,
    Form(form): Form<PresentForm>,
) -> Result<Response, PageError> {
    match try_remove_totp(&caller, form.present).await {
        Ok(()) => Ok(Redirect::to("/security?done=totp-removed").into_response()),
        Err(error) => totp_again(&caller, error, "present").await,
    }
}

pub(crate) async fn try_remove_totp(caller: &Caller, present: String) -> Result<(), Error> {
    check_present(caller, present).await?;
    caller.write(totp::remove).await
}

#[derive(Template)]
#[template(path = "security_codes.html")]
struct CodesPage {
    shell: Shell,
    errors: Errors,
    codes: Vec<String>,
    left: i64,
    any: bool,
    asked: Asked,
}

/// The page that shows codes this once.
pub(super) fn codes_page(caller: &Caller, codes: Vec<String>) -> Response {
    let (shell, errors) = (shell(caller, "Recovery codes"), Errors::default());
    let left = i64::try_from(codes.len()).unwrap_or_default();
    render(&CodesPage { shell, errors, codes, left, any: true, asked: Asked::default() })
}

/// `GET /security/recovery-codes`
pub(super) async fn recovery_codes(caller: Caller) -> Result<Response, PageError> {
    Ok(render(&renewal_page(&caller, Errors::default()).await?))
}

async fn renewal_page(caller: &Caller, errors: Errors) -> Result<CodesPage, PageError> {
    let own = caller.read(factors::own).await.map_err(|error| caller.error(error))?;
    let (shell, asked) = (shell(caller, "Recovery codes"), Asked::of(caller).await?);
    let (codes, left, any) = (Vec::new(), own.recovery_left, own.any());
    Ok(CodesPage { shell, errors, codes, left, any, asked })
}

/// `POST /security/recovery-codes`
pub(super) async fn renew_codes(
    caller: Caller,
    Form(form): Form<PresentForm>,
) -> Result<Response, PageError> {
    match try_renew_codes(&caller, form.present).await {
        Ok(codes) => Ok(codes_page(&caller, codes)),
        Err(Error::Forbidden) => Err(caller.error(Error::Forbidden)),
        Err(error) => {
            let page = renewal_page(&caller, Errors::from_error(&error, "present")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

pub(crate) async fn try_renew_codes(
    caller: &Caller,
    present: String,
) -> Result<Vec<String>, Error> {
    check_present(caller, present).await?;
    caller.write(recovery::renew).await
}
