//! All cases together, as the JSON that Rust and TypeScript read.

use super::bytes::{
    EXPIRES, HOLDER, HOST, NOT_BEFORE, RECORD, SCOPE, cti, kid, public, secret, tail,
};
use super::{messages, texts};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use muster_credential::cti::Cti;
use muster_credential::digits;
use muster_credential::keys::signing::SigningKey;
use muster_credential::readable::ReadableCode;
use serde_json::{Value, json};

pub fn pretty() -> String {
    serde_json::to_string_pretty(&all()).expect("JSON")
}

fn all() -> Value {
    json!({
        "host": HOST,
        "keys": [key(0), key(32), key(64)],
        "key_sets": key_sets(),
        "bad_key_sets": bad_key_sets(),
        "issued": issued(),
        "digits": bytes_as_digits(),
        "credentials": credentials(),
        "readable": readable(),
    })
}

fn key(first: u8) -> Value {
    let key = SigningKey::from_bytes(secret(first));
    json!({
        "secret": HEXLOWER.encode(&secret(first)),
        "line": *key.to_line(),
        "id": key.id().to_string(),
        "public": HEXLOWER.encode(&public(first)),
    })
}

fn jwk(id: &[u8], public: &[u8]) -> Value {
    json!({
        "kty": "OKP",
        "crv": "Ed25519",
        "alg": "Ed25519",
        "use": "sig",
        "kid": HEXLOWER.encode(id),
        "x": BASE64URL_NOPAD.encode(public),
    })
}

fn key_sets() -> Value {
    let (active, older) = (jwk(&kid(0), &public(0)), jwk(&kid(32), &public(32)));
    let impostor = jwk(&kid(0), &public(64));
    let mut two = [0; 32];
    two[0] = 2;
    json!({
        "ours": { "keys": [active, older] },
        "older alone": { "keys": [older] },
        "none": { "keys": [] },
        "namesakes": { "keys": [impostor, active] },
        "impostor": { "keys": [impostor] },
        "no point": { "keys": [jwk(&kid(0), &two)] },
    })
}

/// A key with one member changed, or without it.
fn changed(member: &str, value: Value) -> Value {
    let mut key = jwk(&kid(0), &public(0));
    key[member] = value;
    json!({ "keys": [jwk(&kid(32), &public(32)), key] })
}

fn bad_key_sets() -> Vec<Value> {
    let x = |hex: &str| {
        let bytes = HEXLOWER.decode(hex.as_bytes()).expect("hexadecimal");
        changed("x", json!(BASE64URL_NOPAD.encode(&bytes)))
    };
    let padded = format!("{}=", BASE64URL_NOPAD.encode(&public(0)));
    [
        ("nothing", json!({}), "format"),
        ("a list", json!([]), "format"),
        ("keys that are no list", json!({ "keys": "x" }), "format"),
        ("another type", changed("kty", json!("EC")), "type"),
        ("another curve", changed("crv", json!("X25519")), "type"),
        ("no curve", changed("crv", Value::Null), "type"),
        ("id in upper case", changed("kid", json!("ABCDEF0123456789")), "id"),
        ("id of seven bytes", changed("kid", json!("abcdef01234567")), "id"),
        ("no id", changed("kid", Value::Null), "id"),
        ("key of 31 bytes", x(&"07".repeat(31)), "key"),
        ("key of 33 bytes", x(&"07".repeat(33)), "key"),
        ("key padded", changed("x", json!(padded)), "key"),
        ("no key", changed("x", Value::Null), "key"),
        ("the neutral point", x(&format!("01{}", "00".repeat(31))), "key"),
        ("the neutral point, negative", x(&format!("01{}80", "00".repeat(30))), "key"),
        ("a point of order 2", x(&format!("ec{}7f", "ff".repeat(30))), "key"),
        ("a point of order 4", x(&"00".repeat(32)), "key"),
        ("another point of order 4", x(&format!("{}80", "00".repeat(31))), "key"),
        (
            "a point of order 8",
            x("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
            "key",
        ),
        (
            "the second point of order 8",
            x("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
            "key",
        ),
        (
            "the third point of order 8",
            x("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
            "key",
        ),
        (
            "the fourth point of order 8",
            x("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
            "key",
        ),
        ("the neutral point in another spelling", x(&format!("ee{}7f", "ff".repeat(30))), "key"),
        ("the prime itself", x(&format!("ed{}7f", "ff".repeat(30))), "key"),
        ("a point in another spelling", x(&format!("f0{}7f", "ff".repeat(30))), "key"),
    ]
    .into_iter()
    .map(|(name, set, error)| json!({ "name": name, "set": set, "error": error }))
    .collect()
}

fn issued() -> Vec<Value> {
    let cases =
        [(0, RECORD, 1), (0, RECORD, 2), (0, SCOPE, 1), (32, RECORD, 1), (0, RECORD, u32::MAX)];
    cases
        .into_iter()
        .map(|(first, record, issue)| {
            let key = SigningKey::from_bytes(secret(first));
            let id = record.parse().expect("an id");
            let cti = Cti::derive(&key.issuing_secret(), id, issue);
            let code = ReadableCode::derive(&key.issuing_secret(), id, issue);
            json!({
                "key": key.id().to_string(),
                "record": record,
                "issue": issue,
                "cti": HEXLOWER.encode(cti.as_bytes()),
                "cti_digest": HEXLOWER.encode(&cti.digest()),
                "readable": code.to_string(),
                "readable_stored": HEXLOWER.encode(&code.stored(&key.lookup_key())),
            })
        })
        .collect()
}

fn bytes_as_digits() -> Vec<Value> {
    let mut cases: Vec<Vec<u8>> = (1..=8).map(|length| vec![0xff; length]).collect();
    cases.extend([vec![0], vec![0; 7], (1..=8).collect(), (0..=255).collect()]);
    cases
        .iter()
        .map(|bytes| json!({ "bytes": HEXLOWER.encode(bytes), "digits": digits::encode(bytes) }))
        .collect()
}

fn credentials() -> Vec<Value> {
    texts::all()
        .into_iter()
        .chain(messages::all())
        .map(|(name, text, keys, outcome)| {
            let mut case = json!({ "name": name, "text": text, "keys": keys, "outcome": outcome });
            if outcome == "ok" {
                let digits = text.trim().rsplit([':', '#']).next().unwrap_or_default();
                let bytes = digits::decode(digits).expect("digits");
                case["bytes"] = json!(HEXLOWER.encode(&bytes));
                case["claims"] = claims(name);
            }
            case
        })
        .collect()
}

/// What the good ones say, written out for those that are not as the first.
fn claims(name: &str) -> Value {
    let (not_before, expires) = match name {
        "valid for the first second" => (0, 1),
        "numbers of one byte" => (23, 24),
        "numbers of two bytes" => (255, 256),
        "numbers of three bytes" => (65_535, 65_536),
        "beyond 2106" => (0xffff_ffff_u64, 0x1_0000_0000),
        "the largest number" => (NOT_BEFORE, (1 << 53) - 1),
        _ => (NOT_BEFORE, EXPIRES),
    };
    let zeros = name == "ids of zeros";
    let id = |bytes: Vec<u8>| HEXLOWER.encode(&if zeros { vec![0; bytes.len()] } else { bytes });
    let kind = match name {
        "pass" | "ids of zeros" => "pass",
        "badge" => "badge",
        _ => "docket",
    };
    json!({
        "kind": kind,
        "scope": id(tail(SCOPE)),
        "holder": id(tail(HOLDER)),
        "not_before": not_before,
        "expires": expires,
        "cti": id(cti(0)),
    })
}

fn readable() -> Vec<Value> {
    texts::readable()
        .into_iter()
        .map(|(name, text, outcome)| match outcome {
            Ok(code) => json!({ "name": name, "text": text, "code": code }),
            Err(error) => json!({ "name": name, "text": text, "error": error }),
        })
        .collect()
}
