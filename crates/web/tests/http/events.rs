//! Events and passes: set up, issued, found, withdrawn and handed on.

use super::letters::taken;
use super::server::{Answer, TestServer, signing};
use axum::body::Body;
use axum::http::{Method, StatusCode};
use muster_app::Ctx;
use muster_app::passes::{self, HolderInput, IssueInput};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::ids::{EventId, PassTypeId};
use muster_domain::passes::Payment;
use muster_domain::time::Span;
use muster_testkit::sqlite;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn later(server: &TestServer, hours: i64) -> String {
    let at = server.now() + Span::hours(hours);
    jiff::Timestamp::from_microsecond(at.0).unwrap().to_string()
}

fn made(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// An event of tonight with that room.
pub(super) async fn event(server: &TestServer, more: Value) -> String {
    let mut body = json!({
        "name": "Spring Ball", "venue": "Great Hall", "doors_at": later(server, -1),
        "starts_at": later(server, 1), "ends_at": later(server, 6),
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    made(&server.post("organiser", "/api/v1/events", body).await)
}

pub(super) async fn pass_type(server: &TestServer, event: &str, body: Value) -> String {
    let path = format!("/api/v1/events/{event}/pass-types");
    made(&server.post("organiser", &path, body).await)
}

fn single() -> Value {
    json!({"name": "Single", "price": {"minor": 54_900, "currency": "INR"}})
}

pub(super) fn pass(pass_type: &str, people: &[(&str, &str)]) -> Value {
    let holders: Vec<Value> =
        people.iter().map(|(name, phone)| json!({"name": name, "phone": phone})).collect();
    json!({"pass_type": pass_type, "holders": holders, "payment": "cash"})
}

pub(super) async fn issue(server: &TestServer, event: &str, body: Value) -> Answer {
    let answer = server.post("gate", &format!("/api/v1/events/{event}/passes"), body).await;
    server.turn(Span::seconds(1));
    answer
}

/// A server with somebody to run events and somebody at the gate.
pub(super) fn staffed(mut server: TestServer) -> TestServer {
    server.join("organiser", Role::Organiser);
    server.join("gate", Role::Gate);
    server
}

const ADA: (&str, &str) = ("Ada Rao", "98450 12345");
const BEN: (&str, &str) = ("Ben Rao", "+91 98450 54321");

async fn found(server: &TestServer, event: &str, query: &str) -> Vec<String> {
    let list = server.get("gate", &format!("/api/v1/events/{event}/passes?{query}")).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    let list = list.json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|item| item["holder"].as_str().unwrap().to_owned()).collect()
}

async fn passes_are_issued_and_found(server: TestServer) {
    let server = staffed(server);
    let event = event(&server, json!({"capacity": 100})).await;
    let one = pass_type(&server, &event, single()).await;
    let two = pass_type(
        &server,
        &event,
        json!({"name": "Couple", "price": {"minor": 99_900, "currency": "INR"}, "admits": 2}),
    )
    .await;
    let ada = made(&issue(&server, &event, pass(&one, &[ADA])).await);
    let mut couple = pass(&two, &[("Zoë Müller", "98450 11111"), BEN]);
    couple["payment"] = "online".into();
    couple["reference"] = "UPI/7781".into();
    made(&issue(&server, &event, couple).await);
    let shown = server.get("gate", &format!("/api/v1/passes/{ada}")).await.json();
    assert_eq!(shown["holders"][0]["phone"], "+919845012345");
    let code = shown["code"].as_str().unwrap().to_lowercase().replace('-', "");
    for (query, expected) in [
        ("", vec!["Zoë Müller", "Ada Rao"]),
        ("q=ada", vec!["Ada Rao"]),
        ("q=muller%20zo", vec!["Zoë Müller"]),
        ("q=ben", vec!["Zoë Müller"]),
        ("q=98450%2012345", vec!["Ada Rao"]),
        ("q=%2B91%2098450%2054321", vec!["Zoë Müller"]),
        ("q=upi/77", vec!["Zoë Müller"]),
        (&format!("q={code}"), vec!["Ada Rao"]),
        ("q=nobody", vec![]),
        (&format!("pass_type={two}"), vec!["Zoë Müller"]),
        ("payment=cash", vec!["Ada Rao"]),
        ("state=void", vec![]),
        ("scanned=yes", vec![]),
        ("scanned=no&limit=1", vec!["Zoë Müller"]),
    ] {
        assert_eq!(found(&server, &event, query).await, expected, "{query}");
    }
    let figures = server.get("organiser", &format!("/api/v1/events/{event}/figures")).await.json();
    assert_eq!(figures["passes"], 2);
    assert_eq!(figures["people"], 3);
    assert_eq!((&figures["left"], &figures["types"][1]["left"]), (&json!(3), &json!(2)));
    assert_eq!(figures["revenue"], json!({"minor": 154_800, "currency": "INR"}));
    let taken = server.get("gate", &format!("/api/v1/events/{event}")).await.json();
    assert_eq!(taken["taken"], 3);
    let file = server.get("organiser", &format!("/events/{event}/passes?format=csv")).await.text;
    assert!(file.contains("\"Zoë Müller, Ben Rao\"") && file.contains("UPI/7781"), "{file}");
    let page = server.get("organiser", &format!("/events/{event}")).await.text;
    assert!(page.contains("data-count=\"left\">3<"), "{page}");
    let all = server.get("organiser", "/events?format=csv").await.text;
    assert!(all.contains("Spring Ball,") && all.contains(",3,100,"), "{all}");
    let file = server.get("organiser", &format!("/events/{event}?format=csv")).await.text;
    assert!(file.contains("Pass type,Couple,1,2,0,2,,0,0,999.00,INR"), "{file}");
    assert!(file.contains("Payment,Cash,1,1,0,1,,0,0,549.00,INR"), "{file}");
}

async fn nobody_holds_two_passes_of_one_event(server: TestServer) {
    let server = staffed(server);
    let event = event(&server, json!({})).await;
    let kind = pass_type(&server, &event, single()).await;
    let first = made(&issue(&server, &event, pass(&kind, &[ADA])).await);
    let again = issue(&server, &event, pass(&kind, &[("ADA  rao", "+919845012345")])).await;
    assert_eq!((again.status, again.reason().as_str()), (StatusCode::CONFLICT, "duplicate-holder"));
    assert_eq!(again.json()["pass"], first.as_str());
    let event_now = server.get("gate", &format!("/api/v1/events/{event}")).await.json();
    assert_eq!(event_now["taken"], 1, "what was refused takes no place");
    let reason = json!({"reason": "Paid twice"});
    server.post("organiser", &format!("/api/v1/passes/{first}/void"), reason).await;
    made(&issue(&server, &event, pass(&kind, &[ADA])).await);
}

async fn the_last_place_is_sold_once_and_comes_back(server: TestServer) {
    let server = staffed(server);
    let event = event(&server, json!({"capacity": 3})).await;
    let couple = json!({"name": "Couple", "admits": 2, "quota": 5});
    let two = pass_type(&server, &event, couple).await;
    let one = pass_type(&server, &event, json!({"name": "Single", "quota": 1})).await;
    let first = made(&issue(&server, &event, pass(&two, &[ADA, BEN])).await);
    let more = [("C", "98450 00001"), ("D", "98450 00002")];
    let full = issue(&server, &event, pass(&two, &more)).await;
    assert_eq!((full.status, full.reason().as_str()), (StatusCode::CONFLICT, "sold-out"));
    assert!(full.text.contains("room for one more person"), "{}", full.text);
    made(&issue(&server, &event, pass(&one, &more[..1])).await);
    let none = issue(&server, &event, pass(&one, &more[1..])).await;
    assert!(none.text.contains("No pass of type Single is left."), "{}", none.text);
    let path = format!("/api/v1/events/{event}");
    let fewer = server.call("organiser", Method::PATCH, &path, json!({"capacity": 2})).await;
    assert_eq!(fewer.json()["errors"][0]["pointer"], "/capacity");
    let reason = json!({"reason": "Ill"});
    server.post("organiser", &format!("/api/v1/passes/{first}/void"), reason).await;
    made(&issue(&server, &event, pass(&two, &[ADA, more[1]])).await);
    let types = server.get("gate", &format!("{path}/pass-types")).await.json();
    assert_eq!([&types["items"][0]["sold"], &types["items"][1]["sold"]], [1, 1]);
}

/// Sells from two pools on one database at once, as two processes would.
async fn two_processes_never_oversell(server: TestServer) {
    let server = staffed(server);
    let event = event(&server, json!({"capacity": 11})).await;
    let kind = pass_type(&server, &event, json!({"name": "Pair", "admits": 2, "quota": 20})).await;
    let (id, kind): (EventId, PassTypeId) = (event.parse().unwrap(), kind.parse().unwrap());
    let stores = [server.store.clone(), server.database.open()];
    let person = server.people["gate"];
    let (key, now) = (server.key.clone(), server.now());
    let sold = std::thread::spawn(move || {
        let pending: Vec<_> = (0..40_u8)
            .map(|n| {
                let grant = Grant { role: Role::Gate, scope: Scope::Institution };
                let grants = vec![grant];
                let actor = Actor { person, login: None, grants, class: None };
                let mut ctx = Ctx::new("api", now, [n + 100; 32], key.clone());
                ctx.signing = Some(signing());
                let ctx = Arc::new(ctx.signed_in(Some(actor)));
                let holder = |who: &str| HolderInput {
                    name: format!("{who} {n}"),
                    phone: format!("98450 000{n:02}"),
                };
                let input = IssueInput {
                    pass_type: kind,
                    holders: vec![holder("A"), holder("B")],
                    payment: Payment::Free,
                    reference: String::new(),
                    email: String::new(),
                };
                let act = ctx.act.clone();
                let store = &stores[usize::from(n % 2)];
                store.write(&act, move |tx| passes::issue(tx, &ctx, id, &input))
            })
            .collect();
        let done: Vec<_> = pending.into_iter().map(muster_storage::Pending::wait).collect();
        for refused in done.iter().filter_map(|one| one.as_ref().err()) {
            assert_eq!(refused.reason(), "sold-out", "{refused}");
        }
        done.iter().filter(|one| one.is_ok()).count()
    });
    assert_eq!(tokio::task::spawn_blocking(move || sold.join().unwrap()).await.unwrap(), 5);
    let now = server.get("gate", &format!("/api/v1/events/{event}")).await.json();
    assert_eq!(now["taken"], 10);
    assert_eq!(found(&server, &event, "").await.len(), 5);
}

async fn a_pass_is_withdrawn_refunded_and_handed_on(server: TestServer) {
    let server = staffed(server);
    let event = event(&server, json!({})).await;
    let kind = pass_type(&server, &event, single()).await;
    let id = made(&issue(&server, &event, pass(&kind, &[ADA])).await);
    let path = format!("/api/v1/passes/{id}");
    let before = server.get("gate", &path).await.json();
    let handed = json!({"holders": [{"name": BEN.0, "phone": BEN.1}], "reason": "Ada is away"});
    for who in ["gate", "student"] {
        let refused = server.post(who, &format!("{path}/transfer"), handed.clone()).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
    let done = server.post("organiser", &format!("{path}/transfer"), handed).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT, "{}", done.text);
    let after = server.get("gate", &path).await.json();
    assert_eq!((&after["holder"], &after["issue"]), (&json!("Ben Rao"), &json!(2)));
    for member in ["credential", "code", "link"] {
        assert!(after[member].is_string() && after[member] != before[member], "{member}");
    }
    assert_eq!(found(&server, &event, "q=ada").await, [""; 0]);
    made(&issue(&server, &event, pass(&kind, &[ADA])).await);
    let no_reason =
        server.post("organiser", &format!("{path}/refund"), json!({"reason": " "})).await;
    assert_eq!(no_reason.json()["errors"][0]["pointer"], "/reason");
    let reason = json!({"reason": "Rained out"});
    let refund = server.post("organiser", &format!("{path}/refund"), reason.clone()).await;
    assert_eq!(refund.status, StatusCode::NO_CONTENT, "{}", refund.text);
    let gone = server.get("gate", &path).await.json();
    assert_eq!((&gone["state"], &gone["credential"]), (&json!("refunded"), &Value::Null));
    let again = server.post("organiser", &format!("{path}/void"), reason).await;
    assert_eq!(again.reason(), "pass-refunded");
    let figures = server.get("organiser", &format!("/api/v1/events/{event}/figures")).await.json();
    assert_eq!(figures["revenue"]["minor"], 54_900);
    assert_eq!((&figures["passes"], &figures["refunded"]), (&json!(1), &json!(1)));
    for action in ["pass.issue", "pass.transfer", "pass.refund"] {
        let journal = server.get("registrar", &format!("/api/v1/journal?action={action}")).await;
        assert!(!journal.json()["items"].as_array().unwrap().is_empty(), "{action}");
    }
}

async fn the_link_alone_opens_a_pass(server: TestServer) {
    let server = staffed(server);
    let event = event(&server, json!({})).await;
    let kind = pass_type(&server, &event, single()).await;
    let mut body = pass(&kind, &[ADA]);
    body["email"] = "ada@campus.example".into();
    let id = made(&issue(&server, &event, body).await);
    let shown = server.get("gate", &format!("/api/v1/passes/{id}")).await.json();
    let link = shown["link"].as_str().unwrap();
    let letter = taken(&server).pop().unwrap();
    let (_, token) = link.split_once("/p/").unwrap();
    assert!(letter.body.contains(&format!("https://muster.test/p/{token}")), "{}", letter.body);
    assert!(letter.body.contains(shown["code"].as_str().unwrap()));
    let page = server.get("nobody", &format!("/p/{token}")).await;
    assert_eq!(page.status, StatusCode::OK);
    assert_eq!(page.headers["referrer-policy"], "no-referrer");
    assert!(page.text.contains("Ada Rao") && page.text.contains("<svg xmlns"), "{}", page.text);
    assert!(!page.text.contains("98450"), "a phone is nobody else's business");
    let picture = server.get("nobody", &format!("/p/{token}/qr.png")).await;
    assert_eq!(picture.headers["content-type"], "image/png");
    let whole = server.get("nobody", &format!("/p/{token}/pass.png")).await;
    assert_eq!(whole.bytes, picture.bytes, "nothing is typeset here: its QR all the same");
    let mut wrong = token.to_owned();
    wrong.replace_range(51.., if token.ends_with('a') { "q" } else { "a" });
    for path in [format!("/p/{wrong}"), "/p/none".to_owned()] {
        assert_eq!(server.get("nobody", &path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let handed = json!({"holders": [{"name": BEN.0, "phone": BEN.1}]});
    server.post("organiser", &format!("/api/v1/passes/{id}/transfer"), handed).await;
    let old = server.get("nobody", &format!("/p/{token}")).await;
    assert_eq!(old.status, StatusCode::NOT_FOUND, "the link of before shows nobody the new code");
    let reason = json!({"reason": "Lost"});
    let now = server.get("gate", &format!("/api/v1/passes/{id}")).await.json();
    let (_, token) = now["link"].as_str().unwrap().split_once("/p/").unwrap();
    server.post("organiser", &format!("/api/v1/passes/{id}/void"), reason).await;
    let void = server.get("nobody", &format!("/p/{token}")).await.text;
    assert!(void.contains("withdrawn") && !void.contains("<svg xmlns"), "{void}");
}

on_both!(
    passes_are_issued_and_found,
    nobody_holds_two_passes_of_one_event,
    the_last_place_is_sold_once_and_comes_back,
    two_processes_never_oversell,
    a_pass_is_withdrawn_refunded_and_handed_on,
    the_link_alone_opens_a_pass,
);

#[tokio::test]
async fn mistakes_are_told_at_their_fields() {
    let server = staffed(TestServer::start(sqlite()));
    let wrong = |more: Value| {
        let mut body = json!({
            "name": "Ball", "venue": "Hall", "starts_at": later(&server, 1),
            "ends_at": later(&server, 2),
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, pointer) in [
        (json!({"name": " "}), "/name"),
        (json!({"ends_at": later(&server, 0)}), "/ends_at"),
        (json!({"doors_at": later(&server, 2)}), "/doors_at"),
        (json!({"starts_at": "soon"}), "/starts_at"),
        (json!({"capacity": 0}), "/capacity"),
        (json!({"currency": "RUPEES"}), "/currency"),
        (json!({"entries": "times"}), "/times"),
        (json!({"windows": [{"from": later(&server, 0), "until": later(&server, 1)}]}), "/windows"),
    ] {
        let refused = server.post("organiser", "/api/v1/events", wrong(more)).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    let event = event(&server, json!({})).await;
    let path = format!("/api/v1/events/{event}/pass-types");
    for (body, pointer) in [
        (json!({"name": ""}), "/name"),
        (json!({"name": "A", "price": {"minor": 5, "currency": "EUR"}}), "/price"),
        (json!({"name": "A", "price": {"minor": -5, "currency": "INR"}}), "/price"),
        (json!({"name": "A", "admits": 0}), "/admits"),
        (json!({"name": "A", "quota": 0}), "/quota"),
    ] {
        let refused = server.post("organiser", &path, body).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
    let kind = pass_type(&server, &event, single()).await;
    let twice = server.post("organiser", &path, json!({"name": "SINGLE"})).await;
    assert_eq!(twice.json()["errors"][0]["pointer"], "/name");
    for (change, pointer) in [
        (json!({"holders": []}), "/name_1"),
        (json!({"holders": [{"name": "A", "phone": "12"}]}), "/phone_1"),
        (
            json!({"holders": [{"name": ADA.0, "phone": ADA.1}, {"name": "B", "phone": BEN.1}]}),
            "/name_1",
        ),
        (json!({"payment": "online"}), "/reference"),
        (json!({"payment": "barter"}), "/payment"),
        (json!({"email": "ada"}), "/email"),
        (json!({"pass_type": event}), "/pass_type"),
    ] {
        let mut body = pass(&kind, &[ADA]);
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let refused = issue(&server, &event, body).await;
        assert_eq!(refused.json()["errors"][0]["pointer"], pointer, "{}", refused.text);
    }
}

#[tokio::test]
async fn the_pages_issue_a_pass_and_lead_to_the_one_that_is_there() {
    let server = staffed(TestServer::start(sqlite()));
    let event = event(&server, json!({})).await;
    let couple =
        json!({"name": "Couple", "price": {"minor": 99_900, "currency": "INR"}, "admits": 2});
    let kind = pass_type(&server, &event, couple).await;
    let blank = server.get("gate", &format!("/events/{event}/passes/new")).await.text;
    assert!(blank.contains("name_2") && blank.contains("INR 999.00"), "{blank}");
    let fields = format!(
        "pass_type={kind}&name_1=Ada+Rao&phone_1=98450+12345&name_2=Ben&phone_2=98450+54321\
         &payment=cash"
    );
    let path = format!("/events/{event}/passes");
    let done = server.form("gate", &path, &fields).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let to = done.headers["location"].to_str().unwrap().to_owned();
    let shown = server.get("gate", &to).await.text;
    assert!(shown.contains("The pass is issued.") && shown.contains("<svg xmlns"));
    assert!(!shown.contains("Void the pass"), "that is the organiser's");
    assert!(server.get("organiser", &to).await.text.contains("Void the pass"));
    let again = server.form("gate", &path, &fields).await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    let (pass, _) = to.split_once('?').unwrap();
    assert!(again.text.contains(&format!("href=\"{pass}\"")) && again.text.contains("Ada Rao"));
    let missing = server.form("gate", &path, &format!("pass_type={kind}&payment=cash")).await;
    assert!(missing.text.contains("phone_2-error"), "{}", missing.text);
    let dashboard = server.get("organiser", &format!("/events/{event}")).await.text;
    assert!(dashboard.contains("Add a pass type") && dashboard.contains("INR 999.00"));
}

#[tokio::test]
async fn the_database_holds_nothing_that_shows_a_pass() {
    let server = staffed(TestServer::start(sqlite()));
    let event = event(&server, json!({})).await;
    let kind = pass_type(&server, &event, single()).await;
    let mut body = pass(&kind, &[ADA]);
    body["email"] = "ada@campus.example".into();
    let path = format!("/api/v1/events/{event}/passes");
    let mut request = server.request("gate", Method::POST, &path, Body::from(body.to_string()));
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    request.headers_mut().insert("idempotency-key", "once".parse().unwrap());
    let id = made(&server.send(request).await);
    let shown = server.get("gate", &format!("/api/v1/passes/{id}")).await.json();
    server.get("gate", &format!("/passes/{id}")).await;
    let file = server.database.url.trim_start_matches("sqlite:").to_owned();
    let stored: Vec<u8> = [String::new(), "-wal".to_owned()]
        .iter()
        .flat_map(|end| std::fs::read(format!("{file}{end}")).unwrap_or_default())
        .collect();
    let stored = String::from_utf8_lossy(&stored).into_owned();
    assert!(stored.contains("Ada Rao"), "this is the database");
    let token = shown["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let code = shown["code"].as_str().unwrap().to_owned();
    let digits = shown["credential"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
    for secret in [token.as_str(), code.as_str(), &code.replace('-', ""), &digits[..40]] {
        assert!(!stored.contains(secret), "{secret}");
    }
}

#[tokio::test]
async fn a_valid_pass_is_sent_again_to_its_address_alone() {
    let server = staffed(TestServer::start(sqlite()));
    let event = event(&server, json!({})).await;
    let kind = pass_type(&server, &event, json!({"name": "Any"})).await;
    let mut body = pass(&kind, &[ADA]);
    body["email"] = "ada@campus.example".into();
    let id = made(&issue(&server, &event, body).await);
    taken(&server);
    let path = format!("/api/v1/passes/{id}/letters");
    assert_eq!(server.post("gate", &path, json!({})).await.status, StatusCode::NO_CONTENT);
    let letters = taken(&server);
    assert_eq!((letters.len(), &*letters[0].recipient), (1, "ada@campus.example"));
    let shown = server.get("gate", &format!("/api/v1/passes/{id}")).await.json();
    let token = shown["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(letters[0].body.contains(&token), "{}", letters[0].body);
    let page = server.form("gate", &format!("/passes/{id}/letters"), "").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
    assert_eq!(taken(&server).len(), 1);

    let bare = made(&issue(&server, &event, pass(&kind, &[BEN])).await);
    let refused = server.post("gate", &format!("/api/v1/passes/{bare}/letters"), json!({})).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/email", "{}", refused.text);
    let void = format!("/api/v1/passes/{id}/void");
    server.post("organiser", &void, json!({"reason": "Stolen"})).await;
    assert_eq!(server.post("gate", &path, json!({})).await.status, StatusCode::CONFLICT);
    assert_eq!(taken(&server).len(), 0);
}
