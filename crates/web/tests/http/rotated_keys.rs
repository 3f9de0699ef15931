//! Signing keys that were rotated: what was issued with an older one counts while the node has it.

use super::events::{issue, pass, staffed};
use super::redemptions::{ADA, BEN, at, gate, shown, verdict};
use super::server::{TestServer, signing};
use axum::http::StatusCode;
use muster_credential::keys::file::{self, KeyRing};
use muster_credential::keys::signing::{SigningKey, SigningKeyId};
use muster_credential::signature::Credential;
use muster_testkit::sqlite;
use serde_json::json;

/// The keys of before, rotated as on the command line.
fn rotated() -> KeyRing<SigningKey> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("signing-keys");
    let before: KeyRing<SigningKey> = file::rotate(&path, [9; 32]).unwrap();
    assert_eq!(before.active().id(), signing().active().id(), "the server begins with this key");
    file::rotate(&path, [10; 32]).unwrap()
}

/// The key that signed what a QR holds.
fn signer(credential: &str) -> SigningKeyId {
    credential.parse::<Credential>().unwrap().key()
}

async fn a_pass_of_before_is_admitted_and_one_of_afterwards_has_the_new_key(server: TestServer) {
    let mut server = staffed(server);
    let gate = gate(&server, json!({"entries": "times", "times": 2}), &[ADA]).await;
    let keys = rotated();
    let (older, newer) = (signing().active().id(), keys.active().id());
    assert_eq!(signer(&gate.credential), older);
    server.begin_again_signing_by(keys);
    let (credential, code) = shown(&server, &gate.pass).await;
    assert_eq!((&credential, &code), (&gate.credential, &gate.code), "it is shown as it was");
    assert_eq!(verdict(&server, at(&gate, &credential, "1")).await, "admit");
    assert_eq!(verdict(&server, at(&gate, &code, "2")).await, "admit");
    let made = issue(&server, &gate.event, pass(&gate.kind, &[BEN])).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let (credential, code) = shown(&server, made.json()["id"].as_str().unwrap()).await;
    assert_eq!(signer(&credential), newer);
    assert_eq!(verdict(&server, at(&gate, &credential, "3")).await, "admit");
    assert_eq!(verdict(&server, at(&gate, &code, "4")).await, "admit");
}

async fn a_pass_that_is_handed_on_afterwards_has_the_new_key_alone(server: TestServer) {
    let mut server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let keys = rotated();
    let newer = keys.active().id();
    server.begin_again_signing_by(keys);
    let handed = json!({"holders": [{"name": BEN.0, "phone": BEN.1}]});
    let path = format!("/api/v1/passes/{}/transfer", gate.pass);
    let done = server.post("organiser", &path, handed).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let (credential, _) = shown(&server, &gate.pass).await;
    assert_eq!(signer(&credential), newer);
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "1")).await, "superseded");
    assert_eq!(verdict(&server, at(&gate, &credential, "2")).await, "admit");
}

on_both!(
    a_pass_of_before_is_admitted_and_one_of_afterwards_has_the_new_key,
    a_pass_that_is_handed_on_afterwards_has_the_new_key_alone,
);

#[tokio::test]
async fn without_the_older_key_what_it_signed_admits_nobody() {
    let mut server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    server.begin_again_signing_by(SigningKey::from_bytes([10; 32]).into());
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "1")).await, "unknown");
    assert_eq!(verdict(&server, at(&gate, &gate.code, "2")).await, "unknown");
}
