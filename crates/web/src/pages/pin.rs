//! Signing in by the code of a class and a PIN, and setting one's PIN.

use super::form::Errors;
use super::password::{Asked, check_present};
use super::security;
use super::shell::{Flash, FlashKind, Shell};
use super::sign_in::{browser, need_student, opened};
use crate::caller::Caller;
use crate::error::{PageError, render, sentence, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::pins::Door;
use muster_app::sign_in::Client;
use muster_app::{Error, passwords, pins};
use muster_domain::ids::{ClassId, PersonId};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "pin_sign_in.html")]
struct SignInPage {
    shell: Shell,
    errors: Errors,
    class: String,
}

/// `GET /sign-in/pin`
pub(super) async fn sign_in_form(caller: Caller) -> Result<Response, PageError> {
    if caller.who.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    if !caller.known.settings.pin_sign_in {
        return Err(caller.error(Error::NotFound));
    }
    Ok(sign_in_page(&caller, Errors::default(), String::new()))
}

fn sign_in_page(caller: &Caller, errors: Errors, class: String) -> Response {
    render(&SignInPage { shell: caller.shell("Sign in by PIN"), errors, class })
}

#[derive(Deserialize)]
pub(super) struct SignInForm {
    class: String,
    pin: String,
}

/// `POST /sign-in/pin`
pub(super) async fn sign_in(
    caller: Caller,
    Form(form): Form<SignInForm>,
) -> Result<Response, PageError> {
    match try_sign_in(&caller, "cookie", &form.class, &form.pin).await {
        Ok((class, token, _)) => {
            let to = Redirect::to(&format!("/classes/{class}"));
            Ok((opened(&caller, token), to).into_response())
        }
        Err(error @ Error::NotFound) => Err(caller.error(error)),
        Err(error) => {
            let mut errors = Errors::from_error(&error, "");
            if !matches!(error, Error::Invalid(_)) {
                errors = Errors::default();
                errors.add("", sentence(&error));
            }
            let page = sign_in_page(&caller, errors, form.class);
            Ok((status(&error), page).into_response())
        }
    }
}

/// Signs in to a class; which it is, the token, and how many seconds it lasts.
pub(crate) async fn try_sign_in(
    caller: &Caller,
    kind: &'static str,
    code: &str,
    pin: &str,
) -> Result<(ClassId, String, i64), Error> {
    let code = code.to_owned();
    let Door { class, pins } = caller.write(move |tx, ctx| pins::knock(tx, ctx, &code)).await?;
    let pin = pin.trim().to_owned();
    let opens = caller.app.slowly(move || {
        // Where there is no PIN to compare with, it takes as long as with one.
        if pins.is_empty() {
            passwords::verify(&pin, None);
        }
        let right = pins.iter().filter(|row| passwords::verify(&pin, Some(&row.hash)));
        right.map(|row| row.person).collect::<Vec<PersonId>>()
    });
    let right = opens.await?;
    // A PIN that two of them chose opens nothing: it would not tell who they are.
    let (Some(class), [person]) = (class, right.as_slice()) else { return Err(Error::WrongPin) };
    let person = *person;
    if !caller.is_private() {
        need_student(caller, person, "class").await?;
    }
    let client = Client { kind, means: "pin", class: Some(class), ..browser(caller) };
    let token = client.token.clone();
    let login = caller.write(move |tx, ctx| pins::enter(tx, ctx, person, &client)).await?;
    Ok((class, token, (login.expires_at - login.created_at).as_seconds()))
}

#[derive(Template)]
#[template(path = "pin.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    offered: bool,
    since: String,
    asked: Asked,
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /security/pin`
pub(super) async fn show(caller: Caller, Query(query): Query<Done>) -> Result<Response, PageError> {
    let mut page = page(&caller, Errors::default()).await?;
    let text = match query.done.as_str() {
        "set" => "Your PIN is set. What the one before had opened is signed out.",
        "removed" => "Your PIN is removed. What it had opened is signed out.",
        _ => return Ok(render(&page)),
    };
    page.shell.flash = Some(Flash { kind: FlashKind::Ok, text: text.to_owned(), undo: None });
    Ok(render(&page))
}

async fn page(caller: &Caller, errors: Errors) -> Result<Page, PageError> {
    let own = caller.read(pins::own).await.map_err(|error| caller.error(error))?;
    if !own.offered && own.since.is_none() {
        return Err(caller.error(Error::NotFound));
    }
    let since = own.since.map(|at| times::moment(&caller.known.settings, at)).unwrap_or_default();
    let (shell, asked) = (security::shell(caller, "Your PIN"), Asked::of(caller).await?);
    Ok(Page { shell, errors, offered: own.offered, since, asked })
}

#[derive(Deserialize)]
pub(super) struct PinForm {
    #[serde(default)]
    present: String,
    pin: String,
}

/// `POST /security/pin`
pub(super) async fn submit(
    caller: Caller,
    Form(form): Form<PinForm>,
) -> Result<Response, PageError> {
    match set(&caller, form.present, form.pin).await {
        Ok(()) => Ok(Redirect::to("/security/pin?done=set").into_response()),
        Err(error @ (Error::NotFound | Error::Forbidden)) => Err(caller.error(error)),
        Err(error) => {
            let page = page(&caller, Errors::from_error(&error, "present")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

/// Sets the person's own PIN, if that is their password.
pub(crate) async fn set(caller: &Caller, present: String, pin: String) -> Result<(), Error> {
    let wanted = pin.clone();
    caller.read(move |tx, ctx| pins::check(tx, ctx, &wanted)).await?;
    check_present(caller, present).await?;
    let random = caller.ctx.random();
    let hash = caller.app.slowly(move || passwords::hash(&pin, random)).await??;
    caller.write(move |tx, ctx| pins::set(tx, ctx, &hash)).await
}

/// `POST /security/pin/removal`
pub(super) async fn remove(caller: Caller) -> Result<Response, PageError> {
    caller.write(pins::remove).await.map_err(|error| caller.error(error))?;
    Ok(Redirect::to("/security/pin?done=removed").into_response())
}
