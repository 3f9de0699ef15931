//! Sessions of an edge that its hub hears of: who closes them, who tells of them, whose codes are whose,
//! and where the addresses lead of what was made on both.

use super::super::receipts::{listed, phone, results};
use super::super::server::TestServer;
use super::hands::{Edge, Hub, lines, numbered};
use axum::http::StatusCode;
use muster_app::{sessions, telling};
use muster_credential::class_code::ClassCode;
use muster_domain::attendance::Mode;
use muster_domain::ids::SessionId;
use muster_domain::time::{Span, Timestamp};
use serde_json::{Value, json};

on_both!(
    a_session_is_closed_on_time_where_it_was_opened,
    the_hub_closes_for_an_edge_that_was_revoked,
    who_was_absent_at_an_edge_is_told_once_by_the_hub,
    the_address_of_what_became_one_leads_on,
    a_scan_that_the_hub_can_not_judge_counts_where_its_code_was_shown,
    a_scan_for_a_revoked_edge_is_refused,
);

/// What both nodes and their people see pass.
fn turn(hub: &Hub, edge: &Edge, by: Span) {
    hub.server.turn(by);
    edge.turn(by);
}

async fn exchange(hub: &Hub, edge: &Edge) {
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
}

async fn shown(hub: &Hub, session: SessionId) -> Value {
    hub.server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json()
}

async fn revoke(hub: &Hub) {
    let peer = hub.peers().await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/nodes/{peer}/revocation");
    let revoked = hub.server.post("super_administrator", &path, json!({})).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text);
}

async fn a_session_is_closed_on_time_where_it_was_opened(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let session = edge.open_session(&hub, Mode::InClass).await.unwrap();
    exchange(&hub, &edge).await;
    assert_eq!(shown(&hub, session).await["state"], "open");
    // Its end was moved, of which the hub has not heard.
    edge.act(move |tx, ctx| sessions::extend(tx, ctx, session, 30)).await.unwrap();
    turn(&hub, &edge, Span::minutes(20));
    assert_eq!(hub.server.act(None, sessions::close_due), 0);
    assert_eq!(edge.act(sessions::close_due).await.unwrap(), 0);
    turn(&hub, &edge, Span::minutes(60));
    assert_eq!(edge.act(sessions::close_due).await.unwrap(), 1);
    exchange(&hub, &edge).await;
    let told = shown(&hub, session).await;
    assert_eq!((&told["state"], &told["counts"]["absent"]), (&json!("closed"), &json!(2)));
    let conflicts = hub.server.get("super_administrator", "/api/v1/conflicts").await.json();
    assert_eq!(conflicts["items"], json!([]));
    // The hub's own are closed by the hub, and by nobody else.
    let own = hub.server.open_session().await;
    exchange(&hub, &edge).await;
    turn(&hub, &edge, Span::hours(1));
    assert_eq!(edge.act(sessions::close_due).await.unwrap(), 0);
    assert_eq!(hub.server.act(None, sessions::close_due), 1);
    assert_eq!(shown(&hub, own).await["state"], "closed");
}

async fn the_hub_closes_for_an_edge_that_was_revoked(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let session = edge.open_session(&hub, Mode::InClass).await.unwrap();
    exchange(&hub, &edge).await;
    hub.server.turn(Span::hours(1));
    assert_eq!(hub.server.act(None, sessions::close_due), 0);
    revoke(&hub).await;
    assert_eq!(hub.server.act(None, sessions::close_due), 1);
    assert_eq!(shown(&hub, session).await["state"], "closed");
}

async fn who_was_absent_at_an_edge_is_told_once_by_the_hub(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    edge.open_session(&hub, Mode::InClass).await.unwrap();
    turn(&hub, &edge, Span::minutes(20));
    assert_eq!(edge.act(sessions::close_due).await.unwrap(), 1);
    assert!(!edge.store.read(telling::is_any).await.unwrap());
    for _ in 0..2 {
        exchange(&hub, &edge).await;
        while hub.server.act(None, telling::step) {}
        let inbox = hub.server.get("student", "/api/v1/me/notices").await.json();
        let items = inbox["items"].as_array().unwrap();
        let told = items.iter().filter(|item| item["title"] == "Absent: Linear Algebra");
        assert_eq!(told.count(), 1, "{inbox}");
    }
}

async fn the_address_of_what_became_one_leads_on(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let made = hub.make_person("TWICE").to_string();
    edge.make_person("TWICE").await;
    let there = edge.actions("person.create").await;
    let there = there.into_iter().find(|id| !hub_knows(&hub, id)).unwrap();
    exchange(&hub, &edge).await;
    let (stands, led) = if made < there { (made, there) } else { (there, made) };
    for path in ["/people/ID", "/people/ID?from=list", "/api/v1/people/ID"] {
        let old = hub.server.get("registrar", &path.replace("ID", &led)).await;
        assert_eq!(old.status, StatusCode::TEMPORARY_REDIRECT, "{path}: {}", old.text);
        let to = path.replace("ID", &stands);
        assert_eq!(old.headers["location"], to.as_str());
        assert_eq!(hub.server.get("registrar", &to).await.status, StatusCode::OK);
    }
    // Nobody is led to another server.
    let outside = hub.server.get("registrar", &format!("//elsewhere.test/{led}")).await;
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
    let nobody = SessionId(uuid::Uuid::from_u128(3)).to_string();
    let unknown = hub.server.get("registrar", &format!("/api/v1/people/{nobody}")).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let signed_out = hub.server.get("nobody", &format!("/api/v1/people/{led}")).await;
    assert_eq!(signed_out.status, StatusCode::UNAUTHORIZED);
}

fn hub_knows(hub: &Hub, id: &str) -> bool {
    hub.server.people.values().any(|person| person.to_string() == id)
}

/// What the edge shows on its wall now.
fn on_the_wall(edge: &Edge, session: SessionId, opened: Timestamp) -> ClassCode {
    let step = u64::try_from((edge.now() - opened).as_seconds() / 10).unwrap();
    ClassCode::new(&edge.key.session_key(session.0), session.0, step)
}

async fn a_scan_that_the_hub_can_not_judge_counts_where_its_code_was_shown(server: TestServer) {
    let hub = Hub::open(server).await;
    let mut phone = phone(&hub.server, "student", 1).await;
    let edge = Edge::filled(&hub, 2).await;
    turn(&hub, &edge, Span::hours(1));
    let (session, opened) = (edge.open_session(&hub, Mode::InClass).await.unwrap(), edge.now());
    turn(&hub, &edge, Span::minutes(2));
    let code = on_the_wall(&edge, session, opened);
    // The student's app belongs to the hub, which has not even heard of the session.
    let body = json!({"code": code.to_base32()});
    let online = hub.server.post("student", "/api/v1/marks", body.clone()).await;
    assert_eq!(online.reason(), "code-elsewhere", "{}", online.text);
    let signed = phone.scan(&hub.server, code);
    for _ in 0..2 {
        let answer = phone.send(&hub.server, &[&signed]).await;
        assert_eq!(results(&answer), ["accepted"]);
        assert_eq!(answer[0]["status"], Value::Null);
        assert!(answer[0]["detail"].as_str().unwrap().contains("counts once"), "{answer:?}");
    }
    turn(&hub, &edge, Span::minutes(30));
    assert_eq!(edge.act(sessions::close_due).await.unwrap(), 1);
    exchange(&hub, &edge).await;
    let mark = listed(&hub.server, session, "student").await;
    assert_eq!((&mark["method"], &mark["status"]), (&json!("offline"), &json!("present")));
    let at: jiff::Timestamp = mark["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_microsecond(), (opened + Span::minutes(2)).0);
    let again = phone.send(&hub.server, &[&signed]).await;
    assert_eq!((results(&again), &again[0]["status"]), (vec!["already"], &json!("present")));
    let path = format!("/api/v1/sessions/{session}/receipts");
    let kept = hub.server.get("teacher", &path).await.json();
    assert_eq!(kept["items"][0]["result"], "accepted", "{kept}");
    // Known by now, it is still the edge's to judge.
    assert_eq!(hub.server.post("student", "/api/v1/marks", body).await.reason(), "code-elsewhere");
    assert_eq!(lines(&edge.store).await, lines(&hub.server.store).await);
}

async fn a_scan_for_a_revoked_edge_is_refused(server: TestServer) {
    let hub = Hub::open(server).await;
    let mut phone = phone(&hub.server, "student", 1).await;
    let edge = Edge::filled(&hub, 2).await;
    let (session, opened) = (edge.open_session(&hub, Mode::InClass).await.unwrap(), edge.now());
    exchange(&hub, &edge).await;
    revoke(&hub).await;
    let signed = phone.scan(&hub.server, on_the_wall(&edge, session, opened));
    assert_eq!(results(&phone.send(&hub.server, &[&signed]).await), ["code-invalid"]);
}
