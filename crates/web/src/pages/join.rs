//! How a phone of the same network finds this node: its address as a QR, to hold up or to project.

use super::shell::Shell;
use crate::caller::Caller;
use crate::error::render;
use askama::Template;
use axum::response::Response;
use muster_documents::qr::{Correction, QrImage, to_svg};

#[derive(Template)]
#[template(path = "join.html")]
struct Page {
    shell: Shell,
    /// Where phones begin; empty without a network.
    link: String,
    svg: String,
    named: String,
    https: String,
    /// Whether browsers have to be told to trust the node.
    own_root: bool,
    /// Whether it looks for its address at all.
    looks: bool,
}

/// `GET /join`
pub(super) async fn show(caller: Caller) -> Response {
    let configured = caller.app.base_url.as_deref().map(|url| url.trim_end_matches('/').to_owned());
    let lan = caller.app.lan.as_ref();
    let found = lan.and_then(|lan| lan.found()).unwrap_or_default();
    let link = configured.clone().unwrap_or(found.link);
    let svg = QrImage::new(&link, Correction::Medium).map(|image| to_svg(&image, 4));
    let of_lan = |part: Option<String>| {
        part.filter(|part| configured.is_none() && *part != link).unwrap_or_default()
    };
    let (named, https) = (of_lan(found.named), of_lan(found.https));
    render(&Page {
        shell: caller.shell("Join from a phone"),
        svg: if link.is_empty() { String::new() } else { svg.unwrap_or_default() },
        link,
        named,
        https,
        own_root: caller.app.secured.own.root().is_some(),
        looks: lan.is_some() || configured.is_some(),
    })
}
