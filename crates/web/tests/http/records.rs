//! `ETag`, `If-None-Match` and `If-Match` on single records.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_testkit::sqlite;
use serde_json::{Value, json};

async fn known(server: &TestServer, path: &str, tag: &str) -> Answer {
    let mut request = server.request("registrar", Method::GET, path, Body::empty());
    request.headers_mut().insert("if-none-match", tag.parse().unwrap());
    server.send(request).await
}

async fn meant(server: &TestServer, path: &str, tag: &str, body: Value) -> Answer {
    let body = Body::from(body.to_string());
    let mut request = server.request("registrar", Method::PATCH, path, body);
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request.headers_mut().insert("if-match", tag.parse().unwrap());
    server.send(request).await
}

fn tag(answer: &Answer) -> String {
    answer.headers["etag"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_record_at_hand_is_not_sent_again_until_anything_shown_of_it_changes() {
    let server = TestServer::start(sqlite());
    let class = format!("/api/v1/classes/{}", server.class);
    let first = server.get("registrar", &class).await;
    let same = known(&server, &class, &format!("\"other\", W/{}", tag(&first))).await;
    assert_eq!((same.status, same.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(tag(&same), tag(&first));
    // The course's name is shown with the class; the class's version does not move.
    let course = format!("/api/v1/courses/{}", first.json()["course"].as_str().unwrap());
    server.call("registrar", Method::PATCH, &course, json!({"name": "Matrices"})).await;
    let renamed = known(&server, &class, &tag(&first)).await;
    assert_eq!(
        (renamed.status, &renamed.json()["course_name"]),
        (StatusCode::OK, &json!("Matrices"))
    );
}

#[tokio::test]
async fn a_session_is_sent_again_when_somebody_was_marked() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}");
    let first = tag(&server.get("registrar", &path).await);
    assert_eq!(known(&server, &path, &first).await.status, StatusCode::NOT_MODIFIED);
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    assert_eq!(known(&server, &path, &first).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_change_meant_for_another_version_is_refused() {
    let server = TestServer::start(sqlite());
    for (path, body) in [
        (format!("/api/v1/people/{}", server.people["student"]), json!({"phone": "1"})),
        (format!("/api/v1/classes/{}", server.class), json!({"room": "B2"})),
    ] {
        let read = server.get("registrar", &path).await;
        let changed = meant(&server, &path, &tag(&read), body.clone()).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
        let again = meant(&server, &path, &tag(&read), body.clone()).await;
        let refused = (StatusCode::PRECONDITION_FAILED, "stale".to_owned());
        assert_eq!((again.status, again.reason()), refused);
        let nonsense = meant(&server, &path, "nonsense", body.clone()).await;
        assert_eq!((nonsense.status, nonsense.reason()), refused);
        let latest = meant(&server, &path, &tag(&changed), body.clone()).await;
        assert_eq!(latest.status, StatusCode::OK, "{}", latest.text);
        assert_eq!(meant(&server, &path, "*", body).await.status, StatusCode::OK);
    }
}
