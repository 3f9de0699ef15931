//! An online class: its students open the link that the teacher shared, and enter the one-time
//! password of the moment.

use super::form::Errors;
use super::mark::Done;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, sentence, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::marks::{self, Presented};
use muster_domain::attendance::Refusal;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "online.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    token: String,
    class: String,
    open: bool,
    /// Whether the roll number says who it is: nobody signed in.
    by_roll: bool,
    roll_number: String,
    done: Option<Done>,
}

/// `GET /online/{token}`
pub(super) async fn show(caller: Caller, Path(token): Path<String>) -> Result<Response, PageError> {
    if let Some(elsewhere) = sign_in_first(&caller, &token) {
        return Ok(elsewhere);
    }
    page(&caller, token, Errors::default(), String::new(), None).await
}

/// Where the roll number alone does not do, whoever did not sign in does so first.
fn sign_in_first(caller: &Caller, token: &str) -> Option<Response> {
    let must = caller.who.is_none() && !caller.known.settings.online_roll_numbers;
    let back = times::query_value(&format!("/online/{token}"));
    must.then(|| Redirect::to(&format!("/sign-in?back={back}")).into_response())
}

#[derive(Deserialize)]
pub(super) struct OtpForm {
    otp: String,
    #[serde(default)]
    roll_number: String,
}

/// `POST /online/{token}`
pub(super) async fn submit(
    caller: Caller,
    Path(token): Path<String>,
    Form(form): Form<OtpForm>,
) -> Result<Response, PageError> {
    if let Some(elsewhere) = sign_in_first(&caller, &token) {
        return Ok(elsewhere);
    }
    let OtpForm { otp, roll_number } = form;
    let roll = Some(roll_number.clone());
    let presented = Presented::Otp { token: token.clone(), otp, roll_number: roll };
    match caller.mark(presented, None).await {
        Ok(marked) => {
            let done = Done {
                class: String::new(),
                status: marked.status.key(),
                at: times::clock(&caller.known.settings, marked.at),
                already: marked.already,
            };
            page(&caller, token, Errors::default(), String::new(), Some(done)).await
        }
        Err(error) => {
            let mut errors = Errors::default();
            let (field, text) = mistake(&caller, &error);
            errors.add(field, text);
            let page = page(&caller, token, errors, roll_number, None).await?;
            Ok((status(&error), page).into_response())
        }
    }
}

/// What is wrong, in the words of this page, and at which field.
fn mistake(caller: &Caller, error: &Error) -> (&'static str, String) {
    match error {
        Error::Refused(Refusal::CodeExpired) => {
            ("otp", "This password has expired. Enter the one that your teacher shows now.".into())
        }
        Error::Refused(Refusal::CodeInvalid) => {
            ("otp", "This password is not right. Check it and try again.".into())
        }
        Error::Refused(Refusal::NotEnrolled) if caller.who.is_none() => {
            ("roll_number", "Nobody in this class has this roll number. Check it.".into())
        }
        error => ("", sentence(error)),
    }
}

async fn page(
    caller: &Caller,
    token: String,
    errors: Errors,
    roll_number: String,
    done: Option<Done>,
) -> Result<Response, PageError> {
    let asked = token.clone();
    let read = caller.read(move |tx, ctx| marks::online(tx, ctx, &asked)).await;
    let (session, class) = read.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(class.course_name.clone());
    shell.path = format!("/online/{token}");
    Ok(render(&Page {
        shell,
        errors,
        token,
        class: format!("{} · {}", class.course_code, class.section),
        open: session.times().takes_marks(caller.ctx.now()),
        by_roll: caller.who.is_none(),
        roll_number,
        done,
    }))
}
