//! What one node issued, presented at another: each signs with a key of its own.

use super::super::events::staffed;
use super::super::redemptions::{ADA, BEN, Gate, at, gate, verdict};
use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use super::last_place::sold;
use muster_app::passes;
use muster_app::redemptions::{self, Offered, RedeemInput};
use muster_domain::ids::PassId;
use muster_domain::verification::{Direction, VerdictKind};
use serde_json::{Value, json};

on_both!(what_one_node_issued_any_other_verifies_and_none_shows);

/// Presents at the gate as the edge knows it.
async fn verdict_at_edge((edge, hub): (&Edge, &Hub), gate: &Gate, nonce: &str) -> VerdictKind {
    let input = RedeemInput {
        offered: Offered::Text(gate.credential.clone()),
        point: gate.point.parse().unwrap(),
        direction: Direction::Entry,
        count: None,
        nonce: nonce.to_owned(),
        at: None,
        sent_at: None,
        force: false,
        reason: String::new(),
        decided: None,
    };
    let who = hub.server.people["gate"];
    let redeem = edge.act_as(who, move |tx, ctx| redemptions::redeem(tx, ctx, &input));
    redeem.await.unwrap().row.verdict
}

/// What the QR of a pass holds on an edge, if that can show it.
async fn credential((edge, hub): (&Edge, &Hub), pass: PassId) -> Option<String> {
    let who = hub.server.people["gate"];
    let shown = edge.act_as(who, move |tx, ctx| passes::get(tx, ctx, pass)).await.unwrap();
    shown.drawn.map(|drawn| drawn.credential.link("muster.test", true))
}

async fn exchange(hub: &Hub, edge: &Edge) {
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
}

/// How many keys the hub told of, and how many of these are withdrawn.
async fn keys(hub: &Hub) -> (usize, usize) {
    let all = hub.server.store.read(muster_storage::signing_keys::all).await.unwrap();
    (all.len(), all.iter().filter(|row| row.withdrawn_at.is_some()).count())
}

async fn what_one_node_issued_any_other_verifies_and_none_shows(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    exchange(&hub, &edge).await;
    assert_eq!(keys(&hub).await, (2, 0));
    // What is known by now is not told again.
    let idle = edge.sync().await.unwrap();
    assert_eq!((idle.questions, idle.came, idle.went), (1, 0, 0));
    let own = gate.pass.parse().unwrap();
    assert_eq!(credential((&edge, &hub), own).await, None);
    assert_eq!(verdict_at_edge((&edge, &hub), &gate, "E-1").await, VerdictKind::Admit);

    let bens = sold((&edge, &hub), (&gate.event, &gate.kind), BEN).await.unwrap();
    let shown = credential((&edge, &hub), bens).await.unwrap();
    exchange(&hub, &edge).await;
    assert_eq!(verdict(&hub.server, at(&gate, &shown, "H-1")).await, "admit");
    let there = hub.server.get("gate", &format!("/api/v1/passes/{bens}")).await.json();
    assert_eq!((&there["state"], &there["credential"]), (&json!("valid"), &Value::Null));
    let page = hub.server.get("organiser", &format!("/passes/{bens}")).await.text;
    assert!(page.contains("issued on another node") && page.contains("Void the pass"), "{page}");

    // A key that its node gave up counts nowhere any more.
    let edge = edge.signing_with(77);
    exchange(&hub, &edge).await;
    assert_eq!(keys(&hub).await, (3, 1));
    assert_eq!(verdict(&hub.server, at(&gate, &shown, "H-2")).await, "unknown");

    // No other node makes it count again by calling it its own.
    let other = Edge::filled(&hub, 3).await.signing_with(2);
    exchange(&hub, &other).await;
    assert_eq!(verdict(&hub.server, at(&gate, &shown, "H-3")).await, "unknown");
}
