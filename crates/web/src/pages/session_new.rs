//! Opening a session: with one button, with a form, or in the place of one that is open.

use super::form::{Choice, Errors};
use super::frame::crumbs;
use super::handover::{self, LeavePage};
use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::nodes::NodeError;
use muster_app::sessions::{self, OpenInput};
use muster_app::{Error, academics};
use muster_domain::attendance::{Method, Mode};
use muster_domain::ids::{ClassId, MeetingId, SessionId};
use muster_storage::academics::ClassRow;
use muster_storage::enrolment::MeetingRow;
use muster_storage::sessions::SessionRow;
use serde::{Deserialize, Serialize};

#[derive(Template)]
#[template(path = "session_new.html")]
struct FormPage {
    shell: Shell,
    errors: Errors,
    class: String,
    form: OpenForm,
    meetings: Vec<Choice>,
    modes: Vec<Choice>,
    usual: i64,
}

#[derive(Template)]
#[template(path = "session_open.html")]
struct OpenPage {
    shell: Shell,
    class: String,
    session: String,
    since: String,
    online: bool,
    form: OpenForm,
}

/// What a session is opened with, as typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct OpenForm {
    #[serde(default)]
    meeting: String,
    /// `online`, or nothing.
    #[serde(default)]
    mode: String,
    #[serde(default)]
    duration_minutes: String,
    #[serde(default)]
    topic: String,
    /// Set by the form with all choices; the button means the usual ones.
    #[serde(default)]
    chosen: String,
    #[serde(default)]
    qr: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    badge: String,
    /// The open session that is to be closed first.
    #[serde(default)]
    instead: String,
}

impl OpenForm {
    fn input(&self, class: ClassId, now: Option<MeetingId>) -> Result<OpenInput, Error> {
        let mode = Mode::from_key(&self.mode).unwrap_or(Mode::InClass);
        let chosen = !self.chosen.is_empty();
        let ways =
            [(Method::Qr, &self.qr), (Method::Code, &self.code), (Method::Badge, &self.badge)];
        let ways = ways.into_iter().filter(|(_, ticked)| !ticked.is_empty());
        let minutes = self.duration_minutes.trim();
        let minutes = (!minutes.is_empty()).then(|| minutes.parse::<i64>()).transpose();
        Ok(OpenInput {
            class,
            meeting: self.meeting.parse().ok().or(now.filter(|_| !chosen)),
            duration_minutes: minutes.map_err(|_| {
                Error::field("duration_minutes", "Give the minutes as a whole number.")
            })?,
            mode,
            methods: (chosen && mode == Mode::InClass)
                .then(|| ways.map(|(method, _)| method).collect()),
            topic: self.topic.clone(),
        })
    }
}

/// What the form begins with.
#[derive(Deserialize)]
pub(super) struct Where {
    /// `online`, or nothing.
    #[serde(default)]
    mode: String,
}

/// `GET /classes/{id}/sessions/new`
pub(super) async fn new(
    caller: Caller,
    Path(class): Path<ClassId>,
    Query(Where { mode }): Query<Where>,
) -> Result<Response, PageError> {
    let (qr, code, badge) = ("true".to_owned(), "true".to_owned(), "true".to_owned());
    let form = OpenForm { mode, qr, code, badge, ..OpenForm::default() };
    Ok(render(&form_page(&caller, class, form, Errors::default()).await?))
}

async fn form_page(
    caller: &Caller,
    class: ClassId,
    form: OpenForm,
    errors: Errors,
) -> Result<FormPage, PageError> {
    let read = caller.read(move |tx, ctx| {
        let meeting = sessions::meeting_now(tx, ctx, class)?;
        Ok((academics::class(tx, ctx, class)?, meeting))
    });
    let (row, meeting) = read.await.map_err(|error| caller.error(error))?;
    let settings = &caller.known.settings;
    let times = |meeting: MeetingRow| {
        let clock = |at| times::clock(settings, at);
        let (from, until) = (clock(meeting.starts_at), clock(meeting.ends_at));
        (meeting.id.to_string(), format!("The meeting of {from}–{until}"))
    };
    let chosen = match &meeting {
        Some(meeting) if form.chosen.is_empty() => meeting.id.to_string(),
        _ => form.meeting.clone(),
    };
    let modes = [(Mode::InClass, "In class"), (Mode::Online, "Online")]
        .map(|(mode, word)| (mode.key(), word));
    Ok(FormPage {
        shell: shell(caller, "Open a session", &row),
        errors,
        class: class.to_string(),
        meetings: Choice::list(meeting.map(times), &chosen),
        modes: Choice::list(modes, &form.mode),
        usual: settings.duration(row.duration_minutes).as_seconds() / 60,
        form,
    })
}

fn shell(caller: &Caller, title: &str, class: &ClassRow) -> Shell {
    let mut shell = caller.shell(title);
    shell.crumbs = crumbs([
        (format!("/classes/{}", class.id), class.course_name.clone()),
        (String::new(), title.to_owned()),
    ]);
    shell
}

/// `POST /classes/{id}/sessions`: opens a session, of the meeting that runs where none is chosen.
/// Where one is open already, it is that one's page, or the question what to do with it.
pub(super) async fn open(
    caller: Caller,
    Path(class): Path<ClassId>,
    Form(form): Form<OpenForm>,
) -> Result<Response, PageError> {
    let typed = form.clone();
    let opened = caller.write(move |tx, ctx| {
        let now = sessions::meeting_now(tx, ctx, class)?.map(|meeting| meeting.id);
        let input = typed.input(class, now)?;
        match typed.instead.parse::<SessionId>() {
            Ok(instead) => sessions::open_instead(tx, ctx, &input, instead),
            Err(_) => sessions::open(tx, ctx, &input),
        }
    });
    match opened.await {
        Ok(session) | Err(Error::MeetingTaken { session }) => Ok(to(session)),
        Err(Error::SessionOpen { session }) => already(&caller, class, session, form).await,
        Err(Error::Node(NodeError::OnlineAtHub)) => at_hub(&caller, class, form).await,
        Err(error @ (Error::Invalid(_) | Error::Session(_))) => {
            let errors = Errors::from_error(&error, "duration_minutes");
            let page = form_page(&caller, class, form, errors).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

/// An edge leads to its hub, or says why not beside the choice.
async fn at_hub(caller: &Caller, class: ClassId, form: OpenForm) -> Result<Response, PageError> {
    match handover::leave(caller, class).await {
        Ok(link) => {
            let read = caller.read(move |tx, ctx| academics::class(tx, ctx, class));
            let row = read.await.map_err(|error| caller.error(error))?;
            let shell = shell(caller, "Online at the hub", &row);
            Ok(render(&LeavePage { shell, class: class.to_string(), link }))
        }
        Err(error @ Error::Invalid(_)) => {
            let errors = Errors::from_error(&error, "mode");
            let page = form_page(caller, class, form, errors).await?;
            Ok((status(&error), render(&page)).into_response())
        }
        Err(error) => Err(caller.error(error)),
    }
}

fn to(session: SessionId) -> Response {
    Redirect::to(&format!("/sessions/{session}")).into_response()
}

/// The open session of the same meeting is meant; of any other, somebody says what becomes of it.
async fn already(
    caller: &Caller,
    class: ClassId,
    session: SessionId,
    form: OpenForm,
) -> Result<Response, PageError> {
    let read = caller.read(move |tx, ctx| {
        Ok((sessions::get(tx, ctx, session)?, academics::class(tx, ctx, class)?))
    });
    let (open, row) = read.await.map_err(|error| caller.error(error))?;
    if is_meant(&open, &form) {
        return Ok(to(session));
    }
    let page = OpenPage {
        shell: shell(caller, "A session is open already", &row),
        class: class.to_string(),
        session: session.to_string(),
        since: times::moment(&caller.known.settings, open.opened_at),
        online: open.mode == Mode::Online,
        form,
    };
    Ok((StatusCode::CONFLICT, render(&page)).into_response())
}

/// A button pressed twice, or on two screens, means the same session.
fn is_meant(open: &SessionRow, form: &OpenForm) -> bool {
    let mode = Mode::from_key(&form.mode).unwrap_or(Mode::InClass);
    let meeting = form.meeting.parse::<MeetingId>().ok();
    form.chosen.is_empty() && open.mode == mode && (meeting.is_none() || open.meeting == meeting)
}
