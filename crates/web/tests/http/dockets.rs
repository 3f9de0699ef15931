//! Sittings, holds, eligibility and dockets, as staff and students meet them.

use super::imports::upload_with;
use super::server::{Answer, TestServer, signing};
use axum::http::{Method, StatusCode};
use muster_app::{Ctx, dockets};
use muster_credential::keys::signing::SigningKey;
use muster_credential::readable::ReadableCode;
use muster_domain::auth::Role;
use muster_domain::ids::{DocketId, PersonId};
use muster_domain::time::Span;
use muster_domain::verification::Standing;
use muster_storage::WriteTx;
use serde_json::{Value, json};
use std::sync::Arc;

/// A term with CA1 as the active assessment.
pub(super) struct School {
    pub(super) server: TestServer,
    pub(super) term: String,
    pub(super) ca1: String,
    exam: String,
}

pub(super) async fn school(server: TestServer) -> School {
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let term = terms["items"][0]["id"].as_str().unwrap().to_owned();
    let all = server.get("registrar", &format!("/api/v1/terms/{term}/assessments")).await.json();
    let id = |at: usize| all["items"][at]["id"].as_str().unwrap().to_owned();
    let (ca1, exam) = (id(0), id(2));
    let path = format!("/api/v1/assessments/{ca1}/activation");
    let active = server.post("registrar", &path, json!({})).await;
    assert_eq!(active.status, StatusCode::OK, "{}", active.text);
    School { server, term, ca1, exam }
}

pub(super) fn made(answer: &Answer) -> String {
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()["id"].as_str().unwrap().to_owned()
}

impl School {
    pub(super) fn person(&self, who: &str) -> PersonId {
        self.server.people[who]
    }

    pub(super) fn later(&self, hours: i64) -> String {
        super::events::later(&self.server, hours)
    }

    /// A sitting of a class in the active assessment, an hour long.
    pub(super) async fn sitting(&self, class: impl ToString, hours: i64, rooms: Value) -> Answer {
        let path = format!("/api/v1/assessments/{}/sittings", self.ca1);
        let body = json!({
            "class": class.to_string(), "starts_at": self.later(hours),
            "ends_at": self.later(hours + 1), "rooms": rooms,
        });
        self.server.post("registrar", &path, body).await
    }

    pub(super) async fn issue(&self, who: &str, person: &str) -> Answer {
        let path = format!("/api/v1/people/{}/dockets", self.person(person));
        self.server.post(who, &path, json!({"assessment": self.ca1})).await
    }

    async fn eligibility(&self, person: &str) -> Value {
        let path = format!("/api/v1/people/{}/eligibility", self.person(person));
        self.server.get(person, &path).await.json()["items"].clone()
    }

    pub(super) async fn hold(&self, who: &str, person: &str, reason: &str) -> Answer {
        let body = json!({"person": self.person(person), "reason": reason});
        self.server.post(who, "/api/v1/holds", body).await
    }

    pub(super) async fn docket(&self, who: &str, id: &str) -> Value {
        let answer = self.server.get(who, &format!("/api/v1/dockets/{id}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()
    }

    /// What a verifier is told of an issue of a docket.
    fn presentable(&self, id: &str, issue: i64) -> dockets::Presentable {
        let id: DocketId = id.parse().unwrap();
        let act = move |tx: &mut WriteTx<'_>, ctx: &Ctx| {
            dockets::presentable(tx, ctx, (id, issue), ctx.now())
        };
        self.server.act(None, act)
    }
}

async fn every_assessment_is_judged_with_every_reason(server: TestServer) {
    let school = school(server).await;
    let items = school.eligibility("student").await;
    let codes: Vec<_> = items.as_array().unwrap().iter().map(|one| &one["code"]).collect();
    assert_eq!(codes, ["CA1", "CA2", "EXAM"]);
    assert_eq!((&items[0]["eligible"], &items[0]["reasons"]), (&json!(true), &json!([])));
    assert_eq!(items[1]["reasons"], json!(["No dockets are issued for CA2 now."]));
    made(&school.hold("finance", "student", "A cheque bounced.").await);
    school.server.turn(Span::seconds(1));
    made(&school.hold("registrar", "student", "Library books are due").await);
    let items = school.eligibility("student").await;
    let both = ["On hold: A cheque bounced.", "On hold: Library books are due."];
    assert_eq!(items[0]["reasons"], json!(both));
    assert_eq!(items[0]["obstacles"], json!(["held", "held"]));
    assert_eq!(items[2]["reasons"][2], "No dockets are issued for EXAM now.");
    let other = format!("/api/v1/people/{}/eligibility", school.person("student_2"));
    let server = &school.server;
    assert_eq!(server.get("student", &other).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get("teacher", &other).await.status, StatusCode::FORBIDDEN);
    let page = server.get("student", "/dockets").await.text;
    assert!(page.contains("On hold: A cheque bounced."), "{page}");
}

async fn whoever_is_not_cleared_reads_how_much_is_missing(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let body = json!({"code": "BSC", "name": "Science", "total_years": 3, "semesters_per_year": 2});
    let programme = made(&server.post("registrar", "/api/v1/programmes", body).await);
    let person = format!("/api/v1/people/{}", school.person("student"));
    let body = json!({"programme": "BSC", "year": 1, "semester": 1});
    server.call("registrar", Method::PATCH, &person, body).await;
    let amount = json!({"minor": 1_000_000, "currency": "INR"});
    let fee = json!({"programme": programme, "year": 1, "semester": 1, "amount": amount});
    let fees = format!("/api/v1/terms/{}/fees", school.term);
    server.call("finance", Method::PATCH, &fees, json!({"items": [fee]})).await;
    let paid = json!({"minor": 150_000, "currency": "INR"});
    let payment = json!({"number": "student", "amount": paid, "method": "cash"});
    made(&server.post("finance", "/api/v1/payments", payment).await);
    let refused = school.issue("student", "student").await;
    assert_eq!((refused.status, refused.reason().as_str()), (StatusCode::CONFLICT, "not-eligible"));
    let reason = "Not cleared by Finance: 15 % paid, 20 % needed. Visit the Retentions Office.";
    assert_eq!(refused.json()["reasons"], json!([reason]));
    let rest = json!({"minor": 50_000, "currency": "INR"});
    let payment = json!({"number": "student", "amount": rest, "method": "cash"});
    let told = server.get("student", "/api/v1/me/notices").await.text;
    assert!(!told.contains("CA1 docket"), "{told}");
    made(&server.post("finance", "/api/v1/payments", payment).await);
    let told = server.get("student", "/api/v1/me/notices").await.text;
    assert!(told.contains("You can have your CA1 docket"), "{told}");
    assert!(!told.contains("CA2 docket"), "that one is not active: {told}");
    made(&school.issue("student", "student").await);
    let group = format!("/api/v1/assessments/{}/eligibility?programme={programme}", school.ca1);
    let group = server.get("finance", &group).await.json();
    assert_eq!(group["items"][0]["number"], "student");
    assert_eq!(group["items"][0]["eligible"], true);
}

async fn the_same_docket_comes_again_until_it_is_issued_anew(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let id = made(&school.issue("student", "student").await);
    let first = school.docket("student", &id).await;
    server.turn(Span::minutes(5));
    let again = school.issue("registrar", "student").await;
    assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &json!(id)));
    assert_eq!(school.docket("student", &id).await, first);
    let code = first["readable_code"].as_str().unwrap();
    assert!(code.parse::<ReadableCode>().is_ok(), "{code}");
    assert_eq!(school.presentable(&id, 1).entitlement.standing, Standing::Current);
    for who in ["finance", "teacher", "student_2"] {
        let path = format!("/api/v1/dockets/{id}/renewal");
        let refused = server.post(who, &path, json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{who}");
    }
    let at = server.now();
    let renewed = server.form("student", &format!("/dockets/{id}/renewal"), "").await;
    assert_eq!(renewed.status, StatusCode::SEE_OTHER, "{}", renewed.text);
    let second = school.docket("student", &id).await;
    assert_eq!(second["issue"], 2);
    for member in ["credential", "readable_code"] {
        assert!(second[member].is_string() && second[member] != first[member], "{member}");
    }
    assert_eq!(school.presentable(&id, 1).entitlement.standing, Standing::Superseded { at });
    assert_eq!(school.presentable(&id, 2).entitlement.standing, Standing::Current);
    let seen = school.docket("finance", &id).await;
    assert_eq!((&seen["name"], &seen["credential"]), (&json!("student"), &Value::Null));
    for action in ["docket.issue", "docket.renew"] {
        let journal = server.get("registrar", &format!("/api/v1/journal?action={action}")).await;
        assert!(!journal.json()["items"].as_array().unwrap().is_empty(), "{action}");
    }
}

async fn a_hold_stops_a_docket_that_was_issued_and_lifting_it_lets_it_go_on(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let id = made(&school.issue("student", "student").await);
    let before = school.docket("student", &id).await;
    let refused = school.hold("teacher", "student", "Talks").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let blank = school.hold("registrar", "student", "  ").await;
    assert_eq!(blank.json()["errors"][0]["pointer"], "/reason");
    let hold = made(&school.hold("registrar", "student", "Case 7").await);
    assert_eq!(school.presentable(&id, 1).entitlement.standing, Standing::OnHold);
    let standing = school.docket("student", &id).await;
    assert_eq!((&standing["holds"], &standing["credential"]), (&json!(["Case 7"]), &Value::Null));
    let page = server.get("student", &format!("/dockets/{id}")).await.text;
    assert!(page.contains("admits nobody while it is on hold") && !page.contains("<svg xmlns"));
    let anew = server.post("student", &format!("/api/v1/dockets/{id}/renewal"), json!({})).await;
    assert_eq!(anew.reason(), "not-eligible");
    let told = server.get("student", "/api/v1/me/notices").await.json();
    assert_eq!(told["items"][0]["title"], "Your dockets are on hold");
    let lifting = format!("/api/v1/holds/{hold}/lifting");
    let lifted = server.post("finance", &lifting, json!({"reason": "Settled"})).await;
    assert_eq!(lifted.status, StatusCode::NO_CONTENT, "{}", lifted.text);
    assert_eq!(server.post("finance", &lifting, json!({})).await.reason(), "already-reversed");
    assert_eq!(school.presentable(&id, 1).entitlement.standing, Standing::Current);
    assert_eq!(school.docket("student", &id).await, before);
    let list = server.get("finance", "/api/v1/holds").await.json();
    assert_eq!(list["items"], json!([]));
    let all = server.get("finance", "/api/v1/holds?all=true").await.json();
    assert_eq!(all["items"][0]["lifting_reason"], "Settled");
    let page = format!("/people/{}/dockets", school.person("student"));
    assert!(server.get("registrar", &page).await.text.contains("Settled"));
    let file = server.get("registrar", "/holds?all=true&format=csv").await.text;
    assert!(file.contains("Case 7") && file.contains("Settled"), "{file}");
}

async fn a_docket_names_sittings_and_rooms_and_warns_of_clashes(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let body = json!({"numbers": ["student"]});
    let path = format!("/api/v1/classes/{}/enrolments", server.other);
    assert_eq!(server.post("registrar", &path, body).await.status, StatusCode::CREATED);
    let first = made(&school.sitting(server.class, 24, json!(["Hall A", "B 12"])).await);
    let second = made(&school.sitting(server.other, 48, json!(["Annex"])).await);
    let id = made(&school.issue("student", "student").await);
    let papers = school.docket("student", &id).await["papers"].clone();
    assert_eq!(papers[0]["rooms"], json!(["Hall A", "B 12"]));
    assert_eq!(papers[1]["rooms"], json!(["Annex"]));
    assert_eq!(papers[0]["clashes"], false);
    let places = format!("/api/v1/sittings/{first}/rooms");
    let shared = server.post("registrar", &places, json!({})).await.json();
    let rooms: Vec<_> =
        shared["items"].as_array().unwrap().iter().map(|one| &one["room"]).collect();
    assert_eq!(rooms, ["Hall A", "B 12"]);
    let admissions = school.presentable(&id, 1).entitlement.admissions;
    assert_eq!(admissions.len(), 2);
    assert_eq!(admissions[0].rooms, ["Hall A"]);
    let place = format!("/api/v1/sittings/{first}/places/{}", school.person("student"));
    let moved = server.call("registrar", Method::PUT, &place, json!({"room": "b 12"})).await;
    assert_eq!(moved.status, StatusCode::NO_CONTENT, "{}", moved.text);
    let wrong = server.call("registrar", Method::PUT, &place, json!({"room": "Moon"})).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/room");
    assert_eq!(school.docket("student", &id).await["papers"][0]["rooms"], json!(["B 12"]));
    let sitting = format!("/api/v1/sittings/{first}");
    let fewer = json!({"rooms": ["Hall A"]});
    server.call("registrar", Method::PATCH, &sitting, fewer).await;
    assert_eq!(school.docket("student", &id).await["papers"][0]["rooms"], json!(["Hall A"]));
    let earlier = json!({"starts_at": school.later(24), "ends_at": school.later(25)});
    let other = format!("/api/v1/sittings/{second}");
    let moved = server.call("registrar", Method::PATCH, &other, earlier).await;
    assert_eq!(moved.status, StatusCode::OK, "{}", moved.text);
    assert_eq!(school.docket("student", &id).await["papers"][0]["clashes"], true);
    let page = server.get("student", &format!("/dockets/{id}")).await.text;
    assert!(page.contains("Two of these exams are at the same time"), "{page}");
    let list = server.get("registrar", "/sittings").await.text;
    assert!(list.contains("1 student<"), "{list}");
    let shown = server.get("registrar", &format!("/sittings/{first}")).await.text;
    assert!(shown.contains("sit another exam at the same time"), "{shown}");
    let gone = server.call("registrar", Method::DELETE, &other, json!({})).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text);
    let papers = school.docket("student", &id).await["papers"].clone();
    assert_eq!((&papers[1]["code"], &papers[1]["sitting"]), (&json!("MA201"), &Value::Null));
}

async fn a_sitting_that_makes_no_sense_is_refused_at_its_field(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    made(&school.sitting(server.class, 24, json!(["Hall A"])).await);
    let twice = school.sitting(server.class, 24, json!(["Hall B"])).await;
    assert_eq!(twice.json()["errors"][0]["pointer"], "/starts_at", "{}", twice.text);
    let nowhere = school.sitting(server.class, 30, json!([])).await;
    assert_eq!(nowhere.json()["errors"][0]["pointer"], "/rooms");
    let path = format!("/api/v1/assessments/{}/sittings", school.ca1);
    let backwards = json!({
        "class": server.class, "starts_at": school.later(5), "ends_at": school.later(4),
        "rooms": ["A"],
    });
    let backwards = server.post("registrar", &path, backwards).await;
    assert_eq!(backwards.json()["errors"][0]["pointer"], "/ends_at");
    let form = format!(
        "term={}&assessment={}&class=MA201&day=2026-03-09&starts_at=10%3A00&ends_at=12%3A00&rooms=A",
        school.term, school.ca1
    );
    let several = server.form("registrar", "/sittings", &form).await;
    assert_eq!(several.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(several.text.contains("several sections"), "{}", several.text);
    let named = server.form("registrar", "/sittings", &form.replace("MA201", "ma201+b")).await;
    assert_eq!(named.status, StatusCode::SEE_OTHER, "{}", named.text);
}

async fn sittings_come_in_by_a_table_leave_unchanged_and_are_taken_back(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let file = "Subject,Section,Exam,Date,Start,End,Venue\n\
                MA201,A,CA1,2026-03-09,10:00,12:00,Hall A; B 12\n\
                MA201,B,,2026-03-09,22:00,01:00,Annex\n";
    let import = async |file: &str| {
        let more = [("term", school.term.as_str())];
        upload_with(server, "registrar", "sittings", file.as_bytes(), &more).await.json()
    };
    let uploaded = import(file).await;
    assert_eq!((&uploaded["created"], &uploaded["wrong"]), (&json!(2), &json!(0)), "{uploaded}");
    let path = format!("/api/v1/imports/{}", uploaded["id"].as_str().unwrap());
    let done = server.post("registrar", &format!("{path}/confirmation"), json!({})).await;
    assert_eq!(done.json()["state"], "imported", "{}", done.text);
    let list = format!("/api/v1/assessments/{}/sittings", school.ca1);
    let rows = server.get("registrar", &list).await.json()["items"].clone();
    assert_eq!(rows[0]["rooms"], json!(["Hall A", "B 12"]));
    assert_eq!(rows[1]["ends_at"], "2026-03-10T01:00:00Z");
    let export = format!("/api/v1/exports/sittings.csv?term={}", school.term);
    let table = server.get("registrar", &export).await.text;
    let back = import(&table).await;
    assert_eq!((&back["unchanged"], &back["wrong"]), (&json!(2), &json!(0)), "{back}\n{table}");
    let bad = "Course,Section,Assessment,Date,Start,End,Rooms\n\
               MA201,A,CA9,2026-03-11,10:00,12:00,A\n\
               MA201,A,CA1,2026-03-11,10:00,12:00,A;a\n\
               PH1,A,CA1,2026-03-11,10:00,12:00,A\n\
               MA201,A,CA1,2026-03-12,10:00,12:00,A\n\
               MA201,A,,2026-03-12,10:00,13:00,A\n";
    let bad = import(bad).await;
    assert_eq!(bad["wrong"], 4, "{bad}");
    let changed = import(&file.replace("12:00", "12:30")).await;
    assert_eq!((&changed["updated"], &changed["unchanged"]), (&json!(1), &json!(1)), "{changed}");
    let undone = server.post("registrar", &format!("{path}/reversal"), json!({})).await;
    assert_eq!((&undone.json()["state"], &undone.json()["kept"]), (&json!("reversed"), &json!(0)));
    assert_eq!(server.get("registrar", &list).await.json()["items"], json!([]));
    let finance = upload_with(server, "finance", "sittings", file.as_bytes(), &[]).await;
    assert_eq!(finance.status, StatusCode::FORBIDDEN);
}

/// The batch as soon as the worker is done with it.
pub(super) async fn ended(school: &School, path: &str) -> Value {
    loop {
        let now = school.server.get("registrar", path).await.json();
        if now["ended_at"].is_string() {
            return now;
        }
    }
}

async fn a_class_gets_its_dockets_at_once_and_who_is_not_eligible_is_named(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let own = made(&school.issue("student", "student").await);
    made(&school.hold("registrar", "student_2", "Case 7").await);
    let stranger = json!({"numbers": ["stranger"]});
    let path = format!("/api/v1/classes/{}/enrolments", server.class);
    server.post("registrar", &path, stranger).await;
    let first = school.docket("student", &own).await;
    let body = json!({"assessment": school.ca1, "class": server.class});
    for who in ["student", "finance", "teacher"] {
        let refused = server.post(who, "/api/v1/docket-batches", body.clone()).await;
        assert!(refused.status == StatusCode::FORBIDDEN, "{who}: {}", refused.text);
    }
    let inactive = json!({"assessment": school.exam, "class": server.class});
    let inactive = server.post("registrar", "/api/v1/docket-batches", inactive).await;
    assert_eq!(inactive.json()["errors"][0]["pointer"], "/assessment", "{}", inactive.text);
    let batch = made(&server.post("registrar", "/api/v1/docket-batches", body).await);
    let path = format!("/api/v1/docket-batches/{batch}");
    let ended = ended(&school, &path).await;
    let counts = ["total", "done", "issued", "kept", "refused"].map(|name| ended[name].clone());
    assert_eq!(counts, [3, 3, 1, 1, 1].map(|count| json!(count)), "{ended}");
    let all = format!("/api/v1/docket-batches?assessment={}", school.ca1);
    assert_eq!(server.get("registrar", &all).await.json()["items"], json!([ended]));
    assert_eq!(server.get("finance", &all).await.status, StatusCode::FORBIDDEN);
    let people = server.get("registrar", &format!("{path}/people?outcome=refused")).await.json();
    assert_eq!(people["items"][0]["reasons"], json!(["On hold: Case 7."]));
    assert_eq!(school.docket("student", &own).await, first, "who had one keeps it");
    let issued = server.get("registrar", &format!("{path}/people?outcome=issued")).await.json();
    let docket = issued["items"][0]["docket"].as_str().unwrap().to_owned();
    assert_eq!(school.docket("stranger", &docket).await["issue"], 1);
    let told = server.get("stranger", "/api/v1/me/notices").await.json();
    assert_eq!(told["items"][0]["title"], "Your CA1 docket is issued");
    let print = server.get("registrar", &format!("/docket-batches/{batch}/dockets")).await.text;
    assert_eq!(print.matches("CA1 DOCKET").count(), 2, "{print}");
    let page = server.get("registrar", &format!("/docket-batches/{batch}")).await.text;
    assert!(page.contains("On hold: Case 7."), "{page}");
}

/// What admits nobody on paper is named in place of being printed without a code.
async fn dockets_to_print_name_those_left_out(server: TestServer) {
    let mut school = school(server).await;
    let own = made(&school.issue("student", "student").await);
    made(&school.issue("student_2", "student_2").await);
    let body = json!({"assessment": school.ca1, "class": school.server.class});
    let batch = made(&school.server.post("registrar", "/api/v1/docket-batches", body).await);
    ended(&school, &format!("/api/v1/docket-batches/{batch}")).await;
    made(&school.hold("registrar", "student_2", "Case 7").await);
    // With another key the node is as one that heard of these dockets from elsewhere.
    school.server.begin_again_signing_by(SigningKey::from_bytes([10; 32]).into());
    let server = &school.server;
    let print = server.get("registrar", &format!("/docket-batches/{batch}/dockets")).await.text;
    assert!(!print.contains("CA1 DOCKET"), "{print}");
    for why in ["issued on another node", "Case 7"] {
        assert_eq!(print.matches(why).count(), 1, "{why}: {print}");
    }
    let page = server.get("registrar", &format!("/dockets/{own}")).await.text;
    assert!(page.contains("issued on another node") && !page.contains("docket.pdf"), "{page}");
    assert!(!page.contains("class=\"docket-qr\""), "{page}");
    let file = server.get("registrar", &format!("/dockets/{own}/docket.pdf")).await;
    assert_eq!(file.status, StatusCode::NOT_FOUND, "{}", file.text);
}

/// Two processes issue the same student's docket at once: it is one.
async fn two_processes_issue_one_docket(server: TestServer) {
    let school = school(server).await;
    let person = school.person("student");
    let assessment = school.ca1.parse().unwrap();
    let stores = [school.server.store.clone(), school.server.database.open()];
    let (key, now) = (school.server.key.clone(), school.server.now());
    let issued = std::thread::spawn(move || {
        let pending: Vec<_> = (0..20_u8)
            .map(|n| {
                let scope = muster_domain::auth::Scope::Institution;
                let grants = vec![muster_domain::auth::Grant { role: Role::Registrar, scope }];
                let actor = muster_domain::auth::Actor { person, login: None, grants, class: None };
                let mut ctx = Ctx::new("api", now, [n + 60; 32], key.clone());
                ctx.signing = Some(signing());
                let ctx = Arc::new(ctx.signed_in(Some(actor)));
                let act = ctx.act.clone();
                let store = &stores[usize::from(n % 2)];
                store.write(&act, move |tx| dockets::issue(tx, &ctx, person, assessment))
            })
            .collect();
        let done = pending.into_iter().map(|one| one.wait().unwrap());
        done.filter(|issued| issued.is_new).count()
    });
    assert_eq!(tokio::task::spawn_blocking(move || issued.join().unwrap()).await.unwrap(), 1);
    let id = DocketId::of(person, assessment).to_string();
    assert_eq!(school.docket("student", &id).await["issue"], 1);
}

on_both!(
    every_assessment_is_judged_with_every_reason,
    whoever_is_not_cleared_reads_how_much_is_missing,
    the_same_docket_comes_again_until_it_is_issued_anew,
    a_hold_stops_a_docket_that_was_issued_and_lifting_it_lets_it_go_on,
    a_docket_names_sittings_and_rooms_and_warns_of_clashes,
    a_sitting_that_makes_no_sense_is_refused_at_its_field,
    sittings_come_in_by_a_table_leave_unchanged_and_are_taken_back,
    a_class_gets_its_dockets_at_once_and_who_is_not_eligible_is_named,
    dockets_to_print_name_those_left_out,
    two_processes_issue_one_docket,
);
