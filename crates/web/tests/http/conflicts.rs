//! Conflicts: what another node wrote and lost, told in words, written back, or kept as it is.

use super::beside::{Beside, conflicting, over, version};
use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::ids::{MarkId, SessionId};
use muster_domain::time::Span;
use muster_journal::Change;
use serde_json::{Value, json};

on_both!(
    what_was_overwritten_is_told_in_words,
    what_is_written_back_stands_and_names_both,
    what_is_kept_changes_nothing_and_is_settled_for_good,
    whoever_looked_at_an_older_state_is_refused,
    a_mark_is_written_back_as_marking_by_hand_does,
    a_setting_and_a_class_are_written_back_by_their_own_actions,
    an_archive_that_lost_can_be_repeated_or_dropped,
    what_no_action_writes_is_left_to_people,
    lists_are_filtered_paged_and_taken_away,
);

/// The student's phone was changed on another node, and a little later here.
async fn phones(server: &TestServer) -> Beside {
    let student = server.people["student"];
    let made = version(server, "about=student&action=person.create", "phone").await;
    let mut edge = Beside::start(2);
    let change = Change::new("person.change", "person", student).changed(
        &json!({"phone": null}),
        &json!({"phone": "+91 111"}),
        0,
    );
    let change = over(change, &[("phone", made)]);
    edge.write(server.now() + Span::seconds(1), server.people["teacher"], change);
    server.turn(Span::minutes(20));
    change_phone(server, "+91 222").await;
    edge.meet(server);
    edge
}

async fn change_phone(server: &TestServer, phone: &str) {
    let path = format!("/api/v1/people/{}", server.people["student"]);
    let changed = server.call("registrar", Method::PATCH, &path, json!({ "phone": phone })).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
}

async fn phone(server: &TestServer) -> Value {
    let path = format!("/api/v1/people/{}", server.people["student"]);
    server.get("registrar", &path).await.json()["phone"].clone()
}

/// The open conflicts.
async fn open(server: &TestServer) -> Vec<Value> {
    let list = server.get("registrar", "/api/v1/conflicts").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    list.json()["items"].as_array().unwrap().clone()
}

async fn settle(server: &TestServer, told: &Value, how: &str) -> Answer {
    let path = format!("/api/v1/conflicts/{}/{how}", told["name"].as_str().unwrap());
    let body = json!({"reason": "They rang up", "version": told["version"]});
    server.post("registrar", &path, body).await
}

async fn what_was_overwritten_is_told_in_words(server: TestServer) {
    let empty = server.get("registrar", "/conflicts").await;
    assert!(empty.text.contains("Nothing was overwritten"), "{}", empty.text);
    phones(&server).await;
    let told = &open(&server).await[0];
    assert_eq!(
        [&told["record_name"], &told["field_name"], &told["lost"]["words"]],
        ["student", "Phone", "+91 111"]
    );
    assert_eq!([&told["lost"]["by_name"], &told["stands"]["by_name"]], ["teacher", "registrar"]);
    assert_eq!(told["stands"]["words"], "+91 222");
    assert_ne!(told["lost"]["node"], told["stands"]["node"]);
    assert_eq!(told["lost"]["at"], "2026-03-02T12:00:01Z");
    let page = server.get("registrar", "/conflicts").await;
    assert_eq!(page.status, StatusCode::OK);
    for words in ["Phone: ", "+91 111", "+91 222", "this node", "node 00000002", "12:00"] {
        assert!(page.text.contains(words), "{words}: {}", page.text);
    }
    let link = format!("href=\"/people/{}\"", server.people["student"]);
    assert!(page.text.contains(&link));
    // One waits, and the navigation says so.
    let other = server.get("registrar", "/inbox").await.text;
    let entry = other.split("href=\"/conflicts\"").nth(1).unwrap();
    assert!(entry.split("</a>").next().unwrap().contains('1'));
    assert_eq!(server.get("finance", "/conflicts").await.status, StatusCode::FORBIDDEN);
    assert!(!server.get("finance", "/inbox").await.text.contains("href=\"/conflicts\""));
}

async fn what_is_written_back_stands_and_names_both(server: TestServer) {
    phones(&server).await;
    let told = open(&server).await.remove(0);
    let restored = settle(&server, &told, "restoration").await;
    assert_eq!(restored.status, StatusCode::NO_CONTENT, "{}", restored.text);
    assert_eq!(phone(&server).await, "+91 111");
    let list = server.get("registrar", "/api/v1/journal?about=student&action=person.change").await;
    let entry = &list.json()["items"][0];
    assert_eq!(
        (&entry["reason"], &entry["after"]),
        (&json!("They rang up"), &json!({"phone": "+91 111"}))
    );
    let name = told["name"].as_str().unwrap();
    assert_eq!(conflicting(&server, "person", name), 0);
    assert_eq!(open(&server).await, Vec::<Value>::new());
    let settled = server.get("registrar", "/api/v1/conflicts?state=settled").await.json();
    let item = &settled["items"][0];
    assert_eq!([&item["outcome"], &item["reason"]], ["restored", "They rang up"]);
    // Sent twice it is done once; the other way it is too late.
    assert_eq!(settle(&server, &told, "restoration").await.status, StatusCode::NO_CONTENT);
    let entries = server.get("registrar", "/api/v1/journal?about=student&action=person.").await;
    assert_eq!(entries.json()["items"].as_array().unwrap().len(), 4, "{}", entries.text);
    let kept = settle(&server, &told, "keeping").await;
    assert_eq!((kept.status, kept.reason()), (StatusCode::CONFLICT, "conflict-settled".into()));
}

async fn what_is_kept_changes_nothing_and_is_settled_for_good(server: TestServer) {
    let edge = phones(&server).await;
    let told = open(&server).await.remove(0);
    let name = told["name"].as_str().unwrap();
    let fields = format!("reason=right&version={}", told["version"].as_str().unwrap());
    let kept = server.form("registrar", &format!("/conflicts/{name}/keeping"), &fields).await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    assert_eq!(phone(&server).await, "+91 222");
    assert_eq!(conflicting(&server, "person", name), 0);
    edge.meet(&server);
    let settled = server.get("registrar", "/api/v1/conflicts?state=settled").await.json();
    assert_eq!(
        [&settled["items"][0]["outcome"], &settled["items"][0]["reason"]],
        ["kept", "right"]
    );
    let told = server.get("registrar", kept.headers["location"].to_str().unwrap()).await;
    assert!(told.text.contains("What stands was kept."));
    let journal = server.get("registrar", "/api/v1/journal?action=person.settle").await.json();
    assert_eq!(journal["items"][0]["actor_name"], "registrar");
}

async fn whoever_looked_at_an_older_state_is_refused(server: TestServer) {
    phones(&server).await;
    let told = open(&server).await.remove(0);
    change_phone(&server, "+91 333").await;
    for how in ["restoration", "keeping"] {
        let refused = settle(&server, &told, how).await;
        assert_eq!((refused.status, refused.reason()), (StatusCode::CONFLICT, "stale".into()));
    }
    let now = open(&server).await.remove(0);
    assert_eq!(now["stands"]["words"], "+91 333");
    let empty = json!({"reason": " ", "version": now["version"]});
    let path = format!("/api/v1/conflicts/{}/restoration", now["name"].as_str().unwrap());
    let refused = server.post("registrar", &path, empty).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/reason", "{}", refused.text);
    let fields = format!("reason=&version={}", now["version"].as_str().unwrap());
    let name = now["name"].as_str().unwrap();
    let page = server.form("registrar", &format!("/conflicts/{name}/keeping"), &fields).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text.contains(&format!("id=\"reason-{name}\"")));
    assert_eq!(settle(&server, &now, "restoration").await.status, StatusCode::NO_CONTENT);
    assert_eq!(phone(&server).await, "+91 111");
}

/// A teacher's word on another node, a little before another teacher's here.
async fn words(server: &TestServer) -> SessionId {
    let session = server.open_session().await;
    let student = server.people["student"];
    let mark = MarkId::of(session, student);
    let mut edge = Beside::start(3);
    let fields = json!({"person": student, "status": "late", "method": "manual",
        "at": server.now(), "by": server.people["assistant"]});
    let change = Change::new("mark.make", "mark", mark).on(session).created(&fields);
    edge.write(server.now() + Span::seconds(1), server.people["assistant"], change);
    server.turn(Span::minutes(2));
    let path = format!("/api/v1/sessions/{session}/marks/{student}");
    let marked = server.call("teacher", Method::PUT, &path, json!({"status": "absent"})).await;
    assert_eq!(marked.status, StatusCode::OK, "{}", marked.text);
    edge.meet(server);
    session
}

async fn a_mark_is_written_back_as_marking_by_hand_does(server: TestServer) {
    let session = words(&server).await;
    let told = open(&server).await.remove(0);
    let words = told["lost"]["words"].as_str().unwrap();
    assert!(words.starts_with("Late (") && words.contains("12:00"), "{words}");
    assert!(told["stands"]["words"].as_str().unwrap().starts_with("Absent ("));
    assert_eq!(told["record_name"], "student");
    let restored = settle(&server, &told, "restoration").await;
    assert_eq!(restored.status, StatusCode::NO_CONTENT, "{}", restored.text);
    let marks = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let of = |mark: &&Value| mark["person"] == server.people["student"].to_string();
    let mark = marks["items"].as_array().unwrap().iter().find(of).unwrap().clone();
    assert_eq!((&mark["status"], &mark["reason"]), (&json!("late"), &json!("They rang up")));
    assert_eq!(conflicting(&server, "mark", told["name"].as_str().unwrap()), 0);
}

async fn a_setting_and_a_class_are_written_back_by_their_own_actions(server: TestServer) {
    let made = version(&server, "action=class.create", "room").await;
    let class = server.class;
    let mut edge = Beside::start(2);
    let change = Change::new("class.change", "class", class).changed(
        &json!({"room": null}),
        &json!({"room": "A 1"}),
        0,
    );
    // Which of the two classes the version is of does not matter: it is named, or nothing is.
    edge.write(
        server.now() + Span::seconds(1),
        server.people["teacher"],
        over(change, &[("room", made)]),
    );
    let id = muster_app::settings::named("session_minutes").unwrap().id();
    let change = Change::new("setting.change", "setting", id);
    let change =
        change.changed(&json!({"session_minutes": null}), &json!({"session_minutes": "\"25\""}), 0);
    edge.write(server.now() + Span::seconds(2), server.people["teacher"], change);
    server.turn(Span::minutes(20));
    let path = format!("/api/v1/classes/{class}");
    let changed = server.call("registrar", Method::PATCH, &path, json!({"room": "B 2"})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    let changed = server
        .call("registrar", Method::PATCH, "/api/v1/settings", json!({"session_minutes": 35}))
        .await;
    assert!(changed.status.is_success(), "{}", changed.text);
    edge.meet(&server);
    for told in open(&server).await {
        let field = told["field"].as_str().unwrap();
        assert!(["room", "session_minutes"].contains(&field), "{field}");
        let restored = settle(&server, &told, "restoration").await;
        assert_eq!(restored.status, StatusCode::NO_CONTENT, "{field}: {}", restored.text);
    }
    assert_eq!(server.get("registrar", &path).await.json()["room"], "A 1");
    let settings = server.get("registrar", "/api/v1/settings").await.json();
    assert_eq!(settings["session_minutes"], 25);
    assert_eq!(open(&server).await, Vec::<Value>::new());
}

async fn an_archive_that_lost_can_be_repeated_or_dropped(server: TestServer) {
    let made = version(&server, "action=course.create", "code").await;
    let list = server.get("registrar", "/api/v1/courses").await.json();
    let id = list["items"][0]["id"].as_str().unwrap().to_owned();
    let mut edge = Beside::start(2);
    let course: muster_domain::ids::CourseId = id.parse().unwrap();
    let change = Change::new("course.change", "course", course).changed(
        &json!({"archived_at": null}),
        &json!({"archived_at": server.now()}),
        0,
    );
    let all = ["code", "name", "credits", "archived_at"].map(|field| (field, made));
    edge.write(server.now() + Span::seconds(1), server.people["teacher"], over(change, &all));
    server.turn(Span::minutes(20));
    let path = format!("/api/v1/courses/{id}");
    let changed = server.call("registrar", Method::PATCH, &path, json!({"credits": 6})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text);
    edge.meet(&server);
    let told = open(&server).await.remove(0);
    assert_eq!([&told["field_name"], &told["stands"]["words"]], ["Archived", "No"]);
    let kept = settle(&server, &told, "keeping").await;
    assert_eq!(kept.status, StatusCode::NO_CONTENT, "{}", kept.text);
    assert_eq!(conflicting(&server, "course", told["name"].as_str().unwrap()), 0);
    assert_eq!(server.get("registrar", &path).await.json()["archived_at"], Value::Null);
}

async fn what_no_action_writes_is_left_to_people(server: TestServer) {
    let session = server.open_session().await;
    let mut edge = Beside::start(2);
    let change = Change::new("session.change", "session", session).changed(
        &json!({"topic": null}),
        &json!({"topic": "Vectors"}),
        0,
    );
    edge.write(server.now() - Span::minutes(1), server.people["teacher"], change);
    edge.meet(&server);
    let told = open(&server).await.remove(0);
    assert_eq!((&told["restorable"], &told["record_name"]), (&json!(false), &json!("MA201 A")));
    let refused = settle(&server, &told, "restoration").await;
    assert_eq!(refused.reason(), "restore-by-hand", "{}", refused.text);
    let page = server.get("registrar", "/conflicts").await.text;
    assert!(page.contains("change the record itself") && !page.contains("Write it back"));
    assert_eq!(settle(&server, &told, "keeping").await.status, StatusCode::NO_CONTENT);
}

async fn lists_are_filtered_paged_and_taken_away(server: TestServer) {
    phones(&server).await;
    words(&server).await;
    let first = server.get("registrar", "/api/v1/conflicts?limit=1").await.json();
    let next = first["next"].as_str().unwrap();
    let second = server.get("registrar", &format!("/api/v1/conflicts?limit=1&cursor={next}")).await;
    let entity = |page: &Value| page["items"][0]["entity"].as_str().unwrap().to_owned();
    let mut both = [entity(&first), entity(&second.json())];
    both.sort();
    assert_eq!((both, &second.json()["next"]), (["mark".into(), "person".into()], &Value::Null));
    let marks = server.get("registrar", "/api/v1/conflicts?kind=mark").await.json();
    assert_eq!((marks["items"].as_array().unwrap().len(), entity(&marks)), (1, "mark".into()));
    let page = server.get("registrar", "/conflicts?state=settled").await.text;
    assert!(page.contains("No such conflict"));
    let file = server.get("registrar", "/conflicts?format=csv").await;
    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    let line = file.text.lines().find(|line| line.contains("Phone")).unwrap();
    assert!(line.contains("student") && line.contains("+91 111") && line.contains("+91 222"));
    assert_eq!(file.text.lines().count(), 3);
    let unknown = server.get("registrar", "/api/v1/conflicts?cursor=nothing").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}
