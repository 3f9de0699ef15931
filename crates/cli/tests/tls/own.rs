//! The node's own authority.

use crate::client::Client;
use crate::process::{muster, said, serve};
use muster_testkit::free_ports;
use serde_json::Value;
use std::path::Path;

fn root(data: &Path) -> String {
    let output = muster(&["tls", "root", "--data"]).arg(data).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    said(&output)
}

fn status(data: &Path) -> Value {
    let output = muster(&["tls", "status", "--json", "--data"]).arg(data).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    serde_json::from_str(&said(&output)).unwrap()
}

/// None while it is made anew.
fn fingerprint(data: &Path, kind: &str) -> Option<String> {
    let status = status(data);
    let all = status["certificates"].as_array().unwrap();
    let one = all.iter().find(|one| one["kind"] == kind)?;
    Some(one["fingerprint"].as_str().unwrap().to_owned())
}

#[test]
fn a_node_vouches_for_itself_and_keeps_its_root_while_certificates_change() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    assert!(!muster(&["tls", "root", "--data"]).arg(&data).status().unwrap().success());
    let [plain, https] = free_ports();
    let arguments = ["--tls", "own", "--lan", "--lan-name", "hall", "--lan-address", "192.168.7.7"];
    let server = serve(&data, plain, https, &arguments);
    server.line("Muster serves on");
    let words = server.line("http://192.168.7.7");
    assert_eq!(words.trim(), format!("http://192.168.7.7:{plain}"));
    let roots = root(&data);
    for name in ["localhost", "hall.local", "192.168.7.7"] {
        assert!(Client::new(&roots, name, https).healthy(), "{name}");
    }
    // The page that explains it comes over plain HTTP, too.
    let trust = ureq::get(format!("http://127.0.0.1:{plain}/trust")).call().unwrap();
    assert_eq!(trust.status(), 200);

    let before = fingerprint(&data, "own certificate");
    assert!(muster(&["tls", "renew", "--data"]).arg(&data).status().unwrap().success());
    server.send("-HUP");
    assert!(before.is_some());
    server.until("shows a certificate", || {
        fingerprint(&data, "own certificate").is_some_and(|now| Some(now) != before)
    });
    assert_eq!(root(&data), roots);
    assert!(Client::new(&roots, "localhost", https).healthy());

    // A new root is asked for by name, and devices have to trust it anew.
    assert!(muster(&["tls", "renew", "--root", "--data"]).arg(&data).status().unwrap().success());
    server.send("-HUP");
    let trusting = Client::new(&roots, "localhost", https);
    server.until("shows a certificate", || !trusting.healthy());
    assert_ne!(root(&data), roots);
    assert!(Client::new(&root(&data), "localhost", https).healthy());
    server.end();
}
