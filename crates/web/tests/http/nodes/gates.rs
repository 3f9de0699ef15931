//! What is presented at the gates of a hub and of an edge that have not heard of each other.

use super::super::events::staffed;
use super::super::redemptions::{ADA, at, gate, verdict};
use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use muster_app::nodes;
use muster_domain::ids::{ActId, EntryId};
use muster_domain::time::Span;
use muster_journal::sync::{Batch, Hello, Item, Sent};
use muster_journal::{Entry, GENESIS, Series, link};
use muster_storage::{incidents, replication};
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

on_both!(a_pass_that_was_let_in_on_two_nodes_is_found_when_one_hears_of_both);

async fn a_pass_that_was_let_in_on_two_nodes_is_found_when_one_hears_of_both(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.tell_all();
    assert_eq!(verdict(&hub.server, at(&gate, &gate.credential, "HUB-1")).await, "admit");
    numbered(&hub.server.store).await;
    let admitted = redemption(&hub).await;
    // The edge let the same pass in a minute later.
    let taken = brought(&hub, later(&admitted, "EDGE-1", Span::minutes(1))).await;
    assert_eq!((taken.new, taken.refused.len()), (1, 0));
    let listed = || async { hub.server.get("organiser", "/api/v1/incidents").await.json() };
    let found = listed().await["items"].clone();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["kind"]), (1, &json!("double_use")));
    // Another one is found once, whatever comes again; the edge hears of it.
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert_eq!(edge.store.read(incidents::open).await.unwrap(), 1);
    assert_eq!(listed().await["items"].as_array().unwrap().len(), 1);
}

/// What the hub's journal says of the one presentation.
async fn redemption(hub: &Hub) -> Entry {
    let all = hub.server.store.read(|tx| replication::offer(tx, &Hello::default(), 4_000));
    let mut entries = all.await.unwrap().batch.items.into_iter().filter_map(|item| match item {
        Item::Entry(sent) => Some((*sent.entry).clone()),
        Item::Run(_) => None,
    });
    entries.find(|entry| entry.entity == "redemption").unwrap()
}

/// The same at another gate's phone, under another name.
fn later(admitted: &Entry, nonce: &str, by: Span) -> Entry {
    let mut after: Value = serde_json::from_str(admitted.after.as_deref().unwrap()).unwrap();
    after["nonce"] = json!(nonce);
    after["scanned_at"] = json!(after["scanned_at"].as_i64().unwrap() + by.0);
    let id = Uuid::from_u128(admitted.entity_id.as_u128() ^ 1);
    Entry {
        id: EntryId(Uuid::from_u128(admitted.id.0.as_u128() ^ 1)),
        act: ActId(Uuid::from_u128(admitted.act.0.as_u128() ^ 1)),
        clock: admitted.clock + 1,
        entity_id: id,
        after: Some(after.to_string()),
        ..admitted.clone()
    }
}

/// Has the hub take that from its only edge, node 2.
async fn brought(hub: &Hub, entry: Entry) -> replication::Taken {
    let peer = hub.peers().await[0]["id"].as_str().unwrap().parse().unwrap();
    let series = Series { node: Uuid::from_u128(2), incarnation: 9 };
    let head = link(series, GENESIS, &entry.digest());
    let items = vec![Item::Entry(Arc::new(Sent::new(series, 1, entry)))];
    let batch = Batch { items, ends: vec![(series, head)] };
    hub.server.act(None, move |tx, ctx| {
        let proven = nodes::proven(tx, ctx, (peer, batch.clone(), &[]))?;
        nodes::receive(tx, ctx, peer, &proven[0])
    })
}
