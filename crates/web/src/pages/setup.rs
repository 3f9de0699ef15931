//! The first run: a one-time link names the institution and makes the first administrator.

use super::form::Errors;
use super::shell::Shell;
use crate::api::joined;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::nodes::Leave;
use muster_app::people::PersonInput;
use muster_app::setup::{self, SetUp};
use muster_app::{Error, passwords};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "setup.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    code: String,
    form: SetupForm,
    hub: HubForm,
}

/// A hub to which this node shall belong.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct HubForm {
    url: String,
    code: String,
}

#[derive(Clone, Default, Deserialize)]
pub(super) struct SetupForm {
    institution: String,
    name: String,
    number: String,
    #[serde(default)]
    email: String,
    password: String,
}

/// `GET /setup/{code}`
pub(super) async fn show(caller: Caller, Path(code): Path<String>) -> Result<Response, PageError> {
    let asked = code.clone();
    let valid = caller.read(move |tx, ctx| setup::is_valid(tx, ctx, &asked)).await;
    if !valid.map_err(|error| caller.error(error))? {
        return Err(caller.error(Error::WrongCode));
    }
    let (shell, errors) = (caller.shell("Set up Muster"), Errors::default());
    let (form, hub) = (SetupForm::default(), HubForm::default());
    Ok(render(&Page { shell, errors, code, form, hub }))
}

/// `POST /setup/{code}`
pub(super) async fn submit(
    caller: Caller,
    Path(code): Path<String>,
    Form(form): Form<SetupForm>,
) -> Response {
    match set_up(&caller, &code, &form).await {
        Ok(()) => Redirect::to("/sign-in").into_response(),
        Err(error) => {
            let errors = Errors::from_error(&error, "");
            let form = SetupForm { password: String::new(), ..form };
            let (shell, hub) = (caller.shell("Set up Muster"), HubForm::default());
            let page = render(&Page { shell, errors, code, form, hub });
            (status(&error), page).into_response()
        }
    }
}

/// `POST /setup/{code}/hub`: this node becomes an edge, whose people come from its hub.
pub(super) async fn join(
    caller: Caller,
    Path(code): Path<String>,
    Form(hub): Form<HubForm>,
) -> Result<Response, PageError> {
    let leave = Leave::FirstRun(code.clone());
    match joined(&caller, (&hub.url, &hub.code, String::new()), leave).await {
        Ok(()) => Ok(Redirect::to("/sign-in").into_response()),
        Err(error @ (Error::Invalid(_) | Error::Node(_))) => {
            let errors = Errors::from_error(&error, "url");
            let (shell, form) = (caller.shell("Set up Muster"), SetupForm::default());
            let page = render(&Page { shell, errors, code, form, hub });
            Ok((status(&error), page).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

async fn set_up(caller: &Caller, code: &str, form: &SetupForm) -> Result<(), Error> {
    let typed = PersonInput {
        number: form.number.clone(),
        name: form.name.clone(),
        email: form.email.clone(),
        ..PersonInput::default()
    };
    let administrator = typed.check()?;
    passwords::check(&form.password)?;
    if !caller.is_private() {
        let detail = "This connection is not encrypted. Open this link on the server itself, or by \
            an address that begins with https.";
        return Err(Error::field("password", detail));
    }
    let (password, random) = (form.password.clone(), caller.ctx.random());
    let password_hash = caller.app.slowly(move || passwords::hash(&password, random)).await??;
    let institution = form.institution.clone();
    let input = SetUp { code: Some(code.to_owned()), institution, administrator, password_hash };
    caller.write(move |tx, ctx| setup::set_up(tx, ctx, &input)).await.map(|_| ())
}
