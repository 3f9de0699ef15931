//! Opening, closing on time, reopening.

use super::live::{event, event_with};
use super::many::enrol_many;
use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::{postgres, sqlite};
use serde_json::json;

async fn opened_twice_at_once(server: TestServer) {
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let open = || server.post("teacher", &path, json!({"methods": ["qr"]}));
    let (first, second) = tokio::join!(open(), open());
    let (won, lost) = if first.status == 201 { (first, second) } else { (second, first) };
    assert_eq!((won.status, lost.status), (StatusCode::CREATED, StatusCode::CONFLICT));
    assert_eq!(lost.reason(), "session-open");
    assert_eq!(lost.json()["session"], won.json()["id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_twice_at_once_one_is_opened_and_the_other_is_led_to_it() {
    opened_twice_at_once(TestServer::start(sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn opened_twice_at_once_one_is_opened_on_postgres_too() {
    opened_twice_at_once(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn it_closes_on_time_although_nobody_looks_and_the_missing_are_absent() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    server.turn(Span::minutes(14));
    assert_eq!(server.act(None, muster_app::sessions::close_due), 0);
    server.turn(Span::minutes(1));
    assert_eq!(server.act(None, muster_app::sessions::close_due), 1);
    let answer = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    assert_eq!((&answer["state"], &answer["counts"]["absent"]), (&json!("closed"), &json!(1)));
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains("100.0 %"));
}

async fn five_thousand_are_marked_absent_and_back(server: TestServer) {
    enrol_many(&server, server.class, 5_000);
    let session = server.open_session().await;
    let path = format!("/api/v1/sessions/{session}");
    let stream = server.open("teacher", &format!("{path}/events")).await;
    let mut stream = stream.into_body().into_data_stream();
    assert!(event(&mut stream, "snapshot").await.contains("\"unmarked\":5002"));
    let all = json!({"status": "late", "extent": "all", "reason": "the doors stuck"});
    let bulk = server.post("teacher", &format!("{path}/bulk-marks"), all).await.json();
    event_with(&mut stream, "snapshot", "\"late\":5002").await;
    let undo = format!("{path}/bulk-marks/{}/reversal", bulk["id"].as_str().unwrap());
    server.post("teacher", &undo, json!({})).await;
    event_with(&mut stream, "snapshot", "\"unmarked\":5002").await;
    let closed = server.post("teacher", &format!("{path}/closure"), json!({})).await.json();
    assert_eq!(closed["counts"]["absent"], closed["counts"]["enrolled"]);
    assert!(closed["counts"]["absent"].as_i64() > Some(5_000));
    for page in ["", "/register"] {
        let page = server.get("teacher", &format!("/sessions/{session}{page}")).await;
        assert!(page.text.contains("Listener 4999"), "{}", page.status);
    }
    let again = json!({"reason": "fire drill", "minutes": 5});
    let open = server.post("teacher", &format!("{path}/reopening"), again).await.json();
    assert_eq!(open["counts"]["absent"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hall_of_five_thousand_is_closed_and_opened_again() {
    five_thousand_are_marked_absent_and_back(TestServer::start(sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hall_of_five_thousand_is_closed_and_opened_again_on_postgres() {
    five_thousand_are_marked_absent_and_back(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn reopened_its_fillers_go_and_figures_follow() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains("0.0 %") && own.contains("Attend the next 3 sessions in a row"));
    let reopening = format!("/api/v1/sessions/{session}/reopening");
    let without = server.post("teacher", &reopening, json!({"reason": " ", "minutes": 5})).await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let answer =
        server.post("teacher", &reopening, json!({"reason": "fire drill", "minutes": 5})).await;
    assert_eq!(answer.json()["counts"]["absent"], 0);
    let (link, _) = server.code(session).await;
    assert_eq!(server.post("student", "/api/v1/marks", json!({"code": link})).await.status, 201);
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let own = server.get("student", &format!("/classes/{}/attendance", server.class)).await.text;
    assert!(own.contains("100.0 %"));
}

#[tokio::test]
async fn a_clock_set_back_while_it_is_open_harms_nothing() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.turn(Span::hours(-3));
    let (link, _) = server.code(session).await;
    assert_eq!(server.post("student", "/api/v1/marks", json!({"code": link})).await.status, 201);
    let closed =
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    assert_eq!(closed.json()["state"], "closed");
    let report = std::thread::spawn(move || muster_storage::journal::verify(&server.store, |_| {}));
    let report = report.join().unwrap().unwrap();
    assert!(report.holds());
}

#[tokio::test]
async fn extending_moves_the_end() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let before = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    let path = format!("/api/v1/sessions/{session}/extension");
    let after = server.post("teacher", &path, json!({"minutes": 5})).await.json();
    assert!(after["ends_at"].as_str() > before["ends_at"].as_str());
    let odd = server.post("teacher", &path, json!({"minutes": 100_000})).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// A meeting of the first class that runs from now on for an hour.
async fn meeting(server: &TestServer) -> String {
    let times = json!({"starts_at": "2026-03-02T12:00:00Z", "ends_at": "2026-03-02T13:00:00Z"});
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    let made = server.post("registrar", &path, times).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// The session to which an answer leads.
fn led_to(answer: &Answer) -> SessionId {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers["location"].to_str().unwrap().rsplit('/').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_button_takes_the_meeting_that_runs_and_takes_it_once() {
    let server = TestServer::start(sqlite());
    let meeting = meeting(&server).await;
    let button = format!("/classes/{}/sessions", server.class);
    let session = led_to(&server.form("teacher", &button, "").await);
    let root = server.people["super_administrator"];
    let row = server.act(Some(root), move |tx, ctx| muster_app::sessions::get(tx, ctx, session));
    assert_eq!(row.meeting.map(|meeting| meeting.to_string()), Some(meeting.clone()));
    assert_eq!(led_to(&server.form("teacher", &button, "").await), session, "pressed twice");

    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let again = server.post("teacher", &path, json!({"meeting": meeting})).await;
    assert_eq!((again.status, again.reason()), (StatusCode::CONFLICT, "meeting-taken".into()));
    assert_eq!(again.json()["session"], session.to_string());
    let field = format!("meeting={meeting}");
    assert_eq!(led_to(&server.form("teacher", &button, &field).await), session);
}

#[tokio::test]
async fn another_session_while_one_is_open_is_asked_about() {
    let server = TestServer::start(sqlite());
    let button = format!("/classes/{}/sessions", server.class);
    let open = led_to(&server.form("teacher", &button, "").await);
    let asked = server.form("teacher", &button, "mode=online").await;
    assert_eq!(asked.status, StatusCode::CONFLICT);
    assert!(asked.text.contains("Close it and open anew"), "{}", asked.text);
    let instead = format!("mode=online&instead={open}");
    let other = led_to(&server.form("teacher", &button, &instead).await);
    assert_ne!(other, open);
    let closed = server.get("teacher", &format!("/api/v1/sessions/{open}")).await.json();
    assert_eq!(closed["state"], "closed");
}

#[tokio::test]
async fn a_session_is_opened_with_choices_and_mistakes_stand_beside_them() {
    let server = TestServer::start(sqlite());
    let path = format!("/classes/{}/sessions/new", server.class);
    let form = server.get("teacher", &path).await;
    assert_eq!(form.status, StatusCode::OK);
    assert!(form.text.contains("Outside the timetable") || form.text.contains("outside"));
    let button = format!("/classes/{}/sessions", server.class);
    let fields = "chosen=true&topic=Vector+spaces&code=true&duration_minutes=";
    let wrong = server.form("teacher", &button, &format!("{fields}long")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Vector spaces"), "what was typed stays");
    let session = led_to(&server.form("teacher", &button, &format!("{fields}25")).await);
    let root = server.people["super_administrator"];
    let row = server.act(Some(root), move |tx, ctx| muster_app::sessions::get(tx, ctx, session));
    assert_eq!(
        (row.topic.as_deref(), row.methods.as_str()),
        (Some("Vector spaces"), "code manual")
    );
    assert_eq!(row.ends_at - row.opened_at, Span::minutes(25));
}

#[tokio::test]
async fn an_absence_that_a_person_says_again_is_no_filler_any_more() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let student = server.people["student"];
    let path = format!("/api/v1/sessions/{session}/marks/{student}");
    let said = server.call("teacher", Method::PUT, &path, json!({"status": "absent"})).await;
    assert_eq!(said.json()["method"], "manual", "{}", said.text);
    let reopening = format!("/api/v1/sessions/{session}/reopening");
    let reason = json!({"reason": "fire drill", "minutes": 5});
    let reopened = server.post("teacher", &reopening, reason).await.json();
    assert_eq!(reopened["counts"]["absent"], 1, "fillers go, this stays");
}

/// From 23:55 to 00:10 in the institution's zone, which is noon and later in UTC.
#[tokio::test]
async fn a_session_over_midnight_belongs_to_the_day_on_which_it_began() {
    let mut server = TestServer::start(sqlite());
    let zone = json!({"time_zone": "Pacific/Auckland"});
    server.call("registrar", Method::PATCH, "/api/v1/settings", zone).await;
    // 01:00 there on 3 March; the eve of the 4th is 23 hours later, but for five minutes.
    server.turn_days(1);
    server.turn(Span::minutes(-65));
    let leave = json!({"starts_on": "2026-03-04", "ends_on": "2026-03-04", "reason": "A funeral"});
    let asked = server.post("student_2", "/api/v1/leaves", leave).await.json();
    let path = format!("/api/v1/leaves/{}/decision", asked["id"].as_str().unwrap());
    let decided = server.post("registrar", &path, json!({"approve": true})).await;
    assert_eq!(decided.json()["state"], "approved", "{}", decided.text);
    let session = server.open_session().await;
    server.turn(Span::minutes(8));
    let (link, _) = server.code(session).await;
    let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await;
    assert_eq!(marked.json()["status"], "present", "{}", marked.text);
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let path = format!("/api/v1/classes/{}/figures", server.class);
    let figures = server.get("teacher", &path).await.json();
    assert_eq!(figures["days"][0]["date"], "2026-03-03", "{figures}");
    // Leave of the day after excuses nobody here.
    assert_eq!(figures["days"][0]["attendance"]["absent"], 1, "{figures}");
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains("23:55"), "the institution's clock, whoever looks from wherever");
}

#[tokio::test]
async fn programs_list_every_open_session_with_its_class_and_teacher() {
    let server = TestServer::start(sqlite());
    let none = server.get("registrar", "/api/v1/sessions?state=open").await;
    assert_eq!(none.json()["items"], json!([]), "{}", none.text);
    let session = server.open_session().await;
    let open = server.get("registrar", "/api/v1/sessions?state=open").await.json();
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "{open}");
    let item = &open["items"][0];
    assert_eq!(item["id"], session.to_string());
    assert_eq!((&item["course_code"], &item["section"]), (&json!("MA201"), &json!("A")));
    assert_eq!((&item["teacher"], &item["counts"]["enrolled"]), (&json!("teacher"), &json!(2)));
    assert_eq!(server.get("registrar", "/api/v1/sessions?state=closed").await.status, 400);
    assert_eq!(server.get("teacher", "/api/v1/sessions?state=open").await.status, 403);
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let open = server.get("registrar", "/api/v1/sessions").await.json();
    assert_eq!(open["items"], json!([]), "{open}");
}
