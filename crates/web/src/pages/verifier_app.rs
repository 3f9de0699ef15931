//! The app of enrolled verifier devices: one page that is nobody's, so that the service worker may
//! keep it. What it shows comes from the device itself (`islands/src/verifier.ts`).

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::render;
use askama::Template;
use axum::response::Response;

/// Where it is.
pub(super) const PATH: &str = "/verify/device";

#[derive(Template)]
#[template(path = "verifier_app.html")]
pub(super) struct App {
    shell: Shell,
    zone: String,
}

impl App {
    /// The page, the same for every caller.
    pub fn of(caller: &Caller) -> Self {
        let settings = &caller.known.settings;
        let shell = Shell::of(settings, "Verifier");
        Self { shell, zone: settings.time_zone.clone() }
    }
}

/// `GET /verify/device`
pub(super) async fn show(caller: Caller) -> Response {
    render(&App::of(&caller))
}
