//! A hub and its edges: two stores and a real connection between them.

mod ahead;
mod apart;
mod beside_entries;
mod door;
mod forged;
mod forked;
mod gates;
mod handover;
mod hands;
mod last_place;
mod merged_apart;
mod scopes;
mod signed_elsewhere;
mod thief;
mod witness;

use self::hands::{Edge, Hub, lines, numbered};
use super::dockets::{made, school};
use super::server::{TestServer, replicates};
use axum::http::{Method, StatusCode};
use muster_app::nodes::{self, NodeError};
use muster_app::telling_nodes;
use muster_domain::ids::{ActId, EntryId};
use muster_domain::time::Span;
use muster_journal::sync::{Batch, Hello, Item, Sent};
use muster_journal::wire::Message;
use muster_journal::{Change, Entry, GENESIS, Head, Series, link};
use muster_storage::peers;
use muster_storage::replication;
use muster_storage::{Act, Store, points};
use muster_sync::Failure;
use muster_testkit::NOON;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

on_both!(
    what_was_done_on_either_side_is_on_both_afterwards,
    records_of_hub_and_edge_come_to_be_the_same,
    of_two_edits_while_apart_the_later_stands_and_the_other_is_listed,
    three_edges_and_their_hub_come_to_hold_the_same,
    a_code_enrols_once_and_what_it_was_is_not_kept,
    an_edge_believes_nobody_who_does_not_know_its_code,
    a_node_that_is_enrolled_again_takes_the_place_of_what_it_was,
    an_exchange_that_is_cut_anywhere_goes_on,
    a_revoked_edge_neither_reads_nor_writes_and_is_told_so,
    roles_from_an_edge_are_refused_and_listed,
    what_came_and_is_not_in_place_is_listed_with_its_reason,
    a_clock_that_is_off_is_told_on_both_sides,
    rooms_of_a_sitting_are_check_in_points_on_every_node,
);

async fn rooms_of_a_sitting_are_check_in_points_on_every_node(server: TestServer) {
    let school = school(server).await;
    let code = json!({"name": "Stick", "scope": {"all": true}});
    school.server.post("super_administrator", "/api/v1/nodes/codes", code).await;
    while school.server.act(None, telling_nodes::tell_some) {}
    let rooms = json!(["Hall A", "B 12"]);
    let sitting = made(&school.sitting(school.server.class, 24, rooms).await);
    let gone = made(&school.sitting(school.server.class, 48, json!(["C 3"])).await);
    let change = json!({"rooms": ["b 12", "Annex"]});
    let path = |id: &str| format!("/api/v1/sittings/{id}");
    school.server.call("registrar", Method::PATCH, &path(&sitting), change).await;
    school.server.call("registrar", Method::DELETE, &path(&gone), json!({})).await;
    let hub = Hub::open(school.server).await;
    let edge = Edge::filled(&hub, 2).await;
    let of = async |store: &Store, id: &str| {
        let scope = id.parse().unwrap();
        let rows = store.read(move |tx| points::of_scope(tx, scope)).await.unwrap();
        rows.into_iter().map(|row| (row.id, row.name, row.archived_at)).collect::<Vec<_>>()
    };
    let here = of(&edge.store, &sitting).await;
    assert_eq!(here, of(&hub.server.store, &sitting).await);
    let open = here.iter().filter(|(.., archived)| archived.is_none());
    assert_eq!(open.map(|(_, name, _)| name).collect::<Vec<_>>(), ["Annex", "b 12"]);
    assert_eq!((here.len(), of(&edge.store, &gone).await), (3, Vec::new()));
}

async fn what_was_done_on_either_side_is_on_both_afterwards(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.make_person("HUB-1");
    edge.make_person("EDGE-1").await;
    edge.sync().await.unwrap();
    // The hub has the edge's entry; the edge has the hub's, and was told its sight.
    for number in ["HUB-1", "EDGE-1"] {
        assert!(hub.has_heard_of(number).await, "{number} at the hub");
        assert!(edge.has_heard_of(number).await, "{number} at the edge");
    }
    let shown = hub.server.get("super_administrator", "/api/v1/nodes").await.json();
    let peer = &shown["peers"][0];
    assert_eq!((&shown["role"], &peer["pending"]), (&json!("hub"), &json!(0)));
    assert_eq!(peer["refused"], 0);
    assert!(peer["success_at"].is_string(), "{peer}");
}

async fn records_of_hub_and_edge_come_to_be_the_same(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    // What was here before anybody asked for it is told, too.
    hub.tell_all();
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    let told = lines(&edge.store).await;
    assert!(told.iter().any(|line| line.contains("stranger")));
    assert_eq!(told, lines(&hub.server.store).await);
    edge.make_person("EDGE-1").await;
    edge.sync().await.unwrap();
    let found = hub.server.get("registrar", "/api/v1/people?q=EDGE-1").await.json();
    assert_eq!(found["items"][0]["number"], "EDGE-1", "{found}");
    assert_eq!(lines(&edge.store).await, lines(&hub.server.store).await);
}

async fn of_two_edits_while_apart_the_later_stands_and_the_other_is_listed(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.tell_all();
    let person = hub.make_person("HUB-1");
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    hub.rename(person, "Ada Byron");
    edge.rename(person, "Ada King").await;
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert_eq!(lines(&edge.store).await, lines(&hub.server.store).await);
    let listed = hub.server.get("super_administrator", "/api/v1/conflicts").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(listed["items"][0]["field"], "name", "{listed}");
}

async fn three_edges_and_their_hub_come_to_hold_the_same(server: TestServer) {
    let hub = Hub::open(server).await;
    let mut edges = Vec::new();
    for node in 2..5 {
        let edge = Edge::enrolled(&hub, node).await;
        edge.make_person(&format!("EDGE-{node}")).await;
        edges.push(edge);
    }
    // What the last one brings reaches the first in a second round.
    for edge in edges.iter().chain(&edges) {
        numbered(&hub.server.store).await;
        edge.sync().await.unwrap();
    }
    numbered(&hub.server.store).await;
    for edge in &edges {
        edge.sync().await.unwrap();
        assert_eq!(edge.heads().await, hub.heads().await);
        for node in 2..5 {
            assert!(edge.has_heard_of(&format!("EDGE-{node}")).await);
        }
    }
}

async fn a_code_enrols_once_and_what_it_was_is_not_kept(server: TestServer) {
    let hub = Hub::open(server).await;
    let code = hub.code(&json!({"all": true})).await;
    let (one, two) = (Edge::open(2), Edge::open(3));
    one.join(&hub.url, &code).await.unwrap();
    let refused = two.join(&hub.url, &code).await.unwrap_err();
    assert!(refused.contains("used before or has expired"), "{refused}");
    let journal = hub.server.get("super_administrator", "/api/v1/journal?action=node.").await;
    assert!(journal.text.contains("node.enrol") && journal.text.contains("node.offer"));
    assert!(!journal.text.contains(&code));
    // A code that nobody used in time.
    let code = hub.code(&json!({"all": true})).await;
    hub.server.turn(nodes::CODE_LIFETIME);
    assert!(two.join(&hub.url, &code).await.is_err());
}

/// Somebody in between knows neither the code nor the hub's key, whatever they answer.
async fn an_edge_believes_nobody_who_does_not_know_its_code(server: TestServer) {
    let hub = Hub::open(server).await;
    let code = hub.code(&json!({"all": true})).await;
    let edge = Edge::open(2);
    let thief = thief::Thief::listening().await;
    let refused = edge.join(&thief.url, &code).await.unwrap_err();
    assert!(refused.contains("does not know this code"), "{refused}");
    let heard = thief.heard();
    assert!(heard.contains("proof") && !heard.contains(&code), "{heard}");
    assert!(edge.status().await.hub.is_none());
    // What was heard enrols nobody else, and the code is as good as before.
    let mut stolen: Value = serde_json::from_str(&heard).unwrap();
    stolen["node"] = json!(Uuid::from_u128(9));
    let answer = hub.server.post("nobody", "/api/v1/sync/enrolments", stolen).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text);
    edge.join(&hub.url, &code.to_lowercase().replace('-', " ")).await.unwrap();
}

async fn a_node_that_is_enrolled_again_takes_the_place_of_what_it_was(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    let before = hub.peers().await[0]["id"].clone();
    let code = hub.code(&json!({"all": true})).await;
    edge.join(&hub.url, &code).await.unwrap();
    let peers = hub.peers().await;
    let revoked: Vec<_> = peers.iter().filter(|peer| peer["revoked_at"].is_string()).collect();
    assert_eq!((peers.len(), revoked.len(), &revoked[0]["id"]), (2, 1, &before));
    let path = "/api/v1/journal?action=node.revoke";
    let told = hub.server.get("super_administrator", path).await.json();
    assert_eq!(told["items"][0]["entity_id"], before, "{told}");
}

async fn an_exchange_that_is_cut_anywhere_goes_on(server: TestServer) {
    let hub = Hub::open(server).await;
    let door = door::Door::to(&hub.url).await;
    let edge = Edge::enrolled_at(&hub, 2, &door.url).await;
    for number in 0..30 {
        edge.make_person(&format!("E{number}")).await;
    }
    let mut failures = 0;
    for bytes in [0, 40, 300, 900, 2_500, 4_000] {
        door.cut_after(bytes);
        failures += usize::from(edge.sync().await.is_err());
    }
    assert!(failures > 2, "the door was open");
    door.open();
    edge.sync().await.unwrap();
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert_eq!(edge.heads().await, hub.heads().await);
    assert!(hub.has_heard_of("E0").await && hub.has_heard_of("E29").await);
}

async fn a_revoked_edge_neither_reads_nor_writes_and_is_told_so(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    edge.sync().await.unwrap();
    let peer = hub.peers().await[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/nodes/{peer}/revocation");
    let revoked = hub.server.post("super_administrator", &path, json!({})).await;
    assert_eq!(revoked.status, StatusCode::OK, "{}", revoked.text);
    hub.make_person("HUB-9");
    edge.make_person("EDGE-9").await;
    numbered(&hub.server.store).await;
    let Err(Failure::Refused { reason, detail }) = edge.sync().await else {
        panic!("nothing was refused")
    };
    assert_eq!(reason, "node-revoked");
    assert!(detail.contains("was revoked at its hub"), "{detail}");
    assert!(!hub.has_heard_of("EDGE-9").await && !edge.has_heard_of("HUB-9").await);
    assert!(edge.status().await.hub.unwrap().error.unwrap().contains("revoked"));
    // A new code lets it in again.
    let code = hub.code(&json!({"all": true})).await;
    edge.join(&hub.url, &code).await.unwrap();
    edge.sync().await.unwrap();
    assert!(hub.has_heard_of("EDGE-9").await && edge.has_heard_of("HUB-9").await);
}

async fn roles_from_an_edge_are_refused_and_listed(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::open(2);
    // Before it was an edge, as whoever has the disk in hand could write it at any time.
    edge.make_super_administrator("THIEF").await;
    let granted = edge.actions("role.grant").await;
    let code = hub.code(&json!({"all": true})).await;
    edge.join(&hub.url, &code).await.unwrap();
    edge.make_person("HONEST").await;
    edge.sync().await.unwrap();
    numbered(&hub.server.store).await;
    assert!(hub.has_heard_of("HONEST").await);
    let journal = hub.server.get("super_administrator", "/api/v1/journal?action=role.grant").await;
    assert!(!journal.text.contains(&granted[0]), "{}", journal.text);
    let peer = &hub.peers().await[0];
    assert_eq!(peer["refused"], 1);
    let error = peer["error"].as_str().unwrap();
    assert!(error.contains("role.grant") && error.contains("only the hub"), "{error}");
    // The series goes on behind what was refused, and the edge is told of it.
    edge.sync().await.unwrap();
    assert_eq!(edge.heads().await, hub.heads().await);
    assert!(edge.status().await.hub.unwrap().error.unwrap().contains("role.grant"));
    // As an edge it refuses such an act at once.
    let refused = edge.try_super_administrator("SECOND").await.unwrap_err();
    assert_eq!(refused.reason(), "at-hub");
}

async fn what_came_and_is_not_in_place_is_listed_with_its_reason(server: TestServer) {
    let series = Series { node: Uuid::from_u128(70), incarnation: 1 };
    let entry = Entry {
        id: EntryId(Uuid::from_u128(71)),
        act: ActId(Uuid::from_u128(72)),
        at: NOON,
        clock: NOON.0,
        actor: None,
        via: "cli".to_owned(),
        action: "course.create".to_owned(),
        entity: "course".to_owned(),
        entity_id: Uuid::from_u128(73),
        topic: None,
        before: None,
        after: Some(json!({"code": 7, "name": "Seven"}).to_string()),
        replaced: None,
        reason: None,
        schema: Entry::SCHEMA,
    };
    let head = link(series, GENESIS, &entry.digest());
    let sent = Sent::new(series, 1, entry);
    let batch = Batch { items: vec![Item::Entry(Arc::new(sent))], ends: vec![(series, head)] };
    server.act(None, move |tx, _| Ok(replication::take(tx, &batch).map(drop)?));
    let shown = server.get("super_administrator", "/api/v1/nodes").await.json();
    assert_eq!(shown["waiting"], 1, "{shown}");
    assert_eq!(shown["waits"][0]["entity"], "course");
    let why = shown["waits"][0]["why"].as_str().unwrap();
    let page = server.get("super_administrator", "/nodes").await.text;
    assert!(page.contains("Not in place yet: 1") && page.contains(why), "{page}");
}

async fn a_clock_that_is_off_is_told_on_both_sides(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    edge.sync().await.unwrap();
    assert_eq!(edge.status().await.hub.unwrap().ahead, Some(0));
    edge.turn(Span::minutes(-125));
    edge.sync().await.unwrap();
    assert_eq!(edge.status().await.hub.unwrap().ahead, Some(-7_500));
    let peer = hub.peers().await.remove(0);
    assert_eq!(peer["clock_ahead_seconds"], -7_500, "{peer}");
    let path = format!("/nodes/{}", peer["id"].as_str().unwrap());
    let page = hub.server.get("super_administrator", &path).await.text;
    assert!(page.contains("2 h 5 min behind"), "{page}");
}

#[tokio::test]
async fn a_pace_that_is_none_is_refused_by_the_name_of_its_field() {
    let server = TestServer::start(muster_testkit::sqlite());
    server.become_edge();
    let (path, body) = ("/api/v1/nodes/hub/pace", json!({"every_minutes": 20_000}));
    let refused = server.call("super_administrator", axum::http::Method::PUT, path, body).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert_eq!(refused.json()["errors"][0]["pointer"], "/every_minutes");
    let fields = "every_minutes=20000";
    let page = server.form("super_administrator", "/nodes/hub/pace", fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains("Write minutes from 0"), "{}", page.text);
}

#[tokio::test]
async fn one_form_that_went_wrong_leaves_the_other_as_it_begins() {
    let server = TestServer::start(muster_testkit::sqlite());
    let page = server.form("super_administrator", "/nodes/hub", "url=elsewhere&code=AB").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.text);
    assert!(page.text.contains(r#"value="all" checked"#), "{}", page.text);
}

#[tokio::test]
async fn whatever_an_edge_says_of_itself_it_is_listed() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let edge = Edge::enrolled(&hub, 2).await;
    edge.sync().await.unwrap();
    let peer = hub.peers().await[0]["id"].as_str().unwrap().parse().unwrap();
    let heads = (1..4).map(|node| {
        let series = Series { node: Uuid::from_u128(node << 64), incarnation: 1 };
        (series, Head { seq: i64::MAX, hash: [7; 32] })
    });
    let hello = Hello { heads: heads.collect(), ..Hello::default() };
    let about = json!({"now": i64::MIN, "size": -1}).to_string();
    let said = Message { hello, about, ..Message::default() };
    hub.server.act(None, move |tx, ctx| nodes::told(tx, ctx, peer, &said));
    let listed = &hub.peers().await[0];
    assert_eq!(listed["pending"], i64::MAX, "{listed}");
    assert!(listed["clock_ahead_seconds"].is_i64(), "{listed}");
}

#[tokio::test]
async fn an_idle_exchange_is_one_small_question() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let edge = Edge::enrolled(&hub, 2).await;
    hub.tell_all();
    edge.make_person("EDGE-1").await;
    edge.sync().await.unwrap();
    let idle = edge.sync().await.unwrap();
    assert_eq!((idle.questions, idle.came, idle.went), (1, 0, 0));
    assert!(idle.bytes_out < 300 && idle.bytes_in < 350, "{idle:?}");
}

#[tokio::test]
async fn how_far_a_node_has_told_what_it_held_before_is_shown() {
    if replicates() {
        return;
    }
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let shown = async || {
        let told = hub.server.get("super_administrator", "/api/v1/nodes").await.json();
        let page = hub.server.get("super_administrator", "/nodes").await;
        (told["restated"].clone(), page.text.contains("still tells what it held before"))
    };
    assert_eq!(shown().await, (Value::Null, false));
    hub.code(&json!({"all": true})).await;
    let (begun, is_on_page) = shown().await;
    assert_eq!((&begun["records"], is_on_page), (&json!(0), true));
    assert!(begun["entity"].is_string(), "{begun}");
    for _ in 0..20 {
        hub.server.act(None, telling_nodes::tell_some);
    }
    assert!(shown().await.0["records"].as_i64() > Some(0));
    hub.tell_all();
    assert_eq!(shown().await, (Value::Null, false));
}

#[tokio::test]
async fn an_exchange_ends_while_both_go_on_writing() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let edge = Edge::filled(&hub, 2).await;
    edge.make_person("EDGE-1").await;
    let (stores, acts) = ([hub.server.store.clone(), edge.store.clone()], AtomicU64::new(1 << 40));
    let exchanged = edge.sync_beside(move || {
        for store in &stores {
            let id = Uuid::from_u128(acts.fetch_add(1, Ordering::Relaxed).into());
            let act = Act { id: ActId(id), at: NOON, actor: None, via: "job" };
            let started = move || Change::new("login.start", "login", id).created(&json!({}));
            store.write(&act, move |tx| tx.journal(started())).wait().unwrap();
        }
    });
    assert_eq!(exchanged.await.unwrap().questions, 2);
    assert!(hub.has_heard_of("EDGE-1").await);
    // The rest goes with the next exchange; nothing is amiss.
    assert_eq!(edge.status().await.hub.unwrap().error, None);
    edge.sync().await.unwrap();
    assert_eq!(hub.heads().await.beyond(&edge.heads().await), 0);
}

#[tokio::test]
async fn an_edge_that_came_back_from_a_backup_goes_on_counting() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let edge = Edge::enrolled(&hub, 2).await;
    edge.sync().await.unwrap();
    let peer = hub.peers().await[0]["id"].as_str().unwrap().parse().unwrap();
    hub.server.act(None, move |tx, ctx| nodes::admit(tx, ctx, peer, 500));
    edge.make_person("LATER").await;
    edge.sync().await.unwrap();
    assert!(hub.has_heard_of("LATER").await);
}

#[tokio::test]
async fn somebody_else_at_the_address_of_the_hub_is_not_believed() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let door = door::Door::to(&hub.url).await;
    let edge = Edge::enrolled_at(&hub, 2, &door.url).await;
    edge.sync().await.unwrap();
    let other = Hub::open(TestServer::start_with(muster_testkit::sqlite(), [8; 32])).await;
    door.lead_to(&other.url);
    // It does not know the edge, and signs nothing for it: no reason to give up.
    assert!(matches!(edge.sync().await, Err(Failure::Away(_))));
    let shown = edge.status().await.hub.unwrap();
    assert_eq!(shown.failures, 1);
    assert!(shown.error.unwrap().contains("can’t be believed"));
    // One that does signs by another key.
    let known = hub.server.act(None, |tx, _| Ok(peers::list(tx)?));
    other
        .server
        .act(None, move |tx, _| known.iter().try_for_each(|row| Ok(peers::insert(tx, row)?)));
    assert_eq!(edge.sync().await, Err(Failure::Stranger));
    assert_eq!(edge.status().await.hub.unwrap().failures, 2);
}

#[tokio::test]
async fn a_hub_that_is_away_is_said_in_words_and_nothing_is_lost() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let door = door::Door::to(&hub.url).await;
    let edge = Edge::enrolled_at(&hub, 2, &door.url).await;
    edge.make_person("WAITS").await;
    door.cut_after(0);
    assert!(matches!(edge.sync().await, Err(Failure::Away(_))));
    let shown = edge.status().await.hub.unwrap();
    assert!(shown.pending > 0 && shown.failures == 1 && shown.success_at.is_none());
    door.open();
    edge.sync().await.unwrap();
    let shown = edge.status().await.hub.unwrap();
    assert_eq!((shown.pending, shown.failures, shown.error), (0, 0, None));
}

#[tokio::test]
async fn an_edge_makes_no_codes_and_a_hub_joins_nobody() {
    let hub = Hub::open(TestServer::start(muster_testkit::sqlite())).await;
    let edge = Edge::enrolled(&hub, 2).await;
    let code = hub.code(&json!({"all": true})).await;
    let body = json!({"url": hub.url, "code": code});
    let answer =
        hub.server.call("super_administrator", axum::http::Method::PUT, "/api/v1/nodes/hub", body);
    assert_eq!(answer.await.reason(), "is-hub");
    let asked = hub.server.post("super_administrator", "/api/v1/nodes/exchanges", json!({})).await;
    assert_eq!((asked.status, &*asked.reason()), (StatusCode::CONFLICT, "no-hub"));
    assert_eq!(edge.try_code().await.unwrap_err(), NodeError::IsEdge.into());
}
