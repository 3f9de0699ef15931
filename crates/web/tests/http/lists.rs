//! Tables of pages as files: the same rows for the same people, whatever the page shows of them.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
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
