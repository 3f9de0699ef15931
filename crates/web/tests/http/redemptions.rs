//! Redemptions: what each thing that is shown at a gate comes to, and that it is recorded once.

use super::events::{event, issue, later, pass, pass_type, staffed};
use super::server::{Answer, TestServer, signing};
use axum::http::{Method, StatusCode};
use muster_app::Ctx;
use muster_app::redemptions::{self, Offered, RedeemInput};
use muster_credential::readable::ReadableCode;
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::time::Span;
use muster_domain::verification::Direction;
use muster_testkit::sqlite;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const ADA: (&str, &str) = ("Ada Rao", "98450 12345");
pub(super) const BEN: (&str, &str) = ("Ben Rao", "98450 54321");

/// An event with a gate, a pass type, and a pass of it.
pub(super) struct Gate {
    pub event: String,
    pub point: String,
    pub kind: String,
    pub pass: String,
    pub credential: String,
    pub code: String,
}

pub(super) async fn point(server: &TestServer, event: &str, name: &str) -> String {
    let body = json!({"event": event, "name": name});
    let made = server.post("organiser", "/api/v1/points", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

pub(super) async fn gate(server: &TestServer, rule: Value, holders: &[(&str, &str)]) -> Gate {
    let event = event(server, rule).await;
    let point = point(server, &event, "North gate").await;
    let kind = pass_type(server, &event, json!({"name": "Any", "admits": holders.len()})).await;
    let pass = issue(server, &event, pass(&kind, holders)).await.json()["id"].clone();
    let pass = pass.as_str().unwrap().to_owned();
    let (credential, code) = shown(server, &pass).await;
    Gate { event, point, kind, pass, credential, code }
}

/// What a pass's QR holds, and its readable code.
pub(super) async fn shown(server: &TestServer, pass: &str) -> (String, String) {
    let shown = server.get("gate", &format!("/api/v1/passes/{pass}")).await.json();
    let text = |member: &str| shown[member].as_str().unwrap().to_owned();
    (text("credential"), text("code"))
}

pub(super) fn at(gate: &Gate, credential: &str, nonce: &str) -> Value {
    json!({"credential": credential, "point": gate.point, "nonce": nonce})
}

pub(super) async fn send(server: &TestServer, body: Value) -> Answer {
    let answer = server.post("gate", "/api/v1/redemptions", body).await;
    server.turn(Span::seconds(10));
    answer
}

/// Presents, and tells the verdict.
pub(super) async fn verdict(server: &TestServer, body: Value) -> String {
    let answer = send(server, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["verdict"].as_str().unwrap().to_owned()
}

pub(super) async fn recorded(server: &TestServer, gate: &Gate) -> Vec<Value> {
    let path = format!("/api/v1/points/{}/redemptions?limit=200", gate.point);
    server.get("gate", &path).await.json()["items"].as_array().unwrap().clone()
}

async fn a_pass_admits_once_and_says_who_admitted_it(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let first = send(&server, at(&gate, &gate.credential, "1")).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let told = first.json();
    assert_eq!((&told["verdict"], &told["remaining"]), (&json!("admit"), &json!(0)));
    assert_eq!(told["holder"]["names"], json!(["Ada Rao"]));
    let same = send(&server, at(&gate, &gate.credential, "1")).await;
    assert_eq!(same.status, StatusCode::OK);
    assert_eq!(same.json()["redemption"], told["redemption"]);
    assert_eq!(same.json()["verdict"], "admit");
    let again = send(&server, at(&gate, &gate.credential, "2")).await.json();
    assert_eq!(again["verdict"], "already_used");
    let previous = &again["previous"];
    assert_eq!((&previous["point"], &previous["person"]), (&json!("North gate"), &json!("gate")));
    assert_eq!(previous["at"], told["scanned_at"]);
    let repeated = send(&server, at(&gate, &gate.credential, "2")).await;
    assert_eq!(
        (repeated.status, &repeated.json()["verdict"]),
        (StatusCode::OK, &json!("already_used"))
    );
    let all = recorded(&server, &gate).await;
    assert_eq!(all.len(), 2, "each scan once, refused ones too");
    assert_eq!(all[0]["verdict"], "already_used");
    assert_eq!(all[0]["address"], "127.0.0.1");
    let figures = format!("/api/v1/events/{}/figures", gate.event);
    assert_eq!(server.get("gate", &figures).await.json()["admitted"], 1);
}

async fn what_was_replaced_or_withdrawn_is_refused_with_its_reason(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let path = format!("/api/v1/passes/{}", gate.pass);
    let handed = json!({"holders": [{"name": BEN.0, "phone": BEN.1}]});
    server.post("organiser", &format!("{path}/transfer"), handed).await;
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "1")).await, "superseded");
    assert_eq!(verdict(&server, at(&gate, &gate.code, "2")).await, "superseded");
    let (newer, code) = shown(&server, &gate.pass).await;
    server.post("organiser", &format!("{path}/void"), json!({"reason": "Stolen"})).await;
    assert_eq!(verdict(&server, at(&gate, &newer, "3")).await, "revoked");
    assert_eq!(verdict(&server, at(&gate, &code, "4")).await, "revoked");
}

async fn early_late_and_elsewhere_are_told_apart(server: TestServer) {
    let mut server = staffed(server);
    let tomorrow = json!({
        "doors_at": later(&server, 2), "starts_at": later(&server, 3), "ends_at": later(&server, 5),
    });
    let gate = gate(&server, tomorrow, &[ADA]).await;
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "1")).await, "not_valid_yet");
    let other = event(&server, json!({"name": "Film night", "venue": "Cinema"})).await;
    let elsewhere = point(&server, &other, "Door").await;
    let body = json!({"credential": gate.credential, "point": elsewhere, "nonce": "2"});
    let answer = send(&server, body).await.json();
    assert_eq!(answer["verdict"], "wrong_place");
    assert!(answer["detail"].as_str().unwrap().contains("This is for Spring Ball"), "{answer}");
    let south = point(&server, &gate.event, "South gate").await;
    let points = format!("/api/v1/pass-types/{}/points", gate.kind);
    let put = server.call("organiser", Method::PUT, &points, json!({"points": [south]})).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    server.turn(Span::hours(3));
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "3")).await, "wrong_place");
    let body = json!({"credential": gate.credential, "point": south, "nonce": "4"});
    assert_eq!(verdict(&server, body).await, "admit");
    server.turn_days(1);
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "5")).await, "expired");
}

async fn what_was_altered_or_is_not_ours_is_forged_and_recorded(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let (head, digits) = gate.credential.split_once('#').unwrap();
    let last = digits.chars().last().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    let altered = format!("{head}#{}{other}", &digits[..digits.len() - 1]);
    assert_eq!(verdict(&server, at(&gate, &altered, "1")).await, "forged");
    assert_eq!(verdict(&server, at(&gate, "https://example.org/menu", "2")).await, "forged");
    let key = muster_credential::keys::signing::SigningKey::from_bytes([77; 32]);
    let claims = muster_credential::payload::Claims {
        kind: muster_credential::payload::Kind::Pass,
        scope: muster_credential::payload::ShortId([1; 8]),
        holder: muster_credential::payload::ShortId([2; 8]),
        validity: muster_credential::payload::Validity::new(1, 2).unwrap(),
        cti: muster_credential::cti::Cti::from_bytes([3; 16]),
    };
    let sign = |key| muster_credential::signature::Credential::sign(key, claims).bare();
    assert_eq!(verdict(&server, at(&gate, &sign(&key), "3")).await, "unknown");
    let ours = muster_credential::keys::signing::SigningKey::from_bytes([9; 32]);
    assert_eq!(verdict(&server, at(&gate, &sign(&ours), "4")).await, "unknown");
    let all = recorded(&server, &gate).await;
    assert_eq!(all.len(), 4);
    assert!(all.iter().all(|one| one["admitted"] == false && one["remark"].is_string()));
    assert!(all.iter().all(|one| !one.to_string().contains("example.org")), "never what was shown");
}

async fn whichever_digit_is_changed_nobody_is_admitted(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let (head, digits) = gate.credential.split_once('#').unwrap();
    for place in (0..digits.len()).step_by(9) {
        let mut altered = digits.as_bytes().to_vec();
        altered[place] = b'0' + (altered[place] - b'0' + 1) % 10;
        let altered = format!("{head}#{}", String::from_utf8(altered).unwrap());
        let told = verdict(&server, at(&gate, &altered, &place.to_string())).await;
        // Where the key's name was changed, it is nobody's key.
        assert!(["forged", "unknown"].contains(&told.as_str()), "{told} at {place}");
    }
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "right")).await, "admit");
}

async fn whoever_guesses_codes_has_to_wait(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let secret = signing().active().issuing_secret();
    let nobodys = |n: u128| ReadableCode::derive(&secret, uuid::Uuid::from_u128(n), 1).to_string();
    for n in 0..30 {
        let told =
            server.post("gate", "/api/v1/redemptions", at(&gate, &nobodys(n), &n.to_string()));
        assert_eq!(told.await.json()["verdict"], "unknown");
    }
    let next = send(&server, at(&gate, &gate.code, "right")).await;
    assert_eq!(next.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(next.headers.contains_key("retry-after"));
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "scanned")).await, "admit");
}

async fn a_code_is_typed_as_people_type(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "times", "times": 5}), &[ADA]).await;
    let plain = gate.code.replace('-', "");
    let spaced: String = plain.chars().flat_map(|letter| [letter, ' ']).collect();
    let other = plain.replace('0', "O").replace('1', "l");
    for (nonce, text) in [&gate.code, &plain.to_lowercase(), &spaced, &other].iter().enumerate() {
        assert_eq!(verdict(&server, at(&gate, text, &nonce.to_string())).await, "admit", "{text}");
    }
    let first = if plain.starts_with('Z') { "Y" } else { "Z" };
    let wrong = format!("{first}{}", &plain[1..]);
    assert_eq!(verdict(&server, at(&gate, &wrong, "wrong")).await, "unknown");
    let by_name = json!({"pass": gate.pass, "point": gate.point, "nonce": "name"});
    assert_eq!(verdict(&server, by_name).await, "admit");
    assert_eq!(verdict(&server, at(&gate, &plain, "sixth")).await, "already_used");
}

async fn people_leave_and_come_back_where_the_rule_says_so(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({"entries": "reentry"}), &[ADA]).await;
    let way = |direction: &str, nonce: &str| {
        let mut body = at(&gate, &gate.credential, nonce);
        body["direction"] = direction.into();
        body
    };
    for (direction, expected) in [
        ("exit", "not_inside"),
        ("entry", "admit"),
        ("entry", "already_used"),
        ("exit", "admit"),
        ("exit", "not_inside"),
        ("entry", "admit"),
    ] {
        let nonce = format!("{direction} {}", server.now().0);
        assert_eq!(verdict(&server, way(direction, &nonce)).await, expected, "{nonce}");
    }
}

async fn a_couple_enters_together_or_one_by_one(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA, BEN]).await;
    let mut one = at(&gate, &gate.credential, "1");
    one["count"] = 1.into();
    let told = send(&server, one).await.json();
    assert_eq!((&told["verdict"], &told["remaining"]), (&json!("admit"), &json!(1)));
    let mut two = at(&gate, &gate.credential, "2");
    two["count"] = 2.into();
    let told = send(&server, two).await.json();
    assert_eq!((&told["verdict"], &told["remaining"]), (&json!("already_used"), &json!(1)));
    let rest = send(&server, at(&gate, &gate.credential, "3")).await.json();
    assert_eq!((&rest["verdict"], &rest["count"]), (&json!("admit"), &json!(1)));
}

async fn a_mistake_is_taken_back_and_a_refusal_overridden(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let told = send(&server, at(&gate, &gate.credential, "1")).await.json();
    let undo = format!("/api/v1/redemptions/{}/reversal", told["redemption"].as_str().unwrap());
    let blank = server.post("gate", &undo, json!({"reason": ""})).await;
    assert_eq!(blank.json()["errors"][0]["pointer"], "/reason");
    let reason = json!({"reason": "Scanned the wrong one"});
    assert_eq!(server.post("gate", &undo, reason.clone()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.post("gate", &undo, reason).await.status, StatusCode::NO_CONTENT);
    let figures = format!("/api/v1/events/{}/figures", gate.event);
    assert_eq!(server.get("gate", &figures).await.json()["admitted"], 0);
    assert_eq!(verdict(&server, at(&gate, &gate.credential, "2")).await, "admit");
    let mut force = at(&gate, &gate.credential, "3");
    force["force"] = true.into();
    force["reason"] = "Came back for a coat".into();
    assert_eq!(send(&server, force.clone()).await.status, StatusCode::FORBIDDEN);
    let forced = server.post("organiser", "/api/v1/redemptions", force.clone()).await.json();
    assert_eq!(
        (&forced["verdict"], &forced["overridden"]),
        (&json!("admit"), &json!("already_used"))
    );
    force["nonce"] = "4".into();
    force["reason"] = "".into();
    let why = server.post("organiser", "/api/v1/redemptions", force).await;
    assert_eq!(why.json()["errors"][0]["pointer"], "/reason");
    let journal = server.get("registrar", "/api/v1/journal?action=redemption.record").await;
    assert!(journal.text.contains("Came back for a coat"));
}

async fn of_fifty_scans_at_once_one_admits(server: TestServer) {
    let server = staffed(server);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let stores = [server.store.clone(), server.database.open()];
    let person = server.people["gate"];
    let (key, now, point) = (server.key.clone(), server.now(), gate.point.parse().unwrap());
    let text = gate.credential.clone();
    let scans = move || {
        let pending: Vec<_> = (0..50_u8)
            .map(|n| {
                let grants = vec![Grant { role: Role::Gate, scope: Scope::Institution }];
                let actor = Actor { person, login: None, grants, class: None };
                let mut ctx = Ctx::new("api", now, [n + 100; 32], key.clone());
                ctx.signing = Some(signing());
                let ctx = Arc::new(ctx.signed_in(Some(actor)));
                let input = RedeemInput {
                    offered: Offered::Text(text.clone()),
                    point,
                    direction: Direction::Entry,
                    count: None,
                    // Every fifth is sent twice.
                    nonce: (n - u8::from(n % 5 == 1)).to_string(),
                    at: None,
                    sent_at: None,
                    force: false,
                    reason: String::new(),
                    decided: None,
                };
                let act = ctx.act.clone();
                let store = &stores[usize::from(n % 2)];
                store.write(&act, move |tx| redemptions::redeem(tx, &ctx, &input))
            })
            .collect();
        let done = pending.into_iter().map(|one| one.wait().unwrap());
        done.filter(|one| one.row.admitted && !one.already).count()
    };
    assert_eq!(tokio::task::spawn_blocking(scans).await.unwrap(), 1);
    let all = recorded(&server, &gate).await;
    assert_eq!(all.len(), 40, "what was sent twice is recorded once");
    assert_eq!(all.iter().filter(|one| one["admitted"] == true).count(), 1);
}

on_both!(
    a_pass_admits_once_and_says_who_admitted_it,
    what_was_replaced_or_withdrawn_is_refused_with_its_reason,
    early_late_and_elsewhere_are_told_apart,
    what_was_altered_or_is_not_ours_is_forged_and_recorded,
    whichever_digit_is_changed_nobody_is_admitted,
    whoever_guesses_codes_has_to_wait,
    a_code_is_typed_as_people_type,
    people_leave_and_come_back_where_the_rule_says_so,
    a_couple_enters_together_or_one_by_one,
    a_mistake_is_taken_back_and_a_refusal_overridden,
    of_fifty_scans_at_once_one_admits,
);

#[tokio::test]
async fn whoever_may_not_verify_presents_nothing() {
    let mut server = staffed(TestServer::start(sqlite()));
    server.join("invigilator", Role::Invigilator);
    let gate = gate(&server, json!({}), &[ADA]).await;
    for who in ["teacher", "student", "finance", "invigilator"] {
        let refused =
            server.post(who, "/api/v1/redemptions", at(&gate, &gate.credential, "1")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
}
