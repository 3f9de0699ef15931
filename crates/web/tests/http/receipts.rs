//! Marks that students' devices scanned without a network: what counts, what is refused and why, and
//! what staff see of it.

use super::openapi::{document, hold};
use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_credential::class_code::ClassCode;
use muster_credential::receipt::{NOTHING, Receipt, Signed, Signer};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};
use uuid::Uuid;

on_both!(
    a_scan_that_is_sent_later_marks_its_student_and_sending_it_again_changes_nothing,
    a_late_arrival_takes_the_place_of_the_filler_and_counts,
    what_was_altered_or_left_out_is_refused_and_costs_no_more_than_itself,
    what_is_out_of_time_or_place_is_refused_with_its_reason,
    a_device_signs_for_its_own_student_alone,
    a_queue_of_two_hundred_is_taken_at_once,
    the_earliest_automatic_mark_and_a_teachers_word_stand,
    a_key_that_is_newer_than_the_session_marks_nobody_in_it,
    the_strict_refuse_devices_that_were_online,
    staff_see_what_stands_behind_an_offline_mark,
);

/// A student's phone with its key.
pub(super) struct Phone {
    pub who: &'static str,
    pub key: Uuid,
    signer: Signer,
    sequence: u64,
    previous: [u8; 32],
    seed: u8,
}

pub(super) fn registration(seed: u8) -> Value {
    json!({"public_key": Signer::from_seed(&[seed; 32]).public_jwk(), "name": "Blue phone"})
}

pub(super) async fn phone(server: &TestServer, who: &'static str, seed: u8) -> Phone {
    let told = server.post(who, "/api/v1/device-keys", registration(seed)).await;
    assert_eq!(told.status, StatusCode::CREATED, "{}", told.text);
    let key = told.json()["id"].as_str().unwrap().parse().unwrap();
    let signer = Signer::from_seed(&[seed; 32]);
    Phone { who, key, signer, sequence: 0, previous: NOTHING, seed }
}

/// The code that is on the wall now.
pub(super) fn code(server: &TestServer, session: SessionId, opened_at: i64) -> ClassCode {
    let step = u64::try_from((server.now().0 - opened_at) / 10_000_000).unwrap();
    ClassCode::new(&server.key.session_key(session.0), session.0, step)
}

impl Phone {
    /// Signs what it sees now.
    pub fn scan(&mut self, server: &TestServer, code: ClassCode) -> Signed {
        self.sequence += 1;
        let signed = self.signer.sign(&Receipt {
            id: Uuid::from_u128(u128::from(self.seed) << 64 | u128::from(self.sequence)),
            key: self.key,
            sequence: self.sequence,
            previous: self.previous,
            scanned_at: server.now().0,
            code,
            next: None,
        });
        self.previous = signed.hash();
        signed
    }

    pub async fn send(&self, server: &TestServer, receipts: &[&Signed]) -> Vec<Value> {
        let items: Vec<_> = receipts.iter().map(|signed| item(signed)).collect();
        let answer = sent(server, self.who, items).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["items"].as_array().unwrap().clone()
    }
}

fn item(signed: &Signed) -> Value {
    json!({"id": signed.receipt.id, "receipt": signed.to_text()})
}

async fn sent(server: &TestServer, who: &str, items: Vec<Value>) -> Answer {
    server.post(who, "/api/v1/marks", json!({"receipts": items})).await
}

/// The results, with their reasons.
pub(super) fn results(answers: &[Value]) -> Vec<&str> {
    let all = answers.iter().map(|answer| match answer["reason"].as_str() {
        Some(reason) => {
            assert_eq!(answer["result"], "refused");
            assert!(answer["detail"].as_str().unwrap().ends_with('.'));
            reason
        }
        None => answer["result"].as_str().unwrap(),
    });
    all.collect()
}

pub(super) async fn close(server: &TestServer, session: SessionId) {
    let path = format!("/api/v1/sessions/{session}/closure");
    let closed = server.post("teacher", &path, json!({})).await;
    assert!(closed.status.is_success(), "{}", closed.text);
}

/// What the teacher's list says of the student.
pub(super) async fn listed(server: &TestServer, session: SessionId, who: &str) -> Value {
    let list = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let items = list["items"].as_array().unwrap();
    let person = json!(server.people[who]);
    items.iter().find(|item| item["person"] == person).unwrap().clone()
}

async fn set(server: &TestServer, body: Value) {
    let answer = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
}

async fn a_scan_that_is_sent_later_marks_its_student_and_sending_it_again_changes_nothing(
    server: TestServer,
) {
    let mut phone = phone(&server, "student", 1).await;
    server.turn(Span::hours(1));
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(2));
    let shown = server.now();
    let signed = phone.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(40));
    let first = phone.send(&server, &[&signed]).await;
    assert_eq!(results(&first), ["accepted"]);
    assert_eq!(first[0]["status"], "present");
    assert_eq!(first[0]["session"], json!(session));
    let mark = listed(&server, session, "student").await;
    assert_eq!((&mark["method"], &mark["at"]), (&json!("offline"), &first[0]["at"]));
    assert_eq!(mark["address"], Value::Null, "where it was sent from says nothing");
    let at: jiff::Timestamp = first[0]["at"].as_str().unwrap().parse().unwrap();
    assert_eq!(at.as_microsecond(), shown.0);
    let again = phone.send(&server, &[&signed, &signed]).await;
    assert_eq!(results(&again), ["already", "already"]);
    assert_eq!(listed(&server, session, "student").await, mark);
    let taken = server.get("registrar", "/api/v1/journal?action=receipt.take").await.json();
    assert_eq!(taken["items"].as_array().unwrap().len(), 1);
}

async fn a_late_arrival_takes_the_place_of_the_filler_and_counts(server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(12));
    let signed = phone.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(1));
    close(&server, session).await;
    assert_eq!(listed(&server, session, "student").await["method"], "filler");
    server.turn(Span::hours(3));
    let answer = phone.send(&server, &[&signed]).await;
    assert_eq!((results(&answer), &answer[0]["status"]), (vec!["accepted"], &json!("late")));
    let path = format!("/api/v1/people/{}/attendance", server.people["student"]);
    let own = server.get("student", &path).await.json();
    assert_eq!((&own["overall"]["late"], &own["overall"]["absent"]), (&json!(1), &json!(0)));
    assert_eq!(own["classes"][0]["sessions"][0]["method"], "offline");
}

async fn what_was_altered_or_left_out_is_refused_and_costs_no_more_than_itself(server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let (session, opened) = (server.open_session().await, server.now());
    let mut all = Vec::new();
    for _ in 0..6 {
        all.push(phone.scan(&server, code(&server, session, opened.0)));
        server.turn(Span::seconds(10));
    }
    let flipped = |bit: usize| {
        let mut bytes = all[0].to_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Signed::from_bytes(&bytes).unwrap()
    };
    for bit in [80 * 8, 95 * 8, 182 * 8] {
        let answer = phone.send(&server, &[&flipped(bit)]).await;
        assert_eq!(results(&answer), ["bad-signature"], "bit {bit}");
    }
    // The second never comes: the third does not follow, the fourth does.
    let answers = phone.send(&server, &[&all[3], &all[2], &all[0]]).await;
    assert_eq!(results(&answers), ["already", "broken-chain", "accepted"]);
    assert_eq!(results(&phone.send(&server, &[&all[1]]).await), ["broken-chain"]);
    // Another past under the same number is a fork.
    let fork = phone.signer.sign(&Receipt { previous: [9; 32], ..all[4].receipt });
    assert_eq!(results(&phone.send(&server, &[&fork, &all[5]]).await), ["broken-chain"; 2]);
    let damaged = json!({"id": "no id", "receipt": "AAAA"});
    let renamed = json!({"id": Uuid::from_u128(9), "receipt": all[0].to_text()});
    let items = vec![damaged, json!(7), item(&all[0]), renamed];
    let answers = sent(&server, "student", items).await.json();
    let answers = answers["items"].as_array().unwrap().clone();
    assert_eq!(results(&answers), ["malformed", "malformed", "already", "malformed"]);
    assert_eq!(answers[0]["id"], "no id");
}

async fn what_is_out_of_time_or_place_is_refused_with_its_reason(server: TestServer) {
    let mut server = server;
    let mut phone = phone(&server, "student", 1).await;
    let mut strange = self::phone(&server, "stranger", 2).await;
    let (session, opened) = (server.open_session().await, server.now());
    let key = server.key.session_key(session.0);
    let at = |minutes: u64| ClassCode::new(&key, session.0, minutes * 6);
    let nowhere = SessionId(Uuid::from_u128(7));
    let future = phone.scan(&server, at(1));
    let foreign = phone.scan(&server, code(&server, nowhere, opened.0));
    let forged = ClassCode { tag: [0; 10], ..at(0) };
    let forged = phone.scan(&server, forged);
    let stranger = strange.scan(&server, at(0));
    let answers = phone.send(&server, &[&future, &foreign, &forged]).await;
    assert_eq!(results(&answers), ["code-invalid"; 3]);
    assert_eq!(results(&strange.send(&server, &[&stranger]).await), ["not-enrolled"]);
    server.turn(Span::minutes(5));
    close(&server, session).await;
    let (after, late) = (phone.scan(&server, at(6)), phone.scan(&server, at(2)));
    server.turn(Span::minutes(10));
    assert_eq!(results(&phone.send(&server, &[&after]).await), ["session-closed"]);
    server.turn_days(2);
    let answer = phone.send(&server, &[&late]).await;
    assert_eq!(results(&answer), ["too-late"]);
    // What was refused stays so, however often it is sent.
    assert_eq!(results(&phone.send(&server, &[&late]).await), ["too-late"]);
    set(&server, json!({"sync_grace_hours": 0})).await;
    let (session, opened) = (server.open_session().await, server.now());
    let none = phone.scan(&server, code(&server, session, opened.0));
    assert_eq!(results(&phone.send(&server, &[&none]).await), ["too-late"]);
}

async fn a_device_signs_for_its_own_student_alone(server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let known = server.post("student", "/api/v1/device-keys", registration(1)).await;
    assert_eq!((known.status, &known.json()["id"]), (StatusCode::OK, &json!(phone.key)));
    let others = server.post("student_2", "/api/v1/device-keys", registration(1)).await;
    assert_eq!(others.json()["errors"][0]["pointer"], "/public_key");
    for who in ["teacher", "registrar"] {
        let refused = server.post(who, "/api/v1/device-keys", registration(3)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
    let (session, opened) = (server.open_session().await, server.now());
    let signed = phone.scan(&server, code(&server, session, opened.0));
    let other = sent(&server, "student_2", vec![item(&signed)]).await.json();
    assert_eq!(other["items"][0]["reason"], "device-taken");
    let nobody = sent(&server, "nobody", vec![item(&signed)]).await;
    assert_eq!(nobody.status, StatusCode::UNAUTHORIZED);
    let unknown = Signer::from_seed(&[8; 32]).sign(&Receipt { key: Uuid::nil(), ..signed.receipt });
    assert_eq!(results(&phone.send(&server, &[&unknown]).await), ["bad-signature"]);
    // Nothing of that kept the student from being marked.
    assert_eq!(results(&phone.send(&server, &[&signed]).await), ["accepted"]);
    let after = sent(&server, "student_2", vec![item(&signed)]).await.json();
    assert_eq!(after["items"][0]["reason"], "device-taken");
}

async fn a_queue_of_two_hundred_is_taken_at_once(server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let mut all = Vec::new();
    for _ in 0..20 {
        server.turn(Span::minutes(1));
        let (session, opened) = (server.open_session().await, server.now());
        for _ in 0..10 {
            all.push(phone.scan(&server, code(&server, session, opened.0)));
        }
        server.turn(Span::seconds(30));
        close(&server, session).await;
    }
    let answers = phone.send(&server, &Vec::from_iter(&all)).await;
    assert_eq!(answers.len(), 200);
    for (signed, answer) in all.iter().zip(&answers) {
        assert_eq!(answer["id"], json!(signed.receipt.id));
    }
    let accepted = results(&answers).into_iter().filter(|result| *result == "accepted").count();
    assert_eq!(accepted, 20);
    let many = vec![json!({}); 1_001];
    assert_eq!(sent(&server, "student", many).await.json()["errors"][0]["pointer"], "/receipts");
}

async fn the_earliest_automatic_mark_and_a_teachers_word_stand(server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    let mut second = self::phone(&server, "student_2", 2).await;
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(2));
    let early = phone.scan(&server, code(&server, session, opened.0));
    let other = second.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(10));
    let link = server.code(session).await.0;
    let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await.json();
    assert_eq!(marked["status"], "late");
    let by_hand = format!("/api/v1/sessions/{session}/marks/{}", server.people["student_2"]);
    server.call("teacher", Method::PUT, &by_hand, json!({"status": "excused"})).await;
    let answer = phone.send(&server, &[&early]).await;
    assert_eq!((results(&answer), &answer[0]["status"]), (vec!["accepted"], &json!("present")));
    let flags = listed(&server, session, "student").await["flags"].clone();
    assert!(flags.as_array().unwrap().contains(&json!("online-since")), "{flags}");
    let answer = second.send(&server, &[&other]).await;
    assert_eq!((results(&answer), &answer[0]["status"]), (vec!["already"], &json!("excused")));
    assert_eq!(listed(&server, session, "student_2").await["method"], "manual");
}

async fn a_key_that_is_newer_than_the_session_marks_nobody_in_it(server: TestServer) {
    let (first, opened) = (server.open_session().await, server.now());
    server.turn(Span::seconds(5));
    let mut new = phone(&server, "student", 2).await;
    let late = new.scan(&server, code(&server, first, opened.0));
    assert_eq!(results(&new.send(&server, &[&late]).await), ["key-too-new"]);
    close(&server, first).await;
    assert_eq!(listed(&server, first, "student").await["method"], "filler");
    server.turn(Span::minutes(1));
    let (next, opened) = (server.open_session().await, server.now());
    let signed = new.scan(&server, code(&server, next, opened.0));
    assert_eq!(results(&new.send(&server, &[&signed]).await), ["accepted"]);
}

async fn the_strict_refuse_devices_that_were_online(server: TestServer) {
    let mut old = phone(&server, "student", 1).await;
    server.turn(Span::minutes(30));
    let (session, opened) = (server.open_session().await, server.now());
    set(&server, json!({"online_since_rule": "refuse"})).await;
    let first = old.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(3));
    // It had a network here, and kept its scan to itself.
    server.post("student", "/api/v1/device-keys", registration(1)).await;
    server.turn(Span::hours(1));
    assert_eq!(results(&old.send(&server, &[&first]).await), ["was-online"]);
}

async fn staff_see_what_stands_behind_an_offline_mark(server: TestServer) {
    let mut phone = phone(&server, "student", 1).await;
    server.turn(Span::minutes(30));
    let (session, opened) = (server.open_session().await, server.now());
    server.turn(Span::minutes(1));
    let signed = phone.scan(&server, code(&server, session, opened.0));
    let second = phone.scan(&server, ClassCode { tag: [0; 10], ..signed.receipt.code });
    server.turn(Span::hours(5));
    let body =
        json!({"receipts": [item(&signed), item(&second)], "sent_at": "2020-01-01T00:00:00Z"});
    let told = server.post("student", "/api/v1/marks", body).await.json();
    assert_eq!(results(told["items"].as_array().unwrap()), ["accepted", "already"]);
    let mark = listed(&server, session, "student").await;
    let flags = mark["flags"].as_array().unwrap();
    for flag in ["arrived-late", "clock-off"] {
        assert!(flags.contains(&json!(flag)), "{flag}: {mark}");
    }
    assert_eq!(mark["offline"]["device"], "Blue phone");
    assert_eq!(mark["offline"]["sequence"], 1);
    assert_eq!(mark["offline"]["shown_at"], mark["at"]);
    let kept = server.get("teacher", &format!("/api/v1/sessions/{session}/receipts")).await.json();
    let kept: Vec<_> = kept["items"].as_array().unwrap().iter().map(|one| &one["result"]).collect();
    assert_eq!(kept, ["accepted", "already"]);
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    for words in ["Scanned without a network", "Blue phone", "Arrived late"] {
        assert!(page.contains(words), "{words}");
    }
    let file = format!("/sessions/{session}/offline-marks?format=csv");
    let table = server.get("teacher", &file).await.text;
    assert!(table.contains("Blue phone"), "{table}");
    for path in [format!("/api/v1/sessions/{session}/receipts"), file] {
        assert_eq!(server.get("teacher_b", &path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(server.get("student", &path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_answers_are_what_the_document_promises() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    for _ in ["new", "known"] {
        let told = server.post("student", "/api/v1/device-keys", registration(1)).await;
        hold(&document, ("POST", "/api/v1/device-keys"), &told);
    }
    let key = server.post("student", "/api/v1/device-keys", registration(1)).await.json();
    let key = key["id"].as_str().unwrap().parse().unwrap();
    let signer = Signer::from_seed(&[1; 32]);
    let mut phone = Phone { who: "student", key, signer, sequence: 0, previous: NOTHING, seed: 1 };
    let (session, opened) = (server.open_session().await, server.now());
    let scan = phone.scan(&server, code(&server, session, opened.0));
    let told = sent(&server, "student", vec![item(&scan), json!({"id": "x"})]).await;
    hold(&document, ("POST", "/api/v1/marks"), &told);
    for list in ["receipts", "marks"] {
        let told = server.get("teacher", &format!("/api/v1/sessions/{session}/{list}")).await;
        hold(&document, ("GET", &format!("/api/v1/sessions/{{id}}/{list}")), &told);
    }
}

#[tokio::test]
async fn the_term_of_a_locked_session_stays_as_it_is() {
    let server = TestServer::start(sqlite());
    let mut phone = phone(&server, "student", 1).await;
    let (session, opened) = (server.open_session().await, server.now());
    let signed = phone.scan(&server, code(&server, session, opened.0));
    server.turn(Span::minutes(1));
    close(&server, session).await;
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let lock = format!("/api/v1/terms/{}/lock", terms["items"][0]["id"].as_str().unwrap());
    let locked = server.post("registrar", &lock, json!({"reason": "Reported"})).await;
    assert!(locked.status.is_success(), "{}", locked.text);
    assert_eq!(results(&phone.send(&server, &[&signed]).await), ["term-locked"]);
    assert_eq!(results(&phone.send(&server, &[&signed]).await), ["term-locked"]);
    assert_eq!(listed(&server, session, "student").await["method"], "filler");
}
