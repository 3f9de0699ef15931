//! What is fixed of the interface: a client that knows the contract alone gets along.

use super::attributed::marked_by_two;
use super::server::{PASSWORD, TestServer};
use super::timetable::every_tuesday;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use serde_json::{Value, json};

async fn open(server: &TestServer, body: Value) -> Value {
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let opened = server.post("teacher", &path, body).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text);
    opened.json()
}

async fn close(server: &TestServer, session: &Value) {
    let path = format!("/api/v1/sessions/{}/closure", session["id"].as_str().unwrap());
    server.post("teacher", &path, json!({})).await;
}

async fn a_session_is_told_whole(server: TestServer) {
    let at = |minutes| {
        let at = server.now() + Span::minutes(minutes);
        jiff::Timestamp::from_microsecond(at.0).unwrap().to_string()
    };
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    let times = json!({"starts_at": at(-5), "ends_at": at(55)});
    let meeting = server.post("registrar", &path, times).await.json()["id"].clone();
    let opened = open(&server, json!({"meeting": meeting, "topic": "Eigenvalues"})).await;
    assert_eq!((&opened["meeting"], &opened["topic"]), (&meeting, &json!("Eigenvalues")));
    assert_eq!(opened["opened_by"], json!(server.people["teacher"]));
    assert_eq!(opened["late_from"], "2026-03-02T12:05:00Z", "ten minutes after the meeting began");
    let path = format!("/api/v1/sessions/{}", opened["id"].as_str().unwrap());
    assert_eq!(server.get("teacher", &path).await.json(), opened);
    let path = format!("/api/v1/meetings/{}", meeting.as_str().unwrap());
    assert_eq!(server.get("teacher", &path).await.json()["class"], json!(server.class));
    assert_eq!(server.get("teacher_b", &path).await.status, StatusCode::FORBIDDEN);
    let pattern = every_tuesday(&server).await;
    assert_eq!(server.get("assistant", &pattern).await.json()["weekday"], "tuesday");
}

async fn methods_left_out_mean_the_code_and_none_mean_by_hand(server: TestServer) {
    for (body, expected) in [
        (json!({}), json!(["qr", "code", "badge", "manual"])),
        (json!({"methods": []}), json!(["manual"])),
        (json!({"methods": ["code"]}), json!(["code", "manual"])),
        (json!({"mode": "online"}), json!(["otp", "manual"])),
    ] {
        let session = open(&server, body.clone()).await;
        assert_eq!(session["methods"], expected, "{body}");
        close(&server, &session).await;
    }
}

async fn the_contract_alone_is_enough_to_mark(server: TestServer) {
    let session = open(&server, json!({})).await;
    let path =
        |session: &Value| format!("/api/v1/sessions/{}/code", session["id"].as_str().unwrap());
    let code = server.get("teacher", &path(&session)).await.json();
    let marked = server.post("student", "/api/v1/marks", json!({"code": code["link"]})).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    let typed = json!({"code": code["typed_code"], "session": session["id"]});
    let marked = server.post("student_2", "/api/v1/marks", typed).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    close(&server, &session).await;

    let session = open(&server, json!({"mode": "online"})).await;
    server.turn(Span::seconds(40));
    let code = server.get("teacher", &path(&session)).await.json();
    assert_eq!(code["valid_until"], "2026-03-02T12:01:00Z", "of the password, not of a code");
    assert_eq!((&code["step"], &code["valid_until"]), (&json!(1), &code["otp_valid_until"]));
    let entered = json!({"otp": code["otp"], "session_token": code["link"]});
    let marked = server.post("student", "/api/v1/marks", entered).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
}

async fn a_classs_sessions_are_listed_page_by_page(server: TestServer) {
    let mut opened = Vec::new();
    for _ in 0..3 {
        let session = open(&server, json!({})).await;
        close(&server, &session).await;
        opened.insert(0, session["id"].clone());
        server.turn(Span::hours(1));
    }
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let ids = |page: &Value| -> Vec<Value> {
        page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
    };
    let first = server.get("assistant", &format!("{path}?limit=2")).await.json();
    assert_eq!(ids(&first), opened[..2]);
    assert_eq!(first["items"][0]["counts"]["absent"], 2);
    let next = format!("{path}?limit=2&cursor={}", first["next"].as_str().unwrap());
    let second = server.get("teacher", &next).await.json();
    assert_eq!((ids(&second), &second["next"]), (opened[2..].to_vec(), &Value::Null));
    assert_eq!(server.get("teacher_b", &path).await.status, StatusCode::FORBIDDEN);
}

/// The members of a list by this name, read in parts of one each.
async fn one_by_one(server: &TestServer, who: &str, path: &str, name: &str) -> Vec<Value> {
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let part = server.get(who, &format!("{path}limit=1{cursor}")).await.json();
        let items = part["items"].as_array().unwrap();
        assert_eq!(items.len(), 1, "{path}{cursor}: {part}");
        read.push(items[0][name].clone());
        match part["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return read,
        }
    }
}

async fn every_list_is_read_in_parts_or_whole(server: TestServer) {
    let days = json!({"name": "Summer", "starts_on": "2026-06-01", "ends_on": "2026-08-31"});
    server.post("registrar", "/api/v1/terms", days).await;
    server.post("registrar", "/api/v1/courses", json!({"code": "PH1", "name": "Optics"})).await;
    every_tuesday(&server).await;
    let session = open(&server, json!({})).await;
    close(&server, &session).await;
    let class = format!("/api/v1/classes/{}", server.class);
    let marks = format!("/api/v1/sessions/{}/marks?", session["id"].as_str().unwrap());
    for (who, path, name) in [
        ("registrar", "/api/v1/terms?".to_owned(), "id"),
        ("registrar", "/api/v1/courses?".to_owned(), "id"),
        ("registrar", "/api/v1/classes?".to_owned(), "id"),
        ("teacher", format!("{class}/enrolments?"), "id"),
        ("teacher", format!("{class}/meetings?"), "id"),
        ("teacher", format!("{class}/staff?"), "id"),
        ("teacher", format!("{class}/reminder-candidates?reason=other&"), "person"),
        ("teacher", marks, "person"),
    ] {
        let whole = server.get(who, &path).await.json();
        let whole = whole["items"].as_array().unwrap().iter().map(|item| item[name].clone());
        let whole: Vec<_> = whole.collect();
        assert!(whole.len() > 1, "{path}");
        assert_eq!(one_by_one(&server, who, &path, name).await, whole, "{path}");
        let elsewhere = format!("{path}cursor={}", uuid::Uuid::max());
        let lost = server.get(who, &elsewhere).await;
        assert_eq!(lost.json()["errors"][0]["pointer"], "/cursor", "{elsewhere}: {}", lost.text);
    }
}

async fn whoever_assists_where_they_also_study_has_the_class_once(server: TestServer) {
    let path = format!("/api/v1/classes/{}/staff", server.class);
    let body = json!({"person": server.people["student"], "role": "assistant"});
    let named = server.post("registrar", &path, body).await;
    assert_eq!(named.status, StatusCode::CREATED, "{}", named.text);
    let own = server.get("student", "/api/v1/classes?mine=true").await.json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1, "{own}");
}

async fn registers_come_as_json_and_as_tables(server: TestServer) {
    let session = marked_by_two(&server).await;
    let path = format!("/api/v1/sessions/{session}/register");
    let register = server.get("assistant", &path).await.json();
    assert_eq!(register["session"]["topic"], "Eigenvalues");
    assert_eq!(register["students"][0]["method_word"], "By hand, teacher");
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let class = format!("/api/v1/classes/{}/register", server.class);
    let term = server.get("teacher", &class).await.json();
    assert_eq!(term["sessions"][0]["topic"], "Eigenvalues");
    assert_eq!(term["students"][0]["statuses"], json!(["late"]));
    assert_eq!(term["students"][1]["attendance"]["excused"], 1);
    for path in [&path, &class] {
        let mut request = server.request("teacher", Method::GET, path, Body::empty());
        request.headers_mut().insert("accept", "text/csv".parse().unwrap());
        let csv = server.send(request).await;
        assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
        assert!(csv.text.contains("Roll,Number,Name"), "{}", csv.text);
        let book = server.get("teacher", &format!("{path}?format=xlsx")).await;
        assert!(book.text.starts_with("PK"));
        let wrong = server.get("teacher", &format!("{path}?format=docx")).await.json();
        assert_eq!(wrong["errors"][0]["pointer"], "/format");
        assert_eq!(server.get("teacher_b", path).await.status, StatusCode::FORBIDDEN);
    }
}

async fn likely_duplicates_are_listed_for_the_office(server: TestServer) {
    for number in ["D1", "D2"] {
        let body = json!({"number": number, "name": "Grace Hopper", "phone": "+1 555 0100"});
        server.post("registrar", "/api/v1/people", body).await;
    }
    let path = "/api/v1/people/duplicates";
    let found = server.get("registrar", path).await.json();
    assert_eq!(found["items"][0]["one"]["name"], "Grace Hopper", "{found}");
    assert_eq!(found["items"][0]["why"], json!(["name", "phone"]));
    assert_eq!(server.get("teacher", path).await.status, StatusCode::FORBIDDEN);
}

async fn a_token_is_a_login_cookie_too(server: TestServer) {
    let body = json!({"identifier": "teacher", "password": PASSWORD});
    let token = server.post("nobody", "/api/v1/tokens", body).await.json();
    let mut request = server.request("nobody", Method::GET, "/api/v1/me", Body::empty());
    let cookie = format!("muster_login={}", token["access_token"].as_str().unwrap());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    assert_eq!(server.send(request).await.json()["number"], "teacher");
    let mut request = server.request("nobody", Method::GET, "/classes", Body::empty());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    assert_eq!(server.send(request).await.status, StatusCode::OK);
}

on_both!(
    a_session_is_told_whole,
    methods_left_out_mean_the_code_and_none_mean_by_hand,
    the_contract_alone_is_enough_to_mark,
    a_classs_sessions_are_listed_page_by_page,
    every_list_is_read_in_parts_or_whole,
    whoever_assists_where_they_also_study_has_the_class_once,
    registers_come_as_json_and_as_tables,
    likely_duplicates_are_listed_for_the_office,
    a_token_is_a_login_cookie_too,
);
