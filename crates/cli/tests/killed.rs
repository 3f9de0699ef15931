//! Killed in a burst of marks: after the restart every acknowledged one is there.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests fail by panicking"
)]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;

/// Marks after which the server is killed.
const ENOUGH: usize = 30;

struct Demo {
    process: Child,
    url: String,
    token: String,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Demo {
    fn start(dir: &Path, database: Option<&str>) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(["demo", "--json", "--port", "0", "--dir"]).arg(dir);
        command.args(database.map(|url| format!("--database={url}")));
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let announced: Value = serde_json::from_str(&line).unwrap();
        let url = announced["url"].as_str().unwrap().to_owned();
        let mut demo = Self { process, url, token: String::new() };
        let sign_ins = announced["sign_ins"].as_array().unwrap();
        let teacher = sign_ins.iter().find(|one| one["role"] == "teacher").unwrap();
        let answer = demo.send("POST", "/api/v1/tokens", teacher).unwrap();
        answer["access_token"].as_str().unwrap().clone_into(&mut demo.token);
        demo
    }

    /// The answer of a success; none if the server refused or is gone.
    fn send(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(body.to_string())
            .unwrap();
        ureq::run(request).ok()?.body_mut().read_json().ok()
    }

    fn items(&self, path: &str) -> Vec<Value> {
        let request = ureq::get(format!("{}{path}", self.url));
        let request = request.header("authorization", format!("Bearer {}", self.token));
        let answer: Value = request.call().unwrap().body_mut().read_json().unwrap();
        answer["items"].as_array().unwrap().clone()
    }
}

fn every_acknowledged_mark_survives(database: Option<&str>) {
    let dir = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(dir.path(), database);
    let class = demo.items("/api/v1/classes?mine=true")[0]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/classes/{class}/sessions");
    let session = demo.send("POST", &path, &json!({"methods": ["qr"]})).unwrap();
    let marks = format!("/api/v1/sessions/{}/marks", session["id"].as_str().unwrap());
    let enrolled = demo.items(&format!("/api/v1/classes/{class}/enrolments"));
    let waiting = Mutex::new(enrolled.into_iter());
    let acknowledged = Mutex::new(Vec::new());
    let pid = demo.process.id().to_string();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some(place) = waiting.lock().unwrap().next() else { return };
                    let person = place["person"].as_str().unwrap().to_owned();
                    let path = format!("{marks}/{person}");
                    let answer = demo.send("PUT", &path, &json!({"status": "present"}));
                    if answer.is_none() {
                        return;
                    }
                    let mut all = acknowledged.lock().unwrap();
                    all.push(person);
                    if all.len() == ENOUGH {
                        Command::new("kill").args(["-9", &pid]).status().unwrap();
                    }
                }
            });
        }
    });
    demo.process.wait().unwrap();
    let again = Demo::start(dir.path(), database);
    let there: Vec<_> = again.items(&marks);
    let acknowledged = acknowledged.into_inner().unwrap();
    assert!(acknowledged.len() >= ENOUGH);
    for person in acknowledged {
        assert!(there.iter().any(|mark| mark["person"] == *person), "{person} was told yes");
    }
    drop(again);
    let mut verify = Command::new(env!("CARGO_BIN_EXE_muster"));
    verify.args(["journal", "verify", "--data"]).arg(dir.path());
    verify.args(database.map(|url| format!("--database={url}")));
    assert!(verify.status().unwrap().success());
}

#[test]
fn every_acknowledged_mark_survives_on_sqlite() {
    every_acknowledged_mark_survives(None);
}

#[test]
fn every_acknowledged_mark_survives_on_postgres() {
    let database = muster_testkit::postgres();
    every_acknowledged_mark_survives(Some(&database.url));
}
