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
        | Error::SecondStepOver => StatusCode::UNAUTHORIZED,
        Error::EnrolFirst
        | Error::Forbidden
        | Error::NotKnownHere
        | Error::Refused(Refusal::NotEnrolled) => StatusCode::FORBIDDEN,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Merged { .. } => StatusCode::GONE,
        Error::TooManyAttempts { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Invalid(_)
        | Error::ReasonRequired
        | Error::WrongCode
        | Error::KeyReused
        | Error::Session(SessionError::Duration) => StatusCode::UNPROCESSABLE_ENTITY,
        Error::Outdated => StatusCode::PRECONDITION_FAILED,
        Error::Stale
        | Error::SessionOpen { .. }
        | Error::MeetingTaken { .. }
        | Error::TermLocked { .. }
        | Error::ClassArchived { .. }
        | Error::CorrectionOpen { .. }
        | Error::Request(_)
        | Error::ReceiptTaken { .. }
        | Error::Payment(_)
        | Error::Refused(_)
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
        | Error::SetUp => StatusCode::CONFLICT,
        Error::SigningKey
        | Error::Typesetting(TypesettingError::Busy | TypesettingError::Missing { .. })
        | Error::Storage(Storage::Unavailable(_) | Storage::Busy(_)) => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        Error::Storage(Storage::Full) => StatusCode::INSUFFICIENT_STORAGE,
        Error::Storage(Storage::Nul) => StatusCode::BAD_REQUEST,
        Error::Typesetting(_) | Error::Storage(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const NUL: &str = "A text holds a sign that no keyboard types: take it out and try again.";
const INNER: &str = "Something went wrong on our side: nothing was saved. Try again in a moment.";

const NO_PDF: &str = "PDF files can’t be made on this installation: the program for it is missing. \
    Tell whoever runs the server.";
const FULL: &str = "The server's disk is full: nothing was saved. Tell an administrator.";

/// What a person is told, once: internal errors go to the log, not to the screen.
pub(crate) fn sentence(error: &Error) -> String {
    match error {
        Error::Storage(muster_storage::Error::Full | muster_storage::Error::Nul)
        | Error::Typesetting(TypesettingError::Busy) => {}
        Error::Storage(error) => tracing::error!(%error, "an action failed"),
        Error::Typesetting(error) => tracing::error!(%error, "a document was not made"),
        _ => {}
    }
    words(error)
}

/// The same for what is in the log already.
fn words(error: &Error) -> String {
    match error {
        Error::Storage(muster_storage::Error::Full) => FULL.to_owned(),
        Error::Storage(muster_storage::Error::Nul) => NUL.to_owned(),
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

/// A page about an error, with its status.
fn page(error: &Error, page: &impl Template) -> Response {
    let mut response = (status(error), render(page)).into_response();
    if let Some(seconds) = retry_after(error) {
        response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
    }
    response
}

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
    let text = sentence(error);
    let mut response = page(error, &Page { shell: Shell::new("Muster", title(error)), text });
    response.extensions_mut().insert(Failed(error.clone()));
    response
}

fn title(error: &Error) -> &'static str {
    match status(error) {
        StatusCode::FORBIDDEN => "This is not yours to open",
        StatusCode::NOT_FOUND => "Nothing here",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        _ => "That did not work",
    }
}

/// Marks an answer as the page of an error.
#[derive(Clone)]
struct Failed(Error);

#[derive(Template)]
#[template(path = "error_framed.html")]
struct FramedPage {
    shell: Shell,
    text: String,
}

/// Gives whoever is signed in their navigation around the page of an error.
pub(crate) async fn frame(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/api/") || request.extensions().get::<Who>().is_none() {
        return next.run(request).await;
    }
    let (mut parts, body) = request.into_parts();
    let Ok(caller) = Caller::from_request_parts(&mut parts, &app).await;
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(Failed(error)) = response.extensions().get::<Failed>() else { return response };
    page(error, &FramedPage { shell: caller.shell(title(error)), text: words(error) })
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
