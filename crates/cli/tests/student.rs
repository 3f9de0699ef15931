//! A student at a shell: marks that outlive the server, the network and a kill.
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests fail by panicking"
)]

use muster_documents::qr::{Correction, QrImage, to_png};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs::Permissions;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

struct Demo {
    process: Child,
    port: u16,
    url: String,
    sign_ins: Vec<Value>,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

impl Demo {
    fn start(dir: &Path, port: u16) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(["demo", "--json", "--port", &port.to_string(), "--dir"]).arg(dir);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap().to_owned();
        let sign_ins = told["sign_ins"].as_array().unwrap().clone();
        Self { process, port, url, sign_ins }
    }

    fn sign_in(&self, role: &str) -> &Value {
        self.sign_ins.iter().find(|one| one["role"] == role).unwrap()
    }

    fn token(&self, role: &str) -> String {
        let answer = self.send("", "POST", "/api/v1/tokens", self.sign_in(role));
        answer["access_token"].as_str().unwrap().to_owned()
    }

    fn send(&self, token: &str, method: &str, path: &str, body: &Value) -> Value {
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/json");
        let body = if method == "GET" { String::new() } else { body.to_string() };
        let agent: ureq::Agent =
            ureq::Agent::config_builder().http_status_as_error(false).build().into();
        agent.run(request.body(body).unwrap()).unwrap().body_mut().read_json().unwrap()
    }

    fn classes(&self, token: &str) -> BTreeSet<String> {
        let told = self.send(token, "GET", "/api/v1/classes?mine=true", &Value::Null);
        let items = told["items"].as_array().unwrap();
        items.iter().map(|class| class["id"].as_str().unwrap().to_owned()).collect()
    }

    /// A session that is open in a class of both the teacher and the student.
    fn session(&self, teacher: &str) -> String {
        let student = self.token("student");
        let class = self.classes(teacher).intersection(&self.classes(&student)).next().cloned();
        let path = format!("/api/v1/classes/{}/sessions", class.unwrap());
        let open = || self.send(teacher, "POST", &path, &json!({"methods": ["qr", "code"]}));
        let mut told = open();
        // The demo may have opened one, in which the student is marked.
        if let Some(other) = told["session"].as_str() {
            let path = format!("/api/v1/sessions/{other}/closure");
            self.send(teacher, "POST", &path, &json!({}));
            told = open();
        }
        told["id"].as_str().unwrap().to_owned()
    }

    fn link(&self, teacher: &str, session: &str) -> String {
        let path = format!("/api/v1/sessions/{session}/code");
        let told = self.send(teacher, "GET", &path, &Value::Null);
        told["link"].as_str().unwrap().to_owned()
    }

    /// The method of the student's mark in a session.
    fn method(&self, teacher: &str, session: &str) -> Vec<String> {
        let path = format!("/api/v1/sessions/{session}/marks");
        let told = self.send(teacher, "GET", &path, &Value::Null);
        let number = &self.sign_in("student")["identifier"];
        let items = told["items"].as_array().unwrap().iter();
        let own = items.filter(|mark| mark["number"] == *number && !mark["method"].is_null());
        own.map(|mark| mark["method"].as_str().unwrap().to_owned()).collect()
    }

    fn command(&self, state: &Path, arguments: &[&str]) -> Command {
        let student = self.sign_in("student");
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(["student", "--server", &self.url, "--state"]).arg(state);
        command.args(["--student-id", student["identifier"].as_str().unwrap()]).args(arguments);
        command.env("MUSTER_PASSWORD", student["password"].as_str().unwrap());
        command
    }

    fn student(&self, state: &Path, arguments: &[&str]) -> Output {
        self.command(state, arguments).output().unwrap()
    }
}

/// The lines of JSON that were printed.
fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn told(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{:?}: {out}{err}", output.status.code())
}

#[test]
fn a_scan_is_kept_without_a_network_and_sent_once_the_server_answers() {
    let (dir, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (state, port) = (state.path(), free_port());
    let demo = Demo::start(dir.path(), port);
    // The first time needs the server: it signs in and registers its key.
    let first = demo.student(state, &["--queue", "--json"]);
    assert_eq!((first.status.code(), lines(&first)), (Some(0), vec![]), "{}", told(&first));
    let teacher = demo.token("teacher");
    let session = demo.session(&teacher);
    let link = demo.link(&teacher, &session);
    let offline = ["--network", "offline", "--json", "--qr", &link];
    let kept = demo.student(state, &offline);
    assert_eq!(kept.status.code(), Some(0), "{}", told(&kept));
    assert_eq!(
        (&lines(&kept)[0]["action"], &lines(&kept)[0]["waiting"]),
        (&json!("keep"), &json!(1))
    );
    assert_eq!(lines(&demo.student(state, &offline)).len(), 1, "the same code again");
    assert!(demo.method(&teacher, &session).is_empty());

    let (identity, url) = (demo.sign_in("student").clone(), demo.url.clone());
    drop(demo);
    let mut away = Command::new(env!("CARGO_BIN_EXE_muster"));
    away.args(["student", "--server", &url, "--sync", "--json", "--state"]).arg(state);
    away.args(["--student-id", identity["identifier"].as_str().unwrap()]);
    let away = away.output().unwrap();
    assert_eq!(away.status.code(), Some(4), "{}", told(&away));

    let demo = Demo::start(dir.path(), port);
    let sent = demo.student(state, &["--sync", "--json"]);
    assert_eq!(sent.status.code(), Some(0), "{}", told(&sent));
    let answers = lines(&sent);
    assert_eq!((answers.len(), &answers[0]["result"]), (1, &json!("accepted")), "{}", told(&sent));
    assert!(answers[0]["latency_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(demo.method(&demo.token("teacher"), &session), ["offline"]);
    let queue = lines(&demo.student(state, &["--sync", "--queue", "--json"]));
    assert_eq!((queue.len(), &queue[0]["waiting"]), (1, &json!(false)));
    assert_eq!(demo.port, port);
}

#[test]
fn what_was_kept_survives_a_kill_and_online_a_picture_marks_at_once() {
    let (dir, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (state, demo) = (state.path(), Demo::start(dir.path(), 0));
    let teacher = demo.token("teacher");
    let session = demo.session(&teacher);
    let link = demo.link(&teacher, &session);
    let mut menu = demo.command(state, &["--json"]);
    let mut menu = menu.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut typed = menu.stdin.take().unwrap();
    writeln!(typed, "5\n1\n{link}").unwrap();
    let said = BufReader::new(menu.stdout.take().unwrap()).lines();
    let kept = said.map(Result::unwrap).find(|line| line.contains("\"keep\""));
    menu.kill().unwrap();
    menu.wait().unwrap();
    assert!(kept.is_some(), "the menu kept nothing");
    let queue = demo.student(state, &["--network", "offline", "--queue", "--json"]);
    assert_eq!((lines(&queue).len(), &lines(&queue)[0]["waiting"]), (1, &json!(true)));
    for file in ["key.json", "login", "queue.jsonl"] {
        let folder = std::fs::read_dir(state).unwrap().next().unwrap().unwrap().path();
        let mode = std::fs::metadata(folder.join(file)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, Permissions::from_mode(0o600).mode(), "{file}");
    }

    let other = tempfile::tempdir().unwrap();
    let picture = other.path().join("wall.png");
    let code = QrImage::new(&demo.link(&teacher, &session), Correction::Low).unwrap();
    std::fs::write(&picture, to_png(&code, 8).unwrap()).unwrap();
    let marked = demo.student(other.path(), &["--json", "--image", picture.to_str().unwrap()]);
    assert_eq!(marked.status.code(), Some(0), "{}", told(&marked));
    assert_eq!(lines(&marked)[0]["action"], "mark");
    assert!(lines(&marked)[0]["latency_ms"].is_number());
    assert_eq!(demo.method(&teacher, &session), ["qr"]);
}

#[test]
fn a_withdrawn_computer_is_registered_anew_and_sends_what_it_had_kept() {
    let (dir, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (state, demo) = (state.path(), Demo::start(dir.path(), 0));
    assert_eq!(demo.student(state, &["--queue", "--json"]).status.code(), Some(0));
    let teacher = demo.token("teacher");
    let session = demo.session(&teacher);
    let link = demo.link(&teacher, &session);
    let kept = demo.student(state, &["--network", "offline", "--json", "--qr", &link]);
    assert_eq!(kept.status.code(), Some(0), "{}", told(&kept));
    let student = demo.token("student");
    let own = demo.send(&student, "GET", "/api/v1/me", &Value::Null)["id"].clone();
    let path = format!("/api/v1/people/{}/device-keys", own.as_str().unwrap());
    let keys = || demo.send(&student, "GET", &path, &Value::Null)["items"].clone();
    let withdrawal =
        format!("/api/v1/device-keys/{}/withdrawal", keys()[0]["id"].as_str().unwrap());
    demo.send(&student, "POST", &withdrawal, &json!({}));
    // Its login has ended, too: it signs in again, gets another key, and what it had kept counts.
    let sent = demo.student(state, &["--sync", "--json"]);
    assert_eq!(sent.status.code(), Some(0), "{}", told(&sent));
    assert_eq!(lines(&sent)[0]["result"], "accepted", "{}", told(&sent));
    assert_eq!(demo.method(&teacher, &session), ["offline"]);
    let keys = keys();
    assert_eq!(keys.as_array().unwrap().len(), 2, "{keys}");
    assert!(keys[0]["withdrawn_at"].is_string() && keys[1]["withdrawn_at"].is_null(), "{keys}");
}

#[test]
fn what_is_wrong_is_told_with_its_exit_code() {
    let (dir, state) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (state, demo) = (state.path(), Demo::start(dir.path(), 0));
    let nothing = demo.student(state, &["--qr", "https://example.org"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(told(&nothing).contains("not the code of a class"), "{}", told(&nothing));
    let strange = format!("HTTPS://WALL/C/{}", "AE".to_owned() + &"A".repeat(29));
    let refused = demo.student(state, &["--json", "--qr", &strange]);
    assert_eq!(refused.status.code(), Some(3), "{}", told(&refused));
    assert_eq!(lines(&refused)[0]["reason"], "code-invalid");
    let mut wrong = demo.command(state, &["--queue"]);
    let wrong = wrong.args(["--server", "muster.example"]).output().unwrap();
    assert_ne!(wrong.status.code(), Some(0));
    let fresh = tempfile::tempdir().unwrap();
    let mut stranger = demo.command(fresh.path(), &["--queue"]);
    let stranger = stranger.env("MUSTER_PASSWORD", "not it").output().unwrap();
    assert_eq!(stranger.status.code(), Some(1), "{}", told(&stranger));
}
