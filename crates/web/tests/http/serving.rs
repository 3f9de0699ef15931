//! What surrounds every request: names, time, sizes, figures.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use muster_testkit::{postgres, sqlite};
use muster_web::{App, Limits, serve};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

async fn at_host(server: &TestServer, path: &str, hosts: &[&str]) -> Answer {
    let mut request = server.request("nobody", Method::GET, path, Body::empty());
    request.headers_mut().remove("host");
    for host in hosts {
        request.headers_mut().append("host", host.parse().unwrap());
    }
    server.send(request).await
}

#[tokio::test]
async fn another_name_is_misdirected_and_says_what_to_do() {
    let server = TestServer::start(sqlite());
    let answer = at_host(&server, "/sign-in", &["evil.example"]).await;
    assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST);
    assert!(answer.text.contains("--host evil.example"), "{}", answer.text);
}

#[tokio::test]
async fn the_server_answers_to_its_names_and_to_addresses_in_figures() {
    let server = TestServer::start_as(sqlite(), |mut app| {
        app.base_url = Some("http://Muster.example.edu/".into());
        app.answering_to(&["Attendance".to_owned()])
    });
    for (name, known) in [
        ("muster.example.edu", true),
        ("MUSTER.example.edu.", true),
        ("attendance", true),
        ("localhost", true),
        ("demo.localhost", true),
        ("192.168.1.5", true),
        ("127.0.0.1:8080", true),
        ("[fe80::1]", true),
        ("[::1]:8080", true),
        ("evil.example", false),
        ("muster.example.edu.evil.example", false),
        ("notlocalhost", false),
        ("1.2.3", false),
    ] {
        let expected = if known { StatusCode::OK } else { StatusCode::MISDIRECTED_REQUEST };
        assert_eq!(at_host(&server, "/sign-in", &[name]).await.status, expected, "{name}");
    }
    // No address at all, and no name either.
    assert_ne!(at_host(&server, "/sign-in", &["[evil]"]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_request_names_one_host() {
    let server = TestServer::start(sqlite());
    for (hosts, path, expected) in [
        (&["muster.test"][..], "/sign-in", StatusCode::OK),
        (&["muster.test:8080"], "/sign-in", StatusCode::OK),
        (&[], "/sign-in", StatusCode::BAD_REQUEST),
        (&["muster.test", "muster.test"], "/sign-in", StatusCode::BAD_REQUEST),
        (&["mus ter"], "/sign-in", StatusCode::BAD_REQUEST),
        (&["a@muster.test"], "/sign-in", StatusCode::BAD_REQUEST),
        (&["muster.test"], "http://muster.test/sign-in", StatusCode::OK),
        (&["muster.test"], "http://evil.example/sign-in", StatusCode::BAD_REQUEST),
    ] {
        let answer = at_host(&server, path, hosts).await;
        assert_eq!(answer.status, expected, "{hosts:?} {path}");
    }
}

#[tokio::test]
async fn probes_answer_to_any_name() {
    let server = TestServer::start(sqlite());
    for probe in ["/healthz", "/readyz"] {
        assert_eq!(at_host(&server, probe, &["evil.example"]).await.status, StatusCode::OK);
    }
}

async fn figures(server: &TestServer, from: [u8; 4], token: Option<&str>) -> Answer {
    let mut request = server.request("nobody", Method::GET, "/metrics", Body::empty());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((from, 9))));
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().unwrap();
        request.headers_mut().insert("authorization", value);
    }
    server.send(request).await
}

async fn figures_count_requests_by_route(server: TestServer) {
    server.open_session().await;
    server.get("nobody", "/nowhere/at/all").await;
    server.get("registrar", &format!("/classes/{}", server.class)).await;
    let answer = figures(&server, [127, 0, 0, 1], None).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    for line in [
        "muster_http_requests_total{method=\"GET\",route=\"/classes/{id}\",status=\"200\"} 1",
        "muster_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "muster_http_request_seconds_count{route=\"/classes/{id}\"} 1",
        "muster_sessions_open 1",
        "muster_sessions_overdue 0",
        "muster_letters_waiting 0",
    ] {
        assert!(answer.text.contains(line), "{line} in {}", answer.text);
    }
    let size = answer.text.lines().find_map(|line| line.strip_prefix("muster_database_bytes "));
    assert!(size.unwrap().parse::<f64>().unwrap() > 10_000.0);
}

#[tokio::test]
async fn figures_count_requests_by_route_on_sqlite() {
    figures_count_requests_by_route(TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn figures_count_requests_by_route_on_postgres() {
    figures_count_requests_by_route(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn figures_are_for_this_machine_and_for_whoever_knows_the_token() {
    let elsewhere = [192, 0, 2, 1];
    let closed = TestServer::start(sqlite());
    for token in [None, Some(""), Some("guess")] {
        let answer = figures(&closed, elsewhere, token).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{token:?}");
    }
    let open = TestServer::start_as(sqlite(), |app| app.measured_by(Some("s3cret".to_owned())));
    assert_eq!(figures(&open, elsewhere, Some("s3cret")).await.status, StatusCode::OK);
    assert_eq!(figures(&open, elsewhere, Some("s3cre")).await.status, StatusCode::FORBIDDEN);
}

/// Serves within those limits; what ends it, and where it is.
async fn served(change: impl FnOnce(Limits) -> Limits) -> (oneshot::Sender<()>, SocketAddr) {
    let mut kept: Option<App> = None;
    let limits = change(Limits::default());
    let server = TestServer::start_as(sqlite(), |app| {
        let app = app.within(limits);
        kept = Some(app.clone());
        app
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    tokio::spawn(async move {
        serve(kept.unwrap(), listener, async { drop(stopped.await) }).await.unwrap();
        drop(server);
    });
    (stop, address)
}

/// What comes back for these bytes, until the server ends the connection.
async fn sent(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end, too.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

const SOON: Duration = Duration::from_millis(200);

#[tokio::test]
async fn who_sends_a_head_or_a_body_too_slowly_is_let_go() {
    let (_stop, address) =
        served(|limits| Limits { head_time: SOON, body_pause: SOON, ..limits }).await;
    let head = sent(address, b"GET /healthz HTTP/1.1\r\nHost: loc").await;
    assert!(!head.contains("200 OK"), "{head}");
    let body = b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 50\r\n\
        Content-Type: application/x-www-form-urlencoded\r\n\r\nidenti";
    let body = sent(address, body).await;
    assert!(body.starts_with("HTTP/1.1 4"), "{body}");
}

/// What comes next for these bytes on a connection that stays.
async fn said(stream: &mut TcpStream, bytes: &[u8]) -> String {
    stream.write_all(bytes).await.unwrap();
    let mut answer = vec![0; 64 << 10];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn what_is_refused_by_its_head_ends_no_connection_although_its_body_comes_later() {
    let (_stop, address) = served(|limits| limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = b"POST /api/v1/device-keys HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\
        Content-Type: application/json\r\n\r\n";
    for _ in 0..3 {
        let refused = said(&mut stream, head).await;
        assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
        stream.write_all(b"null").await.unwrap();
    }
    let answer = said(&mut stream, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[tokio::test]
async fn behind_a_body_that_is_too_large_to_wait_for_a_connection_ends() {
    let (_stop, address) = served(|limits| limits).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/device-keys HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\
        Content-Type: application/json\r\n\r\n",
        1_u64 << 40
    );
    let refused = said(&mut stream, head.as_bytes()).await;
    assert!(refused.starts_with("HTTP/1.1 401 "), "{refused}");
    let lot = vec![b' '; 64 << 10];
    while stream.write_all(&lot).await.is_ok() {}
}

#[tokio::test]
async fn too_large_a_head_is_refused() {
    let (_stop, address) =
        served(|limits| Limits { head_bytes: 8 << 10, headers: 10, ..limits }).await;
    let long = format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(20_000));
    assert!(sent(address, long.as_bytes()).await.contains(" 431 "));
    let many = "X: x\r\n".repeat(20);
    let many = format!("GET / HTTP/1.1\r\nHost: localhost\r\n{many}\r\n");
    assert!(sent(address, many.as_bytes()).await.contains(" 431 "));
}

#[tokio::test]
async fn a_server_that_stops_answers_first_and_takes_nobody_new() {
    let (stop, address) = served(|limits| limits).await;
    let mut waiting = TcpStream::connect(address).await.unwrap();
    waiting.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n").await.unwrap();
    let mut start = [0; 15];
    waiting.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200 OK");
    stop.send(()).unwrap();
    let mut rest = Vec::new();
    waiting.read_to_end(&mut rest).await.unwrap();
    assert!(rest.ends_with(b"{\"status\":\"ok\"}"));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn browsers_are_told_to_come_by_https_where_links_lead_there() {
    let server = TestServer::start(sqlite());
    let plain = server.get("nobody", "/sign-in").await;
    assert!(!plain.headers.contains_key("strict-transport-security"));
    let server = TestServer::start_as(sqlite(), |mut app| {
        app.base_url = Some("https://muster.test".into());
        app
    });
    let answer = server.get("nobody", "/sign-in").await;
    assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
}
