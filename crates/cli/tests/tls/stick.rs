//! `muster stick`: made, carried elsewhere, started there.

use crate::client::Client;
use crate::process::{Running, muster, said};
use muster_testkit::free_ports;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

fn create(dir: &Path, from: Option<&Path>) -> String {
    let mut command = muster(&["stick", "create"]);
    command.arg(dir);
    if let Some(from) = from {
        command.arg("--from").arg(from);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said(&output)
}

/// Starts what is on the stick, as a double click does, but at these ports.
fn start(stick: &Path, plain: u16, https: u16) -> Running {
    let mut command = Command::new("sh");
    command.arg(stick.join("start.sh")).current_dir("/");
    command.env_remove("MUSTER_DATABASE").env("MUSTER_LOG", "info");
    command.arg(format!("--listen=127.0.0.1:{plain}"));
    command.arg(format!("--tls-listen=127.0.0.1:{https}"));
    Running::start(&mut command)
}

/// Somebody who trusts the stick.
fn client(stick: &Path, https: u16) -> Client {
    let root = std::fs::read_to_string(stick.join("data/tls/root.pem")).unwrap();
    Client::new(&root, "localhost", https)
}

#[test]
fn a_fresh_stick_is_carried_elsewhere_and_set_up_there() {
    let folder = tempfile::tempdir().unwrap();
    let [made, moved] = ["made", "a place with spaces"].map(|name| folder.path().join(name));
    let words = create(&made, None);
    assert!(words.contains("a fresh node") && words.contains(std::env::consts::ARCH), "{words}");
    for file in ["README.txt", "LICENCE.txt", "muster.env", "Start Muster.desktop"] {
        assert!(made.join(file).is_file(), "{file}");
    }
    // Nothing on it says where it was made.
    for file in ["muster.env", "start.sh", "README.txt"] {
        let text = std::fs::read_to_string(made.join(file)).unwrap();
        assert!(!text.contains(folder.path().to_str().unwrap()), "{file}");
    }
    let full = muster(&["stick", "create"]).arg(&made).output().unwrap();
    assert!(String::from_utf8_lossy(&full.stderr).contains("is not empty"));
    std::fs::rename(&made, &moved).unwrap();

    let [plain, https] = free_ports();
    let server = start(&moved, plain, https);
    let link = server.line("/setup/");
    let path = link.trim().split_once(&format!("localhost:{plain}")).unwrap().1.to_owned();
    let form =
        "institution=Hill+School&name=Ada+Lovelace&number=A1&password=a+horse+on+a+red+staple";
    let set_up = client(&moved, https).send("POST", &path, form).unwrap();
    assert!(set_up.starts_with("HTTP/1.1 303"), "{set_up}");
    server.end();
    let server = start(&moved, plain, https);
    server.line("Muster serves on");
    let sign_in = json!({"identifier": "A1", "password": "a horse on a red staple"});
    let answer = client(&moved, https).json("POST", "/api/v1/tokens", &sign_in);
    assert!(answer["access_token"].is_string(), "{answer}");
    server.end();
}

#[test]
fn nothing_is_made_where_there_is_no_node_to_copy() {
    let folder = tempfile::tempdir().unwrap();
    let [stick, nowhere] = ["stick", "nowhere"].map(|name| folder.path().join(name));
    std::fs::create_dir(&stick).unwrap();
    let mut command = muster(&["stick", "create"]);
    let refused = command.arg(&stick).arg("--from").arg(&nowhere).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    let words = String::from_utf8_lossy(&refused.stderr);
    assert!(words.contains("there is no node with a database of its own"), "{words}");
    assert_eq!(std::fs::read_dir(&stick).unwrap().count(), 0, "the next try finds it empty");
}

#[test]
fn marks_made_on_a_copied_stick_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let [campus, stick] = ["campus", "stick"].map(|name| folder.path().join(name));
    let mut fill = muster(&["demo", "--fill-only", "--dir"]);
    assert!(fill.arg(&campus).status().unwrap().success());
    let words = create(&stick, Some(&campus));
    assert!(words.contains("Both go on by themselves now"), "{words}");
    // Under names of their own: what both write gets different numbers.
    let lives = [&campus, &stick.join("data")].map(|data| {
        let verified = muster(&["journal", "verify", "--json", "--data"]).arg(data).output();
        let report: Value = serde_json::from_str(&said(&verified.unwrap())).unwrap();
        report["entries"].as_i64().unwrap()
    });
    assert_eq!(lives[1], lives[0] + 1, "the stick told that it goes on anew");

    let [plain, https] = free_ports();
    let server = start(&stick, plain, https);
    server.line("Muster serves on");
    let mut teacher = client(&stick, https);
    let sign_in = json!({"identifier": "T0001", "password": muster_demo::PASSWORD});
    let answer = teacher.json("POST", "/api/v1/tokens", &sign_in);
    answer["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .clone_into(&mut teacher.token);
    let class = teacher.json("GET", "/api/v1/classes?mine=true", &Value::Null);
    let class = class["items"][0]["id"].as_str().unwrap().to_owned();
    let sessions = format!("/api/v1/classes/{class}/sessions");
    let session = teacher.json("POST", &sessions, &json!({"methods": ["qr"]}));
    let session = session["id"].as_str().unwrap_or_else(|| panic!("{session}")).to_owned();
    let enrolled =
        teacher.json("GET", &format!("/api/v1/classes/{class}/enrolments"), &Value::Null);
    let person = enrolled["items"][0]["person"].as_str().unwrap().to_owned();
    let mark = format!("/api/v1/sessions/{session}/marks/{person}");
    let marked = teacher.json("PUT", &mark, &json!({"status": "present"}));
    assert_eq!(marked["status"], "present", "{marked}");
    server.end();

    let server = start(&stick, plain, https);
    server.line("Muster serves on");
    let marks = teacher.json("GET", &format!("/api/v1/sessions/{session}/marks"), &Value::Null);
    let marks = marks["items"].as_array().unwrap();
    assert!(marks.iter().any(|mark| mark["person"] == person.as_str()), "the mark stayed");
    server.end();
}
