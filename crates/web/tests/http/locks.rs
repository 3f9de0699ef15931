//! The lock of a term: while it holds, nothing of its attendance changes.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_testkit::{postgres, sqlite};
use serde_json::json;

async fn term(server: &TestServer) -> String {
    let list = server.get("registrar", "/api/v1/terms").await.json();
    format!("/api/v1/terms/{}", list["items"][0]["id"].as_str().unwrap())
}

async fn a_locked_term_changes_no_more_until_it_is_unlocked(server: TestServer) {
    let session = server.open_session().await;
    let closure = format!("/api/v1/sessions/{session}/closure");
    server.post("teacher", &closure, json!({})).await;
    let wanted = json!({"session": session, "wanted": "late", "reason": "bus"});
    let asked = server.post("student", "/api/v1/corrections", wanted.clone()).await.json();
    let term = term(&server).await;
    let lock = format!("{term}/lock");
    let locked = server.post("registrar", &lock, json!({"reason": "results are out"})).await;
    assert_eq!(locked.status, StatusCode::NO_CONTENT);
    let mark = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
    let decision = format!("/api/v1/corrections/{}/decision", asked["id"].as_str().unwrap());
    let changed = json!({"status": "present", "reason": "was there"});
    let reopened = json!({"reason": "mistake", "minutes": 5});
    let answers = [
        server.call("teacher", Method::PUT, &mark, changed.clone()).await,
        server
            .post(
                "teacher",
                &format!("/api/v1/sessions/{session}/bulk-marks"),
                json!({"status": "present", "reason": "drill"}),
            )
            .await,
        server.post("teacher", &decision, json!({"approve": true})).await,
        server.post("student_2", "/api/v1/corrections", wanted).await,
        server.post("teacher", &format!("/api/v1/sessions/{session}/reopening"), reopened).await,
        server
            .post("teacher", &format!("/api/v1/classes/{}/sessions", server.class), json!({}))
            .await,
    ];
    let weights = json!({"present": 100, "late": 0, "excused": null, "absent": 0});
    let class = format!("/api/v1/classes/{}", server.class);
    let weighed =
        server.call("registrar", Method::PATCH, &class, json!({"weights": weights})).await;
    for answer in answers.into_iter().chain([weighed]) {
        assert_eq!((answer.status, answer.reason()), (StatusCode::CONFLICT, "term-locked".into()));
    }
    let room = server.call("registrar", Method::PATCH, &class, json!({"room": "B 12"})).await;
    assert_eq!(room.status, StatusCode::OK, "no percentage changes by it: {}", room.text);
    let unlocking = format!("{term}/unlocking");
    server.post("registrar", &unlocking, json!({"reason": "an appeal"})).await;
    let answer = server.call("teacher", Method::PUT, &mark, changed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let entries = server.get("registrar", "/api/v1/journal?action=term.").await.json();
    let because = entries["items"].as_array().unwrap().iter().map(|entry| entry["reason"].clone());
    assert_eq!(because.take(2).collect::<Vec<_>>(), ["an appeal", "results are out"]);
}

#[tokio::test]
async fn a_locked_term_changes_no_more() {
    a_locked_term_changes_no_more_until_it_is_unlocked(TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn a_locked_term_changes_no_more_on_postgres_too() {
    a_locked_term_changes_no_more_until_it_is_unlocked(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn a_term_with_an_open_session_is_not_locked() {
    let server = TestServer::start(sqlite());
    server.open_session().await;
    let lock = format!("{}/lock", term(&server).await);
    let answer = server.post("registrar", &lock, json!({"reason": "results are out"})).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("still open"));
}

#[tokio::test]
async fn locking_needs_a_reason() {
    let server = TestServer::start(sqlite());
    let lock = format!("{}/lock", term(&server).await);
    let answer = server.post("registrar", &lock, json!({"reason": " "})).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/reason");
}
