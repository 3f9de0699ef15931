//! Fees, payments, balances and clearances, as finance and students meet them.

use super::imports::upload_with;
use super::server::{Answer, TestServer};
use axum::http::{Method as Http, StatusCode};
use muster_app::Ctx;
use muster_app::finance::{self, PaymentInput};
use muster_domain::auth::{Actor, Grant, Role, Scope};
use muster_domain::finance::{Currency, Method, Money};
use muster_domain::time::Span;
use serde_json::{Value, json};
use std::sync::Arc;

/// A programme with a fee of 10,000.00 in its first year, in which both students are.
struct School {
    server: TestServer,
    term: String,
    programme: String,
}

fn rupees(minor: i64) -> Value {
    json!({"minor": minor, "currency": "INR"})
}

async fn school(server: TestServer) -> School {
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let term = terms["items"][0]["id"].as_str().unwrap().to_owned();
    let body = json!({"code": "BSC", "name": "Science", "total_years": 3, "semesters_per_year": 2});
    let made = server.post("registrar", "/api/v1/programmes", body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let programme = made.json()["id"].as_str().unwrap().to_owned();
    for student in ["student", "student_2"] {
        let path = format!("/api/v1/people/{}", server.people[student]);
        let body = json!({"programme": "BSC", "year": 1, "semester": 1});
        let answer = server.call("registrar", Http::PATCH, &path, body).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
    }
    let school = School { server, term, programme };
    assert_eq!(school.fee(1_000_000).await.status, StatusCode::OK);
    school
}

impl School {
    async fn fee(&self, minor: i64) -> Answer {
        let fee = json!({
            "programme": self.programme, "year": 1, "semester": 1, "amount": rupees(minor),
        });
        let path = format!("/api/v1/terms/{}/fees", self.term);
        self.server.call("finance", Http::PATCH, &path, json!({"items": [fee]})).await
    }

    async fn pay(&self, minor: i64, more: Value) -> Answer {
        let mut body = json!({"number": "student", "amount": rupees(minor), "method": "cash"});
        for (field, value) in more.as_object().into_iter().flatten() {
            body[field] = value.clone();
        }
        self.server.post("finance", "/api/v1/payments", body).await
    }

    async fn account(&self) -> Value {
        let path = format!("/api/v1/people/{}/account", self.server.people["student"]);
        self.server.get("student", &path).await.json()["terms"][0].clone()
    }

    /// For which assessments the student is cleared.
    async fn cleared(&self) -> Vec<String> {
        let account = self.account().await;
        let all = account["assessments"].as_array().unwrap().iter();
        let cleared = all.filter(|one| one["cleared"] == json!(true));
        cleared.map(|one| one["code"].as_str().unwrap().to_owned()).collect()
    }

    async fn assessment(&self, code: &str) -> Value {
        let path = format!("/api/v1/terms/{}/assessments", self.term);
        let all = self.server.get("finance", &path).await.json();
        let found = all["items"].as_array().unwrap().iter().find(|one| one["code"] == json!(code));
        found.unwrap().clone()
    }

    async fn step(&self, payment: &Answer, step: &str, body: Value) -> Answer {
        assert_eq!(payment.status, StatusCode::CREATED, "{}", payment.text);
        let id = payment.json()["id"].as_str().unwrap().to_owned();
        self.server.post("finance", &format!("/api/v1/payments/{id}/{step}"), body).await
    }
}

async fn two_parts_cross_three_quarters_and_a_reversal_takes_it_back(server: TestServer) {
    let school = school(server).await;
    assert!(school.cleared().await.is_empty());
    school.pay(400_000, json!({})).await;
    assert_eq!(school.cleared().await, ["CA1"]);
    let second = school.pay(350_000, json!({"receipt": "R 7"})).await;
    assert_eq!(school.cleared().await, ["CA1", "CA2"]);
    assert_eq!(school.account().await["balance"], rupees(250_000));
    let unexplained = school.step(&second, "reversal", json!({"reason": " "})).await;
    assert_eq!(unexplained.status, StatusCode::UNPROCESSABLE_ENTITY);
    let reversed = school.step(&second, "reversal", json!({"reason": "Bounced"})).await.json();
    assert_eq!(
        (&reversed["state"], &reversed["reversal_reason"]),
        (&json!("reversed"), &json!("Bounced"))
    );
    assert_eq!(school.cleared().await, ["CA1"]);
    assert_eq!(school.account().await["paid"], rupees(400_000));
    let again = school.step(&second, "reversal", json!({"reason": "Bounced"})).await;
    assert_eq!((again.status, again.reason().as_str()), (StatusCode::CONFLICT, "already-reversed"));
    let why = &school.account().await["assessments"][1]["reason"];
    let said = "Not cleared by Finance: 40 % paid, 75 % needed. Visit the Retentions Office.";
    assert_eq!(why, said);
}

async fn the_same_receipt_twice_is_refused_and_none_may_come_often(server: TestServer) {
    let school = school(server).await;
    assert_eq!(school.pay(100, json!({"receipt": "R 12/a"})).await.status, StatusCode::CREATED);
    let again = school.pay(100, json!({"receipt": " r12 /A"})).await;
    assert_eq!((again.status, again.reason().as_str()), (StatusCode::CONFLICT, "receipt-taken"));
    for _ in 0..2 {
        assert_eq!(school.pay(100, json!({"receipt": " "})).await.status, StatusCode::CREATED);
    }
    assert_eq!(school.account().await["paid"], rupees(300));
}

/// Records from two pools on one database at once, as two processes would.
async fn two_officers_record_a_receipt_once(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let stores = [server.store.clone(), server.database.open()];
    let (officer, person) = (server.people["finance"], server.people["student"]);
    let (key, now) = (server.key.clone(), server.now());
    let recorded = std::thread::spawn(move || {
        let pending: Vec<_> = (0..20_u8)
            .map(|n| {
                let grants = vec![Grant { role: Role::Finance, scope: Scope::Institution }];
                let actor = Actor { person: officer, login: None, grants, class: None };
                let ctx = Ctx::new("api", now, [n + 100; 32], key.clone());
                let ctx = Arc::new(ctx.signed_in(Some(actor)));
                let input = PaymentInput {
                    person,
                    term: None,
                    amount: Money::new(100, Currency::INR),
                    kind: String::new(),
                    method: Method::Cash,
                    receipt: "R 12".to_owned(),
                    paid_on: None,
                    note: String::new(),
                    pending: false,
                };
                let act = ctx.act.clone();
                let store = &stores[usize::from(n % 2)];
                store.write(&act, move |tx| finance::record_payment(tx, &ctx, &input))
            })
            .collect();
        let done: Vec<_> = pending.into_iter().map(muster_storage::Pending::wait).collect();
        for refused in done.iter().filter_map(|one| one.as_ref().err()) {
            assert_eq!(refused.reason(), "receipt-taken", "{refused}");
        }
        done.iter().filter(|one| one.is_ok()).count()
    });
    assert_eq!(tokio::task::spawn_blocking(move || recorded.join().unwrap()).await.unwrap(), 1);
    assert_eq!(school.account().await["paid"], rupees(100));
}

async fn a_fee_of_zero_and_an_overpayment_clear_for_everything(server: TestServer) {
    let school = school(server).await;
    school.pay(1_200_000, json!({})).await;
    assert_eq!(school.cleared().await, ["CA1", "CA2", "EXAM"]);
    let account = school.account().await;
    assert_eq!((&account["balance"], &account["share"]), (&rupees(-200_000), &json!(12_000)));
    school.fee(0).await;
    assert_eq!(school.cleared().await, ["CA1", "CA2", "EXAM"]);
    assert_eq!(school.account().await["share"], Value::Null);
}

async fn a_pending_payment_counts_once_it_is_here(server: TestServer) {
    let school = school(server).await;
    let pending = school.pay(1_000_000, json!({"state": "pending"})).await;
    let account = school.account().await;
    assert_eq!((&account["paid"], &account["pending"]), (&rupees(0), &rupees(1_000_000)));
    assert!(school.cleared().await.is_empty());
    let here = school.step(&pending, "completion", json!({})).await;
    assert_eq!(here.json()["state"], "completed", "{}", here.text);
    assert_eq!(school.cleared().await, ["CA1", "CA2", "EXAM"]);
    let again = school.step(&pending, "completion", json!({})).await;
    assert_eq!(again.reason(), "already-completed");
    let told = school.server.get("student", "/api/v1/me/notices").await.json();
    assert_eq!(told["items"][0]["title"], "Payment of INR 10,000.00 received");
}

async fn finance_decides_either_way_until_the_last_day(server: TestServer) {
    let mut school = school(server).await;
    let exam = school.assessment("EXAM").await["id"].clone();
    let path = format!("/api/v1/people/{}/clearances", school.server.people["student"]);
    let today = jiff::Timestamp::from_microsecond(school.server.now().0).unwrap();
    let until = today.to_zoned(jiff::tz::TimeZone::UTC).date().tomorrow().unwrap().to_string();
    let word = |cleared: bool| json!({"assessment": exam, "cleared": cleared, "reason": "Scholarship", "until": until});
    let refused = school.server.post("registrar", &path, word(true)).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let past = json!({"assessment": exam, "cleared": true, "reason": "x", "until": "2001-01-01"});
    let wrong = school.server.post("finance", &path, past).await;
    assert_eq!(wrong.json()["errors"][0]["pointer"], "/until");
    let given = school.server.post("finance", &path, word(true)).await;
    assert_eq!(given.status, StatusCode::CREATED, "{}", given.text);
    assert_eq!(school.cleared().await, ["EXAM"]);
    let figures = school.server.get("registrar", "/api/v1/finance").await.json();
    let counts = figures["assessments"].as_array().unwrap().iter();
    let counts: Vec<_> = counts.map(|one| one["cleared"].as_i64().unwrap()).collect();
    assert_eq!((figures["students"].as_i64(), counts), (Some(2), vec![0, 0, 1]));
    school.pay(1_000_000, json!({})).await;
    let held = school.server.post("finance", &path, word(false)).await;
    assert_eq!(held.status, StatusCode::CREATED, "{}", held.text);
    assert_eq!(school.cleared().await, ["CA1", "CA2"]);
    school.server.turn_days(2);
    assert_eq!(school.cleared().await, ["CA1", "CA2", "EXAM"]);
    let held = school.server.post("finance", &path, word(false)).await;
    assert_eq!(held.json()["errors"][0]["pointer"], "/until", "{}", held.text);
}

async fn a_word_is_taken_back_once(server: TestServer) {
    let school = school(server).await;
    let exam = school.assessment("EXAM").await["id"].clone();
    let path = format!("/api/v1/people/{}/clearances", school.server.people["student"]);
    let word = json!({"assessment": exam, "cleared": true, "reason": "Late grant",
        "until": jiff_day(&school.server)});
    let id = school.server.post("finance", &path, word).await.json()["id"].clone();
    let seen = &school.account().await["assessments"][2]["override"];
    assert_eq!((&seen["cleared"], &seen["reason"]), (&json!(true), &Value::Null), "{seen}");
    let ending = format!("/api/v1/clearances/{}/ending", id.as_str().unwrap());
    let ended = school.server.post("finance", &ending, json!({})).await;
    assert_eq!(ended.status, StatusCode::NO_CONTENT, "{}", ended.text);
    assert!(school.cleared().await.is_empty());
    assert_eq!(
        school.server.post("finance", &ending, json!({})).await.status,
        StatusCode::CONFLICT
    );
}

fn jiff_day(server: &TestServer) -> String {
    let at = jiff::Timestamp::from_microsecond((server.now() + Span::days(3)).0).unwrap();
    at.to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

async fn a_term_says_of_everybody_for_what_they_are_cleared_and_why_not(server: TestServer) {
    let school = school(server).await;
    school.pay(550_000, json!({})).await;
    let exam = school.assessment("EXAM").await["id"].clone();
    let path = format!("/api/v1/people/{}/clearances", school.server.people["student_2"]);
    let word = json!({"assessment": exam, "cleared": true, "reason": "Late grant",
        "until": jiff_day(&school.server)});
    school.server.post("finance", &path, word).await;
    let all = school.server.get("registrar", "/api/v1/accounts").await.json();
    let of = |name: &str| {
        let mut rows = all["items"].as_array().unwrap().iter();
        let row = rows.find(|row| row["name"] == json!(name)).unwrap();
        let clearances = row["clearances"].as_array().unwrap().iter();
        let told = |one: &Value| (one["code"].clone(), one["cleared"].clone());
        (clearances.clone().map(told).collect::<Vec<_>>(), row["clearances"][1]["reason"].clone())
    };
    let (cleared, reason) = of("student");
    let told = |code: &str, cleared: bool| (json!(code), json!(cleared));
    assert_eq!(cleared, [told("CA1", true), told("CA2", false), told("EXAM", false)], "{all}");
    let said = "Not cleared by Finance: 55 % paid, 75 % needed. Visit the Retentions Office.";
    assert_eq!(reason, said);
    let (cleared, _) = of("student_2");
    assert_eq!(cleared, [told("CA1", false), told("CA2", false), told("EXAM", true)], "{all}");
    let table = school.server.get("finance", "/accounts?balance=any&format=csv").await.text;
    assert!(
        table.contains("55 %,4500.00,CA1\r\n") && table.contains("10000.00,EXAM\r\n"),
        "{table}"
    );
}

async fn one_assessment_of_a_term_is_active_and_shares_can_be_edited(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let path = |one: &Value, step: &str| {
        format!("/api/v1/assessments/{}{step}", one["id"].as_str().unwrap())
    };
    let (ca1, ca2) = (school.assessment("CA1").await, school.assessment("CA2").await);
    for one in [&ca1, &ca2] {
        let active = server.post("registrar", &path(one, "/activation"), json!({})).await;
        assert_eq!(active.json()["active"], true, "{}", active.text);
    }
    assert_eq!(school.assessment("CA1").await["active"], false);
    let change = json!({"required_share": 3_333, "name": "Second test"});
    let changed = server.call("finance", Http::PATCH, &path(&ca2, ""), change).await;
    assert_eq!(changed.json()["required_share"], 3_333, "{}", changed.text);
    school.pay(333_299, json!({})).await;
    assert_eq!(school.cleared().await, ["CA1"]);
    school.pay(1, json!({})).await;
    assert_eq!(school.cleared().await, ["CA1", "CA2"]);
    let all = format!("/api/v1/terms/{}/assessments", school.term);
    let twice = json!({"code": "ca1", "name": "Again", "required_share": 100});
    let refused = server.post("registrar", &all, twice).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/code");
    let more = json!({"code": "VIVA", "name": "Viva", "required_share": 10_001});
    assert_eq!(
        server.post("registrar", &all, more).await.json()["errors"][0]["pointer"],
        "/required"
    );
}

async fn a_repeated_request_pays_once_and_two_currencies_never_mix(server: TestServer) {
    let school = school(server).await;
    let body = json!({"number": "student", "amount": rupees(500), "method": "online"});
    let mut ids = Vec::new();
    for _ in 0..2 {
        let text = axum::body::Body::from(body.to_string());
        let mut request = school.server.request("finance", Http::POST, "/api/v1/payments", text);
        request.headers_mut().insert("content-type", "application/json".parse().unwrap());
        request.headers_mut().insert("idempotency-key", "one".parse().unwrap());
        ids.push(school.server.send(request).await.json()["id"].clone());
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(school.account().await["paid"], rupees(500));
    let euro = school.pay(1, json!({"amount": {"minor": 1, "currency": "EUR"}})).await;
    assert_eq!(euro.json()["errors"][0]["pointer"], "/amount");
    let nothing = school.pay(0, json!({})).await;
    assert_eq!(nothing.json()["errors"][0]["pointer"], "/amount");
    let change = json!({"currency": "EUR"});
    let refused = school.server.call("registrar", Http::PATCH, "/api/v1/settings", change).await;
    assert_eq!(refused.json()["errors"][0]["pointer"], "/currency", "{}", refused.text);
}

const FEES: &str = "Programme,Year,Sem,Amount\nBSC,1,2,\"12,500.00\"\nscience,2,1,9000\n";
const PAYMENTS: &str = "Student No,Amount Paid,Date,Mode,Receipt No,Status,Remarks\n\
    student,\"4,000.00\",2025-01-02,UPI,R 1,Paid,\n\
    student_2,5000,02.01.2025,NEFT,,pending,by bank\n\
    student,1000,2025-01-03,cash,,,\n\
    student,1000,2025-01-03,cash,,,\n";

/// Uploads a table of the term.
async fn uploaded(school: &School, kind: &str, file: &str) -> Value {
    let (server, term) = (&school.server, ("term", school.term.as_str()));
    let answer = upload_with(server, "finance", kind, file.as_bytes(), &[term]).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    answer.json()
}

async fn moved(school: &School, import: &Value, step: &str) -> Value {
    let path = format!("/api/v1/imports/{}/{step}", import["id"].as_str().unwrap());
    school.server.post("finance", &path, json!({})).await.json()
}

async fn fees_and_payments_come_in_go_out_and_are_taken_back(server: TestServer) {
    let school = school(server).await;
    let fees = moved(&school, &uploaded(&school, "fees", FEES).await, "confirmation").await;
    assert_eq!((&fees["state"], &fees["created"]), (&json!("imported"), &json!(2)), "{fees}");
    let import = uploaded(&school, "payments", PAYMENTS).await;
    let done = moved(&school, &import, "confirmation").await;
    let counts = ["created", "skipped", "wrong"].map(|field| done[field].as_i64().unwrap());
    assert_eq!(counts, [3, 1, 0], "{done}");
    assert_eq!(school.account().await["paid"], rupees(500_000));
    for kind in ["fees", "payments"] {
        let path = format!("/api/v1/exports/{kind}.csv?term={}", school.term);
        let table = school.server.get("finance", &path).await.text;
        let again = uploaded(&school, kind, &table).await;
        let counts = ["created", "unchanged", "wrong"].map(|field| again[field].as_i64().unwrap());
        assert_eq!(counts, [0, 3, 0], "{table} {again}");
    }
    let back = moved(&school, &import, "reversal").await;
    assert_eq!((&back["state"], &back["kept"]), (&json!("reversed"), &json!(0)), "{back}");
    assert_eq!(school.account().await["paid"], rupees(0));
    let back = moved(&school, &fees, "reversal").await;
    assert_eq!((&back["state"], &back["kept"]), (&json!("reversed"), &json!(0)), "{back}");
}

async fn wrong_lines_say_what_is_wrong(server: TestServer) {
    let school = school(server).await;
    school.pay(100, json!({"receipt": "R1"})).await;
    let file = "number,amount,date,method,receipt,currency\n\
        nobody,5,2025-01-02,cash,,\n\
        student,five,2025-01-02,cash,,\n\
        student,5,2025-01-02,barter,,\n\
        student,5,2999-01-02,cash,,\n\
        student,5,2025-01-02,cash,r 1,\n\
        student,5,2025-01-02,cash,R2,\n\
        student_2,5,2025-01-02,cash,r2,\n\
        student,5,2025-01-02,cash,,EUR\n";
    let import = uploaded(&school, "payments", file).await;
    let wrong = import["errors"].as_array().unwrap().iter();
    let wrong: Vec<_> =
        wrong.map(|one| (one["line"].as_i64().unwrap(), one["column"].as_str().unwrap())).collect();
    let expected = [
        (2, "number"),
        (3, "amount"),
        (4, "method"),
        (5, "date"),
        (6, "receipt"),
        (8, "receipt"),
        (9, "currency"),
    ];
    assert_eq!(wrong, expected, "{import}");
    assert_eq!(moved(&school, &import, "confirmation").await["type"], "/problems/import-wrong");
    let fees = "programme,year,semester,amount\nBSC,4,1,5\nART,1,1,5\nBSC,1,1,-5\n";
    assert_eq!(uploaded(&school, "fees", fees).await["wrong"], 3);
}

on_both!(
    two_parts_cross_three_quarters_and_a_reversal_takes_it_back,
    the_same_receipt_twice_is_refused_and_none_may_come_often,
    two_officers_record_a_receipt_once,
    a_fee_of_zero_and_an_overpayment_clear_for_everything,
    a_pending_payment_counts_once_it_is_here,
    finance_decides_either_way_until_the_last_day,
    a_word_is_taken_back_once,
    a_term_says_of_everybody_for_what_they_are_cleared_and_why_not,
    one_assessment_of_a_term_is_active_and_shares_can_be_edited,
    a_repeated_request_pays_once_and_two_currencies_never_mix,
    fees_and_payments_come_in_go_out_and_are_taken_back,
    wrong_lines_say_what_is_wrong,
);

#[tokio::test]
async fn a_student_sees_their_own_account_and_payments_alone() {
    let school = school(TestServer::start(muster_testkit::sqlite())).await;
    let server = &school.server;
    let paid = school.pay(500_000, json!({"receipt": "R1"})).await.json();
    let payment = paid["id"].as_str().unwrap();
    let page = server.get("student", "/account").await;
    assert!(page.text.contains("INR 5,000.00") && page.text.contains("Not cleared"));
    assert!(page.text.contains("Visit the Retentions Office."));
    let receipt = server.get("student", &format!("/payments/{payment}/receipt")).await;
    assert!(receipt.text.contains("R1"), "{}", receipt.text);
    let other = server.get("student_2", &format!("/payments/{payment}/receipt")).await;
    assert_eq!(other.status, StatusCode::NOT_FOUND);
    let path = format!("/people/{}/account", server.people["student"]);
    for who in ["student_2", "teacher", "assistant"] {
        assert_eq!(server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    assert_eq!(server.get("registrar", &path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_set_fees_record_and_reverse() {
    let school = school(TestServer::start(muster_testkit::sqlite())).await;
    let (server, term, programme) = (&school.server, &school.term, &school.programme);
    let field = |year: i64| format!("-{programme}-{year}-1");
    // The first year's field is stale and untouched: only the second year's is set.
    let form = format!(
        "term={term}&a{one}=9&w{one}=9&a{two}=12%2C500&w{two}=",
        one = field(1),
        two = field(2)
    );
    assert_eq!(server.form("finance", "/fees", &form).await.status, StatusCode::SEE_OTHER);
    let page = server.get("registrar", &format!("/fees?term={term}")).await.text;
    assert!(page.contains("10000.00") && page.contains("12500.00"), "{page}");
    let bad = format!("term={term}&a{two}=much&w{two}=12500.00", two = field(2));
    let refused = server.form("finance", "/fees", &bad).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("Write an amount"));
    let typed = "number=student&amount=4%2C000&method=cash&paid_on=2025-01-01&receipt=R1";
    let made = server.form("finance", "/payments", typed).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text);
    let place = made.headers["location"].to_str().unwrap().to_owned();
    let twice = server.form("finance", "/payments", typed).await;
    assert_eq!(twice.status, StatusCode::CONFLICT);
    assert!(twice.text.contains("It was recorded for student"), "{}", twice.text);
    let listed = server.get("registrar", "/payments?q=r1").await.text;
    assert!(listed.contains("INR 4,000.00") && !listed.contains("Record a payment"));
    let csv = server.get("finance", "/payments?q=student&format=csv").await.text;
    assert!(csv.contains(",student,student,Spring,4000.00,Fees,Cash,R1,Completed,"), "{csv}");
    let back = server.form("finance", &format!("{place}/reversal"), "reason=Typed+twice").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER);
    assert!(server.get("finance", &place).await.text.contains("Typed twice"));
    let owing = server.get("finance", "/accounts").await.text;
    assert!(owing.contains("INR 10,000.00") && owing.contains("student_2"));
    let home = server.get("finance", "/finance").await.text;
    assert!(home.contains("INR 20,000.00") && home.contains("0 of 2"), "{home}");
}

#[tokio::test]
async fn fees_are_taken_over_into_another_term_where_none_is_set() {
    let school = school(TestServer::start(muster_testkit::sqlite())).await;
    let server = &school.server;
    let body = json!({"name": "Autumn", "starts_on": "2026-09-01", "ends_on": "2026-12-20"});
    let term = server.post("registrar", "/api/v1/terms", body).await.json()["id"].clone();
    let path = format!("/api/v1/terms/{}/fee-copies", term.as_str().unwrap());
    let copied = server.post("finance", &path, json!({"from": school.term})).await.json();
    assert_eq!(copied["items"][0]["amount"], rupees(1_000_000), "{copied}");
}

#[tokio::test]
async fn payments_follow_a_merge_and_its_undoing() {
    let school = school(TestServer::start(muster_testkit::sqlite())).await;
    let server = &school.server;
    school.pay(300_000, json!({"number": "student_2"})).await;
    let (kept, merged) = (server.people["student"], server.people["student_2"]);
    let path = format!("/api/v1/people/{kept}/merges");
    let body = json!({"merged": merged, "reason": "The same student"});
    let made = server.post("registrar", &path, body).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    assert_eq!(school.account().await["paid"], rupees(300_000));
    let undo = format!("{path}/{}/reversal", made.json()["id"].as_str().unwrap());
    let undone = server.post("registrar", &undo, json!({})).await;
    assert!(undone.status.is_success(), "{}", undone.text);
    assert_eq!(school.account().await["paid"], rupees(0));
}
