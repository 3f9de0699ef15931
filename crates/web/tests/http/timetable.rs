//! Weekly patterns, the meetings that follow from them, holidays and clashes.
//!
//! Tests begin on Monday, 2 March 2026, at noon; the term ends on 27 May 2026.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_app::academics::{self, ClassInput, PatternInput};
use muster_domain::time::{Date, Span};
use muster_domain::timetable::{Weekday, Weekly};
use muster_testkit::{postgres, sqlite};
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "registrar";

async fn patch(server: &TestServer, path: &str, body: Value) -> Answer {
    server.call(ADMINISTRATOR, Method::PATCH, path, body).await
}

async fn delete(server: &TestServer, path: &str) {
    let gone = server.call(ADMINISTRATOR, Method::DELETE, path, json!({})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
}

fn tuesdays() -> Value {
    json!({
        "weekday": "tuesday", "starts_at": "09:00", "ends_at": "10:30", "room": "B2",
        "first_on": "2026-02-24", "last_on": "2026-04-07",
    })
}

/// Lets the first class meet on Tuesdays; the pattern's address.
pub(super) async fn every_tuesday(server: &TestServer) -> String {
    let path = format!("/api/v1/classes/{}/patterns", server.class);
    let made = server.post(ADMINISTRATOR, &path, tuesdays()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    format!("/api/v1/patterns/{}", made.json()["id"].as_str().unwrap())
}

async fn meetings(server: &TestServer) -> Vec<Value> {
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    server.get(ADMINISTRATOR, &path).await.json()["items"].as_array().unwrap().clone()
}

/// When the class's meetings begin, by month, day and hour in UTC.
async fn starts(server: &TestServer) -> Vec<String> {
    let all = meetings(server).await;
    all.iter().map(|row| row["starts_at"].as_str().unwrap()[5..16].replace('T', " ")).collect()
}

/// A pattern, changed and ended.
async fn meetings_to_come_follow_their_pattern(server: &TestServer) {
    let pattern = every_tuesday(server).await;
    let expected =
        ["03-03 09:00", "03-10 09:00", "03-17 09:00", "03-24 09:00", "03-31 09:00", "04-07 09:00"];
    assert_eq!(starts(server).await, expected, "from now on, the last day included");
    let before = meetings(server).await;
    let changed = patch(server, &pattern, json!({"starts_at": "08:15", "room": ""})).await;
    assert_eq!(changed.json()["starts_at"], "08:15", "{}", changed.text);
    let after = meetings(server).await;
    assert_eq!(after[0]["id"], before[0]["id"], "moved, not made anew");
    assert_eq!((&after[0]["room"], &before[0]["room"]), (&Value::Null, &json!("B2")));
    assert!(starts(server).await.iter().all(|at| at.ends_with("08:15")));
    // A week that has met already meets no second time, and its meeting stays.
    let monday = json!({"weekday": "monday", "starts_at": "13:00", "ends_at": "14:00"});
    patch(server, &pattern, monday).await;
    server.turn(Span::hours(2));
    patch(server, &pattern, json!({"weekday": "thursday", "last_on": "2026-03-19"})).await;
    assert_eq!(starts(server).await, ["03-02 13:00", "03-12 13:00", "03-19 13:00"]);
    delete(server, &pattern).await;
    assert_eq!(starts(server).await, ["03-02 13:00"]);
}

#[tokio::test]
async fn meetings_to_come_follow_their_pattern_on_sqlite() {
    meetings_to_come_follow_their_pattern(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn meetings_to_come_follow_their_pattern_on_postgres() {
    meetings_to_come_follow_their_pattern(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn what_was_moved_cancelled_or_taken_stays_when_the_pattern_changes() {
    let mut server = TestServer::start(sqlite());
    let pattern = every_tuesday(&server).await;
    let all = meetings(&server).await;
    let path = |row: &Value| format!("/api/v1/meetings/{}", row["id"].as_str().unwrap());
    let times = json!({"starts_at": "2026-03-11T12:00:00Z", "ends_at": "2026-03-11T13:00:00Z"});
    patch(&server, &path(&all[1]), times).await;
    let cancellation = format!("{}/cancellation", path(&all[2]));
    server.post(ADMINISTRATOR, &cancellation, json!({})).await;
    let body = json!({"meeting": all[0]["id"]});
    let sessions = format!("/api/v1/classes/{}/sessions", server.class);
    let early = server.post("teacher", &sessions, body.clone()).await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY, "it begins tomorrow");
    server.turn(Span::minutes(20 * 60 + 30));
    server.turn_days(0);
    let opened = server.post("teacher", &sessions, body).await;
    assert_eq!(opened.status, StatusCode::CREATED, "{}", opened.text);
    let single = json!({"starts_at": "2026-03-13T15:00:00Z", "ends_at": "2026-03-13T16:00:00Z"});
    let extra = format!("/api/v1/classes/{}/meetings", server.class);
    assert_eq!(server.post(ADMINISTRATOR, &extra, single).await.status, StatusCode::CREATED);
    patch(&server, &pattern, json!({"weekday": "friday", "starts_at": "09:30"})).await;
    let expected = [
        "03-03 09:00", // of which a session was taken
        "03-11 12:00", // moved
        "03-13 15:00", // on its own
        "03-17 09:00", // cancelled
        "03-27 09:30",
        "04-03 09:30",
    ];
    assert_eq!(starts(&server).await, expected);
    assert!(meetings(&server).await[3]["cancelled_at"].is_string());
}

#[tokio::test]
async fn a_meeting_keeps_its_clock_time_when_the_clocks_change() {
    let server = TestServer::start(sqlite());
    patch(&server, "/api/v1/settings", json!({"time_zone": "Europe/Berlin"})).await;
    every_tuesday(&server).await;
    let starts = starts(&server).await;
    // The clocks go forward on 29 March.
    assert_eq!(&starts[3..5], ["03-24 08:00", "03-31 07:00"]);
}

#[tokio::test]
async fn nothing_takes_place_on_a_holiday_until_it_is_taken_back() {
    let server = TestServer::start(sqlite());
    every_tuesday(&server).await;
    let body = json!({"name": "Spring break", "first_on": "2026-03-09", "last_on": "2026-03-18"});
    let made = server.post(ADMINISTRATOR, "/api/v1/holidays", body).await.json();
    let holiday = format!("/api/v1/holidays/{}", made["id"].as_str().unwrap());
    assert_eq!(&starts(&server).await[..2], ["03-03 09:00", "03-24 09:00"]);
    // What was put there by hand takes place all the same.
    let extra = format!("/api/v1/classes/{}/meetings", server.class);
    let single = json!({"starts_at": "2026-03-12T15:00:00Z", "ends_at": "2026-03-12T16:00:00Z"});
    server.post(ADMINISTRATOR, &extra, single).await;
    patch(&server, &holiday, json!({"last_on": "2026-03-10"})).await;
    assert_eq!(&starts(&server).await[1..3], ["03-12 15:00", "03-17 09:00"]);
    delete(&server, &holiday).await;
    assert_eq!(&starts(&server).await[1..3], ["03-10 09:00", "03-12 15:00"]);
    let wrong = json!({"name": "Backwards", "first_on": "2026-03-09", "last_on": "2026-03-01"});
    let refused = server.post(ADMINISTRATOR, "/api/v1/holidays", wrong).await.json();
    assert_eq!(refused["errors"][0]["pointer"], "/last_on");
}

#[tokio::test]
async fn a_term_that_ends_earlier_takes_its_meetings_with_it() {
    let server = TestServer::start(sqlite());
    every_tuesday(&server).await;
    let term = server.get(ADMINISTRATOR, "/api/v1/terms").await.json()["items"][0].clone();
    let path = format!("/api/v1/terms/{}", term["id"].as_str().unwrap());
    patch(&server, &path, json!({"ends_on": "2026-03-17"})).await;
    assert_eq!(starts(&server).await, ["03-03 09:00", "03-10 09:00", "03-17 09:00"]);
}

#[tokio::test]
async fn a_pattern_that_makes_no_sense_is_refused_beside_its_fields() {
    let server = TestServer::start(sqlite());
    let path = format!("/api/v1/classes/{}/patterns", server.class);
    for (member, value, pointer) in [
        ("weekday", "someday", "/weekday"),
        ("starts_at", "9 o'clock", "/starts_at"),
        ("ends_at", "09:00", "/ends_at"),
        ("last_on", "2036-01-01", "/last_on"),
        ("last_on", "2026-02-24", ""),
        ("first_on", "2026-04-08", "/last_on"),
    ] {
        let mut body = tuesdays();
        body[member] = json!(value);
        let answer = server.post(ADMINISTRATOR, &path, body).await;
        let found = answer.json()["errors"][0]["pointer"].as_str().unwrap_or_default().to_owned();
        assert_eq!(found, pointer, "{member} {value}: {}", answer.text);
    }
}

/// The other class meets in the same room, at the same time.
async fn clashes_of_room_and_teacher_are_told(server: &TestServer) {
    every_tuesday(server).await;
    let other = format!("/api/v1/classes/{}/patterns", server.other);
    let mut body = tuesdays();
    (body["starts_at"], body["ends_at"], body["room"]) =
        (json!("10:00"), json!("11:00"), json!("b2"));
    server.post(ADMINISTRATOR, &other, body).await;
    let path = format!("/api/v1/classes/{}/clashes", server.class);
    let clashes = server.get("teacher", &path).await.json()["items"].clone();
    assert_eq!(clashes.as_array().unwrap().len(), 6, "{clashes}");
    assert_eq!((&clashes[0]["room"], &clashes[0]["section"]), (&json!("B2"), &json!("B")));
    let both = json!({"person": server.people["teacher"], "role": "teacher"});
    let staff = format!("/api/v1/classes/{}/staff", server.other);
    server.post(ADMINISTRATOR, &staff, both).await;
    let clashes = server.get("teacher", &path).await.json()["items"].clone();
    let taught = clashes.as_array().unwrap().iter().filter(|row| row["teacher"] == "teacher");
    assert_eq!(taught.count(), 6, "{clashes}");
    let page = server.get("teacher", &format!("/classes/{}/timetable", server.class)).await;
    assert!(page.text.contains("Some meetings clash"));
}

#[tokio::test]
async fn clashes_of_room_and_teacher_are_told_on_sqlite() {
    clashes_of_room_and_teacher_are_told(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn clashes_of_room_and_teacher_are_told_on_postgres() {
    clashes_of_room_and_teacher_are_told(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn a_class_is_timetabled_on_its_pages() {
    let server = TestServer::start(sqlite());
    let form = "weekday=monday&starts_at=22:30&ends_at=00:30&first_on=2026-03-02\
                &last_on=2026-03-31&room=";
    let path = format!("/classes/{}/patterns", server.class);
    let made = server.form(ADMINISTRATOR, &path, form).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let week = format!("/classes/{}/timetable?week=2026-03-09", server.class);
    let page = server.get("teacher", &week).await.text;
    assert!(page.contains("22:30–00:30") && page.contains("Mon 9 Mar"), "{page}");
    let wrong = server.form(ADMINISTRATOR, &path, &form.replace("monday", "")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let form = "day=2026-03-12&starts_at=10:00&ends_at=11:00&room=Lab";
    let path = format!("/classes/{}/meetings", server.class);
    assert_eq!(server.form(ADMINISTRATOR, &path, form).await.status, StatusCode::SEE_OTHER);
    assert!(server.get("teacher", &week).await.text.contains("Lab"));
    assert_eq!(server.get("teacher_b", &week).await.status, StatusCode::FORBIDDEN);
}

on_both!(
    a_change_for_many_classes_follows_a_few_at_a_time,
    an_institution_that_changes_its_zone_meets_at_the_same_hour,
    rooms_are_the_same_in_any_case_of_any_script,
    two_holidays_taken_back_at_once_give_their_meetings_back,
);

async fn rooms_are_the_same_in_any_case_of_any_script(server: TestServer) {
    for (class, room) in [(server.class, "ÄULA ÎLE"), (server.other, "äula île")] {
        let body = json!({
            "starts_at": "2026-03-12T10:00:00Z", "ends_at": "2026-03-12T11:00:00Z", "room": room,
        });
        let path = format!("/api/v1/classes/{class}/meetings");
        let made = server.post(ADMINISTRATOR, &path, body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    }
    let path = format!("/api/v1/classes/{}/clashes", server.class);
    let clashes = server.get("teacher", &path).await.json();
    assert_eq!(clashes["items"][0]["room"], "ÄULA ÎLE", "{clashes}");
}

async fn two_holidays_taken_back_at_once_give_their_meetings_back(server: TestServer) {
    every_tuesday(&server).await;
    let all = starts(&server).await;
    for _ in 0..8 {
        let mut holidays = Vec::new();
        for name in ["Spring", "Strike"] {
            let body = json!({"name": name, "first_on": "2026-03-16", "last_on": "2026-03-18"});
            let made = server.post(ADMINISTRATOR, "/api/v1/holidays", body).await;
            assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
            holidays.push(format!("/api/v1/holidays/{}", made.json()["id"].as_str().unwrap()));
        }
        assert_eq!(starts(&server).await.len(), 5);
        tokio::join!(delete(&server, &holidays[0]), delete(&server, &holidays[1]));
        assert_eq!(starts(&server).await, all);
    }
}

async fn an_institution_that_changes_its_zone_meets_at_the_same_hour(mut server: TestServer) {
    every_tuesday(&server).await;
    server.turn_days(2);
    patch(&server, "/api/v1/settings", json!({"time_zone": "Asia/Kolkata"})).await;
    // 09:00 there; what was held stays.
    let expected =
        ["03-03 09:00", "03-10 03:30", "03-17 03:30", "03-24 03:30", "03-31 03:30", "04-07 03:30"];
    assert_eq!(starts(&server).await, expected);
    let page = server.get(ADMINISTRATOR, "/settings").await.text;
    assert!(page.contains("weekly meetings to come keep their time on the clock"));
}

async fn a_change_for_many_classes_follows_a_few_at_a_time(server: TestServer) {
    let (root, first) = (server.people["super_administrator"], server.class);
    server.act(Some(root), move |tx, ctx| {
        let class = muster_storage::academics::class(tx, first)?.unwrap();
        for section in 0..25 {
            let input = ClassInput {
                course: class.course,
                term: class.term,
                section: format!("M{section}"),
                room: String::new(),
                duration_minutes: None,
                late_after_minutes: None,
                weights: None,
            };
            let class = academics::create_class(tx, ctx, &input)?;
            let weekly = Weekly {
                weekday: Weekday::Tuesday,
                starts_minute: 540,
                ends_minute: 600,
                first_on: Date(20_514),
                last_on: Date(20_550),
            };
            let input = PatternInput { weekly, room: String::new() };
            academics::create_pattern(tx, ctx, class, &input)?;
        }
        Ok(())
    });
    let meetings = |server: &TestServer| server.database.rows(&["meetings"])["meetings"].len();
    let all = meetings(&server);
    let body = json!({"name": "Holi", "first_on": "2026-03-09", "last_on": "2026-03-11"});
    let made = server.post("super_administrator", "/api/v1/holidays", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(meetings(&server), all, "in a moment");
    let next = server.act(None, |tx, _| academics::following(tx)).unwrap();
    assert_eq!((next.asked_by, next.reason.as_str()), (Some(root), "Holiday: Holi"));
    let mut steps = 0;
    while server.act(Some(root), academics::follow_some) {
        steps += 1;
        assert!(meetings(&server) >= all - 10 * steps, "ten at a time");
    }
    assert_eq!((steps, meetings(&server)), (3, all - 25));
    let path = "/api/v1/journal?action=meeting.remove";
    let entries = server.get("registrar", path).await.json();
    assert_eq!(entries["items"][0]["reason"], "Holiday: Holi", "{entries}");
    assert_eq!(entries["items"][0]["actor"], json!(root));
}
