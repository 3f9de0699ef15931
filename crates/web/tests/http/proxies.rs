//! Limits behind a proxy: each client counts for itself if the server trusts the proxy, and nobody
//! chooses an address of their own if it does not.

use super::online::{allow_roll_numbers, open, told};
use super::server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use muster_testkit::sqlite;
use serde_json::{Value, json};
use std::net::SocketAddr;

const PROXY: [u8; 4] = [10, 0, 0, 2];

/// Sends something from `client` through what stands at `peer`.
async fn send(
    server: &TestServer,
    peer: [u8; 4],
    client: &str,
    (path, body): (&str, Value),
) -> Answer {
    let mut request = server.request("nobody", Method::POST, path, Body::from(body.to_string()));
    let headers = request.headers_mut();
    headers.insert("content-type", "application/json".parse().unwrap());
    headers.insert("x-forwarded-for", client.parse().unwrap());
    headers.insert("x-forwarded-proto", "https".parse().unwrap());
    let peer: SocketAddr = (peer, 9).into();
    request.extensions_mut().insert(ConnectInfo(peer));
    server.send(request).await
}

async fn sign_in(
    server: &TestServer,
    peer: [u8; 4],
    client: &str,
    (who, password): (&str, &str),
) -> Answer {
    let body = json!({"identifier": who, "password": password});
    send(server, peer, client, ("/api/v1/tokens", body)).await
}

/// Guesses at names, each time another, until it is too much; how often it was not.
async fn guess(server: &TestServer, peer: [u8; 4], client: impl Fn(usize) -> String) -> usize {
    for guess in 0..100 {
        let name = format!("name {guess}");
        let answer = sign_in(server, peer, &client(guess), (&name, "a wrong password")).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return guess;
        }
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{}", answer.text);
    }
    100
}

#[tokio::test]
async fn students_behind_a_trusted_proxy_are_counted_apart() {
    let server = TestServer::start_as(sqlite(), |app| app.behind(vec![PROXY.into()]));
    let guesses = guess(&server, PROXY, |_| "192.0.2.7".to_owned()).await;
    assert!((1..100).contains(&guesses), "{guesses}");
    let same = sign_in(&server, PROXY, "192.0.2.7", ("student", PASSWORD)).await;
    assert_eq!(same.status, StatusCode::TOO_MANY_REQUESTS, "{}", same.text);
    let other = sign_in(&server, PROXY, "192.0.2.8", ("student_2", PASSWORD)).await;
    assert_eq!(other.status, StatusCode::CREATED, "{}", other.text);
    // What a client says of itself stands before what the proxy adds, and counts for nothing.
    let forged = sign_in(&server, PROXY, "192.0.2.9, 192.0.2.7", ("student", PASSWORD)).await;
    assert_eq!(forged.status, StatusCode::TOO_MANY_REQUESTS, "{}", forged.text);
}

#[tokio::test]
async fn nobody_escapes_the_limit_by_an_address_that_they_made_up() {
    let server = TestServer::start(sqlite());
    let forger = [192, 0, 2, 66];
    let guesses = guess(&server, forger, |guess| format!("198.51.100.{guess}")).await;
    assert!((1..100).contains(&guesses), "{guesses}");
    // Whoever is behind a proxy that the server was not told of shares its address.
    let same = sign_in(&server, forger, "192.0.2.8", ("student_2", PASSWORD)).await;
    assert_eq!(same.status, StatusCode::TOO_MANY_REQUESTS, "{}", same.text);
    let elsewhere = sign_in(&server, [192, 0, 2, 67], "192.0.2.8", ("student_2", PASSWORD)).await;
    assert_eq!(elsewhere.status, StatusCode::CREATED, "{}", elsewhere.text);
}

/// A server with an online class, where a roll number marks: the link's token and the password.
async fn online(server: &TestServer) -> (String, String) {
    allow_roll_numbers(server).await;
    let session = open(server).await;
    told(server, session).await
}

/// Marks whoever has a roll number, with a password.
async fn mark(
    server: &TestServer,
    peer: [u8; 4],
    client: &str,
    (token, otp, roll): (&str, &str, &str),
) -> Answer {
    let body = json!({"otp": otp, "session_token": token, "roll_number": roll});
    send(server, peer, client, ("/api/v1/marks", body)).await
}

/// Tries a wrong password with one roll number after the other until it is too much; how often it
/// was not.
async fn guess_passwords(
    server: &TestServer,
    peer: [u8; 4],
    client: impl Fn(usize) -> String,
    (token, otp): (&str, &str),
) -> usize {
    let wrong = if otp == "123456" { "654321" } else { "123456" };
    for guess in 0..100 {
        let roll = format!("9{guess}");
        let answer = mark(server, peer, &client(guess), (token, wrong, &roll)).await;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            return guess;
        }
        assert_eq!(answer.reason(), "code-invalid", "{}", answer.text);
    }
    100
}

#[tokio::test]
async fn guesses_at_a_password_behind_a_trusted_proxy_are_counted_apart() {
    let server = TestServer::start_as(sqlite(), |app| app.behind(vec![PROXY.into()]));
    let (token, otp) = online(&server).await;
    let guesses = guess_passwords(&server, PROXY, |_| "192.0.2.7".to_owned(), (&token, &otp)).await;
    assert_eq!(guesses, 50);
    for client in ["192.0.2.7", "192.0.2.9, 192.0.2.7"] {
        let same = mark(&server, PROXY, client, (&token, &otp, "1")).await;
        assert_eq!(same.status, StatusCode::TOO_MANY_REQUESTS, "{client}: {}", same.text);
    }
    let other = mark(&server, PROXY, "192.0.2.8", (&token, &otp, "1")).await;
    assert_eq!(other.status, StatusCode::CREATED, "{}", other.text);
}

#[tokio::test]
async fn guesses_at_a_password_are_counted_together_whatever_address_is_made_up() {
    let server = TestServer::start(sqlite());
    let (token, otp) = online(&server).await;
    let forger = [192, 0, 2, 66];
    let made_up = |guess| format!("198.51.100.{guess}");
    assert_eq!(guess_passwords(&server, forger, made_up, (&token, &otp)).await, 50);
    let same = mark(&server, forger, "192.0.2.8", (&token, &otp, "1")).await;
    assert_eq!(same.status, StatusCode::TOO_MANY_REQUESTS, "{}", same.text);
    let elsewhere = mark(&server, [192, 0, 2, 67], "192.0.2.8", (&token, &otp, "1")).await;
    assert_eq!(elsewhere.status, StatusCode::CREATED, "{}", elsewhere.text);
}
