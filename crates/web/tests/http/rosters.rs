//! The roster of a term: who studies what, where, under which roll number.

use super::server::TestServer;
use axum::http::StatusCode;
use serde_json::Value;

async fn term(server: &TestServer) -> String {
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    terms["items"][0]["id"].as_str().unwrap().to_owned()
}

fn numbers(answer: &Value) -> Vec<&str> {
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| item["number"].as_str().unwrap()).collect()
}

async fn a_roster_names_each_student_once_with_all_their_classes(server: TestServer) {
    let server = &server;
    let roster = format!("/api/v1/terms/{}/roster", term(server).await);
    let other = format!("/api/v1/classes/{}/enrolments", server.other);
    let both = serde_json::json!({"people": [server.people["student"]]});
    assert_eq!(server.post("registrar", &other, both).await.status, StatusCode::CREATED);
    let all = server.get("registrar", &roster).await.json();
    assert_eq!(numbers(&all), ["student", "student_2"], "{all}");
    let sections: Vec<_> = all["items"][0]["classes"].as_array().unwrap().iter().collect();
    assert_eq!((&sections[0]["section"], &sections[1]["section"]), (&"A".into(), &"B".into()));
    assert_eq!(sections[1]["status"], "active");
    for (query, expected) in [
        ("?limit=1", vec!["student"]),
        ("?q=student_2", vec!["student_2"]),
        ("?q=registrar", vec![]),
        ("?year=3", vec![]),
        (format!("?class={}", server.other).as_str(), vec!["student"]),
        ("?programme=00000000-0000-0000-0000-000000000001", vec![]),
    ] {
        let found = server.get("registrar", &format!("{roster}{query}")).await.json();
        assert_eq!(numbers(&found), expected, "{query} {found}");
    }
    let first = server.get("registrar", &format!("{roster}?limit=1")).await.json();
    let cursor = first["next"].as_str().unwrap();
    let second = server.get("registrar", &format!("{roster}?limit=1&cursor={cursor}")).await.json();
    assert_eq!(numbers(&second), ["student_2"]);
    assert_eq!(second["next"], Value::Null);
}

async fn a_roster_is_narrowed_to_a_programme_and_year(server: TestServer) {
    let server = &server;
    super::programmes::physics(server).await;
    let programmes = server.get("registrar", "/api/v1/programmes").await.json();
    let programme = programmes["items"][0]["id"].as_str().unwrap();
    let person = format!("/api/v1/people/{}", server.people["student_2"]);
    let studies = serde_json::json!({"programme": "BSC-PH", "year": 2});
    let changed = server.call("registrar", axum::http::Method::PATCH, &person, studies).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let roster = format!("/api/v1/terms/{}/roster", term(server).await);
    for (query, expected) in [
        (format!("programme={programme}"), vec!["student_2"]),
        (format!("programme={programme}&year=2"), vec!["student_2"]),
        (format!("programme={programme}&year=1"), vec![]),
        (format!("programme={programme}&q=stranger"), vec![]),
        (format!("programme={programme}&class={}", server.class), vec!["student_2"]),
        (format!("programme={programme}&class={}", server.other), vec![]),
        ("year=2".to_owned(), vec!["student_2"]),
    ] {
        let found = server.get("registrar", &format!("{roster}?{query}")).await.json();
        assert_eq!(numbers(&found), expected, "{query} {found}");
    }
}

on_both!(
    a_roster_names_each_student_once_with_all_their_classes,
    a_roster_is_narrowed_to_a_programme_and_year,
);

#[tokio::test]
async fn the_table_of_a_roster_has_the_columns_of_enrolments_and_only_the_class_asked_for() {
    let server = TestServer::start(muster_testkit::sqlite());
    let page = format!("/terms/{}/roster", term(&server).await);
    let table = server.get("registrar", &format!("{page}?format=csv")).await;
    let exported = format!("/exports/enrolments.csv?term={}", term(&server).await);
    let exported = server.get("registrar", &exported).await;
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&table.text), sorted(&exported.text));
    assert!(table.text.lines().count() > 2, "{}", table.text);
    let other = format!("{page}?format=csv&class={}", server.other);
    assert_eq!(server.get("registrar", &other).await.text.lines().count(), 1);
}

#[tokio::test]
async fn the_page_of_a_roster_says_what_to_do_when_nobody_is_there() {
    let server = TestServer::start(muster_testkit::sqlite());
    let page = format!("/terms/{}/roster", term(&server).await);
    assert!(server.get("registrar", &page).await.text.contains("roll 1"));
    let nobody = server.get("registrar", &format!("{page}?q=nobody")).await;
    assert!(nobody.text.contains("Nobody found"));
    let elsewhere = format!("{page}?class={}", uuid::Uuid::nil());
    assert_eq!(server.get("registrar", &elsewhere).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_list_of_terms_says_which_are_locked_since_when_and_by_whom() {
    let server = TestServer::start(muster_testkit::sqlite());
    let lock = format!("/api/v1/terms/{}/lock", term(&server).await);
    let because = serde_json::json!({"reason": "results are out"});
    assert_eq!(server.post("registrar", &lock, because).await.status, StatusCode::NO_CONTENT);
    let list = server.get("registrar", "/terms").await.text;
    assert!(list.contains("Locked") && list.contains("results are out"), "{list}");
    assert!(list.contains("since 2 Mar 2026") && list.contains("by registrar"), "{list}");
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    assert_eq!(terms["items"][0]["lock"]["locked_by"], "registrar");
    let one = format!("/api/v1/terms/{}", term(&server).await);
    assert_eq!(server.get("registrar", &one).await.json()["lock"]["reason"], "results are out");
    let page = format!("/terms/{}", term(&server).await);
    assert!(server.get("registrar", &page).await.text.contains("Unlock this term"));
}
