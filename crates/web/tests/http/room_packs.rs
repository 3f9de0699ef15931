//! Exams without network: the pack of a room, for whom it opens and what it tells anew; and the scans
//! that phones send from rooms later. Nothing that they let happen is lost.

use super::dockets::made;
use super::events::staffed;
use super::offline::payload;
use super::phones::{Phone, phone, phone_of};
use super::rooms::{Exam, exam};
use super::server::{TestServer, signing};
use axum::http::{Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use muster_app::photos;
use muster_credential::keys::MasterKey;
use muster_credential::keys::public::KeySet;
use muster_credential::pack::{Sealed, names_place};
use muster_credential::signature;
use muster_domain::time::{Span, Timestamp};
use muster_testkit::sqlite;
use serde_json::{Value, json};

fn list<'v>(value: &'v Value, member: &str) -> &'v Vec<Value> {
    value[member].as_array().unwrap()
}

fn bytes(text: &Value) -> Vec<u8> {
    BASE64URL_NOPAD.decode(text.as_str().unwrap().as_bytes()).unwrap()
}

/// The record of a pack that a credential leads to, and what it opens there.
fn opened(pack: &Value, credential: &str) -> (Value, Value) {
    let claims = signature::verify(credential, &KeySet::from(&*signing())).unwrap();
    let digest = claims.cti.digest();
    let k = BASE64URL_NOPAD.encode(&digest);
    let known = list(pack, "records").iter().find(|one| one["k"] == k).unwrap().clone();
    let content = Sealed::under(&claims.cti).open(&digest, &bytes(&known["sealed"])).unwrap();
    (known, serde_json::from_slice(&content).unwrap())
}

/// The student's photo is a picture of a few bytes.
fn photograph(server: &TestServer, student: &str) {
    let person = server.people[student];
    server.act(Some(server.people["registrar"]), move |tx, ctx| {
        photos::set(tx, ctx, person, b"a face")?;
        let waiting = photos::unshrunk(tx)?.into_iter();
        let made: Vec<_> = waiting.map(|row| (row.digest.clone(), photos::shrunk(&row))).collect();
        photos::shrink(tx, &made)
    });
}

async fn a_rooms_pack_knows_who_may_come_and_opens_by_what_is_shown(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    let other = made(&school.issue("registrar", "student_2").await);
    let shown = school.docket("registrar", &other).await;
    photograph(server, "student");
    photograph(server, "student_2");
    let phone = phone_of(server, "Hall A", "invigilator").await;
    let me = phone.get(server, "/api/v1/verifier-devices/me").await.json();
    assert_eq!((&me["points"][0]["kind"], list(&me, "points").len()), (&json!("room"), 2));
    let pack = payload(server, &phone, &exam.hall, "").await;
    assert_eq!(pack["point"]["scope"], json!(exam.sitting));
    assert_eq!(pack["point"]["credential_scope"], json!(school.ca1));
    assert_eq!((&pack["whole"], &pack["without_photos"]), (&json!(true), &json!(false)));
    let (known, content) = opened(&pack, &exam.credential);
    let group = &pack["groups"][usize::try_from(known["g"].as_u64().unwrap()).unwrap()];
    assert_eq!((&group["points"], &group["right"]), (&json!([exam.hall]), &Value::Null));
    assert_eq!((&known["id"], &known["standing"]), (&json!(exam.docket), &json!("current")));
    assert_eq!((&content["names"], &content["number"]), (&json!(["student"]), &json!("student")));
    assert_eq!(bytes(&content["photo"]), b"a face");
    let (known, content) = opened(&pack, shown["credential"].as_str().unwrap());
    let group = &pack["groups"][usize::try_from(known["g"].as_u64().unwrap()).unwrap()];
    assert_eq!(group["right"], json!({"rooms": ["B 12"]}));
    assert_eq!(content["photo"], Value::Null, "faces are compared in their room alone");
    let key = MasterKey::from_bytes([7; 32]).names_key(phone.id.parse().unwrap());
    let place = names_place(exam.hall.parse().unwrap());
    let names = Sealed::for_device(&key).open(&place, &bytes(&pack["names"])).unwrap();
    let names: Value = serde_json::from_slice(&names).unwrap();
    let mut expected = [(&exam.docket, "student"), (&other, "student_2")];
    expected.sort();
    assert_eq!(names, json!(expected.map(|(docket, name)| json!([docket, [name], name]))));
    assert!(!pack.to_string().contains("student_2"), "sealed");
    let bare = payload(server, &phone, &exam.hall, "?photos=false").await;
    assert_eq!(bare["without_photos"], true);
    assert_eq!(opened(&bare, &exam.credential).1["photo"], Value::Null);
}

async fn what_changed_at_a_room_is_told_alone(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    made(&school.issue("registrar", "student_2").await);
    let phone = phone_of(server, "Hall A", "invigilator").await;
    server.turn(Span::minutes(5));
    let first = payload(server, &phone, &exam.hall, "").await;
    assert_eq!(list(&first, "records").len(), 2);
    server.turn(Span::minutes(5));
    let since = format!("?since={}", first["cursor"].as_str().unwrap());
    let quiet = payload(server, &phone, &exam.hall, &since).await;
    assert_eq!((&quiet["whole"], list(&quiet, "records").len()), (&json!(false), 0));
    let scan = json!({"credential": exam.credential, "point": exam.hall, "nonce": "online"});
    let told = phone.post(server, "/api/v1/redemptions", scan).await;
    assert_eq!(told.json()["verdict"], "admit", "{}", told.text);
    let later = payload(server, &phone, &exam.hall, &since).await;
    assert_eq!(list(&later, "records").len(), 1);
    let past = &list(&later, "redemptions")[0];
    assert_eq!((&past["nonce"], &past["record"]), (&json!("online"), &json!(exam.docket)));
    made(&school.hold("registrar", "student_2", "Case 7").await);
    let later = payload(server, &phone, &exam.hall, &since).await;
    let standings: Vec<_> = list(&later, "records").iter().map(|one| &one["standing"]).collect();
    assert!(standings.contains(&&json!("on_hold")) && standings.len() == 2, "{standings:?}");
    let path = format!("/api/v1/sittings/{}/places/{}", exam.sitting, school.person("student"));
    server.call("registrar", Method::PUT, &path, json!({"room": "B 12"})).await;
    let moved = payload(server, &phone, &exam.hall, &since).await;
    assert_eq!(moved["whole"], true, "where many belong is told in whole");
}

async fn who_gets_the_pack_of_a_room_and_may_override_is_a_matter_of_roles(server: TestServer) {
    let exam = exam(server, 0).await;
    let server = &exam.school.server;
    let path = format!("/api/v1/points/{}/pack", exam.hall);
    let at_gates = phone(server, "North 1").await;
    assert_eq!(at_gates.get(server, &path).await.status, StatusCode::FORBIDDEN);
    let by_login = server.get("invigilator", &path).await;
    assert_eq!(by_login.json()["errors"][0]["pointer"], "/point");
    let phone = phone_of(server, "Hall A", "invigilator").await;
    for may in [false, true] {
        let set = json!({"invigilators_override": may});
        server.call("registrar", Method::PATCH, "/api/v1/settings", set).await;
        let pack = payload(server, &phone, &exam.hall, "").await;
        let me = phone.get(server, "/api/v1/verifier-devices/me").await.json();
        assert_eq!(
            (&pack["may_override"], &me["points"][0]["may_override"]),
            (&json!(may), &json!(may))
        );
    }
}

/// A scan that a phone decided at a room, as it sends it.
fn scan(exam: &Exam, (nonce, verdict): (&str, &str), ago: Span) -> Value {
    let now = exam.school.server.now();
    json!({
        "credential": exam.credential, "point": exam.hall, "nonce": nonce,
        "at": stamp(Timestamp(now.0 - ago.0)),
        "decided": {"verdict": verdict, "pack_issued_at": now.0 - Span::hours(2).0},
    })
}

fn stamp(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0).unwrap().to_string()
}

async fn upload(server: &TestServer, phone: &Phone, items: Value) -> Vec<Value> {
    let body = json!({"items": items, "sent_at": stamp(server.now()), "queued": 0});
    let answer = phone.post(server, "/api/v1/redemptions/batch", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    list(&answer.json(), "items").clone()
}

async fn incidents(server: &TestServer) -> Vec<Value> {
    list(&server.get("registrar", "/api/v1/incidents").await.json(), "items").clone()
}

/// Two phones let the same docket in while apart; they are heard of in the one or the other order.
async fn of_two_uses_apart_the_earlier_stands(server: TestServer, later_first: bool) {
    let exam = exam(server, 0).await;
    let server = &exam.school.server;
    server.turn(Span::minutes(15));
    let one = phone_of(server, "Hall A 1", "invigilator").await;
    let two = phone_of(server, "Hall A 2", "invigilator").await;
    let earlier = scan(&exam, ("earlier", "admit"), Span::minutes(10));
    let later = scan(&exam, ("later", "admit"), Span::minutes(5));
    let mut sent = [(&one, earlier), (&two, later)];
    if later_first {
        sent.reverse();
    }
    for (phone, scan) in sent {
        let told = &upload(server, phone, json!([scan])).await[0];
        assert_eq!(told["redemption"]["verdict"], "admit", "{told}");
    }
    let found = incidents(server).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    let incident = &found[0];
    assert_eq!((&incident["kind"], &incident["holder"]), (&json!("double_use"), &json!("student")));
    assert_eq!((&incident["docket"], &incident["pass"]), (&json!(exam.docket), &Value::Null));
    assert_eq!(incident["scope_name"], "CA1: MA201 A");
    assert_eq!(incident["scan"]["device_name"], "Hall A 2");
    assert_eq!(incident["winner"]["device_name"], "Hall A 1");
    let inbox = server.get("registrar", "/api/v1/me/notices").await.text;
    assert!(inbox.contains("Look at the scans of CA1: MA201 A"), "{inbox}");
    let page = server.get("registrar", "/incidents").await.text;
    assert!(page.contains(&format!("/dockets/{}", exam.docket)), "{page}");
    let undo = json!({
        "undo": "later", "point": exam.hall, "reason": "The wrong one", "nonce": "3",
        "at": stamp(server.now()),
    });
    let told = upload(server, &two, json!([undo])).await;
    assert!(told[0]["redemption"]["undone_at"].is_string(), "{told:#?}");
    assert_eq!(incidents(server).await[0]["comment"], "The wrong one");
}

async fn of_two_uses_heard_of_in_order_the_earlier_stands(server: TestServer) {
    of_two_uses_apart_the_earlier_stands(server, false).await;
}

async fn of_two_uses_heard_of_backwards_the_earlier_stands(server: TestServer) {
    of_two_uses_apart_the_earlier_stands(server, true).await;
}

async fn once_in_each_of_two_sittings_is_in_order(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    server.turn(Span::minutes(10));
    let next = made(&school.sitting(server.class, 2, json!(["Hall A"])).await);
    let point = super::rooms::points(school, &format!("?sitting={next}")).await[0].1.clone();
    let phone = phone_of(server, "Hall A", "invigilator").await;
    upload(server, &phone, json!([scan(&exam, ("1", "admit"), Span::minutes(5))])).await;
    server.turn(Span::minutes(90));
    let mut phone = phone;
    phone.prove(server).await;
    let mut second = scan(&exam, ("2", "admit"), Span::minutes(5));
    second["point"] = point.into();
    let told = upload(server, &phone, json!([second])).await;
    assert_eq!(told[0]["redemption"]["incidents"], json!([]), "{told:#?}");
    assert_eq!(incidents(server).await.len(), 0);
}

async fn what_happened_to_a_docket_since_is_kept_marked_and_shown(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    let phone = phone_of(server, "Hall A", "invigilator").await;
    server.turn(Span::minutes(10));
    let renewal = format!("/api/v1/dockets/{}/renewal", exam.docket);
    assert!(server.post("student", &renewal, json!({})).await.status.is_success());
    let told = upload(
        server,
        &phone,
        json!([
            scan(&exam, ("before", "admit"), Span::minutes(5)),
            scan(&exam, ("after", "admit"), Span::seconds(0)),
        ]),
    )
    .await;
    let of = |at: usize| &told[at]["redemption"];
    assert_eq!((&told[0]["status"], &of(0)["verdict"]), (&json!(201), &json!("admit")));
    assert_eq!(of(0)["incidents"], json!(["ended_since"]));
    assert_eq!((&of(1)["verdict"], &of(1)["judged"]), (&json!("admit"), &json!("superseded")));
    assert!(list(of(1), "incidents").contains(&json!("refused")), "{told:#?}");
    let path = format!("/api/v1/sittings/{}/room-list", exam.sitting);
    let rooms = server.get("invigilator", &path).await.json();
    let seats = list(&rooms, "items").iter();
    let own = |seat: &&Value| seat["person"] == json!(school.person("student"));
    assert_eq!(seats.clone().find(own).unwrap()["state"], "admitted");
}

/// Where invigilators may, they answer for whom they let in on the phone; where they may not, that is
/// an incident.
async fn an_override_on_the_phone_is_its_persons_where_they_may(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    made(&school.hold("registrar", "student", "Case 7").await);
    server.turn(Span::minutes(10));
    let phone = phone_of(server, "Hall A", "invigilator").await;
    let forced = |nonce: &str| {
        let mut one = scan(&exam, (nonce, "on_hold"), Span::minutes(1));
        one["force"] = true.into();
        one["reason"] = "The dean was here".into();
        one
    };
    let told = &upload(server, &phone, json!([forced("1")])).await[0]["redemption"];
    assert_eq!((&told["verdict"], &told["overridden"]), (&json!("admit"), &Value::Null));
    assert_eq!(told["incidents"], json!(["refused"]));
    let may = json!({"invigilators_override": true});
    server.call("registrar", Method::PATCH, "/api/v1/settings", may).await;
    let told = &upload(server, &phone, json!([forced("2")])).await[0]["redemption"];
    assert_eq!((&told["verdict"], &told["overridden"]), (&json!("admit"), &json!("on_hold")));
    assert_eq!(told["incidents"], json!([]), "somebody answers for it");
}

on_both!(
    a_rooms_pack_knows_who_may_come_and_opens_by_what_is_shown,
    what_changed_at_a_room_is_told_alone,
    who_gets_the_pack_of_a_room_and_may_override_is_a_matter_of_roles,
    of_two_uses_heard_of_in_order_the_earlier_stands,
    of_two_uses_heard_of_backwards_the_earlier_stands,
    once_in_each_of_two_sittings_is_in_order,
    what_happened_to_a_docket_since_is_kept_marked_and_shown,
    an_override_on_the_phone_is_its_persons_where_they_may,
);

#[tokio::test]
async fn a_photo_is_made_small_once_and_anew_after_it_changed() {
    let server = staffed(TestServer::start(sqlite()));
    photograph(&server, "student");
    let waiting = || server.act(None, |tx, _| photos::unshrunk(tx)).len();
    assert_eq!(waiting(), 0);
    let student = server.people["student"];
    server.act(Some(server.people["registrar"]), move |tx, ctx| {
        photos::set(tx, ctx, student, b"another face")
    });
    assert_eq!(waiting(), 1);
}
