//! Questions that no honest edge asks.

use super::super::server::{Answer, TestServer};
use super::hands::{Edge, Hub};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use muster_credential::keys::MasterKey;
use muster_credential::node::Question;
use muster_journal::wire::Message;
use muster_storage::replication;
use muster_sync::body::{MOST_SENT, TYPE, pack};
use muster_testkit::sqlite;
use uuid::Uuid;

const PATH: &str = "/api/v1/sync/exchanges";

/// A hub with an edge, and who that is.
async fn hub() -> (Hub, Edge, Uuid) {
    let hub = Hub::open(TestServer::start(sqlite())).await;
    let edge = Edge::enrolled(&hub, 2).await;
    let peer = hub.peers().await[0]["id"].as_str().unwrap().parse().unwrap();
    (hub, edge, peer)
}

/// A question under a number, signed by a key.
async fn ask(hub: &Hub, (peer, count): (Uuid, i64), key: &MasterKey, body: &[u8]) -> Answer {
    let own = hub.server.store.read(replication::own).await.unwrap().node;
    let question = Question { peer, hub: own, count, path: PATH, body };
    let signature = BASE64URL_NOPAD.encode(&key.node_key().ask(&question));
    let mut request = hub.server.request("nobody", Method::POST, PATH, Body::from(body.to_vec()));
    let headers = request.headers_mut();
    headers.insert("content-type", TYPE.parse().unwrap());
    headers.insert("muster-node", peer.to_string().parse().unwrap());
    headers.insert("muster-count", count.to_string().parse().unwrap());
    headers.insert("muster-signature", signature.parse().unwrap());
    hub.server.send(request).await
}

fn nothing() -> Vec<u8> {
    pack(&Message::default().write()).unwrap()
}

#[tokio::test]
async fn a_question_that_was_recorded_is_worth_nothing() {
    let (hub, edge, peer) = hub().await;
    let body = nothing();
    assert_eq!(ask(&hub, (peer, 7), &edge.key, &body).await.status, StatusCode::OK);
    let again = ask(&hub, (peer, 7), &edge.key, &body).await;
    assert_eq!((again.status, &*again.reason()), (StatusCode::CONFLICT, "question-repeated"));
    assert_eq!(again.json()["count"], 7);
    assert_eq!(ask(&hub, (peer, 6), &edge.key, &body).await.reason(), "question-repeated");
    assert_eq!(ask(&hub, (peer, 8), &edge.key, &body).await.status, StatusCode::OK);
}

#[tokio::test]
async fn another_key_or_an_altered_question_is_refused_and_counts_for_nothing() {
    let (hub, edge, peer) = hub().await;
    let thief = MasterKey::from_bytes([99; 32]);
    let refused = ask(&hub, (peer, 1_000), &thief, &nothing()).await;
    assert_eq!((refused.status, &*refused.reason()), (StatusCode::UNAUTHORIZED, "node-unknown"));
    let stranger = ask(&hub, (Uuid::from_u128(5), 1), &edge.key, &nothing()).await;
    assert_eq!(stranger.reason(), "node-unknown");
    // Nobody gets the hub's word for what they did not ask.
    for refused in [refused, stranger] {
        assert!(!refused.headers.contains_key("muster-signature"));
    }
    // The thief's number did not lock the edge out.
    assert_eq!(ask(&hub, (peer, 1), &edge.key, &nothing()).await.status, StatusCode::OK);
    let mut bare = hub.server.request("nobody", Method::POST, PATH, Body::from(nothing()));
    bare.headers_mut().insert("content-type", TYPE.parse().unwrap());
    assert_eq!(hub.server.send(bare).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_revoked_edge_alone_is_told_so_under_the_hubs_signature() {
    let (hub, edge, peer) = hub().await;
    let path = format!("/api/v1/nodes/{peer}/revocation");
    hub.server.post("super_administrator", &path, serde_json::json!({})).await;
    let told = ask(&hub, (peer, 1), &edge.key, &nothing()).await;
    assert_eq!((told.status, &*told.reason()), (StatusCode::UNAUTHORIZED, "node-revoked"));
    assert!(told.headers.contains_key("muster-signature"));
    let thief = MasterKey::from_bytes([99; 32]);
    let refused = ask(&hub, (peer, 2), &thief, &nothing()).await;
    assert_eq!(refused.reason(), "node-unknown");
    assert!(!refused.headers.contains_key("muster-signature"));
}

#[tokio::test]
async fn another_version_is_told_who_has_to_upgrade_and_nothing_is_taken() {
    let (hub, edge, peer) = hub().await;
    let message = Message::default().write();
    for (count, at, byte, reason) in
        [(1, 7, 2, "upgrade-hub"), (2, 7, 0, "upgrade-edge"), (3, 8, 90, "upgrade-hub")]
    {
        let mut other = message.clone();
        other[at] = byte;
        let answer = ask(&hub, (peer, count), &edge.key, &pack(&other).unwrap()).await;
        assert_eq!((answer.status, &*answer.reason()), (StatusCode::CONFLICT, reason));
        let listed = &hub.peers().await[0];
        assert!(listed["error"].as_str().unwrap().contains("Upgrade"), "{listed}");
        assert!(listed["success_at"].is_null());
    }
}

#[tokio::test]
async fn what_is_too_large_or_no_message_is_refused() {
    let (hub, edge, peer) = hub().await;
    let large = vec![0; MOST_SENT + 1];
    assert_eq!(ask(&hub, (peer, 1), &edge.key, &large).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let bomb = pack(&vec![0; 64 << 20]).unwrap();
    assert_eq!(ask(&hub, (peer, 2), &edge.key, &bomb).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        ask(&hub, (peer, 3), &edge.key, b"no message").await.status,
        StatusCode::BAD_REQUEST
    );
    assert_eq!(ask(&hub, (peer, 4), &edge.key, &nothing()).await.status, StatusCode::OK);
}
