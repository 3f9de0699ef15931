//! The same at the room of an exam, and at a hall of an assessment without sittings: dockets in every
//! state are put to a phone's pack, to the server and, by the vectors, to the browser.

use super::decided_alike::compare;
use super::dockets::{School, made, school};
use super::events::{event, issue, pass, pass_type, staffed};
use super::offline::payload;
use super::phones::phone_of;
use super::rooms::points;
use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_app::academics;
use muster_domain::auth::Role;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

/// Who sits the exam beside the student: each in another state.
const MORE: [&str; 6] = ["renewed", "held", "unpaid", "gone", "used", "again"];

/// A school whose exam has more students; one more sits another one.
async fn stage() -> School {
    let mut server = staffed(TestServer::start(sqlite()));
    server.join("invigilator", Role::Invigilator);
    for name in MORE.into_iter().chain(["evening"]) {
        server.join(name, Role::Student);
    }
    let (class, other) = (server.class, server.other);
    let many = MORE.map(|name| server.people[name]);
    let evening = [server.people["evening"]];
    server.act(Some(server.people["registrar"]), move |tx, ctx| {
        academics::enrol(tx, ctx, class, &many)?;
        academics::enrol(tx, ctx, other, &evening)
    });
    school(server).await
}

async fn shown(school: &School, docket: &str) -> String {
    let answer = school.server.get("registrar", &format!("/api/v1/dockets/{docket}")).await;
    answer.json()["credential"].as_str().unwrap_or_else(|| panic!("{}", answer.text)).to_owned()
}

/// Issues a student's docket; its id, and what its QR holds.
async fn docket(school: &School, who: &str) -> (String, String) {
    let id = made(&school.issue("registrar", who).await);
    let text = shown(school, &id).await;
    (id, text)
}

/// A docket of a student who paid, and whose payment is taken back.
async fn unpaid(school: &School) -> String {
    let server = &school.server;
    let body = json!({"code": "BSC", "name": "Science", "total_years": 3, "semesters_per_year": 2});
    let programme = made(&server.post("registrar", "/api/v1/programmes", body).await);
    let person = format!("/api/v1/people/{}", school.person("unpaid"));
    let body = json!({"programme": "BSC", "year": 1, "semester": 1});
    server.call("registrar", Method::PATCH, &person, body).await;
    let rupees = |minor: i64| json!({"minor": minor, "currency": "INR"});
    let fee =
        json!({"programme": programme, "year": 1, "semester": 1, "amount": rupees(1_000_000)});
    let fees = format!("/api/v1/terms/{}/fees", school.term);
    server.call("finance", Method::PATCH, &fees, json!({"items": [fee]})).await;
    let body = json!({"number": "unpaid", "amount": rupees(900_000), "method": "cash"});
    let payment = made(&server.post("finance", "/api/v1/payments", body).await);
    let (_, text) = docket(school, "unpaid").await;
    let reversal = format!("/api/v1/payments/{payment}/reversal");
    let reversed = server.post("finance", &reversal, json!({"reason": "Bounced"})).await;
    assert!(reversed.status.is_success(), "{}", reversed.text);
    text
}

/// What is shown at every place of an assessment: dockets that something happened to since.
async fn in_every_state(school: &School, point: &str) -> Vec<(&'static str, String)> {
    let server = &school.server;
    let (renewed, before) = docket(school, "renewed").await;
    server.turn(Span::minutes(1));
    let renewal = format!("/api/v1/dockets/{renewed}/renewal");
    assert!(server.post("registrar", &renewal, json!({})).await.status.is_success());
    let after = shown(school, &renewed).await;
    let (_, held) = docket(school, "held").await;
    made(&school.hold("registrar", "held", "Case 7").await);
    let unpaid = unpaid(school).await;
    let (_, gone) = docket(school, "gone").await;
    let person = format!("/api/v1/people/{}", school.person("gone"));
    let left = server.call("registrar", Method::PATCH, &person, json!({"active": false})).await;
    assert!(left.status.is_success(), "{}", left.text);
    let (_, used) = docket(school, "used").await;
    let online = json!({"credential": used, "point": point, "nonce": "before"});
    let told = server.post("invigilator", "/api/v1/redemptions", online).await;
    assert_eq!(told.json()["verdict"], "admit", "{}", told.text);
    let (_, good) = docket(school, "student").await;
    let (rest, last) = good.split_at(good.len() - 1);
    let forged = format!("{rest}{}", if last == "0" { "1" } else { "0" });
    vec![
        ("a docket", good.clone()),
        ("the same again", good),
        ("the docket of before", before),
        ("the one that was issued anew", after),
        ("a student on whom a hold was placed", held),
        ("a student whose payment was taken back", unpaid),
        ("a student who has left", gone),
        ("used before the pack was made", used),
        ("a digit changed", forged),
        ("some other code", "https://example.org/menu".to_owned()),
        ("a pass of an event", a_pass(server).await),
    ]
}

async fn a_pass(server: &TestServer) -> String {
    let ball = event(server, json!({})).await;
    let kind = pass_type(server, &ball, json!({"name": "Any"})).await;
    let issued = made(&issue(server, &ball, pass(&kind, &[("Ada Rao", "98450 12345")])).await);
    let shown = server.get("gate", &format!("/api/v1/passes/{issued}")).await.json();
    shown["credential"].as_str().unwrap().to_owned()
}

/// A student's docket for another assessment of the term, which is the active one from then on.
async fn of_another_assessment(school: &School, who: &str) -> String {
    let server = &school.server;
    let path = format!("/api/v1/terms/{}/assessments", school.term);
    let all = server.get("registrar", &path).await.json();
    let next = all["items"][1]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/assessments/{next}/activation");
    assert_eq!(server.post("registrar", &path, json!({})).await.status, StatusCode::OK);
    let path = format!("/api/v1/people/{}/dockets", school.person(who));
    let issued = server.post("registrar", &path, json!({"assessment": next})).await;
    shown(school, &made(&issued)).await
}

async fn compare_at(school: &School, point: &str, shown: Vec<(&'static str, String)>, file: &str) {
    let phone = phone_of(&school.server, "Hall A", "invigilator").await;
    let pack: Value = payload(&school.server, &phone, point, "").await;
    compare(&school.server, "invigilator", (pack, shown), file).await;
}

#[tokio::test]
async fn at_a_room_a_phone_decides_by_its_pack_as_the_server_does_by_its_records() {
    let school = stage().await;
    let server = &school.server;
    let rooms = json!(["Hall A", "B 12"]);
    let sitting = made(&school.sitting(server.class, 0, rooms).await);
    made(&school.sitting(server.other, 6, json!(["Annex"])).await);
    let room = format!("/api/v1/sittings/{sitting}/places/{}", school.person("student_2"));
    let placed = server.call("registrar", Method::PUT, &room, json!({"room": "B 12"})).await;
    assert_eq!(placed.status, StatusCode::NO_CONTENT, "{}", placed.text);
    let points = points(&school, &format!("?sitting={sitting}")).await;
    let hall = points.iter().find(|(name, _)| name == "Hall A").unwrap().1.clone();
    let mut shown = in_every_state(&school, &hall).await;
    shown.push(("a docket of the other room", docket(&school, "student_2").await.1));
    shown.push(("a docket of another exam", docket(&school, "evening").await.1));
    shown.push(("another assessment's docket", of_another_assessment(&school, "again").await));
    compare_at(&school, &hall, shown, "offline-room.json").await;
}

#[tokio::test]
async fn at_a_hall_a_phone_decides_by_its_pack_as_the_server_does_by_its_records() {
    let school = stage().await;
    let server = &school.server;
    made(&school.sitting(server.other, 6, json!(["Annex"])).await);
    let body = json!({"assessment": school.ca1, "name": "Great Hall"});
    let hall = made(&server.post("registrar", "/api/v1/points", body).await);
    let mut shown = in_every_state(&school, &hall).await;
    shown.push(("a docket of somebody with a sitting", docket(&school, "evening").await.1));
    shown.push(("another assessment's docket", of_another_assessment(&school, "again").await));
    compare_at(&school, &hall, shown, "offline-hall.json").await;
}
