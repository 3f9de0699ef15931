//! Passkeys through the pages, with an authenticator made of the same primitives: added, asked for
//! after the password, refused when copied.

use super::server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use data_encoding::BASE64URL_NOPAD;
use muster_domain::time::Span;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

const HOST: &str = "localhost:8080";
const SPKI: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
      \x03\x42\x00";

fn text(bytes: impl AsRef<[u8]>) -> String {
    BASE64URL_NOPAD.encode(bytes.as_ref())
}

struct Authenticator(EcdsaKeyPair);

impl Authenticator {
    fn new() -> Self {
        let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
        let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap())
    }

    fn client(kind: &str, challenge: &str) -> String {
        let origin = format!("http://{HOST}");
        json!({"type": kind, "challenge": challenge, "origin": origin}).to_string()
    }

    fn data(flags: u8, counter: u32) -> Vec<u8> {
        [digest(&SHA256, b"localhost").as_ref(), &[flags], &counter.to_be_bytes()].concat()
    }

    /// The form that a browser sends when the key is made.
    fn make(&self, challenge: &str) -> String {
        let data = [Self::data(0x45, 1), vec![0; 16], vec![0, 3], b"key".to_vec()].concat();
        let key = [SPKI, self.0.public_key().as_ref()].concat();
        format!(
            "name=laptop&challenge={challenge}&credential={}&client_data={}\
             &authenticator_data={}&public_key={}",
            text("key"),
            text(Self::client("webauthn.create", challenge)),
            text(data),
            text(key),
        )
    }

    /// The form that a browser sends when the key is used.
    fn answer(&self, challenge: &str, counter: u32) -> String {
        let (client, data) = (Self::client("webauthn.get", challenge), Self::data(5, counter));
        let signed = [data.as_slice(), digest(&SHA256, client.as_bytes()).as_ref()].concat();
        let signature = self.0.sign(&SystemRandom::new(), &signed).unwrap();
        format!(
            "credential={}&client_data={}&authenticator_data={}&signature={}&back=/people",
            text("key"),
            text(client),
            text(data),
            text(signature),
        )
    }
}

/// Sends a form to the server by the name for which passkeys are made.
async fn send(server: &TestServer, who: &str, path: &str, cookie: &str, form: &str) -> Answer {
    let method = if form.is_empty() { Method::GET } else { Method::POST };
    let mut request = server.request(who, method, path, Body::from(form.to_owned()));
    let headers = request.headers_mut();
    headers.insert("host", HOST.parse().unwrap());
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    headers.insert("cookie", cookie.parse().unwrap());
    server.send(request).await
}

/// The question on a page.
fn challenge(page: &Answer) -> String {
    let plain = page.text.replace("&quot;", "\"").replace("&#34;", "\"");
    let rest = plain.split("\"challenge\":\"").nth(1);
    let rest = rest.unwrap_or_else(|| panic!("no question: {}", page.text));
    rest.split('"').next().unwrap().to_owned()
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let set = answer.headers.get_all("set-cookie").iter();
    let mut set = set.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned());
    set.find(|cookie| cookie.starts_with(name) && !cookie.ends_with('='))
}

async fn begin(server: &TestServer, who: &str) -> Answer {
    let form = format!("name=laptop&present={}", PASSWORD.replace(' ', "+"));
    send(server, who, "/security/passkeys/new", "", &form).await
}

/// A teacher's passkey, added.
async fn add(server: &TestServer) -> Authenticator {
    let key = Authenticator::new();
    let question = challenge(&begin(server, "teacher").await);
    let form = key.make(&question);
    let added = send(server, "teacher", "/security/passkeys", "", &form).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text);
    let codes = added.text.split("aria-label=\"Recovery codes\"").nth(1).unwrap();
    let codes = codes.split("</ol>").next().unwrap();
    assert_eq!(codes.matches("<li>").count(), 10, "{}", added.text);
    let twice = send(server, "teacher", "/security/passkeys", "", &form).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    key
}

/// The cookie after the password, and what a passkey is asked.
async fn password_step(server: &TestServer) -> (String, String) {
    let form = format!("identifier=teacher&password={}", PASSWORD.replace(' ', "+"));
    let answer = send(server, "nobody", "/sign-in", "", &form).await;
    assert_eq!(cookie(&answer, "muster_login"), None);
    let between = cookie(&answer, "muster_second").unwrap();
    let page = send(server, "nobody", "/sign-in/second", &between, "").await;
    (between, challenge(&page))
}

async fn use_key(
    server: &TestServer,
    (between, question): &(String, String),
    key: &Authenticator,
    counter: u32,
) -> Option<String> {
    let form = key.answer(question, counter);
    let answer = send(server, "nobody", "/sign-in/passkey", between, &form).await;
    cookie(&answer, "muster_login")
}

async fn a_passkey_opens_after_the_password_and_its_answer_once(server: TestServer) {
    let key = add(&server).await;
    let first = password_step(&server).await;
    assert_eq!(use_key(&server, &first, &Authenticator::new(), 2).await, None);
    assert!(use_key(&server, &first, &key, 2).await.is_some());
    assert_eq!(use_key(&server, &first, &key, 3).await, None, "the step is spent");
    let second = password_step(&server).await;
    let old = (second.0.clone(), first.1);
    assert_eq!(use_key(&server, &old, &key, 4).await, None, "an answer to another question");
    assert!(use_key(&server, &second, &key, 5).await.is_some());
}

async fn a_copy_that_counts_behind_is_refused_and_told(server: TestServer) {
    let key = add(&server).await;
    assert!(use_key(&server, &password_step(&server).await, &key, 7).await.is_some());
    server.turn(Span::seconds(1));
    assert_eq!(use_key(&server, &password_step(&server).await, &key, 7).await, None);
    let told = server.get("teacher", "/api/v1/me/notices").await.json();
    assert_eq!(told["items"][0]["title"], "A passkey was refused");
    let journal = server.get("super_administrator", "/api/v1/journal?limit=100").await.text;
    assert!(journal.contains("passkey.refuse"));
}

async fn a_passkey_is_added_and_removed_by_whoever_knows_the_password(server: TestServer) {
    let wrong = "name=laptop&present=not+this+one+at+all";
    let refused = send(&server, "teacher", "/security/passkeys/new", "", wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(begin(&server, "student").await.status, StatusCode::FORBIDDEN);
    add(&server).await;
    let own = server.get("teacher", "/api/v1/me/second-factors").await.json();
    assert_eq!(own["passkeys"][0]["name"], "laptop");
    let path = format!("/api/v1/me/passkeys/{}", own["passkeys"][0]["id"].as_str().unwrap());
    let name = json!({"name": "blue key ring"});
    let named = server.call("teacher", Method::PATCH, &path, name.clone()).await;
    assert_eq!(named.status, StatusCode::OK, "{}", named.text);
    assert_eq!(named.json()["name"], "blue key ring");
    let other = server.call("teacher_b", Method::PATCH, &path, name).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let empty = server.call("teacher", Method::PATCH, &path, json!({"name": " "})).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let path =
        format!("/api/v1/me/passkeys/{}/removal", own["passkeys"][0]["id"].as_str().unwrap());
    let wrong = json!({"present": "not this one at all"});
    assert_eq!(server.post("teacher", &path, wrong).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = json!({"present": PASSWORD});
    let other = server.post("teacher_b", &path, right.clone()).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    assert_eq!(server.post("teacher", &path, right).await.status, StatusCode::NO_CONTENT);
    let own = server.get("teacher", "/api/v1/me/second-factors").await.json();
    assert_eq!((&own["passkeys"], &own["recovery_codes_left"]), (&json!([]), &json!(0)));
}

async fn another_persons_question_adds_nothing(server: TestServer) {
    let question = challenge(&begin(&server, "teacher_b").await);
    let form = Authenticator::new().make(&question);
    let added = send(&server, "teacher", "/security/passkeys", "", &form).await;
    assert_eq!(added.status, StatusCode::UNPROCESSABLE_ENTITY);
}

on_both!(
    a_passkey_opens_after_the_password_and_its_answer_once,
    a_copy_that_counts_behind_is_refused_and_told,
    a_passkey_is_added_and_removed_by_whoever_knows_the_password,
    another_persons_question_adds_nothing,
);
