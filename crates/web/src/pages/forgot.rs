//! Asking for a letter with a link that sets a new password.

use super::form::Errors;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{render, status};
use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Response};
use muster_app::{Error, password_link};
use muster_domain::people::Email;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "forgot.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    email: String,
    mails: bool,
    asked: bool,
}

fn page(caller: &Caller, email: String, errors: Errors, asked: bool) -> Page {
    let mails = caller.app.mail_from.is_some();
    Page { shell: caller.shell("Choose a new password"), errors, email, mails, asked }
}

/// `GET /forgot`
pub(super) async fn show(caller: Caller) -> Response {
    render(&page(&caller, String::new(), Errors::default(), false))
}

#[derive(Deserialize)]
pub(super) struct ForgotForm {
    email: String,
}

/// `POST /forgot`: the answer is the same whether anybody has that address.
pub(super) async fn ask(caller: Caller, Form(form): Form<ForgotForm>) -> Response {
    match send_link(&caller, &form.email).await {
        Ok(()) => render(&page(&caller, form.email, Errors::default(), true)),
        Err(error) => {
            let page = page(&caller, form.email, Errors::from_error(&error, "email"), false);
            (status(&error), render(&page)).into_response()
        }
    }
}

/// Asks for a letter with a link.
pub(crate) async fn send_link(caller: &Caller, email: &str) -> Result<(), Error> {
    if caller.app.mail_from.is_none() {
        let detail = "This server sends no letters. Ask the office for a one-time code.";
        return Err(Error::field("email", detail));
    }
    let address = Email::try_from(email.to_owned());
    let address = address.map_err(|error| Error::field("email", error.to_string()))?;
    caller.write(move |tx, ctx| password_link::ask(tx, ctx, &address)).await
}
