//! Changing terms, courses, classes, enrolment, staff and meetings by the interface.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_testkit::sqlite;
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "registrar";

async fn patch(server: &TestServer, path: &str, body: Value) -> super::server::Answer {
    server.call(ADMINISTRATOR, Method::PATCH, path, body).await
}

/// The first record of a list.
async fn first(server: &TestServer, path: &str) -> Value {
    server.get(ADMINISTRATOR, path).await.json()["items"][0].clone()
}

fn id(record: &Value) -> &str {
    record["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_term_is_changed_member_by_member() {
    let server = TestServer::start(sqlite());
    let term = first(&server, "/api/v1/terms").await;
    let path = format!("/api/v1/terms/{}", id(&term));
    let changed = patch(&server, &path, json!({"name": "Spring 2026"})).await.json();
    assert_eq!(
        (&changed["name"], &changed["starts_on"]),
        (&json!("Spring 2026"), &term["starts_on"])
    );
    let backwards = patch(&server, &path, json!({"ends_on": "1999-01-01"})).await;
    assert_eq!(backwards.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(backwards.json()["errors"][0]["pointer"], "/ends_on");
    let stale = patch(&server, &path, json!({"name": "Again", "version": term["version"]})).await;
    assert_eq!((stale.status, stale.reason()), (StatusCode::CONFLICT, "stale".to_owned()));
    assert_eq!(server.get(ADMINISTRATOR, &path).await.json()["name"], "Spring 2026");
}

#[tokio::test]
async fn an_archived_course_takes_no_new_classes_until_it_is_back() {
    let server = TestServer::start(sqlite());
    let course = first(&server, "/api/v1/courses").await;
    let term = first(&server, "/api/v1/terms").await;
    let path = format!("/api/v1/courses/{}", id(&course));
    let archived = server.post(ADMINISTRATOR, &format!("{path}/archival"), json!({})).await;
    assert!(archived.json()["archived_at"].is_string(), "{}", archived.text);
    let class = json!({"course": course["id"], "term": term["id"], "section": "C"});
    let refused = server.post(ADMINISTRATOR, "/api/v1/classes", class.clone()).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/course");
    patch(&server, &path, json!({"archived": false, "credits": null})).await;
    let made = server.post(ADMINISTRATOR, "/api/v1/classes", class).await;
    assert_eq!(made.status, StatusCode::CREATED);
    assert_eq!(server.get(ADMINISTRATOR, &path).await.json()["credits"], Value::Null);
}

#[tokio::test]
async fn a_class_of_a_term_that_has_ended_is_history() {
    let server = TestServer::start(sqlite());
    assert!(server.get("teacher", "/").await.text.contains("Open session"));
    let path = format!("/api/v1/terms/{}", id(&first(&server, "/api/v1/terms").await));
    patch(&server, &path, json!({"ends_on": "2026-02-27"})).await;
    assert!(!server.get("teacher", "/").await.text.contains("Open session"));
    assert!(server.get("student", "/").await.text.contains("Earlier terms"));
}

#[tokio::test]
async fn a_roll_number_changes_but_is_never_held_twice() {
    let server = TestServer::start(sqlite());
    let enrolments = format!("/api/v1/classes/{}/enrolments", server.class);
    let path = format!("{enrolments}/{}", server.people["student"]);
    let changed = patch(&server, &path, json!({"roll_number": "17B"})).await;
    assert_eq!(changed.json()["roll_number"], "17B", "{}", changed.text);
    let other = format!("{enrolments}/{}", server.people["student_2"]);
    let taken = patch(&server, &other, json!({"roll_number": "17b"})).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(taken.json()["errors"][0]["pointer"], "/roll_number");
    // Who has left no longer holds it.
    patch(&server, &path, json!({"status": "withdrawn"})).await;
    assert_eq!(patch(&server, &other, json!({"roll_number": "17b"})).await.status, 200);
}

#[tokio::test]
async fn a_meeting_is_moved_cancelled_and_takes_place_again() {
    let server = TestServer::start(sqlite());
    let meetings = format!("/api/v1/classes/{}/meetings", server.class);
    let odd = json!({"starts_at": "2026-03-03T09:00:07Z", "ends_at": "2026-03-03T10:30:00Z"});
    let odd = server.post(ADMINISTRATOR, &meetings, odd).await;
    assert_eq!(odd.json()["errors"][0]["pointer"], "/starts_at", "{}", odd.text);
    let times = json!({"starts_at": "2026-03-03T09:00:00Z", "ends_at": "2026-03-03T10:30:00Z"});
    server.post(ADMINISTRATOR, &meetings, times).await;
    let meeting = first(&server, &meetings).await;
    let path = format!("/api/v1/meetings/{}", id(&meeting));
    let cancelled = server.post(ADMINISTRATOR, &format!("{path}/cancellation"), json!({})).await;
    assert!(cancelled.json()["cancelled_at"].is_string());
    let moved =
        patch(&server, &path, json!({"ends_at": "2026-03-03T11:00:00Z", "room": "B2"})).await;
    let moved = moved.json();
    assert_eq!((&moved["room"], &moved["cancelled_at"]), (&json!("B2"), &Value::Null));
    assert_eq!(moved["starts_at"], meeting["starts_at"]);
    let backwards = patch(&server, &path, json!({"ends_at": "2026-03-03T08:00:00Z"})).await;
    assert_eq!(backwards.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn staff_of_a_class_are_named_and_their_role_ends() {
    let server = TestServer::start(sqlite());
    let path = format!("/api/v1/classes/{}/staff", server.class);
    let body = json!({"person": server.people["teacher_b"], "role": "assistant"});
    assert_eq!(server.post(ADMINISTRATOR, &path, body).await.status, StatusCode::CREATED);
    let overview = format!("/api/v1/classes/{}", server.class);
    assert_eq!(server.get("teacher_b", &overview).await.status, StatusCode::OK);
    let staff = server.get(ADMINISTRATOR, &path).await.json();
    let named = staff["items"].as_array().unwrap().iter();
    let wanted = json!(server.people["teacher_b"]);
    let grant = named.filter(|row| row["person"] == wanted).map(id).next().unwrap();
    let end =
        server.call(ADMINISTRATOR, Method::DELETE, &format!("{path}/{grant}"), json!({})).await;
    assert_eq!(end.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("teacher_b", &overview).await.status, StatusCode::FORBIDDEN);
    let finance = json!({"person": server.people["teacher_b"], "role": "finance"});
    assert_eq!(server.post(ADMINISTRATOR, &path, finance).await.status, 422);
}

#[tokio::test]
async fn settings_are_changed_all_or_none() {
    let server = TestServer::start(sqlite());
    let body = json!({"institution": "Elsewhere", "time_zone": "Mars/Olympus"});
    let wrong = patch(&server, "/api/v1/settings", body).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/time_zone");
    assert_eq!(server.get(ADMINISTRATOR, "/api/v1/settings").await.json()["institution"], "Muster");
    let body = json!({"session_minutes": 20, "time_zone": "Asia/Kolkata"});
    let changed = patch(&server, "/api/v1/settings", body).await.json();
    assert_eq!(
        (&changed["session_minutes"], &changed["time_zone"]),
        (&json!(20), &json!("Asia/Kolkata"))
    );
}
