//! Finding people by pages and by the interface.

use super::server::TestServer;
use axum::http::Method;
use muster_testkit::{Database, postgres, sqlite};
use serde_json::json;

async fn is_found_everywhere(database: Database) {
    let server = TestServer::start(database);
    let person = json!({"name": "Jos\u{e9} \u{c1}lvarez", "number": "2024/CS/17", "email": "ja@campus.example"});
    server.post("registrar", "/api/v1/people", person).await;
    for words in ["jose", "alv jos", "cs/17", "ja@campus", "alvraez"] {
        let query = words.replace(' ', "%20").replace('/', "%2F");
        let listed = server.get("registrar", &format!("/api/v1/people?q={query}")).await.json();
        assert_eq!(listed["items"][0]["number"], "2024/CS/17", "{words}");
        assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{words}");
        let palette = server.get("registrar", &format!("/api/v1/search?q={query}")).await.json();
        assert_eq!(palette["items"][0]["detail"], "2024/CS/17", "{words}");
        let page = server.get("registrar", &format!("/people?q={query}")).await;
        assert!(page.text.contains("Jos\u{e9} \u{c1}lvarez"), "{words}");
    }
}

#[tokio::test]
async fn a_person_is_found_by_any_of_their_words() {
    is_found_everywhere(sqlite()).await;
}

#[tokio::test]
async fn a_person_is_found_by_any_of_their_words_on_postgres() {
    is_found_everywhere(postgres()).await;
}

#[tokio::test]
async fn a_student_is_found_by_roll_number() {
    let server = TestServer::start(sqlite());
    let student = server.people["student"];
    let path = format!("/api/v1/classes/{}/enrolments/{student}", server.class);
    server.call("registrar", Method::PATCH, &path, json!({"roll_number": "77B"})).await;
    let found = server.get("registrar", "/api/v1/people?q=77b").await.json();
    assert_eq!(found["items"][0]["id"], json!(student));
    let teachers = server.get("registrar", "/api/v1/people?q=77b&role=teacher").await.json();
    assert_eq!(teachers["items"], json!([]));
}
