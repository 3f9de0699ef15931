//! The README's worked example is what the code does, and its Rust example runs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hkdf::Hkdf;
use muster_credential::class_code::ClassCode;
use muster_credential::keys::MasterKey;
use muster_credential::otp::Otp;
use muster_credential::step::{StepLength, step_at};
use sha2::Sha256;
use uuid::Uuid;

const README: &str = include_str!("../README.md");

/// The values between backticks in the row of the worked example.
fn row(what: &str) -> Vec<&'static str> {
    let (_, example) = README.split_once("## Worked example").unwrap();
    let line = example.lines().find(|line| line.starts_with(&format!("| {what} |"))).unwrap();
    line.split('`').skip(1).step_by(2).collect()
}

fn value(what: &str) -> &'static str {
    row(what)[0]
}

#[test]
fn the_worked_example_is_what_the_code_does() {
    let bytes: [u8; 32] =
        HEXLOWER.decode(value("master key").as_bytes()).unwrap().try_into().unwrap();
    let master = MasterKey::from_bytes(bytes);
    let session: Uuid = value("session").parse().unwrap();
    let key = master.session_key(session);
    assert_eq!(*master.to_line(), value("key line"));

    let times: Vec<i64> = row("opened at, now").iter().map(|t| t.parse().unwrap()).collect();
    let step = step_at(times[0], times[1], StepLength::CLASS_CODE);
    assert_eq!(step.to_string(), value("step of 10 seconds"));

    let code = ClassCode::new(&key, session, step);
    let raw = BASE32_NOPAD.decode(code.to_base32().as_bytes()).unwrap();
    assert_eq!(HEXLOWER.encode(&code.tag), value("tag"));
    assert_eq!(HEXLOWER.encode(&raw), value("the 19 bytes"));
    assert_eq!(code.link("muster.example.edu", true), value("link"));
    assert_eq!(code.typed_code().to_string(), value("typed code"));
    let otp = Otp::new(&key, session, step).to_string();
    assert_eq!(otp, value("one-time password of step 6"));
}

#[test]
fn the_derived_keys_are_plain_hkdf() {
    let master = HEXLOWER.decode(value("master key").as_bytes()).unwrap();
    let session: Uuid = value("session").parse().unwrap();
    let derive = |info: &[u8]| {
        let mut out = [0; 32];
        Hkdf::<Sha256>::new(None, &master).expand(info, &mut out).unwrap();
        HEXLOWER.encode(&out)
    };
    let info = [b"muster session key 1".as_slice(), session.as_bytes()].concat();
    assert_eq!(derive(&info), value("session key"));
    assert_eq!(derive(b"muster ticket key 1"), value("ticket key"));
}
