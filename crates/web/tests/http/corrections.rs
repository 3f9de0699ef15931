//! Corrections: asked for by the student, decided by the class's teacher, seen by both.

use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

/// A closed session in which both students are absent.
async fn closed_session(server: &TestServer) -> String {
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    session.to_string()
}

async fn ask(server: &TestServer, who: &str, session: &str) -> Answer {
    let body = json!({"session": session, "wanted": "present", "reason": "I sat in the front row"});
    server.post(who, "/api/v1/corrections", body).await
}

async fn asked(server: &TestServer) -> (String, String) {
    let session = closed_session(server).await;
    let answer = ask(server, "student", &session).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    server.turn(Span::minutes(5));
    (session, answer.json()["id"].as_str().unwrap().to_owned())
}

async fn decide(server: &TestServer, who: &str, id: &str, approve: bool) -> Answer {
    let body = json!({"approve": approve, "comment": "I remember"});
    server.post(who, &format!("/api/v1/corrections/{id}/decision"), body).await
}

async fn own_status(server: &TestServer) -> Value {
    let person = server.people["student"];
    let path = format!("/api/v1/people/{person}/attendance");
    server.get("student", &path).await.json()["classes"][0]["sessions"][0].clone()
}

async fn a_class_without_a_teacher_has_its_corrections_told_to_the_office(server: TestServer) {
    let session = closed_session(&server).await;
    let staff = format!("/api/v1/classes/{}/staff", server.class);
    let rows = server.get("registrar", &staff).await.json();
    for row in rows["items"].as_array().unwrap().iter().filter(|row| row["role"] == "teacher") {
        let grant = format!("{staff}/{}", row["id"].as_str().unwrap());
        server.call("registrar", Method::DELETE, &grant, json!({})).await;
    }
    ask(&server, "student", &session).await;
    for (who, told) in [("registrar", 1), ("teacher", 0)] {
        let inbox = server.get(who, "/api/v1/me/notices").await.json();
        let asked = inbox["items"].as_array().unwrap().iter();
        assert_eq!(asked.filter(|item| item["kind"] == "correction_asked").count(), told, "{who}");
    }
}

async fn approved_the_mark_changes_with_the_correction_as_its_reason(server: TestServer) {
    let (_, id) = asked(&server).await;
    let decided = decide(&server, "teacher", &id, true).await;
    assert_eq!((decided.status, &decided.json()["state"]), (StatusCode::OK, &json!("approved")));
    assert_eq!(own_status(&server).await["status"], "present");
    let figures = server.get("student", &format!("/classes/{}/attendance", server.class)).await;
    assert!(figures.text.contains("100.0 %"), "the tally follows");
    let seen = server.get("student", &format!("/api/v1/corrections/{id}")).await.json();
    let trail: Vec<_> = seen["trail"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["what"].as_str().unwrap())
        .collect();
    assert_eq!(
        trail,
        [
            "Marked absent (At close)",
            "Asked for present",
            "Changed to present (By hand)",
            "Approved the correction"
        ]
    );
}

async fn refused_the_mark_stays_and_the_student_is_told_why(server: TestServer) {
    let (_, id) = asked(&server).await;
    let path = format!("/api/v1/corrections/{id}/decision");
    let silent = server.post("teacher", &path, json!({"approve": false})).await;
    assert_eq!(
        (silent.status, silent.reason()),
        (StatusCode::UNPROCESSABLE_ENTITY, "invalid".into())
    );
    assert_eq!(decide(&server, "teacher", &id, false).await.json()["state"], "refused");
    assert_eq!(own_status(&server).await["status"], "absent");
    let inbox = server.get("student", "/api/v1/me/notices").await.json();
    assert_eq!(inbox["items"][0]["kind"], "correction_decided");
    assert!(inbox["items"][0]["body"].as_str().unwrap().ends_with("I remember"));
}

async fn one_correction_of_a_mark_waits_at_a_time(server: TestServer) {
    let (session, id) = asked(&server).await;
    let again = ask(&server, "student", &session).await;
    assert_eq!((again.status, again.reason()), (StatusCode::CONFLICT, "correction-open".into()));
    assert_eq!(ask(&server, "student_2", &session).await.status, StatusCode::CREATED);
    let withdrawal = format!("/api/v1/corrections/{id}/withdrawal");
    assert_eq!(server.post("student", &withdrawal, json!({})).await.json()["state"], "withdrawn");
    assert_eq!(decide(&server, "teacher", &id, true).await.reason(), "withdrawn");
    assert_eq!(ask(&server, "student", &session).await.status, StatusCode::CREATED);
}

async fn the_queue_shows_a_teacher_their_own_classes_alone(server: TestServer) {
    let (_, id) = asked(&server).await;
    let ids = async |who: &str, query: &str| {
        let list = server.get(who, &format!("/api/v1/corrections{query}")).await.json();
        list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect::<Vec<_>>()
    };
    let class = format!("?class={}", server.class);
    for (who, query) in
        [("teacher", ""), ("registrar", ""), ("teacher", &class), ("student", "?mine=true")]
    {
        assert_eq!(ids(who, query).await, [json!(id)], "{who}{query}");
    }
    for (who, query) in
        [("teacher_b", ""), ("teacher", "?state=approved"), ("student_2", "?mine=true")]
    {
        assert!(ids(who, query).await.is_empty(), "{who}{query}");
    }
    let other = server.get("teacher_b", &format!("/api/v1/corrections{class}")).await;
    assert_eq!(other.status, StatusCode::FORBIDDEN);
}

on_both!(
    a_class_without_a_teacher_has_its_corrections_told_to_the_office,
    approved_the_mark_changes_with_the_correction_as_its_reason,
    an_approval_may_give_another_status_than_the_one_wanted,
    refused_the_mark_stays_and_the_student_is_told_why,
    one_correction_of_a_mark_waits_at_a_time,
    the_queue_shows_a_teacher_their_own_classes_alone,
);

#[tokio::test]
async fn only_the_classs_teacher_and_administrators_decide() {
    let server = TestServer::start(sqlite());
    let (_, id) = asked(&server).await;
    for who in ["teacher_b", "assistant", "student", "student_2"] {
        assert_eq!(decide(&server, who, &id, true).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert_eq!(decide(&server, "registrar", &id, true).await.status, StatusCode::OK);
    assert_eq!(decide(&server, "teacher", &id, false).await.reason(), "already-decided");
}

#[tokio::test]
async fn nobody_else_sees_a_correction() {
    let server = TestServer::start(sqlite());
    let (_, id) = asked(&server).await;
    for who in ["student_2", "teacher_b", "assistant", "finance"] {
        let answer = server.get(who, &format!("/api/v1/corrections/{id}")).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn what_can_t_be_asked_for_is_refused_beside_its_field() {
    let server = TestServer::start(sqlite());
    let session = closed_session(&server).await;
    for (wanted, reason, pointer) in
        [("absent", "why not", "/wanted"), ("asleep", "tired", "/wanted"), ("late", " ", "/reason")]
    {
        let body = json!({"session": session, "wanted": wanted, "reason": reason});
        let answer = server.post("student", "/api/v1/corrections", body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(answer.json()["errors"][0]["pointer"], pointer, "{wanted}");
    }
    assert_eq!(ask(&server, "stranger", &session).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_mark_is_named_by_its_own_id_too() {
    let server = TestServer::start(sqlite());
    closed_session(&server).await;
    let mark = own_status(&server).await["mark"].clone();
    let body = json!({"mark": mark, "wanted": "late", "reason": "The bus was late"});
    let own = server.post("student", "/api/v1/corrections", body.clone()).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.text);
    let others = server.post("student_2", "/api/v1/corrections", body).await;
    assert_eq!(others.json()["errors"][0]["pointer"], "/mark");
}

#[tokio::test]
async fn the_teacher_is_told_and_sees_how_many_wait() {
    let server = TestServer::start(sqlite());
    asked(&server).await;
    let inbox = server.get("teacher", "/api/v1/me/notices").await.json();
    assert_eq!(inbox["items"][0]["title"], "student asks for a correction");
    assert!(server.get("assistant", "/api/v1/me/notices").await.json()["items"][0].is_null());
    let page = server.get("teacher", "/corrections").await.text;
    assert!(page.contains("Corrections<span class=\"waiting\">") && page.contains("Waiting"));
}

const FORM: &str = "--frontier\r\ncontent-disposition: form-data; name=\"wanted\"\r\n\r\nexcused\r\n\
    --frontier\r\ncontent-disposition: form-data; name=\"reason\"\r\n\r\nI was ill\r\n\
    --frontier\r\ncontent-disposition: form-data; name=\"attachment\"; filename=\"note.pdf\"\r\n\
    content-type: application/pdf\r\n\r\nCONTENT\r\n--frontier--\r\n";

async fn ask_by_form(server: &TestServer, session: &str, content: &str) -> Answer {
    let path = format!("/sessions/{session}/correction");
    let body = Body::from(FORM.replace("CONTENT", content));
    let mut request = server.request("student", Method::POST, &path, body);
    let kind = "multipart/form-data; boundary=frontier".parse().unwrap();
    request.headers_mut().insert("content-type", kind);
    server.send(request).await
}

#[tokio::test]
async fn an_attachment_is_downloaded_by_the_student_and_the_teacher_alone() {
    let server = TestServer::start(sqlite());
    let session = closed_session(&server).await;
    let sent = ask_by_form(&server, &session, "%PDF-1.4 a note").await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let path = format!("{}/attachment", sent.headers["location"].to_str().unwrap());
    for who in ["student", "teacher", "registrar"] {
        let file = server.get(who, &path).await;
        assert_eq!((file.status, file.text.as_str()), (StatusCode::OK, "%PDF-1.4 a note"), "{who}");
        assert_eq!(file.headers["content-type"], "application/pdf");
        assert_eq!(file.headers["content-disposition"], "attachment; filename*=UTF-8''note.pdf");
        assert_eq!(file.headers["x-content-type-options"], "nosniff");
        assert_eq!(file.headers["content-security-policy"], "default-src 'none'; sandbox");
    }
    for who in ["student_2", "teacher_b", "assistant"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn a_file_is_judged_by_its_content_and_the_form_keeps_what_was_typed() {
    let server = TestServer::start(sqlite());
    let session = closed_session(&server).await;
    let sent = ask_by_form(&server, &session, "<script>alert(1)</script>").await;
    assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        sent.text.contains("Attach a PDF, JPEG or PNG file.") && sent.text.contains("I was ill")
    );
    let large = format!("%PDF-{}", "x".repeat(6 << 20));
    let sent = ask_by_form(&server, &session, &large).await;
    assert!(sent.text.contains("at most 5 MiB"), "{}", sent.status);
}

#[tokio::test]
async fn a_program_attaches_a_file_while_nothing_is_decided() {
    let server = TestServer::start(sqlite());
    let (_, id) = asked(&server).await;
    let path = format!("/api/v1/corrections/{id}/attachment?name=scan.jpg");
    let put = async || {
        let body = Body::from(vec![0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]);
        server.send(server.request("student", Method::PUT, &path, body)).await
    };
    assert_eq!(put().await.status, StatusCode::NO_CONTENT);
    assert_eq!(server.get("teacher", &path).await.headers["content-type"], "image/jpeg");
    decide(&server, "teacher", &id, true).await;
    assert_eq!(put().await.reason(), "already-decided");
}

#[tokio::test]
async fn the_pages_lead_from_the_session_to_the_decision() {
    let server = TestServer::start(sqlite());
    let session = closed_session(&server).await;
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains(&format!("/sessions/{session}/correction")));
    let form = server.get("student", &format!("/sessions/{session}/correction")).await.text;
    assert!(form.contains("What should it say?") && !form.contains("value=\"absent\""));
    let id = ask(&server, "student", &session).await.json()["id"].as_str().unwrap().to_owned();
    let again = server.get("student", &format!("/sessions/{session}/correction")).await;
    assert_eq!(again.headers["location"], format!("/corrections/{id}"));
    let page = server.get("student", &format!("/corrections/{id}")).await.text;
    assert!(page.contains("Withdraw") && !page.contains("Refuse"));
    let page = server.get("teacher", &format!("/corrections/{id}")).await.text;
    assert!(page.contains("Refuse") && page.contains("I sat in the front row"));
}

async fn an_approval_may_give_another_status_than_the_one_wanted(server: TestServer) {
    let (session, id) = asked(&server).await;
    let path = format!("/api/v1/corrections/{id}/decision");
    let same = json!({"approve": true, "status": "absent"});
    let refused = server.post("registrar", &path, same).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/status", "{}", refused.text);
    let page = server.get("registrar", &format!("/corrections/{id}")).await.text;
    assert!(page.contains("Approve as"));
    let form = "approve=true&status=late&comment=Half+of+it";
    let done = server.form("registrar", &format!("/corrections/{id}/decision"), form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let told = server.get("student", &format!("/api/v1/corrections/{id}")).await.json();
    assert_eq!((&told["wanted"], &told["given"]), (&json!("present"), &json!("late")));
    let trail = told["trail"].as_array().unwrap();
    assert!(trail.iter().any(|step| step["what"] == "Approved the correction as late"), "{told}");
    let marks = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let late = marks["items"].as_array().unwrap().iter().filter(|mark| mark["status"] == "late");
    assert_eq!(late.count(), 1);
    let inbox = server.get("student", "/api/v1/me/notices").await.json();
    let body = inbox["items"][0]["body"].as_str().unwrap();
    assert!(body.contains("Present asked for. Late given. Half of it"), "{body}");
    let entries = server.get("registrar", "/api/v1/journal?action=correction.approve").await.text;
    assert!(entries.contains("given"), "{entries}");
}
