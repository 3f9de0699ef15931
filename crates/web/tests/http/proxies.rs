//! Limits behind a proxy: each client counts for itself if the server trusts the proxy, and nobody
//! chooses an address of their own if it does not.

use super::online::{allow_roll_numbers, open, told};
use super::server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, StatusCode};
use muster_testkit::sqlite;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};

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

/// Sends a request from `peer` with these headers.
async fn from(
    server: &TestServer,
    peer: &str,
    headers: &[(&'static str, &str)],
    mut request: Request<Body>,
) -> Answer {
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let peer: IpAddr = peer.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 9))));
    server.send(request).await
}

/// The address from which a student signed in, as they are told it, and whether the server took the
/// way there for encrypted, and for one within this machine.
async fn origin(
    server: &TestServer,
    peer: &str,
    headers: &[(&'static str, &str)],
) -> (String, bool, bool) {
    let body = json!({"identifier": "student", "password": PASSWORD}).to_string();
    let mut request = server.request("nobody", Method::POST, "/api/v1/tokens", Body::from(body));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let signed_in = from(server, peer, headers, request).await;
    assert_eq!(signed_in.status, StatusCode::CREATED, "{}", signed_in.text);
    let cookies = signed_in.headers.get_all("set-cookie").iter();
    let secure = cookies.into_iter().any(|cookie| cookie.to_str().unwrap().contains("Secure"));

    let mut request = server.request("nobody", Method::GET, "/logins", Body::empty());
    let bearer = format!("Bearer {}", signed_in.json()["access_token"].as_str().unwrap());
    request.headers_mut().insert("authorization", bearer.parse().unwrap());
    let page = server.send(request).await.text;
    let here = page.split("<tr>").find(|row| row.contains("Here</span>")).unwrap_or_default();
    let address = here.split("data-label=\"Address\">").nth(1).unwrap_or_default();
    let address = address.split('<').next().unwrap_or_default().to_owned();

    // Figures without a token are for this machine alone.
    let request = server.request("nobody", Method::GET, "/metrics", Body::empty());
    let figures = from(server, peer, headers, request).await;
    (address, secure, figures.status == StatusCode::OK)
}

#[tokio::test]
async fn only_a_trusted_proxy_says_where_a_request_comes_from() {
    let server = TestServer::start_as(sqlite(), |app| app.behind(vec![PROXY.into()]));
    let (proxy, client) = ("10.0.0.2", "192.0.2.7");
    let (via, https) = ("x-forwarded-for", ("x-forwarded-proto", "https"));
    let lies = [(via, "127.0.0.1"), https];
    for (what, peer, headers, expected) in [
        ("direct", client, &[][..], (client, false, false)),
        ("on this machine", "127.0.0.1", &[], ("127.0.0.1", false, true)),
        ("mapped", "::ffff:127.0.0.1", &[], ("127.0.0.1", false, true)),
        ("lies", client, &lies, (client, false, false)),
        ("a proxy nobody named", "127.0.0.1", &[(via, client)], ("127.0.0.1", false, false)),
        ("the proxy", proxy, &[(via, client), https], (client, true, false)),
        (
            "lies through the proxy",
            proxy,
            &[(via, "127.0.0.1, 192.0.2.7, 10.0.0.2")],
            (client, false, false),
        ),
        ("nonsense", proxy, &[(via, "192.0.2.7, unknown")], (proxy, false, false)),
    ] {
        let (address, secure, local) = origin(&server, peer, headers).await;
        assert_eq!((address.as_str(), secure, local), expected, "{what}");
    }
}
