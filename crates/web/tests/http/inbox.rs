//! The inbox: told once, counted in the navigation, read by its own person alone.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_app::notices::{Notice, notify};
use muster_domain::notices::NoticeKind;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

fn tell(server: &TestServer, who: &str, occasion: &str) -> bool {
    let (person, occasion) = (server.people[who], occasion.to_owned());
    let told = server.act(None, move |tx, ctx| {
        let notice = Notice {
            kind: NoticeKind::Reminder,
            occasion: occasion.clone(),
            title: format!("About {occasion}"),
            body: "Come tomorrow.".to_owned(),
            link: Some("/classes".to_owned()),
        };
        notify(tx, ctx, person, &notice)
    });
    server.turn(Span::minutes(1));
    told
}

async fn inbox(server: &TestServer, who: &str, query: &str) -> Value {
    server.get(who, &format!("/api/v1/me/notices{query}")).await.json()
}

fn titles(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap()).collect()
}

async fn nobody_is_told_twice_about_one_occasion(server: TestServer) {
    assert!(tell(&server, "student", "one"));
    assert!(!tell(&server, "student", "one"));
    assert!(tell(&server, "student_2", "one"));
    assert_eq!(titles(&inbox(&server, "student", "").await), ["About one"]);
}

async fn pages_of_the_inbox_follow_each_other(server: TestServer) {
    for occasion in ["one", "two", "three"] {
        tell(&server, "student", occasion);
    }
    let first = inbox(&server, "student", "?limit=2").await;
    assert_eq!(titles(&first), ["About three", "About two"]);
    let next = first["next"].as_str().unwrap();
    let second = inbox(&server, "student", &format!("?limit=2&cursor={next}")).await;
    assert_eq!((titles(&second), &second["next"]), (vec!["About one"], &Value::Null));
}

async fn what_is_new_is_counted_until_it_is_read(server: TestServer) {
    let unread = async |server: &TestServer| {
        server.get("student", "/api/v1/me").await.json()["unread_notices"].as_i64().unwrap()
    };
    for occasion in ["one", "two", "three"] {
        tell(&server, "student", occasion);
    }
    assert_eq!(unread(&server).await, 3);
    let list = inbox(&server, "student", "").await;
    let id = list["items"][0]["id"].as_str().unwrap();
    let one = format!("/api/v1/me/notices/{id}/reading");
    let read = server.post("student", &one, json!({})).await;
    assert_eq!(read.status, StatusCode::OK);
    assert!(read.json()["read_at"].is_string());
    assert_eq!(unread(&server).await, 2);
    let all = server.post("student", "/api/v1/me/notices/reading", json!({})).await;
    assert_eq!(all.status, StatusCode::NO_CONTENT);
    assert_eq!(unread(&server).await, 0);
}

on_both!(
    nobody_is_told_twice_about_one_occasion,
    pages_of_the_inbox_follow_each_other,
    what_is_new_is_counted_until_it_is_read,
);

#[tokio::test]
async fn nobody_reads_what_others_were_told() {
    let server = TestServer::start(sqlite());
    tell(&server, "student", "one");
    let list = inbox(&server, "student", "").await;
    let id = list["items"][0]["id"].as_str().unwrap();
    let one = format!("/api/v1/me/notices/{id}/reading");
    assert_eq!(server.post("teacher", &one, json!({})).await.status, StatusCode::NOT_FOUND);
    assert!(inbox(&server, "teacher", "").await["items"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn opening_a_notice_leads_to_what_it_is_about() {
    let server = TestServer::start(sqlite());
    tell(&server, "teacher", "one");
    let page = server.get("teacher", "/inbox").await;
    assert!(page.text.contains("About one") && page.text.contains("Mark all as read"));
    assert!(server.get("teacher", "/classes").await.text.contains("class=\"waiting\""));
    let list = inbox(&server, "teacher", "").await;
    let id = list["items"][0]["id"].as_str().unwrap();
    let path = format!("/inbox/{id}/reading");
    let opened = server.call("teacher", Method::POST, &path, Value::Null).await;
    assert_eq!(
        (opened.status, &opened.headers["location"]),
        (StatusCode::SEE_OTHER, &"/classes".parse().unwrap())
    );
    assert!(!server.get("teacher", "/classes").await.text.contains("class=\"waiting\""));
}
