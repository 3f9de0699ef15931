//! Results: typed by teachers, published by the registrar, seen by students.

use super::imports::{imported, reverse, upload_with};
use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use muster_app::results;
use muster_testkit::sqlite;
use serde_json::{Value, json};

on_both!(
    a_student_sees_what_is_published_and_nothing_else,
    entering_is_all_or_nothing_and_notices_what_others_changed,
    a_published_result_changes_with_a_reason_and_the_student_is_told,
    results_come_from_a_table_leave_in_it_and_go_back,
    a_slip_waits_for_what_is_open_and_for_nothing_of_the_exempt,
);

/// How a slip says that more is to come.
const OPEN: &str = "results that are not published yet";
/// And that nothing was entered for what is published.
const LACKING: &str = "an assessment in which no result is entered";

async fn a_slip_waits_for_what_is_open_and_for_nothing_of_the_exempt(server: TestServer) {
    let school = school(server).await;
    let all = [school.ca1.as_str(), school.ca2.as_str(), school.exam.as_str()];
    let of = |who: &str, score: &str| all.map(|one| school.item(who, one, score));
    let items = [of("student", "EX"), of("student_2", "15")].concat();
    let entered = school.enter("teacher", json!(items), None).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let slip = |who: &str| format!("people/{}/results/{}", school.server.people[who], school.term);
    assert_eq!(school.publish("registrar", all[0]).await, StatusCode::NO_CONTENT);
    let page = school.server.get("student_2", &format!("/{}/slip", slip("student_2"))).await;
    assert!(page.text.contains(OPEN), "{}", page.text);
    for assessment in &all[1..] {
        assert_eq!(school.publish("registrar", assessment).await, StatusCode::NO_CONTENT);
    }
    let page = school.server.get("student", &format!("/{}/slip", slip("student"))).await.text;
    assert!(page.contains("Exempt") && !page.contains(OPEN), "{page}");
    assert!(page.contains("none is to come") && !page.contains(LACKING), "{page}");
    let course = school.own("student").await[0]["courses"][0].clone();
    let said = [&course["total"], &course["exempt"], &course["unpublished"]];
    assert_eq!(said, [&json!(null), &json!(true), &json!(false)], "{course}");
    // All is published and yet nothing was entered for somebody: that is not to come by itself.
    let gone = [school.item("student_2", all[2], "")];
    let taken = school.enter("teacher", json!(gone), Some("Entered for another")).await;
    assert_eq!(taken.status, StatusCode::OK, "{}", taken.text);
    let page = school.server.get("student_2", &format!("/{}/slip", slip("student_2"))).await.text;
    assert!(page.contains(LACKING) && !page.contains(OPEN), "{page}");
    // Programs read the same by term, and only whose it is.
    let path = format!("/api/v1/{}", slip("student_2"));
    let told = school.server.get("student_2", &path).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    let told = told.json();
    assert_eq!(told["term"], json!(school.term));
    assert_eq!(told, school.own("student_2").await[0]);
    let refused = school.server.get("student", &path).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text);
}

/// A class with its assessments.
struct School {
    server: TestServer,
    term: String,
    ca1: String,
    ca2: String,
    exam: String,
}

async fn school(server: TestServer) -> School {
    let terms = server.get("registrar", "/api/v1/terms").await.json();
    let term = terms["items"][0]["id"].as_str().unwrap().to_owned();
    let all = server.get("registrar", &format!("/api/v1/terms/{term}/assessments")).await.json();
    let id = |at: usize| all["items"][at]["id"].as_str().unwrap().to_owned();
    let (ca1, ca2, exam) = (id(0), id(1), id(2));
    School { server, term, ca1, ca2, exam }
}

impl School {
    fn path(&self) -> String {
        format!("/api/v1/classes/{}/results", self.server.class)
    }

    fn item(&self, person: &str, assessment: &str, score: &str) -> Value {
        let person = self.server.people[person];
        json!({"person": person, "assessment": assessment, "score": score})
    }

    async fn enter(&self, who: &str, items: Value, reason: Option<&str>) -> Answer {
        let body = json!({"items": items, "reason": reason});
        self.server.call(who, Method::PUT, &self.path(), body).await
    }

    async fn publish(&self, who: &str, assessment: &str) -> StatusCode {
        let path = format!("{}/{assessment}/publication", self.path());
        self.server.post(who, &path, json!({})).await.status
    }

    async fn line(&self, person: &str) -> Value {
        let all = self.server.get("teacher", &self.path()).await.json();
        let id = self.server.people[person].to_string();
        let found = all["students"].as_array().unwrap().iter().find(|one| one["person"] == id);
        found.unwrap().clone()
    }

    async fn own(&self, who: &str) -> Value {
        let path = format!("/api/v1/people/{}/results", self.server.people[who]);
        let answer = self.server.get(who, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        answer.json()["terms"].clone()
    }

    /// Tells what waits, as the job does, and gives what somebody was told of results.
    async fn told(&self, who: &str) -> Vec<Value> {
        while self.server.act(None, results::step) {}
        let inbox = self.server.get(who, "/api/v1/me/notices?limit=200").await.json();
        let items = inbox["items"].as_array().unwrap().iter();
        items.filter(|item| item["kind"] == "result_published").cloned().collect()
    }
}

async fn a_student_sees_what_is_published_and_nothing_else(server: TestServer) {
    let school = school(server).await;
    let (ca1, ca2, exam) = (school.ca1.as_str(), school.ca2.as_str(), school.exam.as_str());
    assert_eq!(school.publish("registrar", ca1).await, StatusCode::UNPROCESSABLE_ENTITY);
    let items = json!([
        school.item("student", ca1, "14.5"),
        school.item("student", ca2, "16"),
        school.item("student", exam, "71"),
        school.item("student_2", ca1, "AB"),
    ]);
    let entered = school.enter("teacher", items, None).await;
    assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
    let line = school.line("student").await;
    assert_eq!((&line["total"], &line["grade"]), (&json!("73.1"), &json!("A")));
    assert_eq!(school.line("student_2").await["total"], Value::Null);
    assert_eq!(school.own("student").await, json!([]));
    // A teacher enters, the registrar publishes.
    assert_eq!(school.publish("teacher", ca1).await, StatusCode::FORBIDDEN);
    assert_eq!(school.publish("registrar", ca1).await, StatusCode::NO_CONTENT);
    let course = school.own("student").await[0]["courses"][0].clone();
    assert_eq!(course["assessments"].as_array().unwrap().len(), 1);
    assert_eq!(course["assessments"][0]["score"], "14.5");
    assert_eq!((&course["total"], &course["grade"]), (&Value::Null, &Value::Null));
    let told = school.told("student").await;
    assert_eq!(told.len(), 1);
    assert_eq!(told[0]["title"], "CA1 result: Linear Algebra");
    // The rest, everywhere at once.
    for assessment in [ca2, exam] {
        let path = format!("/api/v1/assessments/{assessment}/publication");
        let done = school.server.post("registrar", &path, json!({})).await;
        assert_eq!(done.json(), json!({"classes": 1}));
        let refused = school.server.post("teacher", &path, json!({})).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let term = school.own("student").await[0].clone();
    assert_eq!(term["courses"][0]["grade"], "A");
    assert_eq!((&term["average"], &term["credits"]), (&json!("8"), &json!(4)));
    assert_eq!(school.told("student").await.len(), 3);
    assert_eq!(school.told("student_2").await.len(), 1);
    // Nobody reads another's.
    let path = format!("/api/v1/people/{}/results", school.server.people["student"]);
    for who in ["student_2", "teacher", "finance"] {
        assert_eq!(school.server.get(who, &path).await.status, StatusCode::FORBIDDEN, "{who}");
    }
    let withdrawal = format!("{}/{ca1}/withdrawal", school.path());
    let silent = school.server.post("registrar", &withdrawal, json!({"reason": " "})).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = json!({"reason": "Question 3 is judged anew"});
    let done = school.server.post("registrar", &withdrawal, body).await;
    assert_eq!(done.status, StatusCode::NO_CONTENT);
    let course = school.own("student").await[0]["courses"][0].clone();
    assert_eq!(course["assessments"].as_array().unwrap().len(), 2);
    assert_eq!(course["total"], Value::Null);
}

async fn entering_is_all_or_nothing_and_notices_what_others_changed(server: TestServer) {
    let school = school(server).await;
    let ca1 = school.ca1.as_str();
    let bad = json!([
        school.item("student", ca1, "14"),
        school.item("student_2", ca1, "20.5"),
        school.item("stranger", ca1, "3"),
    ]);
    let refused = school.enter("teacher", bad, None).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("At most 20 points"), "{}", refused.text);
    assert!(refused.text.contains("not enrolled"), "{}", refused.text);
    assert_eq!(school.line("student").await["results"], json!([]));
    let items = json!([school.item("student", ca1, "14")]);
    assert_eq!(school.enter("teacher_b", items.clone(), None).await.status, 403);
    assert_eq!(school.enter("assistant", items.clone(), None).await.status, 403);
    assert_eq!(school.enter("teacher", items, None).await.status, 200);
    let version = school.line("student").await["results"][0]["version"].clone();
    let mut first = school.item("student", ca1, "15");
    first["version"] = version;
    let late = first.clone();
    assert_eq!(school.enter("teacher", json!([first]), None).await.status, 200);
    let mut late = late;
    late["score"] = json!("16");
    let refused = school.enter("teacher", json!([late]), None).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("it is 15 now"), "{}", refused.text);
    // Taken away again.
    let mut gone = school.item("student", ca1, "");
    gone["score"] = Value::Null;
    assert_eq!(school.enter("teacher", json!([gone]), None).await.status, 200);
    assert_eq!(school.line("student").await["results"], json!([]));
}

async fn a_published_result_changes_with_a_reason_and_the_student_is_told(server: TestServer) {
    let school = school(server).await;
    let ca1 = school.ca1.as_str();
    school.enter("teacher", json!([school.item("student", ca1, "14")]), None).await;
    assert_eq!(school.publish("registrar", ca1).await, StatusCode::NO_CONTENT);
    assert_eq!(school.told("student").await.len(), 1);
    let changed = json!([school.item("student", ca1, "15")]);
    let silent = school.enter("teacher", changed.clone(), None).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(silent.text.contains("say why they change"), "{}", silent.text);
    let done = school.enter("teacher", changed, Some("Added up wrongly")).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text);
    let told = school.told("student").await;
    assert_eq!(told.len(), 2);
    let journal = school.server.get("registrar", "/api/v1/journal?limit=100").await.text;
    assert!(journal.contains("result.change") && journal.contains("Added up wrongly"));
    // Another weight changes totals that students see.
    let scheme = format!("/api/v1/classes/{}/result-scheme", school.server.class);
    let part = |assessment: &str, weight: &str| json!({"assessment": assessment, "maximum": 20, "weight": weight});
    let halves = [part(ca1, "50"), part(&school.ca2, "50"), part(&school.exam, "0")];
    let body = json!({"items": halves});
    let silent = school.server.call("teacher", Method::PUT, &scheme, body).await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = json!({"items": [part(ca1, "50")], "reason": "As agreed"});
    let uneven = school.server.call("teacher", Method::PUT, &scheme, body).await;
    assert!(uneven.text.contains("make 130 % together"), "{}", uneven.text);
    let body = json!({"items": halves, "reason": "As agreed"});
    let even = school.server.call("teacher", Method::PUT, &scheme, body).await;
    assert_eq!(even.status, StatusCode::OK, "{}", even.text);
    let small = json!({"assessment": ca1, "maximum": 10, "weight": "50"});
    let body = json!({"items": [small], "reason": "As agreed"});
    let small = school.server.call("teacher", Method::PUT, &scheme, body).await;
    assert!(small.text.contains("Somebody has 15 points already"), "{}", small.text);
}

async fn results_come_from_a_table_leave_in_it_and_go_back(server: TestServer) {
    let school = school(server).await;
    let server = &school.server;
    let upload = async |file: &str| {
        let term = [("term", school.term.as_str())];
        upload_with(server, "registrar", "results", file.as_bytes(), &term).await
    };
    let table = "Number;Course;Section;Exam;Marks;Remarks\n\
        N-student;MA201;A;CA1;14,5;Well done\nN-student_2;MA201;A;ca1;AB;\n";
    let numbers = server.get("registrar", "/api/v1/people?limit=50").await.json();
    let number = |who: &str| {
        let id = server.people[who].to_string();
        let items = numbers["items"].as_array().unwrap().iter();
        let person = items.clone().find(|one| one["id"] == id).unwrap();
        person["number"].as_str().unwrap().to_owned()
    };
    let table = table.replace("N-student_2", &number("student_2"));
    let table = table.replace("N-student", &number("student"));
    let bad = table.replace("14,5", "21") + &format!("{};MA201;A;QUIZ;3;\n", number("student"));
    let bad = upload(&bad).await.json();
    assert_eq!(bad["wrong"], 2, "{bad}");
    let done = imported(server, &upload(&table).await).await;
    assert_eq!((&done["state"], &done["created"]), (&json!("imported"), &json!(2)), "{done}");
    let line = school.line("student").await;
    assert_eq!(line["results"][0]["score"], "14.5");
    assert_eq!(line["results"][0]["remark"], "Well done");
    let path = format!("/exports/results.csv?class={}", server.class);
    let out = server.get("teacher", &path).await;
    assert_eq!(out.status, StatusCode::OK, "{}", out.text);
    assert_eq!(server.get("teacher_b", &path).await.status, StatusCode::FORBIDDEN);
    let again = upload(out.text.trim_start_matches('\u{feff}')).await.json();
    assert_eq!((&again["unchanged"], &again["created"]), (&json!(2), &json!(0)), "{again}");
    // Once they are published, a table needs reasons.
    assert_eq!(school.publish("registrar", &school.ca1).await, StatusCode::NO_CONTENT);
    let other = upload(&table.replace("14,5", "15")).await.json();
    assert_eq!(other["wrong"], 1, "{other}");
    let back = reverse(server, &done).await;
    assert_eq!(back["state"], "reversed", "{back}");
    assert_eq!(school.line("student").await["results"], json!([]));
}

#[tokio::test]
async fn a_teacher_types_into_the_page_and_reads_errors_at_the_field() {
    let school = school(TestServer::start(sqlite())).await;
    let (server, ca1) = (&school.server, &school.ca1);
    let page = format!("/classes/{}/results", server.class);
    let [one, two] = ["student", "student_2"].map(|who| format!("{ca1}-{}", server.people[who]));
    let wrong = format!("assessment={ca1}&s-{one}=25&w-{one}=&v-{one}=0&s-{two}=EX&w-{two}=");
    let refused = server.form("teacher", &page, &wrong).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains(&format!("id=\"s-{one}-error\"")), "{}", refused.text);
    assert!(refused.text.contains("value=\"25\"") && refused.text.contains("value=\"EX\""));
    let right = wrong.replace("=25", "=12.5");
    let saved = server.form("teacher", &page, &right).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let shown = server.get("teacher", saved.headers["location"].to_str().unwrap()).await;
    assert!(shown.text.contains("2 results are saved."), "{}", shown.text);
    let everything = server.get("teacher", &page).await;
    assert!(everything.text.contains("value=\"12.5\""));
    // Whoever may publish has a button; whoever publishes shows students the page and the slip.
    assert!(!everything.text.contains("Publish CA1"));
    let publication = format!("{page}/{ca1}/publication");
    assert_eq!(server.form("registrar", &publication, "").await.status, StatusCode::SEE_OTHER);
    let own = server.get("student", "/results").await;
    assert!(own.text.contains("12.5/20") && own.text.contains("/slip"), "{}", own.text);
    let slip = format!("/people/{}/results/{}/slip", server.people["student"], school.term);
    let slip = server.get("student", &slip).await;
    assert!(slip.text.contains("CA1 12.5/20"), "{}", slip.text);
    let term = server.get("registrar", &format!("/assessments/{ca1}/results")).await;
    assert!(term.text.contains("2 of 2") && term.text.contains("Published"), "{}", term.text);
}

#[tokio::test]
async fn teachers_publish_where_the_settings_let_them() {
    let school = school(TestServer::start(sqlite())).await;
    let items = json!([school.item("student", &school.ca1, "14")]);
    school.enter("teacher", items, None).await;
    assert_eq!(school.publish("teacher", &school.ca1).await, StatusCode::FORBIDDEN);
    let root = school.server.people["super_administrator"];
    school.server.act(Some(root), |tx, ctx| {
        let values = [("teachers_publish".to_owned(), "true".to_owned())];
        muster_app::settings::change(tx, ctx, &values)
    });
    assert_eq!(school.publish("teacher_b", &school.ca1).await, StatusCode::FORBIDDEN);
    assert_eq!(school.publish("teacher", &school.ca1).await, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn settings_of_later_change_no_total_of_before() {
    let school = school(TestServer::start(sqlite())).await;
    let items = json!([
        school.item("student", &school.ca1, "20"),
        school.item("student", &school.ca2, "20"),
        school.item("student", &school.exam, "50"),
    ]);
    school.enter("teacher", items, None).await;
    assert_eq!(school.line("student").await["total"], "70");
    let root = school.server.people["super_administrator"];
    school.server.act(Some(root), |tx, ctx| {
        let values = [("result_scheme".to_owned(), "CA1 20 0\nEXAM 50 100".to_owned())];
        muster_app::settings::change(tx, ctx, &values)
    });
    assert_eq!(school.line("student").await["total"], "70");
}
