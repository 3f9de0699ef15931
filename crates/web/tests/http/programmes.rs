//! Faculties, programmes, and the studies in a person's record.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_testkit::{postgres, sqlite};
use serde_json::{Value, json};

const ADMINISTRATOR: &str = "registrar";

async fn patch(server: &TestServer, path: &str, body: Value) -> Answer {
    server.call(ADMINISTRATOR, Method::PATCH, path, body).await
}

/// A programme of three years with two semesters; its address.
pub(super) async fn physics(server: &TestServer) -> String {
    let body = json!({
        "code": "BSC-PH", "name": "Physics", "total_years": 3, "semesters_per_year": 2,
    });
    let made = server.post(ADMINISTRATOR, "/api/v1/programmes", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    format!("/api/v1/programmes/{}", made.json()["id"].as_str().unwrap())
}

fn student(server: &TestServer) -> String {
    format!("/api/v1/people/{}", server.people["student"])
}

#[tokio::test]
async fn a_programme_belongs_to_a_faculty_that_is_open() {
    let server = TestServer::start(sqlite());
    let body = json!({"name": "Science"});
    let faculty = server.post(ADMINISTRATOR, "/api/v1/faculties", body.clone()).await.json();
    let twice = server.post(ADMINISTRATOR, "/api/v1/faculties", body).await;
    assert_eq!(twice.json()["errors"][0]["pointer"], "/name");
    let programme = physics(&server).await;
    let changed = patch(&server, &programme, json!({"faculty": faculty["id"]})).await.json();
    assert_eq!(changed["faculty_name"], "Science");
    let faculty = format!("/api/v1/faculties/{}", faculty["id"].as_str().unwrap());
    let archived = server.post(ADMINISTRATOR, &format!("{faculty}/archival"), json!({})).await;
    assert!(archived.json()["archived_at"].is_string());
    // What belongs to it stays, and may still change.
    let kept = patch(&server, &programme, json!({"award": "Bachelor of Science"})).await;
    assert_eq!(kept.json()["faculty_name"], "Science", "{}", kept.text);
    patch(&server, &programme, json!({"faculty": null})).await;
    let back = patch(&server, &programme, json!({"faculty": changed["faculty"]})).await;
    assert_eq!(back.json()["errors"][0]["pointer"], "/faculty");
}

#[tokio::test]
async fn a_programme_needs_a_code_of_its_own_and_a_length() {
    let server = TestServer::start(sqlite());
    physics(&server).await;
    let other = |code: &str, years: i64| json!({"code": code, "name": "Other", "total_years": years, "semesters_per_year": 2});
    for (body, pointer) in [(other("bsc-ph", 3), "/code"), (other("X", 0), "/total_years")] {
        let refused = server.post(ADMINISTRATOR, "/api/v1/programmes", body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer);
    }
}

#[tokio::test]
async fn a_students_programme_is_found_by_code_or_name_and_else_kept_as_typed() {
    let server = TestServer::start(sqlite());
    let typed = patch(&server, &student(&server), json!({"programme": "physics"})).await.json();
    assert_eq!(typed["programme"], "physics");
    assert_eq!(typed["studies"]["programme"], Value::Null);
    let programme = physics(&server).await;
    for text in ["PHYSICS", "bsc-ph"] {
        patch(&server, &student(&server), json!({"programme": null})).await;
        let found = patch(&server, &student(&server), json!({"programme": text})).await.json();
        assert_eq!(found["programme"], "BSC-PH");
        let id = found["studies"]["programme"].as_str().unwrap();
        assert!(programme.ends_with(id));
    }
    patch(&server, &programme, json!({"code": "PHY"})).await;
    let page = server.get(ADMINISTRATOR, "/people?q=student").await;
    assert!(page.text.contains("PHY"), "a renamed programme is renamed for its students");
}

/// A student's record, in full and in part.
async fn studies_are_kept(server: &TestServer) {
    physics(server).await;
    let body = json!({
        "programme": "BSC-PH", "year": 2, "semester": 1, "enrolment_number": "EN-7",
        "second_email": "me@home.example", "guardian_email": "parent@home.example",
    });
    let changed = patch(server, &student(server), body).await.json();
    let studies = &changed["studies"];
    assert_eq!((&studies["year"], &studies["semester"]), (&json!(2), &json!(1)), "{changed}");
    assert_eq!(studies["guardian_email"], "parent@home.example");
    let moved = patch(server, &student(server), json!({"semester": 2})).await.json();
    assert_eq!((&moved["studies"]["year"], &moved["studies"]["semester"]), (&json!(2), &json!(2)));
    assert_eq!(moved["studies"]["enrolment_number"], "EN-7");
    let other = format!("/api/v1/people/{}", server.people["student_2"]);
    let taken = patch(server, &other, json!({"enrolment_number": "en-7"})).await;
    assert_eq!(taken.json()["errors"][0]["pointer"], "/enrolment_number", "{}", taken.text);
    // The student sees it, and a stranger does not.
    assert_eq!(server.get("student", &student(server)).await.json()["studies"]["year"], 2);
    assert_eq!(server.get("stranger", &student(server)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn studies_are_kept_on_sqlite() {
    studies_are_kept(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn studies_are_kept_on_postgres() {
    studies_are_kept(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn a_year_beyond_the_programme_is_refused() {
    let server = TestServer::start(sqlite());
    physics(&server).await;
    let wrong = json!({"programme": "BSC-PH", "year": 4, "semester": 3});
    let refused = patch(&server, &student(&server), wrong).await.json();
    let pointers = refused["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]);
    assert_eq!(pointers.collect::<Vec<_>>(), ["/year", "/semester"]);
    let wrong = json!({"guardian_email": "nobody"});
    let refused = patch(&server, &student(&server), wrong).await.json();
    assert_eq!(refused["errors"][0]["pointer"], "/guardian_email");
}

#[tokio::test]
async fn a_change_of_the_studies_alone_is_journalled_and_stale_ones_are_refused() {
    let server = TestServer::start(sqlite());
    let before = server.get(ADMINISTRATOR, &student(&server)).await.json();
    patch(&server, &student(&server), json!({"year": 1})).await;
    let late = json!({"year": 3, "version": before["version"]});
    let stale = patch(&server, &student(&server), late).await;
    assert_eq!((stale.status, stale.reason()), (StatusCode::CONFLICT, "stale".to_owned()));
    let journal = server.get(ADMINISTRATOR, "/api/v1/journal?action=person.change").await.json();
    assert_eq!(journal["items"][0]["after"]["year"], 1, "{journal}");
}

/// A curriculum: what may stand in it, and where.
async fn a_course_is_required_once_in_a_semester(server: &TestServer) {
    let programme = physics(server).await;
    let path = format!("{programme}/curriculum");
    let course = server.get(ADMINISTRATOR, "/api/v1/courses").await.json()["items"][0].clone();
    let line = |year: i64, semester: i64| json!({"course": course["id"], "year": year, "semester": semester});
    for (year, semester) in [(2, 1), (1, 2)] {
        let made = server.post(ADMINISTRATOR, &path, line(year, semester)).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    }
    let wrong = [(line(1, 2), "/course"), (line(4, 1), "/year"), (line(1, 3), "/semester")];
    for (body, pointer) in wrong {
        let refused = server.post(ADMINISTRATOR, &path, body).await.json();
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{refused}");
    }
    let lines = server.get(ADMINISTRATOR, &path).await.json()["items"].clone();
    assert_eq!((&lines[0]["year"], &lines[1]["year"]), (&json!(1), &json!(2)), "in order");
    let first = format!("{path}/{}", lines[0]["id"].as_str().unwrap());
    let gone = server.call(ADMINISTRATOR, Method::DELETE, &first, json!({})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    let gone = server.call(ADMINISTRATOR, Method::DELETE, &first, json!({})).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    assert_eq!(server.get(ADMINISTRATOR, &path).await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_course_is_required_once_in_a_semester_on_sqlite() {
    a_course_is_required_once_in_a_semester(&TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn a_course_is_required_once_in_a_semester_on_postgres() {
    a_course_is_required_once_in_a_semester(&TestServer::start(postgres())).await;
}

#[tokio::test]
async fn a_course_is_added_to_a_curriculum_on_the_programmes_page() {
    let server = TestServer::start(sqlite());
    let page = physics(&server).await.replace("/api/v1", "");
    let course = server.get(ADMINISTRATOR, "/api/v1/courses").await.json()["items"][0].clone();
    let form = format!("course={}&year=3&semester=2", course["id"].as_str().unwrap());
    let added = server.form(ADMINISTRATOR, &format!("{page}/curriculum"), &form).await;
    assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.text);
    assert!(server.get(ADMINISTRATOR, &page).await.text.contains("Year 3, semester 2"));
    let again = server.form(ADMINISTRATOR, &format!("{page}/curriculum"), &form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("required there already"));
}
