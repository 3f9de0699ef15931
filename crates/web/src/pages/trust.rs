//! How a device is told to trust this node's own certificate authority. Open to anybody, over plain
//! HTTP too: whoever needs it sees a warning everywhere else.

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::{PageError, render};
use crate::secured::over_https;
use askama::Template;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, USER_AGENT};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use muster_app::Error;
use muster_tls::authority::Root;
use uuid::Uuid;

#[derive(Template)]
#[template(path = "trust.html")]
struct Page {
    shell: Shell,
    /// In groups that are compared line by line.
    fingerprint: Vec<String>,
    until: String,
    /// For which names it is good, besides private networks.
    names: String,
    platform: Platform,
    https: String,
    plain: String,
}

/// What the steps are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Platform {
    Apple,
    Android,
    Windows,
    Mac,
    Linux,
    Chrome,
    Firefox,
    Unknown,
}

impl Platform {
    /// A guess by what the browser says of itself; every other way stands on the page as well.
    fn guess(headers: &HeaderMap) -> Self {
        let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok());
        let agent = agent.unwrap_or_default();
        let says = |words: &[&str]| words.iter().any(|word| agent.contains(word));
        match () {
            () if says(&["iPhone", "iPad", "iPod"]) => Self::Apple,
            () if says(&["Android"]) => Self::Android,
            () if says(&["Firefox/"]) => Self::Firefox,
            () if says(&["CrOS"]) => Self::Chrome,
            () if says(&["Windows"]) => Self::Windows,
            () if says(&["Macintosh"]) => Self::Mac,
            () if says(&["Linux", "X11"]) => Self::Linux,
            () => Self::Unknown,
        }
    }
}

impl Page {
    /// Whether the steps of that platform are unfolded.
    fn is(&self, name: &str) -> bool {
        let own = match self.platform {
            Platform::Apple => "apple",
            Platform::Android => "android",
            Platform::Windows => "windows",
            Platform::Mac => "mac",
            Platform::Linux => "linux",
            Platform::Chrome => "chrome",
            Platform::Firefox => "firefox",
            Platform::Unknown => "",
        };
        own == name
    }
}

/// `GET /trust`
pub(super) async fn show(caller: Caller, headers: HeaderMap) -> Result<Response, PageError> {
    let root = root(&caller)?;
    let pairs: Vec<&str> = root.facts.fingerprint.split(':').collect();
    let lan = caller.app.lan.as_ref().and_then(|lan| lan.found());
    Ok(render(&Page {
        fingerprint: pairs.chunks(8).map(|line| line.join(" ")).collect(),
        until: muster_tls::date(root.facts.not_after),
        names: root.permitted.join(", "),
        platform: Platform::guess(&headers),
        https: over_https(&caller).unwrap_or_default(),
        plain: lan.map(|found| found.link).unwrap_or_default(),
        shell: caller.shell("Trust this node"),
    }))
}

fn root(caller: &Caller) -> Result<Root, PageError> {
    caller.app.secured.own.root().ok_or_else(|| caller.error(Error::NotFound))
}

/// `GET /trust/root.crt`
pub(super) async fn der(caller: Caller) -> Result<Response, PageError> {
    let root = root(&caller)?;
    Ok(file("application/x-x509-ca-cert", "muster-root.crt", root.der))
}

/// `GET /trust/root.pem`
pub(super) async fn pem(caller: Caller) -> Result<Response, PageError> {
    let root = root(&caller)?;
    Ok(file("application/x-pem-file", "muster-root.pem", root.pem.into_bytes()))
}

/// `GET /trust/root.mobileconfig`: the form in which Apple's systems offer it for installation.
pub(super) async fn profile(caller: Caller) -> Result<Response, PageError> {
    let root = root(&caller)?;
    let id = |what: &str| {
        Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{what} {}", root.facts.fingerprint).as_bytes())
    };
    let profile = Profile {
        institution: caller.known.settings.institution.clone(),
        certificate: BASE64.encode(&root.der),
        whole: id("muster profile").to_string().to_uppercase(),
        part: id("muster root").to_string().to_uppercase(),
    };
    let text = profile.render().unwrap_or_default();
    Ok(file("application/x-apple-aspen-config", "muster.mobileconfig", text.into_bytes()))
}

#[derive(Template)]
#[template(path = "trust_profile.xml")]
struct Profile {
    institution: String,
    certificate: String,
    whole: String,
    part: String,
}

fn file(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (CACHE_CONTROL, "no-cache".to_owned()),
    ];
    (headers, bytes).into_response()
}
