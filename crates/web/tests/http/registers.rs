//! Registers that were never taken are seen by the teacher and the office.

use super::server::TestServer;
use axum::http::StatusCode;
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
