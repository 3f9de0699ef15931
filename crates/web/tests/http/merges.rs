//! Merging two records of one person, and undoing it, on both databases.

use super::lives::{Dice, live};
use super::receipts::{close, code, phone, results};
use super::server::TestServer;
use axum::http::StatusCode;
use muster_app::people::merge::{self, Choices, MergeInput};
use muster_domain::attendance::Tally;
use muster_domain::ids::{MergeId, PersonId};
use muster_domain::time::Span;
use muster_storage::tallies;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

on_both!(
    a_merge_that_is_undone_leaves_everything_as_it_was,
    tallies_count_what_stands_after_a_merge,
    phones_go_along_in_a_merge_and_sign_on,
    the_old_number_and_address_lead_to_the_record_that_stays,
    who_is_merged_once_more_leads_on_and_back,
    a_mark_that_changed_since_keeps_a_merge_from_being_undone,
    a_registrar_merges_no_administrator_and_nobody_themself,
);

/// Tables that hold anything of people.
const TABLES: [&str; 27] = [
    "people",
    "students",
    "photos",
    "role_grants",
    "passwords",
    "enrolments",
    "sessions",
    "marks",
    "mark_distances",
    "tallies",
    "session_tallies",
    "term_tallies",
    "bulk_marks",
    "bulk_mark_items",
    "device_bindings",
    "device_keys",
    "offline_receipts",
    "corrections",
    "holds",
    "leaves",
    "notices",
    "calendar_feeds",
    "reminders",
    "results",
    "leaderboard_members",
    "notice_channels",
    "person_words",
];

pub(super) fn root(server: &TestServer) -> PersonId {
    server.people["super_administrator"]
}

/// Merges the second student into the first.
fn join(server: &TestServer, choices: Choices) -> MergeId {
    let input = MergeInput {
        kept: server.people["student"],
        merged: server.people["student_2"],
        choices,
        reason: "Entered twice".to_owned(),
        seen: None,
    };
    server.act(Some(root(server)), move |tx, ctx| merge::merge(tx, ctx, &input))
}

fn part(server: &TestServer, id: MergeId) {
    let kept = server.people["student"];
    server.act(Some(root(server)), move |tx, ctx| merge::undo(tx, ctx, kept, id));
}

async fn a_merge_that_is_undone_leaves_everything_as_it_was(mut server: TestServer) {
    let mut dice = Dice(20_260_302);
    let other = Choices::read([("name", "merged"), ("photo", "merged")]);
    for (round, choices) in
        (0..).zip([Choices::default(), other.clone(), Choices::default(), other])
    {
        live(&mut server, &mut dice, round).await;
        let before = server.database.rows(&TABLES);
        let id = join(&server, choices);
        assert_ne!(server.database.rows(&TABLES), before);
        part(&server, id);
        let after = server.database.rows(&TABLES);
        for table in TABLES {
            assert_eq!(after[table], before[table], "{table} in round {round}");
        }
    }
}

async fn tallies_count_what_stands_after_a_merge(mut server: TestServer) {
    live(&mut server, &mut Dice(7), 0).await;
    join(&server, Choices::default());
    let merged = server.people["student_2"];
    for class in [server.class, server.other] {
        let (counted, stood) = server.act(Some(root(&server)), move |tx, _| {
            let stood = tallies::marks_of_class(tx, class)?;
            Ok((tallies::tallies_of_class(tx, class)?, stood))
        });
        let mut expected: BTreeMap<PersonId, Tally> = BTreeMap::new();
        for row in stood {
            assert_ne!(row.person, merged, "a mark was left behind");
            expected.entry(row.person).or_default().add(row.status, 1);
        }
        let counted: BTreeMap<_, _> = counted.into_iter().collect();
        assert_eq!(counted, expected);
    }
}

async fn phones_go_along_in_a_merge_and_sign_on(server: TestServer) {
    let mut theirs = phone(&server, "student_2", 2).await;
    server.turn(Span::minutes(1));
    let (session, opened) = (server.open_session().await, server.now());
    let sent = theirs.scan(&server, code(&server, session, opened.0));
    assert_eq!(results(&theirs.send(&server, &[&sent]).await), ["accepted"]);
    close(&server, session).await;
    server.turn(Span::minutes(1));
    let (session, opened) = (server.open_session().await, server.now());
    let waits = theirs.scan(&server, code(&server, session, opened.0));
    join(&server, Choices::default());
    let path = format!("/api/v1/people/{}/device-keys", server.people["student"]);
    let keys = server.get("student", &path).await.json()["items"].clone();
    assert_eq!((keys.as_array().unwrap().len(), &keys[0]["id"]), (1, &json!(theirs.key)));
    // Whoever is left has the phone, and what it kept; what it sent is theirs.
    theirs.who = "student";
    let answers = theirs.send(&server, &[&sent, &waits]).await;
    assert_eq!(results(&answers), ["already", "accepted"]);
}

async fn merged(server: &TestServer, body: Value) -> String {
    let kept = server.people["student"];
    let made = server.post("registrar", &format!("/api/v1/people/{kept}/merges"), body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn the_old_number_and_address_lead_to_the_record_that_stays(server: TestServer) {
    let (kept, other) = (server.people["student"], server.people["student_2"]);
    let before = server.get("student_2", "/api/v1/me").await;
    assert_eq!(before.status, StatusCode::OK);
    let id = merged(&server, json!({"merged": other, "reason": "Entered twice"})).await;
    assert_eq!(server.get("student_2", "/api/v1/me").await.status, StatusCode::UNAUTHORIZED);
    let gone = server.get("registrar", &format!("/api/v1/people/{other}")).await;
    assert_eq!((gone.status, gone.reason()), (StatusCode::GONE, "person-merged".to_owned()));
    assert_eq!(gone.json()["kept"], json!(kept));
    let page = server.get("registrar", &format!("/people/{other}")).await;
    assert_eq!(page.headers["location"], format!("/people/{kept}"));
    let found = server.act(Some(root(&server)), |tx, _| {
        Ok(muster_storage::people::by_identifier(tx, "student_2")?.map(|row| row.id))
    });
    assert_eq!(found, Some(kept));
    let listed = server.get("registrar", "/api/v1/people?q=student").await.json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let undo = format!("/api/v1/people/{kept}/merges/{id}/reversal");
    assert_eq!(server.post("registrar", &undo, json!({})).await.status, StatusCode::OK);
    let again = server.get("registrar", &format!("/api/v1/people/{other}")).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(server.post("registrar", &undo, json!({})).await.reason(), "already-reversed");
}

async fn who_is_merged_once_more_leads_on_and_back(server: TestServer) {
    let [kept, other, last] = ["student", "student_2", "stranger"].map(|name| server.people[name]);
    merged(&server, json!({"merged": other, "reason": "Entered twice"})).await;
    let path = format!("/api/v1/people/{last}/merges");
    let twice = json!({"merged": kept, "reason": "Entered three times"});
    let made = server.post("registrar", &path, twice).await.json();
    let leads = async || {
        let gone = server.get("registrar", &format!("/api/v1/people/{other}")).await;
        gone.json()["kept"].clone()
    };
    assert_eq!(leads().await, json!(last));
    let undo = format!("{path}/{}/reversal", made["id"].as_str().unwrap());
    assert_eq!(server.post("registrar", &undo, json!({})).await.status, StatusCode::OK);
    assert_eq!(leads().await, json!(kept));
}

async fn a_mark_that_changed_since_keeps_a_merge_from_being_undone(server: TestServer) {
    let (kept, other) = (server.people["student"], server.people["student_2"]);
    let session = server.open_session().await;
    let mark = |who: PersonId| format!("/api/v1/sessions/{session}/marks/{who}");
    let put = axum::http::Method::PUT;
    server.call("teacher", put.clone(), &mark(other), json!({"status": "late"})).await;
    let id = merged(&server, json!({"merged": other, "reason": "Entered twice"})).await;
    let change = json!({"status": "present", "reason": "Came in time"});
    assert_eq!(server.call("teacher", put, &mark(kept), change).await.status, StatusCode::OK);
    let before = server.database.rows(&TABLES);
    let undo = format!("/api/v1/people/{kept}/merges/{id}/reversal");
    let refused = server.post("registrar", &undo, json!({})).await;
    assert_eq!(refused.reason(), "merge-changed");
    assert!(
        refused.json()["detail"].as_str().unwrap().contains("a mark in MA201"),
        "{}",
        refused.text
    );
    assert_eq!(server.database.rows(&TABLES), before);
}

async fn a_registrar_merges_no_administrator_and_nobody_themself(server: TestServer) {
    let ask = |who: &'static str, kept: &str, merged: &str| {
        let path = format!("/api/v1/people/{}/merges", server.people[kept]);
        let body = json!({"merged": server.people[merged], "reason": "Entered twice"});
        let server = &server;
        async move { server.post(who, &path, body).await }
    };
    let forbidden = StatusCode::FORBIDDEN;
    assert_eq!(ask("registrar", "student", "super_administrator").await.status, forbidden);
    assert_eq!(ask("registrar", "registrar", "teacher").await.status, forbidden);
    assert_eq!(ask("teacher", "student", "student_2").await.status, forbidden);
    let own = ask("super_administrator", "student", "super_administrator").await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    let same = ask("registrar", "student", "student").await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(ask("super_administrator", "teacher", "registrar").await.status, 201);
}

/// A new table that refers to people has to say here what becomes of it in a merge.
#[test]
fn every_record_of_a_person_moves_or_is_known_to_stay() {
    let database = muster_testkit::sqlite();
    drop(database.open());
    let moves = [
        "calendar_feeds.person",
        "clearances.person",
        "corrections.person",
        "device_bindings.person",
        "device_keys.person",
        "enrolments.person",
        "holds.person",
        "leaves.person",
        "mark_distances.person",
        "notices.person",
        "offline_receipts.person",
        "payments.person",
        "photos.person",
        "leaderboard_members.person",
        "notice_channels.person",
        "reminders.person",
        "results.person",
        "role_grants.person",
        "tallies.person",
        "term_tallies.person",
    ];
    // What proves who somebody is ends or stays theirs, and so does that they were told of low
    // attendance; who acted stays who acted. A docket admits the record for which it was issued,
    // so does a badge, and a room that was assigned.
    let stays = [
        "announcements.author",
        "badges.person",
        "dockets.person",
        "issue_batch_people.person",
        "logins.person",
        "low_attendance.person",
        "merges.kept",
        "merges.merged",
        "one_time_codes.person",
        "passes.issued_by",
        "passkeys.person",
        "passwords.person",
        "people.merged_into",
        "pins.person",
        "person_words.person",
        "redemptions.person",
        "redemptions.undone_by",
        "recovery_codes.person",
        "reminders.sent_by",
        "sessions.opened_by",
        "sitting_places.person",
        "students.person",
        "study_periods.person",
        "totp.person",
        "untold.person",
        "verifier_codes.person",
        "verifier_devices.person",
    ];
    let known: BTreeSet<String> = moves.into_iter().chain(stays).map(str::to_owned).collect();
    assert_eq!(database.references("people"), known);
}

#[tokio::test]
async fn a_likely_duplicate_is_listed_and_merged_on_pages() {
    let server = TestServer::start(muster_testkit::sqlite());
    let add = |number: &str| json!({"number": number, "name": "Asha Rao", "phone": "98450 12345"});
    for number in ["A1", "A2"] {
        server.post("registrar", "/api/v1/people", add(number)).await;
    }
    let listed = server.get("registrar", "/people/duplicates").await;
    assert!(listed.text.contains("same name, same phone"), "{}", listed.text);
    let people = server.get("registrar", "/api/v1/people?q=asha").await.json();
    let id = |at: usize| {
        let mut both = people["items"].as_array().unwrap().clone();
        both.sort_by_key(|person| person["number"].to_string());
        both[at]["id"].as_str().unwrap().to_owned()
    };
    let find = server.get("registrar", &format!("/people/{}/merge", id(0))).await;
    assert!(find.text.contains(&format!("/people/{}/merge/{}", id(0), id(1))));
    let path = format!("/people/{}/merge/{}", id(0), id(1));
    let look = server.get("registrar", &path).await;
    assert!(look.text.contains("A1 (of the record that stays)"), "{}", look.text);
    let version = |name: &str| {
        let (_, rest) = look.text.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let seen = format!(
        "kept_version={}&merged_version={}",
        version("kept_version"),
        version("merged_version")
    );
    let unsaid = server.form("registrar", &path, &format!("{seen}&number=merged")).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("Say why these two are one person."));
    let done = server.form("registrar", &path, &format!("{seen}&number=merged&reason=Twice")).await;
    assert_eq!(done.headers["location"], format!("/people/{}", id(0)));
    let page = server.get("registrar", &format!("/people/{}", id(0))).await;
    assert!(page.text.contains("<p class=\"lede\">A2") && page.text.contains("Twice"));
}

#[tokio::test]
async fn programs_see_beforehand_what_a_merge_would_do() {
    let server = TestServer::start(muster_testkit::sqlite());
    let [kept, other] = ["student", "student_2"].map(|name| server.people[name]);
    let path = format!("/api/v1/people/{kept}/merge-previews/{other}");
    let preview = server.get("registrar", &path).await;
    assert_eq!(preview.status, StatusCode::OK, "{}", preview.text);
    let preview = preview.json();
    assert_eq!(preview["kept"], kept.to_string());
    let number = json!({
        "field": "number", "kept": "student", "merged": "student_2", "preferred": "kept",
    });
    assert!(preview["fields"].as_array().unwrap().contains(&number), "{preview}");
    let moves = &preview["moves"];
    assert_eq!((&moves["classes"], &moves["shared_classes"]), (&json!(1), &json!(1)), "{moves}");
    let again = server.get("registrar", &path).await.json();
    assert_eq!(again, preview, "nothing changes");
    let own = format!("/api/v1/people/{kept}/merge-previews/{kept}");
    assert_eq!(server.get("registrar", &own).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}
