//! Badges: issued, replaced, withdrawn, issued to many, printed, and what they mark.

use super::dockets::made;
use super::documents::{asked_as_pdf, is_pdf, patient, printing};
use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_credential::keys::signing::SigningKey;
use muster_documents::qr::{Correction, QrImage};
use muster_domain::ids::SessionId;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};

fn of(server: &TestServer, person: &str) -> String {
    format!("/api/v1/people/{}/badge", server.people[person])
}

/// Issues somebody's badge and reads it.
async fn issued(server: &TestServer, person: &str) -> Value {
    made(&server.post("registrar", &of(server, person), json!({})).await);
    server.get("registrar", &of(server, person)).await.json()
}

async fn open(server: &TestServer, methods: Value) -> SessionId {
    let path = format!("/api/v1/classes/{}/sessions", server.class);
    let opened = server.post("teacher", &path, json!({"methods": methods})).await;
    made(&opened).parse().unwrap()
}

async fn show(server: &TestServer, who: &str, session: SessionId, shown: &Value) -> Answer {
    let path = format!("/api/v1/sessions/{session}/badge-marks");
    server.post(who, &path, json!({"credential": shown})).await
}

async fn the_same_badge_comes_again_until_it_is_issued_anew_or_withdrawn(server: TestServer) {
    for who in ["student", "teacher", "finance"] {
        let refused = server.post(who, &of(&server, "student"), json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
    let own = of(&server, "student");
    assert_eq!(server.get("student", &own).await.status, StatusCode::NOT_FOUND);
    let page = format!("/people/{}/badge", server.people["student"]);
    assert!(server.get("student", &page).await.text.contains("The office issues it"));
    let first = issued(&server, "student").await;
    assert_eq!((&first["holder"], &first["issue"]), (&json!("student"), &json!(1)));
    let again = server.post("registrar", &own, json!({})).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    assert_eq!(server.get("student", &own).await.json(), first, "they read their own");
    assert_eq!(server.get("student_2", &own).await.status, StatusCode::FORBIDDEN);
    let shown = server.get("student", &page).await.text;
    assert!(shown.contains(first["readable_code"].as_str().unwrap()) && shown.contains("<svg"));

    let renewed = server.form("registrar", &format!("{page}/renewal"), "").await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.text);
    let second = server.get("student", &own).await.json();
    assert_eq!(second["issue"], 2);
    for member in ["credential", "readable_code"] {
        assert!(second[member].is_string() && second[member] != first[member], "{member}");
    }

    let void = format!("{own}/void");
    let blank = server.post("registrar", &void, json!({"reason": " "})).await;
    assert_eq!(blank.json()["errors"][0]["pointer"], "/reason", "{}", blank.text);
    let gone = server.post("registrar", &void, json!({"reason": "Lost on a bus"})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    let twice = server.post("registrar", &void, json!({"reason": "Lost"})).await;
    assert_eq!(twice.reason(), "already-reversed");
    let after = server.get("student", &own).await.json();
    assert_eq!(
        (&after["void_reason"], &after["credential"]),
        (&json!("Lost on a bus"), &Value::Null)
    );
    assert!(server.get("student", &page).await.text.contains("Lost on a bus"));
    made(&server.post("registrar", &own, json!({})).await);
    assert_eq!(server.get("student", &own).await.json()["issue"], 3);
    for action in ["badge.issue", "badge.renew", "badge.void"] {
        let journal = server.get("registrar", &format!("/api/v1/journal?action={action}")).await;
        assert!(!journal.json()["items"].as_array().unwrap().is_empty(), "{action}");
    }
}

async fn a_badge_marks_its_student_once_and_the_class_alone(server: TestServer) {
    let badge = issued(&server, "student").await;
    let session = open(&server, json!(["qr", "badge"])).await;
    let refused = show(&server, "student", session, &badge["credential"]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let refused = show(&server, "teacher_b", session, &badge["credential"]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let marked = show(&server, "assistant", session, &badge["credential"]).await;
    assert_eq!(marked.status, StatusCode::CREATED, "{}", marked.text);
    let said = marked.json();
    assert_eq!((&said["name"], &said["status"]), (&json!("student"), &json!("present")));
    server.turn(Span::minutes(12));
    let again = show(&server, "teacher", session, &badge["readable_code"]).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text);
    assert_eq!((&again.json()["already"], &again.json()["at"]), (&json!(true), &said["at"]));
    let marks = server.get("teacher", &format!("/api/v1/sessions/{session}/marks")).await.json();
    let own = marks["items"].as_array().unwrap().iter().find(|one| one["name"] == "student");
    assert_eq!(own.unwrap()["method"], "badge", "{marks}");
    let late = issued(&server, "student_2").await;
    let late = show(&server, "teacher", session, &late["readable_code"]).await;
    assert_eq!(late.json()["status"], "late", "{}", late.text);
    let page = server.get("teacher", &format!("/sessions/{session}/badges")).await.text;
    assert!(page.contains("Marked by badge") && page.contains("student_2"), "{page}");
    let stranger = issued(&server, "stranger").await;
    let outside = show(&server, "teacher", session, &stranger["credential"]).await;
    assert_eq!((outside.status, outside.reason().as_str()), (StatusCode::CONFLICT, "not-enrolled"));
    assert_eq!(outside.json()["detail"], "stranger is not enrolled in this class.");
}

async fn a_badge_that_does_not_count_marks_nobody_and_says_why(server: TestServer) {
    let session = open(&server, json!(["badge"])).await;
    let refused = async |shown: &Value| show(&server, "teacher", session, shown).await.reason();
    let first = issued(&server, "student").await;
    let renewal = format!("{}/renewal", of(&server, "student"));
    server.post("registrar", &renewal, json!({})).await;
    assert_eq!(refused(&first["credential"]).await, "badge-superseded");
    assert_eq!(refused(&first["readable_code"]).await, "badge-superseded");
    let second = server.get("student", &of(&server, "student")).await.json();
    let void = format!("{}/void", of(&server, "student"));
    server.post("registrar", &void, json!({"reason": "Lost"})).await;
    assert_eq!(refused(&second["credential"]).await, "badge-void");
    let credential = second["credential"].as_str().unwrap();
    let (head, last) = credential.split_at(credential.len() - 1);
    let other = if last == "0" { "1" } else { "0" };
    assert_eq!(refused(&json!(format!("{head}{other}"))).await, "badge-forged");
    assert_eq!(refused(&json!("https://example.com/elsewhere/and/more")).await, "badge-forged");
    assert_eq!(refused(&json!("0000000000")).await, "badge-unknown");
    let mistyped = show(&server, "teacher", session, &json!("00000")).await;
    assert_eq!(mistyped.json()["errors"][0]["pointer"], "/credential", "{}", mistyped.text);
    let form = "credential=0000000000";
    let page = server.form("teacher", &format!("/sessions/{session}/badges"), form).await;
    assert_eq!(page.status, StatusCode::CONFLICT);
    assert!(page.text.contains("Nobody has this badge"), "{}", page.text);
    let marks = server.get("teacher", &format!("/api/v1/sessions/{session}")).await.json();
    assert_eq!(marks["counts"]["present"], 0, "{marks}");

    let other = issued(&server, "student_2").await;
    let closure = format!("/api/v1/sessions/{session}/closure");
    server.post("teacher", &closure, json!({})).await;
    assert_eq!(refused(&other["credential"]).await, "session-closed");
    let without = open(&server, json!(["qr"])).await;
    let not_taken = show(&server, "teacher", without, &other["credential"]).await;
    assert_eq!(not_taken.reason(), "method-not-allowed");
    let row = format!("/api/v1/people/{}", server.people["student_2"]);
    server.call("registrar", Method::PATCH, &row, json!({"active": false})).await;
    assert_eq!(
        show(&server, "teacher", without, &other["credential"]).await.reason(),
        "badge-void"
    );
}

async fn guessing_codes_of_badges_is_slowed_down(server: TestServer) {
    let session = open(&server, json!(["badge"])).await;
    let mut last = String::new();
    for _ in 0..32 {
        last = show(&server, "teacher", session, &json!("0000000000")).await.reason();
    }
    assert_eq!(last, "too-many-attempts");
}

/// The batch as soon as the worker is done with it.
async fn ended(server: &TestServer, path: &str) -> Value {
    loop {
        let now = server.get("registrar", path).await.json();
        if now["ended_at"].is_string() {
            return now;
        }
    }
}

async fn a_class_and_the_staff_get_their_badges_at_once(server: TestServer) {
    let own = issued(&server, "student").await;
    let body = json!({"class": server.class});
    let refused = server.post("teacher", "/api/v1/badge-batches", body.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let batch = made(&server.post("registrar", "/api/v1/badge-batches", body).await);
    let path = format!("/api/v1/badge-batches/{batch}");
    let done = ended(&server, &path).await;
    let counts = ["total", "done", "issued", "kept", "refused"].map(|name| done[name].clone());
    assert_eq!(counts, [2, 2, 1, 1, 0].map(|count| json!(count)), "{done}");
    let kept = server.get("student", &of(&server, "student")).await.json();
    assert_eq!(kept, own, "who had one keeps it");
    let people = server.get("registrar", &format!("{path}/people?outcome=issued")).await.json();
    assert_eq!(people["items"][0]["name"], "student_2");
    let begun = server.form("registrar", "/badge-batches", "group=staff&year=").await;
    assert_eq!(begun.status, StatusCode::SEE_OTHER, "{}", begun.text);
    let page = begun.headers["location"].to_str().unwrap().to_owned();
    let staff = ended(&server, &format!("/api/v1{page}")).await;
    assert_eq!((&staff["group"], &staff["issued"]), (&json!("Staff"), &staff["total"]));
    let card = server.get("teacher", &of(&server, "teacher")).await.json();
    assert_eq!(card["holder"], "staff");
    let list = server.get("registrar", "/badges").await.text;
    assert!(list.contains("Staff</a>"), "{list}");
    let wrong = server.form("registrar", "/badge-batches", "group=&year=").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
}

on_both!(
    the_same_badge_comes_again_until_it_is_issued_anew_or_withdrawn,
    a_badge_marks_its_student_once_and_the_class_alone,
    a_badge_that_does_not_count_marks_nobody_and_says_why,
    guessing_codes_of_badges_is_slowed_down,
    a_class_and_the_staff_get_their_badges_at_once,
);

/// Whether a QR of this text stands on a picture, upright and however large.
fn holds(png: &[u8], text: &str) -> bool {
    let picture = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (picture.width() as usize, picture.height() as usize);
    let pixels = picture.into_raw();
    let dark = |x: usize, y: usize| x < width && y < height && pixels[y * width + x] < 128;
    let code = QrImage::new(text, Correction::Medium).unwrap();
    let (across, modules) = (code.size(), code.modules());
    let stands = |left: usize, top: usize, side: usize| {
        let middle = |at: usize| (2 * at + 1) * side / (2 * across);
        let alike = |(at, module): (usize, &bool)| {
            dark(left + middle(at % across), top + middle(at / across)) == *module
        };
        modules.iter().enumerate().all(alike)
    };
    // It begins with a bar of seven modules, which tells its size to a pixel or two of the bar.
    let begins = |x: usize, y: usize| {
        dark(x, y) && (x == 0 || !dark(x - 1, y)) && (y == 0 || !dark(x, y - 1))
    };
    let corners = (0..width * height).map(|at| (at % width, at / width));
    corners.filter(|(x, y)| begins(*x, *y)).any(|(x, y)| {
        let bar = (x..width).take_while(|x| dark(*x, y)).count();
        (bar.saturating_sub(2) * across / 7..=(bar + 2) * across / 7).any(|side| stands(x, y, side))
    })
}

/// Passes if it is a picture of the student's card that holds this credential.
fn is_card(answer: &Answer, credential: &Value) {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    assert!(answer.bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
    assert_eq!(answer.headers["content-type"], "image/png");
    let saved = "attachment; filename=\"Badge-student.png\"";
    assert_eq!(answer.headers["content-disposition"], saved);
    assert!(holds(&answer.bytes, credential.as_str().unwrap()), "{credential}");
}

#[tokio::test]
async fn a_badge_is_drawn_for_its_holder_and_the_office_while_it_counts() {
    let server = printing(sqlite(), patient());
    let page = format!("/people/{}/badge", server.people["student"]);
    let (png, pdf) = (format!("{page}/badge.png"), format!("{page}/badge.pdf"));
    for none in [&png, &pdf] {
        assert_eq!(server.get("student", none).await.status, StatusCode::NOT_FOUND, "{none}");
    }
    let first = issued(&server, "student").await;
    for who in ["registrar", "student"] {
        is_card(&server.get(who, &png).await, &first["credential"]);
        is_pdf(&server.get(who, &pdf).await, "Badge-student");
    }
    for who in ["student_2", "teacher", "finance"] {
        for file in [&png, &pdf] {
            assert_eq!(server.get(who, file).await.status, StatusCode::FORBIDDEN, "{who} {file}");
        }
    }
    let renewal = format!("{}/renewal", of(&server, "student"));
    let renewed = server.post("registrar", &renewal, json!({})).await;
    assert_eq!(renewed.status, StatusCode::NO_CONTENT, "{}", renewed.text);
    let second = server.get("registrar", &of(&server, "student")).await.json();
    let card = server.get("registrar", &png).await;
    is_card(&card, &second["credential"]);
    assert!(!holds(&card.bytes, first["credential"].as_str().unwrap()), "that one is replaced");
    let session = open(&server, json!(["badge"])).await;
    let marked = show(&server, "teacher", session, &second["credential"]).await;
    assert_eq!(marked.json()["name"], "student", "{}", marked.text);
    let void = format!("{}/void", of(&server, "student"));
    server.post("registrar", &void, json!({"reason": "Lost"})).await;
    for gone in [&png, &pdf] {
        for who in ["registrar", "student"] {
            assert_eq!(server.get(who, gone).await.status, StatusCode::NOT_FOUND, "{who} {gone}");
        }
    }
}

#[tokio::test]
async fn a_badge_of_another_node_is_named_so_and_not_drawn() {
    let mut server = printing(sqlite(), patient());
    issued(&server, "student").await;
    // With another key the node is as one that heard of this badge from elsewhere.
    server.begin_again_signing_by(SigningKey::from_bytes([10; 32]).into());
    let page = format!("/people/{}/badge", server.people["student"]);
    for who in ["registrar", "student"] {
        let shown = server.get(who, &page).await.text;
        assert!(shown.contains("issued on another node"), "{who}: {shown}");
        for file in ["png", "pdf"] {
            let answer = server.get(who, &format!("{page}/badge.{file}")).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{who} {file}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn the_badges_of_a_batch_are_sheets_for_whoever_issues_them() {
    let server = printing(sqlite(), patient());
    let body = json!({"class": server.class});
    let batch = made(&server.post("registrar", "/api/v1/badge-batches", body).await);
    let call = format!("/api/v1/badge-batches/{batch}");
    let done = ended(&server, &call).await;
    assert_eq!((&done["total"], &done["issued"]), (&json!(2), &json!(2)), "{done}");
    let page = format!("/badge-batches/{batch}");
    let pdf = format!("{page}/badges.pdf");
    assert!(server.get("registrar", &page).await.text.contains(&pdf));
    let name = "Badges--MA201-A";
    is_pdf(&server.get("registrar", &pdf).await, name);
    is_pdf(&asked_as_pdf(&server, "registrar", &call).await, name);
    let behind = server.get("registrar", &format!("{pdf}?from=2")).await;
    assert_eq!(behind.status, StatusCode::NOT_FOUND, "{}", behind.text);
    assert!(behind.text.contains("There is nothing to print."), "{}", behind.text);
    for who in ["student", "teacher", "finance"] {
        assert_eq!(server.get(who, &pdf).await.status, StatusCode::FORBIDDEN, "{who}");
    }
}
