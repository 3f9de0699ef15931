//! The last place at an event, sold by a hub and an edge that are apart.

use super::super::events::{event, issue, pass, pass_type, staffed};
use super::super::redemptions::{ADA, BEN};
use super::super::server::{Answer, TestServer};
use super::hands::{Edge, Hub, numbered};
use axum::http::{Method, StatusCode};
use muster_app::Error;
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_domain::ids::{EventId, PassId};
use muster_domain::passes::Payment;
use muster_domain::time::Span;
use muster_storage::replication;
use serde_json::{Value, json};
use uuid::Uuid;

on_both!(
    the_last_place_that_two_nodes_sold_is_held_twice_and_shows,
    passes_to_an_event_that_is_left_to_one_node_are_issued_there_alone,
);

/// An event for one, and its only pass type.
async fn for_one(server: &TestServer) -> (String, String) {
    let event = event(server, json!({"capacity": 1})).await;
    let kind = pass_type(server, &event, json!({"name": "Single"})).await;
    (event, kind)
}

/// Sells a pass on an edge to somebody.
pub(super) async fn sold(
    (edge, hub): (&Edge, &Hub),
    (event, kind): (&str, &str),
    (name, phone): (&str, &str),
) -> muster_app::Result<PassId> {
    let holder = HolderInput { name: name.to_owned(), phone: phone.to_owned() };
    let input = IssueInput {
        pass_type: kind.parse().unwrap(),
        holders: vec![holder],
        payment: Payment::Cash,
        reference: String::new(),
        email: String::new(),
    };
    let (event, gate): (EventId, _) = (event.parse().unwrap(), hub.server.people["gate"]);
    edge.act_as(gate, move |tx, ctx| passes::issue(tx, ctx, event, &input)).await
}

/// Changes an event at the hub.
async fn changed(hub: &Hub, event: &str, body: Value) -> Answer {
    let path = format!("/api/v1/events/{event}");
    hub.server.call("organiser", Method::PATCH, &path, body).await
}

async fn shown(hub: &Hub, path: String) -> String {
    hub.server.get("organiser", &path).await.text
}

/// The only field that was wrong.
fn wrong(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    answer.json()["errors"][0]["pointer"].take()
}

async fn listed(hub: &Hub, event: &str, query: &str) -> Vec<(String, bool)> {
    let path = format!("/api/v1/events/{event}/passes?{query}");
    let items = hub.server.get("organiser", &path).await.json()["items"].take();
    let item = |item: &Value| {
        (item["holder"].as_str().unwrap().to_owned(), item["oversold"].as_bool().unwrap())
    };
    items.as_array().unwrap().iter().map(item).collect()
}

async fn the_last_place_that_two_nodes_sold_is_held_twice_and_shows(server: TestServer) {
    let server = staffed(server);
    let (event, kind) = for_one(&server).await;
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let at_hub = issue(&hub.server, &event, pass(&kind, &[ADA])).await;
    assert_eq!(at_hub.status, StatusCode::CREATED, "{}", at_hub.text);
    edge.turn(Span::minutes(5));
    sold((&edge, &hub), (&event, &kind), BEN).await.unwrap();
    assert_eq!(listed(&hub, &event, "state=oversold").await, []);
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    // Both stand, and the later one is marked, on both nodes.
    let later = vec![("Ben Rao".to_owned(), true)];
    assert_eq!(listed(&hub, &event, "state=valid").await.len(), 2);
    assert_eq!(listed(&hub, &event, "state=oversold").await, later);
    assert_eq!(listed(&hub, &event, "state=oversold&q=ada").await, []);
    assert_eq!(listed(&hub, &event, "q=ada").await, [("Ada Rao".to_owned(), false)]);
    let id: EventId = event.parse().unwrap();
    let there = edge.act(move |tx, ctx| passes::oversold(tx, ctx, id)).await.unwrap();
    assert_eq!(there.len(), 1);
    assert!(
        shown(&hub, format!("/events/{event}")).await.contains("There is no place for 1 pass:")
    );
    assert!(
        shown(&hub, format!("/events/{event}/passes?format=csv")).await.contains(",Valid,yes,")
    );
    let pass = there.first().unwrap();
    assert!(
        shown(&hub, format!("/passes/{pass}")).await.contains("There is no place for this pass")
    );
    let inbox = hub.server.get("organiser", "/api/v1/me/notices").await.json();
    assert_eq!(inbox["items"][0]["kind"], "oversold", "{inbox}");
    // Whatever else is changed of the event, its room may stay; with more of it both have a place.
    for (body, oversold) in [(json!({"name": "Summer Ball"}), 1), (json!({"capacity": 2}), 0)] {
        let done = changed(&hub, &event, body).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
        let figures =
            hub.server.get("organiser", &format!("/api/v1/events/{event}/figures")).await.json();
        assert_eq!(figures["oversold"], oversold);
    }
}

async fn passes_to_an_event_that_is_left_to_one_node_are_issued_there_alone(server: TestServer) {
    let server = staffed(server);
    let (event, kind) = for_one(&server).await;
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let node = |n: u128| json!({"home": Uuid::from_u128(n)});
    let unknown = changed(&hub, &event, node(77)).await;
    assert_eq!(wrong(&unknown), "/home");
    let left = changed(&hub, &event, node(2)).await;
    assert_eq!(left.status, StatusCode::OK, "{}", left.text);
    let refused = issue(&hub.server, &event, pass(&kind, &[ADA])).await;
    assert_eq!(wrong(&refused), "/pass_type");
    assert!(refused.text.contains("on one node alone: Stick."), "{}", refused.text);
    let page = hub.server.get("organiser", &format!("/events/{event}")).await.text;
    assert!(page.contains("On one node alone: Stick") && !page.contains("Issue a pass"), "{page}");
    let form = hub.server.get("organiser", &format!("/events/{event}/edit")).await.text;
    assert!(form.contains("selected>Stick<"), "{form}");
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    sold((&edge, &hub), (&event, &kind), BEN).await.unwrap();
    // A hub stands in for an edge that is revoked, and an edge does not for its hub.
    let peer = hub.peers().await[0]["id"].as_str().unwrap().to_owned();
    let at_hub = changed(&hub, &event, json!({"home": null, "capacity": 9})).await;
    assert_eq!(at_hub.status, StatusCode::OK, "{}", at_hub.text);
    let own = hub.server.store.read(replication::own).await.unwrap().node;
    let at_hub = changed(&hub, &event, json!({"home": own})).await;
    assert_eq!(at_hub.status, StatusCode::OK, "{}", at_hub.text);
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    let there = sold((&edge, &hub), (&event, &kind), ("Cy Rao", "98450 77777")).await;
    assert!(matches!(there, Err(Error::Invalid(_))), "{there:?}");
    changed(&hub, &event, node(2)).await;
    let revoked = format!("/api/v1/nodes/{peer}/revocation");
    let revoked = hub.server.post("super_administrator", &revoked, json!({})).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text);
    let at_hub = issue(&hub.server, &event, pass(&kind, &[ADA])).await;
    assert_eq!(at_hub.status, StatusCode::CREATED, "{}", at_hub.text);
}
