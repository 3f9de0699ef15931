//! What is embedded in the program: named by its content, kept for a year, sent as browsers take it.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_testkit::sqlite;
use muster_web::assets::{SCANNER, names, url};

async fn ask(server: &TestServer, path: &str, headers: &[(&'static str, &str)]) -> Answer {
    let mut request = server.request("nobody", Method::GET, path, Body::empty());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    server.send(request).await
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    answer.headers.get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_style_sheet_comes_as_brotli_for_ever() {
    let server = TestServer::start(sqlite());
    let answer = ask(&server, url("app.css"), &[("accept-encoding", "gzip, deflate, br")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(header(&answer, "content-type"), "text/css; charset=utf-8");
    assert_eq!(header(&answer, "content-encoding"), "br");
    assert!(header(&answer, "cache-control").contains("immutable"));
}

#[tokio::test]
async fn a_browser_that_refuses_an_encoding_is_respected() {
    let server = TestServer::start(sqlite());
    let choice = [("accept-encoding", "br;q=0, gzip;q=0.5")];
    let answer = ask(&server, url("app.css"), &choice).await;
    assert_eq!(header(&answer, "content-encoding"), "gzip");
    let answer = ask(&server, url("app.css"), &[]).await;
    assert_eq!(header(&answer, "content-encoding"), "");
    assert!(answer.text.starts_with("@layer"));
}

#[tokio::test]
async fn a_known_tag_is_not_modified() {
    let server = TestServer::start(sqlite());
    let first = ask(&server, url("app.js"), &[("accept-encoding", "br")]).await;
    let known = [("accept-encoding", "br"), ("if-none-match", header(&first, "etag"))];
    let again = ask(&server, url("app.js"), &known).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
}

#[tokio::test]
async fn everything_embedded_has_a_type_and_the_scanner_alone_may_compile_a_program() {
    let server = TestServer::start(sqlite());
    for name in names() {
        let answer = ask(&server, url(name), &[]).await;
        assert_eq!(answer.status, StatusCode::OK, "{name}");
        let kind = header(&answer, "content-type");
        assert!(!["", "application/octet-stream"].contains(&kind), "{name}: {kind}");
        let policy = header(&answer, "content-security-policy");
        assert_eq!(policy.contains("'wasm-unsafe-eval'"), SCANNER.contains(&name), "{name}");
    }
}

#[tokio::test]
async fn nothing_else_is_there() {
    let server = TestServer::start(sqlite());
    for path in ["/assets/app.css", url("no-such-thing.js")] {
        assert_eq!(ask(&server, path, &[]).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
