//! Everybody's marks at once, and taking that back.

use super::live::{event, event_with};
use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::{Database, postgres, sqlite};
use serde_json::{Value, json};

async fn by_hand(server: &TestServer, session: SessionId, who: &str, status: &str) {
    let path = format!("/api/v1/sessions/{session}/marks/{}", server.people[who]);
    let body = json!({"status": status, "reason": "seen"});
    assert_eq!(server.call("teacher", Method::PUT, &path, body).await.status, StatusCode::OK);
}

async fn all(server: &TestServer, session: SessionId, body: Value) -> Answer {
    server.post("teacher", &format!("/api/v1/sessions/{session}/bulk-marks"), body).await
}

async fn undo(server: &TestServer, session: SessionId, bulk: &Answer) -> Answer {
    let id = bulk.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/sessions/{session}/bulk-marks/{id}/reversal");
    server.post("teacher", &path, json!({})).await
}

/// Status and method of each student who is marked.
async fn marks(server: &TestServer, session: SessionId) -> Vec<(String, String, String)> {
    let answer = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap_or_default().to_owned();
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|row| (text(row, "name"), text(row, "status"), text(row, "method"))).collect()
}

fn row(name: &str, status: &str, method: &str) -> (String, String, String) {
    (name.to_owned(), status.to_owned(), method.to_owned())
}

#[tokio::test]
async fn set_all_changes_everybody_and_set_unmarked_leaves_real_marks() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    by_hand(&server, session, "student", "late").await;
    let unmarked = json!({"status": "present", "extent": "unmarked", "reason": "no projector"});
    let some = all(&server, session, unmarked.clone()).await;
    assert_eq!(some.status, StatusCode::CREATED, "{}", some.text);
    assert_eq!(some.json()["changed"], json!([server.people["student_2"]]));
    let left = [row("student", "late", "manual"), row("student_2", "present", "bulk")];
    assert_eq!(marks(&server, session).await, left);
    let everybody = json!({"status": "present", "reason": "no projector"});
    let every = all(&server, session, everybody).await.json();
    assert_eq!(every["changed"], json!([server.people["student"]]));
    let set = [row("student", "present", "bulk"), row("student_2", "present", "bulk")];
    assert_eq!(marks(&server, session).await, set);
}

#[tokio::test]
async fn no_reason_changes_nothing() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let wrong = all(&server, session, json!({"status": "present", "reason": " "})).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/reason");
    assert!(marks(&server, session).await.is_empty());
}

async fn taking_back(database: Database) {
    let server = TestServer::start(database);
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    server.turn(Span::minutes(1));
    let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await;
    assert_eq!(marked.status, StatusCode::CONFLICT, "the code has expired: {}", marked.text);
    let (link, _) = server.code(session).await;
    let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await.json();
    let before = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.text;
    server.turn(Span::minutes(1));
    let body = json!({"status": "absent", "reason": "fire drill"});
    let bulk = all(&server, session, body).await;
    assert_eq!(bulk.json()["changed"].as_array().unwrap().len(), 2);
    let reversed = undo(&server, session, &bulk).await;
    assert_eq!(reversed.status, StatusCode::OK, "{}", reversed.text);
    assert_eq!(reversed.json()["restored"].as_array().unwrap().len(), 2);
    let after = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.text;
    assert_eq!(after, before, "the time of {} too", marked["at"]);
    let twice = undo(&server, session, &bulk).await;
    assert_eq!((twice.status, twice.reason().as_str()), (StatusCode::CONFLICT, "already-reversed"));
}

#[tokio::test]
async fn taking_back_restores_exactly_what_was_there() {
    taking_back(sqlite()).await;
}

#[tokio::test]
async fn taking_back_restores_exactly_what_was_there_on_postgres() {
    taking_back(postgres()).await;
}

#[tokio::test]
async fn taking_back_leaves_what_was_changed_since() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let bulk = all(&server, session, json!({"status": "present", "reason": "drill"})).await;
    by_hand(&server, session, "student", "excused").await;
    let reversed = undo(&server, session, &bulk).await.json();
    assert_eq!(reversed["kept"], json!([server.people["student"]]));
    assert_eq!(marks(&server, session).await, [row("student", "excused", "manual")]);
}

#[tokio::test]
async fn taken_back_after_closing_the_unmarked_are_absent_and_figures_follow() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let bulk = all(&server, session, json!({"status": "present", "reason": "drill"})).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let percentage = async || {
        let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
        server.get("student", &path).await.json()["overall"]["percentage"].clone()
    };
    assert_eq!(percentage().await, json!(100.0));
    undo(&server, session, &bulk).await;
    assert_eq!(percentage().await, json!(0.0));
    let filled = [row("student", "absent", "filler"), row("student_2", "absent", "filler")];
    assert_eq!(marks(&server, session).await, filled);
}

#[tokio::test]
async fn the_page_offers_it_and_takes_it_back() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let post = async |path: &str, body: &str| {
        let body = Body::from(body.to_owned());
        let mut request = server.request("assistant", Method::POST, path, body);
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert("content-type", kind);
        server.send(request).await
    };
    let path = format!("/sessions/{session}/bulk-marks");
    let wrong = post(&path, "status=late&extent=unmarked&bulk_reason=").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Say why everybody is marked at once."));
    let done = post(&path, "status=present&extent=all&bulk_reason=No+projector").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains("2 marked present by assistant") && page.contains("No projector"));
    let from = page.find("/bulk-marks/").unwrap();
    let undo = format!("/sessions/{session}{}", &page[from..from + 12 + 36 + 9]);
    let undone = post(&undo, "").await;
    let to = undone.headers["location"].to_str().unwrap();
    let shown = server.get("teacher", to).await.text;
    assert!(shown.contains("2 marks are as they were before."), "{shown}");
    assert!(marks(&server, session).await.is_empty());
    let journal = server.get("registrar", "/api/v1/journal?action=bulk.").await.json();
    assert_eq!(journal["items"][1]["reason"], "No projector");
}

#[tokio::test(flavor = "multi_thread")]
async fn screens_hear_of_it_live() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}/events");
    let mut stream = server.open("teacher", &path).await.into_body().into_data_stream();
    event(&mut stream, "snapshot").await;
    let bulk = all(&server, session, json!({"status": "present", "reason": "drill"})).await;
    event_with(&mut stream, "snapshot", "\"present\":2").await;
    undo(&server, session, &bulk).await;
    event_with(&mut stream, "snapshot", "\"unmarked\":2").await;
}
