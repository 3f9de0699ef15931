//! The profile, and leaderboards that name only those who chose it.

use super::server::{PASSWORD, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

async fn present(server: &TestServer, who: &[&str]) {
    server.turn(Span::hours(1));
    let session = server.open_session().await;
    for person in who {
        let path = format!("/api/v1/sessions/{session}/marks/{}", server.people[person]);
        server.call("teacher", Method::PUT, &path, json!({"status": "present"})).await;
    }
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
}

async fn name(server: &TestServer, who: &str, named: bool) -> StatusCode {
    let choice = json!({ "named": named });
    server.call(who, Method::PUT, "/api/v1/me/leaderboard", choice).await.status
}

fn board(server: &TestServer) -> String {
    format!("/api/v1/classes/{}/leaderboard", server.class)
}

async fn ranks(server: &TestServer, who: &str) -> Vec<(String, i64, i64)> {
    let list = server.get(who, &board(server)).await.json();
    let entry = |item: &Value| {
        let name = item["name"].as_str().unwrap().to_owned();
        (name, item["rank"].as_i64().unwrap(), item["streak"].as_i64().unwrap())
    };
    list["items"].as_array().unwrap().iter().map(entry).collect()
}

async fn only_those_who_chose_it_are_named(server: TestServer) {
    present(&server, &["student"]).await;
    present(&server, &["student", "student_2"]).await;
    assert!(ranks(&server, "student").await.is_empty());
    assert_eq!(name(&server, "student_2", true).await, StatusCode::OK);
    let alone = ranks(&server, "student").await;
    assert_eq!(alone.len(), 1);
    assert_eq!((alone[0].1, alone[0].2), (1, 1));
    name(&server, "student", true).await;
    let both = ranks(&server, "teacher").await;
    assert_eq!(both.iter().map(|one| (one.1, one.2)).collect::<Vec<_>>(), [(1, 2), (2, 1)]);
    name(&server, "student", false).await;
    assert_eq!(ranks(&server, "student_2").await.len(), 1);
}

async fn equal_shares_have_one_rank(server: TestServer) {
    present(&server, &["student", "student_2"]).await;
    for who in ["student", "student_2"] {
        name(&server, who, true).await;
    }
    let both = ranks(&server, "student").await;
    assert_eq!(both.iter().map(|one| one.1).collect::<Vec<_>>(), [1, 1]);
}

#[tokio::test]
async fn a_leaderboard_is_for_the_class_and_the_institution_may_have_none() {
    let server = TestServer::start(sqlite());
    assert_eq!(server.get("stranger", &board(&server)).await.status, StatusCode::NOT_FOUND);
    assert_eq!(name(&server, "teacher", true).await, StatusCode::FORBIDDEN);
    assert!(server.get("student", "/me").await.text.contains("Name me"));
    let off = json!({"leaderboard": "false"});
    let set = server.call("registrar", Method::PATCH, "/api/v1/settings", off).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert_eq!(server.get("student", &board(&server)).await.status, StatusCode::NOT_FOUND);
    assert!(!server.get("student", "/me").await.text.contains("Name me"));
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await;
    assert!(!own.text.contains("Leaderboard"));
}

#[tokio::test]
async fn everybody_reads_what_is_known_of_them() {
    let server = TestServer::start(sqlite());
    let person = format!("/api/v1/people/{}", server.people["student"]);
    let known = json!({"phone": "+49 30 1234", "guardian_email": "mother@home.example"});
    server.call("registrar", Method::PATCH, &person, known).await;
    let own = server.get("student", "/me").await.text;
    for text in [
        "+49 30 1234",
        "mother@home.example",
        "Your phones",
        "ask the office to note your address",
        "/logins",
    ] {
        assert!(own.contains(text), "{text}");
    }
    for who in ["super_administrator", "registrar", "finance", "teacher", "assistant"] {
        let page = server.get(who, "/me").await;
        assert_eq!(page.status, StatusCode::OK, "{who}");
        assert!(!page.text.contains("Name me") && !page.text.contains("Your phones"), "{who}");
    }
    assert!(server.get("student", "/").await.text.contains("href=\"/me\""));
}

async fn phone_and_second_address_are_ones_own_to_change_with_the_password(server: TestServer) {
    let contact = "/api/v1/me/contact";
    let person = server.people["student"];
    let wrong = json!({"phone": "+91 98 4500", "present": "another password"});
    let refused = server.call("student", Method::PUT, contact, wrong).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/present", "{}", refused.text);
    let body = json!({"phone": "+91 98 4500", "second_email": "no address", "present": PASSWORD});
    let refused = server.call("student", Method::PUT, contact, body).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/second_email", "{}", refused.text);
    let password = PASSWORD.replace(' ', "+");
    let form = format!("phone=%2B91+98+4500&second_email=me%40home.example&present={password}");
    let done = server.form("student", "/me/contact", &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let known = server.get("registrar", &format!("/api/v1/people/{person}")).await.json();
    assert_eq!(known["phone"], "+91 98 4500");
    assert_eq!(known["studies"]["second_email"], "me@home.example");
    assert_eq!(known["number"], "student", "the rest is as it was");
    let entries = server.get("registrar", "/api/v1/journal?action=person.change").await.json();
    assert_eq!(entries["items"][0]["actor"], json!(person), "{entries}");
    let again = server.form("student", "/me/contact", "phone=1&second_email=&present=wrong").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("This is not your present password."));
}

on_both!(
    only_those_who_chose_it_are_named,
    equal_shares_have_one_rank,
    phone_and_second_address_are_ones_own_to_change_with_the_password,
);
