//! Requests that are sent again under the same `Idempotency-Key`, and bodies that make no sense.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_app::Ctx;
use muster_app::academics::{TermInput, create_term};
use muster_app::idempotency::{self, Keyed, Turn};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::time::{Date, Span};
use muster_testkit::{Database, postgres, sqlite};
use serde_json::{Value, json};
use std::sync::Arc;

const TERMS: &str = "/api/v1/terms";

fn term() -> Value {
    json!({"name": "Summer", "starts_on": "2026-06-01", "ends_on": "2026-07-31"})
}

async fn send(server: &TestServer, who: &str, key: &str, body: &str) -> Answer {
    let mut request = server.request(who, Method::POST, TERMS, Body::from(body.to_owned()));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request.headers_mut().insert("idempotency-key", key.parse().unwrap());
    server.send(request).await
}

async fn count(server: &TestServer) -> usize {
    server.get("registrar", TERMS).await.json()["items"].as_array().unwrap().len()
}

#[tokio::test]
async fn the_same_request_again_is_answered_as_before_and_done_once() {
    let server = TestServer::start(sqlite());
    let first = send(&server, "registrar", "a", &term().to_string()).await;
    let again = send(&server, "registrar", "a", &term().to_string()).await;
    assert_eq!((first.status, again.status), (StatusCode::CREATED, StatusCode::CREATED));
    assert_eq!(first.text, again.text);
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(count(&server).await, 2);
    server.turn(Span::hours(25));
    let late = send(&server, "registrar", "a", &term().to_string()).await;
    assert_eq!(late.status, StatusCode::UNAUTHORIZED, "the login has ended too");
}

#[tokio::test]
async fn another_request_under_the_key_is_refused_and_another_person_has_keys_of_their_own() {
    let server = TestServer::start(sqlite());
    send(&server, "registrar", "a", &term().to_string()).await;
    let other = json!({"name": "Winter", "starts_on": "2026-11-01", "ends_on": "2027-01-31"});
    let reused = send(&server, "registrar", "a", &other.to_string()).await;
    assert_eq!(reused.reason(), "idempotency-key-reused");
    let own = send(&server, "super_administrator", "a", &other.to_string()).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.text);
    let empty = send(&server, "registrar", "", &other.to_string()).await;
    assert_eq!(empty.json()["errors"][0]["pointer"], "/idempotency-key");
}

#[tokio::test]
async fn a_refusal_is_not_kept() {
    let server = TestServer::start(sqlite());
    let taken = json!({"name": "Spring", "starts_on": "2026-06-01", "ends_on": "2026-07-31"});
    assert_eq!(send(&server, "registrar", "a", &taken.to_string()).await.status, 422);
    assert_eq!(send(&server, "registrar", "a", &term().to_string()).await.status, 201);
}

async fn ten_at_once(database: Database) {
    let server = TestServer::start(database);
    let body = term().to_string();
    let all = (0..10).map(|_| send(&server, "registrar", "a", &body));
    for answer in futures_util::future::join_all(all).await {
        let fine = answer.status == 201 || answer.reason() == "in-progress";
        assert!(fine, "{} {}", answer.status, answer.text);
    }
    assert_eq!(count(&server).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_at_once_are_done_once_on_sqlite() {
    ten_at_once(sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_at_once_are_done_once_on_postgres() {
    ten_at_once(postgres()).await;
}

/// Begins a request as the server does, and dies before its answer is kept: after the change, or
/// before it.
fn die(server: &TestServer, after_the_change: bool) {
    let scope = Scope::Institution;
    let grants = vec![Grant { role: Role::Registrar, scope }];
    let actor = Actor { person: server.people["registrar"], login: None, grants, class: None };
    let (key, now) = (server.key.clone(), server.now());
    let signed = actor.clone();
    let turn = server.act(None, move |tx, _| {
        let ctx = Ctx::new("api", now, [3; 32], key.clone()).signed_in(Some(signed.clone()));
        let keyed = Keyed::new(&ctx, "a", TERMS, term().to_string().as_bytes());
        idempotency::begin(tx, &ctx, &keyed)
    });
    let Turn::Run { seed, began } = turn else { panic!("it is new") };
    if after_the_change {
        let ctx = Ctx::new("api", now, seed, server.key.clone()).begun(began);
        let ctx = Arc::new(ctx.signed_in(Some(actor)));
        let act = ctx.act.clone();
        let input =
            TermInput { name: "Summer".to_owned(), starts_on: Date(20_605), ends_on: Date(20_665) };
        let done = server.store.write(&act, move |tx| create_term(tx, &ctx, &input));
        std::thread::spawn(move || done.wait()).join().unwrap().unwrap();
    }
}

#[tokio::test]
async fn what_was_done_before_the_process_died_is_not_done_again() {
    let server = TestServer::start(sqlite());
    die(&server, true);
    let early = send(&server, "registrar", "a", &term().to_string()).await;
    assert_eq!(
        (early.reason().as_str(), &early.headers["retry-after"]),
        ("in-progress", &"1".parse().unwrap())
    );
    server.turn(Span::minutes(2));
    let again = send(&server, "registrar", "a", &term().to_string()).await;
    assert_eq!(again.reason(), "already-done");
    assert_eq!(count(&server).await, 2);
}

#[tokio::test]
async fn what_was_not_done_before_the_process_died_is_done_now() {
    let server = TestServer::start(sqlite());
    die(&server, false);
    server.turn(Span::minutes(2));
    let again = send(&server, "registrar", "a", &term().to_string()).await;
    assert_eq!(again.status, StatusCode::CREATED, "{}", again.text);
    assert_eq!(count(&server).await, 2);
}

#[tokio::test]
async fn what_the_framework_refuses_is_a_problem_too() {
    let server = TestServer::start(sqlite());
    let broken = send(&server, "registrar", "b", "{").await;
    assert_eq!(broken.headers["content-type"], "application/problem+json");
    assert!(broken.json()["detail"].as_str().unwrap().contains("JSON"), "{}", broken.text);
    let missing = send(&server, "registrar", "c", r#"{"name": "X"}"#).await;
    assert!(missing.json()["detail"].as_str().unwrap().contains("starts_on"), "{}", missing.text);
    assert_eq!(missing.json()["errors"][0]["pointer"], "/starts_on");
    let path = server.get("registrar", "/api/v1/people/nobody").await;
    assert_eq!((path.status, path.reason()), (StatusCode::BAD_REQUEST, "malformed".to_owned()));
    let method = server.call("registrar", Method::DELETE, TERMS, json!({})).await;
    assert_eq!(
        (method.status, method.reason()),
        (StatusCode::METHOD_NOT_ALLOWED, "malformed".to_owned())
    );
    assert_eq!(server.get("nobody", "/readyz").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_member_that_cannot_be_read_is_named_with_what_it_takes() {
    let server = TestServer::start(sqlite());
    let sessions = format!("/api/v1/classes/{}/sessions", server.class);
    for (body, pointer, detail) in [
        (json!({"mode": "weird"}), "/mode", "“weird” is not known here: send in_class or online."),
        (
            json!({"duration_minutes": "ten"}),
            "/duration_minutes",
            "Send a whole number, not string \"ten\".",
        ),
        (json!({"meeting": "soon"}), "/meeting", "This is no id."),
        (json!({"methods": ["qr", "smoke"]}), "/methods/1", "“smoke” is not known here"),
    ] {
        let refused = server.post("teacher", &sessions, body).await;
        assert_eq!(refused.reason(), "malformed", "{}", refused.text);
        let told = refused.json()["errors"][0].clone();
        assert_eq!(told["pointer"], pointer, "{}", refused.text);
        assert!(told["detail"].as_str().unwrap().starts_with(detail), "{}", refused.text);
    }
    for (path, pointer, detail) in [
        ("/api/v1/classes?mine=perhaps", "/mine", "Send true or false."),
        ("/api/v1/classes?limit=many", "/limit", "Send a whole number."),
        ("/api/v1/classes?cursor=x", "/cursor", "This is no id."),
    ] {
        let refused = server.get("teacher", path).await;
        let told = refused.json()["errors"][0].clone();
        assert_eq!(
            (&told["pointer"], &told["detail"]),
            (&json!(pointer), &json!(detail)),
            "{path}"
        );
    }
    let nowhere = server.get("registrar", "/api/v1/people/nobody").await;
    assert_eq!(nowhere.json()["detail"], "“nobody” in the address is no id.");
}
