//! Scans that arrive late: in the order of their own times, with clocks that are wrong, in batches
//! with bad items, sent again, and after the pass was withdrawn.

use super::events::{later, staffed};
use super::redemptions::{ADA, BEN, at, gate, recorded, send, verdict};
use super::server::TestServer;
use axum::http::StatusCode;
use muster_domain::time::{Span, Timestamp};
use serde_json::{Value, json};

/// The server's time and so much.
fn time(server: &TestServer, more: Span) -> String {
    let at: Timestamp = server.now() + more;
    jiff::Timestamp::from_microsecond(at.0).unwrap().to_string()
}

async fn an_entry_that_is_heard_of_late_counts_by_its_own_time(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "reentry"}), &[ADA]).await;
    let entered = later(&server, 0);
    server.turn(Span::minutes(5));
    let mut exit = at(&gate, &gate.credential, "exit");
    exit["direction"] = "exit".into();
    assert_eq!(verdict(&server, exit).await, "not_inside", "the entry is not heard of yet");
    let mut entry = at(&gate, &gate.credential, "entry");
    entry["at"] = entered.into();
    assert_eq!(verdict(&server, entry).await, "admit");
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "again")).await, "admit", "they left");
    let order: Vec<_> =
        recorded(&server, &gate).await.iter().map(|one| one["direction"].clone()).collect();
    assert_eq!(order, ["entry", "exit", "entry"], "the latest scan first");
}

async fn a_scan_from_before_the_pass_was_withdrawn_is_kept_and_marked(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let before = time(&server, Span::seconds(0));
    server.turn(Span::minutes(10));
    let path = format!("/api/v1/passes/{}", gate.pass);
    server.post("organiser", &format!("{path}/void"), json!({"reason": "Stolen"})).await;
    server.turn(Span::minutes(10));
    let mut scan = at(&gate, &gate.credential, "offline");
    scan["at"] = before.into();
    assert_eq!(verdict(&server, scan).await, "admit", "it was good when it was scanned");
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "now")).await, "revoked");
    let all = recorded(&server, &gate).await;
    let marked: Vec<_> = all.iter().map(|one| one["ended_since"].clone()).collect();
    assert_eq!(marked, [false, true]);
    let shown = server.get("organiser", &format!("/passes/{}", gate.pass)).await.text;
    assert!(shown.contains("Withdrawn, replaced or held after the scan"), "{shown}");
    let list = format!("/events/{}/entries", gate.event);
    assert!(
        server.get("organiser", &list).await.text.contains("Withdrawn, replaced or held after")
    );
}

async fn a_clock_that_is_three_hours_wrong_is_corrected_or_not_believed(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "times", "times": 9}), &[ADA]).await;
    server.turn(Span::minutes(30));
    let (hours, scanned) = (Span::hours(3), Span::minutes(-10));
    let right = time(&server, scanned);
    let mut scan = at(&gate, &gate.credential, "told");
    scan["at"] = time(&server, Span(hours.0 + scanned.0)).into();
    scan["sent_at"] = time(&server, hours).into();
    let told = send(&server, scan).await.json();
    assert_eq!((&told["verdict"], &told["scanned_at"]), (&json!("admit"), &json!(right)));
    // Nothing says how wrong it is: the scan is kept as one of now.
    let now = time(&server, Span::seconds(0));
    let mut scan = at(&gate, &gate.credential, "silent");
    scan["at"] = time(&server, hours).into();
    assert_eq!(send(&server, scan).await.json()["scanned_at"], json!(now));
    let all = recorded(&server, &gate).await;
    assert_eq!([&all[0]["clock_off"], &all[1]["clock_off"]], [10_800, 10_800]);
    let list = server.get("organiser", &format!("/events/{}/entries", gate.event)).await.text;
    assert!(list.contains("Device clock ahead by 3 h"), "{list}");
}

/// The statuses of a batch's answers.
fn statuses(answers: &Value) -> Vec<i64> {
    let items = answers["items"].as_array().unwrap().iter();
    items.map(|one| one["status"].as_i64().unwrap()).collect()
}

async fn one_bad_item_among_many_holds_nothing_up(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "times", "times": 400}), &[ADA]).await;
    let mut items: Vec<Value> =
        (0..120).map(|n| at(&gate, &gate.credential, &format!("scan {n}"))).collect();
    items[40] = json!({"credential": 7, "nonce": []});
    let answers = server.post("gate", "/api/v1/redemptions/batch", json!({"items": items})).await;
    let told = statuses(&answers.json());
    assert_eq!(told.iter().filter(|status| **status == 201).count(), 119);
    assert_eq!(told[40], 422);
    assert!(answers.json()["items"][40]["problem"]["errors"][0]["detail"].is_string());
    let again = server.post("gate", "/api/v1/redemptions/batch", json!({"items": items})).await;
    let told = statuses(&again.json());
    assert_eq!(told.iter().filter(|status| **status == 200).count(), 119, "recorded before");
    let first = |answers: &Value| answers["items"][0]["redemption"]["redemption"].clone();
    assert_eq!(first(&again.json()), first(&answers.json()));
    let figures = server.get("gate", &format!("/api/v1/events/{}/figures", gate.event)).await;
    assert_eq!(figures.json()["gates"][0]["entries"], 119);
}

async fn items_of_a_batch_are_judged_one_after_the_other(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA, BEN]).await;
    let one = |nonce: &str, count: i64| {
        let mut scan = at(&gate, &gate.credential, nonce);
        scan["count"] = count.into();
        scan
    };
    let items =
        json!({"items": [at(&gate, "", "1"), one("2", 1), one("2", 1), one("3", 1), one("4", 1)]});
    let answers = server.post("gate", "/api/v1/redemptions/batch", items).await.json();
    assert_eq!(statuses(&answers), [422, 201, 200, 201, 201]);
    assert_eq!(answers["items"][3]["redemption"]["verdict"], "admit");
    assert_eq!(answers["items"][4]["redemption"]["verdict"], "already_used");
    assert_eq!(answers["items"][0]["problem"]["errors"][0]["pointer"], "/credential");
    let many: Vec<_> = (0..1001).map(|_| json!({})).collect();
    let refused = server.post("gate", "/api/v1/redemptions/batch", json!({"items": many})).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn a_gate_that_was_given_up_still_takes_what_was_scanned_before(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let before = time(&server, Span::seconds(0));
    server.turn(Span::minutes(1));
    let archival = format!("/api/v1/points/{}/archival", gate.point);
    assert_eq!(server.post("organiser", &archival, json!({})).await.status, StatusCode::OK);
    let refused = send(&server, at(&gate, &gate.credential, "late")).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/point");
    let mut scan = at(&gate, &gate.credential, "early");
    scan["at"] = before.into();
    assert_eq!(verdict(&server, scan.clone()).await, "admit");
    assert_eq!(send(&server, scan).await.status, StatusCode::OK, "sent again");
}

on_both!(
    an_entry_that_is_heard_of_late_counts_by_its_own_time,
    a_scan_from_before_the_pass_was_withdrawn_is_kept_and_marked,
    a_clock_that_is_three_hours_wrong_is_corrected_or_not_believed,
    one_bad_item_among_many_holds_nothing_up,
    items_of_a_batch_are_judged_one_after_the_other,
    a_gate_that_was_given_up_still_takes_what_was_scanned_before,
);
