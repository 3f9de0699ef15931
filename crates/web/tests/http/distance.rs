//! Distance from the room: asked where the class has a place and the settings want to know.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::ids::SessionId;
use muster_testkit::{postgres, sqlite};
use serde_json::{Value, json};

/// The room; a hundred metres off; two kilometres off.
const ROOM: (f64, f64) = (12.971_599, 77.594_566);
const NEAR: (f64, f64) = (12.972_499, 77.594_566);
const FAR: (f64, f64) = (12.989_599, 77.594_566);

async fn rule(server: &TestServer, rule: &str) {
    let wanted = json!({"distance_rule": rule, "distance_metres": "150", "device_rule": "off"});
    let set = server.call("registrar", Method::PATCH, "/api/v1/settings", wanted).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
}

async fn locate(server: &TestServer) {
    let path = format!("/api/v1/classes/{}/location", server.class);
    let body = json!({"latitude": ROOM.0, "longitude": ROOM.1});
    let put = server.call("registrar", Method::PUT, &path, body).await;
    assert_eq!(put.status, StatusCode::NO_CONTENT, "{}", put.text);
}

async fn mark(
    server: &TestServer,
    session: SessionId,
    who: &str,
    at: Option<(f64, f64)>,
) -> Answer {
    let (link, _) = server.code(session).await;
    let mut body = json!({"code": link});
    if let Some((latitude, longitude)) = at {
        body["latitude"] = latitude.into();
        body["longitude"] = longitude.into();
    }
    server.post(who, "/api/v1/marks", body).await
}

async fn flags(server: &TestServer, session: SessionId) -> Vec<(String, Value)> {
    let list = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| (item["name"].as_str().unwrap().to_owned(), item["flags"].clone())).collect()
}

async fn a_distance_is_flagged_or_fine(server: TestServer) {
    rule(&server, "flag").await;
    locate(&server).await;
    let session = server.open_session().await;
    assert_eq!(mark(&server, session, "student", Some(FAR)).await.status, StatusCode::CREATED);
    assert_eq!(mark(&server, session, "student_2", None).await.status, StatusCode::CREATED);
    let found = flags(&server, session).await;
    assert!(found.contains(&("student".to_owned(), json!(["too-far"]))), "{found:?}");
    assert!(found.contains(&("student_2".to_owned(), json!(["distance-unknown"]))), "{found:?}");
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(page.contains("2002 m from the room"), "{page}");
}

async fn the_strict_rule_refuses_and_lets_try_again(server: TestServer) {
    rule(&server, "refuse").await;
    locate(&server).await;
    let session = server.open_session().await;
    let unknown = mark(&server, session, "student", None).await;
    assert_eq!(
        (unknown.status, unknown.reason()),
        (StatusCode::CONFLICT, "location-missing".into())
    );
    assert_eq!(mark(&server, session, "student", Some(FAR)).await.reason(), "too-far");
    assert_eq!(mark(&server, session, "student", Some(NEAR)).await.status, StatusCode::CREATED);
    let near = ("student".to_owned(), json!([]));
    assert!(flags(&server, session).await.contains(&near));
}

#[tokio::test]
async fn a_distance_is_flagged_or_fine_on_sqlite() {
    a_distance_is_flagged_or_fine(TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn a_distance_is_flagged_or_fine_on_postgres() {
    a_distance_is_flagged_or_fine(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn the_strict_rule_refuses_and_lets_try_again_on_sqlite() {
    the_strict_rule_refuses_and_lets_try_again(TestServer::start(sqlite())).await;
}

#[tokio::test]
async fn the_strict_rule_refuses_and_lets_try_again_on_postgres() {
    the_strict_rule_refuses_and_lets_try_again(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn nobody_is_asked_by_default_nor_where_the_room_is_unknown() {
    let server = TestServer::start(sqlite());
    locate(&server).await;
    let session = server.open_session().await;
    let asked = "name=\"latitude\"";
    assert!(!server.get("student", "/mark").await.text.contains(asked));
    mark(&server, session, "student", Some(FAR)).await;
    rule(&server, "refuse").await;
    assert!(server.get("student", "/mark").await.text.contains(asked));
    let path = format!("/api/v1/classes/{}/location", server.class);
    let gone = server.call("registrar", Method::DELETE, &path, json!({})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert!(!server.get("student", "/mark").await.text.contains(asked));
    assert_eq!(mark(&server, session, "student_2", None).await.status, StatusCode::CREATED);
    let nowhere = server.get("teacher", &path).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_distance_is_kept() {
    let server = TestServer::start(sqlite());
    rule(&server, "flag").await;
    locate(&server).await;
    let session = server.open_session().await;
    mark(&server, session, "student", Some(FAR)).await;
    let entries = server.get("registrar", "/api/v1/journal?action=mark.").await.text;
    assert!(entries.contains("mark.make") && !entries.contains("12.98"), "{entries}");
}

#[tokio::test]
async fn a_room_is_put_on_the_class_page_and_mistakes_stand_beside_their_field() {
    let server = TestServer::start(sqlite());
    let path = format!("/classes/{}/location", server.class);
    let wrong = server.form("registrar", &path, "latitude=91&longitude=0").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("latitude-error") && wrong.text.contains("value=\"91\""));
    let half = server.form("registrar", &path, "latitude=12.5&longitude=").await;
    assert!(half.text.contains("longitude-error"), "{}", half.text);
    let put = server.form("registrar", &path, "latitude=-33,86&longitude=151.2").await;
    assert_eq!(put.status, StatusCode::SEE_OTHER, "{}", put.text);
    let read = server.get("registrar", &format!("/api/v1{path}")).await.json();
    assert_eq!(read, json!({"latitude": -33.86, "longitude": 151.2}));
    let policy = server.get("registrar", "/").await.headers["permissions-policy"].clone();
    assert_eq!(policy, "camera=(self), geolocation=(self)");
}
