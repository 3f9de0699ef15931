//! Changing one's own password.

use super::form::Errors;
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{render, status};
use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Response};
use muster_app::{Error, passwords, sign_in};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "password.html")]
struct Page {
    shell: Shell,
    errors: Errors,
}

/// `GET /password`
pub(super) async fn show(caller: Caller) -> Response {
    render(&page(&caller, Errors::default()))
}

fn page(caller: &Caller, errors: Errors) -> Page {
    let mut shell = caller.shell("Change your password");
    shell.crumbs = crumbs([
        ("/logins".to_owned(), "Where you are signed in".to_owned()),
        (String::new(), "Change your password".to_owned()),
    ]);
    Page { shell, errors }
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    present: String,
    password: String,
}

/// `POST /password`
pub(super) async fn submit(caller: Caller, Form(form): Form<PasswordForm>) -> Response {
    match change_password(&caller, form.present, form.password).await {
        Ok(()) => {
            let mut page = page(&caller, Errors::default());
            let text = "Your new password is set. You are signed out everywhere else.".to_owned();
            page.shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
            render(&page)
        }
        Err(error) => {
            let page = page(&caller, Errors::from_error(&error, "present"));
            (status(&error), render(&page)).into_response()
        }
    }
}

/// Sets a new password for whoever knows the present one.
pub(crate) async fn change_password(
    caller: &Caller,
    present: String,
    wanted: String,
) -> Result<(), Error> {
    passwords::check(&wanted)?;
    check_present(caller, present).await?;
    let random = caller.ctx.random();
    let hash = caller.app.slowly(move || passwords::hash(&wanted, random)).await??;
    caller.write(move |tx, ctx| sign_in::change_password(tx, ctx, &hash)).await.map(drop)
}

/// Passes if that is the present password: what protects a login is not changed without it.
pub(super) async fn check_present(caller: &Caller, present: String) -> Result<(), Error> {
    if !caller.is_private() {
        let detail = "This connection is not encrypted. Use the address that begins with https.";
        return Err(Error::field("present", detail));
    }
    let hash = caller.read(sign_in::own_password).await?;
    let right = caller.app.slowly(move || passwords::verify(&present, hash.as_deref())).await?;
    if !right {
        caller.write(sign_in::fail_own_password).await?;
        return Err(Error::field("present", "This is not your present password."));
    }
    Ok(())
}
