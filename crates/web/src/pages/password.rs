//! Changing one's own password, and what is asked for before what protects a login is changed.

use super::form::Errors;
use super::frame::crumbs;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::response::{IntoResponse, Response};
use muster_app::own_password::{self, Proof};
use muster_app::{Error, passwords, sign_in};
use serde::Deserialize;

/// What a page asks for before it changes what protects a login.
#[derive(Default)]
pub(super) struct Asked {
    /// The present password; else a young login by the provider.
    pub password: bool,
    /// Whether the login is young enough.
    pub young: bool,
    /// What the provider is called.
    pub provider: String,
}

impl Asked {
    pub async fn of(caller: &Caller) -> Result<Self, PageError> {
        let proof = caller.read(own_password::proof).await.map_err(|error| caller.error(error))?;
        let provider = provider(caller);
        Ok(match proof {
            Proof::Password(_) => Self { password: true, young: false, provider },
            Proof::Login { young } => Self { password: false, young, provider },
        })
    }

    /// What the link to the page of the password says.
    pub const fn password_link(&self) -> &'static str {
        if self.password { "Change the password" } else { "Set a password" }
    }
}

fn provider(caller: &Caller) -> String {
    let provider = caller.app.provider.as_ref();
    let name = provider.map(|provider| provider.config().name.clone());
    name.unwrap_or_else(|| "your institution".to_owned())
}

#[derive(Template)]
#[template(path = "password.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    asked: Asked,
}

/// `GET /password`
pub(super) async fn show(caller: Caller) -> Result<Response, PageError> {
    Ok(render(&page(&caller, Errors::default()).await?))
}

async fn page(caller: &Caller, errors: Errors) -> Result<Page, PageError> {
    let asked = Asked::of(caller).await?;
    let title = if asked.password { "Change your password" } else { "Set a password" };
    let mut shell = caller.shell(title);
    shell.crumbs = crumbs([
        ("/logins".to_owned(), "Where you are signed in".to_owned()),
        (String::new(), title.to_owned()),
    ]);
    Ok(Page { shell, errors, asked })
}

#[derive(Deserialize)]
pub(super) struct PasswordForm {
    #[serde(default)]
    present: String,
    password: String,
}

/// `POST /password`
pub(super) async fn submit(
    caller: Caller,
    Form(form): Form<PasswordForm>,
) -> Result<Response, PageError> {
    match change_password(&caller, form.present, form.password).await {
        Ok(()) => {
            let mut page = page(&caller, Errors::default()).await?;
            let text = "Your new password is set. You are signed out everywhere else.".to_owned();
            page.shell.flash = Some(Flash { kind: FlashKind::Ok, text, undo: None });
            Ok(render(&page))
        }
        Err(error) => {
            let page = page(&caller, Errors::from_error(&error, "present")).await?;
            Ok((status(&error), render(&page)).into_response())
        }
    }
}

/// Sets a new password for whoever may change what protects their login.
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

/// Passes if that is the present password: what protects a login is not changed without it. Whoever
/// has none passes by a login that the provider opened a moment ago.
pub(super) async fn check_present(caller: &Caller, present: String) -> Result<(), Error> {
    if !caller.is_private() {
        let detail = "This connection is not encrypted. Use the address that begins with https.";
        return Err(Error::field("present", detail));
    }
    let hash = match caller.read(own_password::demand).await? {
        Proof::Password(hash) => hash,
        Proof::Login { young: true } => return Ok(()),
        Proof::Login { young: false } => {
            let provider = provider(caller);
            let detail = format!(
                "You have no password here. Sign out, sign in again with {provider}, and try \
                 within 15 minutes."
            );
            return Err(Error::field("present", detail));
        }
    };
    if present.is_empty() {
        return Err(Error::field("present", "Enter your present password."));
    }
    let right = caller.app.slowly(move || passwords::verify(&present, Some(&hash))).await?;
    if !right {
        caller.write(own_password::fail).await?;
        return Err(Error::field("present", "This is not your present password."));
    }
    Ok(())
}
