//! Signing in: the same answer to every wrong pair, limits, ends, and first set-up.

use super::server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::json;
use std::net::SocketAddr;

async fn token(server: &TestServer, identifier: &str, password: &str) -> Answer {
    let body = json!({"identifier": identifier, "password": password});
    server.post("nobody", "/api/v1/tokens", body).await
}

#[tokio::test]
async fn the_right_password_opens_and_signing_out_shuts() {
    let server = TestServer::start(sqlite());
    let answer = token(&server, "TEACHER", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let bearer = format!("Bearer {}", answer.json()["access_token"].as_str().unwrap());
    let with_it = async |method: Method, path: &str| {
        let mut request = server.request("nobody", method, path, Body::empty());
        request.headers_mut().insert("authorization", bearer.parse().unwrap());
        server.send(request).await
    };
    assert_eq!(with_it(Method::GET, "/api/v1/me").await.json()["number"], "teacher");
    with_it(Method::POST, "/sign-out").await;
    assert_eq!(with_it(Method::GET, "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_get_the_same_answer() {
    let server = TestServer::start(sqlite());
    let unknown = token(&server, "nobody at all", PASSWORD).await;
    let wrong = token(&server, "teacher", "another password").await;
    assert_eq!((unknown.status, &unknown.text), (wrong.status, &wrong.text));
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn five_failures_make_even_the_right_password_wait() {
    let server = TestServer::start(sqlite());
    for _ in 0..5 {
        token(&server, "teacher", "another password").await;
    }
    let locked = token(&server, "teacher", PASSWORD).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    server.turn(Span::seconds(31));
    assert_eq!(token(&server, "teacher", PASSWORD).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_one_time_code_sets_a_new_password_once_and_ends_every_login() {
    let server = TestServer::start(sqlite());
    let (root, person) = (server.people["super_administrator"], server.people["student"]);
    let code =
        server.act(Some(root), move |tx, ctx| muster_app::sign_in::offer_reset(tx, ctx, person));
    let reset = async || {
        let form = format!("code={code}&password=seven+plain+words+in+a+row");
        let mut request = server.request("nobody", Method::POST, "/reset", Body::from(form));
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert("content-type", kind);
        server.send(request).await.status
    };
    assert_eq!(reset().await, StatusCode::OK);
    assert_eq!(reset().await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(server.get("student", "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let answer = token(&server, "student", "seven plain words in a row").await;
    assert_eq!(answer.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_set_up_link_is_useless_once_there_is_an_administrator() {
    let server = TestServer::start(sqlite());
    server.act(None, |tx, ctx| muster_app::setup::offer(tx, ctx, "secret-of-the-link"));
    let form = "institution=Evil&name=Eve&number=eve&password=seven+plain+words+in+a+row";
    let path = "/setup/secret-of-the-link";
    let mut request = server.request("nobody", Method::POST, path, Body::from(form));
    let kind = "application/x-www-form-urlencoded".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    assert_eq!(server.send(request).await.status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn without_encryption_only_students_sign_in_from_elsewhere() {
    let server = TestServer::start(sqlite());
    let from_afar = async |identifier: &str| {
        let body = json!({"identifier": identifier, "password": PASSWORD}).to_string();
        let mut request =
            server.request("nobody", Method::POST, "/api/v1/tokens", Body::from(body));
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        let address: SocketAddr = ([192, 0, 2, 7], 9).into();
        request.extensions_mut().insert(ConnectInfo(address));
        server.send(request).await.status
    };
    assert_eq!(from_afar("student").await, StatusCode::CREATED);
    assert_eq!(from_afar("teacher").await, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn another_site_changes_nothing() {
    let server = TestServer::start(sqlite());
    let mut request = server.request("student", Method::POST, "/sign-out", Body::empty());
    request.headers_mut().insert("sec-fetch-site", "cross-site".parse().unwrap());
    assert_eq!(server.send(request).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("student", "/api/v1/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_encryption_only_a_students_code_sets_a_password_from_elsewhere() {
    let server = TestServer::start(sqlite());
    let root = server.people["super_administrator"];
    let from_afar = async |who: &str| {
        let person = server.people[who];
        let code = server
            .act(Some(root), move |tx, ctx| muster_app::sign_in::offer_reset(tx, ctx, person));
        let form = format!("code={code}&password=seven+plain+words+in+a+row");
        let mut request = server.request("nobody", Method::POST, "/reset", Body::from(form));
        let kind = "application/x-www-form-urlencoded".parse().unwrap();
        request.headers_mut().insert("content-type", kind);
        let address: SocketAddr = ([192, 0, 2, 7], 9).into();
        request.extensions_mut().insert(ConnectInfo(address));
        server.send(request).await.status
    };
    assert_eq!(from_afar("student").await, StatusCode::OK);
    assert_eq!(from_afar("teacher").await, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn number_user_name_and_address_all_sign_in(server: TestServer) {
    let id = server.people["teacher"];
    let body = json!({"username": "ada.byron", "email": "Ada@Campus.example"});
    let path = format!("/api/v1/people/{id}");
    let known = server.call("registrar", Method::PATCH, &path, body).await;
    assert_eq!(known.status, StatusCode::OK, "{}", known.text);
    for identifier in [
        "teacher",
        "Teacher",
        "ada.byron",
        "ADA.Byron",
        "ada@campus.example",
        " Ada@CAMPUS.example ",
    ] {
        let answer = token(&server, identifier, PASSWORD).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{identifier}: {}", answer.text);
    }
    assert_eq!(token(&server, "ada", PASSWORD).await.status, StatusCode::UNAUTHORIZED);
}

async fn a_token_and_a_login_end_after_eight_hours(server: TestServer) {
    both_end_after(&server, 8).await;
}

async fn the_settings_say_for_how_long_a_sign_in_holds(server: TestServer) {
    let set = json!({"login_hours": 30});
    let set = server.call("registrar", Method::PATCH, "/api/v1/settings", set).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    both_end_after(&server, 30).await;
}

async fn both_end_after(server: &TestServer, hours: i64) {
    let answer = token(server, "teacher", PASSWORD).await.json();
    let seconds = hours * 3600;
    assert_eq!(answer["expires_in"], seconds);
    let form = format!("identifier=teacher&password={}", PASSWORD.replace(' ', "+"));
    let signed_in = server.form("nobody", "/sign-in", &form).await;
    let mut cookies =
        signed_in.headers.get_all("set-cookie").iter().map(|all| all.to_str().unwrap());
    let login = cookies.rfind(|cookie| cookie.starts_with("muster_login=")).unwrap();
    assert!(login.contains(&format!("Max-Age={seconds}")), "{login}");
    let bearer = format!("Bearer {}", answer["access_token"].as_str().unwrap());
    let with = async |path: &str, header: &'static str, value: &str| {
        let mut request = server.request("nobody", Method::GET, path, Body::empty());
        request.headers_mut().insert(header, value.parse().unwrap());
        server.send(request).await
    };
    let both = async || {
        let told = with("/api/v1/me", "authorization", &bearer).await;
        let page = with("/", "cookie", login.split(';').next().unwrap()).await;
        (told, page)
    };
    // In use until the end, which does not put it off.
    for _ in 0..4 {
        server.turn(Span::minutes(hours * 15 - 1));
        let (told, page) = both().await;
        assert_eq!((told.status, page.status), (StatusCode::OK, StatusCode::OK));
    }
    server.turn(Span::minutes(4));
    let (told, page) = both().await;
    assert_eq!(told.status, StatusCode::UNAUTHORIZED, "{}", told.text);
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    assert!(page.headers["location"].to_str().unwrap().starts_with("/sign-in"));
}

on_both!(
    a_token_and_a_login_end_after_eight_hours,
    the_settings_say_for_how_long_a_sign_in_holds,
    number_user_name_and_address_all_sign_in,
);
