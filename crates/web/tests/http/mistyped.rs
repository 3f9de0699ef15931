//! Addresses and forms that nobody's link or page sends are answered for people.

use super::server::TestServer;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_testkit::sqlite;

#[tokio::test]
async fn an_address_that_names_no_record_is_answered_with_a_page() {
    let server = TestServer::start(sqlite());
    for (who, path) in
        [("registrar", "/people/me"), ("registrar", "/classes/%ff"), ("nobody", "/p/one/two/three")]
    {
        let answer = server.get(who, path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert!(answer.text.contains("<h1") && answer.text.contains("Nothing here"), "{path}");
        assert!(!answer.text.contains("parse"), "{path} is told in words for programmers");
        assert_eq!(answer.text.contains("<nav"), who == "registrar", "{path}");
    }
}

#[tokio::test]
async fn a_form_without_its_fields_and_a_method_that_is_not_there_are_answered_with_a_page() {
    let server = TestServer::start(sqlite());
    let answer = server.form("registrar", "/theme", "colour=blue").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("Load its page anew"), "{}", answer.text);

    let request = server.request("registrar", Method::PUT, "/people", Body::empty());
    let answer = server.send(request).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(answer.text.contains("Nothing here"), "{}", answer.text);
}
