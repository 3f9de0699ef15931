//! Letters by e-mail, and a new password by a link in one.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_app::mail;
use muster_domain::time::Span;
use muster_storage::letters::LetterRow;
use muster_testkit::{Database, postgres, sqlite};
use serde_json::json;

const BASE: &str = "https://muster.test";
const NEW: &str = "lamp river seventeen";

async fn form(server: &TestServer, path: &str, body: String) -> Answer {
    let mut request = server.request("nobody", Method::POST, path, Body::from(body));
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

async fn ask(server: &TestServer, address: &str) -> Answer {
    form(server, "/forgot", format!("email={address}")).await
}

/// A server on which the teacher has an address.
async fn start(database: Database) -> TestServer {
    let server = TestServer::start(database);
    let path = format!("/api/v1/people/{}", server.people["teacher"]);
    let body = json!({"email": "Ada@campus.example"});
    assert_eq!(server.call("registrar", Method::PATCH, &path, body).await.status, 200);
    server
}

/// Takes what is due, as the job does.
pub(super) fn taken(server: &TestServer) -> Vec<LetterRow> {
    server.act(None, |tx, ctx| {
        let mut taken = Vec::new();
        for due in mail::due(tx, ctx.now())? {
            taken.extend(mail::take(tx, ctx, due, BASE)?);
        }
        Ok(taken)
    })
}

pub(super) fn code(letter: &LetterRow) -> String {
    let (_, rest) = letter.body.split_once("/reset?code=").unwrap();
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn link_sets_a_password_once(database: Database) {
    let server = start(database).await;
    assert_eq!(ask(&server, "ada@campus.example").await.status, StatusCode::OK);
    let letters = taken(&server);
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].recipient, "Ada@campus.example");
    assert!(taken(&server).is_empty(), "whoever took it sends it");
    let code = code(&letters[0]);
    assert!(server.get("nobody", &format!("/reset?code={code}")).await.text.contains(&code));
    let body = format!("code={code}&password={}", NEW.replace(' ', "+"));
    assert!(form(&server, "/reset", body.clone()).await.text.contains("new password is set"));
    let again = form(&server, "/reset", body).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    let sign_in = json!({"identifier": "teacher", "password": NEW});
    assert_eq!(server.post("nobody", "/api/v1/tokens", sign_in).await.status, 201);
}

#[tokio::test]
async fn a_link_in_a_letter_sets_a_password_once() {
    link_sets_a_password_once(sqlite()).await;
}

#[tokio::test]
async fn a_link_in_a_letter_sets_a_password_once_on_postgres() {
    link_sets_a_password_once(postgres()).await;
}

#[tokio::test]
async fn nobody_learns_whether_an_address_is_known() {
    let server = start(sqlite()).await;
    let known = ask(&server, "ada@campus.example").await;
    let unknown = ask(&server, "eve@campus.example").await;
    assert_eq!(known.status, unknown.status);
    assert_eq!(known.text, unknown.text.replace("eve@", "ada@"));
    // What is written before the answer is alike, too.
    let letters = server.get("registrar", "/api/v1/letters").await.json();
    assert_eq!(letters["items"].as_array().unwrap().len(), 2);
    assert_eq!(taken(&server).len(), 1, "a letter to somebody alone is sent");
    for _ in 0..3 {
        let (known, unknown) =
            (ask(&server, "ada@campus.example").await, ask(&server, "eve@campus.example").await);
        assert_eq!(known.status, unknown.status);
    }
    let limited = ask(&server, "ada@campus.example").await;
    assert_eq!(limited.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_link_ends_after_half_an_hour() {
    let server = start(sqlite()).await;
    ask(&server, "ada@campus.example").await;
    let code = code(&taken(&server)[0]);
    server.turn(Span::minutes(31));
    let late = form(&server, "/reset", format!("code={code}&password=lamp+river+seventeen")).await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_edge_sends_no_links_and_takes_none() {
    let server = start(sqlite()).await;
    ask(&server, "ada@campus.example").await;
    let code = code(&taken(&server)[0]);
    ask(&server, "ada@campus.example").await;
    server.become_edge();
    assert!(taken(&server).is_empty(), "it was asked for before");
    let asked = ask(&server, "ada@campus.example").await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.text.contains("changed on the hub"), "{}", asked.text);
    let body = format!("code={code}&password={}", NEW.replace(' ', "+"));
    let set = form(&server, "/reset", body).await;
    assert_eq!(set.status, StatusCode::CONFLICT);
    assert!(set.text.contains("changed on the hub"), "{}", set.text);
    let sign_in = json!({"identifier": "teacher", "password": NEW});
    assert_eq!(server.post("nobody", "/api/v1/tokens", sign_in).await.status, 401);
}

#[tokio::test]
async fn somebody_inactive_gets_no_link() {
    let server = start(sqlite()).await;
    let path = format!("/api/v1/people/{}", server.people["teacher"]);
    server.call("registrar", Method::PATCH, &path, json!({"active": false})).await;
    ask(&server, "ada@campus.example").await;
    assert!(taken(&server).is_empty());
}

#[tokio::test]
async fn a_letter_is_tried_with_growing_pauses_given_up_and_revived() {
    let server = start(sqlite()).await;
    let path = format!("/api/v1/people/{}", server.people["registrar"]);
    let address = json!({"email": "office@campus.example"});
    server.call("super_administrator", Method::PATCH, &path, address).await;
    let sent = server.send(server.request("registrar", Method::POST, "/letters", Body::empty()));
    assert_eq!(sent.await.status, StatusCode::SEE_OTHER);
    let mut tries = 0;
    while let Some(letter) = taken(&server).pop() {
        tries += 1;
        assert!(!letter.body.is_empty());
        server.act(None, move |tx, ctx| mail::failed(tx, ctx, letter.id, "451 busy", false));
        assert!(taken(&server).is_empty(), "not at once");
        server.turn(Span::days(1));
    }
    assert_eq!(tries, 8);
    let registrar = Some(server.people["registrar"]);
    let given_up = server.act(registrar, |tx, ctx| mail::recent(tx, ctx, None, 1)).pop().unwrap();
    assert!(given_up.failed_at.is_some() && given_up.failure.as_deref() == Some("451 busy"));
    server.act(registrar, move |tx, ctx| mail::retry(tx, ctx, given_up.id));
    assert_eq!(taken(&server).len(), 1);
}

#[tokio::test]
async fn a_letter_that_nobody_will_ever_take_is_given_up_at_once() {
    let server = start(sqlite()).await;
    ask(&server, "ada@campus.example").await;
    let letter = taken(&server).pop().unwrap();
    server.act(None, move |tx, ctx| mail::failed(tx, ctx, letter.id, "550 no box", true));
    let page = server.get("registrar", "/letters").await.text;
    assert!(page.contains("Given up") && page.contains("550 no box"));
    let retry = format!("/api/v1/letters/{}/retry", letter.id);
    assert_eq!(server.post("registrar", &retry, json!({})).await.status, StatusCode::NO_CONTENT);
    let letter = taken(&server).pop().unwrap();
    server.act(None, move |tx, ctx| mail::sent(tx, ctx, letter.id));
    assert!(server.get("registrar", "/letters").await.text.contains("Sent"));
    server.turn(Span::days(3));
    assert!(taken(&server).is_empty());
}

#[tokio::test]
async fn a_program_sends_a_letter_to_its_own_address_to_see_whether_it_arrives() {
    let server = start(sqlite()).await;
    let none = server.post("registrar", "/api/v1/letters", json!({})).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", none.text);
    let path = format!("/api/v1/people/{}", server.people["registrar"]);
    let address = json!({"email": "office@campus.example"});
    server.call("super_administrator", Method::PATCH, &path, address).await;
    let queued = server.post("registrar", "/api/v1/letters", json!({})).await;
    assert_eq!(queued.status, StatusCode::CREATED, "{}", queued.text);
    let letters = taken(&server);
    assert_eq!((letters.len(), &*letters[0].recipient), (1, "office@campus.example"));
    assert_eq!(queued.json()["id"], letters[0].id.to_string());
}
