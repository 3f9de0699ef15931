//! Who marked, why, and what a session was about: on the pages, in the files, in the interface.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use serde_json::json;

/// The assistant marks a student, the teacher changes it; the session has a topic.
pub(super) async fn marked_by_two(server: &TestServer) -> SessionId {
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let opened = server.post("teacher", &path, json!({"topic": "Eigenvalues"})).await.json();
    let session: SessionId = opened["id"].as_str().unwrap().parse().unwrap();
    let mark = |who| format!("/api/v1/sessions/{session}/marks/{}", server.people[who]);
    for (who, student, body) in [
        ("assistant", "student", json!({"status": "present"})),
        ("teacher", "student", json!({"status": "late", "reason": "Came with the second half"})),
        ("assistant", "student_2", json!({"status": "excused", "reason": "Ill"})),
    ] {
        let marked = server.call(who, Method::PUT, &mark(student), body).await;
        assert_eq!(marked.status, StatusCode::OK, "{}", marked.text);
    }
    session
}

async fn staff_see_who_marked_and_why(server: TestServer) {
    let session = marked_by_two(&server).await;
    for page in [format!("/sessions/{session}"), format!("/sessions/{session}/register")] {
        let text = server.get("assistant", &page).await.text;
        for wanted in ["By hand, teacher", "Came with the second half", "By hand, assistant"] {
            assert!(text.contains(wanted), "{wanted} on {page}");
        }
    }
    let file = format!("/sessions/{session}/register?format=csv");
    let csv = server.get("teacher", &file).await.text;
    assert!(csv.contains("How,By,Reason,Topic"), "{csv}");
    assert!(csv.contains("By hand,teacher,Came with the second half,Eigenvalues"), "{csv}");
    let of = format!("/classes/{}/students/{}", server.class, server.people["student"]);
    assert!(server.get("teacher", &of).await.text.contains("By hand, teacher"));
    let marks = server.get("assistant", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let late = marks["items"].as_array().unwrap().iter().find(|mark| mark["status"] == "late");
    let late = late.unwrap_or_else(|| panic!("{marks}"));
    assert_eq!(late["marked_by"], json!(server.people["teacher"]));
    assert_eq!(
        (&late["reason"], &late["number"], &late["method_word"]),
        (&json!("Came with the second half"), &json!("student"), &json!("By hand, teacher"))
    );
}

async fn students_are_told_that_staff_did_and_why(server: TestServer) {
    let session = marked_by_two(&server).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let path = format!("/classes/{}/attendance", server.class);
    let own = server.get("student", &path).await.text;
    assert!(own.contains("By hand, staff") && own.contains("Came with the second half"));
    assert!(!own.contains("By hand, teacher"));
    let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
    let own = server.get("student", &path).await.json()["classes"][0]["sessions"][0].clone();
    assert_eq!((&own["by_staff"], &own["topic"]), (&json!(true), &json!("Eigenvalues")));
}

async fn the_topic_stands_on_the_session_and_in_the_registers(server: TestServer) {
    let session = marked_by_two(&server).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    for path in [
        format!("/sessions/{session}"),
        format!("/sessions/{session}/register"),
        format!("/classes/{}/register", server.class),
        format!("/classes/{}/register?format=csv", server.class),
    ] {
        assert!(server.get("teacher", &path).await.text.contains("Eigenvalues"), "{path}");
    }
}

async fn a_student_on_leave_is_tagged_while_nobody_marked_them(server: TestServer) {
    let body = json!({
        "person": server.people["student"], "starts_on": "2026-03-02", "ends_on": "2026-03-02",
        "reason": "An operation",
    });
    let entered = server.post("registrar", "/api/v1/leaves", body).await;
    assert_eq!(entered.status, StatusCode::CREATED, "{}", entered.text);
    let session = server.open_session().await;
    let path = format!("/sessions/{session}");
    let tag = "<span class=\"tag\">On leave</span>";
    assert_eq!(server.get("teacher", &path).await.text.matches(tag).count(), 1);
    let mark = format!("/api/v1{path}/marks/{}", server.people["student"]);
    server.call("teacher", Method::PUT, &mark, json!({"status": "present"})).await;
    assert_eq!(server.get("teacher", &path).await.text.matches(tag).count(), 0);
}

async fn a_session_goes_on_for_any_number_of_minutes(server: TestServer) {
    let session = server.open_session().await;
    let path = format!("/sessions/{session}/extension");
    assert_eq!(server.form("teacher", &path, "minutes=37").await.status, StatusCode::SEE_OTHER);
    let times = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    assert_eq!(times["ends_at"], "2026-03-02T12:52:00Z", "15 minutes and 37");
    let wrong = server.form("teacher", &path, "minutes=a+few").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Give the minutes as a whole number."));
}

on_both!(
    staff_see_who_marked_and_why,
    students_are_told_that_staff_did_and_why,
    the_topic_stands_on_the_session_and_in_the_registers,
    a_student_on_leave_is_tagged_while_nobody_marked_them,
    a_session_goes_on_for_any_number_of_minutes,
);
