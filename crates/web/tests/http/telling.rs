//! What students are told after sessions: absences, and once that their attendance fell.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_app::telling;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

/// Tells all that waits, as the job does; in how many steps.
fn tell(server: &TestServer) -> usize {
    let mut steps = 0;
    while server.act(None, telling::step) {
        steps += 1;
    }
    steps
}

/// A session that closes after the student got this status.
async fn session(server: &TestServer, status: &str) -> String {
    server.turn(Span::minutes(20));
    let session = server.open_session().await;
    if status != "absent" {
        let path = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
        server.call("teacher", Method::PUT, &path, json!({"status": status})).await;
    }
    let closed =
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    assert_eq!(closed.status, StatusCode::OK, "{}", closed.text);
    tell(server);
    session.to_string()
}

async fn told(server: &TestServer, who: &str, kind: &str) -> Vec<Value> {
    let inbox = server.get(who, "/api/v1/me/notices?limit=200").await.json();
    let items = inbox["items"].as_array().unwrap().iter();
    items.filter(|item| item["kind"] == kind).cloned().collect()
}

async fn whoever_was_absent_is_told_once(server: TestServer) {
    let id = session(&server, "present").await;
    assert_eq!(told(&server, "student", "absence").await.len(), 0);
    let absence = told(&server, "student_2", "absence").await;
    assert_eq!(absence.len(), 1);
    assert_eq!(absence[0]["title"], "Absent: Linear Algebra");
    let reopening = format!("/api/v1/sessions/{id}/reopening");
    let body = json!({"reason": "too early", "minutes": 5});
    server.post("teacher", &reopening, body).await;
    server.post("teacher", &format!("/api/v1/sessions/{id}/closure"), json!({})).await;
    assert!(tell(&server) > 0);
    assert_eq!(told(&server, "student_2", "absence").await.len(), 1);
    assert_eq!(tell(&server), 0);
}

async fn a_fall_is_told_once_and_again_after_a_rise(server: TestServer) {
    let low = async |server: &TestServer| told(server, "student", "low_attendance").await;
    for (status, expected) in [
        ("present", 0),
        ("absent", 0),
        // One of three: the first fall that counts.
        ("absent", 1),
        ("absent", 1),
    ] {
        session(&server, status).await;
        assert_eq!(low(&server).await.len(), expected, "after {status}");
    }
    assert!(low(&server).await[0]["body"].as_str().unwrap().contains("33.3 %"));
    // 11 of 14, 78.6 %: clearly risen. 11 of 15, 73.3 %: it falls again.
    for _ in 0..10 {
        session(&server, "present").await;
    }
    assert_eq!(low(&server).await.len(), 1);
    session(&server, "absent").await;
    assert_eq!(low(&server).await.len(), 2);
}

async fn a_correction_of_a_closed_session_is_judged_too(server: TestServer) {
    for status in ["present", "present", "present", "absent"] {
        session(&server, status).await;
    }
    let id = session(&server, "present").await;
    assert_eq!(told(&server, "student", "low_attendance").await.len(), 0);
    let path = format!("/api/v1/sessions/{id}/marks/{}", server.people["student"]);
    let wrong = json!({"status": "absent", "reason": "a friend marked"});
    server.call("teacher", Method::PUT, &path, wrong).await;
    assert_eq!(tell(&server), 1);
    assert_eq!(told(&server, "student", "low_attendance").await.len(), 1);
    assert_eq!(told(&server, "student", "absence").await.len(), 2);
    let again = json!({"status": "absent", "reason": "the friend said so"});
    server.call("teacher", Method::PUT, &path, again).await;
    tell(&server);
    assert_eq!(told(&server, "student", "absence").await.len(), 2);
}

async fn letters_go_to_those_who_chose_them(server: TestServer) {
    let choice = json!({"email": ["absence", "correction_asked"]});
    let path = "/api/v1/me/notice-channels";
    let chosen = server.call("student_2", Method::PUT, path, choice).await;
    // What only teachers are told is no choice of a student.
    assert_eq!(chosen.json()["email"], json!(["absence"]), "{}", chosen.text);
    session(&server, "absent").await;
    let person = format!("/api/v1/people/{}", server.people["student_2"]);
    let letters = server.get("registrar", "/api/v1/letters").await.json();
    assert_eq!(letters["items"].as_array().unwrap().len(), 0, "nobody has an address yet");
    let address = json!({"email": "two@campus.example"});
    server.call("registrar", Method::PATCH, &person, address).await;
    session(&server, "absent").await;
    let letters = server.get("registrar", "/api/v1/letters").await.json();
    assert_eq!(letters["items"].as_array().unwrap().len(), 1);
    assert_eq!(letters["items"][0]["recipient"], "two@campus.example");
    let now = server.now();
    let due = server.act(None, move |tx, _| muster_app::mail::due(tx, now));
    let sent = server.act(None, move |tx, ctx| {
        muster_app::mail::take(tx, ctx, due[0], "https://muster.example")
    });
    let body = sent.unwrap().body;
    assert!(body.contains("More: https://muster.example/classes/"), "{body}");
    assert!(body.contains("https://muster.example/me") && !body.contains('{'), "{body}");
}

on_both!(
    whoever_was_absent_is_told_once,
    a_fall_is_told_once_and_again_after_a_rise,
    a_correction_of_a_closed_session_is_judged_too,
    letters_go_to_those_who_chose_them,
);

#[tokio::test]
async fn those_who_decide_are_told_of_leave_that_is_asked_for() {
    let server = TestServer::start(sqlite());
    let at = jiff::Timestamp::from_microsecond(server.now().0).unwrap();
    let day = at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string();
    let body = json!({"starts_on": day, "ends_on": day, "reason": "An operation"});
    server.post("student", "/api/v1/leaves", body).await;
    for who in ["registrar", "super_administrator"] {
        let asked = told(&server, who, "leave_asked").await;
        assert_eq!(asked.len(), 1, "{who}");
        assert!(asked[0]["title"].as_str().unwrap().ends_with("asks for leave"));
    }
    assert_eq!(told(&server, "teacher", "leave_asked").await.len(), 0);
}
