//! Every route with every role: the table of permissions, seen from outside.

use super::server::TestServer;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::auth::{Permission, Reach, Role, reach};
use muster_testkit::sqlite;
use muster_web::{Access, Route, routes};

const CALLERS: [(&str, Role); 11] = [
    ("super_administrator", Role::SuperAdministrator),
    ("registrar", Role::Registrar),
    ("finance", Role::Finance),
    ("teacher", Role::Teacher),
    ("teacher_b", Role::Teacher),
    ("assistant", Role::Assistant),
    ("student", Role::Student),
    ("invigilator", Role::Invigilator),
    ("gate", Role::Gate),
    ("organiser", Role::Organiser),
    ("guardian", Role::Guardian),
];

/// Whether the caller's role lets them through at all.
fn may(role: Role, access: Access) -> bool {
    match access {
        Access::Public | Access::SignedIn => true,
        Access::Needs(permission) => reach(role, permission).is_some(),
    }
}

pub(super) fn sample(server: &TestServer, route: &Route, session: &str) -> String {
    let id = if route.path.contains("/sessions/{id}") {
        session.to_owned()
    } else if route.path.contains("/people/{id}") {
        server.people["student"].to_string()
    } else {
        server.class.to_string()
    };
    route
        .path
        .replace("{id}", &id)
        .replace("{person}", &server.people["student"].to_string())
        .replace("{code}", "AAAA")
        .replace("{file}", "none")
        .replace("{grant}", &id)
        .replace("{bulk}", &id)
        .replace("{device}", &id)
        .replace("{token}", "none")
        .replace("{other}", &server.people["student_2"].to_string())
        .replace("{merge}", &id)
        .replace("{name}", "receipt")
        .replace("{assessment}", &id)
        .replace("{term}", &id)
}

async fn ask(server: &TestServer, who: &str, route: &Route, path: &str) -> StatusCode {
    let mut request = server.request(who, route.method.clone(), path, Body::from("{}"));
    let kind = if path.starts_with("/api/") { "application/json" } else { FORM };
    request.headers_mut().insert("content-type", kind.parse().unwrap());
    if path.contains("/sessions/") && path.ends_with("/events")
        || path == "/api/v1/live"
        || path == "/api/v1/incidents/events"
    {
        return server.open(who, path).await.status();
    }
    server.send(request).await.status
}

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn nobody_gets_past_a_route_that_is_not_public() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await.to_string();
    for route in routes().iter().filter(|route| route.access != Access::Public) {
        let path = sample(&server, route, &session);
        let status = ask(&server, "nobody", route, &path).await;
        let expected = if path.starts_with("/api/") {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::SEE_OTHER
        };
        assert_eq!(status, expected, "{} {}", route.method, route.path);
    }
}

#[tokio::test]
async fn each_role_gets_where_the_table_lets_it_and_no_further() {
    let mut server = TestServer::start(sqlite());
    let known = CALLERS.map(|(_, role)| role);
    assert!(Role::ALL.iter().all(|role| known.contains(role)), "every role calls");
    for (name, role) in CALLERS {
        if !server.people.contains_key(name) {
            server.join(name, role);
        }
    }
    let session = server.open_session().await.to_string();
    for route in routes() {
        let Access::Needs(permission) = route.access else { continue };
        let path = sample(&server, &route, &session);
        for (who, role) in CALLERS {
            let status = ask(&server, who, &route, &path).await;
            let cell = format!("{who} {} {}", route.method, route.path);
            if !may(role, route.access) {
                assert_eq!(status, StatusCode::FORBIDDEN, "{cell}");
            } else if who != "teacher_b" || !is_of_class(permission) {
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{cell}");
                let own = reach(role, permission) == Some(Reach::Own);
                assert!(own || status != StatusCode::FORBIDDEN, "{cell}");
            }
        }
    }
}

fn is_of_class(permission: Permission) -> bool {
    reach(Role::Teacher, permission) == Some(Reach::OwnClasses)
}

#[tokio::test]
async fn a_teacher_of_another_class_reads_and_changes_nothing_here() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let person = server.people["student"];
    let mark = format!("/api/v1/sessions/{session}/marks/{person}");
    let wanted = serde_json::json!({"status": "present"});
    let answers = [
        server.get("teacher_b", &format!("/api/v1/sessions/{session}")).await,
        server.get("teacher_b", &format!("/api/v1/sessions/{session}/code")).await,
        server.get("teacher_b", &format!("/sessions/{session}")).await,
        server.call("teacher_b", Method::PUT, &mark, wanted.clone()).await,
        server.post("teacher_b", &format!("/api/v1/sessions/{session}/closure"), wanted).await,
    ];
    for answer in answers {
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn an_assistant_marks_but_does_not_reopen() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let closure = format!("/api/v1/sessions/{session}/closure");
    assert_eq!(server.post("assistant", &closure, serde_json::json!({})).await.status, 200);
    let reopening = format!("/api/v1/sessions/{session}/reopening");
    let body = serde_json::json!({"reason": "too early", "minutes": 5});
    assert_eq!(server.post("assistant", &reopening, body.clone()).await.status, 403);
    assert_eq!(server.post("teacher", &reopening, body).await.status, 200);
}

#[tokio::test]
async fn pages_carry_the_content_security_policy() {
    let server = TestServer::start(sqlite());
    let answer = server.get("nobody", "/sign-in").await;
    let policy = answer.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.starts_with("default-src 'none'; script-src 'self'"));
    assert_eq!(answer.headers["x-content-type-options"], "nosniff");
}

#[tokio::test]
async fn an_error_keeps_the_navigation_of_whoever_is_signed_in() {
    let server = TestServer::start(sqlite());
    for path in ["/nowhere", "/settings", "/classes/00000000-0000-0000-0000-000000000000"] {
        let page = server.get("teacher", path).await;
        assert!(page.status.is_client_error(), "{path}");
        assert!(page.text.contains("href=\"/classes\"") && page.text.contains("Go to the start"));
    }
    let stranger = server.get("nobody", "/nowhere").await;
    assert_eq!(stranger.status, StatusCode::NOT_FOUND);
    assert!(!stranger.text.contains("href=\"/classes\""));
}
