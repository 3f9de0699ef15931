//! The administrators' part: people, enrolment, meetings, the journal.

use super::server::TestServer;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_testkit::sqlite;
use serde_json::json;

const ADMIN: &str = "super_administrator";

async fn form(server: &TestServer, path: &str, body: &str) -> super::server::Answer {
    let mut request = server.request(ADMIN, Method::POST, path, Body::from(body.to_owned()));
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

#[tokio::test]
async fn a_stale_form_keeps_what_was_typed_and_shows_what_is_stored() {
    let server = TestServer::start(sqlite());
    let made = server.post(ADMIN, "/api/v1/people", json!({"number": "X1", "name": "Ada"})).await;
    assert_eq!(made.status, StatusCode::CREATED);
    let (id, seen) = (made.json()["id"].as_str().unwrap().to_owned(), &made.json()["version"]);
    let path = format!("/api/v1/people/{id}");
    let body = json!({"name": "Ada Byron", "version": seen});
    let changed = server.call(ADMIN, Method::PATCH, &path, body.clone()).await;
    assert_eq!((changed.status, &changed.json()["number"]), (StatusCode::OK, &json!("X1")));
    let stale = server.call(ADMIN, Method::PATCH, &path, body).await;
    assert_eq!((stale.status, stale.reason().as_str()), (StatusCode::CONFLICT, "stale"));
    let typed = format!("number=X1&name=Ada+Lovelace&active=true&version={seen}");
    let shown = form(&server, &format!("/people/{id}"), &typed).await;
    assert_eq!(shown.status, StatusCode::CONFLICT);
    assert!(shown.text.contains("value=\"Ada Lovelace\"") && shown.text.contains("Ada Byron"));
}

#[tokio::test]
async fn one_unknown_number_enrols_nobody() {
    let server = TestServer::start(sqlite());
    let made = server.post(ADMIN, "/api/v1/people", json!({"number": "X1", "name": "Ada"})).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    form(&server, &format!("/people/{id}/roles"), "role=student").await;
    let path = format!("/api/v1/classes/{}/enrolments", server.class);
    let before = server.get(ADMIN, &path).await.text;
    let page = format!("/classes/{}/enrolments", server.class);
    let refused = form(&server, &page, "numbers=X1%0D%0Anobody").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Line 2: nobody"));
    assert_eq!(server.get(ADMIN, &path).await.text, before);
    let enrolled = form(&server, &page, "numbers=X1").await;
    assert_eq!(enrolled.status, StatusCode::SEE_OTHER);
    assert_ne!(server.get(ADMIN, &path).await.text, before);
}

#[tokio::test]
async fn the_journal_tells_what_changed() {
    let server = TestServer::start(sqlite());
    let settings = "institution=New+name&time_zone=UTC&session_minutes=20&late_after_minutes=5\
        &step_seconds=10";
    assert_eq!(form(&server, "/settings", settings).await.status, StatusCode::SEE_OTHER);
    let page = server.get(ADMIN, "/journal?action=setting.").await;
    assert!(page.text.contains("New name"));
    let wrong = form(&server, "/settings", &settings.replace("=UTC", "=Mars")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}
