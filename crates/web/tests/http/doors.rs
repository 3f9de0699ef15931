//! The pages of gates and verifiers, by forms, and what open pages hear.

use super::events::staffed;
use super::live::event as told_event;
use super::redemptions::{ADA, BEN, at, gate, send};
use super::server::{Answer, TestServer};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_domain::auth::Role;
use muster_testkit::sqlite;
use serde_json::json;

fn to(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text);
    answer.headers["location"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_gate_is_added_named_for_a_type_and_given_up() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    let event = format!("/events/{}", gate.event);
    let twice = server.form("organiser", &format!("{event}/points"), "gate=north%20GATE").await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(twice.text.contains("There is one of that name already"), "{}", twice.text);
    to(&server.form("organiser", &format!("{event}/points"), "gate=South").await);
    let types = format!("/pass-types/{}", gate.kind);
    let ticked = format!("points={}", gate.point);
    to(&server.form("organiser", &format!("{types}/points"), &ticked).await);
    let page = server.get("organiser", &types).await.text;
    assert!(page.contains(&format!("value=\"{}\" checked", gate.point)), "{page}");
    to(&server.form("organiser", &format!("/points/{}/archival", gate.point), "").await);
    assert!(server.get("organiser", &event).await.text.contains("No longer used"));
    let chosen = server.get("gate", "/verify").await.text;
    assert!(chosen.contains("South") && !chosen.contains("North gate"), "{chosen}");
}

#[tokio::test]
async fn a_pass_is_verified_by_forms_alone() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA, BEN]).await;
    let verify = format!("/verify/{}", gate.point);
    let page = server.get("gate", &verify).await.text;
    assert!(page.contains("How many people"), "{page}");
    let typed = format!("nonce=n1&count=1&credential={}", gate.code);
    let shown = server.get("gate", &to(&server.form("gate", &verify, &typed).await)).await.text;
    assert!(shown.contains("Admit") && shown.contains("Ada Rao, Ben Rao"), "{shown}");
    assert!(shown.contains("1 of 2 entered"), "{shown}");
    let found = server.get("gate", &format!("{verify}?q=ben")).await.text;
    assert!(found.contains(&format!("name=\"pass\" value=\"{}\"", gate.pass)), "{found}");
    let by_name = format!("nonce=n2&pass={}", gate.pass);
    to(&server.form("gate", &verify, &by_name).await);
    let third = to(&server.form("gate", &verify, &format!("nonce=n3&pass={}", gate.pass)).await);
    let refused = server.get("gate", &third).await.text;
    assert!(refused.contains("Already used") && refused.contains("scanned by gate"), "{refused}");
    assert!(!refused.contains("all the same"), "that is an organiser's");
    assert!(server.get("organiser", &third).await.text.contains("Let them through all the same"));
    let nothing = server.form("gate", &verify, "nonce=n4&credential=").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text.contains("type its ten characters"));
}

#[tokio::test]
async fn a_mistake_is_taken_back_and_a_refusal_overridden_by_forms() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    let verify = format!("/verify/{}", gate.point);
    let told = send(&server, at(&gate, &gate.credential, "1")).await.json();
    let undo = format!("/redemptions/{}/reversal", told["redemption"].as_str().unwrap());
    let blank = server.form("gate", &undo, "reason=").await;
    assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(blank.text.contains("id=\"reason-error\""), "{}", blank.text);
    let shown =
        server.get("gate", &to(&server.form("gate", &undo, "reason=Wrong%20one").await)).await;
    assert!(shown.text.contains("Taken back"), "{}", shown.text);
    send(&server, at(&gate, &gate.credential, "2")).await;
    let used = send(&server, at(&gate, &gate.credential, "3")).await.json();
    let force = |nonce: &str, reason: &str| {
        format!("force=true&nonce={nonce}&pass={}&reason={reason}", gate.pass)
    };
    let nonce = format!("{}-all-the-same", used["redemption"].as_str().unwrap());
    let why = server.form("organiser", &verify, &force(&nonce, "")).await;
    assert!(why.text.contains("Say why you let them through"), "{}", why.text);
    assert!(why.text.contains("Already used"), "the refusal is still shown");
    assert_eq!(server.form("gate", &verify, &force(&nonce, "Coat")).await.status, 403);
    let done = to(&server.form("organiser", &verify, &force(&nonce, "Fetched%20a%20coat")).await);
    let shown = server.get("organiser", &done).await.text;
    assert!(shown.contains("Let through all the same: Fetched a coat."), "{shown}");
    let list = format!("/events/{}/entries", gate.event);
    let refused = server.get("organiser", &format!("{list}?ended=refused")).await.text;
    assert!(refused.contains("Already used</span>") && !refused.contains("Taken back</span>"));
    let undone = server.get("organiser", &format!("{list}?ended=undone&q=ada")).await.text;
    assert!(undone.contains("Wrong one"), "{undone}");
    let file = server.get("organiser", &format!("{list}?format=csv")).await.text;
    assert!(file.contains("Fetched a coat") && file.lines().count() == 5, "{file}");
}

#[tokio::test]
async fn a_script_gets_the_verdict_alone() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    let ask = async |body: String| {
        let path = format!("/verify/{}", gate.point);
        let mut request = server.request("gate", Method::POST, &path, Body::from(body));
        let headers = request.headers_mut();
        headers.insert("content-type", "application/x-www-form-urlencoded".parse().unwrap());
        headers.insert("x-muster-part", "verdict".parse().unwrap());
        server.send(request).await
    };
    let told = ask(format!("nonce=1&credential={}", gate.code)).await;
    assert_eq!(told.status, StatusCode::OK);
    assert!(told.text.contains("data-admitted=\"true\"") && !told.text.contains("<html"));
    assert!(told.text.contains("<template data-line><tr>"), "{}", told.text);
    let wrong = ask("nonce=2&credential=".to_owned()).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.text.contains("Not recorded"), "{}", wrong.text);
}

#[tokio::test]
async fn an_invigilator_sees_no_gates_of_events() {
    let mut server = staffed(TestServer::start(sqlite()));
    server.join("invigilator", Role::Invigilator);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let own = server.get("invigilator", "/api/v1/points").await.json();
    assert_eq!(own["items"], json!([]));
    let page = server.get("invigilator", &format!("/verify/{}", gate.point)).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("gate", "/api/v1/points").await.json()["items"][0]["kind"], "gate");
}

#[tokio::test]
async fn who_stands_at_doors_finds_them_on_their_first_page() {
    let mut server = staffed(TestServer::start(sqlite()));
    server.join("invigilator", Role::Invigilator);
    let gate = gate(&server, json!({}), &[ADA]).await;
    let today = server.get("gate", "/").await.text;
    assert!(today.contains("Where you verify") && today.contains("Spring Ball"), "{today}");
    assert!(today.contains(&format!("href=\"/verify/{}\"", gate.point)), "{today}");
    let nowhere = server.get("invigilator", "/").await.text;
    assert!(nowhere.contains("Nowhere to stand now") && !nowhere.contains("Spring Ball"));
    assert!(!server.get("student", "/").await.text.contains("stand now"));
}

#[tokio::test]
async fn the_event_counts_its_gates_and_draws_the_hours() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA, BEN]).await;
    let page = format!("/events/{}", gate.event);
    assert!(!server.get("gate", &page).await.text.contains("Admissions over time"));
    send(&server, at(&gate, &gate.credential, "1")).await;
    send(&server, at(&gate, &gate.credential, "2")).await;
    let shown = server.get("gate", &page).await.text;
    assert!(shown.contains("data-count=\"gate_entries\">2<"), "{shown}");
    assert!(shown.contains("data-count=\"gate_refused\">1<"), "{shown}");
    assert!(shown.contains("Admissions over time as a table"));
    let scanned = server.get("gate", &format!("{page}/passes?scanned=yes")).await.text;
    assert!(scanned.contains("Ada Rao"));
    let figures =
        server.get("gate", &format!("/api/v1/events/{}/figures", gate.event)).await.json();
    assert_eq!((&figures["admitted"], &figures["admissions"][0]["people"]), (&json!(2), &json!(2)));
    assert_eq!(figures["left"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_hears_of_a_scan_at_another_gate() {
    let server = staffed(TestServer::start(sqlite()));
    let gate = gate(&server, json!({}), &[ADA]).await;
    let other = super::redemptions::point(&server, &gate.event, "South gate").await;
    let path = format!("/api/v1/points/{other}/events");
    let mut stream = server.open("gate", &path).await.into_body().into_data_stream();
    let first = told_event(&mut stream, "snapshot").await;
    assert!(first.contains("\"entries\":0") && first.contains("South gate"), "{first}");
    send(&server, at(&gate, &gate.credential, "1")).await;
    let told = told_event(&mut stream, "scan").await;
    assert!(told.contains("\"inside\":1") && told.contains("Ada Rao"), "{told}");
}
