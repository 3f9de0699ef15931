//! Files that students attach: so much a day, replaced ones thrown away, each known by its digest.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_app::attachments;
use muster_domain::attachment::Quota;
use muster_domain::time::Span;
use serde_json::json;

on_both!(
    a_student_attaches_so_much_a_day_and_what_was_replaced_is_thrown_away,
    a_file_that_another_request_shows_is_kept,
    evidence_that_is_replaced_leaves_both_digests_in_the_journal,
    leave_asked_for_twice_at_once_is_asked_for_once,
);

async fn leave(server: &TestServer, first: &str, last: &str) -> Answer {
    let body = json!({"starts_on": first, "ends_on": last, "reason": "An operation"});
    server.post("student", "/api/v1/leaves", body).await
}

/// Asks for leave of a day; where its attachment goes.
async fn asked(server: &TestServer, day: &str) -> String {
    let asked = leave(server, day, day).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text);
    format!("/api/v1/leaves/{}/attachment?name=note.pdf", asked.json()["id"].as_str().unwrap())
}

async fn attach(server: &TestServer, path: &str, content: &str) -> Answer {
    let body = Body::from(format!("%PDF-1.7 {content}"));
    server.send(server.request("student", Method::PUT, path, body)).await
}

fn stored(server: &TestServer) -> usize {
    server.database.rows(&["attachments"])["attachments"].len()
}

fn throw_away(server: &TestServer) {
    while server.act(None, attachments::throw_away) {}
}

async fn a_student_attaches_so_much_a_day_and_what_was_replaced_is_thrown_away(
    mut server: TestServer,
) {
    let path = asked(&server, "2026-03-10").await;
    for time in 0..Quota::A_DAY.files {
        let attached = attach(&server, &path, &format!("version {time}")).await;
        assert_eq!(attached.status, StatusCode::NO_CONTENT, "{}", attached.text);
    }
    let refused = attach(&server, &path, "one more").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/attachment");
    assert!(refused.text.contains("as much as a day allows"), "{}", refused.text);
    throw_away(&server);
    assert_eq!(stored(&server), 20, "kept for a day");
    server.turn_days(1);
    server.turn(Span::minutes(1));
    throw_away(&server);
    assert_eq!(stored(&server), 1, "what the request shows");
    assert_eq!(attach(&server, &path, "one more").await.status, StatusCode::NO_CONTENT);
    assert!(server.get("registrar", &path).await.text.ends_with("one more"));
}

async fn a_file_that_another_request_shows_is_kept(mut server: TestServer) {
    let (one, other) = (asked(&server, "2026-03-10").await, asked(&server, "2026-03-11").await);
    for path in [&one, &other] {
        assert_eq!(attach(&server, path, "both").await.status, StatusCode::NO_CONTENT);
    }
    attach(&server, &one, "another").await;
    server.turn_days(2);
    throw_away(&server);
    assert_eq!(server.get("student", &other).await.text, "%PDF-1.7 both");
    attach(&server, &other, "another").await;
    server.turn_days(2);
    throw_away(&server);
    assert_eq!(stored(&server), 1);
}

async fn evidence_that_is_replaced_leaves_both_digests_in_the_journal(server: TestServer) {
    let path = asked(&server, "2026-03-10").await;
    attach(&server, &path, "the first").await;
    attach(&server, &path, "the second").await;
    let page = server.get("super_administrator", "/api/v1/journal?action=leave.attach").await;
    let entries = page.json()["items"].clone();
    let of = |entry: &serde_json::Value, side: &str| {
        entry[side]["attachment_sha256"].as_str().map(str::to_owned)
    };
    let (latest, first) = (&entries[0], &entries[1]);
    assert_eq!(of(first, "before"), None, "{}", page.text);
    assert_eq!(of(first, "after").map(|digest| digest.len()), Some(64), "{}", page.text);
    assert_eq!(of(latest, "before"), of(first, "after"));
    assert_ne!(of(latest, "before"), of(latest, "after"));
}

async fn leave_asked_for_twice_at_once_is_asked_for_once(server: TestServer) {
    for day in 10..25 {
        let (day, next) = (format!("2026-03-{day}"), format!("2026-03-{}", day + 1));
        // Every other day, so that rounds don't overlap.
        if day.ends_with(['1', '3', '5', '7', '9']) {
            continue;
        }
        let both = tokio::join!(leave(&server, &day, &next), leave(&server, &day, &day));
        let mut codes = [both.0.status.as_u16(), both.1.status.as_u16()];
        codes.sort_unstable();
        assert_eq!(codes, [201, 422], "{} {}", both.0.text, both.1.text);
    }
}
