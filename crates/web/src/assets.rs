//! Style sheet, icons and scripts: embedded when the binary is built, named by their content,
//! sent in the best encoding that the browser takes, and kept by it for a year.

use axum::extract::Path;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

struct Asset {
    name: &'static str,
    file: &'static str,
    url: &'static str,
    plain: &'static [u8],
    brotli: &'static [u8],
    gzip: &'static [u8],
}

static ASSETS: &[Asset] = include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// The worker that reads codes from pictures, and the program that it runs.
pub const SCANNER: [&str; 2] = ["scan-worker.js", "scan.wasm"];

/// A worker obeys the policy that its own script came with: this one alone may compile a program.
const SCANNER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'",
);

const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The address of an asset by its logical name, for example `app.css`. An unknown name gives an
/// address that answers 404, which the tests of the pages notice.
pub fn url(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("/assets/unknown", |asset| asset.url)
}

/// The text of an asset by its logical name; empty for an unknown one.
pub fn text(name: &str) -> &'static str {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    found.and_then(|asset| std::str::from_utf8(asset.plain).ok()).unwrap_or_default()
}

/// Logical names of everything embedded.
pub fn names() -> impl Iterator<Item = &'static str> {
    ASSETS.iter().map(|asset| asset.name)
}

/// `GET /assets/{file}`
#[allow(clippy::unused_async, reason = "axum takes asynchronous functions")]
pub async fn serve(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.file == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let (encoding, body) = asset.best(&headers);
    let tag = format!("\"{file}{}\"", encoding.unwrap_or_default());
    let unchanged = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|one| one.trim().trim_start_matches("W/") == tag));
    let mut response =
        if unchanged { StatusCode::NOT_MODIFIED.into_response() } else { body.into_response() };
    let reply = response.headers_mut();
    reply.insert(CACHE_CONTROL, FOREVER);
    if SCANNER.contains(&asset.name) {
        reply.insert(CONTENT_SECURITY_POLICY, SCANNER_POLICY);
    }
    reply.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        reply.insert(ETAG, tag);
    }
    if !unchanged {
        reply.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(asset.file)));
        if let Some(encoding) = encoding {
            reply.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
    }
    response
}

impl Asset {
    fn best(&self, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
        if accepts(headers, "br") {
            (Some("br"), self.brotli)
        } else if accepts(headers, "gzip") {
            (Some("gzip"), self.gzip)
        } else {
            (None, self.plain)
        }
    }
}

fn accepts(headers: &HeaderMap, coding: &str) -> bool {
    headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok()).any(|value| {
        value.split(',').any(|one| {
            let mut parts = one.split(';').map(str::trim);
            let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case(coding));
            let refused = parts.next().is_some_and(|q| {
                q.strip_prefix("q=").and_then(|q| q.parse::<f32>().ok()).is_some_and(|q| q <= 0.0)
            });
            named && !refused
        })
    })
}

fn content_type(file: &str) -> &'static str {
    match file.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "json" => "application/json",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        _ => "application/octet-stream",
    }
}
