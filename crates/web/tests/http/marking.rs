//! Marking oneself by code, and being marked by hand.

use super::imports::{import, reverse};
use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use muster_domain::auth::Role;
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::{postgres, sqlite};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::SocketAddr;

async fn mark(server: &TestServer, who: &str, code: &str) -> Answer {
    server.post(who, "/api/v1/marks", json!({"code": code})).await
}

async fn type_code(server: &TestServer, who: &str, session: SessionId, code: &str) -> Answer {
    server.post(who, "/api/v1/marks", json!({"code": code, "session": session})).await
}

async fn by_hand(
    server: &TestServer,
    who: &str,
    session: SessionId,
    body: serde_json::Value,
) -> Answer {
    let path = format!("/api/v1/sessions/{session}/marks/{}", server.people["student"]);
    server.call(who, Method::PUT, &path, body).await
}

#[tokio::test]
async fn by_the_link_and_by_typing_a_student_is_present() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, typed) = server.code(session).await;
    let first = mark(&server, "student", &link).await;
    assert_eq!((first.status, &first.json()["status"]), (StatusCode::CREATED, &json!("present")));
    let second = type_code(&server, "student_2", session, &typed.to_lowercase()).await;
    assert_eq!(second.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_second_time_changes_nothing_and_says_since_when() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let first = mark(&server, "student", &link).await.json();
    server.turn(Span::seconds(3));
    let again = mark(&server, "student", &link).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!((&again.json()["at"], &again.json()["already"]), (&first["at"], &json!(true)));
}

on_both!(late_begins_where_the_class_says);

#[tokio::test]
async fn late_begins_ten_minutes_after_the_opening() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.turn(Span::minutes(11));
    let (link, _) = server.code(session).await;
    assert_eq!(mark(&server, "student", &link).await.json()["status"], "late");
}

async fn late_begins_where_the_class_says(server: TestServer) {
    let class = format!("/api/v1/classes/{}", server.class);
    let change = async |minutes: serde_json::Value| {
        let body = json!({"late_after_minutes": minutes});
        server.call("registrar", Method::PATCH, &class, body).await
    };
    assert_eq!(change(json!(-1)).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(change(json!(3)).await.json()["late_after_minutes"], 3);
    let table = format!("/api/v1/exports/classes.csv?class={}", server.class);
    let table = server.get("registrar", &table).await.text;
    assert!(table.contains("late_after_minutes") && table.contains(",3,"), "{table}");
    let session = server.open_session().await;
    server.turn(Span::minutes(4));
    let (link, _) = server.code(session).await;
    assert_eq!(mark(&server, "student", &link).await.json()["status"], "late");
    server.post("teacher", &format!("/api/v1/sessions/{session}/closure"), json!({})).await;

    let file = "course,term,section,grace\nMA201,Spring,A,0\n";
    let imported = import(&server, "classes", file).await;
    assert_eq!(server.get("registrar", &class).await.json()["late_after_minutes"], 0);
    reverse(&server, &imported).await;
    assert_eq!(server.get("registrar", &class).await.json()["late_after_minutes"], 3);
    let journal = server.get("super_administrator", "/api/v1/journal?action=class.change").await;
    assert!(journal.text.contains("late_after_minutes"), "{}", journal.text);

    let version = server.get("registrar", &class).await.json()["version"].clone();
    let form = format!("version={version}&section=A&late_after_minutes=");
    let page = format!("/classes/{}", server.class);
    let saved = server.form("registrar", &page, &form).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    assert!(server.get("registrar", &class).await.json()["late_after_minutes"].is_null());
    let session = server.open_session().await;
    server.turn(Span::minutes(4));
    let (link, _) = server.code(session).await;
    assert_eq!(mark(&server, "student", &link).await.json()["status"], "present");
}

#[tokio::test]
async fn refusals_are_sentences_with_a_stable_reason() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, typed) = server.code(session).await;
    assert_eq!(mark(&server, "stranger", &link).await.reason(), "not-enrolled");
    for malformed in ["", "https://elsewhere.example/x", "/C/AAAA", "\u{0}", "🙂"] {
        assert_eq!(mark(&server, "student", malformed).await.reason(), "code-invalid");
    }
    server.turn(Span::hours(2));
    // Two hours later the count of guesses is forgotten, the code long gone, the session over.
    assert_eq!(mark(&server, "student_2", &link).await.reason(), "session-closed");
    assert_eq!(type_code(&server, "student_2", session, &typed).await.status, 409);
}

#[tokio::test]
async fn a_code_is_good_while_it_and_its_successor_are_on_the_wall() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    server.turn(Span::seconds(15));
    assert_eq!(mark(&server, "student", &link).await.status, StatusCode::CREATED);
    server.turn(Span::seconds(10));
    let stale = mark(&server, "student_2", &link).await;
    assert_eq!((stale.status, stale.reason()), (StatusCode::CONFLICT, "code-expired".to_owned()));
    let path = &link[link.find("/C/").unwrap()..];
    for (who, next) in [("student_2", "name=\"code\""), ("nobody", "/sign-in?back=/mark")] {
        let page = server.get(who, path).await;
        assert_eq!(page.status, StatusCode::CONFLICT, "{who}");
        assert!(page.text.contains("Scan the code on the screen again"), "{who}: {}", page.text);
        assert!(page.text.contains(next), "{who}: {}", page.text);
    }
}

#[tokio::test]
async fn a_code_of_another_session_or_of_the_future_is_not_right() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    server.turn(Span::minutes(2));
    let (future, _) = server.code(session).await;
    server.turn(Span::minutes(-2));
    assert_eq!(mark(&server, "student", &future).await.reason(), "code-invalid");
    let (_, typed) = server.code(session).await;
    let elsewhere = SessionId(uuid::Uuid::from_u128(5));
    assert_eq!(type_code(&server, "student_2", elsewhere, &typed).await.reason(), "code-invalid");
}

#[tokio::test]
async fn two_hundred_guesses_lock_even_the_right_code_out_for_a_while() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let mut last = type_code(&server, "student", session, "AAAA AAAA").await;
    for guess in 0..199 {
        last = type_code(&server, "student", session, &format!("{guess:08}")).await;
    }
    assert_eq!(last.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(last.headers["retry-after"].to_str().unwrap().parse::<i64>().unwrap() > 0);
    let (_, typed) = server.code(session).await;
    let locked = type_code(&server, "student", session, &typed).await;
    assert_eq!(locked.reason(), "too-many-attempts");
    // Others behind the same address are not held up, and the wait ends.
    assert_eq!(type_code(&server, "student_2", session, &typed).await.status, 201);
    server.turn(Span::seconds(61));
    let (_, typed) = server.code(session).await;
    assert_eq!(type_code(&server, "student", session, &typed).await.status, 201);
}

const PUPILS: [&str; 11] = ["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11"];

#[tokio::test]
async fn many_who_guess_at_the_typed_code_from_one_address_stop_it_for_all_behind_it() {
    let mut server = TestServer::start(sqlite());
    for name in PUPILS {
        server.join(name, Role::Student);
    }
    let (class, root) = (server.class, server.people["super_administrator"]);
    let pupils = PUPILS.map(|name| server.people[name]);
    server.act(Some(root), move |tx, ctx| muster_app::academics::enrol(tx, ctx, class, &pupils));
    let session = server.open_session().await;
    let (_, typed) = server.code(session).await;
    let wrong = if typed.starts_with('A') { "BBBB BBBB" } else { "AAAA AAAA" };
    // Five are free to each of them, and 50 and a fifth of the 13 in the class to the address.
    let mut refused = Vec::new();
    for guess in 0..5 * PUPILS.len() {
        let answer = type_code(&server, PUPILS[guess / 5], session, wrong).await;
        refused.push(answer.reason());
    }
    let (free, rest) = refused.split_at(52);
    assert!(free.iter().all(|reason| reason == "code-invalid"), "{free:?}");
    assert!(rest.iter().all(|reason| reason == "too-many-attempts"), "{rest:?}");
    let waits = type_code(&server, "student", session, &typed).await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS, "{}", waits.text);
    let elsewhere = json!({"code": typed, "session": session}).to_string();
    let mut request =
        server.request("student", Method::POST, "/api/v1/marks", Body::from(elsewhere));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    let address: SocketAddr = ([192, 0, 2, 9], 9).into();
    request.extensions_mut().insert(ConnectInfo(address));
    let marked = server.send(request).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    server.turn(Span::seconds(31));
    let (_, typed) = server.code(session).await;
    let after = type_code(&server, "student_2", session, &typed).await;
    assert_eq!(after.status, StatusCode::CREATED, "{}", after.text);
}

async fn fifty_times_at_once(server: TestServer) {
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let all =
        futures_util::future::join_all((0..50).map(|_| mark(&server, "student", &link))).await;
    let created = all.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let already = all.iter().filter(|answer| answer.status == StatusCode::OK).count();
    assert_eq!((created, already), (1, 49));
    let marks = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await;
    assert_eq!(marks.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_times_at_once_is_one_mark_on_sqlite() {
    fifty_times_at_once(TestServer::start(sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_times_at_once_is_one_mark_on_postgres() {
    fifty_times_at_once(TestServer::start(postgres())).await;
}

async fn a_crowd_at_once(server: TestServer) {
    let session = server.open_session().await;
    let (link, typed) = server.code(session).await;
    let (first, second, stranger, wrong, teacher) = tokio::join!(
        mark(&server, "student", &link),
        type_code(&server, "student_2", session, &typed),
        mark(&server, "stranger", &link),
        type_code(&server, "stranger", session, "AAAA AAAA"),
        mark(&server, "teacher", &link),
    );
    let statuses = [&first, &second, &stranger, &wrong, &teacher].map(|a| a.status.as_u16());
    assert_eq!(statuses, [201, 201, 403, 403, 403], "{} {}", stranger.text, wrong.text);
    let path = format!("/api/v1/journal?action=mark.make&record={session}");
    let journal = server.get("super_administrator", &path).await.json();
    let entries = journal["items"].as_array().unwrap();
    let actors: BTreeSet<_> = entries.iter().map(|entry| entry["actor"].as_str()).collect();
    let students = ["student", "student_2"].map(|name| server.people[name].to_string());
    assert_eq!(actors, students.iter().map(|id| Some(id.as_str())).collect());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_crowd_gets_their_own_answer_and_entry_on_sqlite() {
    a_crowd_at_once(TestServer::start(sqlite())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_a_crowd_gets_their_own_answer_and_entry_on_postgres() {
    a_crowd_at_once(TestServer::start(postgres())).await;
}

#[tokio::test]
async fn a_student_marks_nobody_else() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let answer = by_hand(&server, "student_2", session, json!({"status": "present"})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_change_by_hand_needs_a_reason_and_beats_the_code() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    mark(&server, "student", &link).await;
    let bare = by_hand(&server, "teacher", session, json!({"status": "absent"})).await;
    assert_eq!(
        (bare.status, bare.reason()),
        (StatusCode::UNPROCESSABLE_ENTITY, "reason-required".to_owned())
    );
    let body = json!({"status": "absent", "reason": "left at once"});
    assert_eq!(by_hand(&server, "teacher", session, body).await.status, StatusCode::OK);
    let again = mark(&server, "student", &link).await;
    assert_eq!((again.status, &again.json()["status"]), (StatusCode::OK, &json!("absent")));
}

#[tokio::test]
async fn a_code_scanned_in_time_survives_signing_in_but_not_another_browser() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let (link, _) = server.code(session).await;
    let path = format!("/c/{}", link.rsplit('/').next().unwrap());
    let scanned = server.get("nobody", &path).await;
    assert_eq!(scanned.headers["location"], "/mark");
    let cookies: Vec<_> = scanned.headers.get_all("set-cookie").iter().collect();
    let cookies = cookies.iter().map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    let cookies: Vec<String> = cookies.map(str::to_owned).collect();
    let ticket = cookies.iter().find(|cookie| cookie.starts_with("muster_ticket=")).unwrap();
    server.turn(Span::minutes(2));
    let spend = async |cookie: &str| {
        let mut request = server.request("student", Method::POST, "/mark", Body::empty());
        let headers = request.headers_mut();
        headers.insert("cookie", cookie.parse().unwrap());
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        server.send(request).await
    };
    let elsewhere = spend(ticket).await;
    assert_eq!(elsewhere.status, StatusCode::CONFLICT);
    let here = spend(&cookies.join("; ")).await;
    assert!(here.text.contains("You are marked."), "{}", here.text);
}

#[tokio::test]
async fn names_in_any_script_are_shown_as_text() {
    let server = TestServer::start(sqlite());
    let session = server.open_session().await;
    let name = format!("<script>alert(1)</script> محمد 👩‍🎓 {}", "ü".repeat(450));
    let (class, wanted) = (server.class, name.clone());
    server.act(Some(server.people["super_administrator"]), move |tx, ctx| {
        let input = muster_app::people::PersonInput {
            number: "odd".to_owned(),
            name: wanted.clone(),
            ..Default::default()
        };
        let id = muster_app::people::create(tx, ctx, &input.check()?)?;
        muster_app::academics::enrol(tx, ctx, class, &[id])
    });
    let page = server.get("teacher", &format!("/sessions/{session}")).await.text;
    assert!(!page.contains("<script>alert"));
    assert!(page.contains("محمد 👩‍🎓"));
}
