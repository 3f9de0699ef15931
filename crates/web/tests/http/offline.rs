//! Verifying without network: the pack that a phone fetches, and what becomes of the scans that it
//! sends later. Nothing that it let happen is lost, and what was odd is shown.

use super::events::{issue, pass, staffed};
use super::phones::{Phone, phone};
use super::redemptions::{ADA, BEN, Gate, gate, recorded};
use super::server::{TestServer, signing};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use muster_credential::keys::MasterKey;
use muster_credential::keys::public::KeySet;
use muster_credential::pack::{self, Sealed, names_place};
use muster_credential::signature;
use muster_domain::time::{Span, Timestamp};
use muster_testkit::sqlite;
use serde_json::{Value, json};

async fn fetch(server: &TestServer, phone: &Phone, gate: &Gate, since: &str) -> Value {
    payload(server, phone, &gate.point, since).await
}

/// What the pack of a point holds, its signature verified.
pub(super) async fn payload(server: &TestServer, phone: &Phone, point: &str, since: &str) -> Value {
    let path = format!("/api/v1/points/{point}/pack{since}");
    let answer = phone.get(server, &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/cose");
    let keys = KeySet::from(&*signing());
    let half = answer.bytes.get(..answer.bytes.len() / 2).unwrap();
    assert!(pack::open(half, &keys).is_err(), "a download that was cut off");
    serde_json::from_slice(pack::open(&answer.bytes, &keys).unwrap()).unwrap()
}

fn list<'v>(value: &'v Value, member: &str) -> &'v Vec<Value> {
    value[member].as_array().unwrap()
}

async fn a_pack_knows_the_gate_and_opens_names_by_what_is_shown(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let phone = phone(&server, "North 1").await;
    let pack = fetch(&server, &phone, &gate, "").await;
    assert_eq!((&pack["device"], &pack["whole"]), (&json!(phone.id), &json!(true)));
    assert_eq!(
        (&pack["point"]["id"], &pack["points"][0]["name"]),
        (&json!(gate.point), &json!("North gate"))
    );
    let day = pack["expires_at"].as_i64().unwrap() - pack["issued_at"].as_i64().unwrap();
    assert_eq!(day, Span::hours(24).0);
    assert_eq!(pack["rule"], json!({"entries": "single", "windows": []}));
    assert_eq!(
        (&pack["groups"][0]["name"], &pack["groups"][0]["points"]),
        (&json!("Any"), &Value::Null)
    );
    let known = &list(&pack, "records")[0];
    assert_eq!((&known["id"], &known["standing"]), (&json!(gate.pass), &json!("current")));
    let claims = signature::verify(&gate.credential, &KeySet::from(&*signing())).unwrap();
    let digest = claims.cti.digest();
    assert_eq!(known["k"], BASE64URL_NOPAD.encode(&digest));
    let bytes = |text: &Value| BASE64URL_NOPAD.decode(text.as_str().unwrap().as_bytes()).unwrap();
    let opened = Sealed::under(&claims.cti).open(&digest, &bytes(&known["sealed"])).unwrap();
    assert_eq!(opened, br#"{"names":["Ada Rao"]}"#);
    let key = MasterKey::from_bytes([7; 32]).names_key(phone.id.parse().unwrap());
    assert_eq!(key.as_bytes().to_vec(), phone.names_key);
    let place = names_place(gate.point.parse().unwrap());
    let names = Sealed::for_device(&key).open(&place, &bytes(&pack["names"])).unwrap();
    let names: Value = serde_json::from_slice(&names).unwrap();
    assert_eq!(names, json!([[gate.pass, ["Ada Rao"]]]));
    assert!(!pack.to_string().contains("Ada"), "sealed");
}

async fn after_a_pack_what_changed_is_told_alone(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let other = issue(&server, &gate.event, pass(&gate.kind, &[BEN])).await.json()["id"].clone();
    let phone = phone(&server, "North 1").await;
    server.turn(Span::minutes(5));
    let first = fetch(&server, &phone, &gate, "").await;
    assert_eq!(list(&first, "records").len(), 2);
    server.turn(Span::minutes(5));
    let since = |pack: &Value| format!("?since={}", pack["cursor"].as_str().unwrap());
    let quiet = fetch(&server, &phone, &gate, &since(&first)).await;
    assert_eq!((&quiet["whole"], list(&quiet, "records").len()), (&json!(false), 0));
    let scan = json!({"credential": gate.credential, "point": gate.point, "nonce": "online"});
    let told = phone.post(&server, "/api/v1/redemptions", scan).await;
    assert_eq!(told.json()["verdict"], "admit");
    let void = format!("/api/v1/passes/{}/void", other.as_str().unwrap());
    server.post("organiser", &void, json!({"reason": "Stolen"})).await;
    let later = fetch(&server, &phone, &gate, &since(&first)).await;
    let mut standings: Vec<_> =
        list(&later, "records").iter().map(|one| one["standing"].to_string()).collect();
    standings.sort();
    assert_eq!(standings, [r#""current""#, r#""revoked""#]);
    let past = &list(&later, "redemptions")[0];
    assert_eq!((&past["nonce"], &past["record"]), (&json!("online"), &json!(gate.pass)));
    assert_eq!((&past["point"], &past["person"]), (&json!("North gate"), &json!("gate")));
    assert_eq!(fetch(&server, &phone, &gate, "?since=1").await["whole"], true, "too old");
}

/// A scan that a phone decided, as it sends it.
fn scan(server: &TestServer, gate: &Gate, nonce: &str, ago: Span) -> Value {
    json!({
        "credential": gate.credential, "point": gate.point, "nonce": nonce,
        "at": stamp(Timestamp(server.now().0 - ago.0)),
        "decided": {"verdict": "admit", "pack_issued_at": server.now().0 - Span::hours(2).0},
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
    list(&server.get("organiser", "/api/v1/incidents").await.json(), "items").clone()
}

/// Two phones let the same pass in while apart; they are heard of in the one or the other order.
async fn of_two_uses_apart_the_earlier_stands(server: TestServer, later_first: bool) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let (one, two) = (phone(&server, "North 1").await, phone(&server, "South 2").await);
    let earlier = scan(&server, &gate, "earlier", Span::minutes(10));
    let later = scan(&server, &gate, "later", Span::minutes(5));
    let mut sent = [(&one, earlier), (&two, later)];
    if later_first {
        sent.reverse();
    }
    for (phone, scan) in sent {
        let told = &upload(&server, phone, json!([scan])).await[0];
        assert_eq!(
            (&told["status"], &told["redemption"]["verdict"]),
            (&json!(201), &json!("admit"))
        );
    }
    let found = incidents(&server).await;
    assert_eq!(found.len(), 1, "{found:#?}");
    let incident = &found[0];
    assert_eq!((&incident["kind"], &incident["holder"]), (&json!("double_use"), &json!("Ada Rao")));
    assert_eq!(incident["scan"]["device_name"], "South 2");
    assert_eq!(incident["winner"]["device_name"], "North 1");
    assert!(incident["winner"]["scanned_at"].as_str() < incident["scan"]["scanned_at"].as_str());
    let all = recorded(&server, &gate).await;
    assert!(all.len() == 2 && all.iter().all(|one| one["admitted"] == true), "both are kept");
    for who in ["organiser", "registrar"] {
        let inbox = server.get(who, "/api/v1/me/notices").await;
        assert!(inbox.text.contains("Look at the scans of Spring Ball"), "{}", inbox.text);
    }
    let page = server.get("organiser", "/incidents").await;
    assert!(page.text.contains("Used twice") && page.text.contains("Stands"), "{}", page.text);
    assert_eq!(server.get("gate", "/incidents").await.status, StatusCode::FORBIDDEN);
}

async fn of_two_uses_heard_of_in_order_the_earlier_stands(server: TestServer) {
    of_two_uses_apart_the_earlier_stands(server, false).await;
}

async fn of_two_uses_heard_of_backwards_the_earlier_stands(server: TestServer) {
    of_two_uses_apart_the_earlier_stands(server, true).await;
}

async fn a_scan_that_was_taken_back_settles_what_it_caused(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let (one, two) = (phone(&server, "North 1").await, phone(&server, "South 2").await);
    upload(&server, &one, json!([scan(&server, &gate, "1", Span::minutes(10))])).await;
    let undo = json!({
        "undo": "2", "point": gate.point, "reason": "Scanned the wrong one", "nonce": "3",
        "at": stamp(server.now()),
    });
    let again = json!([scan(&server, &gate, "2", Span::minutes(5)), undo]);
    let told = upload(&server, &two, again.clone()).await;
    assert_eq!(told[0]["redemption"]["incidents"], json!(["double_use"]));
    assert_eq!(
        (&told[0]["redemption"]["judged"], &told[1]["status"]),
        (&json!("already_used"), &json!(200))
    );
    assert!(told[1]["redemption"]["undone_at"].is_string(), "{told:#?}");
    assert_eq!(incidents(&server).await[0]["comment"], "Scanned the wrong one");
    let repeated = upload(&server, &two, again).await;
    assert!(repeated.iter().all(|one| one["status"] == 200), "{repeated:#?}");
    let theirs = json!([{"undo": "1", "point": gate.point, "reason": "x", "nonce": "4"}]);
    server.turn(Span::minutes(16));
    let mut two = two;
    two.prove(&server).await;
    assert_eq!(upload(&server, &two, theirs).await[0]["status"], 403, "another phone's, and late");
}

async fn what_was_withdrawn_since_is_kept_marked_and_shown(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let phone = phone(&server, "North 1").await;
    server.turn(Span::minutes(10));
    let void = format!("/api/v1/passes/{}/void", gate.pass);
    server.post("organiser", &void, json!({"reason": "Stolen"})).await;
    let before = scan(&server, &gate, "before", Span::minutes(5));
    let after = scan(&server, &gate, "after", Span::seconds(0));
    let told = upload(&server, &phone, json!([before, after])).await;
    let incidents_of = |at: usize| told[at]["redemption"]["incidents"].clone();
    assert_eq!(incidents_of(0), json!(["ended_since"]));
    assert!(list(&told[1]["redemption"], "incidents").contains(&json!("refused")), "{told:#?}");
    assert_eq!(told[1]["redemption"]["judged"], "revoked");
    let found = incidents(&server).await;
    let path = format!("/api/v1/incidents/{}/settlement", found[0]["id"].as_str().unwrap());
    let blank = server.post("organiser", &path, json!({"comment": " "})).await;
    assert_eq!(blank.json()["errors"][0]["pointer"], "/comment");
    let comment = json!({"comment": "Paid at the door"});
    let settled = server.post("organiser", &path, comment.clone()).await.json();
    assert_eq!(settled["settled_by"], json!(server.people["organiser"]));
    assert_eq!(server.post("organiser", &path, comment).await.reason(), "already-reversed");
    let open = server.get("organiser", "/api/v1/incidents?open=true").await.json();
    assert_eq!(list(&open, "items").len(), found.len() - 1);
}

async fn a_clock_that_is_off_and_an_old_pack_are_noted_once_a_phone(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "reentry"}), &[ADA]).await;
    let phone = phone(&server, "North 1").await;
    let off = Span::hours(3);
    let ahead = |at: Timestamp| stamp(at + off);
    let scans: Vec<_> = [("1", 9), ("2", 8), ("3", 7)]
        .into_iter()
        .map(|(nonce, minutes)| {
            let mut one = scan(&server, &gate, nonce, Span::minutes(0));
            one["at"] = ahead(Timestamp(server.now().0 - Span::minutes(minutes).0)).into();
            one["direction"] = if nonce == "2" { "exit".into() } else { "entry".into() };
            one["decided"]["pack_issued_at"] = (server.now().0 - Span::hours(30).0).into();
            one
        })
        .collect();
    let body = json!({"items": scans, "sent_at": ahead(server.now())});
    let told = phone.post(&server, "/api/v1/redemptions/batch", body).await.json();
    let first = &list(&told, "items")[0]["redemption"];
    assert_eq!(first["scanned_at"], stamp(Timestamp(server.now().0 - Span::minutes(9).0)));
    let mut kinds: Vec<_> = incidents(&server).await;
    kinds.sort_by_key(|one| one["kind"].to_string());
    let shown: Vec<_> = kinds.iter().map(|one| (&one["kind"], &one["clock_off"])).collect();
    let expected =
        [(&json!("clock_off"), &json!(10_800)), (&json!("expired_pack"), &json!(10_800))];
    assert_eq!(shown, expected, "once, however many scans");
    let page = server.get("organiser", "/incidents").await;
    assert!(page.text.contains("180 minutes ahead"), "{}", page.text);
}

/// A day's work at a gate with one scan that is malformed: 500 others are kept.
async fn an_upload_that_broke_off_is_repeated_and_nothing_counts_twice(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "times", "times": 60}), &[ADA]).await;
    let phone = phone(&server, "North 1").await;
    let scan = |n: i64| {
        let mut one = scan(&server, &gate, &n.to_string(), Span::seconds(600 - n));
        if n == 17 {
            one["decided"] = json!({"verdict": "perhaps"});
        }
        one
    };
    let items: Vec<_> = (0..501).map(scan).collect();
    upload(&server, &phone, json!(items[..300])).await;
    let told = upload(&server, &phone, json!(items)).await;
    let status = |n: usize| told[n]["status"].as_u64().unwrap();
    let expected = |n: usize| match n {
        17 => 422,
        0..300 => 200,
        _ => 201,
    };
    let odd: Vec<_> = (0..501).filter(|n| status(*n) != expected(*n)).collect();
    assert_eq!((odd, told.len()), (Vec::new(), 501));
    assert!(told[17]["problem"]["errors"].is_array());
    let kept = server.database.rows(&["redemptions"])["redemptions"].len();
    assert_eq!(kept, 500);
}

async fn whoever_went_in_on_an_answer_that_was_lost_is_kept(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let phone = phone(&server, "North 1").await;
    upload(&server, &phone, json!([scan(&server, &gate, "1", Span::minutes(9))])).await;
    let asked = json!({"credential": gate.credential, "point": gate.point, "nonce": "2"});
    let lost = phone.post(&server, "/api/v1/redemptions", asked).await.json();
    assert_eq!(lost["verdict"], "already_used");
    let apart = json!([scan(&server, &gate, "2", Span::minutes(0))]);
    for status in [201, 200] {
        let told = &upload(&server, &phone, apart.clone()).await[0];
        assert_eq!(
            (&told["status"], &told["redemption"]["verdict"]),
            (&json!(status), &json!("admit"))
        );
        assert_eq!(told["redemption"]["incidents"], json!(["double_use"]));
    }
    assert_eq!(recorded(&server, &gate).await.len(), 3);
}

on_both!(
    whoever_went_in_on_an_answer_that_was_lost_is_kept,
    a_pack_knows_the_gate_and_opens_names_by_what_is_shown,
    after_a_pack_what_changed_is_told_alone,
    of_two_uses_heard_of_in_order_the_earlier_stands,
    of_two_uses_heard_of_backwards_the_earlier_stands,
    a_scan_that_was_taken_back_settles_what_it_caused,
    what_was_withdrawn_since_is_kept_marked_and_shown,
    a_clock_that_is_off_and_an_old_pack_are_noted_once_a_phone,
    an_upload_that_broke_off_is_repeated_and_nothing_counts_twice,
);

#[tokio::test]
async fn only_a_phone_decides_by_itself() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    let one = scan(&server, &gate, "1", Span::minutes(1));
    let refused = server.post("gate", "/api/v1/redemptions", one).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/decided");
    assert_eq!(recorded(&server, &gate).await.len(), 0);
}
