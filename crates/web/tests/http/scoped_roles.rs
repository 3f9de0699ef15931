//! Roles for one event or one assessment: what they open there, and that nothing else opens.

use super::events::{later, pass, staffed};
use super::live;
use super::phones::enrolled;
use super::redemptions::{ADA, BEN, Gate, gate};
use super::rooms::{exam, points};
use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_app::people::merge::{self, Choices, MergeInput};
use muster_domain::auth::{Role, Scope};
use muster_domain::ids::{AssessmentId, EventId};
use muster_domain::time::Span;
use muster_domain::verification::IncidentKind;
use muster_storage::incidents::{self, NewIncident};
use serde_json::{Value, json};
use std::slice;

fn of_event(gate: &Gate) -> Scope {
    Scope::Event(gate.event.parse::<EventId>().unwrap())
}

/// Two events with a gate and a pass each.
async fn two(server: &TestServer) -> (Gate, Gate) {
    let first = gate(server, json!({"name": "Spring Ball"}), &[ADA]).await;
    (first, gate(server, json!({"name": "Autumn Ball"}), &[BEN]).await)
}

/// What a person at the gate of an event reads of it.
fn read(gate: &Gate) -> Vec<String> {
    let Gate { event, point, kind, pass, .. } = gate;
    vec![
        format!("/api/v1/events/{event}"),
        format!("/api/v1/events/{event}/figures"),
        format!("/api/v1/events/{event}/pass-types"),
        format!("/api/v1/events/{event}/passes"),
        format!("/api/v1/events/{event}/redemptions"),
        format!("/api/v1/points?event={event}"),
        format!("/api/v1/points/{point}/redemptions"),
        format!("/api/v1/passes/{pass}"),
        format!("/api/v1/passes/{pass}/redemptions"),
        format!("/api/v1/pass-types/{kind}/points"),
        format!("/events/{event}"),
        format!("/events/{event}/passes"),
        format!("/events/{event}/passes?format=csv"),
        format!("/events/{event}/passes/new"),
        format!("/events/{event}/passes/codes"),
        format!("/events/{event}/entries"),
        format!("/events/{event}/entries?format=xlsx"),
        format!("/passes/{pass}"),
        format!("/verify/{point}"),
    ]
}

fn ids(list: &Answer) -> Vec<String> {
    assert_eq!(list.status, StatusCode::OK, "{}", list.text);
    let list = list.json();
    let items = list["items"].as_array().unwrap().iter();
    items.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

async fn gate_staff_of_one_event_open_nothing_of_another(server: TestServer) {
    let mut server = staffed(server);
    let (ball, other) = two(&server).await;
    server.join_for("gate_1", Role::Gate, of_event(&ball));
    for path in read(&ball) {
        assert_eq!(server.get("gate_1", &path).await.status, StatusCode::OK, "{path}");
    }
    for path in read(&other) {
        let refused = server.get("gate_1", &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        assert!(!refused.text.contains("Autumn"), "{path}: {}", refused.text);
    }
    let live = format!("/api/v1/points/{}/events", other.point);
    assert_eq!(server.open("gate_1", &live).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(ids(&server.get("gate_1", "/api/v1/events").await), slice::from_ref(&ball.event));
    assert_eq!(ids(&server.get("gate_1", "/api/v1/points").await), slice::from_ref(&ball.point));
    for page in ["/events", "/verify"] {
        let page = server.get("gate_1", page).await.text;
        assert!(page.contains("Spring Ball") && !page.contains("Autumn Ball"), "{page}");
    }
    let writes = [
        (format!("/api/v1/events/{}/passes", other.event), pass(&other.kind, &[ADA])),
        (format!("/api/v1/passes/{}/letters", other.pass), json!({})),
        (
            "/api/v1/redemptions".to_owned(),
            json!({"credential": other.credential, "point": other.point, "nonce": "1"}),
        ),
    ];
    for (path, body) in writes {
        let refused = server.post("gate_1", &path, body).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}: {}", refused.text);
    }
    let own = json!({"credential": ball.credential, "point": ball.point, "nonce": "1"});
    let scanned = server.post("gate_1", "/api/v1/redemptions", own).await;
    assert_eq!(scanned.json()["verdict"], "admit", "{}", scanned.text);
    let elsewhere = json!({"credential": other.credential, "point": ball.point, "nonce": "2"});
    let scanned = server.post("gate_1", "/api/v1/redemptions", elsewhere).await;
    assert_eq!(scanned.json()["verdict"], "wrong_place", "{}", scanned.text);
    let by_name = json!({"pass": other.pass, "point": ball.point, "nonce": "3"});
    let unknown = server.post("gate_1", "/api/v1/redemptions", by_name).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.text);
    let managing = [
        (Method::PATCH, format!("/api/v1/events/{}", ball.event)),
        (Method::POST, format!("/api/v1/events/{}/archival", ball.event)),
        (Method::GET, format!("/api/v1/events/{}/staff", ball.event)),
        (Method::GET, "/api/v1/incidents".to_owned()),
        (Method::GET, "/api/v1/verifier-devices".to_owned()),
    ];
    for (method, path) in managing {
        let refused = server.call("gate_1", method, &path, json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}: {}", refused.text);
    }
    let me = server.get("gate_1", "/api/v1/me").await.json();
    assert_eq!(me["roles"], json!([{"role": "gate", "event": ball.event}]));
    let profile = server.get("gate_1", "/me").await.text;
    assert!(profile.contains("Gate staff (Spring Ball)"), "{profile}");
}

/// Notes something odd about a scan that is made at that gate.
async fn odd(server: &TestServer, gate: &Gate) -> String {
    let scan = json!({"credential": gate.credential, "point": gate.point, "nonce": "odd"});
    let scanned = server.post("gate", "/api/v1/redemptions", scan).await.json();
    let redemption = scanned["redemption"].as_str().unwrap().parse::<uuid::Uuid>().unwrap();
    let scope = gate.event.parse().unwrap();
    let root = server.people["super_administrator"];
    let id = server.plant(Some(root), move |tx, ctx| {
        let new = NewIncident {
            id: ctx.fresh(),
            kind: IncidentKind::Refused,
            redemption: redemption.into(),
            other: None,
            scope,
            device: None,
            made_at: ctx.now(),
            version: tx.version(),
        };
        incidents::insert(tx, &new)?;
        Ok(new.id)
    });
    server.turn(Span::seconds(1));
    id.to_string()
}

async fn an_organiser_of_one_event_runs_it_and_sees_its_figures_alone(server: TestServer) {
    let mut server = staffed(server);
    let (ball, other) = two(&server).await;
    let (own, foreign) = (odd(&server, &ball).await, odd(&server, &other).await);
    server.join_for("organiser_1", Role::Organiser, of_event(&ball));
    for path in read(&ball).into_iter().chain([format!("/events/{}/edit", ball.event)]) {
        assert_eq!(server.get("organiser_1", &path).await.status, StatusCode::OK, "{path}");
    }
    for path in read(&other).into_iter().chain([format!("/events/{}/edit", other.event)]) {
        let refused = server.get("organiser_1", &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    let page = server.get("organiser_1", "/events").await.text;
    assert!(!page.contains("/events/new") && !page.contains("Autumn Ball"), "{page}");
    let mine = json!({
        "name": "Mine", "venue": "Hall", "starts_at": later(&server, 1), "ends_at": later(&server, 2),
    });
    let refused = server.post("organiser_1", "/api/v1/events", mine).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    for (gate, expected) in [(&ball, StatusCode::OK), (&other, StatusCode::FORBIDDEN)] {
        let venue = json!({"venue": "Garden"});
        let path = format!("/api/v1/events/{}", gate.event);
        let done = server.call("organiser_1", Method::PATCH, &path, venue).await;
        assert_eq!(done.status, expected, "{}", done.text);
        let path = format!("/api/v1/passes/{}/void", gate.pass);
        let done = server.post("organiser_1", &path, json!({"reason": "Lost"})).await;
        assert_eq!(done.status == StatusCode::FORBIDDEN, expected == StatusCode::FORBIDDEN);
        let path = format!("/api/v1/points/{}/archival", gate.point);
        let done = server.post("organiser_1", &path, json!({})).await;
        assert_eq!(done.status == StatusCode::FORBIDDEN, expected == StatusCode::FORBIDDEN);
    }
    assert_eq!(ids(&server.get("organiser_1", "/api/v1/incidents").await), slice::from_ref(&own));
    assert_eq!(ids(&server.get("organiser", "/api/v1/incidents").await).len(), 2);
    let page = server.get("organiser_1", "/incidents").await.text;
    assert!(page.contains(&own) && !page.contains(&foreign), "{page}");
    for (id, expected) in [(&own, StatusCode::OK), (&foreign, StatusCode::FORBIDDEN)] {
        let path = format!("/api/v1/incidents/{id}");
        assert_eq!(server.get("organiser_1", &path).await.status, expected);
        let path = format!("{path}/settlement");
        let done = server.post("organiser_1", &path, json!({"comment": "Seen"})).await;
        assert_eq!(done.status, expected, "{}", done.text);
    }
    let table = server.get("organiser_1", "/api/v1/exports/passes.csv").await;
    assert_eq!(table.status, StatusCode::FORBIDDEN, "{}", table.text);
}

async fn an_organiser_appoints_those_at_the_gates_of_their_event(server: TestServer) {
    let mut server = staffed(server);
    let (ball, other) = two(&server).await;
    server.join_for("organiser_1", Role::Organiser, of_event(&ball));
    let staff = format!("/api/v1/events/{}/staff", ball.event);
    let body = |role: &str| json!({"person": "stranger", "role": role});
    for (path, role) in [
        (staff.clone(), "organiser"),
        (staff.clone(), "registrar"),
        (format!("/api/v1/events/{}/staff", other.event), "gate"),
    ] {
        let refused = server.post("organiser_1", &path, body(role)).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{role}: {}", refused.text);
    }
    let nobody = json!({"person": "no such number", "role": "gate"});
    let unknown = server.post("organiser_1", &staff, nobody).await;
    assert_eq!(unknown.json()["errors"][0]["pointer"], "/person", "{}", unknown.text);

    let points = "/api/v1/points";
    assert_eq!(server.get("stranger", points).await.status, StatusCode::FORBIDDEN);
    let made = server.post("organiser_1", &staff, body("gate")).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let twice = server.post("organiser_1", &staff, body("gate")).await;
    assert_eq!(twice.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", twice.text);
    assert_eq!(ids(&server.get("stranger", points).await), slice::from_ref(&ball.point));
    let listed = server.get("organiser_1", &staff).await.json();
    let roles: Vec<_> =
        listed["items"].as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(roles, ["organiser_1", "stranger"], "{listed}");

    let page = format!("/events/{}", ball.event);
    let shown = server.get("organiser_1", &page).await.text;
    assert!(shown.contains("stranger") && !shown.contains("value=\"organiser\""), "{shown}");
    assert!(!server.get("stranger", &page).await.text.contains("Appoint"));
    let grant = made.json()["id"].as_str().unwrap().to_owned();
    let foreign = format!("/api/v1/events/{}/staff/{grant}", other.event);
    let refused = server.call("organiser", Method::DELETE, &foreign, json!({})).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND, "{}", refused.text);
    let ended = server.form("organiser_1", &format!("{page}/staff/{grant}/end"), "").await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.text);
    assert_eq!(server.get("stranger", points).await.status, StatusCode::FORBIDDEN);
    let again = format!("{page}/staff");
    let wrong = server.form("organiser_1", &again, "person=nobody&role=gate").await;
    assert!(wrong.text.contains("Nobody active has this number"), "{}", wrong.text);
    let done = server.form("organiser_1", &again, "person=stranger&role=gate").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);

    let journal = server.get("registrar", "/api/v1/journal?action=role.").await.json();
    let entries = journal["items"].as_array().unwrap();
    let of_ball = entries.iter().filter(|one| one.to_string().contains(&ball.event)).count();
    assert_eq!(of_ball, 4, "one by the server, twice given and once ended: {journal}");

    let by_registrar = json!({"role": "organiser", "event": ball.event});
    let roles = format!("/api/v1/people/{}/roles", server.people["student"]);
    let made = server.post("registrar", &roles, by_registrar).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    for wrong in [
        json!({"role": "invigilator", "event": ball.event}),
        json!({"role": "gate", "event": ball.event, "class": server.class}),
        json!({"role": "organiser", "assessment": ball.event}),
    ] {
        let refused = server.post("registrar", &roles, wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text);
    }
    let page = format!("/people/{}", server.people["student"]);
    let person = server.get("registrar", &page).await.text;
    assert!(person.contains(&format!("/events/{}", ball.event)), "{person}");
    let form = format!("role=gate&place=event:{}", other.event);
    let done = server.form("registrar", &format!("{page}/roles"), &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    let seen = ids(&server.get("student", "/api/v1/events").await);
    assert_eq!(seen.len(), 2, "organiser of one, gate of the other: {seen:?}");
}

async fn phones_of_an_event_open_its_gates_alone(server: TestServer) {
    let mut server = staffed(server);
    let (ball, other) = two(&server).await;
    server.join_for("organiser_1", Role::Organiser, of_event(&ball));
    server.join_for("gate_1", Role::Gate, of_event(&ball));
    server.join_for("gate_2", Role::Gate, of_event(&other));
    let codes = "/api/v1/verifier-device-codes";
    for more in ["gate", "gate_2", "registrar"] {
        let body = json!({"name": "Phone", "person": server.people[more]});
        let refused = server.post("organiser_1", codes, body).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{more}: {}", refused.text);
    }
    let enrol = async |by: &str, name: &str, person: &str| {
        let body = json!({"name": name, "person": server.people[person]});
        let made = server.post(by, codes, body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        enrolled(&server, name, &made.json()["code"]).await
    };
    let phone = enrol("organiser_1", "Ball 1", "gate_1").await;
    let foreign = enrol("organiser", "Autumn 1", "gate_2").await;
    let own = phone.get(&server, "/api/v1/verifier-devices/me").await.json();
    assert_eq!(own["points"].as_array().unwrap().len(), 1, "{own}");
    assert_eq!(own["points"][0]["id"], json!(ball.point));
    for (gate, expected) in [(&ball, StatusCode::OK), (&other, StatusCode::FORBIDDEN)] {
        let pack = phone.get(&server, &format!("/api/v1/points/{}/pack", gate.point)).await;
        assert_eq!(pack.status, expected, "{}", pack.text);
    }
    let listed = ids(&server.get("organiser_1", "/api/v1/verifier-devices").await);
    assert_eq!(listed, slice::from_ref(&phone.id));
    let page = server.get("organiser_1", "/verifier-devices").await.text;
    assert!(page.contains("Ball 1") && !page.contains("Autumn 1"), "{page}");
    for (id, expected) in [(&foreign.id, StatusCode::FORBIDDEN), (&phone.id, StatusCode::OK)] {
        let path = format!("/api/v1/verifier-devices/{id}/revocation");
        let done = server.post("organiser_1", &path, json!({})).await;
        assert_eq!(done.status, expected, "{}", done.text);
    }
}

async fn an_invigilator_of_one_assessment_opens_its_rooms_alone(server: TestServer) {
    let mut exam = exam(server, 0).await;
    let term = &exam.school.term;
    let path = format!("/api/v1/terms/{term}/assessments");
    let all = exam.school.server.get("registrar", &path).await.json();
    let ca2 = all["items"][1]["id"].as_str().unwrap().to_owned();
    let body = json!({
        "class": exam.school.server.other.to_string(), "starts_at": exam.school.later(0),
        "ends_at": exam.school.later(1), "rooms": ["C 3"],
    });
    let path = format!("/api/v1/assessments/{ca2}/sittings");
    let made = exam.school.server.post("registrar", &path, body).await;
    let other = made.json()["id"].as_str().unwrap().to_owned();
    let scope = |id: &str| Scope::Assessment(id.parse::<AssessmentId>().unwrap());
    let ca1 = exam.school.ca1.clone();
    exam.school.server.join_for("of_ca1", Role::Invigilator, scope(&ca1));
    exam.school.server.join_for("of_ca2", Role::Invigilator, scope(&ca2));
    let server = &exam.school.server;
    let room = points(&exam.school, &format!("?sitting={other}")).await[0].1.clone();
    let of = |assessment: &str, sitting: &str, point: &str| {
        [
            format!("/api/v1/assessments/{assessment}/sittings"),
            format!("/api/v1/assessments/{assessment}/room-list"),
            format!("/api/v1/sittings/{sitting}"),
            format!("/api/v1/sittings/{sitting}/places"),
            format!("/api/v1/sittings/{sitting}/room-list"),
            format!("/api/v1/sittings/{sitting}/redemptions"),
            format!("/api/v1/assessments/{assessment}/redemptions"),
            format!("/sittings/{sitting}/entries"),
            format!("/assessments/{assessment}/entries"),
            format!("/api/v1/points?sitting={sitting}"),
            format!("/api/v1/points/{point}/redemptions"),
            format!("/sittings?assessment={assessment}"),
            format!("/sittings?assessment={assessment}&format=csv"),
            format!("/sittings/{sitting}"),
            format!("/sittings/{sitting}/room-list"),
            format!("/assessments/{assessment}/room-list"),
            format!("/verify/{point}"),
        ]
    };
    let (own, foreign) = (of(&ca1, &exam.sitting, &exam.hall), of(&ca2, &other, &room));
    for (who, opens, closed) in [("of_ca1", &own, &foreign), ("of_ca2", &foreign, &own)] {
        for path in opens {
            let answer = server.get(who, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{who} {path}: {}", answer.text);
        }
        for path in closed {
            let answer = server.get(who, path).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who} {path}");
        }
    }
    let page = server.get("of_ca2", "/sittings").await.text;
    assert!(page.contains("CA2") && !page.contains("CA1"), "{page}");
    let chosen = ids(&server.get("of_ca1", "/api/v1/points").await);
    assert!(chosen.len() == 2 && !chosen.contains(&room), "{chosen:?}");
    let scan = |point: &str| json!({"credential": exam.credential, "point": point, "nonce": "1"});
    let refused = server.post("of_ca2", "/api/v1/redemptions", scan(&exam.hall)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    let elsewhere = server.post("of_ca2", "/api/v1/redemptions", scan(&room)).await;
    assert_eq!(elsewhere.json()["verdict"], "wrong_place", "{}", elsewhere.text);
    let by_name = json!({"docket": exam.docket, "point": room, "nonce": "2"});
    let unknown = server.post("of_ca2", "/api/v1/redemptions", by_name).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", unknown.text);
    let admitted = server.post("of_ca1", "/api/v1/redemptions", scan(&exam.hall)).await;
    assert_eq!(admitted.json()["verdict"], "admit", "{}", admitted.text);
    let id = admitted.json()["redemption"].as_str().unwrap().to_owned();
    let undo = format!("/api/v1/redemptions/{id}/reversal");
    let refused = server.post("of_ca2", &undo, json!({"reason": "No"})).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
    let refused = server.get("of_ca2", &format!("/api/v1/redemptions/{id}/photo")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);

    let staff = format!("/api/v1/assessments/{ca2}/staff");
    assert_eq!(server.get("of_ca2", &staff).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("finance", &staff).await.status, StatusCode::FORBIDDEN);
    let body = json!({"person": "teacher", "role": "invigilator"});
    let made = server.post("registrar", &staff, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let shown = server.get("registrar", &format!("/assessments/{ca2}")).await.text;
    assert!(shown.contains("of_ca2") && shown.contains("teacher"), "{shown}");
    assert!(!server.get("finance", &format!("/assessments/{ca2}")).await.text.contains("of_ca2"));
    assert_eq!(ids(&server.get("teacher", "/api/v1/points").await), slice::from_ref(&room));
    let grant = made.json()["id"].as_str().unwrap().to_owned();
    let path = format!("{staff}/{grant}");
    let ended = server.call("registrar", Method::DELETE, &path, json!({})).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{}", ended.text);
    assert_eq!(server.get("teacher", "/api/v1/points").await.status, StatusCode::FORBIDDEN);
}

async fn roles_for_events_move_when_two_records_become_one(server: TestServer) {
    let mut server = staffed(server);
    let (ball, other) = two(&server).await;
    server.join_for("kept", Role::Gate, of_event(&ball));
    server.join_for("merged", Role::Gate, of_event(&ball));
    let (kept, merged) = (server.people["kept"], server.people["merged"]);
    let roles = format!("/api/v1/people/{merged}/roles");
    let organiser = json!({"role": "organiser", "event": other.event});
    assert_eq!(server.post("registrar", &roles, organiser).await.status, StatusCode::CREATED);
    let before = server.database.rows(&["role_grants"]);
    let root = Some(server.people["super_administrator"]);
    let id = server.act(root, move |tx, ctx| {
        let (choices, reason) = (Choices::default(), "One person".to_owned());
        merge::merge(tx, ctx, &MergeInput { kept, merged, choices, reason, seen: None })
    });
    let person = server.get("registrar", &format!("/api/v1/people/{kept}")).await.json();
    let held = |role: &Value| (role["role"].clone(), role["event"].clone());
    let mut held: Vec<_> = person["roles"].as_array().unwrap().iter().map(held).collect();
    held.sort_by_key(|(role, _)| role.to_string());
    let expected = [(json!("gate"), json!(ball.event)), (json!("organiser"), json!(other.event))];
    assert_eq!(held, expected, "each once: {person}");
    assert_eq!(ids(&server.get("kept", "/api/v1/events").await).len(), 2);
    server.act(root, move |tx, ctx| merge::undo(tx, ctx, kept, id).map(drop));
    let after = server.database.rows(&["role_grants"]);
    assert_eq!(after["role_grants"], before["role_grants"]);
}

async fn incidents_are_told_to_whoever_may_settle_them(server: TestServer) {
    let mut server = staffed(server);
    let (ball, other) = two(&server).await;
    let (own, foreign) = (odd(&server, &ball).await, odd(&server, &other).await);
    server.join_for("organiser_1", Role::Organiser, of_event(&ball));
    let stream = server.open("organiser_1", "/api/v1/incidents/events").await;
    let mut stream = stream.into_body().into_data_stream();
    assert!(live::event(&mut stream, "snapshot").await.contains(r#"{"open":1}"#));
    for id in [foreign, own] {
        let path = format!("/api/v1/incidents/{id}/settlement");
        let done = server.post("organiser", &path, json!({"comment": "Seen"})).await;
        assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    }
    let told = live::event(&mut stream, "incident").await;
    assert!(told.contains(&ball.event) && !told.contains(&other.event), "{told}");
    let page = server.get("organiser_1", "/incidents").await.text;
    assert!(page.contains("live-incidents") && page.contains("/api/v1/incidents/events"));
}

on_both!(
    gate_staff_of_one_event_open_nothing_of_another,
    an_organiser_of_one_event_runs_it_and_sees_its_figures_alone,
    an_organiser_appoints_those_at_the_gates_of_their_event,
    phones_of_an_event_open_its_gates_alone,
    an_invigilator_of_one_assessment_opens_its_rooms_alone,
    roles_for_events_move_when_two_records_become_one,
    incidents_are_told_to_whoever_may_settle_them,
);
