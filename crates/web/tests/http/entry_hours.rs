//! Hours of entry of an event, as its form names them.

use super::events::staffed;
use super::server::TestServer;
use axum::http::StatusCode;
use serde_json::json;

/// The form of an event whose doors open at nine and which ends at eight, with these hours.
fn form(windows: &str) -> String {
    let windows = windows.replace(' ', "+").replace('\n', "%0D%0A").replace('–', "%E2%80%93");
    format!(
        "name=Open+Day&venue=Great+Hall&doors_at=2026-03-07T09:00&starts_at=2026-03-07T10:00\
         &ends_at=2026-03-07T20:00&currency=INR&entries=single&windows={windows}"
    )
}

/// What a form says beside its hours of entry.
fn told(page: &str) -> &str {
    let (_, after) = page.split_once("id=\"windows-error\">").unwrap_or_default();
    after.split_once("</p>").map_or("", |(told, _)| told)
}

async fn an_event_has_the_hours_of_entry_that_its_form_names(server: TestServer) {
    let server = staffed(server);
    let typed = "2026-03-07 17:00 to 2026-03-07 19:00\n\n2026-03-07 10:00 – 2026-03-07 12:00";
    let made = server.form("organiser", "/events", &form(typed)).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = made.headers["location"].to_str().unwrap();
    let event = server.get("organiser", &format!("/api/v1{page}")).await.json();
    let hours = json!([
        {"from": "2026-03-07T10:00:00Z", "until": "2026-03-07T12:00:00Z"},
        {"from": "2026-03-07T17:00:00Z", "until": "2026-03-07T19:00:00Z"},
    ]);
    assert_eq!(event["windows"], hours, "{event}");
    let again = server.get("organiser", &format!("{page}/edit")).await.text;
    let lines = "2026-03-07 10:00 to 2026-03-07 12:00\n2026-03-07 17:00 to 2026-03-07 19:00";
    assert!(again.contains(lines), "{again}");
}

async fn hours_that_do_not_fit_an_event_are_told_at_their_field_and_change_nothing(
    server: TestServer,
) {
    let server = staffed(server);
    let fields = form("2026-03-07 10:00 to 2026-03-07 12:00");
    let made = server.form("organiser", "/events", &fields).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let page = made.headers["location"].to_str().unwrap();
    let before = server.get("organiser", &format!("/api/v1{page}")).await.json();
    let outside = "between the opening of the doors and the end";
    for (typed, sentence) in [
        ("2026-03-07 08:59 to 2026-03-07 10:00", outside),
        ("2026-03-07 10:00 to 2026-03-07 12:00\n2026-03-07 19:00 to 2026-03-07 20:01", outside),
        ("2026-03-07 12:00 to 2026-03-07 10:00", "must end after it begins"),
        ("ten to twelve", "Write one span a line"),
    ] {
        for path in ["/events", page] {
            let fields = format!("{}&version={}", form(typed), before["version"]);
            let refused = server.form("organiser", path, &fields).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed} at {path}");
            assert!(told(&refused.text).contains(sentence), "{typed} at {path}: {}", refused.text);
            let last = typed.rsplit('\n').next().unwrap();
            assert!(refused.text.contains(last), "what was typed is still there: {typed}");
        }
    }
    let events = server.get("organiser", "/api/v1/events").await.json();
    assert_eq!(events["items"], json!([before]));
}

on_both!(
    an_event_has_the_hours_of_entry_that_its_form_names,
    hours_that_do_not_fit_an_event_are_told_at_their_field_and_change_nothing,
);
