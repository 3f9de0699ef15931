//! Copying classes from one term into another.

use super::server::{Answer, TestServer};
use axum::http::StatusCode;
use serde_json::{Value, json};

/// A new term, and the one with the classes.
async fn terms(server: &TestServer) -> (String, String) {
    let first = server.get("registrar", "/api/v1/terms").await.json();
    let first = first["items"][0]["id"].as_str().unwrap().to_owned();
    let autumn = json!({"name": "Autumn", "starts_on": "2026-09-07", "ends_on": "2026-12-20"});
    let made = server.post("registrar", "/api/v1/terms", autumn).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    (made.json()["id"].as_str().unwrap().to_owned(), first)
}

async fn copy(server: &TestServer, to: &str, body: Value) -> Answer {
    server.post("registrar", &format!("/api/v1/terms/{to}/class-copies"), body).await
}

async fn classes_come_over_with_staff_and_weekly_meetings(server: TestServer) {
    let server = &server;
    let (to, from) = terms(server).await;
    let pattern = json!({
        "weekday": "monday", "starts_at": "09:00", "ends_at": "10:30", "room": "B12",
        "first_on": "2024-10-04", "last_on": "2026-05-27",
    });
    let path = format!("/api/v1/classes/{}/patterns", server.class);
    let made = server.post("registrar", &path, pattern).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let path = format!("/api/v1/terms/{to}/class-copies?from={from}");
    let preview = server.get("registrar", &path).await.json();
    assert_eq!(preview["items"][0]["section"], "A", "{preview}");
    assert_eq!(
        (&preview["items"][0]["patterns"], &preview["items"][0]["obstacle"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(preview["items"][0]["staff"], json!(["teacher", "assistant"]));
    let all = json!({"from": from, "staff": true, "patterns": true});
    let done = copy(server, &to, all.clone()).await;
    assert_eq!(done.status, StatusCode::CREATED, "{}", done.text);
    assert_eq!(done.json(), json!({"classes": 2, "patterns": 1}));
    let classes = server.get("registrar", "/api/v1/classes").await.json();
    let new = classes["items"].as_array().unwrap().iter();
    let new = new.filter(|class| class["term"] == "Autumn").collect::<Vec<_>>();
    assert_eq!(new.len(), 2, "{classes}");
    let copy_of_a = new.iter().find(|class| class["section"] == "A").unwrap();
    let path = format!("/api/v1/classes/{}", copy_of_a["id"].as_str().unwrap());
    let staff = server.get("registrar", &format!("{path}/staff")).await.json();
    assert_eq!(staff["items"].as_array().unwrap().len(), 2, "{staff}");
    let patterns = server.get("registrar", &format!("{path}/patterns")).await.json();
    assert_eq!(patterns["items"][0]["first_on"], "2026-09-07", "{patterns}");
    assert_eq!(patterns["items"][0]["last_on"], "2026-12-20");
    let again = copy(server, &to, all).await;
    assert_eq!(again.json(), json!({"classes": 0, "patterns": 0}));
}

on_both!(classes_come_over_with_staff_and_weekly_meetings);

#[tokio::test]
async fn only_what_is_asked_for_comes_over() {
    let server = TestServer::start(muster_testkit::sqlite());
    let (to, from) = terms(&server).await;
    let one = json!({"from": from, "classes": [server.other]});
    assert_eq!(copy(&server, &to, one).await.json()["classes"], 1);
    let path = format!("/terms/{to}/class-copies?from={from}");
    let page = server.get("registrar", &path).await.text;
    assert!(
        page.contains("Is there already") && page.contains("Copy the ticked classes"),
        "{page}"
    );
    let form = format!("from={from}&class={}", server.class);
    let sent = server.form("registrar", &format!("/terms/{to}/class-copies"), &form).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let path = sent.headers["location"].to_str().unwrap().to_owned();
    let page = server.get("registrar", &path).await.text;
    assert!(page.contains("1 class was copied") && page.contains("Nothing is left"), "{page}");
}

#[tokio::test]
async fn classes_are_copied_from_another_term_alone_and_never_into_the_archive() {
    let server = TestServer::start(muster_testkit::sqlite());
    let (to, from) = terms(&server).await;
    let same = copy(&server, &from, json!({"from": from})).await;
    assert_eq!(same.json()["errors"][0]["pointer"], "/from", "{}", same.text);
    let nothing = copy(&server, &to, json!({"from": uuid::Uuid::nil()})).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    server.post("registrar", &format!("/api/v1/terms/{to}/archival"), json!({})).await;
    let archived = copy(&server, &to, json!({"from": from})).await;
    assert!(archived.text.contains("takes no new classes"), "{}", archived.text);
}

#[tokio::test]
async fn a_class_of_an_archived_course_stays_where_it_is() {
    let server = TestServer::start(muster_testkit::sqlite());
    let (to, from) = terms(&server).await;
    let courses = server.get("registrar", "/api/v1/courses").await.json();
    let course = courses["items"][0]["id"].as_str().unwrap().to_owned();
    server.post("registrar", &format!("/api/v1/courses/{course}/archival"), json!({})).await;
    let path = format!("/api/v1/terms/{to}/class-copies?from={from}");
    let preview = server.get("registrar", &path).await.json();
    assert_eq!(preview["items"][0]["obstacle"], "course_archived", "{preview}");
    assert_eq!(copy(&server, &to, json!({"from": from})).await.json()["classes"], 0);
}
