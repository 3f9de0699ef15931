//! What makes Muster installable: the manifest, the service worker, and the page that it shows
//! while the server is away. None of them is personal; nor are the apps of verifiers and students,
//! which it keeps.

use super::look::PAPER;
use super::shell::Shell;
use super::{student_app, verifier_app};
use crate::assets;
use crate::caller::Caller;
use crate::error::render;
use askama::Template;
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use muster_app::sign_in::digest;
use serde_json::json;

/// Asked for again whenever it is needed: a browser keeps nothing that has changed.
const FRESH: HeaderValue = HeaderValue::from_static("no-cache");

/// `GET /manifest.webmanifest`
pub(super) async fn manifest(caller: Caller) -> Response {
    let icon = |name: &str, sizes: &str, kind: &str, purpose: &str| json!({"src": assets::url(name), "sizes": sizes, "type": kind, "purpose": purpose});
    let shortcut = |name: &str, url: &str| json!({"name": name, "url": url});
    let institution = &caller.known.settings.institution;
    let named = if institution == "Muster" {
        "Muster".to_owned()
    } else {
        format!("Muster · {institution}")
    };
    let body = json!({
        "id": "/", "name": named, "short_name": "Muster",
        "description": "Attendance, announcements and requests.",
        "lang": "en", "dir": "ltr", "start_url": "/", "scope": "/", "display": "standalone",
        "background_color": PAPER.0, "theme_color": PAPER.0,
        "icons": [
            icon("favicon.svg", "any", "image/svg+xml", "any"),
            icon("app-192.png", "192x192", "image/png", "any"),
            icon("app-512.png", "512x512", "image/png", "any"),
            icon("app-maskable-512.png", "512x512", "image/png", "maskable"),
        ],
        "shortcuts": [shortcut("Mark me", "/mark"), shortcut("Inbox", "/inbox"), shortcut("Verifier", verifier_app::PATH), shortcut("Mark me offline", student_app::PATH)],
    });
    let kind = HeaderValue::from_static("application/manifest+json");
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, FRESH)], body.to_string()).into_response()
}

#[derive(Template)]
#[template(path = "offline.html")]
struct Offline {
    shell: Shell,
}

/// `GET /offline`
pub(super) async fn offline(caller: Caller) -> Response {
    render(&offline_page(&caller))
}

fn offline_page(caller: &Caller) -> Offline {
    Offline { shell: Shell::of(&caller.known.settings, "You are offline") }
}

/// `GET /worker.js`: the script, and before it what belongs to this version. A change of either, or
/// of the pages that it keeps, makes it another one.
pub(super) async fn worker(caller: Caller) -> Response {
    // A third of a megabyte that few phones need; the browser keeps it once it was used.
    let apart = |name: &str| name == "worker.js" || assets::SCANNER.contains(&name);
    let page = offline_page(&caller);
    let same = assets::names().filter(|name| !apart(name)).map(assets::url);
    let mut kept: Vec<&str> = same.collect();
    kept.extend(page.shell.accent.as_deref());
    let offline = page.render().unwrap_or_default();
    let verifier = verifier_app::App::of(&caller).render().unwrap_or_default();
    let student = student_app::App::of(&caller).render().unwrap_or_default();
    let script = assets::text("worker.js");
    let all = format!("{}{offline}{verifier}{student}{script}", kept.concat());
    let digest = digest(&all);
    let name = format!("{:x}", digest.first_chunk().map_or(0, |start| u64::from_be_bytes(*start)));
    let extras = assets::SCANNER.map(assets::url);
    let version = json!({
        "name": name, "assets": kept, "extras": extras,
        "offline": "/offline",
        // Each stands in for the pages below these addresses while the server is away.
        "apps": [
            {"page": verifier_app::PATH, "instead": ["/verify"]},
            {"page": student_app::PATH, "instead": ["/mark", "/c"]},
        ],
    });
    let body = format!("self.muster={version};\n{script}");
    let kind = HeaderValue::from_static("text/javascript; charset=utf-8");
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, FRESH)], body).into_response()
}
