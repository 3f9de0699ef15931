//! The second factor: asked for after the password, each code once, and no way around it.

use super::server::{Answer, PASSWORD, TestServer};
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Method, StatusCode};
use data_encoding::BASE32_NOPAD;
use muster_credential::totp::Seed;
use muster_domain::time::Span;
use serde_json::{Value, json};
use std::net::SocketAddr;

/// The code that the app shows now.
fn code(server: &TestServer, seed: &Seed) -> String {
    seed.code_at(server.now().0 / 1_000_000)
}

async fn begin(server: &TestServer, who: &str) -> Seed {
    let answer = server.post(who, "/api/v1/me/totp", json!({"present": PASSWORD})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    let secret = answer.json()["secret"].as_str().unwrap().replace(' ', "");
    Seed::from_slice(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap()
}

/// Sets an app up; its seed and the recovery codes. The step of its first code is over then.
async fn enrol(server: &TestServer, who: &str) -> (Seed, Vec<String>) {
    let seed = begin(server, who).await;
    let first = json!({"code": code(server, &seed)});
    let answer = server.post(who, "/api/v1/me/totp/confirmation", first).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    server.turn(Span::seconds(30));
    let codes = answer.json()["recovery_codes"].clone();
    (seed, serde_json::from_value(codes).unwrap())
}

async fn token(server: &TestServer, who: &str, code: Option<&str>) -> Answer {
    let body = json!({"identifier": who, "password": PASSWORD, "code": code});
    server.post("nobody", "/api/v1/tokens", body).await
}

/// Sends a form with a cookie.
async fn with_cookie(server: &TestServer, path: &str, cookie: &str, form: &str) -> Answer {
    let mut request = server.request("nobody", Method::POST, path, Body::from(form.to_owned()));
    let headers = request.headers_mut();
    headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
    headers.insert("cookie", cookie.parse().unwrap());
    server.send(request).await
}

fn cookies(answer: &Answer) -> Vec<String> {
    let set = answer.headers.get_all("set-cookie").iter();
    set.map(|value| value.to_str().unwrap().split(';').next().unwrap().to_owned()).collect()
}

fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let named = format!("{name}=");
    cookies(answer).into_iter().find(|cookie| cookie.starts_with(&named) && cookie != &named)
}

/// Signs in by the page as far as the password goes; the cookie that leads on.
async fn password_step(server: &TestServer, who: &str) -> String {
    let form = format!("identifier={who}&password={}&back=/people", PASSWORD.replace(' ', "+"));
    let answer = server.form("nobody", "/sign-in", &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    assert_eq!(answer.headers["location"], "/sign-in/second?back=/people");
    assert_eq!(cookie(&answer, "muster_login"), None);
    cookie(&answer, "muster_second").unwrap()
}

async fn the_password_alone_opens_nothing(server: TestServer) {
    enrol(&server, "teacher").await;
    assert_eq!(token(&server, "teacher", None).await.reason(), "second-factor-needed");
    let between = password_step(&server, "teacher").await;
    // What lies between the steps is no login under any name.
    let secret = between.split_once('=').unwrap().1;
    for (name, value) in [
        ("cookie", format!("muster_login={secret}")),
        ("authorization", format!("Bearer {secret}")),
    ] {
        let mut request = server.request("nobody", Method::GET, "/api/v1/me", Body::empty());
        request.headers_mut().insert(name, value.parse().unwrap());
        assert_eq!(server.send(request).await.status, StatusCode::UNAUTHORIZED);
    }
}

async fn a_code_of_the_app_opens_once(server: TestServer) {
    let (seed, _) = enrol(&server, "teacher").await;
    let between = password_step(&server, "teacher").await;
    let form = format!("code={}&back=/people", code(&server, &seed));
    let wrong = with_cookie(&server, "/sign-in/second", &between, "code=000000").await;
    assert_eq!(wrong.status, StatusCode::UNAUTHORIZED);
    assert!(wrong.text.contains("wrong, or was used before"));
    let right = with_cookie(&server, "/sign-in/second", &between, &form).await;
    assert_eq!(
        (right.status, right.headers["location"].to_str().unwrap()),
        (StatusCode::SEE_OTHER, "/people")
    );
    let login = cookie(&right, "muster_login").unwrap();
    let mut request = server.request("nobody", Method::GET, "/api/v1/me", Body::empty());
    request.headers_mut().insert("cookie", login.parse().unwrap());
    assert_eq!(server.send(request).await.json()["number"], "teacher");
    // The token between the steps is spent, and so is the code, for a program too.
    let again = with_cookie(&server, "/sign-in/second", &between, &form).await;
    assert_eq!(cookie(&again, "muster_login"), None);
    assert!(again.text.contains("Sign in again"), "{}", again.text);
    let replayed = token(&server, "teacher", Some(&code(&server, &seed))).await;
    assert_eq!(replayed.reason(), "wrong-second-factor");
    server.turn(Span::seconds(30));
    let next = token(&server, "teacher", Some(&code(&server, &seed))).await;
    assert_eq!(next.status, StatusCode::CREATED);
}

async fn the_second_step_ends_after_ten_minutes(server: TestServer) {
    let (seed, _) = enrol(&server, "teacher").await;
    let between = password_step(&server, "teacher").await;
    server.turn(Span::minutes(10));
    let form = format!("code={}", code(&server, &seed));
    let late = with_cookie(&server, "/sign-in/second", &between, &form).await;
    assert_eq!((late.status, cookie(&late, "muster_login")), (StatusCode::UNAUTHORIZED, None));
}

async fn a_recovery_code_opens_once_and_its_owner_is_told(server: TestServer) {
    let (_, codes) = enrol(&server, "teacher").await;
    assert_eq!(codes.len(), 10);
    let typed = codes[3].to_lowercase().replace('-', " ");
    assert_eq!(token(&server, "teacher", Some(&typed)).await.status, StatusCode::CREATED);
    let again = token(&server, "teacher", Some(&codes[3])).await;
    assert_eq!(again.reason(), "wrong-second-factor");
    let own = server.get("teacher", "/api/v1/me/second-factors").await.json();
    assert_eq!(own["recovery_codes_left"], 9);
    let told = server.get("teacher", "/api/v1/me/notices").await.json();
    assert_eq!(told["items"][0]["title"], "You signed in with a recovery code");
    // New ones replace them.
    let present = json!({"present": PASSWORD});
    let renewed = server.post("teacher", "/api/v1/me/recovery-codes", present).await;
    assert_eq!(renewed.status, StatusCode::CREATED);
    assert_eq!(token(&server, "teacher", Some(&codes[4])).await.status, StatusCode::UNAUTHORIZED);
}

async fn an_edge_takes_codes_of_the_app_and_leaves_the_rest_to_its_hub(server: TestServer) {
    let (seed, codes) = enrol(&server, "teacher").await;
    server.become_edge();
    // It would work again as soon as the hub gave its own list.
    let refused = token(&server, "teacher", Some(&codes[0])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    assert!(refused.text.contains("on the hub alone"), "{}", refused.text);
    let right = code(&server, &seed);
    assert_eq!(token(&server, "teacher", Some(&right)).await.status, StatusCode::CREATED);
    let password = json!({"present": PASSWORD, "password": "quite another red staple"});
    let changed = server.call("teacher", Method::PUT, "/api/v1/me/password", password).await;
    let present = json!({"present": PASSWORD});
    let renewed = server.post("teacher", "/api/v1/me/recovery-codes", present).await;
    for refused in [changed, renewed] {
        assert_eq!((refused.status, &*refused.reason()), (StatusCode::CONFLICT, "at-hub"));
    }
    assert_eq!(token(&server, "student", None).await.status, StatusCode::CREATED);
}

async fn guessed_codes_make_even_the_right_one_wait(server: TestServer) {
    let (seed, codes) = enrol(&server, "teacher").await;
    for _ in 0..5 {
        token(&server, "teacher", Some("000000")).await;
    }
    let right = code(&server, &seed);
    for code in [right.as_str(), &codes[0]] {
        let waits = token(&server, "teacher", Some(code)).await;
        assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    }
    server.turn(Span::seconds(31));
    let right = code(&server, &seed);
    assert_eq!(token(&server, "teacher", Some(&right)).await.status, StatusCode::CREATED);
}

async fn an_app_is_added_and_removed_by_whoever_knows_the_password(server: TestServer) {
    let wrong = json!({"present": "not this one at all"});
    let refused = server.post("teacher", "/api/v1/me/totp", wrong.clone()).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/present");
    enrol(&server, "teacher").await;
    let refused = server.post("teacher", "/api/v1/me/totp/removal", wrong).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/present");
    let twice = server.post("teacher", "/api/v1/me/totp", json!({"present": PASSWORD})).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    let right = json!({"present": PASSWORD});
    let removed = server.post("teacher", "/api/v1/me/totp/removal", right).await;
    assert_eq!(removed.status, StatusCode::NO_CONTENT);
    assert_eq!(token(&server, "teacher", None).await.status, StatusCode::CREATED);
    let own = server.get("teacher", "/api/v1/me/second-factors").await.json();
    assert_eq!((&own["totp_since"], &own["recovery_codes_left"]), (&Value::Null, &json!(0)));
}

async fn an_app_that_is_not_confirmed_changes_nothing(server: TestServer) {
    let seed = begin(&server, "teacher").await;
    let wrong = json!({"code": "000000"});
    let refused = server.post("teacher", "/api/v1/me/totp/confirmation", wrong).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/code");
    assert_eq!(token(&server, "teacher", None).await.status, StatusCode::CREATED);
    // Whoever comes by at an unlocked computer later finds nothing to photograph.
    assert!(server.get("teacher", "/security/totp").await.text.contains("otpauth://"));
    server.turn(Span::minutes(10));
    assert!(!server.get("teacher", "/security/totp").await.text.contains("otpauth://"));
    let late = json!({"code": code(&server, &seed)});
    let refused = server.post("teacher", "/api/v1/me/totp/confirmation", late).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn students_are_not_offered_one(server: TestServer) {
    let answer = server.post("student", "/api/v1/me/totp", json!({"present": PASSWORD})).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(!server.get("student", "/security").await.text.contains("Authenticator"));
    assert!(server.get("teacher", "/security").await.text.contains("Authenticator"));
}

async fn a_lost_one_is_removed_with_a_reason_by_whoever_has_power_over_its_owner(
    server: TestServer,
) {
    enrol(&server, "teacher").await;
    enrol(&server, "super_administrator").await;
    let path = |who: &str| format!("/api/v1/people/{}/second-factor/removal", server.people[who]);
    let why = json!({"reason": "lost phone, came in person"});
    let none = server.post("registrar", &path("teacher"), json!({"reason": " "})).await;
    assert_eq!(none.json()["errors"][0]["pointer"], "/reason");
    let above = server.post("registrar", &path("super_administrator"), why.clone()).await;
    assert_eq!(above.status, StatusCode::FORBIDDEN);
    let own = server.post("super_administrator", &path("super_administrator"), why.clone()).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = server.post("registrar", &path("teacher"), why).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    assert_eq!(server.get("teacher", "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    assert_eq!(token(&server, "teacher", None).await.status, StatusCode::CREATED);
    let journal = server.get("super_administrator", "/journal?action=second_factor.reset").await;
    assert!(journal.text.contains("lost phone, came in person"));
}

async fn administrators_who_must_have_one_set_it_up_before_they_get_in(server: TestServer) {
    let on = json!({"administrators_second_factor": true});
    let root = "super_administrator";
    let set = server.call(root, Method::PATCH, "/api/v1/settings", on).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    assert_eq!(token(&server, "teacher", None).await.status, StatusCode::CREATED);
    let program = token(&server, "registrar", None).await;
    assert_eq!((program.status, program.reason()), (StatusCode::FORBIDDEN, "enrol-first".into()));
    let between = password_step(&server, "registrar").await;
    let mut request =
        server.request("nobody", Method::GET, "/sign-in/second?back=/people", Body::empty());
    request.headers_mut().insert("cookie", between.parse().unwrap());
    let page = server.send(request).await.text;
    let secret = page.split("secret=").nth(1).unwrap().split('&').next().unwrap();
    let seed = Seed::from_slice(&BASE32_NOPAD.decode(secret.as_bytes()).unwrap()).unwrap();
    let wrong = with_cookie(&server, "/sign-in/enrolment", &between, "code=000000").await;
    assert_eq!(cookie(&wrong, "muster_login"), None);
    let form = format!("code={}&back=/people", code(&server, &seed));
    let skipped = with_cookie(&server, "/sign-in/second", &between, &form).await;
    assert_eq!(cookie(&skipped, "muster_login"), None);
    let done = with_cookie(&server, "/sign-in/enrolment", &between, &form).await;
    assert_eq!(done.status, StatusCode::OK);
    assert!(cookie(&done, "muster_login").is_some());
    assert_eq!(done.text.matches("<li>").count(), 10, "{}", done.text);
    assert_eq!(token(&server, "registrar", None).await.reason(), "second-factor-needed");
}

async fn neither_seed_nor_codes_are_in_the_journal_or_readable_in_the_records(server: TestServer) {
    let (seed, codes) = enrol(&server, "teacher").await;
    let person = server.people["teacher"];
    let stored = server.store.read(move |tx| muster_storage::factors::totp(tx, person));
    let stored = stored.await.unwrap().unwrap().seed;
    assert!(!stored.windows(20).any(|bytes| bytes == seed.as_bytes()));
    let journal = server.get("super_administrator", "/api/v1/journal?limit=100").await.text;
    assert!(journal.contains("totp.confirm"));
    let secret = BASE32_NOPAD.encode(seed.as_bytes());
    assert!(!journal.contains(&secret) && !codes.iter().any(|code| journal.contains(code)));
}

async fn without_encryption_none_is_set_up(server: TestServer) {
    let body = json!({"present": PASSWORD}).to_string();
    let mut request = server.request("teacher", Method::POST, "/api/v1/me/totp", Body::from(body));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 9))));
    assert_eq!(server.send(request).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

on_both!(
    the_password_alone_opens_nothing,
    a_code_of_the_app_opens_once,
    the_second_step_ends_after_ten_minutes,
    a_recovery_code_opens_once_and_its_owner_is_told,
    an_edge_takes_codes_of_the_app_and_leaves_the_rest_to_its_hub,
    guessed_codes_make_even_the_right_one_wait,
    an_app_is_added_and_removed_by_whoever_knows_the_password,
    an_app_that_is_not_confirmed_changes_nothing,
    students_are_not_offered_one,
    a_lost_one_is_removed_with_a_reason_by_whoever_has_power_over_its_owner,
    administrators_who_must_have_one_set_it_up_before_they_get_in,
    neither_seed_nor_codes_are_in_the_journal_or_readable_in_the_records,
    without_encryption_none_is_set_up,
);
