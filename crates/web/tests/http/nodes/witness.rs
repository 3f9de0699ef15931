//! What hub and edge know of each other's journals.

use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use muster_app::nodes::{self, Witnessed};
use muster_journal::Head;
use muster_journal::sync::{Hello, Seal};
use muster_journal::wire::Message;
use muster_storage::replication;

on_both!(
    what_an_edge_got_is_compared_with_what_its_hub_signed,
    what_is_gone_here_and_an_edge_still_holds_is_told,
);

async fn what_an_edge_got_is_compared_with_what_its_hub_signed(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.tell_all();
    hub.make_person("HUB-1");
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    let found = edge.act(|tx, ctx| nodes::witnessed(tx, ctx)).await.unwrap();
    assert!(found.seals > 0 && found.holds(), "{found:?}");
    // Somebody else's word for the same.
    let series = hub.server.store.read(replication::own).await.unwrap();
    let forged = Seal { series, numbers: vec![1], signature: [1; 64] };
    edge.act(move |tx, _| Ok(replication::keep_seals(tx, std::slice::from_ref(&forged))?))
        .await
        .unwrap();
    let found = edge.act(|tx, ctx| nodes::witnessed(tx, ctx)).await.unwrap();
    assert_eq!(found.altered, Some((series, 1)));
    assert!(!found.holds());
}

async fn what_is_gone_here_and_an_edge_still_holds_is_told(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.make_person("HUB-1");
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    let found = hub.server.act(None, |tx, ctx| nodes::witnessed(tx, ctx));
    assert_eq!(found, Witnessed::default());
    let peer = &hub.peers().await[0];
    let (id, name) = (peer["id"].as_str().unwrap().parse().unwrap(), peer["name"].clone());
    let series = hub.server.store.read(replication::own).await.unwrap();
    let head = hub.heads().await.of(series);
    let more = Head { seq: head.seq + 3, hash: [7; 32] };
    let hello = Hello { heads: [(series, more)].into_iter().collect(), ..Hello::default() };
    let said = Message { hello, about: "{}".to_owned(), ..Message::default() };
    let found = hub.server.act(None, move |tx, ctx| {
        nodes::told(tx, ctx, id, &said)?;
        nodes::witnessed(tx, ctx)
    });
    assert_eq!(found.lacking, [(name.as_str().unwrap().to_owned(), more.seq)]);
    assert!(!found.holds());
}
