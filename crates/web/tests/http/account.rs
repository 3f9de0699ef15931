//! One's own password, logins and figures; and what happens to those who may no longer act.

use super::server::{PASSWORD, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

async fn change(server: &TestServer, present: &str, password: &str) -> super::server::Answer {
    let body = json!({"present": present, "password": password});
    server.call("teacher", Method::PUT, "/api/v1/me/password", body).await
}

async fn sign_in(server: &TestServer, identifier: &str, password: &str) -> StatusCode {
    let body = json!({"identifier": identifier, "password": password});
    server.post("nobody", "/api/v1/tokens", body).await.status
}

#[tokio::test]
async fn a_new_password_ends_every_other_login() {
    let server = TestServer::start(sqlite());
    assert_eq!(sign_in(&server, "teacher", PASSWORD).await, StatusCode::CREATED);
    let short = change(&server, PASSWORD, "short").await;
    assert_eq!(short.json()["errors"][0]["pointer"], "/password");
    let done = change(&server, PASSWORD, "lamp river seventeen").await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let logins = server.get("teacher", "/api/v1/me/logins").await.json();
    let logins = logins["items"].as_array().unwrap();
    assert_eq!((logins.len(), &logins[0]["current"]), (1, &json!(true)));
    assert_eq!(sign_in(&server, "teacher", PASSWORD).await, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "teacher", "lamp river seventeen").await, StatusCode::CREATED);
}

#[tokio::test]
async fn whoever_finds_an_unlocked_phone_may_not_guess_the_present_password() {
    let server = TestServer::start(sqlite());
    for _ in 0..5 {
        let wrong = change(&server, "not this one at all", "lamp river seventeen").await;
        assert_eq!(wrong.json()["errors"][0]["pointer"], "/present");
    }
    let locked = change(&server, PASSWORD, "lamp river seventeen").await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    server.turn(Span::minutes(1));
    let right = change(&server, PASSWORD, "lamp river seventeen").await;
    assert_eq!(right.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn who_is_deactivated_in_the_middle_marks_no_more() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let path = format!("/api/v1/people/{}", server.people["student"]);
    let off = server.call("registrar", Method::PATCH, &path, json!({"active": false})).await;
    assert_eq!(off.status, StatusCode::OK, "{}", off.text);
    let mark = server.post("student", "/api/v1/marks", json!({"code": link})).await;
    assert_eq!(mark.status, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in(&server, "student", PASSWORD).await, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_registrar_has_no_power_over_an_administrator() {
    let server = TestServer::start(sqlite());
    let path = format!("/api/v1/people/{}", server.people["super_administrator"]);
    let reset = server.post("registrar", &format!("{path}/reset-codes"), json!({})).await;
    assert_eq!(reset.status, StatusCode::FORBIDDEN, "{}", reset.text);
    let off = server.call("registrar", Method::PATCH, &path, json!({"active": false})).await;
    assert_eq!(off.status, StatusCode::FORBIDDEN);
    let own = format!("/api/v1/people/{}/roles", server.people["registrar"]);
    let rise = server.post("registrar", &own, json!({"role": "super_administrator"})).await;
    assert_eq!(rise.status, StatusCode::FORBIDDEN);
    let code = server
        .post(
            "registrar",
            &format!("/api/v1/people/{}/reset-codes", server.people["teacher"]),
            json!({}),
        )
        .await;
    assert_eq!(code.status, StatusCode::CREATED);
}

#[tokio::test]
async fn figures_are_told_to_the_student_and_the_staff_of_the_class_alone() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
    assert_eq!(server.get("student", &path).await.json()["overall"]["percentage"], Value::Null);
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    for who in ["student", "teacher", "registrar"] {
        let figures = server.get(who, &path).await.json();
        assert_eq!(figures["overall"]["percentage"], json!(100.0), "{who}: {figures}");
        assert_eq!(figures["classes"][0]["sessions"][0]["status"], "present");
    }
    for who in ["student_2", "teacher_b"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn a_photo_is_shown_to_the_staff_of_the_class_and_not_to_other_students() {
    let server = TestServer::start(sqlite());
    let student = server.people["student"];
    let photo = muster_storage::photos::PhotoRow {
        media_type: "image/svg+xml".to_owned(),
        digest: vec![1],
        content: b"<svg/>".to_vec(),
    };
    server.plant(None, move |tx, _| Ok(muster_storage::photos::put_photo(tx, student, &photo, 0)?));
    let path = format!("/people/{student}/photo");
    for who in ["student", "teacher", "assistant", "registrar"] {
        assert_eq!(server.get(who, &path).await.text, "<svg/>", "{who}");
    }
    for who in ["student_2", "teacher_b"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    let session = server.open_session().await;
    assert!(server.get("teacher", &format!("/sessions/{session}")).await.text.contains(&path));
}
