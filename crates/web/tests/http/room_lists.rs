//! The pages of verifiers at exams, room lists and figures of dockets.

use super::dockets::made;
use super::live::event as told_event;
use super::rooms::{Exam, exam};
use super::server::TestServer;
use axum::http::StatusCode;
use muster_testkit::sqlite;
use serde_json::json;

async fn at_once(server: TestServer) -> Exam {
    exam(server, 0).await
}

async fn a_room_list_tells_who_came_who_was_refused_and_who_did_not(server: TestServer) {
    let exam = at_once(server).await;
    let server = &exam.school.server;
    let path = format!("/api/v1/sittings/{}/room-list", exam.sitting);
    let states = async || {
        let list = server.get("invigilator", &path).await.json();
        let items = list["items"].as_array().unwrap().clone().into_iter();
        items.map(|one| one["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states().await, ["not_yet", "not_yet"]);
    exam.verdict(&exam.annex, &exam.code).await;
    assert_eq!(states().await, ["refused", "not_yet"]);
    exam.verdict(&exam.hall, &exam.code).await;
    assert_eq!(states().await, ["admitted", "not_yet"]);
    let stranger = made(&exam.school.issue("registrar", "stranger").await);
    exam.send("invigilator", &exam.hall, json!({"docket": stranger})).await;
    let list = server.get("invigilator", &path).await.json();
    let third = &list["items"][2];
    assert_eq!((&third["expected"], &third["verdict"]), (&json!(false), &json!("wrong_place")));
    assert_eq!(list["items"][1]["has_docket"], false);
    assert_eq!(server.get("gate", &path).await.status, StatusCode::FORBIDDEN);
    let figures = format!("/api/v1/assessments/{}/docket-figures", exam.school.ca1);
    let told = server.get("registrar", &figures).await.json();
    let counts = ["students", "eligible", "issued", "verified"].map(|name| told[name].clone());
    assert_eq!(counts, [2, 2, 2, 1].map(|count| json!(count)), "{told}");
    assert_eq!(told["refused"], json!([{"verdict": "wrong_place", "students": 2}]));
    made(&exam.school.hold("registrar", "student_2", "Case 7").await);
    let told = server.get("registrar", &figures).await.json();
    assert_eq!((&told["eligible"], &told["held"]), (&json!(1), &json!(1)));
}

on_both!(
    a_room_list_tells_who_came_who_was_refused_and_who_did_not,
    all_that_was_shown_at_a_room_is_listed_what_was_forged_too,
);

#[tokio::test]
async fn an_invigilator_verifies_by_forms_alone() {
    let exam = at_once(TestServer::start(sqlite())).await;
    let server = &exam.school.server;
    let chosen = server.get("invigilator", "/verify").await.text;
    assert!(chosen.contains("CA1: MA201 A") && chosen.contains("Hall A"), "{chosen}");
    let verify = format!("/verify/{}", exam.hall);
    let found = server.get("invigilator", &format!("{verify}?q=stud")).await.text;
    assert!(found.contains(&format!("name=\"docket\" value=\"{}\"", exam.docket)), "{found}");
    assert!(found.contains("no docket"), "the other student has none: {found}");
    let sent =
        server.form("invigilator", &verify, &format!("nonce=1&docket={}", exam.docket)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let to = sent.headers["location"].to_str().unwrap().to_owned();
    let shown = server.get("invigilator", &to).await.text;
    assert!(shown.contains("Admit") && shown.contains("MA201, Hall A,"), "{shown}");
    let photo = to.split("scan=").nth(1).unwrap().split('&').next().unwrap();
    let photo = format!("/api/v1/redemptions/{photo}/photo");
    assert_eq!(server.get("invigilator", &photo).await.status, StatusCode::NOT_FOUND);
    let student = exam.school.person("student");
    server.act(Some(server.people["registrar"]), move |tx, ctx| {
        muster_app::photos::set(tx, ctx, student, b"a small picture")
    });
    let shown = server.get("invigilator", &to).await.text;
    assert!(shown.contains(&format!("src=\"{photo}\"")), "{shown}");
    assert_eq!(server.get("invigilator", &photo).await.bytes, b"a small picture");
    assert_eq!(server.get("gate", &photo).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn the_room_list_is_searched_taken_along_and_has_halls_added() {
    let exam = at_once(TestServer::start(sqlite())).await;
    let server = &exam.school.server;
    exam.verdict(&exam.hall, &exam.code).await;
    let path = format!("/sittings/{}/room-list", exam.sitting);
    let page = server.get("invigilator", &path).await.text;
    assert!(
        page.contains("Not yet come") && page.contains(&format!("/verify/{}", exam.hall)),
        "{page}"
    );
    let admitted =
        server.get("invigilator", &format!("{path}?state=admitted&format=csv")).await.text;
    assert_eq!(admitted.lines().count(), 2, "{admitted}");
    let away = server.get("finance", &format!("{path}?room=B+12&q=student_2")).await.text;
    assert!(
        away.contains("student_2") && !away.contains("Scanned by") && !away.contains("/verify/"),
        "{away}"
    );
    let halls = format!("/assessments/{}/points", exam.school.ca1);
    let blank = server.form("registrar", &halls, "name=").await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.text.contains("id=\"name-error\""), "{}", blank.text);
    assert_eq!(
        server.form("registrar", &halls, "name=Great+Hall").await.status,
        StatusCode::SEE_OTHER
    );
    let list = format!("/assessments/{}/room-list", exam.school.ca1);
    assert!(server.get("registrar", &list).await.text.contains("Great Hall"));
    let figures = format!("/assessments/{}/docket-figures", exam.school.ca1);
    let page = server.get("finance", &figures).await.text;
    assert!(page.contains("Dockets verified"), "{page}");
    let file = server.get("registrar", &format!("{figures}?format=csv")).await.text;
    assert!(file.contains("Dockets issued,1"), "{file}");
    let menu = server.get("registrar", "/sittings").await.text;
    assert!(menu.contains(&figures) && menu.contains(&list), "{menu}");
}

/// What is forged or nobody's belongs to no student, so no room list has it.
async fn all_that_was_shown_at_a_room_is_listed_what_was_forged_too(server: TestServer) {
    let exam = at_once(server).await;
    let server = &exam.school.server;
    exam.verdict(&exam.annex, &exam.code).await;
    exam.verdict(&exam.hall, "https://example.org/menu-of-the-canteen").await;
    exam.verdict(&exam.hall, &exam.code).await;
    let call = format!("/api/v1/sittings/{}/redemptions", exam.sitting);
    let told = async |who: &str, query: &str| {
        let list = server.get(who, &format!("{call}{query}")).await.json();
        let items = list["items"].as_array().unwrap().clone().into_iter();
        items.map(|one| one["verdict"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(told("finance", "").await, ["admit", "forged", "wrong_place"]);
    assert_eq!(told("invigilator", "?verdict=forged").await, ["forged"]);
    let path = format!("/sittings/{}/entries", exam.sitting);
    let page = server.get("invigilator", &path).await.text;
    assert!(page.contains("Forged") && page.contains("Nobody known"), "{page}");
    assert!(page.contains(&format!("/verify/{}?scan=", exam.hall)), "{page}");
    let page = server.get("finance", &path).await.text;
    assert!(page.contains("Forged") && !page.contains("/verify/"), "{page}");
    let found = server.get("registrar", &format!("{path}?q=stud&format=csv")).await.text;
    assert_eq!(found.lines().count(), 3, "{found}");
    let other = server.get("registrar", &format!("{path}?q=nobody")).await.text;
    assert!(other.contains("No scan found"), "{other}");
    let halls = format!("/assessments/{}/entries", exam.school.ca1);
    assert!(server.get("registrar", &halls).await.text.contains("Nobody came yet"));
    let list = server.get("registrar", &format!("/sittings/{}/room-list", exam.sitting)).await;
    assert!(list.text.contains(&path), "{}", list.text);
    for who in ["gate", "student"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
        assert_eq!(server.get(who, &call).await.status, StatusCode::FORBIDDEN, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_room_list_hears_of_a_scan() {
    let exam = at_once(TestServer::start(sqlite())).await;
    let path = format!("/api/v1/points/{}/events", exam.annex);
    let response = exam.school.server.open("invigilator", &path).await;
    let mut stream = response.into_body().into_data_stream();
    told_event(&mut stream, "snapshot").await;
    exam.verdict(&exam.hall, &exam.code).await;
    let told = told_event(&mut stream, "scan").await;
    assert!(told.contains("\"holder\":\"student\"") && told.contains("\"entries\":1"), "{told}");
}
