//! The second step of signing in: a code after the password, or setting up where codes come from.

use super::form::Errors;
use super::local;
use super::passkeys::{self, UsedForm};
use super::security::TotpSetup;
use super::shell::Shell;
use super::sign_in::{again, browser, opened};
use crate::caller::Caller;
use crate::cookies::SECOND;
use crate::error::{render, status};
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::factors::second_step::{self, Shown};
use muster_domain::auth::factor::NextStep;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "second_step.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    back: String,
    setup: Option<TotpSetup>,
    app: bool,
    /// What the browser is asked, where a passkey may be shown.
    options: String,
}

impl Page {
    fn hint(&self) -> &'static str {
        if self.app {
            "The six digits that your authenticator app shows, or one of your recovery codes."
        } else {
            "One of your recovery codes."
        }
    }
}

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// `GET /sign-in/second`
pub(super) async fn show(caller: Caller, Query(query): Query<Back>) -> Response {
    page(&caller, Errors::default(), query.back).await
}

fn token(caller: &Caller) -> Option<String> {
    caller.jar.get(SECOND).map(|cookie| cookie.value().to_owned())
}

/// The page as far as the person has come; back to the password if that was too long ago.
async fn page(caller: &Caller, errors: Errors, back: String) -> Response {
    let Some(token) = token(caller) else { return Redirect::to("/sign-in").into_response() };
    let challenge = second_step::challenge(&token);
    let read = caller.read(move |tx, ctx| {
        let waiting = second_step::waiting(tx, ctx, &token)?;
        let offer = match waiting.step {
            NextStep::Enrol => Some(second_step::offer(tx, ctx, &waiting)?),
            NextStep::SignIn | NextStep::Prove => None,
        };
        Ok((offer, second_step::held(tx, &waiting)?))
    });
    match read.await {
        Ok((offer, held)) => {
            let keys: Vec<Vec<u8>> = held.passkeys.into_iter().map(|row| row.credential).collect();
            let party = passkeys::party(caller).filter(|_| !keys.is_empty());
            let options = party.map(|party| passkeys::request(&party, &challenge, &keys));
            let (app, options) = (held.totp_since.is_some(), options.unwrap_or_default());
            let title = if offer.is_some() { "Set up a second factor" } else { "Second step" };
            let setup = offer.as_ref().map(TotpSetup::of);
            render(&Page { shell: caller.shell(title), errors, back, setup, app, options })
        }
        Err(error) => again(caller, &error, String::new(), back),
    }
}

#[derive(Deserialize)]
pub(super) struct CodeForm {
    code: String,
    #[serde(default)]
    back: String,
}

/// `POST /sign-in/second`
pub(super) async fn prove(caller: Caller, Form(form): Form<CodeForm>) -> Response {
    let client = browser(&caller);
    let token = client.token.clone();
    match try_prove(&caller, Shown::Code(form.code), client).await {
        Ok(()) => (opened(&caller, token), Redirect::to(local(&form.back))).into_response(),
        Err(error) => refused(&caller, &error, form.back).await,
    }
}

async fn try_prove(
    caller: &Caller,
    shown: Shown,
    client: muster_app::sign_in::Client,
) -> Result<(), Error> {
    let between = token(caller).ok_or(Error::SecondStepOver)?;
    let login =
        caller.write(move |tx, ctx| second_step::prove(tx, ctx, &between, &shown, &client)).await?;
    login.map(drop).ok_or(Error::WrongSecondFactor)
}

/// `POST /sign-in/passkey`
pub(super) async fn prove_by_passkey(caller: Caller, Form(form): Form<UsedForm>) -> Response {
    let client = browser(&caller);
    let token = client.token.clone();
    let shown = passkey_shown(&caller, &form);
    let done = match shown {
        Ok(shown) => try_prove(&caller, shown, client).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => (opened(&caller, token), Redirect::to(local(&form.back))).into_response(),
        Err(Error::WrongSecondFactor) => {
            let detail = "This passkey was not taken. Use another one, or a code.";
            refused(&caller, &Error::field("", detail), form.back).await
        }
        Err(error) => refused(&caller, &error, form.back).await,
    }
}

fn passkey_shown(caller: &Caller, form: &UsedForm) -> Result<Shown, Error> {
    let between = token(caller).ok_or(Error::SecondStepOver)?;
    let party = passkeys::party(caller).ok_or(Error::WrongSecondFactor)?;
    let challenge = second_step::challenge(&between);
    Ok(Shown::Passkey { party, challenge, used: form.read()? })
}

async fn refused(caller: &Caller, error: &Error, back: String) -> Response {
    if matches!(error, Error::SecondStepOver) {
        return again(caller, error, String::new(), back);
    }
    let errors = Errors::from_error(error, "code");
    (status(error), page(caller, errors, back).await).into_response()
}

#[derive(Template)]
#[template(path = "second_step_codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
    next: String,
}

/// `POST /sign-in/enrolment`: signed in, with the recovery codes on the way.
pub(super) async fn enrol(caller: Caller, Form(form): Form<CodeForm>) -> Response {
    let client = browser(&caller);
    let token = client.token.clone();
    match try_enrol(&caller, form.code, client).await {
        Ok(codes) => {
            let next = local(&form.back).to_owned();
            let page = CodesPage { shell: caller.shell("Keep your recovery codes"), codes, next };
            (opened(&caller, token), render(&page)).into_response()
        }
        Err(error) => refused(&caller, &error, form.back).await,
    }
}

async fn try_enrol(
    caller: &Caller,
    code: String,
    client: muster_app::sign_in::Client,
) -> Result<Vec<String>, Error> {
    let between = token(caller).ok_or(Error::SecondStepOver)?;
    let done = caller.write(move |tx, ctx| second_step::enrol(tx, ctx, &between, &code, &client));
    done.await.map(|(_, codes)| codes)
}
