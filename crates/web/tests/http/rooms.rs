//! Dockets at the rooms of exams: what each comes to, once, and why.

use super::dockets::{School, made, school};
use super::events::{event, issue as issue_pass, pass, pass_type, staffed};
use super::server::{Answer, TestServer, signing};
use axum::http::{Method, StatusCode};
use muster_app::Ctx;
use muster_app::redemptions::{self, Offered, RedeemInput};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::time::Span;
use muster_domain::verification::Direction;
use serde_json::{Value, json};
use std::sync::Arc;

/// A sitting that begins in `hours`, with rooms shared out: the student in Hall A, the other one in
/// B 12; and the student's docket.
pub(super) struct Exam {
    pub school: School,
    pub sitting: String,
    pub hall: String,
    pub annex: String,
    pub docket: String,
    pub credential: String,
    pub code: String,
}

pub(super) async fn exam(server: TestServer, hours: i64) -> Exam {
    let mut server = staffed(server);
    server.join("invigilator", Role::Invigilator);
    let school = school(server).await;
    let rooms = json!(["Hall A", "B 12"]);
    let sitting = made(&school.sitting(school.server.class, hours, rooms).await);
    let path = format!("/api/v1/sittings/{sitting}/rooms");
    let shared = school.server.post("registrar", &path, json!({})).await;
    assert_eq!(shared.status, StatusCode::OK);
    let points = points(&school, &format!("?sitting={sitting}")).await;
    let at = |name: &str| points.iter().find(|(own, _)| own == name).unwrap().1.clone();
    let (hall, annex) = (at("Hall A"), at("B 12"));
    let docket = made(&school.issue("student", "student").await);
    let (credential, code) = shown(&school, &docket).await;
    Exam { school, sitting, hall, annex, docket, credential, code }
}

/// The points that the invigilator may choose, with their names.
pub(super) async fn points(school: &School, query: &str) -> Vec<(String, String)> {
    let list = school.server.get("invigilator", &format!("/api/v1/points{query}")).await.json();
    let text = |one: &Value, member: &str| one[member].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|one| (text(one, "name"), text(one, "id"))).collect()
}

async fn shown(school: &School, docket: &str) -> (String, String) {
    let shown = school.docket("student", docket).await;
    let text = |member: &str| shown[member].as_str().unwrap().to_owned();
    (text("credential"), text("readable_code"))
}

impl Exam {
    pub(super) async fn send(&self, who: &str, point: &str, more: Value) -> Answer {
        let nonce = format!("{}", self.school.server.now().0);
        let mut body = json!({"point": point, "nonce": nonce});
        for (member, value) in more.as_object().into_iter().flatten() {
            body[member] = value.clone();
        }
        let answer = self.school.server.post(who, "/api/v1/redemptions", body).await;
        self.school.server.turn(Span::seconds(10));
        answer
    }

    /// Presents a code, and tells verdict and sentence.
    pub(super) async fn verdict(&self, point: &str, code: &str) -> (String, String) {
        let answer = self.send("invigilator", point, json!({"credential": code})).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        let told = answer.json();
        let text = |member: &str| told[member].as_str().unwrap().to_owned();
        (text("verdict"), text("detail"))
    }

    async fn is(&self, point: &str, code: &str, expected: &str) {
        assert_eq!(self.verdict(point, code).await.0, expected);
    }
}

async fn a_docket_admits_once_in_its_room_and_elsewhere_names_it(server: TestServer) {
    let exam = exam(server, 0).await;
    let chosen = points(&exam.school, "").await;
    assert_eq!(
        chosen.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["B 12", "Hall A"]
    );
    let (verdict, why) = exam.verdict(&exam.annex, &exam.credential).await;
    assert_eq!((verdict.as_str(), why.as_str()), ("wrong_place", "Their room is Hall A."));
    let told = exam.send("invigilator", &exam.hall, json!({"credential": exam.credential})).await;
    let told = told.json();
    assert_eq!((&told["verdict"], &told["remaining"]), (&json!("admit"), &json!(0)));
    let holder = &told["holder"];
    assert_eq!((&holder["names"], &holder["number"]), (&json!(["student"]), &json!("student")));
    assert_eq!((&holder["assessment"], &holder["pass"]), (&json!("CA1"), &Value::Null));
    for more in [
        json!({"credential": exam.credential}),
        json!({"credential": exam.code.to_lowercase()}),
        json!({"docket": exam.docket}),
    ] {
        let again = exam.send("invigilator", &exam.hall, more).await.json();
        assert_eq!(again["verdict"], "already_used", "{again}");
        let previous = &again["previous"];
        assert_eq!(
            (&previous["point"], &previous["person"]),
            (&json!("Hall A"), &json!("invigilator"))
        );
        assert_eq!(previous["at"], told["scanned_at"]);
    }
    let path = format!("/api/v1/redemptions/{}/reversal", told["redemption"].as_str().unwrap());
    let server = &exam.school.server;
    let undone = server.post("invigilator", &path, json!({"reason": "The wrong one"})).await;
    assert_eq!(undone.status, StatusCode::NO_CONTENT, "{}", undone.text);
    exam.is(&exam.hall, &exam.code, "admit").await;
    let list = format!("/api/v1/points/{}/redemptions", exam.hall);
    let recorded = server.get("invigilator", &list).await.json();
    let first = &recorded["items"][0];
    assert_eq!((&first["docket"], &first["pass"]), (&json!(exam.docket), &Value::Null));
    assert_eq!((&first["holder"], &first["pass_type"]), (&json!("student"), &json!("CA1 docket")));
}

async fn what_happened_since_it_was_issued_stops_it(server: TestServer) {
    let exam = exam(server, 0).await;
    let server = &exam.school.server;
    let renewal = format!("/api/v1/dockets/{}/renewal", exam.docket);
    server.turn(Span::minutes(1));
    assert!(server.post("student", &renewal, json!({})).await.status.is_success());
    let (verdict, why) = exam.verdict(&exam.hall, &exam.credential).await;
    assert_eq!(verdict, "superseded");
    assert!(why.contains("Superseded by the docket issued on"), "{why}");
    exam.is(&exam.hall, &exam.code, "superseded").await;
    let (newer, _) = shown(&exam.school, &exam.docket).await;
    let hold = made(&exam.school.hold("registrar", "student", "Case 7").await);
    let (verdict, why) = exam.verdict(&exam.hall, &newer).await;
    assert_eq!(verdict, "on_hold");
    assert!(why.contains("hold was placed") && !why.contains("Case 7"), "{why}");
    let lifting = format!("/api/v1/holds/{hold}/lifting");
    server.post("registrar", &lifting, json!({"reason": ""})).await;
    exam.is(&exam.hall, &newer, "admit").await;
    let person = format!("/api/v1/people/{}", exam.school.person("student"));
    let left = server.call("registrar", Method::PATCH, &person, json!({"active": false})).await;
    assert!(left.status.is_success(), "{}", left.text);
    exam.is(&exam.hall, &newer, "revoked").await;
}

/// The docket stays issued; whoever Finance no longer clears is on hold until they pay again, or an
/// officer says otherwise.
async fn a_payment_that_is_taken_back_holds_it_until_it_is_paid_again(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    let body = json!({"code": "BSC", "name": "Science", "total_years": 3, "semesters_per_year": 2});
    let programme = made(&server.post("registrar", "/api/v1/programmes", body).await);
    let person = format!("/api/v1/people/{}", school.person("student"));
    let body = json!({"programme": "BSC", "year": 1, "semester": 1});
    server.call("registrar", Method::PATCH, &person, body).await;
    let rupees = |minor: i64| json!({"minor": minor, "currency": "INR"});
    let fee =
        json!({"programme": programme, "year": 1, "semester": 1, "amount": rupees(1_000_000)});
    let fees = format!("/api/v1/terms/{}/fees", school.term);
    server.call("finance", Method::PATCH, &fees, json!({"items": [fee]})).await;
    let pay = async || {
        let body = json!({"number": "student", "amount": rupees(900_000), "method": "cash"});
        made(&server.post("finance", "/api/v1/payments", body).await)
    };
    let payment = pay().await;
    let reversal = format!("/api/v1/payments/{payment}/reversal");
    let reversed = server.post("finance", &reversal, json!({"reason": "Bounced"})).await;
    assert!(reversed.status.is_success(), "{}", reversed.text);
    let (verdict, why) = exam.verdict(&exam.hall, &exam.credential).await;
    assert_eq!(verdict, "on_hold");
    assert!(why.contains("No longer cleared by Finance"), "{why}");
    let shown = school.docket("student", &exam.docket).await;
    assert_eq!(shown["issue"], 1, "it stays issued");
    let reason = "Not cleared by Finance: 0 % paid, 20 % needed. Visit the Retentions Office.";
    assert_eq!((&shown["not_cleared"], &shown["credential"]), (&json!(reason), &Value::Null));
    let latest = async || {
        let told = server.get("student", "/api/v1/me/notices").await.json();
        let items = told["items"].as_array().unwrap().clone().into_iter();
        items.map(|one| one["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let stopped = "Your CA1 docket admits nobody for now";
    assert!(latest().await.iter().any(|title| title == stopped), "{:?}", latest().await);
    let page = server.get("student", &format!("/dockets/{}", exam.docket)).await.text;
    assert!(page.contains(reason) && !page.contains("docket.pdf"), "{page}");
    let until = &school.later(48)[..10];
    let word =
        json!({"assessment": school.ca1, "cleared": true, "reason": "Grant", "until": until});
    let given = server.post("finance", &format!("{person}/clearances"), word).await;
    let word = made(&given);
    let told = exam.send("invigilator", &exam.hall, json!({"credential": exam.code})).await.json();
    assert_eq!(told["verdict"], "admit");
    let undo = format!("/api/v1/redemptions/{}/reversal", told["redemption"].as_str().unwrap());
    server.post("invigilator", &undo, json!({"reason": "To see it again"})).await;
    server.post("finance", &format!("/api/v1/clearances/{word}/ending"), json!({})).await;
    exam.is(&exam.hall, &exam.code, "on_hold").await;
    pay().await;
    let shown = school.docket("student", &exam.docket).await;
    assert_eq!(shown["not_cleared"], Value::Null);
    assert_eq!(shown["credential"], exam.credential, "and it is the same again");
    let again = latest().await.into_iter().filter(|title| title.ends_with("admits again")).count();
    assert_eq!(again, 3, "by paying, by a word of Finance, by paying again");
    exam.is(&exam.hall, &exam.code, "admit").await;
}

async fn rooms_open_an_hour_before_and_close_at_the_end(server: TestServer) {
    let exam = exam(server, 3).await;
    let (verdict, why) = exam.verdict(&exam.hall, &exam.credential).await;
    assert_eq!(verdict, "not_valid_yet");
    assert!(why.starts_with("It admits from"), "{why}");
    exam.school.server.turn(Span::hours(2));
    exam.is(&exam.hall, &exam.credential, "admit").await;
    let other = made(&exam.school.issue("registrar", "student_2").await);
    exam.school.server.turn(Span::hours(2));
    let late = exam.send("invigilator", &exam.annex, json!({"docket": other})).await.json();
    assert_eq!(late["verdict"], "expired", "{late}");
}

async fn other_exams_gates_and_passes_are_told_what_they_are_for(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    let evening = made(&school.sitting(server.other, 1, json!(["Annex"])).await);
    let annex = points(school, &format!("?sitting={evening}")).await[0].1.clone();
    let (verdict, why) = exam.verdict(&annex, &exam.credential).await;
    assert_eq!(verdict, "wrong_place");
    assert!(why.contains("This docket is for CA1: MA201") && why.contains("Hall A"), "{why}");
    let ball = event(server, json!({})).await;
    let gate = json!({"event": ball, "name": "North gate"});
    let gate = made(&server.post("organiser", "/api/v1/points", gate).await);
    let told = exam.send("gate", &gate, json!({"credential": exam.credential})).await.json();
    assert_eq!(told["verdict"], "wrong_place");
    assert!(told["detail"].as_str().unwrap().contains("a docket for CA1"), "{told}");
    let kind = pass_type(server, &ball, json!({"name": "Any"})).await;
    let issued = issue_pass(server, &ball, pass(&kind, &[("Ada Rao", "98450 12345")])).await;
    let issued = made(&issued);
    let shown = server.get("gate", &format!("/api/v1/passes/{issued}")).await.json();
    let (verdict, why) = exam.verdict(&exam.hall, shown["code"].as_str().unwrap()).await;
    assert_eq!(verdict, "wrong_place");
    assert!(why.contains("This is for Spring Ball"), "{why}");
    let (head, digits) = exam.credential.split_once('#').unwrap();
    let last = if digits.ends_with('0') { '1' } else { '0' };
    let altered = format!("{head}#{}{last}", &digits[..digits.len() - 1]);
    exam.is(&exam.hall, &altered, "forged").await;
    exam.is(&exam.hall, "https://example.org/menu-of-the-canteen", "forged").await;
}

async fn an_assessment_without_sittings_admits_once_in_any_of_its_halls(server: TestServer) {
    let mut server = staffed(server);
    server.join("invigilator", Role::Invigilator);
    let school = school(server).await;
    let server = &school.server;
    let hall = async |who: &str, name: &str| {
        let body = json!({"assessment": school.ca1, "name": name});
        server.post(who, "/api/v1/points", body).await
    };
    assert_eq!(hall("organiser", "Great Hall").await.status, StatusCode::FORBIDDEN);
    let (great, small) = (
        made(&hall("registrar", "Great Hall").await),
        made(&hall("registrar", "Small Hall").await),
    );
    assert_eq!(hall("registrar", "great hall").await.json()["errors"][0]["pointer"], "/name");
    let chosen = points(&school, "").await;
    assert_eq!(
        chosen.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["Great Hall", "Small Hall"]
    );
    let docket = made(&school.issue("student", "student").await);
    let (credential, code) = shown(&school, &docket).await;
    let exam = Exam {
        sitting: String::new(),
        hall: great,
        annex: small,
        docket,
        credential,
        code,
        school,
    };
    exam.is(&exam.hall, &exam.credential, "admit").await;
    exam.is(&exam.annex, &exam.code, "already_used").await;
    let server = &exam.school.server;
    let path = format!("/api/v1/assessments/{}/room-list", exam.school.ca1);
    let list = server.get("invigilator", &path).await.json();
    assert_eq!(
        (&list["items"][0]["state"], &list["items"][0]["room"]),
        (&json!("admitted"), &json!("Great Hall"))
    );
    let given_up = format!("/api/v1/points/{}/archival", exam.annex);
    assert_eq!(server.post("registrar", &given_up, json!({})).await.status, StatusCode::OK);
    let refused = exam.send("invigilator", &exam.annex, json!({"credential": exam.code})).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/point");
    let sitting = made(&exam.school.sitting(server.class, 0, json!(["Annex"])).await);
    let (verdict, why) = exam.verdict(&exam.hall, &exam.code).await;
    assert_eq!(verdict, "wrong_place", "who has a sitting goes there");
    assert!(why.contains("Annex"), "{why}");
    let annex = points(&exam.school, &format!("?sitting={sitting}")).await[0].1.clone();
    exam.is(&annex, &exam.code, "admit").await;
}

async fn of_fifty_dockets_at_once_one_admits(server: TestServer) {
    let exam = exam(server, 0).await;
    let server = &exam.school.server;
    let stores = [server.store.clone(), server.database.open()];
    let person = server.people["invigilator"];
    let (key, now, point) = (server.key.clone(), server.now(), exam.hall.parse().unwrap());
    let text = exam.credential.clone();
    let scans = move || {
        let pending: Vec<_> = (0..50_u8)
            .map(|n| {
                let grants = vec![Grant { role: Role::Invigilator, scope: Scope::Institution }];
                let actor = Actor { person, login: None, grants, class: None };
                let mut ctx = Ctx::new("api", now, [n + 100; 32], key.clone());
                ctx.signing = Some(signing());
                let ctx = Arc::new(ctx.signed_in(Some(actor)));
                let input = RedeemInput {
                    offered: Offered::Text(text.clone()),
                    point,
                    direction: Direction::Entry,
                    count: None,
                    nonce: n.to_string(),
                    at: None,
                    sent_at: None,
                    force: false,
                    decided: None,
                    reason: String::new(),
                };
                let act = ctx.act.clone();
                let store = &stores[usize::from(n % 2)];
                store.write(&act, move |tx| redemptions::redeem(tx, &ctx, &input))
            })
            .collect();
        let done = pending.into_iter().map(|one| one.wait().unwrap());
        done.filter(|one| one.row.admitted).count()
    };
    let admitted = std::thread::spawn(scans);
    assert_eq!(tokio::task::spawn_blocking(move || admitted.join().unwrap()).await.unwrap(), 1);
}

async fn who_stands_where_is_a_matter_of_roles(server: TestServer) {
    let exam = exam(server, 0).await;
    let server = &exam.school.server;
    for who in ["gate", "organiser"] {
        let refused = exam.send(who, &exam.hall, json!({"credential": exam.code})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
        let own = server.get(who, "/api/v1/points").await.json();
        assert_eq!(own["items"], json!([]), "{who}");
    }
    assert_eq!(server.get("registrar", "/api/v1/points").await.json()["items"][0]["kind"], "room");
    let hold = exam.school.hold("registrar", "student", "Case 7").await;
    made(&hold);
    let force = json!({"credential": exam.code, "force": true, "reason": "The dean was here"});
    let refused = exam.send("invigilator", &exam.hall, force.clone()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let may = json!({"invigilators_override": true});
    let set = server.call("registrar", Method::PATCH, "/api/v1/settings", may).await;
    assert_eq!(set.status, StatusCode::OK, "{}", set.text);
    let told = exam.send("invigilator", &exam.hall, force).await.json();
    assert_eq!((&told["verdict"], &told["overridden"]), (&json!("admit"), &json!("on_hold")));
    exam.is(&exam.hall, &exam.code, "on_hold").await;
}

async fn points_follow_the_rooms_of_a_sitting(server: TestServer) {
    let exam = exam(server, 0).await;
    let (school, server) = (&exam.school, &exam.school.server);
    exam.is(&exam.hall, &exam.code, "admit").await;
    let path = format!("/api/v1/sittings/{}", exam.sitting);
    let moved =
        server.call("registrar", Method::PATCH, &path, json!({"rooms": ["b 12", "C 3"]})).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    let now = points(school, "").await;
    assert_eq!(now.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["b 12", "C 3"]);
    assert_eq!(now[0].1, exam.annex, "the same room stays the same point");
    let closed = exam.send("invigilator", &exam.hall, json!({"credential": exam.code})).await;
    assert_eq!(closed.json()["errors"][0]["pointer"], "/point");
    exam.is(&exam.annex, &exam.code, "already_used").await;
    let by_hand = format!("/api/v1/points/{}/archival", exam.annex);
    let by_hand = server.post("registrar", &by_hand, json!({})).await;
    assert_eq!(by_hand.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", by_hand.text);
    let stays = server.call("registrar", Method::DELETE, &path, json!({})).await;
    assert_eq!(stays.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", stays.text);
    server.call("registrar", Method::PATCH, &path, json!({"rooms": ["Hall A"]})).await;
    assert_eq!(points(school, "").await, [("Hall A".to_owned(), exam.hall.clone())]);
}

async fn a_badge_is_no_pass_and_no_docket(server: TestServer) {
    let exam = exam(server, 0).await;
    let server = &exam.school.server;
    let badge = format!("/api/v1/people/{}/badge", exam.school.person("student"));
    made(&server.post("registrar", &badge, json!({})).await);
    let badge = server.get("registrar", &badge).await.json();
    let text = |member: &str| badge[member].as_str().unwrap().to_owned();
    for shown in [text("credential"), text("readable_code")] {
        let (verdict, why) = exam.verdict(&exam.hall, &shown).await;
        let expected = "This is a staff or student card: ask for the docket.";
        assert_eq!((verdict.as_str(), why.as_str()), ("wrong_place", expected));
    }
    let ball = event(server, json!({})).await;
    let gate = json!({"event": ball, "name": "North"});
    let gate = made(&server.post("organiser", "/api/v1/points", gate).await);
    let scan = json!({"credential": text("credential"), "point": gate, "nonce": "badge"});
    let told = server.post("gate", "/api/v1/redemptions", scan).await.json();
    assert_eq!(told["verdict"], "wrong_place", "{told}");
    assert_eq!(told["detail"], "This is a staff or student card: ask for the pass.");
    let page = format!("/verify/{gate}?scan={}", told["redemption"].as_str().unwrap());
    let page = server.get("gate", &page).await.text;
    assert!(page.contains("Wrong place") && page.contains("student card"), "{page}");
}

on_both!(
    a_badge_is_no_pass_and_no_docket,
    a_docket_admits_once_in_its_room_and_elsewhere_names_it,
    what_happened_since_it_was_issued_stops_it,
    a_payment_that_is_taken_back_holds_it_until_it_is_paid_again,
    rooms_open_an_hour_before_and_close_at_the_end,
    other_exams_gates_and_passes_are_told_what_they_are_for,
    an_assessment_without_sittings_admits_once_in_any_of_its_halls,
    of_fifty_dockets_at_once_one_admits,
    who_stands_where_is_a_matter_of_roles,
    points_follow_the_rooms_of_a_sitting,
);
