//! Writes `vectors/receipt.json`: receipts by keys of both kinds, and what is none.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "an example for the command line")]

use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use muster_credential::class_code::{ClassCode, ShortSessionId};
use muster_credential::receipt::{NOTHING, Receipt, Signed, Signer};
use muster_credential::verifier::DeviceKey;
use serde_json::{Value, json};
use uuid::Uuid;

const ID: Uuid = Uuid::from_u128(0x0193_2f6e_5a00_4e2f_8a6b_0718_293a_4b5c);
const KEY: Uuid = Uuid::from_u128(0x0193_2f6e_3c80_7a1b_9c4d_5e6f_7081_92a3);
/// A key of P-256 and its signature of the receipt below, which a browser made: each is another.
const X: &str = "iWVzHWZNIR4gZuiTiI_fEkinlEEOP7VH5ESkx35Lppo";
const Y: &str = "RRuLHUGmtfqAK1CbmV_f-5_oVvAhbIK18jwOY3qAHNI";
const BY_P256: [&str; 2] = [
    "f80b65c5af5db6c8b26ec93a9c78afb13b1e5f12fd94e484166da50009cb0409",
    "93811de057f7275d3e65c728dc04c306ea0b5e21043a4ef32fc1a1c5f6a67e66",
];

fn code(step: u16) -> ClassCode {
    let session = ShortSessionId([0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6]);
    ClassCode { session, step, tag: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }
}

fn receipt() -> Receipt {
    Receipt {
        id: ID,
        key: KEY,
        sequence: 7,
        previous: [0xab; 32],
        scanned_at: 1_732_158_065_000_000,
        code: code(40),
        next: Some(code(41)),
    }
}

fn main() {
    let signer = Signer::from_seed(&[5; 32]);
    let first = Receipt { sequence: 1, previous: NOTHING, next: None, ..receipt() };
    let signature = HEXLOWER.decode(BY_P256.concat().as_bytes()).unwrap();
    let by_p256 = Signed::from_bytes(&[receipt().to_bytes(), signature].concat()).unwrap();
    let keys = [signer.public_jwk(), json!({"kty": "EC", "crv": "P-256", "x": X, "y": Y})];
    let [own, browser] = &keys;
    let both = signer.sign(&receipt());
    let other = Signer::from_seed(&[6; 32]).sign(&receipt());
    let vectors = json!({
        "seed": HEXLOWER.encode(&[5; 32]),
        "good": [
            good("the first of a key", &signer.sign(&first), own),
            good("with two codes, by Ed25519", &both, own),
            good("with two codes, by P-256", &by_p256, browser),
        ],
        "forged": [
            forged("signed by another key", &other.to_bytes(), own),
            forged("by P-256, with its time changed", &changed(&by_p256, 80), browser),
            forged("with its number changed", &changed(&both, 40), own),
            forged("with its key changed", &changed(&both, 17), own),
            forged("with its signature changed", &changed(&both, 182), own),
        ],
        "refused": refused(&both),
    });
    println!("{}", serde_json::to_string_pretty(&vectors).unwrap());
}

fn good(name: &str, signed: &Signed, key: &Value) -> Value {
    assert!(signed.is_by(&DeviceKey::from_jwk(key).unwrap()), "{name}");
    let Receipt { id, key: key_id, sequence, previous, scanned_at, code, next } = signed.receipt;
    json!({
        "name": name,
        "key": key,
        "id": id,
        "key_id": key_id,
        "sequence": sequence,
        "previous": HEXLOWER.encode(&previous),
        "scanned_at": scanned_at,
        "code": code.to_base32(),
        "next": next.map(|code| code.to_base32()),
        "signed": HEXLOWER.encode(&signed.receipt.to_bytes()),
        "hash": HEXLOWER.encode(&signed.hash()),
        "receipt": signed.to_text(),
    })
}

fn forged(name: &str, bytes: &[u8], key: &Value) -> Value {
    assert!(
        !Signed::from_bytes(bytes).unwrap().is_by(&DeviceKey::from_jwk(key).unwrap()),
        "{name}"
    );
    json!({"name": name, "key": key, "receipt": BASE64URL_NOPAD.encode(bytes)})
}

fn changed(signed: &Signed, at: usize) -> Vec<u8> {
    with(signed, at, |byte| byte ^ 1)
}

fn with(signed: &Signed, at: usize, change: impl Fn(u8) -> u8) -> Vec<u8> {
    let mut bytes = signed.to_bytes();
    if let Some(byte) = bytes.get_mut(at) {
        *byte = change(*byte);
    }
    bytes
}

fn refused(signed: &Signed) -> Vec<Value> {
    let bytes = signed.to_bytes();
    let mut unnumbered = bytes.clone();
    if let Some(number) = unnumbered.get_mut(33..41) {
        number.fill(0);
    }
    let cases = [
        ("nothing", String::new()),
        ("a byte short", BASE64URL_NOPAD.encode(bytes.get(..182).unwrap())),
        ("something behind its end", BASE64URL_NOPAD.encode(&[&bytes[..], &[0]].concat())),
        ("with padding", format!("{}=", signed.to_text())),
        ("in base64 for mail", signed.to_text().replace(['-', '_'], "+")),
        ("of another version", BASE64URL_NOPAD.encode(&with(signed, 0, |_| 2))),
        ("without a number", BASE64URL_NOPAD.encode(&unnumbered)),
        ("with a number too large", BASE64URL_NOPAD.encode(&with(signed, 33, |_| 1))),
        ("with a code of another version", BASE64URL_NOPAD.encode(&with(signed, 81, |_| 2))),
        ("with half a second code", BASE64URL_NOPAD.encode(&with(signed, 100, |_| 0))),
    ];
    let error = |text: &str| Signed::parse(text).unwrap_err().name();
    let case = |(name, text): (&str, String)| json!({"name": name, "receipt": text, "error": error(&text)});
    cases.into_iter().map(case).collect()
}
