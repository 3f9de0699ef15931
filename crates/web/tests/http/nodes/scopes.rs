//! What an edge of some classes sees, and what comes when it may see more.

use super::super::server::TestServer;
use super::hands::{Edge, Hub, numbered};
use axum::http::{Method, StatusCode};
use muster_app::academics;
use serde_json::json;

on_both!(
    an_edge_of_a_class_hears_of_its_people_and_staff_and_of_nobody_else,
    what_stood_behind_runs_comes_when_an_edge_may_see_more,
    a_student_who_joins_the_class_comes_with_their_record,
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
