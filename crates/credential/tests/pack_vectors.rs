//! `vectors/pack.json`: what this and every other reader of packs must agree with.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use data_encoding::HEXLOWER;
use muster_credential::cti::Cti;
use muster_credential::keys::MasterKey;
use muster_credential::keys::public::KeySet;
use muster_credential::pack::{Sealed, names_place, open};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/pack.json")).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

#[test]
fn a_pack_opens_and_what_is_no_pack_of_ours_says_why() {
    let all = vectors();
    let keys = KeySet::from_json(&all["keys"]).unwrap();
    let pack = bytes(&all["pack"]);
    assert_eq!(open(&pack, &keys).unwrap(), all["content"].as_str().unwrap().as_bytes());
    for one in all["refused"].as_array().unwrap() {
        let error = open(&bytes(&one["pack"]), &keys).unwrap_err();
        assert_eq!(one["error"], error.name(), "{}", one["name"]);
    }
}

#[test]
fn what_is_sealed_opens() {
    let all = vectors();
    let one = &all["sealed"];
    let cti = Cti::from_bytes(bytes(&one["cti"]).try_into().unwrap());
    assert_eq!(bytes(&one["k"]), cti.digest());
    let opened = Sealed::under(&cti).open(&cti.digest(), &bytes(&one["sealed"])).unwrap();
    assert_eq!(opened, one["content"].as_str().unwrap().as_bytes());
    let one = &all["names"];
    let device = "01932f6e-3c80-7a1b-9c4d-5e6f708192a3".parse().unwrap();
    let key = MasterKey::from_bytes([7; 32]).names_key(device);
    assert_eq!(bytes(&one["key"]), key.as_bytes());
    let place = names_place(one["point"].as_str().unwrap().parse().unwrap());
    let opened = Sealed::for_device(&key).open(&place, &bytes(&one["sealed"])).unwrap();
    assert_eq!(opened, one["content"].as_str().unwrap().as_bytes());
}
