//! Announcements: seen by those whom they concern while they show, made and ended by those who
//! may speak to them.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_app::academics::{self, ProgrammeInput};
use muster_domain::programmes::Length;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

fn day(server: &TestServer, later: i64) -> String {
    let at = jiff::Timestamp::from_microsecond((server.now() + Span::days(later)).0).unwrap();
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

/// An announcement that shows today and tomorrow.
fn body(server: &TestServer, audience: &str, title: &str) -> Value {
    json!({
        "audience": audience, "title": title, "text": "Come **all**.",
        "first_on": day(server, 0), "last_on": day(server, 1),
    })
}

async fn make(server: &TestServer, who: &str, audience: &str, title: &str) -> Answer {
    let made = server.post(who, "/api/v1/announcements", body(server, audience, title)).await;
    server.turn(Span::minutes(1));
    made
}

fn path(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    format!("/api/v1/announcements/{}", answer.json()["id"].as_str().unwrap())
}

fn class(server: &TestServer) -> String {
    format!("class/{}", server.class)
}

async fn titles(server: &TestServer, who: &str, path: &str) -> Vec<String> {
    let list = server.get(who, path).await.json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["title"].as_str().unwrap().to_owned()).collect()
}

async fn shown(server: &TestServer, who: &str) -> Vec<String> {
    titles(server, who, "/api/v1/me/announcements").await
}

async fn everybody_sees_those_that_concern_them(server: TestServer) {
    let root = server.people["super_administrator"];
    let programme = server.act(Some(root), |tx, ctx| {
        let input = ProgrammeInput {
            code: "BSC".to_owned(),
            name: "Mathematics".to_owned(),
            faculty: None,
            award: String::new(),
            length: Length { total_years: 3, semesters_per_year: 2 },
        };
        academics::create_programme(tx, ctx, &input)
    });
    let person = format!("/api/v1/people/{}", server.people["student_2"]);
    let studies = json!({"programme": "BSC"});
    let put = server.call("registrar", Method::PATCH, &person, studies).await;
    assert_eq!(put.status, StatusCode::OK, "{}", put.text);
    make(&server, "registrar", "institution", "All").await;
    make(&server, "registrar", &format!("programme/{programme}"), "Maths").await;
    make(&server, "teacher", &class(&server), "Algebra").await;
    assert_eq!(shown(&server, "student").await, ["Algebra", "All"]);
    assert_eq!(shown(&server, "student_2").await, ["Algebra", "Maths", "All"]);
    assert_eq!(shown(&server, "assistant").await, ["Algebra", "All"]);
    assert_eq!(shown(&server, "stranger").await, ["All"]);
    assert_eq!(shown(&server, "teacher_b").await, ["All"]);
    let office = titles(&server, "registrar", "/api/v1/announcements").await;
    assert_eq!(office, ["Algebra", "Maths", "All"]);
}

async fn it_shows_from_its_first_day_through_its_last(mut server: TestServer) {
    let mut later = body(&server, &class(&server), "Later");
    later["first_on"] = day(&server, 1).into();
    let made = server.post("teacher", "/api/v1/announcements", later).await;
    let path = path(&made);
    assert_eq!(shown(&server, "student").await, [""; 0]);
    assert_eq!(server.get("student", &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(titles(&server, "teacher", "/api/v1/announcements").await, ["Later"]);
    server.turn_days(1);
    assert_eq!(shown(&server, "student").await, ["Later"]);
    server.turn_days(1);
    assert_eq!(shown(&server, "student").await, [""; 0]);
    assert_eq!(titles(&server, "student", "/api/v1/announcements").await, ["Later"]);
}

async fn pinned_ones_come_first_and_pages_follow_each_other(server: TestServer) {
    for title in ["One", "Two", "Three"] {
        make(&server, "registrar", "institution", title).await;
    }
    let mut pinned = body(&server, "institution", "Pinned");
    pinned["pinned"] = true.into();
    server.turn(Span::hours(-2));
    server.post("registrar", "/api/v1/announcements", pinned).await;
    server.turn(Span::hours(2));
    assert_eq!(shown(&server, "student").await, ["Pinned", "Three", "Two", "One"]);
    for who in ["registrar", "student"] {
        let first = server.get(who, "/api/v1/announcements?limit=3").await.json();
        let next =
            format!("/api/v1/announcements?limit=3&cursor={}", first["next"].as_str().unwrap());
        assert_eq!(first["items"][0]["title"], "Three");
        assert_eq!(titles(&server, who, &next).await, ["Pinned"]);
    }
}

async fn an_ended_one_is_gone_for_everybody_else(server: TestServer) {
    let path = path(&make(&server, "teacher", &class(&server), "Wrong").await);
    let ending = format!("{path}/ending");
    for who in ["student", "assistant", "teacher_b"] {
        let refused = server.post(who, &ending, json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert!(server.post("teacher", &ending, json!({})).await.json()["ended_at"].is_string());
    assert_eq!(server.post("teacher", &ending, json!({})).await.status, StatusCode::OK);
    assert_eq!(shown(&server, "student").await, [""; 0]);
    assert_eq!(server.get("student", &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(titles(&server, "student", "/api/v1/announcements").await, [""; 0]);
    let journal = server.get("registrar", "/api/v1/journal?action=announcement.end").await;
    assert_eq!(journal.json()["items"].as_array().unwrap().len(), 1);
}

on_both!(
    everybody_sees_those_that_concern_them,
    it_shows_from_its_first_day_through_its_last,
    pinned_ones_come_first_and_pages_follow_each_other,
    an_ended_one_is_gone_for_everybody_else,
);

#[tokio::test]
async fn a_teacher_speaks_to_their_own_class_alone() {
    let server = TestServer::start(sqlite());
    for audience in ["institution".to_owned(), format!("class/{}", server.other)] {
        let refused = make(&server, "teacher", &audience, "Hello").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{audience}");
    }
    let path = path(&make(&server, "teacher", &class(&server), "Hello").await);
    let wider = json!({"audience": "institution"});
    let widened = server.call("teacher", Method::PATCH, &path, wider).await;
    assert_eq!(widened.status, StatusCode::FORBIDDEN);
    let title = json!({"title": "Hello again", "version": 0});
    let stale = server.call("teacher", Method::PATCH, &path, title.clone()).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    let again = json!({"title": "Hello again"});
    let changed = server.call("teacher", Method::PATCH, &path, again).await;
    assert_eq!(changed.json()["title"], "Hello again");
    assert_eq!(changed.json()["text"], "Come **all**.");
}

#[tokio::test]
async fn mistakes_are_told_at_their_fields() {
    let server = TestServer::start(sqlite());
    let wrong = |field: &'static str, value: Value| {
        let mut body = body(&server, "institution", "Hello");
        body[field] = value;
        body
    };
    for (body, pointer) in [
        (wrong("audience", "class/none".into()), "/audience"),
        (wrong("audience", format!("programme/{}", server.class).into()), "/audience"),
        (wrong("title", " ".into()), "/title"),
        (wrong("text", "\n\n".into()), "/text"),
        (wrong("first_on", "soon".into()), "/first_on"),
        (wrong("last_on", day(&server, -1).into()), "/last_on"),
        (wrong("last_on", day(&server, 400).into()), "/last_on"),
    ] {
        let refused = server.post("registrar", "/api/v1/announcements", body).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
}

#[tokio::test]
async fn the_pages_show_what_was_written_and_nothing_that_runs() {
    let server = TestServer::start(sqlite());
    let mut hostile = body(&server, &class(&server), "A <b>title</b>");
    hostile["text"] = "**Bold** <script>alert(1)</script> [x](javascript:alert(1))".into();
    let made = server.post("teacher", "/api/v1/announcements", hostile).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    for page in ["/", "/announcements", &format!("/announcements/{id}")] {
        let shown = server.get("student", page).await.text;
        assert!(shown.contains("<strong>Bold</strong> &lt;script&gt;alert(1)"), "{page}");
        assert!(shown.contains("A &#60;b&#62;title"), "{page}");
        assert!(!shown.contains("javascript:") && !shown.contains("End the announcement"));
    }
    let own = server.get("teacher", &format!("/announcements/{id}")).await.text;
    assert!(own.contains("End the announcement"));
    let form = server.get("teacher", &format!("/announcements/new?class={}", server.class)).await;
    let chosen = format!("value=\"class/{}\" selected", server.class);
    assert!(form.text.contains(&chosen) && !form.text.contains(">Everybody<"));
}
