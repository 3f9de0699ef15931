//! Signing in by the institution's provider: leaving for it, and coming back.

use super::local;
use super::shell::Shell;
use super::sign_in::{browser, hex, need_student, opened};
use crate::caller::Caller;
use crate::cookies::{PROVIDER, cookie};
use crate::error::{render, sentence, status};
use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::BASE64URL_NOPAD;
use muster_app::Error;
use muster_app::sign_in::{self, ByProvider, Client};
use muster_credential::seal;
use muster_openid::{Failure, Matching, Provider, Secrets};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// How long signing in there may take, in seconds.
const PATIENCE: u32 = 600;
/// For what the browser's note is sealed.
const PLACE: &[u8] = b"sign-in by provider";
/// How long one waits for others who ask the provider.
const IN_LINE: Duration = Duration::from_secs(10);
/// Where the provider sends people back to.
const RETURN: &str = "/sign-in/provider/return";

/// What the browser keeps meanwhile.
#[derive(Serialize, Deserialize)]
struct Kept {
    secrets: Secrets,
    back: String,
    /// When it is too late, in seconds.
    until: i64,
}

impl Kept {
    fn seal(&self, caller: &Caller) -> Option<String> {
        let text = serde_json::to_vec(self).ok()?;
        let nonce = *caller.ctx.random().first_chunk()?;
        let sealed = seal::seal(&caller.ctx.key.sealing_key(), PLACE, nonce, &text);
        Some(BASE64URL_NOPAD.encode(&sealed))
    }

    /// What this browser keeps for the sign-in of that state.
    fn open(caller: &Caller, state: &str) -> Option<Self> {
        let sealed = BASE64URL_NOPAD.decode(caller.jar.get(PROVIDER)?.value().as_bytes()).ok()?;
        let text = seal::open(&caller.ctx.key.sealing_key(), PLACE, &sealed)?;
        let kept: Self = serde_json::from_slice(&text).ok()?;
        let is_ours = kept.secrets.state == state && seconds(caller) < kept.until;
        is_ours.then_some(kept)
    }
}

#[derive(Template)]
#[template(path = "provider.html")]
struct Page {
    shell: Shell,
    text: String,
    name: String,
}

/// Says why nobody was signed in, and how else to.
fn refuse(caller: &Caller, provider: &Provider, status: StatusCode, text: String) -> Response {
    let name = provider.config().name.clone();
    let page = Page { shell: caller.shell("Not signed in"), text, name };
    let gone = cookie(PROVIDER, String::new(), 0, caller.known.secure);
    (status, caller.jar.clone().add(gone), render(&page)).into_response()
}

#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    back: String,
}

/// `GET /sign-in/provider`: off to the provider.
pub(super) async fn leave(caller: Caller, Query(Back { back }): Query<Back>) -> Response {
    if caller.who.is_some() {
        return Redirect::to(local(&back)).into_response();
    }
    let Some(provider) = caller.app.provider.clone() else { return nothing(&caller) };
    let [state, nonce, verifier] = [(); 3].map(|()| hex(caller.ctx.random()));
    let secrets = Secrets { state, nonce, verifier };
    let (redirect, now) = (redirect(&caller), seconds(&caller));
    let asked = secrets.clone();
    let url =
        ask(&caller, provider.clone(), move |provider| provider.leave(&redirect, &asked, now));
    let url = match url.await {
        Ok(url) => url,
        Err(error) => return failed(&caller, &provider, &error),
    };
    let kept = Kept { secrets, back, until: now + i64::from(PATIENCE) };
    let Some(sealed) = kept.seal(&caller) else { return nothing(&caller) };
    let kept = cookie(PROVIDER, sealed, PATIENCE, caller.known.secure);
    (caller.jar.clone().add(kept), Redirect::to(&url)).into_response()
}

#[derive(Deserialize)]
pub(super) struct Returned {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    error: String,
}

/// `GET /sign-in/provider/return`: back from there.
pub(super) async fn arrive(caller: Caller, Query(returned): Query<Returned>) -> Response {
    let Some(provider) = caller.app.provider.clone() else { return nothing(&caller) };
    let Some(Kept { secrets, back, .. }) = Kept::open(&caller, &returned.state) else {
        let name = &provider.config().name;
        let text = format!(
            "This sign-in by {name} was begun in another browser, or too long ago. Begin again."
        );
        return refuse(&caller, &provider, StatusCode::BAD_REQUEST, text);
    };
    if !returned.error.is_empty() || returned.code.is_empty() {
        let name = &provider.config().name;
        let text = format!("{name} did not sign you in. Try again, or sign in by password.");
        return refuse(&caller, &provider, StatusCode::UNAUTHORIZED, text);
    }
    let (redirect, now, code) = (redirect(&caller), seconds(&caller), returned.code);
    let identity = ask(&caller, provider.clone(), move |provider| {
        provider.arrive(&redirect, &secrets, &code, now)
    });
    let identity = match identity.await {
        Ok(identity) => identity,
        Err(error) => return failed(&caller, &provider, &error),
    };
    let Some(key) = identity.key else {
        let text = match &provider.config().matching {
            Matching::Email => "did not confirm an e-mail address of yours.",
            Matching::Number(_) => "did not tell your number.",
        };
        let name = &provider.config().name;
        let text = format!("{name} {text} Ask the office, or sign in by password.");
        return refuse(&caller, &provider, StatusCode::FORBIDDEN, text);
    };
    let by = match provider.config().matching {
        Matching::Email => ByProvider::Email(key),
        Matching::Number(_) => ByProvider::Number(key),
    };
    match open(&caller, by).await {
        Ok(token) => {
            let gone = cookie(PROVIDER, String::new(), 0, caller.known.secure);
            let to = Redirect::to(local(&back));
            (opened(&caller, token).add(gone), to).into_response()
        }
        Err(error) => refuse(&caller, &provider, status(&error), words(&error)),
    }
}

/// Makes a login for whom the provider named.
async fn open(caller: &Caller, by: ByProvider) -> Result<String, Error> {
    let named = by.clone();
    let person = caller.read(move |tx, _| sign_in::named_by_provider(tx, &named)).await?;
    if !caller.is_private() {
        need_student(caller, person, "").await?;
    }
    let client = Client { means: "provider", ..browser(caller) };
    let token = client.token.clone();
    caller.write(move |tx, ctx| sign_in::by_provider(tx, ctx, &by, &client)).await?;
    Ok(token)
}

fn words(error: &Error) -> String {
    match error {
        Error::Invalid(fields) => {
            fields.iter().map(|field| field.detail.as_str()).collect::<Vec<_>>().join(" ")
        }
        error => sentence(error),
    }
}

/// Asks the provider beside everything else: a slow one delays nobody's password.
async fn ask<T: Send + 'static>(
    caller: &Caller,
    provider: Arc<Provider>,
    question: impl FnOnce(&Provider) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let crowded = || Failure::Unreachable("too many ask at once".to_owned());
    let permit = tokio::time::timeout(IN_LINE, caller.app.asking.clone().acquire_owned()).await;
    let permit = permit.ok().and_then(Result::ok).ok_or_else(crowded)?;
    let asked = tokio::task::spawn_blocking(move || (question(&provider), permit)).await;
    asked.map_or_else(|_| Err(crowded()), |(answer, _)| answer)
}

fn failed(caller: &Caller, provider: &Provider, failure: &Failure) -> Response {
    tracing::warn!(%failure, "nobody was signed in by the provider");
    let (status, text) = match failure {
        Failure::Unreachable(_) => (
            StatusCode::BAD_GATEWAY,
            "does not answer at the moment. Sign in by password, or try again later.",
        ),
        Failure::Code(_) => (
            StatusCode::UNAUTHORIZED,
            "no longer knows of this sign-in: it was used before, or is too old. Begin again.",
        ),
        Failure::Token(_) => (
            StatusCode::UNAUTHORIZED,
            "answered something that is not for this sign-in. Begin again; if that does not help, \
             tell an administrator.",
        ),
    };
    refuse(caller, provider, status, format!("{} {text}", provider.config().name))
}

fn nothing(caller: &Caller) -> Response {
    caller.error(Error::NotFound).into_response()
}

/// Where the provider sends people back to: the address that it was told of, and no other.
fn redirect(caller: &Caller) -> String {
    let base = caller.app.base_url.as_deref().unwrap_or("http://localhost");
    format!("{}{RETURN}", base.trim_end_matches('/'))
}

fn seconds(caller: &Caller) -> i64 {
    caller.ctx.now().0.div_euclid(1_000_000)
}
