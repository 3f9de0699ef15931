//! One correction: asking for it, its trail, the decision, and what is attached.

use super::form::{Choice, Errors, on_or_again};
use super::frame::crumbs;
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::files::{Sent, download};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Multipart, Path};
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::corrections::{self, Asking, Deciding, Step};
use muster_domain::attendance::Status;
use muster_domain::auth::{Permission, Target};
use muster_domain::ids::{ClassId, CorrectionId, SessionId};
use muster_domain::requests::RequestState;
use muster_storage::corrections::CorrectionRow;
use muster_storage::sessions;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "correction_new.html")]
struct NewPage {
    shell: Shell,
    id: SessionId,
    class: ClassId,
    course: String,
    session: String,
    status: &'static str,
    wanted: Vec<Choice>,
    reason: String,
    errors: Errors,
}

/// `GET /sessions/{id}/correction`
pub(super) async fn new(caller: Caller, Path(id): Path<SessionId>) -> Result<Response, PageError> {
    new_page(&caller, id, &Sent::default(), Errors::default()).await
}

async fn new_page(
    caller: &Caller,
    id: SessionId,
    sent: &Sent,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        let occasion = corrections::occasion(tx, ctx, id)?;
        let session = sessions::get(tx, id)?.ok_or(Error::NotFound)?;
        Ok((occasion, session.class))
    });
    let (occasion, class) = match read.await {
        Ok(read) => read,
        Err(Error::CorrectionOpen { correction }) => return Ok(to(correction)),
        Err(error) => return Err(caller.error(error)),
    };
    let mut shell = caller.shell("Ask for a correction");
    shell.crumbs = crumbs([
        ("/".to_owned(), "Today".to_owned()),
        (format!("/classes/{class}/attendance"), occasion.course_name.clone()),
        (String::new(), "Ask for a correction".to_owned()),
    ]);
    let others = Status::ALL
        .into_iter()
        .filter(|wanted| *wanted != Status::Absent && Some(*wanted) != occasion.status);
    Ok(render(&NewPage {
        shell,
        id,
        class,
        course: occasion.course_name,
        session: times::moment(&caller.known.settings, occasion.opened_at),
        status: occasion.status.map_or("", Status::key),
        wanted: Choice::list(
            others.map(|wanted| (wanted.key(), wanted.label())),
            &sent.field("wanted"),
        ),
        reason: sent.field("reason"),
        errors,
    }))
}

fn to(id: CorrectionId) -> Response {
    Redirect::to(&format!("/corrections/{id}")).into_response()
}

/// `POST /sessions/{id}/correction`
pub(super) async fn ask(
    caller: Caller,
    Path(id): Path<SessionId>,
    parts: Multipart,
) -> Result<Response, PageError> {
    let (sent, done) = match Sent::read(parts).await {
        Ok(sent) => {
            let asking = Asking {
                session: id,
                wanted: Status::from_key(&sent.field("wanted")),
                reason: sent.field("reason"),
                attachment: sent.file.clone(),
            };
            (sent, caller.write(move |tx, ctx| corrections::ask(tx, ctx, &asking)).await)
        }
        Err(error) => (Sent::default(), Err(error)),
    };
    match done {
        Ok(correction) | Err(Error::CorrectionOpen { correction }) => Ok(to(correction)),
        Err(error @ Error::Invalid(_)) => {
            let errors = Errors::from_error(&error, "");
            Ok((status(&error), new_page(&caller, id, &sent, errors).await?).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

#[derive(Template)]
#[template(path = "correction.html")]
struct Page {
    shell: Shell,
    id: CorrectionId,
    session_id: SessionId,
    course: String,
    session: String,
    name: String,
    number: String,
    was: &'static str,
    wanted: &'static str,
    reason: String,
    attachment: String,
    state: &'static str,
    may_withdraw: bool,
    may_decide: bool,
    may_see_session: bool,
    /// The statuses that may be given, the one wanted chosen.
    statuses: Vec<Choice>,
    given: &'static str,
    comment: String,
    steps: Vec<StepItem>,
    errors: Errors,
}

struct StepItem {
    at: String,
    at_words: String,
    who: String,
    what: String,
    why: String,
}

/// `GET /corrections/{id}`
pub(super) async fn show(
    caller: Caller,
    Path(id): Path<CorrectionId>,
) -> Result<Response, PageError> {
    page(&caller, id, Typed::default(), Errors::default()).await
}

/// What was typed to decide, and is shown again.
#[derive(Default)]
struct Typed {
    status: String,
    comment: String,
}

async fn page(
    caller: &Caller,
    id: CorrectionId,
    Typed { status, comment }: Typed,
    errors: Errors,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        Ok((corrections::get(tx, ctx, id)?, corrections::trail(tx, ctx, id)?))
    });
    let (row, steps) = read.await.map_err(|error| caller.error(error))?;
    let mut shell = caller.shell(title(caller, &row));
    shell.crumbs = crumbs([
        ("/corrections".to_owned(), "Corrections".to_owned()),
        (String::new(), shell.title.clone()),
    ]);
    let settings = &caller.known.settings;
    let own = caller.ctx.person().is_ok_and(|person| person == row.person);
    let waits = row.state == RequestState::Asked;
    let of_class = Target::Class(row.class);
    let may = |permission| caller.ctx.need(permission, of_class).is_ok();
    let step = |step: Step| StepItem {
        at: times::rfc3339(step.at),
        at_words: times::moment(settings, step.at),
        who: step.who,
        what: step.what,
        why: step.why,
    };
    Ok(render(&Page {
        shell,
        id,
        session_id: row.session,
        session: times::moment(settings, row.opened_at),
        was: row.was.map_or("", Status::key),
        wanted: row.wanted.key(),
        statuses: Choice::list(
            Status::ALL.map(|status| (status.key(), status.label())),
            if status.is_empty() { row.wanted.key() } else { &status },
        ),
        given: row.given.map_or("", Status::key),
        state: row.state.key(),
        may_withdraw: own && waits,
        may_decide: !own && waits && may(Permission::DecideCorrections),
        may_see_session: may(Permission::ViewClass),
        course: format!("{} · {} · {}", row.course_name, row.course_code, row.section),
        name: row.name,
        number: row.number,
        reason: row.reason,
        attachment: row.attachment_name.unwrap_or_default(),
        comment,
        steps: steps.into_iter().map(step).collect(),
        errors,
    }))
}

fn title(caller: &Caller, row: &CorrectionRow) -> String {
    if caller.ctx.person().is_ok_and(|person| person == row.person) {
        "Your correction".to_owned()
    } else {
        format!("Correction for {}", row.name)
    }
}

#[derive(Deserialize)]
pub(super) struct DecisionForm {
    approve: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    comment: String,
}

/// `POST /corrections/{id}/decision`
pub(super) async fn decide(
    caller: Caller,
    Path(id): Path<CorrectionId>,
    Form(form): Form<DecisionForm>,
) -> Result<Response, PageError> {
    let DecisionForm { approve, status, comment } = form;
    let deciding = Deciding {
        approve: approve == "true",
        status: Status::from_key(&status),
        comment: comment.clone(),
    };
    let done = caller.write(move |tx, ctx| corrections::decide(tx, ctx, id, &deciding)).await;
    told(&caller, id, Typed { status, comment }, done.map(drop)).await
}

/// `POST /corrections/{id}/withdrawal`
pub(super) async fn withdraw(
    caller: Caller,
    Path(id): Path<CorrectionId>,
) -> Result<Response, PageError> {
    let done = caller.write(move |tx, ctx| corrections::withdraw(tx, ctx, id)).await;
    told(&caller, id, Typed::default(), done.map(drop)).await
}

/// The correction again; what stood in the way is told above it.
async fn told(
    caller: &Caller,
    id: CorrectionId,
    typed: Typed,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    let again = |errors| page(caller, id, typed, errors);
    on_or_again(caller, done, &format!("/corrections/{id}"), again).await
}

/// `GET /corrections/{id}/attachment`
pub(super) async fn attachment(
    caller: Caller,
    Path(id): Path<CorrectionId>,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| corrections::attachment(tx, ctx, id));
    Ok(download(read.await.map_err(|error| caller.error(error))?))
}
