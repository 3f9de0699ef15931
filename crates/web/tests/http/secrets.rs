//! What people prove themselves by, given to an edge: it signs them in without the hub.

use super::server::{PASSWORD, TestServer};
use axum::http::StatusCode;
use muster_app::secrets::{self, Place};
use muster_credential::keys::MasterKey;
use muster_domain::ids::PersonId;
use muster_domain::time::Span;
use muster_storage::auth;
use serde_json::json;

on_both!(
    an_edge_knows_a_password_that_was_sealed_for_it,
    a_password_that_changes_at_the_hub_is_told_of,
    what_was_sealed_for_another_node_or_person_is_refused,
);

/// The key that hub and edge share.
fn shared(byte: u8) -> muster_credential::keys::SealingKey {
    MasterKey::from_bytes([byte; 32]).sealing_key()
}

fn give(server: &TestServer, people: Vec<PersonId>) -> Vec<secrets::Sealed> {
    server.act(None, move |tx, ctx| secrets::give(tx, ctx, &shared(3), &people))
}

fn take(server: &TestServer, given: secrets::Sealed, byte: u8) -> bool {
    server.act(None, move |tx, ctx| Ok(secrets::take(tx, ctx, &shared(byte), &given).is_ok()))
}

fn hash(server: &TestServer, person: PersonId) -> Option<String> {
    server.act(None, move |tx, _| Ok(auth::password(tx, person)?.map(|row| row.hash)))
}

async fn an_edge_knows_a_password_that_was_sealed_for_it(server: TestServer) {
    let teacher = server.people["teacher"];
    let given = give(&server, vec![teacher]).remove(0);
    let known = hash(&server, teacher).unwrap();
    assert!(!given.sealed.contains("argon2") && !given.sealed.contains(&known));
    // The same node plays the edge: what stood there goes, and comes back from what was given.
    server.act(None, move |tx, _| Ok(muster_storage::secrets::drop_password(tx, teacher)?));
    assert_eq!(hash(&server, teacher), None);
    assert!(take(&server, given, 3));
    assert_eq!(hash(&server, teacher), Some(known));
    let body = json!({"identifier": "teacher", "password": PASSWORD});
    let signed_in = server.post("", "/api/v1/tokens", body).await;
    assert!(signed_in.status.is_success(), "{}", signed_in.text);
    let journal = server.get("registrar", "/api/v1/journal?limit=200").await.text;
    assert!(!journal.contains("argon2"));
}

async fn a_password_that_changes_at_the_hub_is_told_of(server: TestServer) {
    let told = |after: Place| server.act(None, move |tx, _| secrets::changed(tx, after));
    let (before, place) = told(Place::START);
    assert_eq!(before, []);
    server.turn(Span::minutes(1));
    let body = json!({"present": PASSWORD, "password": "quite another red staple"});
    let changed =
        server.call("teacher", axum::http::Method::PUT, "/api/v1/me/password", body).await;
    assert_eq!(changed.status, StatusCode::NO_CONTENT, "{}", changed.text);
    let (people, next) = told(place);
    assert_eq!(people, [server.people["teacher"]]);
    assert_eq!(told(next), (Vec::new(), next));
    let holders = server.act(None, |tx, _| secrets::holders(tx, None));
    assert!(holders.contains(&server.people["teacher"]));
}

async fn what_was_sealed_for_another_node_or_person_is_refused(server: TestServer) {
    let people = vec![server.people["teacher"], server.people["student"]];
    let mut given = give(&server, people);
    let before = hash(&server, server.people["teacher"]);
    assert!(!take(&server, given[0].clone(), 4));
    let (one, other) = (given.remove(0), given.remove(0));
    let swapped = secrets::Sealed { person: one.person, sealed: other.sealed };
    assert!(!take(&server, swapped, 3));
    assert_eq!(hash(&server, server.people["teacher"]), before);
}
