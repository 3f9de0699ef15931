//! What goes beside the entries: sign-ins, and photos by their digests.

use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use muster_domain::ids::PersonId;
use muster_storage::auth;
use serde_json::json;

on_both!(people_of_an_edge_have_their_passwords_there_and_others_have_none);

async fn hash(of: &muster_storage::Store, person: PersonId) -> Option<String> {
    let row = of.read(move |tx| auth::password(tx, person)).await.unwrap();
    row.map(|row| row.hash)
}

async fn people_of_an_edge_have_their_passwords_there_and_others_have_none(server: TestServer) {
    let hub = Hub::open(server).await;
    let scope = json!({"classes": [hub.server.class.to_string()]});
    let edge = Edge::seeing(&hub, 2, (&hub.url, &scope)).await;
    hub.tell_all();
    numbered(&hub.server.store).await;
    let [teacher, stranger] = ["teacher", "stranger"].map(|who| hub.server.people[who]);
    edge.sync().await.unwrap();
    let wanted = hash(&hub.server.store, teacher).await;
    assert!(wanted.is_some());
    assert_eq!(hash(&edge.store, teacher).await, wanted);
    assert_eq!(hash(&edge.store, stranger).await, None);
}
