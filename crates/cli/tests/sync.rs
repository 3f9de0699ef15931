//! A hub and an edge as two programs: enrolled at the shell, exchanging by hand and by themselves,
//! revoked.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests fail by panicking"
)]

use muster_storage::replication::{self, testing};
use muster_storage::{Act, Store, StoreConfig};
use muster_testkit::{NOON, free_ports};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use uuid::Uuid;

/// A program that serves, ended with the test.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn muster(arguments: &[&str], data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.args(arguments).arg("--data").arg(data);
    command.env_remove("MUSTER_DATABASE").env_remove("MUSTER_DATA").env("MUSTER_LOG", "info");
    command.stdin(Stdio::null());
    command
}

fn run(arguments: &[&str], data: &Path) -> Output {
    muster(arguments, data).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a command that succeeds says as JSON.
fn told(arguments: &[&str], data: &Path) -> Value {
    let output = run(arguments, data);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Serves a node, from when it answers; the other lines of its log go on being read.
fn serve(data: &Path, port: u16) -> (Serving, std::sync::mpsc::Receiver<String>) {
    let listen = format!("127.0.0.1:{port}");
    let mut command = muster(&["serve", "--listen", &listen], data);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, lines) = std::sync::mpsc::channel();
    let stderr = child.stderr.take().unwrap();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
    });
    let mut first = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut first).unwrap();
    assert!(first.contains("Muster serves on"), "{first}");
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    (Serving(child), lines)
}

#[test]
fn an_edge_is_enrolled_exchanges_and_is_revoked_at_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge) = (folder.path().join("hub"), folder.path().join("edge"));
    let [port] = free_ports();
    let url = format!("http://127.0.0.1:{port}");
    let (_serving, _log) = serve(&hub, port);

    let code = told(&["sync", "code", "--name", "Stick", "--json"], &hub);
    let code = code["code"].as_str().unwrap();
    let enrolled = run(&["sync", "enrol", "--hub", &url, "--code", code], &edge);
    assert!(enrolled.status.success(), "{enrolled:?}");
    let again = run(&["sync", "enrol", "--hub", &url, "--code", code], &edge);
    assert!(!again.status.success());
    assert!(String::from_utf8_lossy(&again.stderr).contains("used before"), "{again:?}");

    let waiting = told(&["sync", "status", "--json"], &edge);
    assert_eq!((&waiting["role"], &waiting["hub"]["url"]), (&"edge".into(), &url.clone().into()));
    assert!(waiting["hub"]["pending"].as_i64().unwrap() > 0, "{waiting}");
    let exchanged = told(&["sync", "now", "--json"], &edge);
    assert!(exchanged["went"].as_i64().unwrap() > 0 && exchanged["error"].is_null());
    let done = told(&["sync", "status", "--json"], &edge);
    assert_eq!((&done["hub"]["pending"], &done["hub"]["lacks"]), (&0.into(), &0.into()));
    assert!(done["hub"]["success_at"].is_string());

    let peer = told(&["sync", "peers", "--json"], &hub);
    assert_eq!((&peer["name"], &peer["pending"]), (&"Stick".into(), &0.into()));
    assert!(said(&run(&["sync", "status"], &hub)).contains("hub of 1 edges"));
    let revoked = run(&["sync", "revoke", "Stick"], &hub);
    assert!(said(&revoked).contains("neither read nor write"), "{revoked:?}");
    let refused = run(&["sync", "now"], &edge);
    assert!(!refused.status.success());
    assert!(String::from_utf8_lossy(&refused.stderr).contains("was revoked at its hub"));
    let status = run(&["sync", "status"], &edge);
    assert!(!status.status.success() && said(&status).contains("Problem: This node was revoked"));
}

#[test]
fn an_edge_that_serves_exchanges_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (hub, edge) = (folder.path().join("hub"), folder.path().join("edge"));
    let [port, edge_port] = free_ports();
    let (_hub, _) = serve(&hub, port);
    let code = told(&["sync", "code", "--name", "Stick", "--json"], &hub);
    let code = code["code"].as_str().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    assert!(run(&["sync", "enrol", "--hub", &url, "--code", code], &edge).status.success());
    let (_edge, log) = serve(&edge, edge_port);
    let exchanged = log.iter().find(|line| line.contains("exchanged with the hub"));
    assert!(exchanged.is_some());
    assert_eq!(told(&["sync", "peers", "--json"], &hub)["pending"], 0);
}

#[test]
fn what_is_no_address_and_a_node_without_a_hub_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("node");
    let wrong = run(&["sync", "enrol", "--hub", "hub.example.edu", "--code", "A"], &data);
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("http://"), "{wrong:?}");
    assert!(!data.exists());
    let [port] = free_ports();
    let (serving, _) = serve(&data, port);
    drop(serving);
    assert!(said(&run(&["sync", "status"], &data)).contains("stands alone"));
    let alone = run(&["sync", "now"], &data);
    assert!(!alone.status.success());
    assert!(String::from_utf8_lossy(&alone.stderr).contains("has no hub"), "{alone:?}");
}

#[test]
fn an_upgraded_node_catches_up_before_anything_else_is_done_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("node");
    let made = ["admin", "create", "--number", "root", "--name", "Ada", "--email", "a@b.example"];
    let made = muster(&made, &data).env("MUSTER_PASSWORD", "a horse on a red staple").output();
    assert!(made.unwrap().status.success());
    let url = format!("sqlite:{}", data.join("muster.db").display());
    let open = || Store::open(&StoreConfig::new(&url, Uuid::nil(), NOON)).unwrap();
    let addresses = |store: &Store| {
        let records = store.read(testing::records).wait().unwrap();
        let people = records.into_iter().filter(|(kind, ..)| *kind == "person");
        people.filter_map(|(_, _, mut fields)| fields.remove("email")).collect::<Vec<_>>()
    };
    let store = open();
    let act = |id| Act { id: Uuid::from_u128(id).into(), at: NOON, actor: None, via: "cli" };
    store.write(&act(1), replication::begin).wait().unwrap();
    let restate = |id| store.write(&act(id), |tx| replication::restate(tx, 100)).wait().unwrap();
    assert!((2..100).any(|id| !restate(id)));
    store.write(&act(100), |tx| testing::unlearn(tx, "person", Some("email"))).wait().unwrap();
    assert_eq!(addresses(&store), Vec::<Value>::new());
    drop(store);

    assert!(run(&["sync", "status"], &data).status.success());
    assert_eq!(addresses(&open()), ["a@b.example"]);
}
