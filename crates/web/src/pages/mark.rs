//! A student marks themself: by the QR's link through the phone's camera, or by typing.

use super::form::{Choice, Errors};
use super::shell::Shell;
use crate::caller::Caller;
use crate::cookies::{TICKET, cookie};
use crate::error::{PageError, render, sentence, status};
use crate::times;
use askama::Template;
use axum::Form;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};
use muster_app::attendance::{self, ClassToday};
use muster_app::marks::{self, Marked, Presented};
use muster_app::{Error, Result};
use muster_domain::attendance::location::Location;
use muster_domain::attendance::{Method, Refusal};
use serde::Deserialize;

/// How long a judged code waits for its student to sign in.
const TICKET_SECONDS: u32 = 300;

#[derive(Template)]
#[template(path = "mark.html")]
struct Page {
    shell: Shell,
    errors: Errors,
    /// Whether nobody is signed in, so that nobody's classes are known.
    stranger: bool,
    ticket: Option<String>,
    /// Classes whose code can be typed.
    open: Vec<Choice>,
    /// Whether a class shows a code that can be scanned.
    scans: bool,
    done: Option<Done>,
    /// Whether the class wants to know how far its students are from its room.
    asks: bool,
}

/// What came of it, as the page says it.
pub(super) struct Done {
    pub class: String,
    pub status: &'static str,
    pub at: String,
    pub already: bool,
}

/// `GET /c/{code}`: judges the code at once, so that signing in on the way costs nothing.
pub(super) async fn scanned(
    caller: Caller,
    Path(code): Path<String>,
) -> std::result::Result<Response, PageError> {
    let judged = caller.read(move |tx, ctx| marks::ticket_for(tx, ctx, &code)).await;
    match judged.map_err(|error| caller.error(error))? {
        Ok(ticket) => {
            let cookie = cookie(TICKET, ticket, TICKET_SECONDS, caller.known.secure);
            Ok((caller.jar.clone().add(cookie), Redirect::to("/mark")).into_response())
        }
        Err(refusal) => Ok(refused(&caller, &refusal.into()).await),
    }
}

/// `GET /mark`
pub(super) async fn show(caller: Caller) -> Response {
    let ticket = caller.jar.get(TICKET).map(|cookie| cookie.value().to_owned());
    page(&caller, Errors::default(), ticket, None).await
}

#[derive(Deserialize)]
pub(super) struct MarkForm {
    #[serde(default)]
    session: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    latitude: String,
    #[serde(default)]
    longitude: String,
}

impl MarkForm {
    /// What the browser told; what can't be read counts as not told.
    fn location(&self) -> Option<Location> {
        Location::parse(&self.latitude, &self.longitude).ok()
    }
}

/// `POST /mark`: spends the ticket, or the code that was typed.
pub(super) async fn submit(caller: Caller, Form(form): Form<MarkForm>) -> Response {
    let ticket = caller.jar.get(TICKET).map(|cookie| cookie.value().to_owned());
    let location = form.location();
    let presented = match (ticket.clone(), form.session.parse()) {
        (_, Ok(session)) if !form.code.trim().is_empty() => Presented::Typed(session, form.code),
        (Some(ticket), _) => Presented::Ticket(ticket),
        _ => return refused(&caller, &Refusal::CodeInvalid.into()).await,
    };
    let gone = cookie(TICKET, String::new(), 0, caller.known.secure);
    let jar = caller.jar.clone().add(gone);
    match mark(&caller, presented, location).await {
        Ok((marked, class)) => {
            let done = Done {
                class,
                status: marked.status.key(),
                at: times::clock(&caller.known.settings, marked.at),
                already: marked.already,
            };
            (jar, page(&caller, Errors::default(), None, Some(done)).await).into_response()
        }
        // Who is near after all, or lets the browser tell, tries again with the same ticket.
        Err(error @ Error::Refused(Refusal::TooFar | Refusal::LocationMissing)) => {
            let mut errors = Errors::default();
            errors.add("", sentence(&error));
            (status(&error), page(&caller, errors, ticket, None).await).into_response()
        }
        Err(error) => (jar, refused(&caller, &error).await).into_response(),
    }
}

/// Marks the person who is signed in; the class's name comes with the answer.
async fn mark(
    caller: &Caller,
    presented: Presented,
    location: Option<Location>,
) -> Result<(Marked, String)> {
    let marked = caller.mark(presented, location).await?;
    let class = marked.class;
    let row = caller.read(move |tx, _| Ok(muster_storage::academics::class(tx, class)?)).await?;
    Ok((marked, row.map(|row| row.course_name).unwrap_or_default()))
}

async fn refused(caller: &Caller, error: &Error) -> Response {
    let mut errors = Errors::default();
    let field = if matches!(error, Error::Refused(Refusal::CodeInvalid)) { "code" } else { "" };
    errors.add(if caller.who.is_some() { field } else { "" }, sentence(error));
    (status(error), page(caller, errors, None, None).await).into_response()
}

async fn page(
    caller: &Caller,
    errors: Errors,
    ticket: Option<String>,
    done: Option<Done>,
) -> Response {
    let open = match caller.who {
        Some(_) => caller.read(attendance::attended_today).await.unwrap_or_default(),
        None => Vec::new(),
    };
    let takes = |today: &ClassToday, method| today.open.as_ref().is_some_and(|o| o.takes(method));
    let scans = open.iter().any(|today| takes(today, Method::Qr));
    let choice = |today: &ClassToday| {
        let session = today.open.as_ref().filter(|open| open.takes(Method::Code))?;
        let class = &today.class;
        let label = format!("{} ({} · {})", class.course_name, class.course_code, class.section);
        Some((session.id.to_string(), label))
    };
    let open: Vec<_> = open.iter().filter_map(choice).collect();
    let ids: Vec<_> = open.iter().filter_map(|(id, _)| id.parse().ok()).collect();
    let scanned = ticket.clone();
    let asks = caller
        .read(move |tx, ctx| marks::asks_distance(tx, ctx, scanned.as_deref(), &ids))
        .await
        .unwrap_or_default();
    let first = open.first().map(|(id, _)| id.clone()).unwrap_or_default();
    let open = Choice::list(open, &first);
    let shell = caller.shell("Mark me present");
    let stranger = caller.who.is_none();
    render(&Page { shell, errors, stranger, ticket, open, scans, done, asks })
}
