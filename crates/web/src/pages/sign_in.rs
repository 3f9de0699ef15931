//! Signing in, signing out, and setting a new password by a one-time code.

use super::form::Errors;
use super::local;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::cookies::{LOGIN, SECOND, cookie};
use crate::error::{PageError, render, sentence, status};
use crate::secured::over_https;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use muster_app::factors::second_step::{self, Entrant};
use muster_app::sign_in::{self, Client};
use muster_app::{Error, passwords};
use muster_domain::auth::{Role, reach};
use muster_domain::ids::PersonId;
use serde::Deserialize;

/// How long the cookie between the two steps lasts; its token ends on the server too.
const BETWEEN_SECONDS: u32 = 600;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    identifier: String,
    back: String,
    scanned: bool,
    mails: bool,
    pins: bool,
    /// What the institution's own sign-in is called; empty if there is none.
    provider: String,
    /// Where to leave for it.
    leave: String,
    /// Where staff sign in, if this is not the place.
    elsewhere: String,
}

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// `GET /sign-in`
pub(super) async fn show(caller: Caller, Query(query): Query<Back>) -> Response {
    if caller.who.is_some() {
        return Redirect::to(local(&query.back)).into_response();
    }
    page(&caller, Errors::default(), String::new(), query.back)
}

/// The page again, with what was wrong above it.
pub(super) fn again(caller: &Caller, error: &Error, identifier: String, back: String) -> Response {
    let mut errors = Errors::default();
    errors.add("", sentence(error));
    (status(error), page(caller, errors, identifier, back)).into_response()
}

fn page(caller: &Caller, errors: Errors, identifier: String, back: String) -> Response {
    let scanned = caller.jar.get(crate::cookies::TICKET).is_some();
    let mails = caller.app.mail_from.is_some();
    let pins = caller.known.settings.pin_sign_in;
    let (shell, provider) = (caller.shell("Sign in"), provider(caller));
    let leave = format!("/sign-in/provider?back={}", crate::times::query_value(&back));
    let elsewhere = elsewhere(caller);
    render(&Page {
        shell,
        errors,
        identifier,
        back,
        scanned,
        mails,
        pins,
        provider,
        leave,
        elsewhere,
    })
}

/// Where staff sign in, if this connection is not for them and there is one that is.
fn elsewhere(caller: &Caller) -> String {
    let other = if caller.is_private() { None } else { over_https(caller) };
    other.unwrap_or_default()
}

fn provider(caller: &Caller) -> String {
    let provider = caller.app.provider.as_ref();
    provider.map_or_else(String::new, |provider| provider.config().name.clone())
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    identifier: String,
    password: String,
    #[serde(default)]
    back: String,
}

/// `POST /sign-in`
pub(super) async fn submit(caller: Caller, Form(form): Form<SignInForm>) -> Response {
    match enter(&caller, &form.identifier, form.password).await {
        Ok(Entered::In(token)) => {
            (opened(&caller, token), Redirect::to(local(&form.back))).into_response()
        }
        Ok(Entered::Between(token)) => {
            let cookie = cookie(SECOND, token, BETWEEN_SECONDS, caller.known.secure);
            let back = crate::times::query_value(local(&form.back));
            let to = Redirect::to(&format!("/sign-in/second?back={back}"));
            (caller.jar.clone().add(cookie), to).into_response()
        }
        Err(error) => again(&caller, &error, form.identifier, form.back),
    }
}

/// The cookies of whoever has signed in with that token.
pub(super) fn opened(caller: &Caller, token: String) -> CookieJar {
    let secure = caller.known.secure;
    // The login itself ends on the server; a cookie that outlives it opens nothing.
    let hours = u32::try_from(caller.known.settings.login_hours).unwrap_or(8);
    let jar = caller.jar.clone().add(cookie(LOGIN, token, hours * 3600, secure));
    match caller.jar.get(SECOND) {
        Some(_) => jar.add(cookie(SECOND, String::new(), 0, secure)),
        None => jar,
    }
}

/// How far a right password led; each with a token.
enum Entered {
    In(String),
    Between(String),
}

async fn enter(caller: &Caller, identifier: &str, password: String) -> Result<Entered, Error> {
    let entrant = check_password(caller, "cookie", identifier, password).await?;
    let (token, between) = (entrant.client.token.clone(), hex(caller.ctx.random()));
    let kept = between.clone();
    let login = caller.write(move |tx, ctx| second_step::enter(tx, ctx, &entrant, &kept)).await?;
    Ok(if login.is_some() { Entered::In(token) } else { Entered::Between(between) })
}

/// What a browser signs in with.
pub(super) fn browser(caller: &Caller) -> Client {
    let (token, name) = (hex(caller.ctx.random()), caller.client.clone());
    Client { kind: "cookie", means: "password", class: None, name, token }
}

/// Checks a password, and a code where one is asked for, and makes a program's login; its token
/// and how many seconds it lasts.
pub(crate) async fn sign_in(
    caller: &Caller,
    identifier: &str,
    password: String,
    code: Option<String>,
) -> Result<(String, i64), Error> {
    let entrant = check_password(caller, "bearer", identifier, password).await?;
    let token = entrant.client.token.clone();
    let login = caller
        .write(move |tx, ctx| second_step::enter_with_code(tx, ctx, &entrant, code.as_deref()));
    let login = login.await?.ok_or(Error::WrongSecondFactor)?;
    Ok((token, (login.expires_at - login.created_at).as_seconds()))
}

/// Checks a password; who may go on to the second step.
async fn check_password(
    caller: &Caller,
    kind: &'static str,
    identifier: &str,
    password: String,
) -> Result<Entrant, Error> {
    let name = identifier.to_owned();
    let candidate = caller.read(move |tx, ctx| sign_in::candidate(tx, ctx, &name)).await?;
    let hash = candidate.hash.clone();
    let typed = password.clone();
    let right = caller.app.slowly(move || passwords::verify(&typed, hash.as_deref())).await?;
    let name = identifier.to_owned();
    let Some(person) = candidate.person.filter(|_| right) else {
        caller.write(move |tx, ctx| sign_in::fail(tx, ctx, &name)).await?;
        return Err(Error::WrongPassword);
    };
    if !caller.is_private() {
        need_student(caller, person, "identifier").await?;
    }
    if let Some(old) = candidate.hash.filter(|hash| passwords::is_of_elsewhere(hash)) {
        let random = caller.ctx.random();
        let new = caller.app.slowly(move || passwords::hash(&password, random)).await??;
        caller.write(move |tx, _| sign_in::rehash(tx, person, &old, &new)).await?;
    }
    let client = Client { kind, ..browser(caller) };
    Ok(Entrant { identifier: identifier.to_owned(), person, client })
}

/// Without encryption only students sign in, to mark and to read their own records.
pub(super) async fn need_student(
    caller: &Caller,
    person: PersonId,
    field: &'static str,
) -> Result<(), Error> {
    let grants = caller.read(move |tx, _| Ok(muster_storage::people::grants(tx, person)?)).await?;
    let own_only = |role: Role| {
        muster_domain::auth::Permission::ALL.into_iter().all(|permission| {
            matches!(reach(role, permission), None | Some(muster_domain::auth::Reach::Own))
        })
    };
    if grants.iter().all(|grant| own_only(grant.role)) {
        return Ok(());
    }
    let detail = "This connection is not encrypted, so only students can sign in here. \
        Use the address that begins with https.";
    Err(Error::field(field, detail))
}

pub(super) fn hex(bytes: [u8; 32]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|n| char::from_digit(n.into(), 16))
        .collect()
}

/// `POST /sign-out`
pub(super) async fn sign_out(caller: Caller) -> Result<Response, PageError> {
    if let Some(login) = caller.who.as_ref().and_then(|who| who.actor.login) {
        let done = caller.write(move |tx, ctx| sign_in::sign_out(tx, ctx, login)).await;
        done.map_err(|error| caller.error(error))?;
    }
    let gone = cookie(LOGIN, String::new(), 0, caller.known.secure);
    Ok((caller.jar.clone().add(gone), Redirect::to("/sign-in")).into_response())
}

#[derive(Template)]
#[template(path = "reset.html")]
struct ResetPage {
    shell: Shell,
    errors: Errors,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct Coded {
    #[serde(default)]
    code: String,
}

/// `GET /reset`: by hand, or from the link in a letter.
pub(super) async fn reset_form(caller: Caller, Query(coded): Query<Coded>) -> Response {
    let shell = caller.shell("Set a new password");
    render(&ResetPage { shell, errors: Errors::default(), code: coded.code })
}

#[derive(Deserialize)]
pub(super) struct ResetForm {
    code: String,
    password: String,
}

/// `POST /reset`
pub(super) async fn reset(caller: Caller, Form(form): Form<ResetForm>) -> Response {
    match set_by_code(&caller, &form.code, &form.password).await {
        Ok(()) => {
            let mut shell = caller.shell("Sign in");
            let text = "Your new password is set. Sign in with it.".to_owned();
            shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
            let (errors, scanned, mails, pins) = (Errors::default(), false, false, false);
            let (identifier, back) = (String::new(), String::new());
            let (provider, leave) = (provider(&caller), "/sign-in/provider".to_owned());
            let elsewhere = elsewhere(&caller);
            render(&Page {
                shell,
                errors,
                identifier,
                back,
                scanned,
                mails,
                pins,
                provider,
                leave,
                elsewhere,
            })
        }
        Err(error) => {
            let errors = Errors::from_error(&error, "code");
            let shell = caller.shell("Set a new password");
            let page = render(&ResetPage { shell, errors, code: form.code });
            (status(&error), page).into_response()
        }
    }
}

/// Sets a new password by a one-time code.
pub(crate) async fn set_by_code(caller: &Caller, code: &str, password: &str) -> Result<(), Error> {
    passwords::check(password)?;
    let (password, random) = (password.to_owned(), caller.ctx.random());
    let hash = caller.app.slowly(move || passwords::hash(&password, random)).await??;
    let code = code.to_owned();
    if !caller.is_private() {
        let asked = code.clone();
        let whose = caller.read(move |tx, ctx| sign_in::whose_code(tx, ctx, &asked)).await?;
        if let Some(person) = whose {
            need_student(caller, person, "code").await?;
        }
    }
    let done = caller.write(move |tx, ctx| sign_in::reset(tx, ctx, &code, &hash)).await;
    if matches!(done, Err(Error::WrongCode)) {
        caller.write(sign_in::fail_reset).await?;
    }
    done.map(|_| ())
}
