//! Passing codes on: whose phone it is, and from where.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::{Database, postgres, sqlite};
use serde_json::{Value, json};
use std::net::SocketAddr;

const CAMPUS: [u8; 4] = [10, 20, 0, 1];
const ELSEWHERE: [u8; 4] = [192, 0, 2, 1];

/// The device whose cookie ends in that digit.
fn device(digit: u8) -> String {
    format!("01890000-0000-4000-8000-00000000000{digit}")
}

async fn set(server: &TestServer, body: Value) {
    let answer = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

/// Marks a student by the code on the wall, with a phone, from an address.
async fn mark(
    server: &TestServer,
    session: SessionId,
    who: &str,
    phone: u8,
    from: [u8; 4],
) -> Answer {
    let (link, _) = server.code(session).await;
    let body = Body::from(json!({"code": link}).to_string());
    let mut request = server.request(who, Method::POST, "/api/v1/marks", body);
    let cookie = format!("muster_device={}", device(phone));
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let address: SocketAddr = (from, 9).into();
    request.extensions_mut().insert(ConnectInfo(address));
    server.send(request).await
}

async fn second_student(database: Database) {
    let server = TestServer::start(database);
    let session = server.open_session().await;
    set(&server, json!({"device_rule": "refuse"})).await;
    assert_eq!(mark(&server, session, "student", 1, CAMPUS).await.status, StatusCode::CREATED);
    let refused = mark(&server, session, "student_2", 1, CAMPUS).await;
    assert_eq!((refused.status, refused.reason().as_str()), (StatusCode::CONFLICT, "device-taken"));
    assert_eq!(mark(&server, session, "student_2", 2, CAMPUS).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_second_student_on_one_phone_is_refused() {
    second_student(sqlite()).await;
}

#[tokio::test]
async fn a_second_student_on_one_phone_is_refused_on_postgres() {
    second_student(postgres()).await;
}

#[tokio::test]
async fn a_second_student_on_one_phone_is_accepted_by_the_milder_settings() {
    for rule in ["flag", "off"] {
        let server = TestServer::start(sqlite());
        let session = server.open_session().await;
        set(&server, json!({"device_rule": rule})).await;
        for who in ["student", "student_2"] {
            let marked = mark(&server, session, who, 1, CAMPUS).await;
            assert_eq!(marked.status, StatusCode::CREATED, "{rule}: {}", marked.text);
        }
    }
}

#[tokio::test]
async fn a_phone_stays_its_students_from_session_to_session() {
    let server = TestServer::start(sqlite());
    set(&server, json!({"device_rule": "refuse"})).await;
    let first = server.open_session().await;
    mark(&server, first, "student", 1, CAMPUS).await;
    server.post("teacher", &format!("/api/v1/sessions/{first}/closure"), json!({})).await;
    let second = server.open_session().await;
    assert_eq!(mark(&server, second, "student_2", 1, CAMPUS).await.reason(), "device-taken");
    assert_eq!(mark(&server, second, "student", 1, CAMPUS).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn marks_from_outside_the_campus_are_refused_in_class_and_taken_online() {
    let server = TestServer::start(sqlite());
    set(&server, json!({"campus_networks": "10.20.0.0/16", "network_rule": "refuse"})).await;
    let session = server.open_session().await;
    assert_eq!(mark(&server, session, "student", 1, ELSEWHERE).await.reason(), "wrong-network");
    assert_eq!(mark(&server, session, "student", 1, CAMPUS).await.status, StatusCode::CREATED);
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let online = super::online::open(&server).await;
    let (token, otp) = super::online::told(&server, online).await;
    let body = json!({"otp": otp, "session_token": token});
    assert_eq!(server.post("student", "/api/v1/marks", body).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_network_that_is_none_is_told_beside_its_field() {
    let server = TestServer::start(sqlite());
    let body = json!({"campus_networks": "10.20.0.0/16\ncampus"});
    let wrong = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await.json();
    assert_eq!(wrong["errors"][0]["pointer"], "/campus_networks");
    assert!(wrong["errors"][0]["detail"].as_str().unwrap().starts_with("campus is no network"));
}

/// Each marked student's flags.
async fn flags(server: &TestServer, session: SessionId) -> Vec<(String, Vec<String>)> {
    let list = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let items = list["items"].as_array().unwrap().iter().map(|item| {
        let flags = item["flags"].as_array().unwrap().iter();
        let flags = flags.map(|flag| flag.as_str().unwrap().to_owned());
        (item["name"].as_str().unwrap().to_owned(), flags.collect())
    });
    items.collect()
}

fn flagged(who: &str, flags: &[&str]) -> (String, Vec<String>) {
    (who.to_owned(), flags.iter().map(|&flag| flag.to_owned()).collect())
}

async fn enrol(server: &TestServer, who: &str) {
    let path = format!("/api/v1/classes/{}/enrolments", server.class);
    let answer = server.post("registrar", &path, json!({"numbers": [who]})).await;
    assert!(answer.status.is_success(), "{}", answer.text);
}

#[tokio::test]
async fn one_phone_for_two_students_is_flagged_at_both() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    mark(&server, session, "student", 1, CAMPUS).await;
    assert_eq!(flags(&server, session).await, [flagged("student", &[])]);
    mark(&server, session, "student_2", 1, CAMPUS).await;
    let both = [flagged("student", &["shared-device"]), flagged("student_2", &["shared-device"])];
    assert_eq!(flags(&server, session).await, both);
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains("Worth a look") && page.contains("<span class=\"tag\">Shared device"));
    set(&server, json!({"device_rule": "off"})).await;
    assert_eq!(flags(&server, session).await, [flagged("student", &[]), flagged("student_2", &[])]);
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(!page.contains("Worth a look"));
}

/// Enters a password under a roll number, with a phone, from an address.
async fn enter(server: &TestServer, body: Value, phone: u8, from: [u8; 4]) {
    let body = Body::from(body.to_string());
    let mut request = server.request("nobody", Method::POST, "/api/v1/marks", body);
    let cookie = format!("muster_device={}", device(phone));
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let address: SocketAddr = (from, 9).into();
    request.extensions_mut().insert(ConnectInfo(address));
    let marked = server.send(request).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
}

async fn friend_outside(database: Database) {
    let server = TestServer::start(database);
    set(&server, json!({"campus_networks": "10.20.0.0/16", "online_roll_numbers": true})).await;
    enrol(&server, "stranger").await;
    let lecture = server.open_session().await;
    mark(&server, lecture, "stranger", 3, CAMPUS).await;
    server.post("teacher", &format!("/api/v1/sessions/{lecture}/closure"), json!({})).await;
    server.turn(Span::hours(1));
    let session = super::online::open(&server).await;
    let (token, otp) = super::online::told(&server, session).await;
    // Two are on the campus; the third's roll number is entered elsewhere, on the second's phone.
    for (roll, phone, from) in [("1", 1, CAMPUS), ("3", 4, CAMPUS), ("2", 3, ELSEWHERE)] {
        let body = json!({"otp": otp, "session_token": token, "roll_number": roll});
        enter(&server, body, phone, from).await;
    }
    let expected = [
        flagged("student", &[]),
        flagged("student_2", &["shared-device", "outside-network"]),
        flagged("stranger", &["new-device"]),
    ];
    assert_eq!(flags(&server, session).await, expected);
}

#[tokio::test]
async fn a_password_read_out_to_a_friend_outside_is_flagged_by_phone_and_network() {
    friend_outside(sqlite()).await;
}

#[tokio::test]
async fn a_password_read_out_to_a_friend_outside_is_flagged_on_postgres_too() {
    friend_outside(postgres()).await;
}

#[tokio::test]
async fn a_phone_that_was_freed_is_the_next_students() {
    let server = TestServer::start(sqlite());
    set(&server, json!({"device_rule": "refuse"})).await;
    let session = server.open_session().await;
    mark(&server, session, "student", 1, CAMPUS).await;
    let person = server.people["student"];
    let page = server.get("registrar", &format!("/people/{person}/devices")).await;
    assert!(page.text.contains("01890000"), "{}", page.text);
    let list = format!("/api/v1/people/{person}/devices");
    assert_eq!(server.get("registrar", &list).await.json()["items"][0]["id"], device(1));
    let path = format!("{list}/{}", device(1));
    let freed = server.call("registrar", Method::DELETE, &path, json!({})).await;
    assert_eq!(freed.status, StatusCode::NO_CONTENT);
    let again = server.call("registrar", Method::DELETE, &path, json!({})).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(mark(&server, session, "student_2", 1, CAMPUS).await.status, StatusCode::CREATED);
}

async fn phone_that_says_nothing(database: Database) {
    let server = TestServer::start(database);
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    assert_eq!(flags(&server, session).await, [flagged("student", &["unknown-device"])]);
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains("<span class=\"tag\">Unknown device"));
    set(&server, json!({"device_rule": "refuse"})).await;
    let refused = server.post("student_2", "/api/v1/marks", json!({"code": link})).await;
    assert_eq!(refused.reason(), "device-unknown");
    assert_eq!(mark(&server, session, "student_2", 2, CAMPUS).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_mark_whose_phone_nobody_knows_is_flagged_or_refused() {
    phone_that_says_nothing(sqlite()).await;
}

#[tokio::test]
async fn a_mark_whose_phone_nobody_knows_is_flagged_or_refused_on_postgres() {
    phone_that_says_nothing(postgres()).await;
}
