//! The README's worked example is what the code does, and its Rust example runs.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hkdf::Hkdf;
use muster_credential::class_code::ClassCode;
use muster_credential::cti::Cti;
use muster_credential::keys::MasterKey;
use muster_credential::keys::signing::SigningKey;
use muster_credential::otp::Otp;
use muster_credential::page::PageToken;
use muster_credential::payload::{Claims, Kind, ShortId, Validity};
use muster_credential::readable::ReadableCode;
use muster_credential::signature::Credential;
use muster_credential::step::{StepLength, step_at};
use ring::signature::Ed25519KeyPair;
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

#[test]
fn the_worked_credential_is_what_the_code_does() {
    let key = SigningKey::parse_line(value("signing key line")).unwrap();
    assert_eq!(HEXLOWER.encode(key.public().as_bytes()), value("public key"));
    let (record, issue) = (row("record, issue")[0].parse().unwrap(), 1);
    assert_eq!(row("record, issue")[1], "1");
    let times: Vec<u64> = row("not before, expires").iter().map(|t| t.parse().unwrap()).collect();
    let cti = Cti::derive(&key.issuing_secret(), record, issue);
    assert_eq!(HEXLOWER.encode(cti.as_bytes()), value("ID"));
    assert_eq!(HEXLOWER.encode(&cti.digest()), value("its SHA-256"));

    let claims = Claims {
        kind: Kind::Docket,
        scope: ShortId::of(value("scope of a docket").parse().unwrap()),
        holder: ShortId::of(value("holder").parse().unwrap()),
        validity: Validity::new(times[0], times[1]).unwrap(),
        cti,
    };
    assert_eq!(HEXLOWER.encode(&claims.to_cbor()), value("claims"));
    let credential = Credential::sign(&key, claims);
    assert_eq!(HEXLOWER.encode(&credential.to_bytes()), value("the 145 bytes"));
    assert_eq!(credential.link("muster.example.edu", true), value("credential"));
    let code = ReadableCode::derive(&key.issuing_secret(), record, issue);
    assert_eq!(code.to_string(), value("readable code"));
    assert_eq!(HEXLOWER.encode(&code.stored(&key.lookup_key())), value("as it is stored"));
    let page = PageToken::new(&key.issuing_secret(), record, issue);
    assert_eq!(page.to_string(), value("page token"));
}

#[test]
fn the_worked_credential_holds_for_whoever_reads_the_words_alone() {
    let bytes = |what: &str| HEXLOWER.decode(value(what).as_bytes()).unwrap();
    let mut seed = [0; 32];
    let secret = Hkdf::<Sha256>::new(None, &bytes("master key"));
    secret.expand(b"muster signing seed 1", &mut seed).unwrap();
    assert_eq!(HEXLOWER.encode(&seed), value("signing seed"));
    let pair = Ed25519KeyPair::from_seed_unchecked(&seed).unwrap();
    let signature = pair.sign(&bytes("what is signed"));
    let whole = [
        &[0xd2, 0x84, 0x4d][..],
        &bytes("headers"),
        &[0xa0, 0x58, 0x3c],
        &bytes("claims"),
        &[0x58, 0x40],
        signature.as_ref(),
    ];
    assert_eq!(HEXLOWER.encode(&whole.concat()), value("the 145 bytes"));
}
