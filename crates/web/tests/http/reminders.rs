//! Reminders: whom they concern, once a day for each reason, and what staff see afterwards.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

async fn missed(server: &TestServer) {
    server.turn(Span::hours(1));
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}/marks/{}", server.people["student_2"]);
    server.call("teacher", Method::PUT, &path, json!({"status": "present"})).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
}

async fn candidates(server: &TestServer, reason: &str) -> Vec<Value> {
    let path = format!("/api/v1/classes/{}/reminder-candidates?reason={reason}", server.class);
    server.get("teacher", &path).await.json()["items"].as_array().unwrap().clone()
}

async fn send(server: &TestServer, who: &str, reason: &str, person: &str) -> Answer {
    let body = json!({"reason": reason, "people": [server.people[person]], "text": "Please come."});
    server.post(who, &format!("/api/v1/classes/{}/reminders", server.class), body).await
}

async fn nobody_is_reminded_twice_a_day_for_one_reason(mut server: TestServer) {
    missed(&server).await;
    let found = candidates(&server, "absent_today").await;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["person"], server.people["student"].to_string());
    let first = send(&server, "teacher", "absent_today", "student").await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    assert_eq!(first.json()["sent"].as_array().unwrap().len(), 1);
    let again = send(&server, "assistant", "absent_today", "student").await.json();
    assert_eq!((again["sent"].clone(), again["already"].as_array().unwrap().len()), (json!([]), 1));
    assert_eq!(candidates(&server, "absent_today").await[0]["reminded"], true);
    let other = send(&server, "assistant", "other", "student").await.json();
    assert_eq!(other["sent"].as_array().unwrap().len(), 1);
    server.turn_days(1);
    assert!(candidates(&server, "absent_today").await.is_empty());
    missed(&server).await;
    let next = send(&server, "teacher", "absent_today", "student").await.json();
    assert_eq!(next["sent"].as_array().unwrap().len(), 1);
    let path =
        format!("/api/v1/classes/{}/students/{}/reminders", server.class, server.people["student"]);
    let sent = server.get("teacher", &path).await.json();
    assert_eq!(sent["items"].as_array().unwrap().len(), 3);
    assert_eq!(sent["items"][0]["text"], "Please come.");
    let inbox = server.get("student", "/api/v1/me/notices").await.json();
    assert_eq!(inbox["items"][0]["title"], "Reminder: Linear Algebra");
}

async fn absences_in_a_row_are_a_risk(server: TestServer) {
    assert!(candidates(&server, "at_risk").await.is_empty());
    for _ in 0..3 {
        missed(&server).await;
    }
    let risky = candidates(&server, "at_risk").await;
    assert_eq!(risky.len(), 1);
    assert_eq!(risky[0]["level"], "critical");
    assert_eq!(candidates(&server, "other").await.len(), 2);
}

/// The students whom the class's page lists as at risk.
async fn listed_at_risk(server: &TestServer) -> String {
    let page = format!("/classes/{}?badge=at-risk", server.class);
    let page = server.get("teacher", &page).await.text;
    page[page.find("id=\"students\"").unwrap()..].to_owned()
}

async fn whoever_missed_several_in_a_row_is_at_risk_on_every_screen(server: TestServer) {
    for _ in 0..9 {
        let session = server.open_session().await;
        let path = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
        server.call("teacher", Method::PUT, &path, json!({"status": "present"})).await;
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
        server.turn(Span::minutes(20));
    }
    let student = server.people["student"].to_string();
    assert!(!listed_at_risk(&server).await.contains(&student));
    for _ in 0..3 {
        missed(&server).await;
    }
    let shown = listed_at_risk(&server).await;
    assert!(shown.contains(&student) && shown.contains("3 missed in a row"), "{shown}");
    let figures = format!("/api/v1/classes/{}/figures", server.class);
    let figures = server.get("teacher", &figures).await.json();
    let row = figures["students"].as_array().unwrap().iter();
    let row = row.clone().find(|row| row["person"] == student.as_str()).unwrap();
    assert_eq!((&row["attendance"]["level"], &row["at_risk"]), (&json!("safe"), &json!(true)));
    let risky = candidates(&server, "at_risk").await;
    assert!(risky.iter().any(|one| one["person"] == student.as_str()), "{risky:?}");
}

/// Wants a letter of each reminder, sent to that address.
async fn wants_letters(server: &TestServer, who: &str, address: &str) {
    let person = format!("/api/v1/people/{}", server.people[who]);
    let body = json!({"email": address});
    let known = server.call("registrar", Method::PATCH, &person, body).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text);
    let choice = json!({"email": ["reminder"]});
    let chosen = server.call(who, Method::PUT, "/api/v1/me/notice-channels", choice).await;
    assert_eq!(chosen.json()["email"], json!(["reminder"]), "{}", chosen.text);
}

async fn a_reminder_is_one_letter_to_those_who_chose_letters(server: TestServer) {
    wants_letters(&server, "student", "one@campus.example").await;
    let other = format!("/api/v1/people/{}", server.people["student_2"]);
    let address = json!({"email": "two@campus.example"});
    server.call("registrar", Method::PATCH, &other, address).await;
    missed(&server).await;
    for (reason, who) in
        [("absent_today", "student"), ("absent_today", "student"), ("other", "student_2")]
    {
        let sent = send(&server, "teacher", reason, who).await;
        assert!(sent.status.is_success(), "{who}: {}", sent.text);
    }
    let letters = server.get("registrar", "/api/v1/letters").await.json();
    let letters = letters["items"].as_array().unwrap();
    assert_eq!(letters.len(), 1, "{letters:?}");
    assert_eq!(letters[0]["recipient"], "one@campus.example");
    assert_eq!(letters[0]["subject"], "Reminder: Linear Algebra");
    let taken = super::letters::taken(&server);
    assert!(taken[0].body.contains("Please come."), "{}", taken[0].body);
    let told = server.get("student_2", "/api/v1/me/notices").await.json();
    assert_eq!(told["items"][0]["kind"], "reminder", "who chose no letter finds it here: {told}");
}

on_both!(
    a_reminder_is_one_letter_to_those_who_chose_letters,
    nobody_is_reminded_twice_a_day_for_one_reason,
    absences_in_a_row_are_a_risk,
    whoever_missed_several_in_a_row_is_at_risk_on_every_screen,
);

#[tokio::test]
async fn only_the_class_is_reminded_and_only_by_its_staff() {
    let server = TestServer::start(sqlite());
    missed(&server).await;
    let refused = send(&server, "teacher_b", "absent_today", "student").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for (reason, person) in [("absent_today", "student_2"), ("other", "stranger")] {
        let refused = send(&server, "teacher", reason, person).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], "/people", "{person}");
    }
    let body = json!({"reason": "rumour", "people": [], "text": " "});
    let path = format!("/api/v1/classes/{}/reminders", server.class);
    let wrong = server.post("teacher", &path, body).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/reason");
}

#[tokio::test]
async fn the_pages_lead_from_the_list_to_what_was_sent() {
    let server = TestServer::start(sqlite());
    missed(&server).await;
    let class = format!("/classes/{}", server.class);
    let link = format!("{class}/reminders");
    assert!(server.get("teacher", &class).await.text.contains(&link));
    let page = server.get("teacher", &link).await.text;
    let ticked = format!("value=\"{}\" checked", server.people["student"]);
    assert!(page.contains(&ticked) && page.contains("You were not in class today."));
    send(&server, "teacher", "absent_today", "student").await;
    let page = server.get("teacher", &link).await.text;
    assert!(page.contains("Reminded") && !page.contains(" checked"));
    let student = format!("{class}/students/{}", server.people["student"]);
    let history = server.get("teacher", &student).await.text;
    assert!(history.contains("Please come.") && history.contains("Reminded"));
    let own = server.get("student", &format!("{class}/attendance")).await.text;
    assert!(!own.contains("Please come."));
}
