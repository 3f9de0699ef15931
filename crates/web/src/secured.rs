//! What belongs to a node that speaks HTTPS without a proxy: proofs for an authority, sending
//! browsers to HTTPS, and keeping the cookies of both ways apart.

use crate::caller::Caller;
use crate::origin::{Encrypted, Origin};
use crate::server::App;
use axum::extract::{Path, Request, State};
use axum::http::header::{COOKIE, HOST, SET_COOKIE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use muster_tls::shown::{Answers, Trusted};
use muster_tls::watch::Watch;

/// What a node shows and answers besides its pages.
#[derive(Clone, Debug, Default)]
pub struct Secured {
    /// Where it speaks HTTPS.
    pub port: Option<u16>,
    /// Its own root, if it has one.
    pub own: Trusted,
    /// What an authority looks for.
    pub answers: Answers,
    /// How it stands with the certificate.
    pub certificate: Option<Watch>,
}

/// Marks a request that came by plain HTTP where browsers are sent to HTTPS, at this port.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Redirecting(pub u16);

/// What is served on plain HTTP all the same: how to trust the node, and what that page looks like.
const PLAIN: [&str; 4] = ["/trust", "/assets/", "/accent/", "/theme"];

/// `GET /.well-known/acme-challenge/{token}` (RFC 8555, section 8.3)
pub(crate) async fn prove(State(app): State<App>, Path(token): Path<String>) -> Response {
    match app.secured.answers.to(&token) {
        Some(answer) => answer.into_response(),
        None => (StatusCode::NOT_FOUND, "Nobody awaits a proof by that name.\n").into_response(),
    }
}

/// Sends browsers to HTTPS where that is wanted.
pub(crate) async fn redirect(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(Redirecting(port)) = request.extensions().get().copied() else {
        return next.run(request).await;
    };
    let path = request.uri().path();
    let trusting =
        app.secured.own.root().is_some() && PLAIN.iter().any(|own| path.starts_with(own));
    if trusting || Origin::of(&request, &app.proxies).secure {
        return next.run(request).await;
    }
    let rest = request.uri().path_and_query().map_or("/", |rest| rest.as_str());
    let base = app.base_url.as_deref().filter(|base| base.starts_with("https://"));
    let to = base.map(|base| base.trim_end_matches('/').to_owned());
    match to.or_else(|| there(request.headers(), port)) {
        // The method and what was sent stay the same (308).
        Some(to) => Redirect::permanent(&format!("{to}{rest}")).into_response(),
        None => next.run(request).await,
    }
}

/// The same host at the port of HTTPS.
fn there(headers: &HeaderMap, port: u16) -> Option<String> {
    let host: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    Some(format!("https://{}{port}", host.host()))
}

/// Before the names of cookies of the plain way.
const PREFIX: &str = "plain_";
/// With this all cookies of ours begin.
const OURS: &str = "muster_";

/// A browser has one jar for a host, whatever the port, and a cookie of HTTPS in it keeps plain HTTP
/// from setting one of the same name: a student who once came by HTTPS could not sign in by a code's
/// plain link. So cookies of the plain way have names of their own where a node speaks both.
pub(crate) async fn keep_apart(
    State(app): State<App>,
    mut request: Request,
    next: Next,
) -> Response {
    let encrypted = request.extensions().get::<Encrypted>().is_some();
    if app.secured.port.is_none() || encrypted || Origin::of(&request, &app.proxies).secure {
        return next.run(request).await;
    }
    rename_sent(request.headers_mut());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let set: Vec<_> = headers.get_all(SET_COOKIE).iter().map(prefixed).collect();
    headers.remove(SET_COOKIE);
    for cookie in set {
        headers.append(SET_COOKIE, cookie);
    }
    response
}

fn prefixed(cookie: &HeaderValue) -> HeaderValue {
    let text = cookie.to_str().ok().filter(|text| text.starts_with(OURS));
    let renamed = text.and_then(|text| HeaderValue::from_str(&format!("{PREFIX}{text}")).ok());
    renamed.unwrap_or_else(|| cookie.clone())
}

/// Takes the prefix off again, and cookies of the other way away.
fn rename_sent(headers: &mut HeaderMap) {
    let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = sent.flat_map(|value| value.split(';')).map(str::trim);
    let pairs = pairs.filter(|pair| !pair.starts_with(OURS));
    let pairs = pairs.map(|pair| {
        let own = pair.strip_prefix(PREFIX).filter(|rest| rest.starts_with(OURS));
        own.unwrap_or(pair).to_owned()
    });
    let kept = pairs.collect::<Vec<_>>().join("; ");
    headers.remove(COOKIE);
    if !kept.is_empty()
        && let Ok(value) = HeaderValue::from_str(&kept)
    {
        headers.insert(COOKIE, value);
    }
}

/// Where the caller finds the same page over HTTPS, if anywhere.
pub(crate) fn over_https(caller: &Caller) -> Option<String> {
    let host: Authority = caller.host.parse().ok()?;
    let port = caller.app.secured.port?;
    Some(format!("https://{}:{port}", host.host()))
}
