//! What students and staff see of their own: standing, timetable, calendar.

use super::imports::import;
use super::server::TestServer;
use super::timetable::every_tuesday;
use axum::http::{Method, StatusCode};
use muster_domain::ids::ClassId;
use muster_domain::time::Span;
use muster_testkit::{postgres, sqlite};
use serde_json::{Value, json};

/// Takes attendance of the first class, with those marks; who is not named is absent.
async fn session(server: &TestServer, marks: &[(&str, &str)]) {
    let session = server.open_session().await;
    for (who, status) in marks {
        let path = format!("/api/v1/sessions/{session}/marks/{}", server.people[who]);
        let done = server.call("teacher", Method::PUT, &path, json!({"status": status})).await;
        assert!(done.status.is_success(), "{}", done.text);
    }
    let closure = format!("/api/v1/sessions/{session}/closure");
    assert_eq!(server.post("teacher", &closure, json!({})).await.status, StatusCode::OK);
    server.turn(Span::minutes(20));
}

/// Lets the first class, or the other one, meet.
async fn meet(server: &TestServer, class: ClassId, starts_at: &str, ends_at: &str) -> String {
    let body = json!({"starts_at": starts_at, "ends_at": ends_at, "room": "Hall 3"});
    let path = format!("/api/v1/classes/{class}/meetings");
    let made = server.post("registrar", &path, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let text = made.json();
    text["id"].as_str().or_else(|| text["ids"][0].as_str()).unwrap_or_default().to_owned()
}

async fn zone(server: &TestServer, name: &str) {
    let body = json!({"time_zone": name});
    server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
}

async fn own_meetings(server: &TestServer, who: &str, days: &str) -> Vec<Value> {
    let answer = server.get(who, &format!("/api/v1/me/meetings?{days}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    answer.json()["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn nothing_taken_is_a_dash_and_one_of_two_is_half() {
    let server = TestServer::start(sqlite());
    let nothing = server.get("student", "/attendance").await.text;
    assert!(nothing.contains("<b>–</b>") && !nothing.contains("NaN"));
    session(&server, &[("student", "present")]).await;
    session(&server, &[]).await;
    let half = server.get("student", "/attendance").await.text;
    assert!(half.contains("50.0 %") && half.contains("Critical"));
    assert!(half.contains("Attend the next 2 sessions in a row"));
}

on_both!(figures_are_of_the_term_or_the_class_that_is_asked_for);

/// One of two in the term that runs, two of two in an earlier one.
async fn figures_are_of_the_term_or_the_class_that_is_asked_for(server: TestServer) {
    let term = json!({"name": "Autumn", "starts_on": "2024-01-08", "ends_on": "2024-06-28"});
    let autumn = server.post("registrar", "/api/v1/terms", term).await.json()["id"].clone();
    let courses = server.get("registrar", "/api/v1/courses").await.json();
    let class = json!({"course": courses["items"][0]["id"], "term": autumn, "section": "C"});
    let early = server.post("registrar", "/api/v1/classes", class).await.json()["id"].clone();
    let early = early.as_str().unwrap();
    let numbers = json!({"numbers": ["student"]});
    server.post("registrar", &format!("/api/v1/classes/{early}/enrolments"), numbers).await;
    let marks = "number,course,section,term,date,status\n\
        student,MA201,C,Autumn,2024-03-04,P\nstudent,MA201,C,Autumn,2024-03-11,P\n\
        student,MA201,A,Spring,2025-03-03,P\nstudent,MA201,A,Spring,2025-03-10,A\n";
    import(&server, "marks", marks).await;

    let autumn = autumn.as_str().unwrap();
    for (query, whole, sections) in [
        (String::new(), "50.0 %", "A"),
        (format!("?term={autumn}"), "100.0 %", "C"),
        ("?term=all".to_owned(), "75.0 %", "AC"),
    ] {
        let page = server.get("student", &format!("/attendance{query}")).await.text;
        assert!(page.contains(&format!("<b>{whole}</b>")), "{query}: {page}");
        let is_listed = |section: &&str| page.contains(&format!("MA201 · {section}"));
        let listed: String = ["A", "C"].into_iter().filter(is_listed).collect();
        assert_eq!(listed, sections, "{query}");
    }
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let terms = terms["items"].as_array().unwrap().iter();
    let spring = terms.filter(|term| term["name"] == "Spring").map(|term| &term["id"]).next();
    let spring = spring.unwrap().as_str().unwrap();
    for (query, percentage, held) in [
        (String::new(), 75.0, 4),
        (format!("?term={spring}"), 50.0, 2),
        (format!("?term={autumn}"), 100.0, 2),
        (format!("?class={early}"), 100.0, 2),
        (format!("?class={}", server.class), 50.0, 2),
        (format!("?term={spring}&class={}", server.class), 50.0, 2),
    ] {
        let path = format!("/api/v1/people/{}/attendance{query}", server.people["student"]);
        let found = server.get("student", &path).await.json();
        assert_eq!(found["overall"]["percentage"], percentage, "{query}: {found}");
        let sessions = found["classes"].as_array().unwrap().iter();
        let sessions = sessions.map(|class| class["sessions"].as_array().unwrap().len());
        assert_eq!(sessions.sum::<usize>(), held, "{query}");
    }
    let nothing = format!(
        "/api/v1/people/{}/attendance?term={autumn}&class={}",
        server.people["student"], server.class
    );
    let nothing = server.get("student", &nothing).await.json();
    assert_eq!(
        (&nothing["overall"]["percentage"], &nothing["classes"]),
        (&Value::Null, &json!([]))
    );
}

#[tokio::test]
async fn figures_are_the_same_on_every_page_and_in_the_interface_postgres() {
    let server = TestServer::start(postgres());
    for status in ["present", "late", "present", "excused", "absent", "absent"] {
        session(&server, &[("student", status)]).await;
    }
    let (class, person) = (server.class, server.people["student"]);
    for (who, path) in [
        ("student", "/".to_owned()),
        ("student", "/attendance".to_owned()),
        ("student", format!("/classes/{class}/attendance")),
        ("teacher", format!("/classes/{class}")),
        ("teacher", format!("/classes/{class}/students/{person}")),
        ("teacher", format!("/people/{person}/attendance")),
    ] {
        let page = server.get(who, &path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
        assert!(page.text.contains("60.0 %"), "{path}");
    }
    let answer = server.get("student", &format!("/api/v1/people/{person}/attendance")).await;
    let answer = answer.json();
    assert_eq!(answer["overall"]["percentage"], 60.0);
    assert_eq!(answer["overall"]["sessions_to_safe"], 3);
    assert_eq!(answer["classes"][0]["streak"], json!({"attended": 0, "longest": 3, "missed": 2}));
}

#[tokio::test]
async fn three_absences_in_a_row_are_told_though_the_percentage_is_safe() {
    let server = TestServer::start(sqlite());
    for _ in 0..12 {
        session(&server, &[("student", "present")]).await;
    }
    for _ in 0..3 {
        session(&server, &[]).await;
    }
    let page = server.get("student", "/attendance").await.text;
    assert!(page.contains("80.0 %") && page.contains("3 sessions missed in a row."));
}

#[tokio::test]
async fn a_student_moved_to_another_section_keeps_history_and_percentage() {
    let server = TestServer::start(sqlite());
    for status in ["present", "present", "absent"] {
        session(&server, &[("student", status)]).await;
    }
    let person = server.people["student"];
    let standing = async || {
        let all = server.get("student", &format!("/api/v1/people/{person}/attendance")).await;
        let all = all.json();
        let class = all["classes"].as_array().unwrap().iter().find(|one| one["section"] == "A");
        (all["overall"]["percentage"].clone(), class.unwrap().clone())
    };
    let before = standing().await;
    assert_eq!(before.0, 66.7);
    let body = json!({"people": [person], "to": server.other});
    let path = format!("/api/v1/classes/{}/transfers", server.class);
    let moved = server.post("registrar", &path, body).await;
    assert!(moved.status.is_success(), "{}", moved.text);
    // The section that was left goes on without the student.
    session(&server, &[]).await;
    assert_eq!(standing().await, before);
    let page = server.get("student", "/attendance").await.text;
    assert!(page.contains("MA201 · A · left") && page.contains("MA201 · B"));
    assert!(page.contains("66.7 %"));
    let history = server.get("student", &format!("/classes/{}/attendance", server.class)).await;
    assert_eq!(history.text.matches("data-label=\"Status\"").count(), 3);
}

#[tokio::test]
async fn a_past_meeting_shows_the_own_mark_and_one_without_a_session_says_so() {
    let server = TestServer::start(sqlite());
    meet(&server, server.class, "2026-03-02T08:00:00Z", "2026-03-02T09:00:00Z").await;
    let meeting = meet(&server, server.class, "2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z").await;
    let meetings = format!("/api/v1/classes/{}/meetings", server.class);
    let all = server.get("teacher", &meetings).await.json();
    let meeting = if meeting.is_empty() { all["items"][1]["id"].clone() } else { json!(meeting) };
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let opened = server.post("teacher", &path, json!({"meeting": meeting})).await.json();
    let id = opened["id"].as_str().unwrap();
    let mark = format!("/api/v1/sessions/{id}/marks/{}", server.people["student"]);
    server.call("teacher", Method::PUT, &mark, json!({"status": "late"})).await;
    let own = own_meetings(&server, "student", "").await;
    let outcomes: Vec<_> = own.iter().map(|slot| (&slot["outcome"], &slot["status"])).collect();
    assert_eq!(outcomes, [(&json!("not_taken"), &Value::Null), (&json!("marked"), &json!("late"))]);
    let staff = own_meetings(&server, "teacher", "").await;
    assert_eq!(
        (&staff[0]["outcome"], &staff[1]["outcome"]),
        (&json!("not_taken"), &json!("taken"))
    );
    let page = server.get("student", "/timetable").await.text;
    assert!(page.contains("Not taken") && page.contains("Late"));
    let month = server.get("student", "/calendar?month=2026-03").await.text;
    assert!(month.contains("Monday, 2 March: Late, 2 meetings"), "{month}");
}

#[tokio::test]
async fn a_meeting_over_midnight_stands_on_the_day_on_which_it_begins() {
    let server = TestServer::start(sqlite());
    // 23:00 to 01:00 in Berlin, from a Sunday to a Monday.
    zone(&server, "Europe/Berlin").await;
    meet(&server, server.class, "2026-03-08T22:00:00Z", "2026-03-09T00:00:00Z").await;
    let sunday = server.get("student", "/timetable?week=2026-03-02").await.text;
    assert!(sunday.contains("23:00–01:00") && sunday.contains("Sun 8 Mar"));
    assert!(server.get("student", "/timetable?week=2026-03-09").await.text.contains("Nothing"));
    let month = server.get("student", "/calendar?month=2026-03&day=2026-03-08").await.text;
    assert!(month.contains("Sunday, 8 March: Planned, 1 meeting<"));
}

#[tokio::test]
async fn a_weekly_class_keeps_its_hour_when_the_clocks_change() {
    let server = TestServer::start(sqlite());
    zone(&server, "Europe/Berlin").await;
    every_tuesday(&server).await;
    // The clocks go forward on 29 March.
    for (week, day) in [("2026-03-23", "Tue 24 Mar"), ("2026-03-30", "Tue 31 Mar")] {
        let page = server.get("student", &format!("/timetable?week={week}")).await.text;
        assert!(page.contains(day) && page.contains("09:00–10:30"), "{week}: {page}");
    }
}

#[tokio::test]
async fn nobody_reads_the_standing_of_somebody_elses_student() {
    let server = TestServer::start(sqlite());
    let path = format!("/people/{}/attendance", server.people["student"]);
    for who in ["student_2", "teacher_b", "finance"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test]
async fn odd_weeks_and_months_fall_back_to_now() {
    let server = TestServer::start(sqlite());
    for path in [
        "/timetable?week=yesterday",
        "/calendar?month=2026-13",
        "/calendar?month=&day=x",
        "/attendance?term=none",
    ] {
        assert_eq!(server.get("student", path).await.status, StatusCode::OK, "{path}");
    }
    assert!(server.get("student", "/calendar?month=9999-99").await.text.contains("March 2026"));
    assert_eq!(server.get("student", "/api/v1/me/meetings?from=x").await.status, 422);
    let backwards = "/api/v1/me/meetings?from=2026-03-02&until=2026-03-01";
    assert_eq!(server.get("student", backwards).await.status, 422);
}

/// Makes a calendar feed; the path of its address.
async fn feed(server: &TestServer, who: &str) -> String {
    let made = server.post(who, "/api/v1/me/calendar-feed", json!({})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let address = made.json()["address"].as_str().unwrap().to_owned();
    address.strip_prefix("http://muster.test").unwrap().to_owned()
}

#[tokio::test]
async fn a_calendar_program_reads_the_own_meetings_by_a_private_address_postgres() {
    let server = TestServer::start(postgres());
    meet(&server, server.class, "2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z").await;
    meet(&server, server.other, "2026-03-04T09:00:00Z", "2026-03-04T10:00:00Z").await;
    let path = feed(&server, "student").await;
    let answer = server.get("nobody", &path).await;
    assert_eq!(answer.headers["content-type"], "text/calendar; charset=utf-8");
    assert_eq!(answer.text.matches("BEGIN:VEVENT").count(), 1);
    assert!(answer.text.contains("DTSTART:20260303T090000Z") && answer.text.contains("Hall 3"));
    let mut again = server.request("nobody", Method::GET, &path, axum::body::Body::empty());
    again.headers_mut().insert("if-none-match", answer.headers["etag"].clone());
    assert_eq!(server.send(again).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn an_address_stops_working_when_it_is_replaced_or_turned_off_or_its_person_is_gone() {
    let server = TestServer::start(sqlite());
    let first = feed(&server, "student").await;
    let second = feed(&server, "student").await;
    assert_eq!(server.get("nobody", &first).await.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get("nobody", &second).await.status, StatusCode::OK);
    let page = server.get("student", "/timetable").await.text;
    assert!(page.contains("Turn off") && !page.contains(&second));
    server.call("student", Method::DELETE, "/api/v1/me/calendar-feed", json!({})).await;
    assert_eq!(server.get("nobody", &second).await.status, StatusCode::NOT_FOUND);
    let third = feed(&server, "student").await;
    let person = format!("/api/v1/people/{}", server.people["student"]);
    server.call("registrar", Method::PATCH, &person, json!({"active": false})).await;
    assert_eq!(server.get("nobody", &third).await.status, StatusCode::NOT_FOUND);
    for guess in ["/calendar-feeds/.ics", "/calendar-feeds/x", "/calendar-feeds/aaaa.ics"] {
        assert_eq!(server.get("nobody", guess).await.status, StatusCode::NOT_FOUND);
    }
}

/// What the students' tallies and the session's own add up to, in the first class.
fn sums(server: &TestServer) -> (Vec<i64>, Vec<i64>) {
    let class = server.class;
    server.act(None, move |tx, _| {
        let all = |tally: muster_domain::attendance::Tally| {
            muster_domain::attendance::Status::ALL.map(|status| tally.of(status))
        };
        let sum = |rows: Vec<[i64; 4]>| -> Vec<i64> {
            (0..4).map(|n| rows.iter().map(|row| row[n]).sum()).collect()
        };
        let students = muster_storage::tallies::tallies_of_class(tx, class)?;
        let sessions = muster_storage::tallies::sessions_of_class(tx, class)?;
        let students = students.into_iter().map(|(_, tally)| all(tally)).collect();
        let sessions = sessions.into_iter().map(|row| all(row.tally())).collect();
        Ok((sum(students), sum(sessions)))
    })
}

#[tokio::test]
async fn tallies_of_students_and_of_sessions_stay_equal_postgres() {
    let server = TestServer::start(postgres());
    let id = server.open_session().await;
    let path = format!("/api/v1/sessions/{id}");
    server.post("teacher", &format!("{path}/closure"), json!({})).await;
    let mark = format!("{path}/marks/{}", server.people["student"]);
    let body = json!({"status": "present", "reason": "came by"});
    server.call("teacher", Method::PUT, &mark, body).await;
    assert_eq!(sums(&server).0.iter().sum::<i64>(), 2);
    assert_eq!(sums(&server).0, sums(&server).1);
    let body = json!({"reason": "too early", "minutes": 5});
    server.post("teacher", &format!("{path}/reopening"), body).await;
    assert_eq!(sums(&server), (vec![0; 4], vec![0; 4]));
}
