//! `vectors/credential.json`: what every implementation of the credential must agree on, and that
//! it is what its generator prints.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

#[path = "../examples/credential_vectors/bytes.rs"]
mod bytes;
#[path = "../examples/credential_vectors/cases.rs"]
mod cases;
#[path = "../examples/credential_vectors/messages.rs"]
mod messages;
#[path = "../examples/credential_vectors/texts.rs"]
mod texts;

use data_encoding::HEXLOWER;
use muster_credential::cti::Cti;
use muster_credential::digits;
use muster_credential::keys::public::{KeySet, KeySetError};
use muster_credential::keys::signing::SigningKey;
use muster_credential::payload::{Claims, Kind};
use muster_credential::readable::{ReadableCode, ReadableCodeError};
use muster_credential::signature::{Credential, verify};
use serde_json::{Value, json};
use uuid::Uuid;

const FILE: &str = include_str!("../vectors/credential.json");

fn vectors() -> Value {
    serde_json::from_str(FILE).unwrap()
}

fn cases<'a>(all: &'a Value, kind: &str) -> &'a [Value] {
    all[kind].as_array().unwrap()
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

fn said(claims: &Claims) -> Value {
    let kind = match claims.kind {
        Kind::Docket => "docket",
        Kind::Pass => "pass",
        Kind::Badge => "badge",
    };
    json!({
        "kind": kind,
        "scope": HEXLOWER.encode(&claims.scope.0),
        "holder": HEXLOWER.encode(&claims.holder.0),
        "not_before": claims.validity.not_before(),
        "expires": claims.validity.expires(),
        "cti": HEXLOWER.encode(claims.cti.as_bytes()),
    })
}

#[test]
fn the_file_is_what_its_generator_prints() {
    assert!(FILE.trim_end() == cases::pretty(), "run the example credential_vectors again");
}

#[test]
fn there_are_enough_cases_and_each_has_its_own_name() {
    let all = vectors();
    let mut names: Vec<_> =
        cases(&all, "credentials").iter().map(|case| text(case, "name")).collect();
    assert!(names.len() >= 100, "{}", names.len());
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}

#[test]
fn credentials_are_taken_or_refused_as_written() {
    let all = vectors();
    for case in cases(&all, "credentials") {
        let keys = KeySet::from_json(&all["key_sets"][text(case, "keys")]).unwrap();
        let outcome = match verify(text(case, "text"), &keys) {
            Ok(claims) => {
                assert_eq!(said(&claims), case["claims"], "{case}");
                let read: Credential = text(case, "text").parse().unwrap();
                assert_eq!(HEXLOWER.encode(&read.to_bytes()), text(case, "bytes"), "{case}");
                "ok"
            }
            Err(refusal) => refusal.name(),
        };
        assert_eq!(outcome, text(case, "outcome"), "{case}");
    }
}

#[test]
fn keys_are_read_and_named_as_written() {
    let all = vectors();
    for case in cases(&all, "keys") {
        let key = SigningKey::parse_line(text(case, "line")).unwrap();
        assert_eq!(key.id().to_string(), text(case, "id"), "{case}");
        assert_eq!(HEXLOWER.encode(key.public().as_bytes()), text(case, "public"), "{case}");
    }
    for (name, set) in all["key_sets"].as_object().unwrap() {
        assert_eq!(KeySet::from_json(set).unwrap().to_json(), *set, "{name}");
    }
    for case in cases(&all, "bad_key_sets") {
        let error = match KeySet::from_json(&case["set"]).unwrap_err() {
            KeySetError::Format => "format",
            KeySetError::Type => "type",
            KeySetError::Id => "id",
            KeySetError::Key => "key",
        };
        assert_eq!(error, text(case, "error"), "{case}");
    }
}

#[test]
fn ids_and_readable_codes_follow_from_the_key_file_as_written() {
    let all = vectors();
    let keys: Vec<_> = cases(&all, "keys")
        .iter()
        .map(|case| SigningKey::parse_line(text(case, "line")).unwrap())
        .collect();
    for case in cases(&all, "issued") {
        let key = keys.iter().find(|key| key.id().to_string() == text(case, "key")).unwrap();
        let record: Uuid = text(case, "record").parse().unwrap();
        let issue = case["issue"].as_u64().unwrap().try_into().unwrap();
        let cti = Cti::derive(&key.issuing_secret(), record, issue);
        let code = ReadableCode::derive(&key.issuing_secret(), record, issue);
        let stored = code.stored(&key.lookup_key());
        assert_eq!(HEXLOWER.encode(cti.as_bytes()), text(case, "cti"), "{case}");
        assert_eq!(HEXLOWER.encode(&cti.digest()), text(case, "cti_digest"), "{case}");
        assert_eq!(code.to_string(), text(case, "readable"), "{case}");
        assert_eq!(HEXLOWER.encode(&stored), text(case, "readable_stored"), "{case}");
    }
}

#[test]
fn bytes_are_digits_as_written() {
    for case in cases(&vectors(), "digits") {
        let bytes = HEXLOWER.decode(text(case, "bytes").as_bytes()).unwrap();
        assert_eq!(digits::encode(&bytes), text(case, "digits"), "{case}");
        assert_eq!(digits::decode(text(case, "digits")), Ok(bytes), "{case}");
    }
}

#[test]
fn readable_codes_are_read_or_refused_as_written() {
    for case in cases(&vectors(), "readable") {
        match text(case, "text").parse::<ReadableCode>() {
            Ok(code) => assert_eq!(case["code"], code.to_string(), "{case}"),
            Err(ReadableCodeError::Length(_)) => assert_eq!(case["error"], "length", "{case}"),
            Err(ReadableCodeError::Character(_)) => {
                assert_eq!(case["error"], "character", "{case}");
            }
            Err(ReadableCodeError::Check) => assert_eq!(case["error"], "check", "{case}"),
        }
    }
}
