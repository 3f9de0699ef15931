//! The second step of signing in: a code after the password, or setting up where codes come from.

use super::form::Errors;
use super::local;
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
use muster_app::factors::second_step;
use muster_domain::auth::factor::NextStep;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "second_step.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    back: String,
    setup: Option<TotpSetup>,
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
    let read = caller.read(move |tx, ctx| {
        let waiting = second_step::waiting(tx, ctx, &token)?;
        match waiting.step {
            NextStep::Enrol => second_step::offer(tx, ctx, &waiting).map(Some),
            NextStep::SignIn | NextStep::Prove => Ok(None),
        }
    });
    match read.await {
        Ok(offer) => {
            let title = if offer.is_some() { "Set up a second factor" } else { "Second step" };
            let setup = offer.as_ref().map(TotpSetup::of);
            render(&Page { shell: caller.shell(title), errors, back, setup })
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
    match try_prove(&caller, form.code, client).await {
        Ok(()) => (opened(&caller, token), Redirect::to(local(&form.back))).into_response(),
        Err(error) => refused(&caller, &error, form.back).await,
    }
}

async fn try_prove(
    caller: &Caller,
    code: String,
    client: muster_app::sign_in::Client,
) -> Result<(), Error> {
    let between = token(caller).ok_or(Error::SecondStepOver)?;
    let login =
        caller.write(move |tx, ctx| second_step::prove(tx, ctx, &between, &code, &client)).await?;
    login.map(drop).ok_or(Error::WrongSecondFactor)
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
