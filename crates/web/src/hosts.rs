//! The names to which this server answers. A page elsewhere can make a name of its own lead here,
//! and its visitors' browsers would then take both for the same site; such a name is refused.
//!
//! Addresses in figures are answered always: nobody can make those lead elsewhere.

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// The names of this server, besides this machine's own ones for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hosts(Arc<[String]>);

impl Hosts {
    /// The name in the address where links lead, and those that were given besides.
    pub fn new(base_url: Option<&str>, names: &[String]) -> Self {
        let base = base_url.and_then(|url| url.parse::<Uri>().ok());
        let base = base.as_ref().and_then(Uri::host).map(plain);
        Self(base.into_iter().chain(names.iter().map(|name| plain(name))).collect())
    }

    /// Whether this server answers to that name.
    fn know(&self, name: &str) -> bool {
        let name = plain(name);
        let this_machine = name == "localhost" || name.ends_with(".localhost");
        this_machine || is_address(&name) || self.0.contains(&name)
    }
}

/// A name without capitals and without the dot of the root.
fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn is_address(name: &str) -> bool {
    let six = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    name.parse::<Ipv4Addr>().is_ok() || six.is_some_and(|six| six.parse::<Ipv6Addr>().is_ok())
}

/// The one name that a request gives; none if it gives none, several, or nonsense.
fn named(request: &Request) -> Option<Authority> {
    let mut all = request.headers().get_all(HOST).iter();
    let host: Authority = all.next()?.to_str().ok()?.parse().ok()?;
    let whole = request.uri().authority();
    let same = whole.is_none_or(|whole| whole.host().eq_ignore_ascii_case(host.host()));
    let plain = !host.as_str().contains('@');
    (all.next().is_none() && same && plain).then_some(host)
}

/// Lets requests to a known name through.
pub(crate) async fn check(State(hosts): State<Hosts>, request: Request, next: Next) -> Response {
    let Some(host) = named(&request) else {
        let text = "Say once for which host a request is.\n";
        return (StatusCode::BAD_REQUEST, text).into_response();
    };
    if hosts.know(host.host()) {
        return next.run(request).await;
    }
    let text = format!(
        "This server does not answer to the name {}.\n\nIf it should, its operator starts it with \
         --base-url https://{0} or --host {0}.\n",
        host.host()
    );
    (StatusCode::MISDIRECTED_REQUEST, text).into_response()
}
