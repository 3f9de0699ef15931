//! Edges that came back from a backup, and copies of one that are used beside each other.

use super::super::server::TestServer;
use super::hands::{Edge, Hub, lines, numbered};
use muster_storage::replication;

on_both!(
    two_copies_of_an_edge_are_told_apart_and_what_both_wrote_is_everywhere,
    an_edge_from_a_backup_gets_what_it_had_told_and_keeps_what_it_wrote_since,
);

/// Exchanges until nobody has anything new: what one brings the others hear of with their next one.
async fn meet(hub: &Hub, edges: &[&Edge]) {
    for _ in 0..3 {
        for edge in edges {
            numbered(&hub.server.store).await;
            edge.sync().await.unwrap();
        }
    }
    numbered(&hub.server.store).await;
}

async fn hold_the_same(hub: &Hub, edges: &[&Edge], people: &[&str]) {
    for edge in edges {
        for number in people {
            assert!(hub.has_heard_of(number).await, "{number} at the hub");
            assert!(edge.has_heard_of(number).await, "{number} at an edge");
        }
        assert_eq!(edge.heads().await, hub.heads().await);
        assert_eq!(lines(&edge.store).await, lines(&hub.server.store).await);
        assert_eq!(edge.status().await.hub.and_then(|hub| hub.error), None);
    }
}

async fn two_copies_of_an_edge_are_told_apart_and_what_both_wrote_is_everywhere(
    server: TestServer,
) {
    let hub = Hub::open(server).await;
    let one = Edge::enrolled(&hub, 2).await;
    hub.tell_all();
    one.make_person("BOTH").await;
    meet(&hub, &[&one]).await;
    let two = one.copied();
    one.make_person("ONE-1").await;
    two.make_person("TWO-1").await;
    two.make_person("TWO-2").await;
    meet(&hub, &[&one, &two]).await;
    one.make_person("ONE-2").await;
    two.make_person("TWO-3").await;
    meet(&hub, &[&one, &two]).await;
    hold_the_same(&hub, &[&one, &two], &["BOTH", "ONE-1", "ONE-2", "TWO-1", "TWO-2", "TWO-3"])
        .await;
    let series = |edge: &Edge| edge.store.read(replication::own);
    assert_ne!(series(&one).await.unwrap(), series(&two).await.unwrap());
}

async fn an_edge_from_a_backup_gets_what_it_had_told_and_keeps_what_it_wrote_since(
    server: TestServer,
) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.tell_all();
    meet(&hub, &[&edge]).await;
    let backup = edge.copied();
    for number in ["LOST-1", "LOST-2"] {
        edge.make_person(number).await;
    }
    meet(&hub, &[&edge]).await;
    drop(edge);
    backup.make_person("SINCE").await;
    meet(&hub, &[&backup]).await;
    hold_the_same(&hub, &[&backup], &["LOST-1", "LOST-2", "SINCE"]).await;
    assert_eq!(backup.actions("node.begin_anew").await.len(), 1);
}
