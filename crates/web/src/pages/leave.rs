//! One leave: the decision, its end, and what is attached.

use super::form::{Errors, on_or_again};
use super::frame::crumbs;
use super::leaves::{days, decides};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::files::download;
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::Response;
use muster_app::{Error, leaves};
use muster_domain::ids::{LeaveId, PersonId};
use muster_domain::requests::RequestState;
use muster_storage::leaves::LeaveRow;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "leave.html")]
struct Page {
    shell: Shell,
    id: LeaveId,
    person: PersonId,
    name: String,
    number: String,
    days: String,
    reason: String,
    attachment: String,
    state: &'static str,
    asker: String,
    asked_at: String,
    asked_words: String,
    decision: &'static str,
    decider: String,
    decided_at: String,
    decided_words: String,
    said: String,
    decides: bool,
    may_withdraw: bool,
    may_decide: bool,
    comment: String,
    /// What was typed as the last day, where the leave may end.
    last_day: Option<String>,
    errors: Errors,
}

/// What was typed into the forms of the page.
#[derive(Default, Deserialize)]
pub(super) struct Typed {
    #[serde(default)]
    approve: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    last_day: String,
}

/// `GET /leave/{id}`
pub(super) async fn show(caller: Caller, Path(id): Path<LeaveId>) -> Result<Response, PageError> {
    page(&caller, id, Typed::default(), Errors::default()).await
}

async fn page(
    caller: &Caller,
    id: LeaveId,
    typed: Typed,
    errors: Errors,
) -> Result<Response, PageError> {
    let row = caller.read(move |tx, ctx| leaves::get(tx, ctx, id)).await;
    let row = row.map_err(|error| caller.error(error))?;
    let own = caller.ctx.person().is_ok_and(|person| person == row.person);
    let title = if own { "Your leave".to_owned() } else { format!("Leave of {}", row.name) };
    let mut shell = caller.shell(title.clone());
    shell.crumbs = crumbs([("/leave".to_owned(), "Leave".to_owned()), (String::new(), title)]);
    Ok(render(&filled(caller, shell, row, own, typed, errors)))
}

fn filled(
    caller: &Caller,
    shell: Shell,
    row: LeaveRow,
    own: bool,
    typed: Typed,
    errors: Errors,
) -> Page {
    let settings = &caller.known.settings;
    let (waits, decides) = (row.state == RequestState::Asked, decides(caller));
    let done = row.decided_at;
    Page {
        shell,
        id: row.id,
        person: row.person,
        days: days(&row),
        state: row.state.key(),
        decision: row.state.label(),
        decides,
        may_withdraw: own && waits,
        may_decide: decides && !own && waits,
        last_day: (decides && row.state == RequestState::Approved).then_some(typed.last_day),
        asked_at: times::rfc3339(row.asked_at),
        asked_words: times::moment(settings, row.asked_at),
        decided_at: done.map(times::rfc3339).unwrap_or_default(),
        decided_words: done.map(|at| times::moment(settings, at)).unwrap_or_default(),
        name: row.name,
        number: row.number,
        reason: row.reason,
        attachment: row.attachment_name.unwrap_or_default(),
        asker: row.asker.unwrap_or_default(),
        decider: row.decider.unwrap_or_default(),
        said: row.comment.unwrap_or_default(),
        comment: typed.comment,
        errors,
    }
}

/// `POST /leave/{id}/decision`
pub(super) async fn decide(
    caller: Caller,
    Path(id): Path<LeaveId>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let (approve, comment) = (typed.approve == "true", typed.comment.clone());
    let done = caller.write(move |tx, ctx| leaves::decide(tx, ctx, id, approve, &comment)).await;
    told(&caller, id, typed, done).await
}

/// `POST /leave/{id}/withdrawal`
pub(super) async fn withdraw(
    caller: Caller,
    Path(id): Path<LeaveId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| leaves::withdraw(tx, ctx, id)).await;
    told(&caller, id, Typed::default(), done).await
}

/// `POST /leave/{id}/ending`
pub(super) async fn end(
    caller: Caller,
    Path(id): Path<LeaveId>,
    Form(typed): Form<Typed>,
) -> Result<Response, PageError> {
    let done = match times::parse_date(&typed.last_day) {
        Some(last) => caller.write(move |tx, ctx| leaves::end(tx, ctx, id, last)).await,
        None => Err(Error::field("last_day", "Enter a day, for example 2026-09-01.")),
    };
    told(&caller, id, typed, done).await
}

/// The leave again; what stood in the way is told above it.
async fn told(
    caller: &Caller,
    id: LeaveId,
    typed: Typed,
    done: Result<LeaveRow, Error>,
) -> Result<Response, PageError> {
    let again = |errors| page(caller, id, typed, errors);
    on_or_again(caller, done.map(drop), &format!("/leave/{id}"), again).await
}

/// `GET /leave/{id}/attachment`
pub(super) async fn attachment(
    caller: Caller,
    Path(id): Path<LeaveId>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| leaves::attachment(tx, ctx, id));
    Ok(download(read.await.map_err(|error| caller.error(error))?))
}
