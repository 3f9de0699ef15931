//! `vectors/class_code.json`: what every implementation of these formats must agree on.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};
use muster_credential::Verdict;
use muster_credential::class_code::{self, ClassCode, ParseError, TypedCodeError, normalise_typed};
use muster_credential::keys::{MasterKey, SessionKey};
use muster_credential::otp::{self, Otp};
use muster_credential::ticket::{Ticket, TicketError};
use serde_json::{Value, json};
use uuid::Uuid;

struct Vectors {
    all: Value,
    master: MasterKey,
}

impl Vectors {
    fn read() -> Self {
        let all: Value = serde_json::from_str(include_str!("../vectors/class_code.json")).unwrap();
        let bytes = HEXLOWER_PERMISSIVE.decode(text(&all, "master").as_bytes()).unwrap();
        Self { master: MasterKey::from_bytes(bytes.try_into().unwrap()), all }
    }

    fn cases(&self, kind: &str) -> &[Value] {
        self.all[kind].as_array().unwrap()
    }

    fn session(&self, case: &Value) -> (Uuid, SessionKey) {
        let session = text(case, "session").parse().unwrap();
        (session, self.master.session_key(session))
    }
}

fn text<'a>(case: &'a Value, field: &str) -> &'a str {
    case[field].as_str().unwrap()
}

fn number(case: &Value, field: &str) -> u64 {
    case[field].as_u64().unwrap()
}

/// Asserts that the case's `verdict`, and `step` where it is valid, are these.
fn agrees(case: &Value, verdict: Verdict) {
    let (name, step) = match verdict {
        Verdict::Valid { step } => ("valid", json!(step)),
        Verdict::Expired => ("expired", Value::Null),
        Verdict::Future => ("future", Value::Null),
        Verdict::Foreign => ("foreign", Value::Null),
        Verdict::Invalid => ("invalid", Value::Null),
    };
    assert_eq!((text(case, "verdict"), &case["step"]), (name, &step), "{case}");
}

#[test]
fn there_are_enough_cases() {
    let vectors = Vectors::read();
    let kinds = ["codes", "parse", "judge", "typed", "otp", "tickets"];
    let counts = kinds.map(|kind| vectors.cases(kind).len());
    assert!(counts.iter().sum::<usize>() >= 40, "{counts:?}");
}

#[test]
fn the_key_line_holds_the_master_key() {
    let vectors = Vectors::read();
    assert_eq!(*vectors.master.to_line(), text(&vectors.all, "key_line"));
}

#[test]
fn codes_are_made_as_written() {
    let vectors = Vectors::read();
    for case in vectors.cases("codes") {
        let (session, key) = vectors.session(case);
        let step = number(case, "step");
        let code = ClassCode::new(&key, session, step);
        assert_eq!(HEXLOWER.encode(&code.tag), text(case, "tag"), "{case}");
        assert_eq!(code.to_base32(), text(case, "base32"), "{case}");
        assert_eq!(code.link(text(&vectors.all, "host"), true), text(case, "link"), "{case}");
        assert_eq!(code.typed_code().to_string(), text(case, "typed"), "{case}");
        assert_eq!(Otp::new(&key, session, step).to_string(), text(case, "otp"), "{case}");
    }
}

#[test]
fn texts_are_read_or_refused_as_written() {
    for case in Vectors::read().cases("parse") {
        let error = match text(case, "text").parse::<ClassCode>() {
            Ok(code) => {
                assert_eq!(HEXLOWER.encode(&code.session.0), text(case, "session"), "{case}");
                assert_eq!(u64::from(code.step), number(case, "step"), "{case}");
                assert_eq!(HEXLOWER.encode(&code.tag), text(case, "tag"), "{case}");
                Value::Null
            }
            Err(ParseError::NotACode) => json!("not-a-code"),
            Err(ParseError::Length(_)) => json!("length"),
            Err(ParseError::Character) => json!("character"),
            Err(ParseError::NotCanonical) => json!("not-canonical"),
            Err(ParseError::Version(_)) => json!("version"),
        };
        assert_eq!(case["error"], error, "{case}");
    }
}

#[test]
fn codes_are_judged_as_written() {
    let vectors = Vectors::read();
    for case in vectors.cases("judge") {
        let (session, key) = vectors.session(case);
        let code = text(case, "text").parse().unwrap();
        agrees(case, class_code::judge(&key, session, &code, number(case, "current_step")));
    }
}

#[test]
fn typed_codes_are_judged_as_written() {
    let vectors = Vectors::read();
    for case in vectors.cases("typed") {
        match normalise_typed(text(case, "text")) {
            Ok(code) => {
                let (session, key) = vectors.session(case);
                let current = number(case, "current_step");
                agrees(case, class_code::judge_typed(&key, session, &code, current));
            }
            Err(TypedCodeError::Length(_)) => assert_eq!(case["error"], "length", "{case}"),
            Err(TypedCodeError::Character(_)) => assert_eq!(case["error"], "character", "{case}"),
        }
    }
}

#[test]
fn one_time_passwords_are_judged_as_written() {
    let vectors = Vectors::read();
    for case in vectors.cases("otp") {
        let (session, key) = vectors.session(case);
        let otp = Otp::parse(text(case, "text")).unwrap();
        agrees(case, otp::judge(&key, session, otp, number(case, "current_step")));
    }
}

#[test]
fn tickets_are_spent_as_written() {
    let vectors = Vectors::read();
    let key = vectors.master.ticket_key();
    for case in vectors.cases("tickets") {
        let now = case["now"].as_i64().unwrap();
        let error = match Ticket::verify(&key, text(case, "text"), now) {
            Ok(ticket) => {
                assert_eq!(ticket.session.to_string(), text(case, "session"), "{case}");
                assert_eq!(ticket.step, number(case, "step"), "{case}");
                assert_eq!(Some(ticket.judged_at), case["judged_at"].as_i64(), "{case}");
                assert_eq!(HEXLOWER.encode(&ticket.device), text(case, "device"), "{case}");
                assert_eq!(ticket.encode(&key), text(case, "text"), "{case}");
                Value::Null
            }
            Err(TicketError::Malformed) => json!("malformed"),
            Err(TicketError::Forged) => json!("forged"),
            Err(TicketError::Expired) => json!("expired"),
        };
        assert_eq!(case["error"], error, "{case}");
    }
}
