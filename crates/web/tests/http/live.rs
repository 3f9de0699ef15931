//! Live pages: a snapshot first, then every change, also of another process.

use super::server::TestServer;
use axum::body::BodyDataStream;
use futures_util::StreamExt;
use muster_testkit::{postgres, sqlite};
use serde_json::json;
use std::time::Duration;

/// Reads the stream until that event has come; its text.
pub async fn event(stream: &mut BodyDataStream, name: &str) -> String {
    let mut seen = String::new();
    let wanted = format!("event: {name}\n");
    let reading = async {
        while let Some(chunk) = stream.next().await {
            seen.push_str(&String::from_utf8_lossy(&chunk.unwrap()));
            if seen.contains(&wanted) && seen.ends_with("\n\n") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), reading).await.expect("the event comes");
    seen
}

/// The same until one comes that says this: what was done just before a page was opened may be told
/// once more.
pub async fn event_with(stream: &mut BodyDataStream, name: &str, text: &str) -> String {
    loop {
        let seen = event(stream, name).await;
        if seen.contains(text) {
            return seen;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_appears_on_an_open_page() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}/events");
    let mut stream = server.open("teacher", &path).await.into_body().into_data_stream();
    assert!(event(&mut stream, "snapshot").await.contains("\"unmarked\":2"));
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    let told = event(&mut stream, "mark").await;
    assert!(told.contains("\"status\":\"present\"") && told.contains("\"unmarked\":1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mark_made_by_another_process_on_the_same_postgres_appears_too() {
    let server = TestServer::start(postgres());
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}/events");
    let mut stream = server.open("teacher", &path).await.into_body().into_data_stream();
    event(&mut stream, "snapshot").await;
    let elsewhere = server.database.open();
    let (id, person) = (server.people["teacher"], server.people["student"]);
    let key = std::sync::Arc::new(muster_credential::keys::MasterKey::from_bytes([7; 32]));
    let scope = muster_domain::auth::Scope::Class(server.class);
    let grants =
        vec![muster_domain::auth::Grant { role: muster_domain::auth::Role::Teacher, scope }];
    let actor = muster_domain::auth::Actor { person: id, login: None, grants, class: None };
    let ctx = muster_app::Ctx::new("web", server.now(), [9; 32], key).signed_in(Some(actor));
    let ctx = std::sync::Arc::new(ctx);
    let shared = ctx.clone();
    let status = muster_domain::attendance::Status::Present;
    let marked = elsewhere.write(&ctx.act, move |tx| {
        muster_app::marks::mark_by_hand(tx, &shared, session, person, status, None)
    });
    marked.await.unwrap();
    assert!(event(&mut stream, "mark").await.contains("\"method\":\"manual\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_tells_of_a_session_that_opens() {
    let server = TestServer::start(sqlite());
    let mut stream = server.open("registrar", "/api/v1/live").await.into_body().into_data_stream();
    event(&mut stream, "snapshot").await;
    server.open_session().await;
    assert!(event(&mut stream, "session").await.contains("Linear Algebra"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overview_counts_marks_and_lets_go_of_a_session_that_closes() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let watch =
        async || server.open("registrar", "/api/v1/live").await.into_body().into_data_stream();
    let mut stream = watch().await;
    let first = event(&mut stream, "snapshot").await;
    let id = session.to_string();
    assert!(first.contains(&id) && first.contains("\"present\":0"), "{first}");
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    let told = event_with(&mut stream, "session", "\"present\":1").await;
    assert!(told.contains(&id) && told.contains("\"state\":\"open\""), "{told}");
    assert!(told.contains("\"unmarked\":1"), "{told}");
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let told = event_with(&mut stream, "session", "\"state\":\"closed\"").await;
    assert!(told.contains(&id), "{told}");
    let anew = event(&mut watch().await, "snapshot").await;
    assert!(anew.contains("\"sessions\":[]"), "{anew}");
}
