//! What an edge of some classes sees, and what comes when it may see more.

use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use axum::http::{Method, StatusCode};
use muster_app::{academics, nodes};
use muster_domain::ids::{ActId, ClassId, EntryId};
use muster_journal::sync::{Batch, Item, Sent};
use muster_journal::{Entry, GENESIS, Series, link};
use muster_storage::replication::{Taken, Why};
use muster_testkit::NOON;
use serde_json::{Value, json};
use std::sync::Arc;
use uuid::Uuid;

on_both!(
    an_edge_of_a_class_hears_of_its_people_and_staff_and_of_nobody_else,
    what_stood_behind_runs_comes_when_an_edge_may_see_more,
    a_student_who_joins_the_class_comes_with_their_record,
    what_an_edge_writes_of_classes_that_it_may_not_see_is_refused,
    what_an_edge_wrote_before_it_was_to_see_less_is_taken,
);

async fn an_edge_of_a_class_hears_of_its_people_and_staff_and_of_nobody_else(server: TestServer) {
    let hub = Hub::open(server).await;
    numbered(&hub.server.store).await;
    let scope = json!({"classes": [hub.server.class.to_string()]});
    let edge = Edge::seeing(&hub, 2, (&hub.url, &scope)).await;
    edge.sync().await.unwrap();
    for number in ["student", "student_2", "teacher", "registrar", "super_administrator"] {
        assert!(edge.has_heard_of(number).await, "{number}");
    }
    for number in ["stranger", "teacher_b"] {
        assert!(!edge.has_heard_of(number).await, "{number}");
    }
    // It knows that there is more, and hears of no number twice.
    assert_eq!(edge.heads().await, hub.heads().await);
    let classes = edge.actions("class.create").await;
    assert_eq!(classes, [hub.server.class.to_string()]);
    assert_eq!(edge.status().await.hub.unwrap().classes.unwrap(), ["MA201 A"]);
}

async fn what_stood_behind_runs_comes_when_an_edge_may_see_more(server: TestServer) {
    let hub = Hub::open(server).await;
    numbered(&hub.server.store).await;
    let (class, other) = (hub.server.class.to_string(), hub.server.other.to_string());
    let edge = Edge::seeing(&hub, 2, (&hub.url, &json!({"classes": [class]}))).await;
    hub.tell_all();
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    let path = format!("/api/v1/nodes/{}/scope", hub.peers().await[0]["id"].as_str().unwrap());
    let wider = json!({"classes": [class, other]});
    let answer = hub.server.call("super_administrator", Method::PUT, &path, wider).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert!(edge.has_heard_of("teacher_b").await && !edge.has_heard_of("stranger").await);
    assert!(edge.actions("class.create").await.contains(&other));
    let all = hub.server.call("super_administrator", Method::PUT, &path, json!({"all": true}));
    assert_eq!(all.await.status, StatusCode::OK);
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert!(edge.has_heard_of("stranger").await);
    assert_eq!(edge.heads().await, hub.heads().await);
    // Once opened, nothing is asked for again.
    assert_eq!(edge.sync().await.unwrap().questions, 1);
}

async fn a_student_who_joins_the_class_comes_with_their_record(server: TestServer) {
    let hub = Hub::open(server).await;
    let class = hub.server.class;
    let scope = json!({"classes": [class.to_string()]});
    let edge = Edge::seeing(&hub, 2, (&hub.url, &scope)).await;
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert!(!edge.has_heard_of("stranger").await);
    let stranger = [hub.server.people["stranger"]];
    let who = hub.server.people["super_administrator"];
    hub.server.act(Some(who), move |tx, ctx| academics::enrol(tx, ctx, class, &stranger));
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert!(edge.has_heard_of("stranger").await);
}

/// What somebody could write on an edge who has its disk in hand.
struct Forged {
    entity: &'static str,
    id: Uuid,
    topic: Option<Uuid>,
    after: Value,
}

impl Forged {
    const fn new(entity: &'static str, id: Uuid, after: Value) -> Self {
        Self { entity, id, topic: None, after }
    }

    fn entry(self, number: u128) -> Entry {
        Entry {
            id: EntryId(Uuid::from_u128(number)),
            act: ActId(Uuid::from_u128(number)),
            at: NOON,
            clock: NOON.0,
            actor: None,
            via: "cli".to_owned(),
            action: format!("{}.forge", self.entity),
            entity: self.entity.to_owned(),
            entity_id: self.id,
            topic: self.topic,
            before: None,
            after: Some(self.after.to_string()),
            replaced: None,
            reason: None,
            schema: Entry::SCHEMA,
        }
    }
}

/// Has the hub take what its only edge, node 2, brings as the whole of its series of that life.
async fn bring(hub: &Hub, incarnation: i64, forged: Vec<Forged>) -> Taken {
    let peer = hub.peers().await[0]["id"].as_str().unwrap().parse().unwrap();
    let series = Series { node: Uuid::from_u128(2), incarnation };
    let (mut items, mut head) = (Vec::new(), GENESIS);
    for (number, forged) in (u128::from(incarnation.unsigned_abs()) << 32..).zip(forged) {
        let entry = forged.entry(number);
        head = link(series, head, &entry.digest());
        items.push(Item::Entry(Arc::new(Sent::new(series, head.seq, entry))));
    }
    let batch = Batch { items, ends: vec![(series, head)] };
    hub.server.act(None, move |tx, ctx| {
        let proven = nodes::proven(tx, ctx, (peer, batch.clone(), &[]))?;
        nodes::receive(tx, ctx, peer, &proven[0])
    })
}

async fn edge_of(hub: &Hub, class: ClassId) -> Edge {
    numbered(&hub.server.store).await;
    let scope = json!({"classes": [class.to_string()]});
    let edge = Edge::seeing(hub, 2, (&hub.url, &scope)).await;
    hub.tell_all();
    edge
}

async fn what_an_edge_writes_of_classes_that_it_may_not_see_is_refused(server: TestServer) {
    let path = format!("/api/v1/classes/{}/sessions", server.other);
    let opened = server.post("teacher_b", &path, json!({"methods": ["code"]})).await.json();
    let session: Uuid = opened["id"].as_str().unwrap().parse().unwrap();
    let hub = Hub::open(server).await;
    let (class, other) = (hub.server.class.0, hub.server.other.0);
    edge_of(&hub, hub.server.class).await;
    let id = Uuid::from_u128;
    let taken = bring(
        &hub,
        1,
        vec![
            Forged::new("meeting", id(70), json!({"class": class})),
            Forged::new("meeting", id(71), json!({"class": other})),
            Forged::new("class", other, json!({"room": "Nowhere"})),
            Forged::new("session", session, json!({"closed_at": NOON.0})),
            // Whatever else it says of itself.
            Forged { topic: Some(session), ..Forged::new("mark", id(72), json!({"class": class})) },
            Forged::new("correction", id(73), json!({"class": class, "session": session})),
        ],
    )
    .await;
    let refused: Vec<_> =
        taken.refused.iter().map(|refused| (&*refused.entity, refused.why)).collect();
    let kinds = ["meeting", "class", "session", "mark", "correction"];
    assert_eq!(refused, kinds.map(|kind| (kind, Why::Scope)));
    assert_eq!(taken.new, 1);
    let peer = &hub.peers().await[0];
    assert_eq!(peer["refused"], 5, "{peer}");
    let error = peer["error"].as_str().unwrap();
    assert!(error.contains("a class that the edge may not see"), "{error}");
    let path = format!("/api/v1/classes/{other}");
    let shown = hub.server.get("super_administrator", &path).await.json();
    assert_ne!(shown["room"], "Nowhere", "{shown}");
}

async fn what_an_edge_wrote_before_it_was_to_see_less_is_taken(server: TestServer) {
    let hub = Hub::open(server).await;
    let (class, other) = (hub.server.class, hub.server.other);
    edge_of(&hub, class).await;
    let path = format!("/api/v1/nodes/{}/scope", hub.peers().await[0]["id"].as_str().unwrap());
    for classes in [vec![class, other], vec![class]] {
        let classes: Vec<_> = classes.iter().map(ClassId::to_string).collect();
        let scope = json!({"classes": classes});
        let answer = hub.server.call("super_administrator", Method::PUT, &path, scope).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let meeting = Forged::new("meeting", Uuid::from_u128(71), json!({"class": other}));
    let taken = bring(&hub, 1, vec![meeting]).await;
    assert_eq!((taken.new, taken.refused), (1, vec![]));
}
