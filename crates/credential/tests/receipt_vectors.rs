//! `vectors/receipt.json`: what this and every other reader of receipts must agree with.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use data_encoding::HEXLOWER;
use muster_credential::receipt::Signed;
use muster_credential::verifier::DeviceKey;
use serde_json::Value;

fn vectors(list: &str) -> Vec<Value> {
    let all: Value = serde_json::from_str(include_str!("../vectors/receipt.json")).unwrap();
    let list = all[list].as_array().unwrap().clone();
    assert!(!list.is_empty());
    list
}

fn read(one: &Value) -> Signed {
    Signed::parse(one["receipt"].as_str().unwrap()).unwrap()
}

fn key(one: &Value) -> DeviceKey {
    DeviceKey::from_jwk(&one["key"]).unwrap()
}

#[test]
fn good_receipts_say_what_is_written_beside_them() {
    for one in vectors("good") {
        let signed = read(&one);
        assert!(signed.is_by(&key(&one)), "{}", one["name"]);
        let receipt = signed.receipt;
        assert_eq!(one["id"], receipt.id.to_string());
        assert_eq!(one["key_id"], receipt.key.to_string());
        assert_eq!(one["sequence"], receipt.sequence);
        assert_eq!(one["previous"], HEXLOWER.encode(&receipt.previous));
        assert_eq!(one["scanned_at"], receipt.scanned_at);
        assert_eq!(one["code"], receipt.code.to_base32());
        assert_eq!(one["next"].as_str().map(str::to_owned), receipt.next.map(|c| c.to_base32()));
        assert_eq!(one["signed"], HEXLOWER.encode(&receipt.to_bytes()));
        assert_eq!(one["hash"], HEXLOWER.encode(&signed.hash()));
    }
}

#[test]
fn forged_receipts_are_nobodys() {
    for one in vectors("forged") {
        assert!(!read(&one).is_by(&key(&one)), "{}", one["name"]);
    }
}

#[test]
fn what_is_no_receipt_says_why() {
    for one in vectors("refused") {
        let error = Signed::parse(one["receipt"].as_str().unwrap()).unwrap_err();
        assert_eq!(one["error"], error.name(), "{}", one["name"]);
    }
}
