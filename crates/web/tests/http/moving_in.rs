//! A school moves in: what it exported comes back as it was, its timetable becomes weekly meetings.
//!
//! Tests begin on Monday, 2 March 2026, at noon; the term ends on 27 May 2026.

use super::imports::{counts, import, problems, reverse, upload};
use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_app::imports::{self, Hashes};
use muster_domain::ids::{ImportId, SessionId};
use muster_domain::imports::State;
use muster_domain::time::Span;
use serde_json::{Value, json};

on_both!(
    exported_fillers_stay_fillers,
    sessions_of_one_half_hour_are_told_apart,
    imported_marks_belong_to_the_meeting_that_they_mean,
    weekly_lines_make_patterns_which_holidays_interrupt,
    a_weekly_line_changes_the_pattern_that_it_means_and_goes_back,
    what_was_taken_or_moved_since_outlives_the_import_of_its_pattern,
    exceptions_come_back_to_an_empty_timetable,
    roles_and_details_come_back_elsewhere,
    undoing_an_import_of_classes_goes_in_short_steps,
    students_mark_while_a_large_table_is_written,
);

async fn students_mark_while_a_large_table_is_written(server: TestServer) {
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let people: Vec<_> = (0..2_000).map(|n| format!("S{n},Pupil {n}\n")).collect();
    let file = format!("number,name\n{}", people.concat());
    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await.json();
    assert_eq!(counts(&previewed), [2_000, 0, 0, 0, 0], "{previewed}");
    let path = format!("/api/v1/imports/{}", previewed["id"].as_str().unwrap());
    let lines_written = async || {
        let import = server.get("registrar", &path).await.json();
        assert_ne!(import["state"], "imported", "before anybody could mark");
        import["done"].as_i64().filter(|_| import["state"] == "importing").unwrap_or_default()
    };
    let confirmation = format!("{path}/confirmation");
    let confirmed = server.post("registrar", &confirmation, json!({}));
    let marked = async {
        while lines_written().await == 0 {
            tokio::task::yield_now().await;
        }
        let marked = server.post("student", "/api/v1/marks", json!({"code": link})).await;
        assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
        lines_written().await
    };
    let (confirmed, done) = tokio::join!(confirmed, marked);
    assert!((1..2_000).contains(&done), "{done}");
    let confirmed = confirmed.json();
    assert_eq!(
        (&confirmed["state"], counts(&confirmed)),
        (&json!("imported"), [2_000, 0, 0, 0, 0]),
        "{confirmed}"
    );
}

async fn undoing_an_import_of_classes_goes_in_short_steps(server: TestServer) {
    let file = |room: &str| {
        let line = |n| format!("C{n},Course {n},Spring,A,{room}\n");
        "course,course_name,term,section,room\n".to_owned() + &(0..25).map(line).collect::<String>()
    };
    import(&server, "classes", &file("R1")).await;
    let moved = import(&server, "classes", &file("R2")).await;
    assert_eq!(counts(&moved)[1], 25);
    let id: ImportId = moved["id"].as_str().unwrap().parse().unwrap();
    // In one transaction, so that the worker does not come between.
    let root = server.people["super_administrator"];
    let done = server.act(Some(root), move |tx, ctx| {
        imports::reverse(tx, ctx, id)?;
        let mut done = Vec::new();
        loop {
            let now = imports::get(tx, ctx, id)?;
            if now.state != State::Reversing {
                return Ok(done);
            }
            done.push(now.done);
            imports::step(tx, ctx, None, &now, &Hashes::new())?;
        }
    });
    assert_eq!(done, [0, 10, 20], "each brings the meetings of ten classes in line");
    let classes = server.get("registrar", "/api/v1/classes").await.json();
    let rooms = classes["items"].as_array().unwrap().iter().map(|class| &class["room"]);
    assert_eq!(rooms.filter(|room| **room == "R1").count(), 25);
}

async fn marks_table(server: &TestServer) -> String {
    let path = format!("/api/v1/exports/marks.csv?class={}", server.class);
    let file = server.get("registrar", &path).await;
    assert_eq!(file.status, StatusCode::OK, "{}", file.text);
    file.text
}

async fn close(server: &TestServer, session: SessionId) {
    let closure = format!("/api/v1/sessions/{session}/closure");
    assert_eq!(server.post("teacher", &closure, json!({})).await.status, StatusCode::OK);
}

async fn mark(server: &TestServer, session: SessionId, who: &str, status: &str) {
    let path = format!("/api/v1/sessions/{session}/marks/{}", server.people[who]);
    let body = json!({"status": status, "reason": "seen"});
    let marked = server.call("teacher", Method::PUT, &path, body).await;
    assert!(marked.status.is_success(), "{} {}", marked.status, marked.text);
}

async fn exported_fillers_stay_fillers(server: TestServer) {
    let session = server.open_session().await;
    mark(&server, session, "student", "present").await;
    close(&server, session).await;
    let table = marks_table(&server).await;
    let again = upload(&server, "registrar", "marks", table.as_bytes()).await.json();
    assert_eq!(counts(&again), [0, 0, 2, 0, 0], "{table}");
    let done = import(&server, "marks", &table).await;
    assert_eq!(counts(&done), [0, 0, 2, 0, 0]);
    let reopening = format!("/api/v1/sessions/{session}/reopening");
    let body = json!({"reason": "too early", "minutes": 5});
    assert_eq!(server.post("teacher", &reopening, body).await.status, StatusCode::OK);
    close(&server, session).await;
    let reasoned = table.replace("absent,", "absent,At the doctor");
    let said = upload(&server, "registrar", "marks", reasoned.as_bytes()).await.json();
    assert_eq!(counts(&said), [0, 1, 1, 0, 0], "a reason of its own makes it a mark");
}

async fn sessions_of_one_half_hour_are_told_apart(server: TestServer) {
    for status in ["present", "absent"] {
        server.turn(Span::seconds(10 * 60 + 25));
        let session = server.open_session().await;
        mark(&server, session, "student", status).await;
        close(&server, session).await;
    }
    let table = marks_table(&server).await;
    let again = upload(&server, "registrar", "marks", table.as_bytes()).await.json();
    assert_eq!(counts(&again), [0, 0, 4, 0, 0], "{table} {again}");
}

/// When the first class meets, by month, day and hour in UTC, and whether that is cancelled.
async fn starts(server: &TestServer) -> Vec<String> {
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    let all = server.get("registrar", &path).await.json()["items"].as_array().unwrap().clone();
    let words = |row: &Value| {
        let at = row["starts_at"].as_str().unwrap()[5..16].replace('T', " ");
        if row["cancelled_at"].is_null() { at } else { format!("{at} cancelled") }
    };
    all.iter().map(words).collect()
}

async fn patterns(server: &TestServer) -> Vec<Value> {
    let path = format!("/api/v1/classes/{}/patterns", server.class);
    server.get("registrar", &path).await.json()["items"].as_array().unwrap().clone()
}

const WEEKLY: &str = "course,section,term,weekday,start,end,room,first,last\n\
    MA201,A,Spring,Tuesday,09:00,10:00,R 2,2026-03-03,2026-03-24\n";

async fn weekly_lines_make_patterns_which_holidays_interrupt(server: TestServer) {
    let done = import(&server, "timetable", WEEKLY).await;
    assert_eq!(counts(&done), [1, 0, 0, 0, 0]);
    let all = ["03-03 09:00", "03-10 09:00", "03-17 09:00", "03-24 09:00"];
    assert_eq!(starts(&server).await, all);
    assert_eq!(patterns(&server).await[0]["weekday"], "tuesday");
    let holiday = json!({"name": "Break", "first_on": "2026-03-10", "last_on": "2026-03-10"});
    server.post("registrar", "/api/v1/holidays", holiday).await;
    assert_eq!(starts(&server).await, ["03-03 09:00", "03-17 09:00", "03-24 09:00"]);
    assert_eq!(counts(&import(&server, "timetable", WEEKLY).await), [0, 0, 1, 0, 0]);
    let twice = format!("{WEEKLY}MA201,A,Spring,2,09.00,11:00,,2026-03-10,\n");
    let wrong = problems(&server, "timetable", &twice).await;
    assert_eq!(wrong, ["3 weekday: Line 2 has the class meet then on some of these days."]);
    let outside = WEEKLY.replace("2026-03-24", "2026-09-24");
    let wrong = problems(&server, "timetable", &outside).await;
    assert_eq!(wrong, ["2 last: This day is not in the class’s term: choose one that is."]);
}

async fn imported_marks_belong_to_the_meeting_that_they_mean(mut server: TestServer) {
    let twice = format!("{WEEKLY}MA201,A,Spring,Tuesday,14:00,15:00,R 2,2026-03-03,2026-03-24\n");
    import(&server, "timetable", &twice).await;
    server.turn_days(2);
    let heading = "number,course,section,term,date,start,status\n";
    let line = |start| format!("{heading}student,MA201,A,Spring,2026-03-03,{start},P\n");
    let wrong = problems(&server, "marks", &line("")).await;
    assert_eq!(wrong, ["2 starts_at: The class met more than once on that day: give the start."]);
    assert_eq!(counts(&import(&server, "marks", &line("14:05")).await), [1, 0, 0, 0, 0]);
    let sessions = format!("/api/v1/classes/{}/sessions", server.class);
    let made = server.get("teacher", &sessions).await.json()["items"][0].clone();
    assert_eq!(made["opened_at"], "2026-03-03T14:00:00Z", "{made}");
    assert!(made["meeting"].is_string());
    assert_eq!(counts(&import(&server, "marks", &line("14:05")).await), [0, 0, 1, 0, 0]);
}

async fn a_weekly_line_changes_the_pattern_that_it_means_and_goes_back(server: TestServer) {
    let first = import(&server, "timetable", WEEKLY).await;
    let shorter = WEEKLY.replace("R 2", "R 9").replace("2026-03-24", "2026-03-12");
    let second = import(&server, "timetable", &shorter).await;
    assert_eq!(counts(&second), [0, 1, 0, 0, 0]);
    assert_eq!(starts(&server).await, ["03-03 09:00", "03-10 09:00"]);
    assert_eq!(patterns(&server).await[0]["room"], "R 9");
    assert_eq!(reverse(&server, &second).await["kept"], 0);
    assert_eq!(starts(&server).await.len(), 4);
    assert_eq!(patterns(&server).await[0]["room"], "R 2");
    // The pattern was changed since, if only back to what it was.
    assert_eq!(reverse(&server, &first).await["kept"], 1);
    assert_eq!(patterns(&server).await.len(), 1);
}

async fn what_was_taken_or_moved_since_outlives_the_import_of_its_pattern(server: TestServer) {
    let done = import(&server, "timetable", WEEKLY).await;
    let path = format!("/api/v1/classes/{}/meetings", server.class);
    let all = server.get("registrar", &path).await.json()["items"].as_array().unwrap().clone();
    let cancellation = format!("/api/v1/meetings/{}/cancellation", all[1]["id"].as_str().unwrap());
    server.post("registrar", &cancellation, json!({})).await;
    let undone = reverse(&server, &done).await;
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(1)));
    assert_eq!(starts(&server).await, ["03-10 09:00 cancelled"]);
    assert!(patterns(&server).await.is_empty(), "the pattern has ended");
}

async fn exceptions_come_back_to_an_empty_timetable(server: TestServer) {
    let table = "course,section,term,date,weekday,start,end,room,first,last,status\n\
        MA201,A,Spring,2026-03-11,,12:00,13:00,,,,\n\
        MA201,A,Spring,2026-03-10,,09:00,10:00,,,,cancelled\n\
        MA201,A,Spring,2026-03-05,,09:00,10:00,,,,cancelled\n\
        MA201,A,Spring,,Tuesday,09:00,10:00,R 2,2026-03-03,2026-03-24,\n\
        MA201,A,Spring,2026-03-17,,09:00,11:00,R 3,,,\n";
    let done = import(&server, "timetable", table).await;
    assert_eq!(counts(&done), [2, 2, 1, 0, 0], "two are made, two are exceptions, one is nothing");
    let all = ["03-03 09:00", "03-10 09:00 cancelled", "03-11 12:00", "03-17 09:00", "03-24 09:00"];
    assert_eq!(starts(&server).await, all);
    assert_eq!(counts(&import(&server, "timetable", table).await), [0, 0, 5, 0, 0]);
    assert_eq!(reverse(&server, &done).await["kept"], 0);
    assert!(starts(&server).await.is_empty());
}

async fn roles_and_details_come_back_elsewhere(server: TestServer) {
    let people = "number,name,role\nP1,Pia,\"organiser, gate\"\nP2,Pit,student;registrar\n";
    let wrong = problems(&server, "people", people).await;
    assert_eq!(wrong, ["3 role: Administrators are named by hand, not by a file."]);
    let right = people.replace(";registrar", "");
    import(&server, "people", &right).await;
    let table = server.get("registrar", "/api/v1/exports/people.csv").await.text;
    assert!(table.lines().any(|line| line.starts_with("P1,Pia,organiser; gate,")), "{table}");
    let classes = "course,section,term,weights,latitude,longitude\n\
        MA201,A,Spring,100/50/-/0,12.971599,77.594566\n";
    let done = import(&server, "classes", classes).await;
    assert_eq!(counts(&import(&server, "classes", classes).await), [0, 0, 1, 0, 0]);
    let path = format!("/api/v1/classes/{}", server.class);
    let class = server.get("registrar", &path).await.json();
    assert_eq!(class["weights"]["late"], 50, "{class}");
    assert_eq!(reverse(&server, &done).await["kept"], 0);
    let class = server.get("registrar", &path).await.json();
    assert!(class["weights"].is_null(), "{class}");
    let upside_down = "course,section,term,weights,latitude,longitude\n\
        MA201,A,Spring,50 100 - 0,91,\n";
    let wrong = problems(&server, "classes", upside_down).await;
    assert_eq!(wrong.len(), 2, "{wrong:?}");
}
