//! Attempts to mark oneself that come to nothing are logged and counted, never what was presented.

use super::server::TestServer;
use axum::body::Body;
use axum::http::Method;
use muster_testkit::sqlite;
use serde_json::json;
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::fmt::MakeWriter;

/// A log that the test reads.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

async fn figures(server: &TestServer) -> String {
    let request = server.request("nobody", Method::GET, "/metrics", Body::empty());
    server.send(request).await.text
}

#[tokio::test]
async fn wrong_codes_repeats_and_limits_are_logged_and_counted() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, typed) = server.code(session).await;
    for _ in 0..2 {
        server.post("student", "/api/v1/marks", json!({"code": link})).await;
    }
    let wrong = if typed.starts_with('A') { "BBBBBBBB" } else { "AAAAAAAA" };
    for _ in 0..6 {
        let body = json!({"code": wrong, "session": session});
        server.post("student_2", "/api/v1/marks", body).await;
    }
    let told = figures(&server).await;
    for line in [
        "muster_mark_attempts_total{outcome=\"marked\"} 1",
        "muster_mark_attempts_total{outcome=\"already\"} 1",
        "muster_mark_attempts_total{outcome=\"code-invalid\"} 5",
        "muster_mark_attempts_total{outcome=\"too-many-attempts\"} 1",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    let text = log.text();
    for reason in ["already", "code-invalid", "too-many-attempts"] {
        let logged = text.lines().find(|line| line.contains(&format!("reason=\"{reason}\"")));
        let logged = logged.unwrap_or_else(|| panic!("{reason}: {text}"));
        assert!(
            logged.contains(&session.to_string()) && logged.contains("address=127.0.0.1"),
            "{logged}"
        );
    }
    assert!(!text.contains(wrong) && !text.contains(&typed) && !text.contains(&link), "{text}");
}
