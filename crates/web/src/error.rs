//! From an action's error to HTTP: a problem for programs, a page for people.

use crate::caller::{Caller, Who};
use crate::pages::shell::Shell;
use crate::problem::Problem;
use crate::server::App;
use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Redirect, Response};
use muster_app::Error;
use muster_app::nodes::NodeError;
use muster_documents::typesetting::TypesettingError;
use muster_domain::attendance::{Refusal, SessionError};

/// The status of an error, decided here alone.
pub(crate) fn status(error: &Error) -> StatusCode {
    use muster_storage::Error as Storage;
    match error {
        Error::NotSignedIn
        | Error::WrongPassword
        | Error::WrongPin
        | Error::SecondFactorNeeded
        | Error::WrongSecondFactor
        | Error::DeviceRevoked
        | Error::DeviceSignature
        | Error::SecondStepOver
        | Error::Node(NodeError::Unknown | NodeError::Revoked) => StatusCode::UNAUTHORIZED,
        Error::EnrolFirst
        | Error::Forbidden
        | Error::NotKnownHere
        | Error::Refused(Refusal::NotEnrolled) => StatusCode::FORBIDDEN,
        Error::NotFound | Error::Typesetting(TypesettingError::Empty) => StatusCode::NOT_FOUND,
        Error::Merged { .. } => StatusCode::GONE,
        Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Invalid(_)
        | Error::ReasonRequired
        | Error::WrongCode
        | Error::KeyReused
        | Error::Session(SessionError::Duration) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Outdated => StatusCode::PRECONDITION_FAILED,
        Error::Node(NodeError::TooLarge) => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Node(NodeError::Malformed) | Error::Storage(Storage::Nul) => StatusCode::BAD_REQUEST,
        Error::Stale
        | Error::SessionOpen { .. }
        | Error::MeetingTaken { .. }
        | Error::ConflictSettled
        | Error::RestoreByHand
        | Error::TermLocked { .. }
        | Error::ClassArchived { .. }
        | Error::CorrectionOpen { .. }
        | Error::Request(_)
        | Error::ReceiptTaken { .. }
        | Error::Payment(_)
        | Error::Refused(_)
        | Error::Badge(_)
        | Error::Session(_)
        | Error::LastAdministrator
        | Error::InProgress
        | Error::AlreadyDone
        | Error::AlreadyReversed
        | Error::MergeChanged { .. }
        | Error::Import(_)
        | Error::SoldOut(_)
        | Error::DuplicateHolder { .. }
        | Error::Pass(_)
        | Error::EventArchived
        | Error::NotEligible { .. }
        | Error::Node(_)
        | Error::Storage(Storage::AtHub | Storage::Restating)
        | Error::SetUp => StatusCode::CONFLICT,
        Error::SigningKey
        | Error::Typesetting(TypesettingError::Busy | TypesettingError::Missing { .. })
        | Error::Storage(Storage::Unavailable(_) | Storage::Busy(_)) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Storage(Storage::Full) => StatusCode::INSUFFICIENT_STORAGE,
        Error::Typesetting(_) | Error::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const NUL: &str = "A text holds a sign that no keyboard types: take it out and try again.";
const INNER: &str = "Something went wrong on our side: nothing was saved. Try again in a moment.";

const NO_PDF: &str = "PDF files can’t be made on this installation: the program for it is missing. \
    Tell whoever runs the server.";
const AT_HUB: &str = "This is changed on the hub, not on this node: roles, keys, settings, fees, \
    payments, passwords, PINs, second factors and what staff sign in by belong there. Do it there; it \
    comes here with the next exchange.";
const RESTATING: &str = "This node still writes down for its edges what it held before it had any, and \
    takes nothing up until that is done: what was sent is sent again by itself.";
const FULL: &str = "The server's disk is full: nothing was saved. Tell an administrator.";

/// What a person is told, once: internal errors go to the log, not to the screen.
pub(crate) fn sentence(error: &Error) -> String {
    match error {
        Error::Storage(
            muster_storage::Error::Full
            | muster_storage::Error::Nul
            | muster_storage::Error::AtHub
            | muster_storage::Error::Restating,
        )
        | Error::Typesetting(TypesettingError::Busy | TypesettingError::Empty) => {}
        Error::Storage(error) => tracing::error!(%error, "an action failed"),
        Error::Typesetting(error) => tracing::error!(%error, "a document was not made"),
        _ => {}
    }
    match error {
        Error::Storage(muster_storage::Error::Full) => FULL.to_owned(),
        Error::Storage(muster_storage::Error::Nul) => NUL.to_owned(),
        Error::Storage(muster_storage::Error::AtHub) => AT_HUB.to_owned(),
        Error::Storage(muster_storage::Error::Restating) => RESTATING.to_owned(),
        Error::Storage(_) => INNER.to_owned(),
        Error::Typesetting(TypesettingError::Missing { .. }) => NO_PDF.to_owned(),
        error => error.to_string(),
    }
}

/// After how many seconds the same request may do better.
pub(crate) fn retry_after(error: &Error) -> Option<i64> {
    match error {
        Error::InProgress => Some(1),
        Error::TooManyAttempts { wait } => Some(wait.as_seconds() + 1),
        Error::Typesetting(TypesettingError::Busy) => Some(60),
        _ => None,
    }
}

/// What the page of an error says.
#[derive(Clone)]
struct Failed {
    status: StatusCode,
    title: &'static str,
    text: String,
    /// In seconds.
    retry_after: Option<i64>,
}

impl Failed {
    fn of(error: &Error) -> Self {
        let (status, retry_after) = (status(error), retry_after(error));
        let title = match status {
            StatusCode::FORBIDDEN => "This is not yours to open",
            StatusCode::NOT_FOUND => NOTHING,
            StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
            _ => FAILED,
        };
        Self { status, title, text: sentence(error), retry_after }
    }

    /// What the framework itself refused, which it tells programmers: an address that names no
    /// record, a method that is not there, a form without its fields.
    fn by_framework(response: &Response) -> Option<Self> {
        let status = response.status();
        let kind = response.headers().get(header::CONTENT_TYPE);
        let plain = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
        if !status.is_client_error() || !plain {
            return None;
        }
        let (title, text) = match status {
            StatusCode::BAD_REQUEST | StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
                (NOTHING, "This address leads nowhere: part of it may be missing.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => (FAILED, "What was sent is larger than it may be."),
            _ => (FAILED, "The form did not arrive as it was. Load its page anew and try again."),
        };
        Some(Self { status, title, text: text.to_owned(), retry_after: None })
    }

    fn page(&self, page: &impl Template) -> Response {
        let mut response = (self.status, render(page)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }

    fn unframed(&self) -> Response {
        let shell = Shell::new("Muster", self.title);
        self.page(&Page { shell, text: self.text.clone() })
    }
}

const NOTHING: &str = "Nothing here";
const FAILED: &str = "That did not work";

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    shell: Shell,
    text: String,
}

/// The answer to a request that failed, in the form that its path promises.
pub(crate) fn respond(error: &Error, uri: &Uri) -> Response {
    if uri.path().starts_with("/api/") {
        return Problem::of(error).into_response();
    }
    if matches!(error, Error::NotSignedIn) {
        let back = uri.path_and_query().map_or("/", |path| path.as_str());
        let to = format!("/sign-in?back={}", crate::times::query_value(back));
        return Redirect::to(&to).into_response();
    }
    let failed = Failed::of(error);
    let mut response = failed.unframed();
    response.extensions_mut().insert(failed);
    response
}

#[derive(Template)]
#[template(path = "error_framed.html")]
struct FramedPage {
    shell: Shell,
    text: String,
}

/// Gives whoever is signed in their navigation around the page of an error, and everybody a page
/// where the framework answers with words for programmers.
pub(crate) async fn frame(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let caller = if parts.extensions.get::<Who>().is_some() {
        let Ok(caller) = Caller::from_request_parts(&mut parts, &app).await;
        Some(caller)
    } else {
        None
    };
    let response = next.run(Request::from_parts(parts, body)).await;
    let failed = response.extensions().get::<Failed>().cloned();
    let Some(failed) = failed.or_else(|| Failed::by_framework(&response)) else { return response };
    let Some(caller) = caller else { return failed.unframed() };
    failed.page(&FramedPage { shell: caller.shell(failed.title), text: failed.text.clone() })
}

/// A page's HTML.
pub(crate) fn render(page: &impl Template) -> Response {
    match page.render() {
        Ok(html) => {
            let no_store = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            ([no_store], Html(html)).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a page was not rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// An error on its way out of a page's handler, with the address at which it happened.
pub(crate) struct PageError(pub Error, pub Box<Uri>);

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        respond(&self.0, &self.1)
    }
}
