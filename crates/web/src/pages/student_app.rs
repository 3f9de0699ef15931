//! The app of students: one page that is nobody's, so that the service worker may keep it. What it shows
//! comes from the device itself (`islands/src/student.ts`).

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::render;
use askama::Template;
use axum::response::Response;

/// Where it is.
pub(super) const PATH: &str = "/mark/device";

#[derive(Template)]
#[template(path = "student_app.html")]
pub(super) struct App {
    shell: Shell,
    zone: String,
}

impl App {
    /// The page, the same for every caller.
    pub fn of(caller: &Caller) -> Self {
        let settings = &caller.known.settings;
        let shell = Shell::of(settings, "Mark me");
        Self { shell, zone: settings.time_zone.clone() }
    }
}

/// `GET /mark/device`
pub(super) async fn show(caller: Caller) -> Response {
    render(&App::of(&caller))
}
