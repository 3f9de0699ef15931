//! The enrolment manager: many students at once, sections, roll numbers, whole programmes.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_testkit::{postgres, sqlite};
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "registrar";

fn of_class(server: &TestServer, what: &str) -> String {
    format!("/api/v1/classes/{}/{what}", server.class)
}

/// Adds a student with what they study.
async fn student(server: &TestServer, number: &str, name: &str, studies: Value) -> String {
    let mut body = json!({"number": number, "name": name});
    body.as_object_mut().unwrap().extend(studies.as_object().unwrap().clone());
    let made = server.post(ADMINISTRATOR, "/api/v1/people", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let roles = format!("/api/v1/people/{id}/roles");
    server.post(ADMINISTRATOR, &roles, json!({"role": "student"})).await;
    id
}

/// The roster: numbers, roll numbers and statuses.
async fn roster(server: &TestServer, path: &str) -> Vec<(String, String, String)> {
    let items = server.get(ADMINISTRATOR, path).await.json()["items"].clone();
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let rows = items.as_array().unwrap().iter();
    rows.map(|row| (text(row, "number"), text(row, "roll_number"), text(row, "status"))).collect()
}

async fn numbers_of(server: &TestServer, query: &str) -> Vec<String> {
    let found = server.get(ADMINISTRATOR, &of_class(server, &format!("candidates{query}"))).await;
    let found = found.json()["items"].as_array().unwrap().clone();
    found.iter().map(|row| row["number"].as_str().unwrap().to_owned()).collect()
}

/// Who could attend, by search and by studies.
async fn candidates_are_students_who_do_not_attend(server: &TestServer) {
    super::programmes::physics(server).await;
    student(server, "S10", "Zoë Adler", json!({"programme": "BSC-PH", "year": 1, "semester": 2}))
        .await;
    student(server, "S11", "Yusuf Öz", json!({"programme": "BSC-PH", "year": 2})).await;
    let all = numbers_of(server, "").await;
    assert!(all.contains(&"S10".to_owned()) && all.contains(&"stranger".to_owned()), "{all:?}");
    assert!(!all.contains(&"student".to_owned()), "who attends: {all:?}");
    assert!(!all.contains(&"teacher".to_owned()), "who is no student: {all:?}");
    assert_eq!(numbers_of(server, "?q=%C3%96z").await, ["S11"]);
    let programme = server.get(ADMINISTRATOR, "/api/v1/programmes").await.json();
    let programme = programme["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(numbers_of(server, &format!("?programme={programme}")).await, ["S11", "S10"]);
    let second = format!("?programme={programme}&year=1&semester=2");
    assert_eq!(numbers_of(server, &second).await, ["S10"]);
}

#[tokio::test]
async fn candidates_are_students_who_do_not_attend_on_sqlite() {
    candidates_are_students_who_do_not_attend(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn candidates_are_students_who_do_not_attend_on_postgres() {
    candidates_are_students_who_do_not_attend(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn students_are_enrolled_by_their_ids_all_or_none() {
    let server = TestServer::start(sqlite());
    let path = of_class(&server, "enrolments");
    let before = roster(&server, &path).await;
    let mixed = json!({"people": [server.people["stranger"], server.people["teacher"]]});
    let refused = server.post(ADMINISTRATOR, &path, mixed).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/people", "{}", refused.text);
    assert_eq!(roster(&server, &path).await, before);
    let one = json!({"people": [server.people["stranger"]]});
    assert_eq!(server.post(ADMINISTRATOR, &path, one).await.status, StatusCode::CREATED);
    assert_eq!(roster(&server, &path).await.len(), before.len() + 1);
    let neither = server.post(ADMINISTRATOR, &path, json!({})).await;
    assert_eq!(neither.status, StatusCode::UNPROCESSABLE_ENTITY);
}

/// From one section to the other.
async fn a_student_moves_to_another_section_and_the_history_stays(server: &TestServer) {
    let session = server.open_session().await;
    let person = server.people["student"];
    let mark = format!("/api/v1/sessions/{session}/marks/{person}");
    server.call("teacher", Method::PUT, &mark, json!({"status": "present"})).await;
    let body = json!({"to": server.other, "people": [person]});
    let moved = server.post(ADMINISTRATOR, &of_class(server, "transfers"), body.clone()).await;
    assert_eq!(moved.status, StatusCode::NO_CONTENT, "{}", moved.text);
    let here = roster(server, &of_class(server, "enrolments")).await;
    assert!(here.iter().any(|(number, _, status)| number == "student" && status == "withdrawn"));
    let there = roster(server, &format!("/api/v1/classes/{}/enrolments", server.other)).await;
    assert!(there.iter().any(|(number, _, status)| number == "student" && status == "active"));
    let marks = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await;
    assert!(marks.text.contains(&person.to_string()), "{}", marks.text);
    let again = server.post(ADMINISTRATOR, &of_class(server, "transfers"), body).await;
    assert_eq!(again.json()["errors"][0]["pointer"], "/people", "{}", again.text);
    let same = json!({"to": server.class, "people": [server.people["student_2"]]});
    let refused = server.post(ADMINISTRATOR, &of_class(server, "transfers"), same).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/to", "{}", refused.text);
}

#[tokio::test]
async fn a_student_moves_to_another_section_and_the_history_stays_on_sqlite() {
    a_student_moves_to_another_section_and_the_history_stays(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn a_student_moves_to_another_section_and_the_history_stays_on_postgres() {
    a_student_moves_to_another_section_and_the_history_stays(&TestServer::start(postgres())).await;
}

/// Two students who hold each other's number.
async fn roll_numbers_are_given_in_order_even_where_students_swap(server: &TestServer) {
    let ada = student(server, "S9", "Ada", json!({})).await;
    let bea = student(server, "S8", "Bea", json!({})).await;
    let path = format!("/api/v1/classes/{}/enrolments", server.other);
    server.post(ADMINISTRATOR, &path, json!({"people": [bea, ada]})).await;
    let numbering = format!("/api/v1/classes/{}/numbering", server.other);
    let preview = server.get(ADMINISTRATOR, &format!("{numbering}?order=name")).await.json();
    assert_eq!(preview["items"][0]["enrolment"]["name"], "Ada", "{preview}");
    assert_eq!(preview["items"][0]["roll_number"], "1");
    let before = roster(server, &path).await;
    let done = server.post(ADMINISTRATOR, &numbering, json!({"order": "name"})).await.json();
    assert!(done["changed"].as_i64().unwrap() >= 2, "{done} {before:?}");
    let rolls = roster(server, &path).await;
    let roll = |number: &str| rolls.iter().find(|row| row.0 == number).unwrap().1.clone();
    assert_eq!((roll("S9").as_str(), roll("S8").as_str()), ("1", "2"));
    server.post(ADMINISTRATOR, &numbering, json!({"order": "number"})).await;
    let rolls = roster(server, &path).await;
    let roll = |number: &str| rolls.iter().find(|row| row.0 == number).unwrap().1.clone();
    assert!(roll("S8") < roll("S9"));
    let wrong = server.post(ADMINISTRATOR, &numbering, json!({"order": "age"})).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/order");
}

#[tokio::test]
async fn roll_numbers_are_given_in_order_even_where_students_swap_on_sqlite() {
    roll_numbers_are_given_in_order_even_where_students_swap(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn roll_numbers_are_given_in_order_even_where_students_swap_on_postgres() {
    roll_numbers_are_given_in_order_even_where_students_swap(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn who_comes_back_to_a_taken_roll_number_gets_the_next_one() {
    let server = TestServer::start(sqlite());
    let enrolments = of_class(&server, "enrolments");
    let place = |who: &str| format!("{enrolments}/{}", server.people[who]);
    let patch = |who: &'static str, body: Value| {
        let path = place(who);
        let server = &server;
        async move { server.call(ADMINISTRATOR, Method::PATCH, &path, body).await }
    };
    let held = patch("student", json!({"status": "withdrawn"})).await.json();
    patch("student_2", json!({"roll_number": held["roll_number"]})).await;
    let back = json!({"people": [server.people["student"]]});
    let back = server.post(ADMINISTRATOR, &enrolments, back).await;
    assert_eq!(back.status, StatusCode::CREATED, "{}", back.text);
    let rolls = roster(&server, &enrolments).await;
    let of = |who: &str| rolls.iter().find(|row| row.0 == who).unwrap();
    assert_eq!(of("student").2, "active");
    assert_ne!(of("student").1, of("student_2").1);
}

/// A programme's first semester requires the course of both sections.
async fn cohort(server: &TestServer) -> (String, Value) {
    let programme = super::programmes::physics(server).await;
    let course = server.get(ADMINISTRATOR, "/api/v1/courses").await.json()["items"][0].clone();
    let other = json!({"code": "PH1", "name": "Mechanics"});
    let other = server.post(ADMINISTRATOR, "/api/v1/courses", other).await.json();
    for course in [&course["id"], &other["id"]] {
        let line = json!({"course": course, "year": 1, "semester": 1});
        server.post(ADMINISTRATOR, &format!("{programme}/curriculum"), line).await;
    }
    for number in ["P1", "P2", "P3", "P4"] {
        let studies = json!({"programme": "BSC-PH", "year": 1, "semester": 1});
        student(server, number, number, studies).await;
    }
    student(server, "P5", "P5", json!({"programme": "BSC-PH", "year": 2, "semester": 1})).await;
    let term = server.get(ADMINISTRATOR, "/api/v1/terms").await.json()["items"][0]["id"].clone();
    (format!("{programme}/enrolment"), term)
}

/// All of a year and semester.
async fn a_whole_semester_is_enrolled_and_sections_share_it(server: &TestServer) {
    let (path, term) = cohort(server).await;
    let query = format!("{path}?term={}&year=1&semester=1", term.as_str().unwrap());
    let plan = server.get(ADMINISTRATOR, &query).await.json();
    assert_eq!(plan["students"].as_array().unwrap().len(), 4, "{plan}");
    assert_eq!(plan["missing"][0]["course_code"], "PH1");
    let joins = |plan: &Value| {
        let classes = plan["classes"].as_array().unwrap().clone();
        let sizes = classes.iter().map(|class| {
            let joining = class["joining"].as_array().unwrap().len();
            usize::try_from(class["attending"].as_u64().unwrap()).unwrap() + joining
        });
        sizes.collect::<Vec<_>>()
    };
    let sizes = joins(&plan);
    assert!(sizes[0].abs_diff(sizes[1]) <= 1, "{sizes:?}");
    let body = json!({"term": term, "year": 1, "semester": 1});
    let done = server.post(ADMINISTRATOR, &path, body.clone()).await;
    assert_eq!((done.status, &done.json()["enrolled"]), (StatusCode::CREATED, &json!(4)));
    let again = server.post(ADMINISTRATOR, &path, body).await;
    assert_eq!(again.json()["enrolled"], 0, "{}", again.text);
    let wrong = json!({"term": term, "year": 9, "semester": 1});
    let refused = server.post(ADMINISTRATOR, &path, wrong).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/year");
}

#[tokio::test]
async fn a_whole_semester_is_enrolled_and_sections_share_it_on_sqlite() {
    a_whole_semester_is_enrolled_and_sections_share_it(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn a_whole_semester_is_enrolled_and_sections_share_it_on_postgres() {
    a_whole_semester_is_enrolled_and_sections_share_it(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn only_the_chosen_classes_take_students() {
    let server = TestServer::start(sqlite());
    let (path, term) = cohort(&server).await;
    let body = json!({"term": term, "year": 1, "semester": 1, "classes": [server.other]});
    let done = server.post(ADMINISTRATOR, &path, body).await;
    assert_eq!(done.json()["enrolled"], 4, "{}", done.text);
    let here = roster(&server, &of_class(&server, "enrolments")).await;
    assert!(!here.iter().any(|row| row.0 == "P1"));
}

async fn page_of(server: &TestServer, path: &str) -> Answer {
    let page = server.get(ADMINISTRATOR, path).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    page
}

#[tokio::test]
async fn students_are_moved_on_the_page_of_the_class_without_scripts() {
    let server = TestServer::start(sqlite());
    let page = format!("/classes/{}/enrolment", server.class);
    let stranger = server.people["stranger"];
    assert!(page_of(&server, &page).await.text.contains(&stranger.to_string()));
    let ticked = format!("q=str&person={stranger}");
    let added = server.form(ADMINISTRATOR, &format!("{page}/additions"), &ticked).await;
    let to = added.headers["location"].to_str().unwrap().to_owned();
    assert!(to.contains("q=str") && to.contains("done=enrolled-1"), "{to}");
    assert!(page_of(&server, &to).await.text.contains("1 student enrolled."));
    let both = format!("person={stranger}&person={}&status=withdrawn", server.people["student_2"]);
    let gone = server.form(ADMINISTRATOR, &format!("{page}/statuses"), &both).await;
    assert_eq!(gone.status, StatusCode::SEE_OTHER, "{}", gone.text);
    assert!(page_of(&server, &page).await.text.contains("No longer enrolled"));
    let none = server.form(ADMINISTRATOR, &format!("{page}/additions"), "q=").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text.contains("Choose at least one student."));
}

#[tokio::test]
async fn a_whole_semester_is_previewed_and_enrolled_on_the_programmes_page() {
    let server = TestServer::start(sqlite());
    let (path, term) = cohort(&server).await;
    let path = path.replace("/api/v1", "");
    let query = format!("term={}&year=1&semester=1", term.as_str().unwrap());
    let preview = page_of(&server, &format!("{path}?{query}")).await.text;
    assert!(preview.contains("Some courses have no class") && preview.contains("Enrol them"));
    let chosen = format!("{query}&class={}&class={}", server.class, server.other);
    let done = server.form(ADMINISTRATOR, &path, &chosen).await;
    let to = done.headers["location"].to_str().unwrap().to_owned();
    assert!(page_of(&server, &to).await.text.contains("4 places were made."));
}
