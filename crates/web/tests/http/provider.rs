//! Signing in by the institution's provider: who comes in, and what opens nothing.

use super::issuer::{Approved, Hand, Mock, RSA, SECRET};
use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_app::people::{self, PersonInput};
use muster_domain::auth::Role;
use muster_domain::ids::PersonId;
use muster_domain::time::Span;
use muster_openid::{Config, Matching, Provider};
use muster_testkit::{Database, NOON, postgres, sqlite};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A browser that left for the provider.
struct Visit {
    cookie: String,
    query: HashMap<String, String>,
}

async fn leave(server: &TestServer) -> Visit {
    let answer = server.get("nobody", "/sign-in/provider?back=/timetable").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let (_, query) = answer.headers["location"].to_str().unwrap().split_once('?').unwrap();
    let query = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Visit { cookie: cookies(&answer), query }
}

fn cookies(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap().to_owned());
    pairs.collect::<Vec<_>>().join("; ")
}

/// What an honest provider says of the teacher.
fn claims(server: &TestServer, mock: &Mock, visit: &Visit) -> Value {
    let now = server.now().0 / 1_000_000;
    json!({
        "iss": mock.0.address, "aud": ["muster"], "sub": "4711", "iat": now, "exp": now + 300,
        "nonce": visit.query["nonce"], "email": "Teacher@campus.example", "email_verified": true,
    })
}

async fn come_back(server: &TestServer, visit: &Visit, code: &str, state: &str) -> Answer {
    let path = format!("/sign-in/provider/return?code={code}&state={state}");
    let mut request = server.request("nobody", Method::GET, &path, Body::empty());
    request.headers_mut().insert("cookie", visit.cookie.parse().unwrap());
    server.send(request).await
}

/// Signs in, the provider saying what `change` makes of the truth.
async fn sign_in(server: &TestServer, mock: &Mock, change: impl FnOnce(&mut Value)) -> Answer {
    let visit = leave(server).await;
    let mut said = claims(server, mock, &visit);
    change(&mut said);
    approve(mock, &visit, said);
    come_back(server, &visit, "c0de", &visit.query["state"]).await
}

fn approve(mock: &Mock, visit: &Visit, claims: Value) {
    let approved = Approved { challenge: visit.query["code_challenge"].clone(), claims };
    mock.0.approved.lock().unwrap().insert("c0de".to_owned(), approved);
}

/// A server that knows the teacher's address, and its provider.
async fn start() -> (TestServer, Mock) {
    let mock = Mock::start().await;
    (started(mock.config()), mock)
}

fn started(config: Config) -> TestServer {
    started_on(sqlite(), config)
}

fn started_on(database: Database, config: Config) -> TestServer {
    let provider = Provider::new(config);
    let server = TestServer::start_as(database, |app| app.signing_in_by(provider));
    change(&server, server.people["teacher"], true);
    server
}

fn change(server: &TestServer, id: PersonId, active: bool) {
    give_address(server, id, "teacher@campus.example", active);
}

fn give_address(server: &TestServer, id: PersonId, address: &'static str, active: bool) {
    let root = server.people["super_administrator"];
    server.act(Some(root), move |tx, ctx| {
        let row = muster_storage::people::get(tx, id)?.unwrap();
        let input = PersonInput {
            number: row.number,
            name: row.name,
            email: address.to_owned(),
            ..PersonInput::default()
        };
        people::change(tx, ctx, id, row.version, &input.check()?, active)
    });
}

fn is_signed_in(answer: &Answer) -> bool {
    cookies(answer).contains("muster_login=")
}

fn refused(answer: &Answer, status: StatusCode, words: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert!(!is_signed_in(answer) && answer.text.contains(words), "{}", answer.text);
}

const NOT_FOR_US: &str = "not for this sign-in";

#[tokio::test]
async fn whoever_the_provider_knows_is_signed_in_and_goes_on() {
    let (server, mock) = start().await;
    let page = server.get("nobody", "/sign-in?back=/timetable").await;
    assert!(page.text.contains("Sign in with Campus"), "{}", page.text);
    let answer = sign_in(&server, &mock, |_| {}).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers["location"], "/timetable");
    let mut logins = server.request("nobody", Method::GET, "/logins", Body::empty());
    logins.headers_mut().insert("cookie", cookies(&answer).parse().unwrap());
    let logins = server.send(logins).await;
    assert!(logins.text.contains("by the institution’s provider"), "{}", logins.text);
    let journal = server.get("registrar", "/api/v1/journal?action=login.start").await;
    assert!(journal.text.contains("provider"), "{}", journal.text);
}

#[tokio::test]
async fn the_provider_is_asked_with_a_state_a_nonce_and_a_proof() {
    let (server, _mock) = start().await;
    let (one, other) = (leave(&server).await, leave(&server).await);
    let fixed = |name: &str| one.query[name].clone();
    assert_eq!(fixed("tenant"), "1", "what the address had already stays");
    assert_eq!((fixed("response_type"), fixed("client_id")), ("code".into(), "muster".into()));
    assert_eq!(
        (fixed("scope"), fixed("code_challenge_method")),
        ("openid+email".into(), "S256".into())
    );
    for name in ["state", "nonce", "code_challenge"] {
        assert_ne!(one.query[name], other.query[name], "{name}");
        assert!(one.query[name].len() >= 43, "{name}");
    }
    assert!(!one.cookie.contains(&one.query["nonce"]), "the cookie tells nothing");
}

#[tokio::test]
async fn an_answer_that_is_not_for_this_sign_in_opens_nothing() {
    let (server, mock) = start().await;
    let unauthorized = StatusCode::UNAUTHORIZED;
    let nonce = sign_in(&server, &mock, |said| said["nonce"] = json!("another")).await;
    refused(&nonce, unauthorized, NOT_FOR_US);
    let audience = sign_in(&server, &mock, |said| said["aud"] = json!(["another"])).await;
    refused(&audience, unauthorized, NOT_FOR_US);
    let long_ago = NOON.0 / 1_000_000 - 61;
    let expired = sign_in(&server, &mock, |said| said["exp"] = json!(long_ago)).await;
    refused(&expired, unauthorized, NOT_FOR_US);
    let issuer = sign_in(&server, &mock, |said| said["iss"] = json!("http://127.0.0.1:1")).await;
    refused(&issuer, unauthorized, NOT_FOR_US);
}

#[tokio::test]
async fn a_token_without_the_providers_signature_opens_nothing() {
    let (server, mock) = start().await;
    for hand in [Hand::Nothing, Hand::Shared(SECRET.as_bytes()), Hand::Shared(RSA.as_bytes())] {
        mock.sign_by(hand);
        let answer = sign_in(&server, &mock, |_| {}).await;
        refused(&answer, StatusCode::UNAUTHORIZED, NOT_FOR_US);
    }
    mock.sign_by(Hand::Stranger);
    for _ in 0..4 {
        let answer = sign_in(&server, &mock, |_| {}).await;
        refused(&answer, StatusCode::UNAUTHORIZED, NOT_FOR_US);
    }
    assert_eq!(*mock.0.asked_for_keys.lock().unwrap(), 1, "it is not asked for keys on and on");
}

#[tokio::test]
async fn a_state_of_another_browser_and_a_late_return_open_nothing() {
    let (server, mock) = start().await;
    let visit = leave(&server).await;
    approve(&mock, &visit, claims(&server, &mock, &visit));
    let other = leave(&server).await;
    let mixed = come_back(&server, &visit, "c0de", &other.query["state"]).await;
    refused(&mixed, StatusCode::BAD_REQUEST, "another browser");
    let bare = Visit { cookie: String::new(), query: HashMap::new() };
    for state in [visit.query["state"].as_str(), ""] {
        let bare = come_back(&server, &bare, "c0de", state).await;
        refused(&bare, StatusCode::BAD_REQUEST, "another browser");
    }
    let denied =
        format!("/sign-in/provider/return?error=access_denied&state={}", visit.query["state"]);
    let mut request = server.request("nobody", Method::GET, &denied, Body::empty());
    request.headers_mut().insert("cookie", visit.cookie.parse().unwrap());
    refused(&server.send(request).await, StatusCode::UNAUTHORIZED, "did not sign you in");
    server.turn(Span::minutes(11));
    let late = come_back(&server, &visit, "c0de", &visit.query["state"]).await;
    refused(&late, StatusCode::BAD_REQUEST, "too long ago");
}

#[tokio::test]
async fn a_code_is_spent_once() {
    let (server, mock) = start().await;
    let visit = leave(&server).await;
    approve(&mock, &visit, claims(&server, &mock, &visit));
    let state = &visit.query["state"];
    assert!(is_signed_in(&come_back(&server, &visit, "c0de", state).await));
    let again = come_back(&server, &visit, "c0de", state).await;
    refused(&again, StatusCode::UNAUTHORIZED, "used before");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site_afterwards() {
    let (server, mock) = start().await;
    for back in ["https://evil.example", "//evil.example", "%5C%5Cevil.example"] {
        let away = server.get("nobody", &format!("/sign-in/provider?back={back}")).await;
        let (_, query) = away.headers["location"].to_str().unwrap().split_once('?').unwrap();
        let query = query.split('&').map(|pair| pair.split_once('=').unwrap());
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let visit = Visit { cookie: cookies(&away), query };
        approve(&mock, &visit, claims(&server, &mock, &visit));
        let answer = come_back(&server, &visit, "c0de", &visit.query["state"]).await;
        assert!(is_signed_in(&answer), "{}", answer.text);
        assert_eq!(answer.headers["location"], "/", "{back}");
    }
}

#[tokio::test]
async fn only_active_people_with_a_verified_address_come_in() {
    let (server, mock) = start().await;
    let forbidden = StatusCode::FORBIDDEN;
    *mock.0.userinfo.lock().unwrap() = json!({"sub": "4711"});
    let unverified = sign_in(&server, &mock, |said| said["email_verified"] = json!(false)).await;
    refused(&unverified, forbidden, "did not confirm an e-mail address");
    let stranger = sign_in(&server, &mock, |said| said["email"] = json!("x@campus.example")).await;
    refused(&stranger, forbidden, "no active record");
    change(&server, server.people["teacher"], false);
    let inactive = sign_in(&server, &mock, |_| {}).await;
    refused(&inactive, forbidden, "no active record");
}

#[tokio::test]
async fn without_encryption_only_students_come_in_by_a_provider_too() {
    let (server, mock) = start().await;
    let visit = leave(&server).await;
    approve(&mock, &visit, claims(&server, &mock, &visit));
    let path = format!("/sign-in/provider/return?code=c0de&state={}", visit.query["state"]);
    let mut request = server.request("nobody", Method::GET, &path, Body::empty());
    request.headers_mut().insert("cookie", visit.cookie.parse().unwrap());
    let elsewhere: std::net::SocketAddr = ([10, 0, 0, 7], 9).into();
    request.extensions_mut().insert(axum::extract::ConnectInfo(elsewhere));
    let answer = server.send(request).await;
    assert!(!is_signed_in(&answer) && answer.text.contains("not encrypted"), "{}", answer.text);
}

#[tokio::test]
async fn an_address_may_be_told_only_to_who_asks() {
    let (server, mock) = start().await;
    let told = json!({"sub": "4711", "email": "teacher@campus.example", "email_verified": true});
    *mock.0.userinfo.lock().unwrap() = told;
    let silent = |said: &mut Value| {
        said.as_object_mut().unwrap().remove("email");
    };
    assert!(is_signed_in(&sign_in(&server, &mock, silent).await));
    *mock.0.userinfo.lock().unwrap() = json!({"sub": "somebody else"});
    let other = sign_in(&server, &mock, silent).await;
    refused(&other, StatusCode::UNAUTHORIZED, NOT_FOR_US);
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_fetched_when_it_is_first_seen() {
    let (server, mock) = start().await;
    assert!(is_signed_in(&sign_in(&server, &mock, |_| {}).await));
    for hand in [Hand::P256, Hand::Edwards, Hand::Rsa] {
        mock.sign_by(hand);
        server.turn(Span::seconds(11));
        let answer = sign_in(&server, &mock, |_| {}).await;
        assert!(is_signed_in(&answer), "{hand:?} {}", answer.text);
    }
}

#[tokio::test]
async fn people_are_found_by_the_number_in_a_claim() {
    let mock = Mock::start().await;
    let server = started(mock.config().finding_by(Matching::read("sub")));
    let answer = sign_in(&server, &mock, |said| said["sub"] = json!("TEACHER")).await;
    assert!(is_signed_in(&answer), "{}", answer.text);
}

#[tokio::test]
async fn without_its_provider_the_page_says_so_and_passwords_go_on() {
    let config = Config::new("http://127.0.0.1:1", "muster", None).unwrap();
    let server = started(config);
    let down = server.get("nobody", "/sign-in/provider").await;
    refused(&down, StatusCode::BAD_GATEWAY, "Sign in by password");
    let body = json!({"identifier": "teacher", "password": super::server::PASSWORD});
    assert_eq!(server.post("nobody", "/api/v1/tokens", body).await.status, StatusCode::CREATED);
    let plain = TestServer::start(sqlite());
    assert_eq!(plain.get("nobody", "/sign-in/provider").await.status, StatusCode::NOT_FOUND);
    assert!(!plain.get("nobody", "/sign-in").await.text.contains("/sign-in/provider"));
}

/// What a browser that the provider signed in asks for.
async fn ask(server: &TestServer, cookie: &str, method: Method, path: &str, body: &str) -> Answer {
    let api = path.starts_with("/api/");
    let kind = if api { "application/json" } else { "application/x-www-form-urlencoded" };
    let mut request = server.request("nobody", method, path, Body::from(body.to_owned()));
    request.headers_mut().insert("content-type", kind.parse().unwrap());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("origin", "http://muster.test".parse().unwrap());
    server.send(request).await
}

const CONTACT: &str = "/api/v1/me/contact";
const TOTP: &str = "/security/totp";

/// Somebody who has no password comes in by the provider; their cookie.
async fn arrive(server: &TestServer, mock: &Mock) -> String {
    let new = |said: &mut Value| said["email"] = json!("new@campus.example");
    cookies(&sign_in(server, mock, new).await)
}

async fn a_young_login_stands_for_a_password_that_there_is_not(database: Database) {
    let mock = Mock::start().await;
    let mut server = started_on(database, mock.config());
    server.join("newcomer", Role::Registrar);
    give_address(&server, server.people["newcomer"], "new@campus.example", true);
    let cookie = arrive(&server, &mock).await;
    let phone = r#"{"phone": "+49 30 1234"}"#;
    let changed = ask(&server, &cookie, Method::PUT, CONTACT, phone).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    for page in ["/me", "/password", TOTP] {
        let page = ask(&server, &cookie, Method::GET, page, "").await;
        assert!(!page.text.contains("name=\"present\""), "{}", page.text);
        assert!(page.text.contains("signing in with Campus"), "{}", page.text);
    }
    // A login that no provider opened does not count, however young it is.
    let other = server.call("newcomer", Method::PUT, CONTACT, json!({"phone": ""})).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", other.text);
    server.turn(Span::minutes(16));
    // That is no guess: nobody is shut out by it.
    for _ in 0..12 {
        let late = ask(&server, &cookie, Method::POST, TOTP, "").await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", late.text);
        assert!(late.text.contains("sign in again with Campus"), "{}", late.text);
    }
    let cookie = arrive(&server, &mock).await;
    let begun = ask(&server, &cookie, Method::POST, TOTP, "").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let password = "password=lamp+river+seventeen";
    let set = ask(&server, &cookie, Method::POST, "/password", password).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert!(set.text.contains("name=\"present\""), "from now on it is asked for: {}", set.text);
    for present in ["", "another password"] {
        let body = json!({"phone": "", "present": present}).to_string();
        let refused = ask(&server, &cookie, Method::PUT, CONTACT, &body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    }
    let body = json!({"phone": "", "present": "lamp river seventeen"}).to_string();
    let changed = ask(&server, &cookie, Method::PUT, CONTACT, &body).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
}

#[tokio::test]
async fn a_young_login_stands_for_a_password_that_there_is_not_on_sqlite() {
    a_young_login_stands_for_a_password_that_there_is_not(sqlite()).await;
}

#[tokio::test]
async fn a_young_login_stands_for_a_password_that_there_is_not_on_postgres() {
    a_young_login_stands_for_a_password_that_there_is_not(postgres()).await;
}

#[tokio::test]
async fn a_young_login_by_the_provider_is_not_enough_for_whoever_has_a_password() {
    let (server, mock) = start().await;
    let cookie = cookies(&sign_in(&server, &mock, |_| {}).await);
    let page = ask(&server, &cookie, Method::GET, TOTP, "").await;
    assert!(page.text.contains("name=\"present\""), "{}", page.text);
    let refused = ask(&server, &cookie, Method::POST, TOTP, "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("Enter your present password"), "{}", refused.text);
}
