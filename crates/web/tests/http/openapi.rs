//! The document that describes the interface, held against the routes and real answers.

use super::server::{Answer, PASSWORD, TestServer};
use axum::http::Method;
use muster_testkit::sqlite;
use muster_web::{Access, routes};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fmt::Write;

const ADMINISTRATOR: &str = "super_administrator";

pub(super) async fn document(server: &TestServer) -> Value {
    let answer = server.get("nobody", "/api/v1/openapi.json").await;
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.json()
}

/// Every operation: method, path, and what is said of it.
fn operations(document: &Value) -> Vec<(Method, String, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(|(method, said)| (method.to_uppercase().parse().unwrap(), path.clone(), said))
    });
    operations.collect()
}

#[tokio::test]
async fn every_route_is_described_and_nothing_else() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let described: BTreeSet<_> =
        operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let declared: BTreeSet<_> = routes()
        .iter()
        .filter(|route| route.path.starts_with("/api/"))
        .map(|route| format!("{} {}", route.method, route.path))
        .collect();
    assert_eq!(described, declared);
}

/// The calls that the document for people lists, such as `GET, PATCH /people/{id}` in a table.
fn listed(text: &str) -> BTreeSet<String> {
    let firsts = text.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let spans = firsts.flat_map(|cell| cell.split('`').step_by(2));
    let calls = spans.filter_map(|span| span.rsplit_once(' '));
    let calls = calls.filter(|(_, path)| path.starts_with('/'));
    let each = calls.flat_map(|(methods, path)| {
        methods.split(", ").map(move |method| format!("{method} /api/v1{path}"))
    });
    each.collect()
}

#[tokio::test]
async fn the_guide_for_programs_lists_every_call() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let described: BTreeSet<_> =
        operations(&document).iter().map(|(method, path, _)| format!("{method} {path}")).collect();
    let listed = listed(include_str!("../../../../docs/api.md"));
    let missing: Vec<_> = described.difference(&listed).collect();
    assert!(missing.is_empty(), "docs/api.md lacks {missing:#?}");
    let unknown: Vec<_> = listed.difference(&described).collect();
    assert!(unknown.is_empty(), "docs/api.md lists {unknown:#?}, which nothing answers");
}

#[tokio::test]
async fn calls_and_their_names_are_stable() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let mut names = BTreeSet::new();
    let mut list = String::new();
    for (method, path, said) in operations(&document) {
        let name = said["operationId"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name} twice");
        assert!(said["summary"].as_str().is_some_and(|text| text.ends_with('.')), "{name}");
        writeln!(list, "{method} {path}: {name}").unwrap();
    }
    insta::assert_snapshot!(list);
}

#[tokio::test]
async fn each_call_says_who_may_use_it_and_which_parameters_it_takes() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let routes = routes();
    for (method, path, said) in operations(&document) {
        let same = |route: &&muster_web::Route| route.method == method && route.path == path;
        let public = routes.iter().find(same).unwrap().access == Access::Public;
        assert_eq!(said["security"] == json!([]), public, "{method} {path}");
        let parameters = said["parameters"].as_array().cloned().unwrap_or_default();
        let named = |wanted: &str| parameters.iter().filter(|p| p["name"] == wanted).count();
        for name in path.split('/').filter_map(|part| part.strip_prefix('{')) {
            assert_eq!(named(name.trim_end_matches('}')), 1, "{method} {path}");
        }
        // Their answers hold a secret, which is kept nowhere.
        let secrets = [
            "/tokens",
            "/pin-tokens",
            "/reset-codes",
            "/first-codes",
            "/totp",
            "/totp/confirmation",
            "/recovery-codes",
            "/calendar-feed",
            "/verifier-device-codes",
            "/verifier-devices",
            "/nodes/codes",
            "/sync/enrolments",
            "/sync/handovers",
        ];
        let secret = secrets.iter().any(|secret| path.ends_with(secret));
        let keyed = usize::from(method == Method::POST && !secret);
        assert_eq!(named("Idempotency-Key"), keyed, "{method} {path}");
        assert!(said["responses"]["default"].is_object(), "{method} {path}");
    }
}

/// The document's schemas, with no members but those that they name.
fn strict(document: &Value) -> Value {
    let mut schemas = document["components"]["schemas"].clone();
    let text = schemas.to_string();
    for (name, schema) in schemas.as_object_mut().unwrap() {
        // A part of another schema knows some of its members only.
        let part = format!("{{\"allOf\":[{{\"$ref\":\"#/components/schemas/{name}\"");
        let object = schema.get("properties").is_some() || schema.get("allOf").is_some();
        if object && !text.contains(&part[1..]) {
            schema["unevaluatedProperties"] = json!(false);
        }
    }
    json!({"schemas": schemas})
}

/// Holds an answer against what the document promises for its status.
pub(super) fn hold(document: &Value, (method, path): (&str, &str), answer: &Answer) {
    let call = format!("{method} {path}: {} {}", answer.status, answer.text);
    let responses = &document["paths"][path][method.to_lowercase()]["responses"];
    let promised = &responses[answer.status.as_str()];
    assert!(promised.is_object(), "not promised: {call}");
    let Some(content) = promised["content"].as_object() else {
        return assert!(answer.text.is_empty(), "{call}");
    };
    let (kind, content) = content.iter().next().unwrap();
    assert_eq!(answer.headers["content-type"].to_str().unwrap(), kind, "{call}");
    let mut schema = content["schema"].clone();
    schema["components"] = strict(document);
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    let wrong: Vec<_> =
        validator.iter_errors(&answer.json()).map(|error| error.to_string()).collect();
    assert!(wrong.is_empty(), "{call}\n{wrong:#?}");
}

#[tokio::test]
async fn lists_and_records_are_what_the_document_promises() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let session = server.open_session().await.to_string();
    let class = server.class.to_string();
    let student = server.people["student"].to_string();
    let of = |list: &'static str| async {
        let list = server.get(ADMINISTRATOR, list).await.json();
        list["items"][0]["id"].as_str().unwrap().to_owned()
    };
    let (term, course) = (of("/api/v1/terms").await, of("/api/v1/courses").await);
    super::programmes::physics(&server).await;
    let science = json!({"name": "Science"});
    server.post(ADMINISTRATOR, "/api/v1/faculties", science).await;
    let holiday = json!({"name": "New Year", "first_on": "2027-01-01"});
    server.post(ADMINISTRATOR, "/api/v1/holidays", holiday).await;
    let holiday = of("/api/v1/holidays").await;
    super::timetable::every_tuesday(&server).await;
    let (programme, faculty) = (of("/api/v1/programmes").await, of("/api/v1/faculties").await);
    for (path, id) in [
        ("/api/v1/me", ""),
        ("/api/v1/me/logins", ""),
        ("/api/v1/me/notices", ""),
        ("/api/v1/settings", ""),
        ("/api/v1/terms", ""),
        ("/api/v1/terms/{id}", &term),
        ("/api/v1/faculties", ""),
        ("/api/v1/faculties/{id}", &faculty),
        ("/api/v1/programmes", ""),
        ("/api/v1/programmes/{id}", &programme),
        ("/api/v1/programmes/{id}/curriculum", &programme),
        ("/api/v1/holidays", ""),
        ("/api/v1/holidays/{id}", &holiday),
        ("/api/v1/classes/{id}/patterns", &class),
        ("/api/v1/classes/{id}/clashes", &class),
        ("/api/v1/classes/{id}/candidates", &class),
        ("/api/v1/courses", ""),
        ("/api/v1/courses/{id}", &course),
        ("/api/v1/classes", ""),
        ("/api/v1/classes/{id}", &class),
        ("/api/v1/classes/{id}/enrolments", &class),
        ("/api/v1/classes/{id}/staff", &class),
        ("/api/v1/classes/{id}/meetings", &class),
        ("/api/v1/journal", ""),
        ("/api/v1/journal/heads", ""),
        ("/api/v1/people", ""),
        ("/api/v1/people/{id}", &student),
        ("/api/v1/people/{id}/attendance", &student),
        ("/api/v1/sessions/{id}", &session),
        ("/api/v1/sessions/{id}/marks", &session),
        ("/api/v1/sessions/{id}/code", &session),
        ("/api/v1/sessions/{id}/codes", &session),
        ("/api/v1/people/{id}", "nobody"),
        ("/api/v1/people/{id}", &session),
    ] {
        let answer = server.get(ADMINISTRATOR, &path.replace("{id}", id)).await;
        hold(&document, ("GET", path), &answer);
        hold(&document, ("GET", path), &server.get("nobody", &path.replace("{id}", id)).await);
    }
    let found = server.get(ADMINISTRATOR, "/api/v1/search?q=linear").await;
    assert!(found.json()["items"][0].is_object(), "{}", found.text);
    hold(&document, ("GET", "/api/v1/search"), &found);
}

#[tokio::test]
async fn changes_are_answered_as_the_document_promises() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let (class, session) = (server.class.to_string(), session.to_string());
    let student = server.people["student"].to_string();
    let marks = "/api/v1/sessions/{id}/marks/{person}";
    for (who, method, path, id, body) in [
        ("nobody", "POST", "/api/v1/tokens", "", json!({"identifier": "x", "password": "y"})),
        (
            "nobody",
            "POST",
            "/api/v1/tokens",
            "",
            json!({"identifier": "teacher", "password": PASSWORD}),
        ),
        ("student", "POST", "/api/v1/marks", "", json!({"code": link})),
        ("student", "POST", "/api/v1/marks", "", json!({"code": link})),
        ("stranger", "POST", "/api/v1/marks", "", json!({"code": link})),
        ("teacher", "PUT", marks, &session, json!({"status": "excused", "reason": "ill"})),
        ("teacher", "PUT", marks, &session, json!({"status": "asleep"})),
        ("teacher", "POST", "/api/v1/classes/{id}/sessions", &class, json!({})),
        ("teacher", "POST", "/api/v1/sessions/{id}/extension", &session, json!({"minutes": 5})),
        ("teacher", "POST", "/api/v1/sessions/{id}/closure", &session, json!({})),
        (
            "teacher",
            "POST",
            "/api/v1/sessions/{id}/reopening",
            &session,
            json!({"reason": "early"}),
        ),
        (ADMINISTRATOR, "POST", "/api/v1/people", "", json!({"number": "X1", "name": "Ada"})),
        (ADMINISTRATOR, "POST", "/api/v1/people", "", json!({"number": 1})),
        (
            ADMINISTRATOR,
            "POST",
            "/api/v1/classes/{id}/enrolments",
            &class,
            json!({"numbers": ["X1"]}),
        ),
        (ADMINISTRATOR, "PATCH", "/api/v1/people/{id}", &student, json!({"phone": null})),
        (ADMINISTRATOR, "POST", "/api/v1/people/{id}/roles", &student, json!({"role": "finance"})),
        (ADMINISTRATOR, "PATCH", "/api/v1/settings", "", json!({"step_seconds": 10})),
        (ADMINISTRATOR, "POST", "/api/v1/classes/{id}/archival", &class, json!({})),
    ] {
        let at = path.replace("{id}", id).replace("{person}", &student);
        let answer = server.call(who, method.parse().unwrap(), &at, body).await;
        hold(&document, (method, path), &answer);
    }
}

#[tokio::test]
async fn an_answer_with_a_member_that_is_not_described_is_noticed() {
    let server = TestServer::start(sqlite());
    let document = document(&server).await;
    let mut schema = json!({"$ref": "#/components/schemas/ClassItem"});
    schema["components"] = strict(&document);
    let mut class = server.get(ADMINISTRATOR, "/api/v1/classes").await.json()["items"][0].clone();
    assert!(jsonschema::draft202012::is_valid(&schema, &class));
    class["surprise"] = json!(1);
    assert!(!jsonschema::draft202012::is_valid(&schema, &class));
}
