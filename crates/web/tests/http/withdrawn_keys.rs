//! Phones that sign what they scan without a network, and are withdrawn: by their student, or by the
//! office.

use super::openapi::{document, hold};
use super::receipts::{Phone, close, code, listed, phone, registration, results};
use super::server::TestServer;
use axum::http::StatusCode;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

on_both!(
    a_withdrawn_phone_marks_nobody_by_codes_that_come_afterwards,
    what_it_scanned_before_is_judged_and_says_so,
    a_student_withdraws_their_own_phones_and_nobody_elses,
    whoever_signs_in_again_registers_the_phone_anew,
);

fn withdrawal(phone: &Phone) -> String {
    format!("/api/v1/device-keys/{}/withdrawal", phone.key)
}

/// The keys of a student as the office sees them.
async fn keys(server: &TestServer, who: &str) -> Vec<Value> {
    let path = format!("/api/v1/people/{}/device-keys", server.people[who]);
    let told = server.get("registrar", &path).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    told.json()["items"].as_array().unwrap().clone()
}

async fn a_withdrawn_phone_marks_nobody_by_codes_that_come_afterwards(mut server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(2));
    let done = server.post("registrar", &withdrawal(&phone), json!({})).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let done = done.json();
    assert_eq!(done["withdrawn_by"], json!(server.people["registrar"]));
    let again = server.post("registrar", &withdrawal(&phone), json!({})).await.json();
    assert_eq!(again, done, "withdrawn before, it stays so");
    assert_eq!(keys(&server, "student").await[0], done);
    // Whoever has the phone is signed out. What it scans counts by the time of the code.
    let out = server.get("student", "/api/v1/me").await;
    assert_eq!(out.status, StatusCode::UNAUTHORIZED);
    server.turn(Span::minutes(1));
    let after = phone.scan(&server, code(&server, session, opened.0));
    server.turn_days(0);
    let answer = phone.send(&server, &[&after]).await;
    assert_eq!(results(&answer), ["key-withdrawn"]);
    let words = answer[0]["detail"].as_str().unwrap();
    assert!(words.contains("withdrawn before the code was on the screen"), "{words}");
    assert_eq!(results(&phone.send(&server, &[&after]).await), ["key-withdrawn"], "ever again");
    close(&server, session).await;
    assert_eq!(listed(&server, session, "student").await["method"], "filler");

    let path = "/api/v1/journal?action=device_key.withdraw";
    let entries = server.get("registrar", path).await.json()["items"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 1, "{entries}");
    assert_eq!(entries[0]["actor_name"], "registrar");
    let inbox = server.get("student", "/api/v1/me/notices").await.json();
    let told = inbox["items"].as_array().unwrap().iter();
    let told = told.filter(|one| one["title"] == "A phone of yours was withdrawn");
    let told: Vec<_> = told.collect();
    assert_eq!(told.len(), 1, "{inbox}");
    let body = told[0]["body"].as_str().unwrap();
    assert!(body.starts_with("Somebody in the office withdrew Blue phone."), "{body}");
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains("withdrawn before the code was on the screen"), "{page}");
}

async fn what_it_scanned_before_is_judged_and_says_so(mut server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(2));
    let before = phone.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(5));
    server.post("registrar", &withdrawal(&phone), json!({})).await;
    server.turn(Span::minutes(20));
    server.turn_days(0);
    let answer = phone.send(&server, &[&before]).await;
    assert_eq!((results(&answer), &answer[0]["status"]), (vec!["accepted"], &json!("present")));
    let mark = listed(&server, session, "student").await;
    let flags = mark["flags"].as_array().unwrap();
    assert!(flags.contains(&json!("withdrawn-since")), "{mark}");
}

async fn a_student_withdraws_their_own_phones_and_nobody_elses(server: TestServer) {
    let own = phone(&server, "student", 1).await;
    let other = phone(&server, "student_2", 2).await;
    for who in ["student", "teacher", "assistant", "finance"] {
        let refused = server.post(who, &withdrawal(&other), json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
        let path = format!("/api/v1/people/{}/device-keys", server.people["student_2"]);
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert_eq!(keys(&server, "student_2").await[0]["withdrawn_at"], Value::Null);
    let page = server.get("student", "/logins").await.text;
    let form = format!("/device-keys/{}/withdrawal", own.key);
    assert!(page.contains("Blue phone") && page.contains(&form), "{page}");
    let done = server.form("student", &form, "").await;
    assert_eq!(done.headers["location"], "/logins", "{}", done.text);
    // Whoever asks stays signed in, and sees what came of it.
    let page = server.get("student", "/logins").await.text;
    assert!(page.contains("Withdrawn") && !page.contains(&form), "{page}");
    let path = format!("/people/{}/devices", server.people["student_2"]);
    let page = server.get("registrar", &path).await.text;
    let form =
        format!("/people/{}/device-keys/{}/withdrawal", server.people["student_2"], other.key);
    assert!(page.contains(&form), "{page}");
    let done = server.form("registrar", &form, "").await;
    assert_eq!(done.headers["location"].to_str().unwrap(), path, "{}", done.text);
    let page = server.get("registrar", &path).await.text;
    assert!(page.contains("Withdrawn") && !page.contains(&form), "{page}");
}

async fn whoever_signs_in_again_registers_the_phone_anew(mut server: TestServer) {
    let mut old = phone(&server, "student", 1).await;
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(1));
    let before = old.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(1));
    server.post("student", &withdrawal(&old), json!({})).await;
    let same = server.post("student", "/api/v1/device-keys", registration(1)).await;
    assert_eq!((same.status, same.reason()), (StatusCode::CONFLICT, "key-withdrawn".to_owned()));
    let mut new = phone(&server, "student", 3).await;
    // The new key is no way around: it is newer than the session. What the old one signed counts.
    let late = new.scan(&server, code(&server, session, opened.0));
    assert_eq!(results(&new.send(&server, &[&late]).await), ["key-too-new"]);
    assert_eq!(results(&new.send(&server, &[&before]).await), ["accepted"]);
    close(&server, session).await;
    server.turn_days(1);
    let (session, opened) = (server.open_session().await, server.now());
    let signed = new.scan(&server, code(&server, session, opened.0));
    assert_eq!(results(&new.send(&server, &[&signed]).await), ["accepted"]);
}

#[tokio::test]
async fn the_answers_about_keys_are_what_the_document_promises() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let phone = phone(&server, "student", 1).await;
    let list = format!("/api/v1/people/{}/device-keys", server.people["student"]);
    let told = server.get("student", &list).await;
    hold(&document, ("GET", "/api/v1/people/{id}/device-keys"), &told);
    let told = server.post("student", &withdrawal(&phone), json!({})).await;
    hold(&document, ("POST", "/api/v1/device-keys/{id}/withdrawal"), &told);
}
