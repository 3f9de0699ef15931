//! Tables of pages as files: the same rows for the same people, whatever the page shows of them.

use super::imports::{counts, import};
use super::server::TestServer;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_testkit::sqlite;
use serde_json::json;

/// Each list with somebody who sees it, somebody who doesn't, and the beginning of its file.
const LISTS: [(&str, &str, &str, &str); 12] = [
    ("/people?role=student&", "registrar", "teacher", "Number,Name,Title,"),
    ("/classes?", "teacher", "student", "Class,Code,Section,Term,"),
    ("/courses?", "registrar", "teacher", "Code,Name,Credits,"),
    ("/programmes?", "registrar", "teacher", "Code,Name,Faculty,"),
    ("/faculties?", "registrar", "student", "Name,State"),
    ("/terms?", "registrar", "student", "Term,First day,Last day,"),
    ("/holidays?", "registrar", "student", "Name,First day,"),
    ("/leave?", "registrar", "teacher", "Number,Student,First day,"),
    ("/registers/missing?", "registrar", "teacher", "Class,Code,Section,Begins,"),
    ("/imports?", "registrar", "student", "File,What,When,"),
    ("/letters?", "registrar", "teacher", "To,Subject,Written,"),
    ("/journal?", "registrar", "teacher", "When,Who,How,Action,"),
];

#[tokio::test]
async fn every_list_comes_as_a_file_for_those_who_see_the_page() {
    let server = TestServer::start(sqlite());
    for (address, who, stranger, beginning) in LISTS {
        let csv = server.get(who, &format!("{address}format=csv")).await;
        assert_eq!(csv.status, StatusCode::OK, "{address}: {}", csv.text);
        assert!(csv.text.starts_with(&format!("\u{feff}{beginning}")), "{address}: {}", csv.text);
        let workbook = server.get(who, &format!("{address}format=xlsx")).await;
        assert!(workbook.text.starts_with("PK"), "{address}");
        let refused = server.get(stranger, &format!("{address}format=csv")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
    }
}

on_both!(
    what_belongs_to_a_class_or_a_person_comes_as_a_file_too,
    enrolments_of_a_class_come_back_as_they_left,
    marks_worth_a_look_come_as_a_file,
);

/// Marks a student by the code on the wall, with the same phone as everybody.
async fn mark_by_phone(server: &TestServer, session: SessionId, who: &str) {
    let (link, _) = server.code(session).await;
    let body = Body::from(json!({"code": link}).to_string());
    let mut request = server.request(who, Method::POST, "/api/v1/marks", body);
    let cookie = "muster_device=01890000-0000-4000-8000-000000000001";
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(server.send(request).await.status, StatusCode::CREATED);
}

async fn what_belongs_to_a_class_or_a_person_comes_as_a_file_too(server: TestServer) {
    let (class, student) = (server.class, server.people["student"]);
    let programme =
        json!({"code": "CS", "name": "Computing", "total_years": 1, "semesters_per_year": 2});
    let programme = server.post("registrar", "/api/v1/programmes", programme).await.json();
    let programme = format!("/programmes/{}", programme["id"].as_str().unwrap());
    let course = json!({"code": "CS1", "name": "Computers", "credits": 5});
    let course = server.post("registrar", "/api/v1/courses", course).await.json();
    let required = json!({"course": course["id"], "year": 1, "semester": 2});
    server.post("registrar", &format!("/api/v1{programme}/curriculum"), required).await;
    for number in ["D1", "D2"] {
        let twin = json!({"number": number, "name": "Dora Dagobert"});
        server.post("registrar", "/api/v1/people", twin).await;
    }
    let session = server.open_session().await;
    mark_by_phone(&server, session, "student").await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let of_student = format!("/classes/{class}/students/{student}?");
    for (address, who, stranger, beginning, line) in [
        (
            "/people/duplicates?".to_owned(),
            "registrar",
            "teacher",
            "Number,Name,Other number,",
            "Dora",
        ),
        (format!("/people/{student}/devices?"), "registrar", "teacher", "Phone,Since", "2026-"),
        ("/logins?".to_owned(), "student", "nobody", "Where,Client,Address,", "Program"),
        (format!("/classes/{class}?"), "teacher", "teacher_b", "Roll,Number,Student,", "student_2"),
        (
            format!("{programme}?"),
            "registrar",
            "student",
            "Year,Semester,Code,",
            "1,2,CS1,Computers,5",
        ),
        ("/attendance?".to_owned(), "student", "nobody", "Class,Code,Section,Term,", "MA201"),
        (
            format!("/people/{student}/attendance?"),
            "registrar",
            "stranger",
            "Class,Code,",
            ",100.0",
        ),
        (
            format!("/classes/{class}/attendance?"),
            "student",
            "stranger",
            "Session,Topic,",
            "Present",
        ),
        (of_student, "teacher", "teacher_b", "Session,Topic,Status,", "Present"),
    ] {
        let csv = server.get(who, &format!("{address}format=csv")).await;
        assert_eq!(csv.status, StatusCode::OK, "{address}: {}", csv.text);
        assert!(csv.text.starts_with(&format!("\u{feff}{beginning}")), "{address}: {}", csv.text);
        assert!(csv.text.contains(line), "{address}: {}", csv.text);
        let page = server.get(who, address.trim_end_matches('?')).await.text;
        assert!(page.contains("format=xlsx"), "{address}: {page}");
        let workbook = server.get(who, &format!("{address}format=xlsx")).await;
        assert!(workbook.text.starts_with("PK"), "{address}");
        let refused = server.get(stranger, &format!("{address}format=csv")).await.status;
        assert!(!refused.is_success(), "{address}: {refused}");
    }
    let safe = server.get("teacher", &format!("/classes/{class}?badge=safe&format=csv")).await.text;
    assert!(safe.contains("Safe") && !safe.contains("student_2"), "{safe}");
}

async fn enrolments_of_a_class_come_back_as_they_left(server: TestServer) {
    let class = server.class;
    let place = format!("/api/v1/classes/{class}/enrolments/{}", server.people["student_2"]);
    let withdrawn = json!({"status": "withdrawn"});
    server.call("registrar", Method::PATCH, &place, withdrawn).await;
    let address = format!("/classes/{class}/enrolment?format=csv");
    assert_eq!(server.get("teacher", &address).await.status, StatusCode::FORBIDDEN);
    let csv = server.get("registrar", &address).await;
    assert!(csv.text.contains("withdrawn"), "{}", csv.text);
    let again = import(&server, "enrolments", &csv.text).await;
    assert_eq!(counts(&again), [0, 0, 2, 0, 0]);
}

async fn marks_worth_a_look_come_as_a_file(server: TestServer) {
    let session = server.open_session().await;
    let rule = json!({"device_rule": "flag"});
    server.call("registrar", Method::PATCH, "/api/v1/settings", rule).await;
    for who in ["student", "student_2"] {
        mark_by_phone(&server, session, who).await;
    }
    for address in [format!("/sessions/{session}"), format!("/classes/{}", server.class)] {
        let page = server.get("teacher", &address).await.text;
        assert!(page.contains("/odd-marks?format=csv"), "{page}");
        let csv = server.get("teacher", &format!("{address}/odd-marks?format=csv")).await.text;
        assert!(csv.starts_with("\u{feff}Session,Roll,Number,Student,"), "{csv}");
        assert!(csv.contains("student_2"), "{csv}");
        let refused = server.get("teacher_b", &format!("{address}/odd-marks?format=csv")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{address}");
        let none = server.get("teacher", &format!("{address}/odd-marks")).await.status;
        assert_eq!(none, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_file_has_all_rows_that_match_the_filters_of_the_page() {
    let server = TestServer::start(sqlite());
    for number in 0..60 {
        let body = json!({"number": format!("N{number:03}"), "name": format!("Nadia {number}")});
        server.post("registrar", "/api/v1/people", body).await;
    }
    let page = server.get("registrar", "/people?q=nadia").await.text;
    assert!(page.contains("/people?q=nadia&#38;role=&#38;format=csv"), "{page}");
    let csv = server.get("registrar", "/people?q=nadia&role=&format=csv").await.text;
    assert_eq!(csv.lines().count(), 61);
    let none = server.get("registrar", "/people?q=nobody-at-all&format=csv").await.text;
    assert_eq!(none.lines().count(), 1);
}

#[tokio::test]
async fn what_would_be_a_formula_is_text() {
    let server = TestServer::start(sqlite());
    let body = json!({"code": "X1", "name": "=HYPERLINK(1)"});
    server.post("registrar", "/api/v1/courses", body).await;
    let csv = server.get("registrar", "/courses?format=csv").await.text;
    assert!(csv.contains("'=HYPERLINK(1)"), "{csv}");
}

#[tokio::test]
async fn a_teacher_takes_away_the_corrections_of_their_own_classes() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let wanted = json!({"session": session, "wanted": "late", "reason": "The bus, again"});
    server.post("student", "/api/v1/corrections", wanted).await;
    let own = server.get("teacher", "/corrections?format=csv").await.text;
    assert!(own.contains("\"The bus, again\""), "{own}");
    let other = server.get("teacher_b", "/corrections?format=csv").await.text;
    assert_eq!(other.lines().count(), 1, "{other}");
}

#[tokio::test]
async fn the_journal_tells_what_was_done_about_somebody_and_by_whom() {
    let server = TestServer::start(sqlite());
    let made = server.post("registrar", "/api/v1/people", json!({"number": "X1", "name": "A"}));
    let id = made.await.json()["id"].as_str().unwrap().to_owned();
    let change = json!({"name": "Ada"});
    server.call("registrar", Method::PATCH, &format!("/api/v1/people/{id}"), change).await;
    let about = server.get("registrar", "/journal?about=X1&format=csv").await.text;
    assert!(about.contains("person.change") && about.contains("name: A → Ada"), "{about}");
    assert!(about.lines().skip(1).all(|line| line.contains(&id)), "{about}");
    let nobody = server.get("registrar", "/journal?about=nobody").await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nobody.text.contains("Nobody has this number"));
    let both = server.get("registrar", &format!("/journal?about=X1&record={id}")).await;
    assert!(both.text.contains("a person or a record, not both"));
    let api = server.get("registrar", "/api/v1/journal?about=X1&action=person.").await.json();
    assert_eq!(api["items"][0]["entity_id"], json!(id));
}
