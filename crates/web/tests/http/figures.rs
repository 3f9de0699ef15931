//! A class in figures: charts, badges, registers as page and files.

use super::server::TestServer;
use axum::http::{Method, StatusCode};
use muster_domain::academics::EnrolmentStatus;
use muster_domain::ids::{EnrolmentId, PersonId};
use muster_domain::time::Span;
use muster_storage::enrolment::EnrolmentRow;
use muster_storage::people::PersonRow;
use muster_testkit::{postgres, sqlite};
use serde_json::json;

/// Takes attendance of the first class; who is not named is absent.
async fn session(server: &TestServer, present: &[&str]) -> String {
    let session = server.open_session().await;
    for who in present {
        let path = format!("/api/v1/sessions/{session}/marks/{}", server.people[who]);
        server.call("teacher", Method::PUT, &path, json!({"status": "present"})).await;
    }
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    server.turn(Span::minutes(20));
    session.to_string()
}

/// A server with three sessions: the student always came, the other one once.
async fn filled(server: &TestServer) -> String {
    session(server, &["student", "student_2"]).await;
    session(server, &["student"]).await;
    session(server, &["student"]).await
}

#[tokio::test]
async fn a_class_has_its_days_its_months_and_each_sessions_counts_postgres() {
    let server = TestServer::start(postgres());
    filled(&server).await;
    let path = format!("/classes/{}", server.class);
    let page = server.get("teacher", &path).await.text;
    assert!(
        page.contains("66.7 %") && page.contains("Mon 2 Mar 2026") && page.contains("March 2026")
    );
    let figures = server.get("teacher", &format!("/api/v1{path}/figures")).await.json();
    assert_eq!(figures["sessions"], 3);
    assert_eq!(figures["days"][0]["date"], "2026-03-02");
    assert_eq!(figures["days"][0]["attendance"]["percentage"], 66.7);
    assert_eq!(figures["months"][0]["attendance"]["absent"], 2);
    assert_eq!(figures["students"][1]["attendance"]["percentage"], 33.3);
}

#[tokio::test]
async fn the_list_is_narrowed_by_badge_and_ordered_by_percentage() {
    let server = TestServer::start(sqlite());
    filled(&server).await;
    let path = format!("/classes/{}", server.class);
    let page = server.get("teacher", &format!("{path}?badge=critical&sort=percentage")).await.text;
    let student = |who: &str| format!("/students/{}", server.people[who]);
    assert!(page.contains(&student("student_2")) && !page.contains(&student("student")));
    let ordered = server.get("teacher", &format!("{path}?sort=percentage")).await.text;
    let at = |who: &str| ordered.find(&student(who)).unwrap();
    assert!(at("student_2") < at("student"));
    assert!(ordered.contains("aria-sort=\"ascending\""));
    let odd = server.get("teacher", &format!("{path}?badge=x&sort=%00&after=9")).await;
    assert_eq!(odd.status, StatusCode::OK);
}

#[tokio::test]
async fn a_register_is_a_page_and_two_files() {
    let server = TestServer::start(sqlite());
    let last = filled(&server).await;
    for base in
        [format!("/classes/{}/register", server.class), format!("/sessions/{last}/register")]
    {
        let page = server.get("teacher", &base).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert!(page.text.contains("student_2"));
        let csv = server.get("teacher", &format!("{base}?format=csv")).await;
        assert!(csv.headers["content-disposition"].to_str().unwrap().ends_with(".csv\""));
        assert!(csv.text.starts_with("\u{feff}Roll,Number,Name,"), "{}", csv.text);
        let workbook = server.get("teacher", &format!("{base}?format=xlsx")).await;
        assert!(workbook.text.starts_with("PK"));
        assert_eq!(server.get("teacher_b", &base).await.status, StatusCode::FORBIDDEN);
        assert_eq!(server.get("student", &base).await.status, StatusCode::FORBIDDEN);
    }
    let term = format!("/classes/{}/register?format=csv", server.class);
    let term = server.get("teacher", &term).await.text;
    let row = term.lines().find(|line| line.contains("student_2")).unwrap();
    assert!(row.ends_with("P,A,A,1,0,0,2,33.3"), "{row}");
}

#[tokio::test]
async fn a_name_that_would_be_a_formula_stays_text_in_the_file() {
    let server = TestServer::start(sqlite());
    let last = filled(&server).await;
    let person = format!("/api/v1/people/{}", server.people["student"]);
    server.call("registrar", Method::PATCH, &person, json!({"name": "=HYPERLINK(1)"})).await;
    let csv = server.get("teacher", &format!("/sessions/{last}/register?format=csv")).await.text;
    assert!(csv.contains("'=HYPERLINK(1)"), "{csv}");
}

#[tokio::test]
async fn five_thousand_students_in_one_class_come_page_by_page() {
    let server = TestServer::start(sqlite());
    let class = server.class;
    server.plant(None, move |tx, ctx| {
        for n in 0..5_000_u128 {
            let id = PersonId(uuid::Uuid::from_u128(0x5000_0000 + n));
            let row = PersonRow {
                id,
                number: format!("N{n}"),
                username: None,
                email: None,
                name: format!("Student {n}"),
                title: None,
                phone: None,
                programme: None,
                active: true,
                version: 1,
            };
            muster_storage::people::insert(tx, &row, ctx.now())?;
            let place = EnrolmentRow {
                id: EnrolmentId(uuid::Uuid::from_u128(0x6000_0000 + n)),
                class,
                person: id,
                name: row.name,
                number: row.number,
                roll_number: (n + 10).to_string(),
                status: EnrolmentStatus::Active,
                in_use: true,
                version: 1,
            };
            muster_storage::enrolment::insert(tx, &place, ctx.now())?;
        }
        Ok(())
    });
    filled(&server).await;
    let page = server.get("teacher", &format!("/classes/{class}")).await.text;
    assert!(page.contains("200 of 5002 students") && page.len() < 1_000_000, "{}", page.len());
    let last = server.get("teacher", &format!("/classes/{class}?after=5000")).await.text;
    assert!(last.contains("2 of 5002 students"));
}

#[tokio::test]
async fn the_institution_is_one_page_of_figures_for_administrators_alone_postgres() {
    let server = TestServer::start(postgres());
    filled(&server).await;
    let page = server.get("registrar", "/analytics").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    for words in ["66.7 %", "Mon 2 Mar 2026", "Week from", "Monday", "Linear Algebra"] {
        assert!(page.text.contains(words), "{words}");
    }
    let before = server.get("registrar", "/analytics?until=2026-03-01").await.text;
    assert!(before.contains("No sessions in this time"));
    let absentees = server.get("registrar", "/analytics/absentees").await.text;
    assert!(absentees.contains("student_2") && !absentees.contains("<small>student</small>"));
    for (path, line) in [
        ("/analytics?table=days&format=csv", "Mon 2 Mar 2026,3,4,0,0,2,66.7"),
        ("/analytics?table=weekdays&format=csv", "Monday,3,4,0,0,2,66.7"),
        ("/analytics?table=classes&format=csv", "MA201,Linear Algebra,A,3,4,0,0,2,66.7"),
        ("/analytics/absentees?format=csv", "student_2,student_2,3,1,0,0,2,33.3"),
    ] {
        let csv = server.get("registrar", path).await.text;
        assert!(csv.contains(line), "{path}: {csv}");
    }
    assert_eq!(server.get("teacher", "/analytics").await.status, StatusCode::FORBIDDEN);
    let odd = server.get("registrar", "/analytics?term=x&from=y&until=9999-99-99&table=z").await;
    assert_eq!(odd.status, StatusCode::OK);
}

async fn a_class_and_a_programme_narrow_the_figures(server: TestServer) {
    filled(&server).await;
    let root = server.people["super_administrator"];
    let programme = server.act(Some(root), |tx, ctx| {
        let input = muster_app::academics::ProgrammeInput {
            code: "BSC".to_owned(),
            name: "Mathematics".to_owned(),
            faculty: None,
            award: String::new(),
            length: muster_domain::programmes::Length { total_years: 3, semesters_per_year: 2 },
        };
        muster_app::academics::create_programme(tx, ctx, &input)
    });
    let figures = async |query: String| {
        server.get("registrar", &format!("/api/v1/analytics?{query}")).await.json()
    };
    let all = figures(String::new()).await;
    assert_eq!(all["whole"]["sessions"], 3, "{all}");
    assert_eq!(all["modes"][0]["mode"], "in_class");
    assert_eq!(all["modes"][0]["sessions"], 3);
    let own = figures(format!("class={}", server.class)).await;
    assert_eq!((&own["whole"], own["classes"].as_array().unwrap().len()), (&all["whole"], 1));
    assert_eq!(own["students"], 2);
    let other = figures(format!("class={}", server.other)).await;
    assert_eq!(other["whole"]["sessions"], 0);
    // Nothing is required by the programme yet.
    let of_programme = figures(format!("programme={programme}")).await;
    assert_eq!(of_programme["classes"], serde_json::json!([]));
    assert_eq!(of_programme["whole"]["sessions"], 0);
    let absent = async |query: String| {
        let path = format!("/api/v1/analytics/absentees?{query}");
        server.get("registrar", &path).await.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(absent(format!("class={}", server.class)).await, 1);
    assert_eq!(absent(format!("class={}", server.other)).await, 0);
    assert_eq!(absent(format!("programme={programme}")).await, 0);
    let person = format!("/api/v1/people/{}", server.people["student_2"]);
    let studies = serde_json::json!({"programme": "BSC"});
    server.call("registrar", axum::http::Method::PATCH, &person, studies).await;
    let line = serde_json::json!({"course": course(&server).await, "year": 1, "semester": 1});
    let path = format!("/api/v1/programmes/{programme}/curriculum");
    let added = server.post("registrar", &path, line).await;
    assert!(added.status.is_success(), "{}", added.text);
    let of_programme = figures(format!("programme={programme}")).await;
    assert_eq!(of_programme["whole"], all["whole"]);
    assert_eq!(of_programme["students"], 1);
    assert_eq!(absent(format!("programme={programme}")).await, 1);
    let query = format!("programme={programme}&table=modes&format=csv");
    let csv = server.get("registrar", &format!("/analytics?{query}")).await.text;
    assert!(csv.contains("In class,3,4,0,0,2,66.7"), "{csv}");
}

async fn course(server: &TestServer) -> String {
    let courses = server.get("registrar", "/api/v1/courses").await.json();
    courses["items"][0]["id"].as_str().unwrap().to_owned()
}

/// Late at half in the first class, late twice and absent once: a third, and 66.7 % elsewhere.
async fn a_students_figure_is_the_same_wherever_it_stands(server: TestServer) {
    let class = format!("/classes/{}", server.class);
    let weights = json!({"weights": {"present": 100, "late": 50, "excused": null, "absent": 0}});
    let path = format!("/api/v1{class}");
    assert!(server.call("registrar", Method::PATCH, &path, weights).await.status.is_success());
    let person = server.people["student_2"];
    for late in [true, true, false] {
        let session = server.open_session().await;
        if late {
            let path = format!("/api/v1/sessions/{session}/marks/{person}");
            server.call("teacher", Method::PUT, &path, json!({"status": "late"})).await;
        }
        server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
        server.turn(Span::minutes(20));
    }
    while server.act(None, muster_app::telling::step) {}
    let own = format!("/people/{person}/attendance");
    for (who, path, figure) in [
        ("teacher", class.clone(), "33.3 %"),
        ("teacher", format!("{class}/register"), "33.3"),
        ("teacher", format!("{class}/register?format=csv"), "A,0,2,0,1,33.3"),
        ("teacher", format!("/api/v1{class}/figures"), "\"percentage\":33.3"),
        ("registrar", "/analytics/absentees".to_owned(), "33.3 %"),
        ("registrar", "/analytics/absentees?format=csv".to_owned(), "3,0,2,0,1,33.3"),
        ("registrar", "/api/v1/analytics/absentees".to_owned(), "\"percentage\":33.3"),
        ("registrar", format!("/api/v1/analytics/absentees?class={}", server.class), ":33.3"),
        ("registrar", own.clone(), "33.3 %"),
        ("student_2", format!("/api/v1{own}"), "\"percentage\":33.3"),
        ("student_2", format!("{class}/attendance"), "33.3 %"),
        ("student_2", "/api/v1/me/notices".to_owned(), "You attended 33.3 %"),
    ] {
        let answer = server.get(who, &path).await;
        assert!(answer.text.contains(figure), "{path}: {} {}", answer.status, answer.text);
        assert!(!answer.text.contains("66.7"), "{path}: {}", answer.text);
    }
}

async fn who_was_deactivated_is_no_student_any_more(server: TestServer) {
    let count = async |query: String| {
        let path = format!("/api/v1/analytics?{query}");
        server.get("registrar", &path).await.json()["students"].clone()
    };
    let of_class = format!("class={}", server.class);
    assert_eq!((count(String::new()).await, count(of_class.clone()).await), (json!(3), json!(2)));
    let path = format!("/api/v1/people/{}", server.people["student_2"]);
    server.call("registrar", Method::PATCH, &path, json!({"active": false})).await;
    assert_eq!((count(String::new()).await, count(of_class).await), (json!(2), json!(1)));
}

async fn who_was_deactivated_belongs_to_no_class_any_more(server: TestServer) {
    filled(&server).await;
    let person = format!("/api/v1/people/{}", server.people["student_2"]);
    server.call("registrar", Method::PATCH, &person, json!({"active": false})).await;
    let id = session(&server, &["student"]).await;
    let counts = server.get("teacher", &format!("/api/v1/sessions/{id}")).await.json();
    assert_eq!(
        (&counts["counts"]["enrolled"], &counts["counts"]["absent"]),
        (&json!(1), &json!(0))
    );
    let path = format!("/api/v1/sessions/{id}/bulk-marks");
    let all = json!({"status": "late", "extent": "all", "reason": "the doors stuck"});
    server.post("teacher", &path, all).await;
    let register = server.get("teacher", &format!("/sessions/{id}/register?format=csv")).await.text;
    assert!(!register.contains("student_2"), "{register}");
    let class = server.get("teacher", &format!("/api/v1/classes/{}/figures", server.class)).await;
    assert_eq!(class.json()["students"].as_array().unwrap().len(), 1);
    server.call("registrar", Method::PATCH, &person, json!({"active": true})).await;
    let back = server.get("teacher", &format!("/sessions/{id}/register?format=csv")).await.text;
    assert!(back.contains("student_2"), "{back}");
}

async fn low_attendance_is_counted_with_the_weights_of_the_classes(server: TestServer) {
    filled(&server).await;
    let low = async |query: &str| {
        let path = format!("/api/v1/analytics?{query}");
        server.get("registrar", &path).await.json()["students_with_low_attendance"].clone()
    };
    let class = format!("class={}", server.class);
    for query in ["", &class] {
        assert_eq!(low(query).await, 1, "{query}");
    }
    let weights = json!({"present": 100, "late": 90, "excused": null, "absent": 80});
    let path = format!("/api/v1/classes/{}", server.class);
    let own = server.call("registrar", Method::PATCH, &path, json!({"weights": weights})).await;
    assert_eq!(own.status, StatusCode::OK, "{}", own.text);
    for query in ["", &class] {
        assert_eq!(low(query).await, 0, "{query}");
    }
    let online = super::online::open(&server).await;
    server.post("teacher", &format!("/api/v1/sessions/{online}/closure"), json!({})).await;
    let page = server.get("registrar", "/analytics").await.text;
    assert!(page.contains("Low attendance") && page.contains("Online sessions"));
}

async fn the_trend_compares_the_latest_four_sessions_with_those_before(server: TestServer) {
    let path = format!("/api/v1/classes/{}/figures", server.class);
    session(&server, &["student", "student_2"]).await;
    assert!(server.get("teacher", &path).await.json()["trend"].is_null());
    for _ in 0..4 {
        session(&server, &["student"]).await;
    }
    let trend = server.get("teacher", &path).await.json()["trend"].clone();
    assert_eq!(trend, json!({"recent": 50.0, "before": 100.0}));
}

on_both!(
    a_class_and_a_programme_narrow_the_figures,
    a_students_figure_is_the_same_wherever_it_stands,
    who_was_deactivated_is_no_student_any_more,
    who_was_deactivated_belongs_to_no_class_any_more,
    low_attendance_is_counted_with_the_weights_of_the_classes,
    the_trend_compares_the_latest_four_sessions_with_those_before,
);
