//! Online classes: the link, the one-time password, and who may do with a roll number alone.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::{Database, postgres, sqlite};
use serde_json::{Value, json};
use std::net::SocketAddr;

/// Opens an online session of the first class.
pub async fn open(server: &TestServer) -> SessionId {
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let answer = server.post("teacher", &path, json!({"mode": "online"})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().parse().unwrap()
}

/// The link's token and the password of the moment.
pub async fn told(server: &TestServer, session: SessionId) -> (String, String) {
    let code = server.get("teacher", &format!("/api/v1/sessions/{session}/code")).await.json();
    let link = code["online_link"].as_str().unwrap();
    let token = link.rsplit('/').next().unwrap().to_owned();
    (token, code["otp"].as_str().unwrap().to_owned())
}

async fn enter(server: &TestServer, who: &str, token: &str, otp: &str) -> Answer {
    server.post(who, "/api/v1/marks", json!({"otp": otp, "session_token": token})).await
}

/// As somebody who did not sign in, from an address.
async fn by_roll(server: &TestServer, from: [u8; 4], body: Value) -> Answer {
    let body = Body::from(body.to_string());
    let mut request = server.request("nobody", Method::POST, "/api/v1/marks", body);
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let address: SocketAddr = (from, 9).into();
    request.extensions_mut().insert(ConnectInfo(address));
    server.send(request).await
}

/// Lets a roll number stand for its student.
pub async fn allow_roll_numbers(server: &TestServer) {
    let body = json!({"online_roll_numbers": true});
    let set = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
    assert_eq!(set.json()["online_roll_numbers"], true, "{}", set.text);
}

async fn marking(database: Database) {
    let server = TestServer::start(database);
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    let marked = enter(&server, "student", &token, &otp).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    assert_eq!(enter(&server, "student", &token, &otp).await.status, StatusCode::OK);
    let list = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    assert_eq!(list["items"][0]["method"], "otp");
    allow_roll_numbers(&server).await;
    let body = json!({"otp": otp, "session_token": token, "roll_number": "2"});
    let marked = by_roll(&server, [192, 0, 2, 1], body).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
}

#[tokio::test]
async fn the_link_and_the_password_mark() {
    marking(sqlite()).await;
}

#[tokio::test]
async fn the_link_and_the_password_mark_on_postgres() {
    marking(postgres()).await;
}

#[tokio::test]
async fn the_previous_password_still_counts_and_an_older_one_has_expired() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    server.turn(Span::seconds(30));
    assert_ne!(told(&server, session).await.1, otp);
    assert_eq!(enter(&server, "student", &token, &otp).await.status, StatusCode::CREATED);
    server.turn(Span::seconds(30));
    assert_eq!(enter(&server, "student_2", &token, &otp).await.reason(), "code-expired");
}

#[tokio::test]
async fn no_student_is_given_the_password() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    let spaced = format!("{} {}", &otp[..3], &otp[3..]);
    let code = format!("/api/v1/sessions/{session}/code");
    assert_eq!(server.get("student", &code).await.status, StatusCode::FORBIDDEN);
    for path in ["/", "/mark", &format!("/online/{token}"), "/api/v1/me"] {
        let page = server.get("student", path).await.text;
        assert!(!page.contains(&otp) && !page.contains(&spaced), "{path}");
    }
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains(&spaced) && page.contains(&format!("/online/{token}")));
}

#[tokio::test]
async fn a_guessed_link_leads_nowhere_and_a_class_in_its_room_has_none() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    let (short, tag) = token.split_at(10);
    let guessed = format!("{short}{}", tag.chars().rev().collect::<String>());
    for path in [format!("/online/{guessed}"), "/online/aaaa".to_owned()] {
        assert_eq!(server.get("student", &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(enter(&server, "student", &guessed, &otp).await.reason(), "code-invalid");
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let session = server.open_session().await;
    let code = server.get("teacher", &format!("/api/v1/sessions/{session}/code")).await.json();
    assert_eq!((&code["otp"], &code["online_link"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn a_roll_number_is_enough_only_where_the_settings_say_so() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    let body =
        |otp: &str, roll: &str| json!({"otp": otp, "session_token": token, "roll_number": roll});
    let from = [192, 0, 2, 1];
    let refused = by_roll(&server, from, body(&otp, "1")).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{}", refused.text);
    let path = format!("/online/{token}");
    let page = server.get("nobody", &path).await;
    assert_eq!(page.headers["location"], format!("/sign-in?back=/online/{token}"));
    allow_roll_numbers(&server).await;
    assert!(server.get("nobody", &path).await.text.contains("Your roll number"));
    assert!(!server.get("student", &path).await.text.contains("Your roll number"));
    assert_eq!(by_roll(&server, from, body(&otp, "1")).await.status, StatusCode::CREATED);
    assert_eq!(by_roll(&server, from, body(&otp, "99")).await.reason(), "not-enrolled");
    // Without the password nobody learns who is marked already, or enrolled.
    let wrong = if otp == "123456" { "654321" } else { "123456" };
    for roll in ["1", "99"] {
        assert_eq!(by_roll(&server, from, body(wrong, roll)).await.reason(), "code-invalid");
    }
}

#[tokio::test]
async fn the_page_says_what_is_wrong_beside_the_field() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    allow_roll_numbers(&server).await;
    let submit = async |body: String| {
        let path = format!("/online/{token}");
        let mut request = server.request("nobody", Method::POST, &path, Body::from(body));
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert("content-type", kind);
        server.send(request).await
    };
    let wrong = submit("otp=12&roll_number=1".to_owned()).await;
    assert_eq!(wrong.status, StatusCode::CONFLICT);
    assert!(wrong.text.contains("id=\"otp-error\"") && wrong.text.contains("value=\"1\""));
    let nobody = submit(format!("otp={otp}&roll_number=77")).await;
    assert!(nobody.text.contains("Nobody in this class has this roll number."));
    let done = submit(format!("otp={otp}&roll_number=1")).await;
    assert!(done.text.contains("You are marked"), "{}", done.text);
    let again = submit(format!("otp={otp}&roll_number=1")).await;
    assert!(again.text.contains("You were marked already"));
}

#[tokio::test]
async fn guesses_are_limited_per_address_and_lock_nobody_out_elsewhere() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    allow_roll_numbers(&server).await;
    let (token, otp) = told(&server, session).await;
    let body =
        |otp: &str, roll: &str| json!({"otp": otp, "session_token": token, "roll_number": roll});
    let wrong = if otp == "123456" { "654321" } else { "123456" };
    for guess in 0..50 {
        let roll = format!("9{guess}");
        assert_eq!(
            by_roll(&server, [192, 0, 2, 1], body(wrong, &roll)).await.reason(),
            "code-invalid"
        );
    }
    let right = body(&otp, "1");
    let waits = by_roll(&server, [192, 0, 2, 1], right.clone()).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS, "{}", waits.text);
    assert!(waits.headers.contains_key("retry-after"));
    assert_eq!(by_roll(&server, [192, 0, 2, 2], right).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_student_who_guesses_waits_but_a_class_behind_one_address_does_not() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    let wrong = if otp == "123456" { "654321" } else { "123456" };
    for _ in 0..5 {
        assert_eq!(enter(&server, "student", &token, wrong).await.reason(), "code-invalid");
    }
    let waits = enter(&server, "student", &token, &otp).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(enter(&server, "student_2", &token, &otp).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_number_of_somebody_who_may_not_sign_in_any_more_marks_nobody() {
    let server = TestServer::start(sqlite());
    let session = open(&server).await;
    let (token, otp) = told(&server, session).await;
    allow_roll_numbers(&server).await;
    let path = format!("/api/v1/people/{}", server.people["student"]);
    let gone = server.call("registrar", Method::PATCH, &path, json!({"active": false})).await;
    assert!(gone.status.is_success(), "{}", gone.text);
    let body = json!({"otp": otp, "session_token": token, "roll_number": "1"});
    assert_eq!(by_roll(&server, [192, 0, 2, 1], body).await.reason(), "not-enrolled");
}
