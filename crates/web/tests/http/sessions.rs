//! Opening, closing on time, reopening.

use super::server::TestServer;
use axum::http::StatusCode;
use muster_domain::time::Span;
use muster_testkit::{postgres, sqlite};
use serde_json::json;

async fn opened_twice_at_once(server: TestServer) {
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let open = || server.post("teacher", &path, json!({"methods": ["qr"]}));
    let (first, second) = tokio::join!(open(), open());
    let (won, lost) = if first.status == 201 { (first, second) } else { (second, first) };
    assert_eq!((won.status, lost.status), (StatusCode::CREATED, StatusCode::CONFLICT));
    assert_eq!(lost.reason(), "session-open");
    assert_eq!(lost.json()["session"], won.json()["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_twice_at_once_one_is_opened_and_the_other_is_led_to_it() {
    opened_twice_at_once(TestServer::start(sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_twice_at_once_one_is_opened_on_postgres_too() {
    opened_twice_at_once(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn it_closes_on_time_although_nobody_looks_and_the_missing_are_absent() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    server.turn(Span::minutes(14));
    assert_eq!(server.act(None, muster_app::sessions::close_due), 0);
    server.turn(Span::minutes(1));
    assert_eq!(server.act(None, muster_app::sessions::close_due), 1);
    let answer = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    assert_eq!((&answer["state"], &answer["counts"]["absent"]), (&json!("closed"), &json!(1)));
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains("100.0 %"));
}

#[tokio::test]
async fn reopened_its_fillers_go_and_figures_follow() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains("0.0 %") && own.contains("Attend the next 3 sessions in a row"));
    let reopening = format!("/api/v1/sessions/{session}/reopening");
    let without = server.post("teacher", &reopening, json!({"reason": " ", "minutes": 5})).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer =
        server.post("teacher", &reopening, json!({"reason": "fire drill", "minutes": 5})).await;
    assert_eq!(answer.json()["counts"]["absent"], 0);
    let (link, _) = server.code(session).await;
    assert_eq!(server.post("student", "/api/v1/marks", json!({"code": link})).await.status, 201);
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains("100.0 %"));
}

#[tokio::test]
async fn a_clock_set_back_while_it_is_open_harms_nothing() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.turn(Span::hours(-3));
    let (link, _) = server.code(session).await;
    assert_eq!(server.post("student", "/api/v1/marks", json!({"code": link})).await.status, 201);
    let closed =
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    assert_eq!(closed.json()["state"], "closed");
    let report = std::thread::spawn(move || muster_storage::journal::verify(&server.store, |_| {}));
    let report = report.join().unwrap().unwrap();
    assert!(report.holds());
}

#[tokio::test]
async fn extending_moves_the_end() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let before = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    let path = format!("/api/v1/sessions/{session}/extension");
    let after = server.post("teacher", &path, json!({"minutes": 5})).await.json();
    assert!(after["ends_at"].as_str() > before["ends_at"].as_str());
    let odd = server.post("teacher", &path, json!({"minutes": 100_000})).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}
