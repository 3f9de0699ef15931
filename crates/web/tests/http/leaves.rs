//! Leave: asked for or entered, decided by the office; it excuses where nobody marked.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

fn day(server: &TestServer, later: i64) -> String {
    let at = jiff::Timestamp::from_microsecond((server.now() + Span::days(later)).0).unwrap();
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

async fn ask(server: &TestServer, first: i64, last: i64) -> Answer {
    let (starts_on, ends_on) = (day(server, first), day(server, last));
    let body = json!({"starts_on": starts_on, "ends_on": ends_on, "reason": "An operation"});
    server.post("student", "/api/v1/leaves", body).await
}

fn id(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn decide(server: &TestServer, who: &str, id: &str, approve: bool) -> Answer {
    let body = json!({"approve": approve, "comment": "Get well"});
    server.post(who, &format!("/api/v1/leaves/{id}/decision"), body).await
}

/// A session that closes with nobody marked.
async fn missed(server: &TestServer) {
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
}

/// The student's statuses, the latest session first, and their excused count.
async fn statuses(server: &TestServer) -> (Vec<String>, Value) {
    let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
    let class = server.get("student", &path).await.json()["classes"][0].clone();
    let sessions = class["sessions"].as_array().unwrap().iter();
    let statuses = sessions.map(|one| one["status"].as_str().unwrap().to_owned()).collect();
    (statuses, class["attendance"]["excused"].clone())
}

async fn approved_leave_excuses_sessions_to_come_and_those_that_are_over(mut server: TestServer) {
    missed(&server).await;
    let leave = id(&ask(&server, 0, 2).await);
    assert_eq!(statuses(&server).await, (vec!["absent".into()], json!(0)));
    assert_eq!(decide(&server, "registrar", &leave, true).await.json()["state"], "approved");
    assert_eq!(statuses(&server).await, (vec!["excused".into()], json!(1)));
    server.turn_days(1);
    missed(&server).await;
    server.turn_days(2);
    missed(&server).await;
    let all = ["absent", "excused", "excused"].map(str::to_owned).to_vec();
    assert_eq!(statuses(&server).await, (all, json!(2)));
}

async fn a_real_mark_beats_leave(server: TestServer) {
    let leave = id(&ask(&server, 0, 0).await);
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    decide(&server, "registrar", &leave, true).await;
    assert_eq!(statuses(&server).await, (vec!["present".into()], json!(0)));
}

async fn leave_that_ends_earlier_excuses_no_longer_what_came_after(mut server: TestServer) {
    let leave = id(&ask(&server, 0, 2).await);
    decide(&server, "registrar", &leave, true).await;
    missed(&server).await;
    server.turn_days(1);
    missed(&server).await;
    let ending = format!("/api/v1/leaves/{leave}/ending");
    let yesterday = json!({"last_day": day(&server, -1)});
    let ended = server.post("registrar", &ending, yesterday).await;
    assert_eq!(ended.json()["ends_on"], day(&server, -1), "{}", ended.text);
    let halved = ["absent", "excused"].map(str::to_owned).to_vec();
    assert_eq!(statuses(&server).await, (halved, json!(1)));
    let before = json!({"last_day": day(&server, -2)});
    let ended = server.post("registrar", &ending, before).await;
    assert_eq!(ended.json()["state"], "withdrawn");
    assert_eq!(statuses(&server).await.1, json!(0));
}

on_both!(
    approved_leave_excuses_sessions_to_come_and_those_that_are_over,
    a_real_mark_beats_leave,
    leave_that_ends_earlier_excuses_no_longer_what_came_after,
);

#[tokio::test]
async fn the_office_enters_leave_which_holds_at_once() {
    let server = TestServer::start(sqlite());
    missed(&server).await;
    let body = json!({
        "person": server.people["student"], "reason": "Funeral",
        "starts_on": day(&server, 0), "ends_on": day(&server, 0),
    });
    let entered = server.post("registrar", "/api/v1/leaves", body.clone()).await;
    assert_eq!(entered.json()["state"], "approved");
    assert_eq!(statuses(&server).await.0, ["excused"]);
    let others = server.post("student_2", "/api/v1/leaves", body).await;
    assert_eq!(others.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn leave_is_decided_by_the_office_and_seen_by_nobody_else() {
    let server = TestServer::start(sqlite());
    let leave = id(&ask(&server, 0, 2).await);
    for who in ["teacher", "assistant", "student", "student_2"] {
        assert_eq!(decide(&server, who, &leave, true).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    for who in ["teacher", "student_2"] {
        let seen = server.get(who, &format!("/api/v1/leaves/{leave}")).await;
        assert_eq!(seen.status, StatusCode::FORBIDDEN, "{who}");
    }
    let silent = json!({"approve": false});
    let path = format!("/api/v1/leaves/{leave}/decision");
    assert_eq!(
        server.post("registrar", &path, silent).await.json()["errors"][0]["pointer"],
        "/comment"
    );
    assert_eq!(decide(&server, "registrar", &leave, false).await.json()["state"], "refused");
    let inbox = server.get("student", "/api/v1/me/notices").await.json();
    assert_eq!(inbox["items"][0]["title"], "Your leave was refused");
    assert_eq!(decide(&server, "registrar", &leave, true).await.reason(), "already-decided");
}

#[tokio::test]
async fn the_same_days_are_not_asked_for_twice() {
    let server = TestServer::start(sqlite());
    let leave = id(&ask(&server, 0, 2).await);
    assert_eq!(ask(&server, 2, 3).await.json()["errors"][0]["pointer"], "/starts_on");
    assert_eq!(ask(&server, 3, 2).await.json()["errors"][0]["pointer"], "/ends_on");
    let withdrawal = format!("/api/v1/leaves/{leave}/withdrawal");
    assert_eq!(server.post("student", &withdrawal, json!({})).await.json()["state"], "withdrawn");
    assert_eq!(ask(&server, 2, 3).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn the_pages_lead_from_the_question_to_the_end() {
    let server = TestServer::start(sqlite());
    let form = server.get("student", "/leave/new").await.text;
    assert!(form.contains("Ask for leave") && !form.contains("Number of the student"));
    assert!(server.get("registrar", "/leave/new").await.text.contains("Number of the student"));
    let leave = id(&ask(&server, 0, 2).await);
    assert!(server.get("registrar", "/leave").await.text.contains("An operation"));
    let page = format!("/leave/{leave}");
    assert!(server.get("student", &page).await.text.contains("Withdraw"));
    assert!(server.get("registrar", &page).await.text.contains("Refuse"));
    decide(&server, "registrar", &leave, true).await;
    assert!(server.get("registrar", &page).await.text.contains("End the leave"));
    assert!(!server.get("student", &page).await.text.contains("End the leave"));
    let own = server.call("student", Method::GET, "/leave", Value::Null).await;
    assert!(own.text.contains("Approved"));
}
