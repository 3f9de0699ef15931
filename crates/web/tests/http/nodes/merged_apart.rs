//! Somebody whose two records were merged on one node while another one went on with both.

use super::super::server::TestServer;
use super::hands::{Edge, Hub, lines, numbered};
use axum::http::StatusCode;
use muster_app::people::PersonInput;
use muster_app::people::merge::{self, Choices, MergeInput};
use muster_app::{holds, leaves, marks};
use muster_domain::attendance::{Mode, Status};
use muster_domain::ids::{PersonId, SessionId};
use muster_domain::time::Date;
use muster_storage::moving::{self, Moving};
use muster_storage::people;
use muster_storage::students::StudentRow;
use serde_json::{Value, json};

on_both!(
    what_an_edge_did_for_a_merged_record_becomes_theirs_whose_record_stayed,
    the_hub_moves_nothing_because_an_edge_says_where_a_record_leads,
    what_came_later_goes_all_the_way_to_the_record_that_stands,
    what_came_later_goes_back_when_the_merge_is_undone,
    what_an_edge_changed_in_a_merged_record_is_told_to_those_who_manage_people,
);

const KEPT: &str = "student";
const MERGED: &str = "student_2";
const BOTH: [&str; 2] = [KEPT, MERGED];

async fn exchange(hub: &Hub, edge: &Edge) {
    for _ in 0..2 {
        numbered(&hub.server.store).await;
        edge.sync().await.unwrap();
    }
    numbered(&hub.server.store).await;
    assert_eq!(lines(&edge.store).await, lines(&hub.server.store).await);
}

/// A mark and leave of the second record, made at the edge.
async fn go_on(hub: &Hub, edge: &Edge) -> SessionId {
    let session = edge.open_session(hub, Mode::InClass).await.unwrap();
    let (teacher, person) = (hub.server.people["teacher"], hub.server.people[MERGED]);
    let marked = edge.act_as(teacher, move |tx, ctx| {
        marks::mark_by_hand(tx, ctx, session, person, Status::Late, None).map(drop)
    });
    marked.await.unwrap();
    let (starts_on, ends_on) = (Date(20_200), Date(20_201));
    let reason = "Ill".to_owned();
    let asking = leaves::Asking { person, starts_on, ends_on, reason, attachment: None };
    edge.act(move |tx, ctx| leaves::ask(tx, ctx, &asking).map(drop)).await.unwrap();
    session
}

async fn merge_at(hub: &Hub, [kept, merged]: [&str; 2]) -> String {
    let path = format!("/api/v1/people/{}/merges", hub.server.people[kept]);
    let body = json!({"merged": hub.server.people[merged], "reason": "Entered twice"});
    let done = hub.server.post("registrar", &path, body).await;
    assert_eq!(done.status, StatusCode::CREATED, "{}", done.text);
    format!("{path}/{}/reversal", done.json()["id"].as_str().unwrap())
}

/// The statuses of both in a session, and how many times each is on leave.
async fn of_both(hub: &Hub, session: SessionId, both: [&str; 2]) -> [(Value, usize); 2] {
    let path = format!("/api/v1/sessions/{session}/marks");
    let told = hub.server.get("registrar", &path).await.json();
    let items = told["items"].as_array().unwrap();
    both.map(|number| {
        let mark = items.iter().find(|item| item["number"] == number);
        let person = hub.server.people[number];
        let leaves = hub.server.act(None, move |tx, _| Ok(moving::own(tx, Moving::Leave, person)?));
        (mark.map_or(Value::Null, |mark| mark["status"].clone()), leaves.len())
    })
}

async fn what_an_edge_did_for_a_merged_record_becomes_theirs_whose_record_stayed(
    server: TestServer,
) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let session = go_on(&hub, &edge).await;
    merge_at(&hub, BOTH).await;
    exchange(&hub, &edge).await;
    assert_eq!(of_both(&hub, session, BOTH).await, [(json!("late"), 1), (Value::Null, 0)]);
    // Once more, of which the edge has heard by now; and nothing is told twice.
    let before = lines(&hub.server.store).await;
    exchange(&hub, &edge).await;
    assert_eq!(lines(&hub.server.store).await, before);
}

async fn what_came_later_goes_all_the_way_to_the_record_that_stands(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let session = go_on(&hub, &edge).await;
    let last = "stranger";
    merge_at(&hub, BOTH).await;
    merge_at(&hub, [last, KEPT]).await;
    exchange(&hub, &edge).await;
    assert_eq!(
        of_both(&hub, session, [last, MERGED]).await,
        [(json!("late"), 1), (Value::Null, 0)]
    );
}

async fn what_came_later_goes_back_when_the_merge_is_undone(server: TestServer) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let session = go_on(&hub, &edge).await;
    let reversal = merge_at(&hub, BOTH).await;
    exchange(&hub, &edge).await;
    let undone = hub.server.post("registrar", &reversal, json!({})).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert_eq!(of_both(&hub, session, BOTH).await, [(Value::Null, 0), (json!("late"), 1)]);
    exchange(&hub, &edge).await;
}

/// Gives the second record another name and a phone number at the edge.
async fn correct(edge: &Edge, id: PersonId, (name, phone): (&'static str, &'static str)) {
    let changed = edge.act(move |tx, ctx| {
        let row = people::get(tx, id)?.unwrap();
        let known = PersonInput::of(&row, &StudentRow::nothing(id));
        let input = PersonInput { name: name.to_owned(), phone: phone.to_owned(), ..known };
        muster_app::people::change(tx, ctx, id, row.version, &input.check()?, true)
    });
    changed.await.unwrap();
}

/// What the inbox says of changes of merged records.
async fn told(hub: &Hub, who: &str) -> Vec<Value> {
    let inbox = hub.server.get(who, "/api/v1/me/notices").await.json();
    let items = inbox["items"].as_array().unwrap().iter();
    items.filter(|item| item["kind"] == "merged_changed").cloned().collect()
}

async fn what_an_edge_changed_in_a_merged_record_is_told_to_those_who_manage_people(
    server: TestServer,
) {
    let hub = Hub::open(server).await;
    let edge = Edge::filled(&hub, 2).await;
    let [kept, merged] = BOTH.map(|number| hub.server.people[number]);
    let path = format!("/api/v1/people/{kept}");
    let stood = hub.server.get("registrar", &path).await.json();
    // The name is what the record that stays has anyhow: of it there is nothing to say.
    let name = stood["name"].as_str().unwrap().to_owned().leak();
    correct(&edge, merged, (name, "+91 98765 43210")).await;
    merge_at(&hub, BOTH).await;
    let stood = hub.server.get("registrar", &path).await.json();
    exchange(&hub, &edge).await;
    let notices = told(&hub, "registrar").await;
    let [notice] = notices.as_slice() else { panic!("{notices:?}") };
    let body = notice["body"].as_str().unwrap();
    assert!(body.contains("Phone: “+91 98765 43210” (here none)"), "{body}");
    assert!(body.contains(MERGED) && !body.contains("Full name"), "{body}");
    assert_eq!(notice["link"], format!("/people/{kept}"), "{notice}");
    assert_eq!(told(&hub, "teacher").await, [] as [Value; 0]);
    assert_eq!(hub.server.get("registrar", &path).await.json(), stood);
    // Each change is told once.
    exchange(&hub, &edge).await;
    assert_eq!(told(&hub, "registrar").await.len(), 1);
}

/// Holds and payments are the hub's to change. Whoever holds a role is merged there alone.
async fn the_hub_moves_nothing_because_an_edge_says_where_a_record_leads(server: TestServer) {
    let hub = Hub::open(server).await;
    let [kept, merged] = ["ONE", "TWO"].map(|number| hub.make_person(number));
    let edge = Edge::filled(&hub, 2).await;
    let (choices, reason) = (Choices::default(), "Entered twice".to_owned());
    let input = MergeInput { kept, merged, choices, reason, seen: None };
    edge.act(move |tx, ctx| merge::merge(tx, ctx, &input).map(drop)).await.unwrap();
    let root = hub.server.people["super_administrator"];
    hub.server.act(Some(root), move |tx, ctx| {
        holds::place(tx, ctx, merged, "Library books are due").map(drop)
    });
    exchange(&hub, &edge).await;
    let held = [kept, merged].map(|person| {
        hub.server.act(None, move |tx, _| Ok(moving::own(tx, Moving::Hold, person)?)).len()
    });
    assert_eq!(held, [0, 1]);
}
