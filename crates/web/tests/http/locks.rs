//! The lock of a term: while it holds, nothing of its attendance changes.

use super::imports::{counts, import, problems, reverse, upload};
use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::json;

async fn term(server: &TestServer) -> String {
    let list = server.get("registrar", "/api/v1/terms").await.json();
    format!("/api/v1/terms/{}", list["items"][0]["id"].as_str().unwrap())
}

async fn a_locked_term_changes_no_more_until_it_is_unlocked(server: TestServer) {
    let session = server.open_session().await;
    let closure = format!("/api/v1/sessions/{session}/closure");
    server.post("teacher", &closure, json!({})).await;
    let wanted = json!({"session": session, "wanted": "late", "reason": "bus"});
    let asked = server.post("student", "/api/v1/corrections", wanted.clone()).await.json();
    let term = term(&server).await;
    let lock = format!("{term}/lock");
    let locked = server.post("registrar", &lock, json!({"reason": "results are out"})).await;
    assert_eq!(locked.status, StatusCode::NO_CONTENT);
    let mark = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
    let decision = format!("/api/v1/corrections/{}/decision", asked["id"].as_str().unwrap());
    let changed = json!({"status": "present", "reason": "was there"});
    let reopened = json!({"reason": "mistake", "minutes": 5});
    let answers = [
        server.call("teacher", Method::PUT, &mark, changed.clone()).await,
        server
            .post(
                "teacher",
                &format!("/api/v1/sessions/{session}/bulk-marks"),
                json!({"status": "present", "reason": "drill"}),
            )
            .await,
        server.post("teacher", &decision, json!({"approve": true})).await,
        server.post("student_2", "/api/v1/corrections", wanted).await,
        server.post("teacher", &format!("/api/v1/sessions/{session}/reopening"), reopened).await,
        server
            .post("teacher", &format!("/api/v1/classes/{}/sessions", server.class), json!({}))
            .await,
    ];
    let weights = json!({"present": 100, "late": 0, "excused": null, "absent": 0});
    let class = format!("/api/v1/classes/{}", server.class);
    let weighed =
        server.call("registrar", Method::PATCH, &class, json!({"weights": weights})).await;
    for answer in answers.into_iter().chain([weighed]) {
        assert_eq!((answer.status, answer.reason()), (StatusCode::CONFLICT, "term-locked".into()));
    }
    let room = server.call("registrar", Method::PATCH, &class, json!({"room": "B 12"})).await;
    assert_eq!(room.status, StatusCode::OK, "no percentage changes by it: {}", room.text);
    let unlocking = format!("{term}/unlocking");
    server.post("registrar", &unlocking, json!({"reason": "an appeal"})).await;
    let answer = server.call("teacher", Method::PUT, &mark, changed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    let entries = server.get("registrar", "/api/v1/journal?action=term.").await.json();
    let because = entries["items"].as_array().unwrap().iter().map(|entry| entry["reason"].clone());
    assert_eq!(because.take(2).collect::<Vec<_>>(), ["an appeal", "results are out"]);
}

on_both!(
    a_locked_term_changes_no_more_until_it_is_unlocked,
    what_began_before_the_lock_changes_no_mark_after_it,
);

const HEADING: &str = "number,course,section,term,date,start,status";

/// A closed session in which nobody was marked.
async fn missed(server: &TestServer) -> SessionId {
    server.turn(Span::minutes(20));
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    session
}

/// Asks for leave of today; its address.
async fn leave(server: &TestServer, who: &str) -> String {
    let today = json!({"starts_on": "2026-03-02", "ends_on": "2026-03-02", "reason": "Ill"});
    let asked = server.post(who, "/api/v1/leaves", today).await;
    assert_eq!(asked.status, StatusCode::CREATED, "{}", asked.text);
    format!("/api/v1/leaves/{}", asked.json()["id"].as_str().unwrap())
}

async fn approve(server: &TestServer, leave: &str) {
    let body = json!({"approve": true, "comment": "Get well"});
    let decided = server.post("registrar", &format!("{leave}/decision"), body).await;
    assert_eq!(decided.json()["state"], "approved", "{}", decided.text);
}

/// Every mark and figure of the two students.
async fn attendance(server: &TestServer) -> [String; 2] {
    let of = async |who: &str| {
        let path = format!("/api/v1/people/{}/attendance", server.people[who]);
        server.get(who, &path).await.text
    };
    [of("student").await, of("student_2").await]
}

async fn what_began_before_the_lock_changes_no_mark_after_it(server: TestServer) {
    let (ended, waiting) = (leave(&server, "student").await, leave(&server, "student_2").await);
    approve(&server, &ended).await;
    missed(&server).await;
    let session = missed(&server).await;
    let bulk = format!("/api/v1/sessions/{session}/bulk-marks");
    let body = json!({"status": "absent", "extent": "all", "reason": "drill"});
    let bulk_id = server.post("teacher", &bulk, body).await.json()["id"].clone();
    let wanted = json!({"session": session, "wanted": "late", "reason": "bus"});
    let correction = server.post("student", "/api/v1/corrections", wanted).await.json();
    let line = |who: &str| format!("{HEADING}\n{who},MA201,A,Spring,2025-03-03,10:00,P\n");
    let written = import(&server, "marks", &line("student")).await;
    let previewed = upload(&server, "teacher", "marks", line("student_2").as_bytes()).await.json();
    assert_eq!(counts(&previewed), [1, 0, 0, 0, 0], "{previewed}");
    let before = attendance(&server).await;

    let term = term(&server).await;
    let locked = server.post("registrar", &format!("{term}/lock"), json!({"reason": "over"})).await;
    assert_eq!(locked.status, StatusCode::NO_CONTENT, "{}", locked.text);
    let reversal = format!("{bulk}/{}/reversal", bulk_id.as_str().unwrap());
    let withdrawal =
        format!("/api/v1/corrections/{}/withdrawal", correction["id"].as_str().unwrap());
    for (who, path) in [("teacher", &reversal), ("student", &withdrawal)] {
        let refused = server.post(who, path, json!({})).await;
        let told = (refused.status, refused.reason());
        assert_eq!(told, (StatusCode::CONFLICT, "term-locked".to_owned()), "{path}");
    }
    approve(&server, &waiting).await;
    let earlier = json!({"last_day": "2026-03-01"});
    let ending = server.post("registrar", &format!("{ended}/ending"), earlier).await;
    assert_eq!(ending.json()["state"], "withdrawn", "{}", ending.text);
    let late = problems(&server, "marks", &line("student_2")).await;
    assert_eq!(late, ["2 date: The term Spring is locked."]);
    let path = format!("/api/v1/imports/{}/confirmation", previewed["id"].as_str().unwrap());
    let failed = server.post("teacher", &path, json!({})).await.json();
    assert_eq!(failed["failure"], "Line 2: The term Spring is locked.", "{failed}");
    let undone = reverse(&server, &written).await;
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(2)), "{undone}");
    assert_eq!(attendance(&server).await, before);

    server.post("registrar", &format!("{term}/unlocking"), json!({"reason": "appeal"})).await;
    for (who, path) in [("teacher", &reversal), ("student", &withdrawal)] {
        let done = server.post(who, path, json!({})).await;
        assert_eq!(done.status, StatusCode::OK, "{path}: {}", done.text);
    }
    assert_ne!(attendance(&server).await, before);
}

#[tokio::test]
async fn a_term_with_an_open_session_is_not_locked() {
    let server = TestServer::start(sqlite());
    server.open_session().await;
    let lock = format!("{}/lock", term(&server).await);
    let answer = server.post("registrar", &lock, json!({"reason": "results are out"})).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(answer.text.contains("still open"));
}

#[tokio::test]
async fn locking_needs_a_reason() {
    let server = TestServer::start(sqlite());
    let lock = format!("{}/lock", term(&server).await);
    let answer = server.post("registrar", &lock, json!({"reason": " "})).await;
    assert_eq!(answer.json()["errors"][0]["pointer"], "/reason");
}
