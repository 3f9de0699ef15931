//! First passwords for many people at once: codes on slips, as a table, and by letters.

use super::imports::import;
use super::letters::{code, taken};
use super::server::TestServer;
use axum::http::StatusCode;
use muster_testkit::sqlite;
use serde_json::{Value, json};

const PEOPLE: &str = "number,name,email,status\n\
    F1,Ada First,ada@campus.example,\nF2,Bo First,,\nF3,Gone First,,inactive\n";

on_both!(codes_are_made_once_for_those_without_a_password, letters_carry_the_code_of_whoever_waits,);

async fn preview(server: &TestServer, query: &str) -> [i64; 5] {
    let found = server.get("registrar", &format!("/api/v1/first-codes?{query}")).await;
    assert_eq!(found.status, StatusCode::OK, "{}", found.text);
    let found = found.json();
    ["waiting", "with_address", "with_password", "inactive", "administrators"]
        .map(|key| found[key].as_i64().unwrap())
}

async fn set_password(server: &TestServer, code: &str) -> StatusCode {
    let form = format!("code={code}&password=lamp+river+seventeen");
    server.form("nobody", "/reset", &form).await.status
}

async fn codes_are_made_once_for_those_without_a_password(server: TestServer) {
    let done = import(&server, "people", PEOPLE).await;
    let group = format!("import={}", done["id"].as_str().unwrap());
    assert_eq!(preview(&server, &group).await, [2, 1, 0, 1, 0]);
    let body = json!({"import": done["id"]});
    let first = server.post("registrar", "/api/v1/first-codes", body.clone()).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text);
    let second = server.post("registrar", "/api/v1/first-codes", body.clone()).await.json();
    let first = first.json();
    let of = |made: &Value, place: usize| made["items"][place]["code"].as_str().unwrap().to_owned();
    assert_eq!(second["items"][0]["number"], "F1");
    assert!(second["address"].as_str().unwrap().ends_with("/reset"));
    assert_eq!(set_password(&server, &of(&first, 0)).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(set_password(&server, &of(&second, 0)).await, StatusCode::OK);
    assert_eq!(preview(&server, &group).await, [1, 0, 1, 1, 0]);
    let third = server.post("registrar", "/api/v1/first-codes", body).await.json();
    assert_eq!(third["items"].as_array().unwrap().len(), 1, "who has a password is passed over");
    let journal = server.get("super_administrator", "/api/v1/journal").await.text;
    assert!(journal.contains("password.offer_first"));
    assert!(!journal.contains(&of(&third, 0)), "the code itself stands nowhere");
    assert_eq!(preview(&server, "role=registrar").await, [0, 0, 0, 0, 1]);
    assert_eq!(preview(&server, &format!("class={}", server.class)).await, [0, 0, 2, 0, 0]);
    let nobody = server.get("registrar", "/api/v1/first-codes").await;
    assert_eq!(nobody.status, StatusCode::UNPROCESSABLE_ENTITY);
}

async fn letters_carry_the_code_of_whoever_waits(server: TestServer) {
    let done = import(&server, "people", PEOPLE).await;
    let body = json!({"import": done["id"]});
    let sent = server.post("registrar", "/api/v1/first-letters", body.clone()).await;
    assert_eq!(sent.json(), json!({"queued": 1}), "{}", sent.text);
    let letters = taken(&server);
    let letter = letters.iter().find(|letter| letter.recipient == "ada@campus.example").unwrap();
    assert!(letter.body.contains("F1"), "they learn what they sign in with: {}", letter.body);
    assert_eq!(set_password(&server, &code(letter)).await, StatusCode::OK);
    let again = server.post("registrar", "/api/v1/first-letters", body).await;
    assert_eq!(again.json(), json!({"queued": 0}), "who has a password gets none");
}

#[tokio::test]
async fn slips_and_tables_have_everything_to_hand_over() {
    let server = TestServer::start(sqlite());
    let done = import(&server, "people", PEOPLE).await;
    let group = format!("import={}", done["id"].as_str().unwrap());
    let page = server.get("registrar", &format!("/people/first-codes?{group}")).await;
    assert!(page.text.contains("2 people wait for a first password"), "{}", page.text);
    let slips = server.form("registrar", "/people/first-codes", &group).await;
    for words in ["Ada First", "F2", "/reset", "It works once, until"] {
        assert!(slips.text.contains(words), "{words}");
    }
    let table = format!("{group}&format=csv");
    let table = server.form("registrar", "/people/first-codes", &table).await.text;
    assert!(table.contains("F1,Ada First,"), "{table}");
    let unknown = server.get("registrar", "/people/first-codes?role=king").await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    let own = format!("/people/{}/reset", server.people["student"]);
    let one = server.form("registrar", &own, "").await.text;
    assert!(one.contains("/reset</b>") && one.contains("student"), "{one}");
}
