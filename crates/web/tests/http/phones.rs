//! Verifiers' phones as tests hold them, and what is true of them: enrolled once, known by their key,
//! open to what belongs to doors alone, withdrawn from afar.

use super::events::staffed;
use super::redemptions::{ADA, gate};
use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use muster_domain::auth::Role;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// A phone with its key.
pub(super) struct Phone {
    pub id: String,
    pub names_key: Vec<u8>,
    pub token: String,
    pair: Ed25519KeyPair,
}

/// A code, made by the organiser for whoever is named.
pub(super) async fn code(server: &TestServer, name: &str, person: &str) -> Value {
    let body = json!({"name": name, "person": server.people[person]});
    let made = server.post("organiser", "/api/v1/verifier-device-codes", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["code"].clone()
}

fn enrolment(code: &Value, pair: &Ed25519KeyPair) -> Value {
    let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
    json!({"code": code, "public_key": {"kty": "OKP", "crv": "Ed25519", "x": x}})
}

/// A phone that acts for the person at the gate.
pub(super) async fn phone(server: &TestServer, name: &str) -> Phone {
    let code = code(server, name, "gate").await;
    enrolled(server, name, &code).await
}

/// A phone that acts for an invigilator, or whoever is named.
pub(super) async fn phone_of(server: &TestServer, name: &str, person: &str) -> Phone {
    let body = json!({"name": name, "person": server.people[person]});
    let made = server.post("registrar", "/api/v1/verifier-device-codes", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    enrolled(server, name, &made.json()["code"]).await
}

/// A phone, enrolled by that code.
pub(super) async fn enrolled(server: &TestServer, name: &str, code: &Value) -> Phone {
    let seed = name.bytes().cycle().take(32).collect::<Vec<_>>();
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let body = enrolment(code, &pair);
    let told = server.post("nobody", "/api/v1/verifier-devices", body).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.text);
    let told = told.json();
    let names_key = BASE64URL_NOPAD.decode(told["names_key"].as_str().unwrap().as_bytes()).unwrap();
    let id = told["id"].as_str().unwrap().to_owned();
    let mut phone = Phone { id, names_key, token: String::new(), pair };
    phone.prove(server).await;
    phone
}

impl Phone {
    /// Signs a challenge, and gets a token.
    pub async fn prove(&mut self, server: &TestServer) {
        let told = self.ask_token(server).await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text);
        told.json()["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    async fn ask_token(&self, server: &TestServer) -> Answer {
        let path = format!("/api/v1/verifier-devices/{}", self.id);
        let asked = server.post("nobody", &format!("{path}/challenges"), json!({})).await;
        if asked.status != StatusCode::CREATED {
            return asked;
        }
        let challenge = asked.json()["challenge"].as_str().unwrap().to_owned();
        let message = format!("muster verifier device 1\n{}\n{challenge}", self.id);
        let signature = BASE64URL_NOPAD.encode(self.pair.sign(message.as_bytes()).as_ref());
        let body = json!({"challenge": challenge, "signature": signature, "queued": 3});
        server.post("nobody", &format!("{path}/tokens"), body).await
    }

    async fn call(&self, server: &TestServer, method: Method, path: &str, body: Body) -> Answer {
        let mut request = server.request("nobody", method, path, body);
        let bearer = format!("Bearer {}", self.token).parse().unwrap();
        request.headers_mut().insert("authorization", bearer);
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        server.send(request).await
    }

    pub async fn get(&self, server: &TestServer, path: &str) -> Answer {
        self.call(server, Method::GET, path, Body::empty()).await
    }

    pub async fn post(&self, server: &TestServer, path: &str, body: Value) -> Answer {
        self.call(server, Method::POST, path, Body::from(body.to_string())).await
    }
}

async fn a_phone_is_enrolled_once_and_proves_itself_until_it_is_withdrawn(server: TestServer) {
    let server = staffed(server);
    gate(&server, json!({}), &[ADA]).await;
    let mut phone = phone(&server, "North 1").await;
    let me = phone.get(&server, "/api/v1/verifier-devices/me").await.json();
    assert_eq!((&me["name"], &me["person"]["name"]), (&json!("North 1"), &json!("gate")));
    assert_eq!(me["points"][0]["name"], "North gate");
    server.turn(Span::minutes(16));
    let late = phone.get(&server, "/api/v1/verifier-devices/me").await;
    assert_eq!((late.status, late.reason().as_str()), (StatusCode::UNAUTHORIZED, "not-signed-in"));
    phone.prove(&server).await;
    let listed = server.get("organiser", "/api/v1/verifier-devices").await.json();
    assert_eq!((&listed["items"][0]["queued"], &listed["items"][0]["id"]), (&json!(3), &me["id"]));
    let revocation = format!("/api/v1/verifier-devices/{}/revocation", phone.id);
    assert_eq!(server.post("gate", &revocation, json!({})).await.status, StatusCode::FORBIDDEN);
    server.post("organiser", &revocation, json!({})).await;
    let told = phone.get(&server, "/api/v1/verifier-devices/me").await;
    assert_eq!((told.status, told.reason().as_str()), (StatusCode::UNAUTHORIZED, "device-revoked"));
    assert_eq!(phone.ask_token(&server).await.reason(), "device-revoked");
    let journal = server.get("registrar", "/api/v1/journal?action=verifier.revoke").await.json();
    assert_eq!(journal["items"].as_array().unwrap().len(), 1);
}

async fn a_code_works_once_for_ten_minutes_and_gives_nothing_away(server: TestServer) {
    let mut server = staffed(server);
    server.join("invigilator", Role::Invigilator);
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let enrol = async |body: Value| server.post("nobody", "/api/v1/verifier-devices", body).await;
    let once = code(&server, "A", "gate").await;
    let mut unsound = enrolment(&once, &pair);
    unsound["public_key"]["x"] = "AAAA".into();
    assert_eq!(enrol(unsound).await.json()["errors"][0]["pointer"], "/public_key");
    assert_eq!(enrol(enrolment(&once, &pair)).await.status, StatusCode::CREATED);
    assert_eq!(enrol(enrolment(&once, &pair)).await.reason(), "code-used");
    let late = code(&server, "B", "gate").await;
    server.turn(Span::minutes(11));
    assert_eq!(enrol(enrolment(&late, &pair)).await.reason(), "code-used");
    for who in ["teacher", "invigilator"] {
        let body = json!({"name": "C", "person": server.people[who]});
        let refused = server.post("organiser", "/api/v1/verifier-device-codes", body).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], "/person", "{who}");
    }
}

async fn a_phone_of_somebody_who_left_verifies_no_longer(server: TestServer) {
    let server = staffed(server);
    let phone = phone(&server, "North 1").await;
    let person = server.people["gate"];
    let read = server.get("registrar", &format!("/api/v1/people/{person}")).await;
    let grant = read.json()["roles"][0]["id"].as_str().map(str::to_owned);
    let path = format!("/api/v1/people/{person}/roles/{}", grant.unwrap());
    let ended = server.call("registrar", Method::DELETE, &path, json!({})).await;
    assert!(ended.status.is_success(), "{}", ended.text);
    let told = phone.get(&server, "/api/v1/verifier-devices/me").await;
    assert_eq!(told.reason(), "device-revoked");
}

on_both!(
    a_phone_is_enrolled_once_and_proves_itself_until_it_is_withdrawn,
    a_code_works_once_for_ten_minutes_and_gives_nothing_away,
    a_phone_of_somebody_who_left_verifies_no_longer,
);

#[tokio::test]
async fn a_phone_opens_what_belongs_to_doors_and_nothing_else() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    let phone = phone(&server, "North 1").await;
    for path in ["/api/v1/me", "/api/v1/events", "/api/v1/people", "/api/v1/points"] {
        assert_eq!(phone.get(&server, path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let passes = format!("/api/v1/events/{}/passes", gate.event);
    assert_eq!(phone.get(&server, &passes).await.status, StatusCode::FORBIDDEN);
    let pack = format!("/api/v1/points/{}/pack", gate.point);
    let login = server.get("gate", &pack).await;
    assert_eq!(login.json()["errors"][0]["pointer"], "/point", "a login has none");
    let me = server.get("gate", "/api/v1/verifier-devices/me").await;
    assert_eq!(me.status, StatusCode::NOT_FOUND);
    let wrong = json!({"challenge": "AAAA", "signature": BASE64URL_NOPAD.encode(&[1; 64])});
    let tokens = format!("/api/v1/verifier-devices/{}/tokens", phone.id);
    assert_eq!(server.post("nobody", &tokens, wrong).await.reason(), "device-signature");
}

#[tokio::test]
async fn the_page_makes_a_code_and_withdraws_a_phone() {
    let server = staffed(TestServer::start(sqlite()));
    let phone = phone(&server, "North 1").await;
    let listed = server.get("organiser", "/verifier-devices").await;
    assert!(listed.text.contains("North 1") && listed.text.contains("None yet"));
    let fields = format!("name=South&person={}", server.people["gate"]);
    let made = server.form("organiser", "/verifier-devices", &fields).await;
    assert_eq!(made.status, StatusCode::OK);
    assert!(made.text.contains("/verify/device#enrol=") && made.text.contains("<svg"));
    let wrong = server.form("organiser", "/verifier-devices", "name=&person=").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path = format!("/verifier-devices/{}/revocation", phone.id);
    assert_eq!(server.form("organiser", &path, "").await.status, StatusCode::SEE_OTHER);
    assert!(server.get("organiser", "/verifier-devices").await.text.contains("Withdrawn"));
}
