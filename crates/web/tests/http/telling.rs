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

async fn recipients(server: &TestServer) -> Vec<(String, String)> {
    let letters = server.get("registrar", "/api/v1/letters?limit=200").await.json();
    let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
    let items = letters["items"].as_array().unwrap().iter();
    items.map(|item| (text(item, "recipient"), text(item, "subject"))).collect()
}

async fn wish(server: &TestServer, wish: &str) {
    let body = json!({"guardian_letters": wish});
    let answer = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

async fn guardians_are_told_as_the_institution_wishes(server: TestServer) {
    let change = async |body: Value| {
        let path = format!("/api/v1/people/{}", server.people["student"]);
        let changed = server.call("registrar", Method::PATCH, &path, body).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    };
    change(json!({"name": "Ada", "guardian_email": "mother@home.example"})).await;
    session(&server, "absent").await;
    session(&server, "present").await;
    assert_eq!(recipients(&server).await, [], "nothing is the default");
    wish(&server, "low_attendance").await;
    let id = session(&server, "absent").await;
    let mother = |subject: &str| ("mother@home.example".to_owned(), subject.to_owned());
    let low = mother("Ada: attendance below 75 % in Linear Algebra");
    assert_eq!(recipients(&server).await, std::slice::from_ref(&low));
    // The same occasion is told once.
    let body = json!({"reason": "too early", "minutes": 5});
    server.post("teacher", &format!("/api/v1/sessions/{id}/reopening"), body).await;
    server.post("teacher", &format!("/api/v1/sessions/{id}/closure"), json!({})).await;
    assert!(tell(&server) > 0);
    assert_eq!(recipients(&server).await, std::slice::from_ref(&low));
    wish(&server, "absences_and_low_attendance").await;
    session(&server, "absent").await;
    let absent = mother("Ada: absent from Linear Algebra");
    assert_eq!(recipients(&server).await, [absent.clone(), low.clone()]);
    let taken = super::letters::taken(&server);
    let words = "Ada was marked absent from Linear Algebra (MA201) on";
    assert!(taken.iter().any(|letter| letter.body.contains(words)), "{taken:?}");
    let words = "Ada attended 33.3 % of the sessions of Linear Algebra (MA201) so far";
    assert!(taken.iter().any(|letter| letter.body.contains(words)), "{taken:?}");
    let journal = "/api/v1/journal?action=letter.to_guardian";
    let journal = server.get("registrar", journal).await.json();
    assert_eq!(journal["items"].as_array().unwrap().len(), 2, "{journal}");
    change(json!({"active": false})).await;
    session(&server, "absent").await;
    assert_eq!(recipients(&server).await, [absent, low], "nothing of somebody who has left");
}

on_both!(
    guardians_are_told_as_the_institution_wishes,
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
