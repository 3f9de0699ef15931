//! `muster keys` as somebody at a shell meets it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn muster(data: &Path, action: &str, keys: Option<&str>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.args(["keys", action, "--data"]).arg(data).env_remove("MUSTER_SIGNING_KEYS");
    command.envs(keys.map(|keys| ("MUSTER_SIGNING_KEYS", keys))).output().unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn keys_are_made_rotated_and_exported_without_their_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("node");
    assert!(!muster(&data, "list", None).status.success(), "there are none yet");

    let first = said(&muster(&data, "rotate", None));
    let second = said(&muster(&data, "rotate", None));
    let old = first.split_whitespace().next().unwrap();
    let lines: Vec<&str> = second.lines().collect();
    assert_eq!(lines[1], format!("{old}  older"));
    assert!(lines[0].ends_with("  active"));
    assert_eq!(said(&muster(&data, "list", None)), second);

    let set: Value = serde_json::from_str(&said(&muster(&data, "export", None))).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 2);
    assert_eq!(set["keys"][1]["kid"], old);
    let file = std::fs::read_to_string(data.join("signing-keys")).unwrap();
    for line in file.lines().filter(|line| !line.starts_with('#')) {
        let secret = line.rsplit(':').next().unwrap();
        assert!(!set.to_string().contains(secret));
    }
}

#[test]
fn keys_of_the_environment_come_before_the_file_s_and_are_not_rotated() {
    let folder = tempfile::tempdir().unwrap();
    said(&muster(folder.path(), "rotate", None));
    let file = std::fs::read_to_string(folder.path().join("signing-keys")).unwrap();

    let other = tempfile::tempdir().unwrap();
    let listed = said(&muster(folder.path(), "list", None));
    assert_eq!(said(&muster(other.path(), "list", Some(&file))), listed);
    assert!(!muster(other.path(), "rotate", Some(&file)).status.success());
    let damaged = muster(folder.path(), "list", Some("muster-signing-key-1:x"));
    assert!(!damaged.status.success(), "damaged lines are no reason to take the file's");
}
