//! What somebody at a shell meets who makes a mistake, or stops reading.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::{Command, Stdio};

fn muster(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.args(arguments).env_remove("MUSTER_DATABASE").env_remove("MUSTER_DATA");
    command
}

#[test]
fn a_folder_without_a_node_is_told_and_nothing_is_made_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let misspelt = folder.path().join("muster-dta");
    let output = muster(&["journal", "verify", "--data"]).arg(&misspelt).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("there is no node in") && told.contains("muster-dta"), "{told}");
    assert!(!misspelt.exists());
}

#[test]
fn a_reader_that_went_away_is_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = muster(&["keys", "rotate", "--data"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_ne!(output.status.code(), Some(101), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn help_says_what_the_program_is_for() {
    let output = muster(&["--help"]).output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.starts_with("Attendance, exams and events"), "{help}");
}
