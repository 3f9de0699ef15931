//! What is archived: an archived class's records stay readable, and nothing is added to it.

use super::imports::{problems, upload};
use super::programmes::physics;
use super::server::{Answer, TestServer};
use super::timetable::every_tuesday;
use axum::http::{Method, StatusCode};
use muster_domain::time::Span;
use serde_json::{Value, json};

async fn archive(server: &TestServer) -> Answer {
    let path = format!("/api/v1/classes/{}/archival", server.class);
    server.post("registrar", &path, json!({})).await
}

async fn restore(server: &TestServer) {
    let path = format!("/api/v1/classes/{}", server.class);
    let body = json!({"archived": false});
    let restored = server.call("registrar", Method::PATCH, &path, body).await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.text);
}

async fn items(server: &TestServer, who: &str, path: &str) -> Vec<Value> {
    let list = server.get(who, path).await.json();
    list["items"].as_array().unwrap_or_else(|| panic!("{list}")).clone()
}

async fn an_import_archives_no_class_that_takes_attendance(server: TestServer) {
    let session = server.open_session().await;
    let file = "course,term,section,status\nMA201,Spring,A,archived\nMA201,Spring,B,archived\n";
    let page = archive(&server).await.json();
    let found = problems(&server, "classes", file).await;
    assert_eq!(found, [format!("2 status: {}", page["detail"].as_str().unwrap())]);
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let previewed = upload(&server, "registrar", "classes", file.as_bytes()).await;
    server.open_session().await;
    let id = previewed.json()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/imports/{id}/confirmation");
    let failed = server.post("registrar", &path, json!({})).await.json();
    assert_eq!(failed["state"], "failed", "{failed}");
    let classes = items(&server, "registrar", "/api/v1/classes").await;
    assert!(classes.iter().all(|class| class["archived_at"].is_null()), "{classes:?}");
}

async fn nothing_is_added_to_an_archived_class(server: TestServer) {
    let class = format!("/api/v1/classes/{}", server.class);
    let session = server.open_session().await;
    let early = archive(&server).await;
    assert_eq!((early.status, early.reason()), (StatusCode::CONFLICT, "session-open".into()));
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    let place = format!("{class}/enrolments/{}", server.people["student_2"]);
    let withdrawn = json!({"status": "withdrawn"});
    server.call("registrar", Method::PATCH, &place, withdrawn).await;
    assert_eq!(archive(&server).await.status, StatusCode::OK);
    let numbers = json!({"numbers": ["stranger"]});
    let times = json!({"starts_at": "2026-03-11T12:00:00Z", "ends_at": "2026-03-11T13:00:00Z"});
    let weekly = json!({
        "weekday": "tuesday", "starts_at": "09:00", "ends_at": "10:30",
        "first_on": "2026-02-24", "last_on": "2026-04-07",
    });
    let again = json!({"reason": "fire drill", "minutes": 5});
    let reopening = format!("/api/v1/sessions/{session}/reopening");
    let answers = [
        server.post("teacher", &format!("{class}/sessions"), json!({})).await,
        server.post("teacher", &reopening, again).await,
        server.post("registrar", &format!("{class}/enrolments"), numbers).await,
        server.call("registrar", Method::PATCH, &place, json!({"status": "active"})).await,
        server.post("registrar", &format!("{class}/meetings"), times).await,
        server.post("registrar", &format!("{class}/patterns"), weekly).await,
    ];
    for answer in answers {
        assert_eq!(
            (answer.status, answer.reason()),
            (StatusCode::CONFLICT, "class-archived".into())
        );
        assert!(answer.text.contains("MA201 A is archived"), "{}", answer.text);
    }
    let moved = json!({"people": [server.people["stranger"]], "to": server.class});
    let other = format!("/api/v1/classes/{}", server.other);
    server
        .post("registrar", &format!("{other}/enrolments"), json!({"numbers": ["stranger"]}))
        .await;
    let refused = server.post("registrar", &format!("{other}/transfers"), moved).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    restore(&server).await;
    assert_eq!(
        server.post("teacher", &format!("{class}/sessions"), json!({})).await.status,
        StatusCode::CREATED
    );
}

async fn meetings_to_come_go_with_the_archive_and_come_back(server: TestServer) {
    every_tuesday(&server).await;
    let meetings = format!("/api/v1/classes/{}/meetings", server.class);
    let single = json!({"starts_at": "2026-03-11T12:00:00Z", "ends_at": "2026-03-11T13:00:00Z"});
    server.post("registrar", &meetings, single).await;
    let own = "/api/v1/me/meetings?from=2026-03-01&until=2026-05-01";
    for who in ["teacher", "student"] {
        assert_eq!(items(&server, who, own).await.len(), 7, "{who}");
    }
    archive(&server).await;
    assert_eq!(items(&server, "registrar", &meetings).await.len(), 1, "what was put there by hand");
    for who in ["teacher", "student"] {
        assert_eq!(items(&server, who, own).await.len(), 0, "{who}");
    }
    restore(&server).await;
    assert_eq!(items(&server, "teacher", own).await.len(), 7);
}

/// The other class meets in the same room, and is archived.
async fn an_archived_class_clashes_with_nothing(server: TestServer) {
    every_tuesday(&server).await;
    let single = json!({
        "starts_at": "2026-03-03T09:30:00Z", "ends_at": "2026-03-03T10:00:00Z", "room": "B2",
    });
    let other = format!("/api/v1/classes/{}", server.other);
    server.post("registrar", &format!("{other}/meetings"), single).await;
    let clashes = format!("{other}/clashes");
    assert_eq!(items(&server, "registrar", &clashes).await.len(), 1);
    server.post("registrar", &format!("{other}/archival"), json!({})).await;
    let first = format!("/api/v1/classes/{}/clashes", server.class);
    assert_eq!(items(&server, "registrar", &first).await.len(), 0);
    assert_eq!(items(&server, "registrar", &clashes).await.len(), 0);
}

async fn history_stays_readable_and_buttons_go(server: TestServer) {
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    server.post("student", "/api/v1/marks", json!({"code": link})).await;
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;
    server.turn(Span::minutes(30));
    archive(&server).await;
    let class = format!("/classes/{}", server.class);
    let page = server.get("teacher", &class).await.text;
    assert!(page.contains("This class is archived") && !page.contains("Open session"));
    let session = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(session.contains("student") && !session.contains("Open again"));
    let manager = server.get("registrar", &format!("{class}/enrolment")).await.text;
    assert!(manager.contains("This class is archived") && !manager.contains("Enrol the ticked"));
    let timetable = server.get("registrar", &format!("{class}/timetable")).await.text;
    assert!(!timetable.contains("Add a weekly meeting"));
    assert!(!server.get("student", "/").await.text.contains("Linear Algebra"), "not of today");
    assert!(server.get("student", "/attendance").await.text.contains("Linear Algebra"));
    let own = server.get("student", &format!("{class}/attendance")).await.text;
    assert!(own.contains("100.0 %"));
}

/// Archives by the box of a record's page, and takes it back by the empty one. `fields` are those
/// of the form that are needed.
async fn archived_by_its_form(server: &TestServer, path: &str, fields: &str) {
    let record = async || server.get("registrar", &format!("/api/v1{path}")).await.json();
    assert!(record().await["archived_at"].is_null(), "{path}");
    for (tick, expected) in [("&archived=true", true), ("", false)] {
        let page = server.get("registrar", path).await.text;
        assert!(page.contains("name=\"archived\""), "{path}: {page}");
        let form = format!("version={}&{fields}{tick}", record().await["version"]);
        let sent = server.form("registrar", path, &form).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{path}: {}", sent.text);
        let now = record().await;
        assert_eq!(now["archived_at"].is_string(), expected, "{path}: {now}");
    }
}

async fn records_are_archived_by_the_forms_of_their_pages(server: TestServer) {
    let faculty = server.post("registrar", "/api/v1/faculties", json!({"name": "Science"})).await;
    let faculty = format!("/faculties/{}", faculty.json()["id"].as_str().unwrap());
    let first = async |kind: &str| {
        let all = items(&server, "registrar", &format!("/api/v1/{kind}")).await;
        format!("/{kind}/{}", all[0]["id"].as_str().unwrap())
    };
    archived_by_its_form(&server, &format!("/classes/{}", server.class), "section=A").await;
    archived_by_its_form(&server, &first("courses").await, "code=MA201&name=Linear+Algebra").await;
    archived_by_its_form(&server, &faculty, "name=Science").await;
    let spring = "name=Spring&starts_on=2024-10-04&ends_on=2026-05-27";
    archived_by_its_form(&server, &first("terms").await, spring).await;
    let programme = physics(&server).await;
    let page = programme.strip_prefix("/api/v1").unwrap();
    let fields = "code=BSC-PH&name=Physics&total_years=3&semesters_per_year=2";
    archived_by_its_form(&server, page, fields).await;
}

async fn a_program_archives_a_programme_which_then_leaves_the_choices(server: TestServer) {
    let programme = physics(&server).await;
    let choice = ">BSC-PH";
    assert!(server.get("registrar", "/people/new").await.text.contains(choice));
    let archived = server.post("registrar", &format!("{programme}/archival"), json!({})).await;
    assert_eq!(archived.status, StatusCode::OK, "{}", archived.text);
    assert!(archived.json()["archived_at"].is_string(), "{}", archived.text);
    assert!(!server.get("registrar", "/people/new").await.text.contains(choice));
    let refused = server.post("teacher", &format!("{programme}/archival"), json!({})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    server.call("registrar", Method::PATCH, &programme, json!({"archived": false})).await;
    let back = server.get("registrar", &programme).await.json();
    assert!(back["archived_at"].is_null(), "{back}");
}

on_both!(
    records_are_archived_by_the_forms_of_their_pages,
    a_program_archives_a_programme_which_then_leaves_the_choices,
    an_import_archives_no_class_that_takes_attendance,
    nothing_is_added_to_an_archived_class,
    meetings_to_come_go_with_the_archive_and_come_back,
    an_archived_class_clashes_with_nothing,
    history_stays_readable_and_buttons_go,
);
