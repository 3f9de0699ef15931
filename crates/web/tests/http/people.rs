//! Finding people by pages and by the interface.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
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

on_both!(
    a_sign_that_nobody_types_is_no_fault_of_the_server,
    two_administrators_who_deactivate_each_other_at_once_leave_one,
);

async fn a_sign_that_nobody_types_is_no_fault_of_the_server(server: TestServer) {
    for path in ["/api/v1/people?q=%00", "/api/v1/people?q=stu%00dent", "/people?q=%00"] {
        let found = server.get("registrar", path).await;
        assert_eq!(found.status, StatusCode::OK, "{path}: {}", found.text);
    }
    for path in ["/search?q=%00", "/api/v1/search?q=a%00b", "/classes?q=%00"] {
        let found = server.get("registrar", path).await;
        assert!(found.status.is_success(), "{path}: {}", found.text);
    }
    let made = json!({"number": "N\u{0}1", "name": "Ada"});
    let made = server.post("registrar", "/api/v1/people", made).await;
    assert!(made.status.is_client_error(), "{}", made.text);
}

async fn two_administrators_who_deactivate_each_other_at_once_leave_one(mut server: TestServer) {
    server.join("second", muster_domain::auth::Role::SuperAdministrator);
    let change = async |by: &'static str, whom: &'static str, active: bool| {
        let path = format!("/api/v1/people/{}", server.people[whom]);
        server.call(by, Method::PATCH, &path, json!({"active": active})).await.status
    };
    let both = tokio::join!(
        change("super_administrator", "second", false),
        change("second", "super_administrator", false),
    );
    let refused = [both.0, both.1].iter().filter(|status| !status.is_success()).count();
    assert_eq!(refused, 1, "{both:?}");
}
