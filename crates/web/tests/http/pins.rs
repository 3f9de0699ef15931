//! Signing in by the code of a class and a PIN.

use super::access::sample;
use super::server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_app::{people, pins};
use muster_domain::auth::Role;
use muster_domain::time::Span;
use muster_storage::pins::PinRow;
use muster_web::{Access, routes};
use serde_json::json;

on_both!(
    a_teachers_pin_opens_their_class_and_nothing_else,
    no_other_page_opens_to_a_login_by_pin,
    a_second_factor_is_for_what_a_pin_does_not_reach,
    guesses_sent_at_once_are_counted_before_they_are_tried,
    whoever_was_deactivated_stays_outside,
    a_pin_is_set_with_the_password_and_removed_at_will,
    a_program_sets_a_pin_signs_in_by_it_and_removes_it,
    two_teachers_of_a_class_are_told_apart_by_their_pins,
    guessing_has_to_wait_for_the_class_and_for_the_address,
    whoever_no_longer_teaches_the_class_stays_outside,
    it_is_off_unless_the_institution_allows_it,
);

const PIN: &str = "402917";

async fn allow(server: &TestServer) {
    let body = serde_json::json!({"pin_sign_in": true});
    let done = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
}

/// Gives somebody a PIN without their password, which takes time.
fn give(server: &TestServer, who: &str, pin: &str) {
    let person = server.people[who];
    let hash = muster_app::passwords::hash(pin, [9; 32]).unwrap();
    server.act(Some(person), move |tx, ctx| {
        let row = PinRow { person, hash: hash.clone() };
        Ok(muster_storage::pins::put(tx, &row, ctx.now())?)
    });
}

async fn enter(server: &TestServer, class: &str, pin: &str) -> Answer {
    server.form("nobody", "/sign-in/pin", &format!("class={class}&pin={pin}")).await
}

fn cookie(answer: &Answer) -> String {
    let set = answer.headers.get_all("set-cookie").iter();
    let mut pairs = set.map(|cookie| cookie.to_str().unwrap().split(';').next().unwrap());
    pairs.find(|pair| pair.starts_with("muster_login=")).unwrap_or_default().to_owned()
}

async fn with(server: &TestServer, cookie: &str, method: Method, path: &str) -> Answer {
    let mut request = server.request("nobody", method, path, Body::empty());
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    server.send(request).await
}

/// Signs the teacher in by PIN; their cookie.
async fn inside(server: &TestServer) -> String {
    allow(server).await;
    give(server, "teacher", PIN);
    let answer = enter(server, "MA201+A", PIN).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    cookie(&answer)
}

async fn status(server: &TestServer, cookie: &str, path: &str) -> StatusCode {
    with(server, cookie, Method::GET, path).await.status
}

async fn a_teachers_pin_opens_their_class_and_nothing_else(server: TestServer) {
    allow(&server).await;
    let (teacher, other) = (server.people["teacher"], server.other);
    server.act(Some(server.people["super_administrator"]), move |tx, ctx| {
        people::grant(tx, ctx, teacher, Role::Teacher, Some(other))?;
        people::grant(tx, ctx, teacher, Role::Registrar, None)
    });
    give(&server, "teacher", PIN);
    let answer = enter(&server, "ma201+a", PIN).await;
    let class = format!("/classes/{}", server.class);
    assert_eq!(answer.headers["location"], class, "{}", answer.text);
    let cookie = cookie(&answer);
    let page = with(&server, &cookie, Method::GET, &class).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(!page.text.contains("href=\"/inbox\"") && !page.text.contains("/search"));
    let home = with(&server, &cookie, Method::GET, "/").await;
    assert_eq!(home.headers["location"], class);
    let list = with(&server, &cookie, Method::GET, "/classes").await.text;
    assert!(list.contains(&class) && !list.contains(&other.to_string()), "{list}");
    let mut open = server.request(
        "nobody",
        Method::POST,
        &format!("/api/v1{class}/sessions"),
        Body::from(r#"{"methods": ["qr"]}"#),
    );
    open.headers_mut().insert("cookie", cookie.parse().unwrap());
    open.headers_mut().insert("content-type", "application/json".parse().unwrap());
    assert_eq!(server.send(open).await.status, StatusCode::CREATED);
    for path in [format!("/classes/{other}"), format!("/classes/{other}/register")] {
        assert_eq!(status(&server, &cookie, &path).await, StatusCode::FORBIDDEN, "{path}");
    }
    let logins = server.get("teacher", "/logins").await;
    assert!(logins.text.contains("by PIN"), "{}", logins.text);
    server.turn(Span::hours(8));
    assert_eq!(status(&server, &cookie, &class).await, StatusCode::SEE_OTHER);
}

async fn no_other_page_opens_to_a_login_by_pin(server: TestServer) {
    let cookie = inside(&server).await;
    let session = server.open_session().await.to_string();
    let mut open = Vec::new();
    for route in routes() {
        // Signing out would end the walk.
        if route.access == Access::Public || route.path == "/sign-out" {
            continue;
        }
        let path = sample(&server, &route, &session);
        let mut request = server.request("nobody", route.method.clone(), &path, Body::from("{}"));
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
        let refused = if path.contains("/sessions/") && path.ends_with("/events") {
            false
        } else {
            server.send(request).await.status == StatusCode::FORBIDDEN
        };
        let teaching = match route.access {
            Access::Needs(permission) => {
                permission.is_teaching()
                    && !["/imports", "/exports/"].iter().any(|p| path.contains(p))
            }
            _ => false,
        };
        assert!(refused || teaching || route.access == Access::SignedIn, "{path}");
        if !refused && !teaching {
            open.push(route.path);
        }
    }
    let expected =
        ["/", "/people/{id}/photo", "/classes/{id}/students/{person}", "/api/v1/people/{id}/photo"];
    open.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(open, expected);
}

async fn a_second_factor_is_for_what_a_pin_does_not_reach(server: TestServer) {
    let (teacher, root) = (server.people["teacher"], server.people["super_administrator"]);
    server.act(Some(root), move |tx, ctx| people::grant(tx, ctx, teacher, Role::Registrar, None));
    let body = serde_json::json!({"administrators_second_factor": true});
    let done = server.call("registrar", Method::PATCH, "/api/v1/settings", body).await;
    assert_eq!(done.status, StatusCode::OK);
    let cookie = inside(&server).await;
    let class = format!("/classes/{}", server.class);
    assert_eq!(status(&server, &cookie, &class).await, StatusCode::OK);
    for path in ["/people", "/settings", "/security", "/security/totp", "/journal"] {
        assert_eq!(status(&server, &cookie, path).await, StatusCode::FORBIDDEN, "{path}");
    }
}

async fn guesses_sent_at_once_are_counted_before_they_are_tried(server: TestServer) {
    allow(&server).await;
    give(&server, "teacher", PIN);
    let guess = || enter(&server, "MA201+A", "100001");
    let answers =
        tokio::join!(guess(), guess(), guess(), guess(), guess(), guess(), guess(), guess());
    let late = <[Answer; 8]>::from(answers)
        .iter()
        .filter(|answer| answer.status == StatusCode::TOO_MANY_REQUESTS)
        .count();
    assert_eq!(late, 3, "five are tried");
}

async fn whoever_was_deactivated_stays_outside(server: TestServer) {
    let cookie = inside(&server).await;
    let path = format!("/api/v1/people/{}", server.people["teacher"]);
    let version = server.get("super_administrator", &path).await.json()["version"].clone();
    let body = serde_json::json!({"active": false, "version": version});
    let done = server.call("super_administrator", Method::PATCH, &path, body).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let class = format!("/classes/{}", server.class);
    assert_eq!(status(&server, &cookie, &class).await, StatusCode::SEE_OTHER);
    assert_eq!(enter(&server, "MA201+A", PIN).await.status, StatusCode::UNAUTHORIZED);
}

async fn a_pin_is_set_with_the_password_and_removed_at_will(server: TestServer) {
    allow(&server).await;
    let wrong = server.form("teacher", "/security/pin", &format!("present=no&pin={PIN}")).await;
    assert!(wrong.text.contains("not your present password"), "{}", wrong.text);
    let right = format!("present={}&pin={PIN}", PASSWORD.replace(' ', "+"));
    let set = server.form("teacher", "/security/pin", &right).await;
    assert_eq!(set.headers["location"], "/security/pin?done=set", "{}", set.text);
    assert!(server.get("teacher", "/inbox").await.text.contains("A PIN of yours was set"));
    let cookie = cookie(&enter(&server, "MA201+A", PIN).await);
    let class = format!("/classes/{}", server.class);
    assert_eq!(status(&server, &cookie, &class).await, StatusCode::OK);
    let journal = server.get("registrar", "/journal?action=login.start").await.text;
    assert!(journal.contains("login.start") || journal.contains("pin"), "{journal}");
    server.form("teacher", "/security/pin/removal", "").await;
    assert_eq!(status(&server, &cookie, &class).await, StatusCode::SEE_OTHER);
    assert_eq!(enter(&server, "MA201+A", PIN).await.status, StatusCode::UNAUTHORIZED);
}

async fn a_program_sets_a_pin_signs_in_by_it_and_removes_it(server: TestServer) {
    let own = "/api/v1/me/pin";
    let enter = json!({"class": "ma201 a", "pin": PIN});
    let off = server.post("nobody", "/api/v1/pin-tokens", enter.clone()).await;
    assert_eq!(off.status, StatusCode::NOT_FOUND);
    allow(&server).await;
    let none = json!({"offered": true, "since": null});
    assert_eq!(server.get("teacher", own).await.json(), none);
    let set = |present: &str, pin: &str| json!({"present": present, "pin": pin});
    for (who, body, status) in [
        ("teacher", set("no", PIN), StatusCode::UNPROCESSABLE_ENTITY),
        ("teacher", set(PASSWORD, "123456"), StatusCode::UNPROCESSABLE_ENTITY),
        ("student", set(PASSWORD, PIN), StatusCode::FORBIDDEN),
        ("teacher", set(PASSWORD, PIN), StatusCode::NO_CONTENT),
    ] {
        let answer = server.call(who, Method::PUT, own, body).await;
        assert_eq!(answer.status, status, "{who}: {}", answer.text);
    }
    let told = server.get("teacher", own).await;
    assert!(told.json()["since"].is_string() && !told.text.contains(PIN), "{}", told.text);
    let inside = server.post("nobody", "/api/v1/pin-tokens", enter.clone()).await;
    assert_eq!(inside.status, StatusCode::CREATED, "{}", inside.text);
    assert_eq!(inside.json()["class"], json!(server.class));
    let bearer = format!("Bearer {}", inside.json()["access_token"].as_str().unwrap());
    let ask = async |method: Method, path: String| {
        let mut request = server.request("nobody", method, &path, Body::from("{}"));
        request.headers_mut().insert("authorization", bearer.parse().unwrap());
        server.send(request).await.status
    };
    let class = format!("/api/v1/classes/{}", server.class);
    assert_eq!(ask(Method::GET, class.clone()).await, StatusCode::OK);
    let other = format!("/api/v1/classes/{}", server.other);
    assert_eq!(ask(Method::GET, other).await, StatusCode::FORBIDDEN);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(ask(method, own.to_owned()).await, StatusCode::FORBIDDEN, "its own PIN");
    }
    let removed = server.call("teacher", Method::DELETE, own, json!({})).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT, "{}", removed.text);
    assert_eq!(ask(Method::GET, class).await, StatusCode::UNAUTHORIZED);
    let again = server.call("teacher", Method::DELETE, own, json!({})).await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    let wrong = server.post("nobody", "/api/v1/pin-tokens", enter).await;
    assert_eq!((wrong.status, wrong.reason()), (StatusCode::UNAUTHORIZED, "wrong-pin".into()));
}

async fn name_of(server: &TestServer, who: &str) -> String {
    let me = server.get(who, "/api/v1/me").await.json();
    me["name"].as_str().unwrap().to_owned()
}

async fn two_teachers_of_a_class_are_told_apart_by_their_pins(server: TestServer) {
    allow(&server).await;
    give(&server, "teacher", PIN);
    give(&server, "assistant", "918273");
    for (pin, who) in [(PIN, "teacher"), ("918273", "assistant")] {
        let cookie = cookie(&enter(&server, "MA201+A", pin).await);
        let page = with(&server, &cookie, Method::GET, &format!("/classes/{}", server.class)).await;
        let name = name_of(&server, who).await;
        assert!(page.text.contains(&format!("<b>{name}</b>")), "{who}: {name}");
    }
    give(&server, "assistant", PIN);
    let same = enter(&server, "MA201+A", PIN).await;
    assert_eq!(same.status, StatusCode::UNAUTHORIZED, "one PIN of two people names neither");
}

async fn guessing_has_to_wait_for_the_class_and_for_the_address(server: TestServer) {
    allow(&server).await;
    give(&server, "teacher", PIN);
    let unknown = enter(&server, "XX999+A", "100001").await;
    let wrong = enter(&server, "MA201+A", "100001").await;
    assert_eq!(unknown.text.replace("XX999", "MA201"), wrong.text, "neither is told");
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    for written in ["MA201+A", "ma201+a", "+MA201+A+", "ma201/a"] {
        enter(&server, written, "100002").await;
    }
    let locked = enter(&server, "MA201+A", PIN).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    server.turn(Span::seconds(31));
    assert!(!cookie(&enter(&server, "MA201+A", PIN).await).is_empty());
    for n in 0..50 {
        enter(&server, &format!("YY{n}"), "100003").await;
    }
    let locked = enter(&server, "MA201+A", PIN).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS, "the address guessed too often");
}

async fn whoever_no_longer_teaches_the_class_stays_outside(server: TestServer) {
    allow(&server).await;
    give(&server, "teacher", PIN);
    let cookie = cookie(&enter(&server, "MA201+A", PIN).await);
    let (teacher, root) = (server.people["teacher"], server.people["super_administrator"]);
    server.act(Some(root), move |tx, ctx| {
        for grant in muster_storage::people::grants(tx, teacher)? {
            people::end_grant(tx, ctx, grant.id)?;
        }
        Ok(())
    });
    assert_eq!(enter(&server, "MA201+A", PIN).await.status, StatusCode::UNAUTHORIZED);
    let class = format!("/classes/{}", server.class);
    let still = with(&server, &cookie, Method::GET, &class).await;
    assert_eq!(still.status, StatusCode::SEE_OTHER);
}

async fn it_is_off_unless_the_institution_allows_it(server: TestServer) {
    give(&server, "teacher", PIN);
    for (who, path) in [("nobody", "/sign-in/pin"), ("assistant", "/security/pin")] {
        assert_eq!(server.get(who, path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let kept = server.get("teacher", "/security/pin").await.text;
    assert!(kept.contains("opens nothing at present") && !kept.contains("New PIN"), "{kept}");
    assert_eq!(enter(&server, "MA201+A", PIN).await.status, StatusCode::NOT_FOUND);
    assert!(!server.get("nobody", "/sign-in").await.text.contains("/sign-in/pin"));
    allow(&server).await;
    assert!(server.get("nobody", "/sign-in").await.text.contains("/sign-in/pin"));
    let easy = server.form("teacher", "/security/pin", "present=x&pin=123456").await;
    assert!(easy.text.contains("easy to guess"), "{}", easy.text);
    assert_eq!(server.form("student", "/security/pin", "present=x&pin=402917").await.status, 403);
    let cookie = cookie(&enter(&server, "MA201+A", PIN).await);
    let off = serde_json::json!({"pin_sign_in": false});
    server.call("registrar", Method::PATCH, "/api/v1/settings", off).await;
    let class = format!("/classes/{}", server.class);
    let after = with(&server, &cookie, Method::GET, &class).await;
    assert_eq!(after.status, StatusCode::SEE_OTHER, "switching it off ends what it opened");
    let teacher = server.people["teacher"];
    let at = server.act(Some(teacher), |tx, ctx| pins::own(tx, ctx));
    assert!(at.since.is_some(), "the PIN itself stays");
}
