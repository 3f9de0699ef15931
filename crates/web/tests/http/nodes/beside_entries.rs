//! What goes beside the entries: sign-ins, and photos by their digests.

use super::super::beside::Beside;
use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use data_encoding::HEXLOWER;
use muster_app::{files, nodes};
use muster_domain::ids::PersonId;
use muster_journal::Change;
use muster_journal::wire::Message;
use muster_storage::auth;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

on_both!(
    people_of_an_edge_have_their_passwords_there_and_others_have_none,
    photos_of_people_out_of_sight_are_neither_asked_for_nor_given,
);

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

async fn photos_of_people_out_of_sight_are_neither_asked_for_nor_given(server: TestServer) {
    let hub = Hub::open(server).await;
    let scope = json!({"classes": [hub.server.class.to_string()]});
    let _edge = Edge::seeing(&hub, 2, (&hub.url, &scope)).await;
    hub.tell_all();
    let peer: Uuid = hub.peers().await[0]["id"].as_str().unwrap().parse().unwrap();
    let mut beside = Beside::start(3);
    let photos: [(&str, [u8; 6]); 2] =
        [("student", [0xff, 0xd8, 0xff, 0xe0, 0, 1]), ("stranger", [0xff, 0xd8, 0xff, 0xe0, 0, 2])];
    let names = photos.map(|(who, content)| {
        let name = HEXLOWER.encode(&Sha256::digest(content));
        let change = Change::new("photo.set", "person", hub.server.people[who]);
        let change = change.created(&json!({"photo": name}));
        beside.write(hub.server.now(), hub.server.people["registrar"], change);
        name
    });
    beside.meet(&hub.server);
    let answer =
        hub.server.act(None, move |tx, ctx| nodes::answer(tx, ctx, (peer, &Message::default())));
    let about: Value = serde_json::from_str(&answer.about).unwrap();
    assert_eq!(about["files"], json!([names[0]]));
    for ((_, content), name) in photos.into_iter().zip(names.clone()) {
        assert!(hub.server.plant(None, move |tx, _| files::take(tx, &name, &content)));
    }
    let given = names
        .map(|name| hub.server.act(None, move |tx, _| Ok(nodes::file(tx, peer, &name).is_ok())));
    assert_eq!(given, [true, false]);
}
