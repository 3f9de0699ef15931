//! Passwords that a table of people brings: they open the door once, and are told nowhere.

use super::imports::{imported, problems, reverse, upload};
use super::server::{PASSWORD, TestServer};
use axum::http::{Method, StatusCode};
use muster_domain::ids::PersonId;
use serde_json::{Value, json};

on_both!(
    passwords_of_a_table_open_the_door_and_are_told_nowhere,
    a_file_replaces_no_password_and_sets_none_for_administrators,
    a_column_that_turns_out_to_be_a_password_hides_its_example,
    undoing_an_import_takes_its_passwords_back,
    a_hash_that_is_unknown_or_costly_is_a_mistake_of_its_line,
    an_edge_takes_no_passwords_from_a_table,
);

/// Of the well-known vectors of bcrypt: the password is `U*U`.
const BCRYPT: &str = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
const PLAIN: &str = "=7up and down";

fn table() -> String {
    format!(
        "Number,Name,Role,Password,Password hash\n\
        P1,Ada,student,{PLAIN},\nP2,Bo,student,,{BCRYPT}\nP3,Cy,student,,\n\
        teacher,teacher,,another of theirs,\nsuper_administrator,super_administrator,,taken over,\n"
    )
}

async fn signs_in(server: &TestServer, who: &str, password: &str) -> bool {
    let body = json!({"identifier": who, "password": password});
    let status = server.post("nobody", "/api/v1/tokens", body).await.status;
    assert!([StatusCode::CREATED, StatusCode::UNAUTHORIZED].contains(&status), "{status}");
    status == StatusCode::CREATED
}

fn hash_of(server: &TestServer, number: &'static str) -> Option<String> {
    server.act(None, move |tx, _| {
        let person = muster_storage::people::by_identifier(tx, number)?.unwrap();
        Ok(muster_storage::auth::password(tx, person.id)?.map(|password| password.hash))
    })
}

fn passwords(import: &Value) -> [i64; 3] {
    ["passwords_hashed", "passwords_taken", "passwords_left"]
        .map(|key| import[key].as_i64().unwrap())
}

/// All that can be read of an import, of the journal, and of people as a table.
async fn all_that_is_told(server: &TestServer, id: &str) -> String {
    let mut told = String::new();
    for path in [
        format!("/imports/{id}"),
        format!("/imports/{id}/problems/csv"),
        format!("/api/v1/imports/{id}"),
        format!("/api/v1/imports/{id}/problems"),
        "/exports/people.csv".to_owned(),
        "/imports/templates/people.csv".to_owned(),
    ] {
        let answer = server.get("registrar", &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        told += &answer.text;
    }
    told + &server.get("super_administrator", "/api/v1/journal").await.text
}

async fn passwords_of_a_table_open_the_door_and_are_told_nowhere(server: TestServer) {
    let previewed = upload(&server, "registrar", "people", table().as_bytes()).await;
    assert_eq!(passwords(&previewed.json()), [1, 1, 2], "{}", previewed.text);
    let id = previewed.json()["id"].as_str().unwrap().to_owned();
    let page = server.get("registrar", &format!("/imports/{id}")).await.text;
    assert!(page.contains("1 password will be hashed; people should change them"), "{page}");
    assert!(page.contains("2 passwords will be left out"), "{page}");
    let before = all_that_is_told(&server, &id).await;
    let done = imported(&server, &previewed).await;
    assert_eq!(passwords(&done), [1, 1, 2]);
    let told = before + &all_that_is_told(&server, &id).await;
    for secret in [PLAIN, BCRYPT, "another of theirs", "taken over", "$argon2"] {
        assert!(!told.contains(secret), "{secret} in {told}");
    }
    assert!(told.contains("password.import"));
    let import = id.parse().unwrap();
    let kept = server.act(None, move |tx, _| Ok(muster_storage::imports::content(tx, import)?));
    assert!(kept.is_empty(), "the file goes with the end of the import");

    assert!(signs_in(&server, "P1", PLAIN).await);
    assert!(!signs_in(&server, "P1", "7up and down").await);
    assert!(!signs_in(&server, "P2", "U*u").await);
    assert_eq!(hash_of(&server, "P2").unwrap(), BCRYPT);
    assert!(signs_in(&server, "P2", "U*U").await);
    assert!(hash_of(&server, "P2").unwrap().starts_with("$argon2id$v=19$m=19456"));
    assert!(signs_in(&server, "P2", "U*U").await, "under the new hash too");
    assert_eq!(hash_of(&server, "P3"), None);
}

async fn a_file_replaces_no_password_and_sets_none_for_administrators(server: TestServer) {
    let root: PersonId = server.people["super_administrator"];
    let other = server.act(Some(root), move |tx, ctx| {
        let input = muster_app::people::PersonInput {
            number: "A2".to_owned(),
            name: "Second".to_owned(),
            ..Default::default()
        };
        let id = muster_app::people::create(tx, ctx, &input.check()?)?;
        let role = muster_domain::auth::Role::SuperAdministrator;
        muster_app::people::grant(tx, ctx, id, role, None)?;
        Ok(id)
    });
    let file = "number,name,password\nteacher,teacher,mine all mine\nA2,Second,mine all mine\n";
    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await;
    assert_eq!(passwords(&previewed.json()), [0, 0, 2], "{}", previewed.text);
    assert_eq!(previewed.json()["unchanged"], 2);
    imported(&server, &previewed).await;
    assert!(signs_in(&server, "teacher", PASSWORD).await);
    assert!(!signs_in(&server, "teacher", "mine all mine").await);
    let second = server.act(None, move |tx, _| Ok(muster_storage::auth::password(tx, other)?));
    assert!(second.is_none());
}

async fn a_column_that_turns_out_to_be_a_password_hides_its_example(server: TestServer) {
    let file = "Number,Name,Word,Second pwd\nP1,Ada,open wide,shut tight\n";
    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await.json();
    let path = format!("/imports/{}", previewed["id"].as_str().unwrap());
    let page = server.get("registrar", &path).await.text;
    assert!(page.contains("open wide"), "nobody can know yet");
    assert!(!page.contains("shut tight"), "its heading tells");
    let mapping = "column0=number&column1=name&column2=password&column3=";
    let answer = server.form("registrar", &format!("{path}/mapping"), mapping).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    let page = server.get("registrar", &path).await.text;
    assert!(!page.contains("open wide") && page.contains("1 password will be hashed"), "{page}");
}

async fn undoing_an_import_takes_its_passwords_back(server: TestServer) {
    let people = "number,name\nP1,Ada\n";
    let first = upload(&server, "registrar", "people", people.as_bytes()).await;
    imported(&server, &first).await;
    let file = "number,password\nP1,open wide and say\n";
    let file = file.replace("number,", "number,name,").replace("P1,", "P1,Ada,");
    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await;
    let done = imported(&server, &previewed).await;
    assert!(signs_in(&server, "P1", "open wide and say").await);
    let undone = reverse(&server, &done).await;
    assert_eq!((&undone["state"], &undone["kept"]), (&json!("reversed"), &json!(0)));
    assert!(!signs_in(&server, "P1", "open wide and say").await);

    let previewed = upload(&server, "registrar", "people", file.as_bytes()).await;
    let done = imported(&server, &previewed).await;
    let signed = json!({"identifier": "P1", "password": "open wide and say"});
    let token = server.post("nobody", "/api/v1/tokens", signed).await.json();
    let mut request = server.request(
        "nobody",
        Method::PUT,
        "/api/v1/me/password",
        json!({"present": "open wide and say", "password": "a better one of mine"})
            .to_string()
            .into(),
    );
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    request.headers_mut().insert("authorization", bearer.parse().unwrap());
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    server.turn(muster_domain::time::Span::seconds(5));
    let changed = server.send(request).await;
    assert!(changed.status.is_success(), "{}", changed.text);
    assert_eq!(reverse(&server, &done).await["kept"], 1, "it is theirs by now");
    assert!(signs_in(&server, "P1", "a better one of mine").await);
}

async fn a_hash_that_is_unknown_or_costly_is_a_mistake_of_its_line(server: TestServer) {
    let costly = BCRYPT.replace("$05$", "$15$");
    let file = format!(
        "number,name,password,password_hash\nP1,Ada,,5f4dcc3b5aa765d61d8327deb882cf99\n\
        P2,Bo,,{costly}\nP3,Cy,both,{BCRYPT}\n"
    );
    let found = problems(&server, "people", &file).await;
    assert_eq!(
        found,
        [
            "2 password_hash: This is neither a bcrypt hash nor one of Argon2id as a PHC string.",
            "3 password_hash: The cost of this bcrypt hash must be from 4 to 14.",
            "4 password_hash: Give a password or its hash, not both.",
        ]
    );
}

async fn an_edge_takes_no_passwords_from_a_table(server: TestServer) {
    server.become_edge();
    let told = problems(&server, "people", &table()).await;
    let refused = "Passwords are set on the hub alone: import this there.";
    for place in ["2 password", "3 password_hash", "5 password", "6 password"] {
        assert!(told.contains(&format!("{place}: {refused}")), "{place} in {told:#?}");
    }
    assert!(!told.iter().any(|told| told.starts_with('4')), "{told:#?}");
}
