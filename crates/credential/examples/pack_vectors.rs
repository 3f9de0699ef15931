//! Writes `vectors/pack.json`: a signed pack with what is sealed in it, and packs that are refused.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "an example for the command line")]

use data_encoding::HEXLOWER;
use muster_credential::cti::Cti;
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::SigningKey;
use muster_credential::pack::{Sealed, names_place, open, sign};
use muster_credential::payload::{Claims, Kind, ShortId, Validity};
use muster_credential::signature::Credential;
use serde_json::{Value, json};
use uuid::Uuid;

const POINT: Uuid = Uuid::from_u128(0x0193_2f6e_4b20_7c3d_8e4f_a1b2_c3d4_e5f6);
const DEVICE: Uuid = Uuid::from_u128(0x0193_2f6e_3c80_7a1b_9c4d_5e6f_7081_92a3);

fn main() {
    let key = SigningKey::from_bytes(std::array::from_fn(|at| u8::try_from(at).unwrap()));
    let keys = KeySet::from(&KeyRing::from(key.clone()));
    let content = r#"{"format":1,"institution":"Müster"}"#;
    let pack = sign(&key, content.as_bytes());
    let refused: Vec<Value> = refused(&key, &pack)
        .into_iter()
        .map(|(name, pack)| {
            let error = open(&pack, &keys).unwrap_err().name();
            json!({"name": name, "pack": HEXLOWER.encode(&pack), "error": error})
        })
        .collect();
    let cti = Cti::derive(&key.issuing_secret(), POINT, 1);
    let (k, names) = (cti.digest(), r#"{"names":["Ada Rao","Ben Rao"]}"#);
    let names_key = MasterKey::from_bytes([7; 32]).names_key(DEVICE);
    let (place, list) =
        (names_place(POINT), r#"[["01932f6e-5a00-7e2f-8a6b-0718293a4b5c",["Ada"]]]"#);
    let vectors = json!({
        "keys": keys.to_json(),
        "content": content,
        "pack": HEXLOWER.encode(&pack),
        "refused": refused,
        "sealed": {
            "cti": HEXLOWER.encode(cti.as_bytes()),
            "k": HEXLOWER.encode(&k),
            "content": names,
            "sealed": HEXLOWER.encode(&Sealed::under(&cti).seal([1; 12], &k, names.as_bytes())),
        },
        "names": {
            "key": HEXLOWER.encode(names_key.as_bytes()),
            "point": POINT.to_string(),
            "content": list,
            "sealed": HEXLOWER.encode(
                &Sealed::for_device(&names_key).seal([2; 12], &place, list.as_bytes()),
            ),
        },
    });
    println!("{}", serde_json::to_string_pretty(&vectors).unwrap());
}

fn refused(key: &SigningKey, pack: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let claims = Claims {
        kind: Kind::Pass,
        scope: ShortId([1; 8]),
        holder: ShortId([2; 8]),
        validity: Validity::new(1, 2).unwrap(),
        cti: Cti::from_bytes([3; 16]),
    };
    let changed = |at: usize| {
        let mut bytes = pack.to_vec();
        if let Some(byte) = bytes.get_mut(at) {
            *byte ^= 1;
        }
        bytes
    };
    vec![
        ("a download that was cut off", pack.get(..pack.len() / 2).unwrap().to_vec()),
        ("something behind its end", [pack, &[0]].concat()),
        ("a byte of its content changed", changed(pack.len() - 80)),
        ("a byte of its signature changed", changed(pack.len() - 1)),
        ("signed by another key", sign(&SigningKey::from_bytes([9; 32]), b"{}")),
        ("a credential", Credential::sign(key, claims).to_bytes()),
        ("nothing", Vec::new()),
    ]
}
