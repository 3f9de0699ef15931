//! Our cookies: never readable by scripts, never sent across sites.

use axum_extra::extract::cookie::{Cookie, SameSite};

/// Holds the token of a login.
pub(crate) const LOGIN: &str = "muster_login";
/// Tells one browser from another.
pub(crate) const DEVICE: &str = "muster_device";
/// Holds the token of somebody between password and second factor.
pub(crate) const SECOND: &str = "muster_second";
/// Keeps what a sign-in by the provider needs until somebody comes back from there.
pub(crate) const PROVIDER: &str = "muster_provider";
/// Keeps a code that was judged valid until its student has signed in.
pub(crate) const TICKET: &str = "muster_ticket";

/// A cookie for the whole site; `seconds` 0 removes it.
pub(crate) fn cookie(
    name: &'static str,
    value: String,
    seconds: u32,
    secure: bool,
) -> Cookie<'static> {
    let life = axum_extra::extract::cookie::Expiration::Session;
    let mut cookie = Cookie::new(name, value);
    cookie.set_path("/");
    cookie.set_http_only(true);
    cookie.set_same_site(SameSite::Lax);
    cookie.set_secure(secure);
    cookie.set_expires(life);
    cookie.set_max_age(std::time::Duration::from_secs(u64::from(seconds)).try_into().ok());
    cookie
}
