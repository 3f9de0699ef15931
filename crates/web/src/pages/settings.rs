//! The institution's settings, each with its explanation.

use super::form::Errors;
use super::shell::{Flash, FlashKind, Shell};
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::{Error, settings};
use serde::Deserialize;

#[derive(Template)]
#[template(path = "settings.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    form: SettingsForm,
}

#[derive(Clone, Deserialize)]
pub(super) struct SettingsForm {
    institution: String,
    time_zone: String,
    session_minutes: String,
    late_after_minutes: String,
    step_seconds: String,
}

#[derive(Deserialize)]
pub(super) struct Done {
    #[serde(default)]
    saved: String,
}

/// `GET /settings`
pub(super) async fn show(caller: Caller, Query(done): Query<Done>) -> Response {
    let now = &caller.known.settings;
    let form = SettingsForm {
        institution: now.institution.clone(),
        time_zone: now.time_zone.clone(),
        session_minutes: now.session_minutes.to_string(),
        late_after_minutes: now.late_after_minutes.to_string(),
        step_seconds: now.step_seconds.to_string(),
    };
    let mut shell = caller.shell("Settings");
    let text = "Saved. Sessions opened from now on follow these settings.".to_owned();
    shell.flash =
        (!done.saved.is_empty()).then_some(Flash { kind: FlashKind::Ok, text, undo: None });
    render(&Page { shell, errors: Errors::default(), form })
}

/// `POST /settings`: all of them, or none.
pub(super) async fn change(
    caller: Caller,
    Form(form): Form<SettingsForm>,
) -> Result<Response, PageError> {
    match save(&caller, form.clone()).await {
        Ok(()) => Ok(Redirect::to("/settings?saved=1").into_response()),
        Err(error @ Error::Forbidden) => Err(caller.error(error)),
        Err(error) => {
            let errors = Errors::from_error(&error, "");
            let page = render(&Page { shell: caller.shell("Settings"), errors, form });
            Ok((status(&error), page).into_response())
        }
    }
}

async fn save(caller: &Caller, form: SettingsForm) -> Result<(), Error> {
    let SettingsForm { institution, time_zone, session_minutes, late_after_minutes, step_seconds } =
        form;
    let values = [
        ("institution", institution),
        ("time_zone", time_zone),
        ("session_minutes", session_minutes),
        ("late_after_minutes", late_after_minutes),
        ("step_seconds", step_seconds),
    ];
    caller.write(move |tx, ctx| settings::change(tx, ctx, &values)).await
}
