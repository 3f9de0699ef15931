//! Registers that were never taken are seen by the teacher and the office.

use super::imports::{counts, upload};
use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::{postgres, sqlite};
use serde_json::json;

const MISSING: &str = "/api/v1/registers/missing";

/// A meeting of the first class for an hour from `later` minutes on.
async fn meet(server: &TestServer, later: i64) -> String {
    let at = |minutes| {
        let at = server.now() + Span::minutes(minutes);
        jiff::Timestamp::from_microsecond(at.0).unwrap().to_string()
    };
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    let body = json!({"starts_at": at(later), "ends_at": at(later + 60)});
    let made = server.post("registrar", &path, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let list = server.get("registrar", &path).await.json();
    let ids = list["items"].as_array().unwrap().iter();
    let starts = at(later);
    let found = ids.into_iter().find(|item| item["starts_at"] == starts.as_str()).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

async fn missing(server: &TestServer) -> Vec<String> {
    let list = server.get("registrar", MISSING).await.json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["meeting"].as_str().unwrap().to_owned()).collect()
}

async fn a_meeting_that_passes_without_a_session_is_missing(server: TestServer) {
    let [taken, ad_hoc, cancelled, never] = [
        meet(&server, 0).await,
        meet(&server, 100).await,
        meet(&server, 200).await,
        meet(&server, 300).await,
    ];
    let open = format!("/api/v1/classes/{}/sessions", server.class);
    let opened = server.post("teacher", &open, json!({"meeting": taken})).await;
    let closure = format!("/api/v1/sessions/{}/closure", opened.json()["id"].as_str().unwrap());
    server.post("teacher", &closure, json!({})).await;
    server
        .post("registrar", &format!("/api/v1/meetings/{cancelled}/cancellation"), json!({}))
        .await;
    assert!(missing(&server).await.is_empty(), "none is over yet");
    server.turn(Span::minutes(110));
    server.post("teacher", &open, json!({})).await;
    server.turn(Span::minutes(300));
    assert_eq!(missing(&server).await, std::slice::from_ref(&never), "{ad_hoc} was opened by hand");
    server.act(None, muster_app::sessions::close_due);
    for (who, outcomes) in [("teacher", ["taken", "taken"]), ("student", ["marked", "marked"])] {
        let own = server.get(who, "/api/v1/me/meetings").await.json();
        let own = own["items"].as_array().unwrap().iter();
        let came_to = |meeting: &str| {
            let found: Vec<_> = own.clone().filter(|item| item["meeting"] == meeting).collect();
            found[0]["outcome"].as_str().unwrap().to_owned()
        };
        assert_eq!([came_to(&taken), came_to(&ad_hoc)], outcomes, "{who}");
        let alone = own.clone().filter(|item| item["meeting"].is_null()).count();
        assert_eq!(alone, 0, "{who} sees the session once, as the meeting's");
    }
    for who in ["teacher", "assistant"] {
        let today = server.get(who, "/").await.text;
        assert!(today.contains("Registers not taken") && today.contains(&never), "{who}");
    }
    assert!(!server.get("teacher_b", "/").await.text.contains("Registers not taken"));
    let class = server.get("teacher", &format!("/classes/{}", server.class)).await.text;
    assert!(class.contains("Not taken") && class.contains(&never));
    server.act(None, muster_app::sessions::close_due);
    server.post("teacher", &open, json!({"meeting": never})).await;
    assert!(missing(&server).await.is_empty());
}

#[tokio::test]
async fn a_meeting_without_a_session_is_missing() {
    a_meeting_that_passes_without_a_session_is_missing(TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn a_meeting_without_a_session_is_missing_on_postgres_too() {
    a_meeting_that_passes_without_a_session_is_missing(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn the_list_is_read_page_by_page_and_by_teacher() {
    let server = TestServer::start(sqlite());
    let mut made = Vec::new();
    for later in [0, 100, 200] {
        made.push(meet(&server, later).await);
    }
    server.turn(Span::minutes(400));
    let first = server.get("registrar", &format!("{MISSING}?limit=2")).await.json();
    let next = first["next"].as_str().unwrap();
    let second = server.get("registrar", &format!("{MISSING}?limit=2&cursor={next}")).await.json();
    assert_eq!(second["items"][0]["meeting"], made[0].as_str());
    assert_eq!(second["items"][0]["teachers"], "teacher");
    for (who, found) in [("teacher", 3), ("teacher_b", 0)] {
        let path = format!("{MISSING}?teacher={}", server.people[who]);
        let list = server.get("registrar", &path).await.json();
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{who}");
    }
    let page = server.get("registrar", "/registers/missing").await.text;
    assert!(page.contains("Linear Algebra"));
    let meeting = format!("/meetings/{}", made[0]);
    assert!(page.contains(&format!("href=\"{meeting}\"")), "what did not take place is cancelled");
    let cancel = server.get("registrar", &meeting).await.text;
    assert!(cancel.contains(&format!("{meeting}/cancellation")));
    assert_eq!(server.get("teacher", MISSING).await.status, StatusCode::FORBIDDEN);
}

/// Every place that names a day: none may know of the one on which the register was typed.
async fn a_register_taken_late_belongs_to_the_day_of_its_meeting(mut server: TestServer) {
    let meeting = meet(&server, 0).await;
    server.turn_days(9);
    let open = format!("/api/v1/classes/{}/sessions", server.class);
    let opened = server.post("teacher", &open, json!({"meeting": meeting, "methods": []})).await;
    let session = opened.json()["id"].as_str().unwrap().to_owned();
    let student = server.people["student"];
    let mark = format!("/api/v1/sessions/{session}/marks/{student}");
    server.call("teacher", Method::PUT, &mark, json!({"status": "present"})).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    for (who, outcome) in [("teacher", "taken"), ("student", "marked")] {
        let week = "/api/v1/me/meetings?from=2026-03-02&until=2026-03-08";
        let week = server.get(who, week).await.json();
        assert_eq!(week["items"][0]["outcome"], outcome, "{who}: {week}");
    }
    let figures = format!("/api/v1/classes/{}/figures", server.class);
    assert_eq!(server.get("teacher", &figures).await.json()["days"][0]["date"], "2026-03-02");
    let attendance = format!("/api/v1/people/{student}/attendance");
    let attendance = server.get("student", &attendance).await.json();
    let held = &attendance["classes"][0]["sessions"][0]["held_at"];
    assert_eq!(held, "2026-03-02T12:00:00Z", "{attendance}");
    for (who, path) in [
        ("student", format!("/classes/{}/attendance", server.class)),
        ("student", format!("/sessions/{session}/correction")),
        ("teacher", format!("/classes/{}", server.class)),
        ("teacher", format!("/classes/{}/register", server.class)),
        ("teacher", format!("/classes/{}/students/{student}", server.class)),
    ] {
        let page = server.get(who, &path).await.text;
        assert!(page.contains("2 Mar"), "{path}");
        assert!(!page.contains("11 Mar"), "{path}");
    }
    let marks = format!("/api/v1/exports/marks.csv?class={}", server.class);
    let marks = server.get("registrar", &marks).await;
    assert!(marks.text.contains("2026-03-02,12:00,present"), "{}", marks.text);
    let again = upload(&server, "registrar", "marks", &marks.bytes).await.json();
    assert_eq!(counts(&again), [0, 0, 2, 0, 0], "{again}");
    let moved = json!({"starts_at": "2026-03-03T09:00:00Z", "ends_at": "2026-03-03T10:00:00Z"});
    let path = format!("/api/v1/meetings/{meeting}");
    let moved = server.call("registrar", Method::PATCH, &path, moved).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert_eq!(server.get("teacher", &figures).await.json()["days"][0]["date"], "2026-03-03");
}

on_both!(a_register_taken_late_belongs_to_the_day_of_its_meeting);
