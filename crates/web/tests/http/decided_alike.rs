//! What a phone decides by its pack is what the server decides by its records: the same scans are put
//! to both, and to the browser's twin of the rule by `crates/domain/vectors/offline.json`
//! and its neighbours for a room and a hall (`decided_at_exams`).
//!
//! `MUSTER_VECTORS=write` writes those files anew from what happens here.

use super::events::{event, issue, pass, pass_type, staffed};
use super::offline::payload;
use super::phones::phone;
use super::redemptions::point;
use super::server::{TestServer, signing};
use axum::http::StatusCode;
use data_encoding::BASE64URL_NOPAD;
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::SigningKey;
use muster_credential::payload::{Kind, ShortId};
use muster_credential::signature::{self, Credential, Refusal};
use muster_domain::verification::{
    Presented, Record, Redemption, Rule, Scan, Verdict, VerdictKind, decide,
};
use muster_testkit::sqlite;
use serde_json::{Value, json};
use std::path::Path;
use uuid::Uuid;

/// The folder of the vectors.
const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../domain/vectors");

struct Place {
    server: TestServer,
    point: String,
}

impl Place {
    async fn issue(&self, event: &str, kind: &str, name: &str, phones: &[&str]) -> String {
        let people: Vec<_> = phones.iter().map(|phone| (name, *phone)).collect();
        let made = issue(&self.server, event, pass(kind, &people)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        made.json()["id"].as_str().unwrap().to_owned()
    }

    async fn shown(&self, pass: &str) -> String {
        let shown = self.server.get("gate", &format!("/api/v1/passes/{pass}")).await.json();
        shown["credential"].as_str().unwrap().to_owned()
    }

    async fn change(&self, pass: &str, what: &str, body: Value) {
        let path = format!("/api/v1/passes/{pass}/{what}");
        let done = self.server.post("organiser", &path, body).await;
        assert!(done.status.is_success(), "{}", done.text);
    }
}

/// A gate with passes in every state; the texts that are shown there, by name.
async fn stage() -> (Place, Vec<(&'static str, String)>) {
    let server = staffed(TestServer::start(sqlite()));
    let own = event(&server, json!({})).await;
    let elsewhere = event(&server, json!({"name": "Another ball"})).await;
    let north = point(&server, &own, "North gate").await;
    let south = point(&server, &own, "South gate").await;
    let single = pass_type(&server, &own, json!({"name": "Single"})).await;
    let couple = pass_type(&server, &own, json!({"name": "Couple", "admits": 2})).await;
    let staff = pass_type(&server, &own, json!({"name": "Staff"})).await;
    let other = pass_type(&server, &elsewhere, json!({"name": "Single"})).await;
    let path = format!("/api/v1/pass-types/{staff}/points");
    server.call("organiser", axum::http::Method::PUT, &path, json!({"points": [south]})).await;
    let place = Place { server, point: north };
    let ada = place.issue(&own, &single, "Ada Rao", &["98450 12341"]).await;
    let handed = place.issue(&own, &single, "Ben Rao", &["98450 12342"]).await;
    let before = place.shown(&handed).await;
    let to = json!({"holders": [{"name": "Cem Ay", "phone": "98450 12343"}]});
    place.change(&handed, "transfer", to).await;
    let void = place.issue(&own, &single, "Dee Lim", &["98450 12344"]).await;
    let voided = place.shown(&void).await;
    place.change(&void, "void", json!({"reason": "Stolen"})).await;
    let two = place.issue(&own, &couple, "Eve Roy", &["98450 12345", "98450 12346"]).await;
    let crew = place.issue(&own, &staff, "Fay Roy", &["98450 12347"]).await;
    let away = place.issue(&elsewhere, &other, "Gus Roy", &["98450 12348"]).await;
    let used = place.issue(&own, &single, "Hal Roy", &["98450 12349"]).await;
    let online = json!({
        "credential": place.shown(&used).await, "point": place.point, "nonce": "before",
    });
    place.server.post("gate", "/api/v1/redemptions", online).await;
    let ours = place.shown(&ada).await;
    let (head, last) = ours.split_at(ours.len() - 1);
    let forged = format!("{head}{}", if last == "0" { "1" } else { "0" });
    let claims = signature::verify(&ours, &KeySet::from(&*signing())).unwrap();
    let stranger = Credential::sign(&SigningKey::from_bytes([99; 32]), claims).bare();
    let shown = vec![
        ("a pass", ours.clone()),
        ("the same again", ours),
        ("what was handed on", before),
        ("what it was handed on as", place.shown(&handed).await),
        ("a void pass", voided),
        ("one of a couple", place.shown(&two).await),
        ("the rest of the couple", place.shown(&two).await),
        ("the couple once more", place.shown(&two).await),
        ("a pass for another gate", place.shown(&crew).await),
        ("a pass of another event", place.shown(&away).await),
        ("used before the pack was made", place.shown(&used).await),
        ("a digit changed", forged),
        ("signed by somebody else", stranger),
        ("some other code", "https://example.org/menu".to_owned()),
    ];
    (place, shown)
}

#[tokio::test]
async fn at_a_gate_a_phone_decides_by_its_pack_as_the_server_does_by_its_records() {
    let (place, shown) = stage().await;
    let phone = phone(&place.server, "North 1").await;
    let pack = payload(&place.server, &phone, &place.point, "").await;
    compare(&place.server, "gate", (pack, shown), "offline.json").await;
}

/// What a phone finds out about what is shown, by its pack.
fn by_pack(pack: &Value, text: &str) -> Result<(String, Record), VerdictKind> {
    let keys = KeySet::from_json(&pack["keys"]).unwrap();
    let claims = match signature::verify(text, &keys) {
        Ok(claims) => claims,
        Err(Refusal::UnknownKey(_)) => return Err(VerdictKind::Unknown),
        Err(_) => return Err(VerdictKind::Forged),
    };
    let k = BASE64URL_NOPAD.encode(&claims.cti.digest());
    let known = pack["records"].as_array().unwrap().iter().find(|one| one["k"] == k);
    let scope: Uuid = pack["point"]["credential_scope"].as_str().unwrap().parse().unwrap();
    let kind = if pack["point"]["kind"] == "gate" { Kind::Pass } else { Kind::Docket };
    let here = claims.kind == kind && claims.scope == ShortId::of(scope);
    let Some(known) = known else {
        return Err(if here { VerdictKind::Unknown } else { VerdictKind::WrongPlace });
    };
    let group = &pack["groups"][usize::try_from(known["g"].as_u64().unwrap()).unwrap()];
    let record = json!({
        "standing": known["standing"], "admits": known["admits"],
        "validity": group["validity"], "points": group["points"],
    });
    Ok((known["id"].as_str().unwrap().to_owned(), serde_json::from_value(record).unwrap()))
}

/// What a phone at a point decides, by its pack and what it let in since.
struct Apart<'a> {
    pack: &'a Value,
    rule: Rule,
    history: Vec<(String, Redemption)>,
}

impl<'a> Apart<'a> {
    fn new(pack: &'a Value) -> Self {
        let past = pack["redemptions"].as_array().unwrap().iter();
        let read = |one: &Value| serde_json::from_value(one.clone()).unwrap();
        let history = past.map(|one| (one["record"].as_str().unwrap().to_owned(), read(one)));
        let rule = serde_json::from_value(pack["rule"].clone()).unwrap();
        Self { pack, rule, history: history.collect() }
    }

    fn verdict(&mut self, text: &str, at: i64) -> VerdictKind {
        let (id, record) = match by_pack(self.pack, text) {
            Err(kind) => return kind,
            Ok(found) => found,
        };
        let point = &self.pack["point"]["id"];
        let scan = json!({"point": point, "direction": "entry", "count": 1, "at": at});
        let scan: Scan = serde_json::from_value(scan).unwrap();
        let own = self.history.iter().filter(|(record, _)| *record == id);
        let own: Vec<Redemption> = own.map(|(_, one)| *one).collect();
        let verdict = decide(Presented::Known(&record), &self.rule, &own, &scan);
        if matches!(verdict, Verdict::Admit { .. }) {
            let one = json!({"at": at, "direction": "entry", "count": 1, "admitted": true});
            self.history.push((id, serde_json::from_value(one).unwrap()));
        }
        verdict.kind()
    }
}

/// Puts what is shown to the pack and to the server, whose verdicts and sentences are those of the file.
pub(super) async fn compare(
    server: &TestServer,
    who: &str,
    (pack, shown): (Value, Vec<(&'static str, String)>),
    file: &str,
) {
    let mut apart = Apart::new(&pack);
    let mut scans = Vec::new();
    for (nonce, (name, text)) in shown.iter().enumerate() {
        let at = server.now().0;
        let verdict = apart.verdict(text, at);
        let body = json!({
            "credential": text, "point": pack["point"]["id"], "count": 1,
            "nonce": nonce.to_string(),
        });
        let told = server.post(who, "/api/v1/redemptions", body).await.json();
        assert_eq!(told["verdict"], verdict.key(), "{name}");
        scans.push(json!({
            "name": name, "credential": text, "direction": "entry", "count": 1, "at": at,
            "verdict": verdict.key(), "detail": told["detail"],
        }));
    }
    let (fresh, path) = (json!({"pack": pack, "scans": scans}), Path::new(VECTORS).join(file));
    if std::env::var("MUSTER_VECTORS").is_ok_and(|wish| wish == "write") {
        let text = serde_json::to_string_pretty(&fresh).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let kept: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(outline(&kept), outline(&fresh), "write the vectors anew: the browser reads them");
}

/// What must not differ between the vectors and what happens: members, names and verdicts.
fn outline(vectors: &Value) -> (Vec<String>, Vec<String>, Vec<(Value, Value)>) {
    let members = |value: &Value| {
        let mut all: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        all.sort();
        all
    };
    let scans = vectors["scans"].as_array().unwrap().iter();
    let verdicts = scans.map(|one| (one["name"].clone(), one["verdict"].clone())).collect();
    (members(&vectors["pack"]), members(&vectors["pack"]["groups"][0]), verdicts)
}
