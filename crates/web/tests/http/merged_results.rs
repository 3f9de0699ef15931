//! Results of two records of one person: what becomes of them in a merge, and in its undoing.

use super::server::{Answer, TestServer};
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

on_both!(
    results_go_along_and_come_back,
    a_result_that_changed_since_keeps_a_merge_from_being_undone,
);

/// A class with two assessments; the two records have a result in the first of them, the second
/// record has one in the other as well.
struct Entered {
    server: TestServer,
    ca1: String,
    ca2: String,
}

impl Entered {
    async fn on(server: TestServer) -> Self {
        let terms = server.get("registrar", "/api/v1/terms").await.json();
        let path =
            format!("/api/v1/terms/{}/assessments", terms["items"][0]["id"].as_str().unwrap());
        let all = server.get("registrar", &path).await.json();
        let [ca1, ca2] = [0, 1].map(|at| all["items"][at]["id"].as_str().unwrap().to_owned());
        let one = Self { server, ca1, ca2 };
        let items = json!([
            one.item("student", &one.ca1, "14"),
            one.item("student_2", &one.ca1, "12"),
            one.item("student_2", &one.ca2, "16"),
        ]);
        let entered = one.enter(items).await;
        assert_eq!(entered.status, StatusCode::OK, "{}", entered.text);
        one
    }

    fn item(&self, person: &str, assessment: &str, score: &str) -> Value {
        let person = self.server.people[person];
        json!({"person": person, "assessment": assessment, "score": score})
    }

    async fn enter(&self, items: Value) -> Answer {
        let path = format!("/api/v1/classes/{}/results", self.server.class);
        self.server.call("teacher", Method::PUT, &path, json!({"items": items})).await
    }

    /// Whoever stands on the list of the class, with their scores.
    async fn list(&self) -> Vec<(Value, Vec<Value>)> {
        let path = format!("/api/v1/classes/{}/results", self.server.class);
        let all = self.server.get("teacher", &path).await.json();
        let scores = |line: &Value| {
            let results = line["results"].as_array().unwrap().iter();
            results.map(|one| one["score"].clone()).collect()
        };
        let lines = all["students"].as_array().unwrap().iter();
        let mut lines: Vec<_> = lines.map(|line| (line["person"].clone(), scores(line))).collect();
        lines.sort_by_key(|(person, _)| person.to_string());
        lines
    }

    /// Of how many students the first class has a result in the first assessment.
    async fn entered(&self) -> String {
        let page =
            self.server.get("registrar", &format!("/assessments/{}/results", self.ca1)).await;
        let (_, rest) = page.text.split_once("data-label=\"Entered\">").unwrap();
        rest.split('<').next().unwrap().to_owned()
    }

    async fn merge(&self) -> String {
        let [kept, merged] = ["student", "student_2"].map(|who| self.server.people[who]);
        let path = format!("/api/v1/people/{kept}/merges");
        let body = json!({"merged": merged, "reason": "Entered twice"});
        let made = self.server.post("registrar", &path, body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
        format!("{path}/{}/reversal", made.json()["id"].as_str().unwrap())
    }
}

async fn results_go_along_and_come_back(server: TestServer) {
    let class = Entered::on(server).await;
    let tables = ["results", "result_sheets"];
    let (before, listed) = (class.server.database.rows(&tables), class.list().await);
    assert_eq!(class.entered().await, "2 of 2");
    let undo = class.merge().await;
    let kept = json!(class.server.people["student"]);
    let one = [(kept, vec![json!("14"), json!("16")])];
    assert_eq!(class.list().await, one, "the own result stands, the other one went along");
    let during = class.server.database.rows(&tables);
    assert_eq!(during["results"].len(), 3, "the one that yields is not lost");
    assert_eq!(class.entered().await, "1 of 1", "and counts no more");
    for assessment in [&class.ca1, &class.ca2] {
        let path = format!("/api/v1/assessments/{assessment}/publication");
        class.server.post("registrar", &path, json!({})).await;
    }
    let path = format!("/api/v1/people/{}/results", class.server.people["student"]);
    let own = class.server.get("student", &path).await.json();
    let seen = own["terms"][0]["courses"][0]["assessments"].as_array().unwrap().clone();
    let seen: Vec<_> = seen.iter().map(|one| &one["score"]).collect();
    assert_eq!(seen, ["14", "16"]);
    let undone = class.server.post("registrar", &undo, json!({})).await;
    assert_eq!(undone.status, StatusCode::OK, "{}", undone.text);
    assert_eq!(class.list().await, listed);
    assert_eq!(class.server.database.rows(&tables)["results"], before["results"]);
}

async fn a_result_that_changed_since_keeps_a_merge_from_being_undone(server: TestServer) {
    let class = Entered::on(server).await;
    let undo = class.merge().await;
    let better = json!([class.item("student", &class.ca2, "17")]);
    assert_eq!(class.enter(better).await.status, StatusCode::OK);
    let before = class.server.database.rows(&["results", "people", "enrolments"]);
    let refused = class.server.post("registrar", &undo, json!({})).await;
    assert_eq!(refused.reason(), "merge-changed", "{}", refused.text);
    assert!(refused.text.contains("a result"), "{}", refused.text);
    assert_eq!(class.server.database.rows(&["results", "people", "enrolments"]), before);
}
