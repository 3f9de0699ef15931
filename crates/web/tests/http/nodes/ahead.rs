//! An edge that has much to send: it puts its next question before the last one is answered.

use super::super::server::TestServer;
use super::door::Door;
use super::hands::{Edge, Hub, numbered};
use muster_journal::Change;
use serde_json::json;
use uuid::Uuid;

on_both!(
    what_takes_many_questions_comes_whole,
    what_was_asked_ahead_of_a_question_that_failed_comes_again
);

/// Four and a half questions' worth.
const MANY: u128 = 18_000;

/// Writes down as much as goes with several questions.
async fn write_much(edge: &Edge) {
    let note = |n| Change::new("bulk.run", "bulk", Uuid::from_u128(n)).created(&json!({"n": n}));
    edge.act(move |tx, _| Ok(tx.journal_many((0..MANY).map(note))?)).await.unwrap();
}

async fn what_takes_many_questions_comes_whole(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::enrolled(&hub, 2).await;
    edge.sync().await.unwrap();
    write_much(&edge).await;
    let sent = edge.sync().await.unwrap();
    // Five with entries, and one by which both know that nothing is missing.
    assert_eq!((sent.went, sent.questions), (18_000, 6));
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert_eq!(edge.heads().await, hub.heads().await);
}

async fn what_was_asked_ahead_of_a_question_that_failed_comes_again(server: TestServer) {
    let hub = Hub::open(server).await;
    let door = Door::to(&hub.url).await;
    let edge = Edge::enrolled_at(&hub, 2, &door.url).await;
    edge.sync().await.unwrap();
    write_much(&edge).await;
    let mut failures = 0;
    for bytes in [2_000, 10_000, 30_000, 60_000, 100_000] {
        door.cut_after(bytes);
        failures += usize::from(edge.sync().await.is_err());
    }
    assert!(failures > 2, "the door was open");
    door.open();
    edge.sync().await.unwrap();
    numbered(&hub.server.store).await;
    edge.sync().await.unwrap();
    assert_eq!(edge.heads().await, hub.heads().await);
}
