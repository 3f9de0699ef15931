//! OneRoster bundles: a school comes in whole, and its changes afterwards.

use super::imports::{counts, found, imported, reverse, upload};
use super::server::TestServer;
use axum::http::StatusCode;
use muster_testkit::sqlite;
use serde_json::{Value, json};
use std::io::{Cursor, Write};
use std::path::Path;
use zip::write::SimpleFileOptions;

/// The bundle that a folder of `tests/files` holds.
fn bundle(folder: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files").join(folder);
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&std::fs::read(entry.path()).unwrap()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

async fn import(server: &TestServer, folder: &str) -> Value {
    let previewed = upload(server, "registrar", "oneroster", &bundle(folder)).await;
    imported(server, &previewed).await
}

/// The classes of a course, by their sections.
async fn class(server: &TestServer, section: &str) -> Value {
    let all = server.get("registrar", "/api/v1/classes").await.json();
    let found = all["items"].as_array().unwrap().iter().find(|class| class["section"] == section);
    found.cloned().unwrap_or_default()
}

/// Who is in a class: the number and status of each.
async fn roster(server: &TestServer, section: &str) -> Vec<(String, String)> {
    let class = class(server, section).await;
    let path = format!("/api/v1/classes/{}/enrolments", class["id"].as_str().unwrap());
    let roster = server.get("registrar", &path).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> = roster["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|place| (text(&place["number"]), text(&place["status"])))
        .collect();
    found.sort();
    found
}

fn places(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(number, status)| ((*number).into(), (*status).into())).collect()
}

on_both!(
    a_school_comes_in_whole_and_goes_again,
    changes_alone_come_by_the_names_of_the_other_system,
    changes_alone_come_in_version_1_1_too,
    who_is_not_in_the_whole_any_more_has_left,
);

async fn a_school_comes_in_whole_and_goes_again(server: TestServer) {
    let file = bundle("oneroster-1.1-bulk");
    let previewed = upload(&server, "registrar", "oneroster", &file).await;
    // A term, six people, three classes, four places; three classes are complete as they are.
    assert_eq!(counts(&previewed.json()), [14, 0, 3, 0, 0], "{}", previewed.text);
    assert!(found(&server, "Lovelace").await.is_empty(), "a preview writes nothing");
    let done = imported(&server, &previewed).await;
    assert_eq!(counts(&done), [14, 0, 3, 0, 0]);

    let ada = found(&server, "R100").await[0].clone();
    assert_eq!(ada["name"], "Ada King Lovelace");
    let whole = format!("/api/v1/people/{}", ada["id"].as_str().unwrap());
    let whole = server.get("registrar", &whole).await.json();
    assert_eq!(whole["studies"]["guardian_email"], "mum@home.example", "{whole}");
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let names = terms["items"].as_array().unwrap().iter().map(|term| term["name"].clone());
    assert!(names.collect::<Vec<_>>().contains(&json!("Autumn 2026")), "{terms}");
    let biology = class(&server, "BIO1-1").await;
    assert_eq!((&biology["course_code"], &biology["room"]), (&json!("BIO1"), &json!("Lab 2")));
    let active = |numbers: &[&'static str]| {
        places(&numbers.iter().map(|number| (*number, "active")).collect::<Vec<_>>())
    };
    assert_eq!(roster(&server, "BIO1-1").await, active(&["R100", "R101"]));
    assert_eq!(roster(&server, "Chemistry").await, active(&["R100"]), "no code, so its title");

    assert_eq!(counts(&import(&server, "oneroster-1.1-bulk").await), [0, 0, 17, 0, 0]);
    let reversed = reverse(&server, &done).await;
    assert_eq!((&reversed["state"], &reversed["kept"]), (&json!("reversed"), &json!(0)));
    assert!(found(&server, "R100").await.is_empty());
    assert_eq!(class(&server, "BIO1-1").await, Value::Null);
}

async fn changes_alone_come_by_the_names_of_the_other_system(server: TestServer) {
    changes_come(&server, "oneroster-1.2-delta").await;
}

async fn changes_alone_come_in_version_1_1_too(server: TestServer) {
    changes_come(&server, "oneroster-1.1-delta").await;
}

async fn changes_come(server: &TestServer, folder: &str) {
    import(server, "oneroster-1.1-bulk").await;
    let delta = import(server, folder).await;
    // New: Noor and her place. Changed: Ada, Bo, his place, and the staff or state of 3 classes.
    assert_eq!(counts(&delta), [2, 6, 0, 0, 0], "{delta}");
    let ada = found(server, "R100").await[0].clone();
    assert_eq!((&ada["name"], &ada["phone"]), (&json!("Ada King"), &json!("+44 2")));
    assert_eq!(found(server, "R101").await[0]["active"], json!(false));
    let expected = [("R100", "active"), ("R101", "withdrawn"), ("R103", "active")];
    assert_eq!(roster(server, "BIO1-1").await, places(&expected));

    let reversed = reverse(server, &delta).await;
    assert_eq!((&reversed["state"], &reversed["kept"]), (&json!("reversed"), &json!(0)));
    assert_eq!(roster(server, "BIO1-1").await, places(&[("R100", "active"), ("R101", "active")]));
    assert_eq!(counts(&import(server, "oneroster-1.1-bulk").await), [0, 0, 17, 0, 0]);
}

async fn who_is_not_in_the_whole_any_more_has_left(server: TestServer) {
    import(&server, "oneroster-1.1-bulk").await;
    let again = import(&server, "oneroster-1.1-bulk-again").await;
    assert_eq!(counts(&again), [1, 1, 15, 0, 0], "{again}");
    assert_eq!(
        roster(&server, "BIO1-1").await,
        places(&[("R100", "active"), ("R101", "withdrawn")])
    );
    assert_eq!(roster(&server, "BIO1-2").await, places(&[("R101", "active"), ("R102", "active")]));
}

#[tokio::test]
async fn version_1_2_says_in_a_file_of_its_own_what_people_are() {
    let server = TestServer::start(sqlite());
    let done = import(&server, "oneroster-1.2-bulk").await;
    assert_eq!(counts(&done), [5, 0, 1, 0, 0], "{done}");
    assert_eq!(roster(&server, "BIO1-1").await, places(&[("R100", "active")]));
}

#[tokio::test]
async fn changes_of_what_nobody_knows_are_named_with_their_file() {
    let server = TestServer::start(sqlite());
    let answer = upload(&server, "registrar", "oneroster", &bundle("oneroster-1.2-delta")).await;
    let errors = answer.json()["errors"].as_array().unwrap().clone();
    let first = errors.iter().map(|error| error["detail"].as_str().unwrap().to_owned());
    let all: Vec<_> = first.collect();
    let expected =
        "enrollments.csv: The class “cl-bio-1” is neither in this bundle nor known.".to_owned();
    assert!(all.contains(&expected), "{all:#?}");
    assert!(all.iter().any(|detail| detail.contains("The course “co-chem”")), "{all:#?}");
}

#[tokio::test]
async fn who_may_import_people_alone_or_sends_no_bundle_is_refused() {
    let server = TestServer::start(sqlite());
    let file = bundle("oneroster-1.1-bulk");
    let refused = upload(&server, "teacher", "oneroster", &file).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let table = upload(&server, "registrar", "oneroster", b"Number,Name\nS1,Ada\n").await;
    assert_eq!(table.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(table.text.contains("This is not a ZIP file"), "{}", table.text);
}
