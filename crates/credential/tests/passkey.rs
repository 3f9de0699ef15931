//! Passkeys, with an authenticator made of the same primitives.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use data_encoding::BASE64URL_NOPAD;
use muster_credential::passkey::{Made, Party, PasskeyError, Used, judge_made, judge_used};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

const CHALLENGE: &[u8] = b"a question of 32 bytes or so";
const P256: &[u8] =
    b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
      \x03\x42\x00";
const ED: &[u8] = b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00";

fn party() -> Party {
    Party::at("https://muster.example.edu").unwrap()
}

fn client(kind: &str, challenge: &[u8], origin: &str) -> Vec<u8> {
    let challenge = BASE64URL_NOPAD.encode(challenge);
    serde_json::json!({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
        .to_string()
        .into_bytes()
}

fn authenticator(id: &str, flags: u8, counter: u32) -> Vec<u8> {
    [Sha256::digest(id).as_slice(), &[flags], &counter.to_be_bytes()].concat()
}

/// An answer to [`CHALLENGE`] for the party, signed by `sign`.
fn used(sign: impl Fn(&[u8]) -> Vec<u8>) -> Used {
    let client_data = client("webauthn.get", CHALLENGE, &party().origin);
    let authenticator_data = authenticator(&party().id, 5, 7);
    let signed = [authenticator_data.as_slice(), &Sha256::digest(&client_data)].concat();
    let signature = sign(&signed);
    Used { credential: vec![1, 2], client_data, authenticator_data, signature }
}

fn p256() -> (Vec<u8>, Used) {
    let (random, kind) = (SystemRandom::new(), &ECDSA_P256_SHA256_ASN1_SIGNING);
    let document = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(kind, document.as_ref(), &random).unwrap();
    let used = used(|signed| pair.sign(&random, signed).unwrap().as_ref().to_vec());
    ([P256, pair.public_key().as_ref()].concat(), used)
}

#[test]
fn keys_of_both_curves_prove_themselves() {
    let (key, answer) = p256();
    let proof = judge_used(&party(), CHALLENGE, &key, &answer).unwrap();
    assert_eq!((proof.counter, proof.verified), (7, true));
    let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
    let pair = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
    let key = [ED, pair.public_key().as_ref()].concat();
    let answer = used(|signed| pair.sign(signed).as_ref().to_vec());
    assert!(judge_used(&party(), CHALLENGE, &key, &answer).is_ok());
}

#[test]
fn what_was_made_for_something_else_is_refused() {
    let (key, answer) = p256();
    let refusal = |challenge: &[u8], answer: &Used| {
        judge_used(&party(), challenge, &key, answer).unwrap_err()
    };
    assert_eq!(refusal(b"another question", &answer), PasskeyError::Challenge);
    let with_client = |client_data| Used { client_data, ..answer.clone() };
    let elsewhere = client("webauthn.get", CHALLENGE, "https://evil.example");
    assert_eq!(refusal(CHALLENGE, &with_client(elsewhere)), PasskeyError::Party);
    let made = client("webauthn.create", CHALLENGE, &party().origin);
    assert_eq!(refusal(CHALLENGE, &with_client(made)), PasskeyError::ClientData);
    assert_eq!(refusal(CHALLENGE, &with_client(b"{".to_vec())), PasskeyError::ClientData);
    let with_data = |authenticator_data| Used { authenticator_data, ..answer.clone() };
    let site = authenticator("evil.example", 5, 7);
    assert_eq!(refusal(CHALLENGE, &with_data(site)), PasskeyError::Party);
    let nobody = authenticator(&party().id, 0, 7);
    assert_eq!(refusal(CHALLENGE, &with_data(nobody)), PasskeyError::Absent);
    let counted_on = authenticator(&party().id, 5, 8);
    assert_eq!(refusal(CHALLENGE, &with_data(counted_on)), PasskeyError::Signature);
    let (other, _) = p256();
    let refused = judge_used(&party(), CHALLENGE, &other, &answer).unwrap_err();
    assert_eq!(refused, PasskeyError::Signature);
}

#[test]
fn a_new_key_is_taken_with_its_id_and_its_kind_alone() {
    let (key, _) = p256();
    let told = [authenticator(&party().id, 0x45, 0), vec![0; 16], vec![0, 2, 1, 2]].concat();
    let made = Made {
        credential: vec![1, 2],
        client_data: client("webauthn.create", CHALLENGE, &party().origin),
        authenticator_data: told,
        public_key: key,
    };
    assert!(judge_made(&party(), CHALLENGE, &made).is_ok());
    let refused = |made: &Made| judge_made(&party(), CHALLENGE, made).unwrap_err();
    let other = Made { credential: vec![1, 3], ..made.clone() };
    assert_eq!(refused(&other), PasskeyError::Key);
    for end in 0..made.public_key.len() {
        let cut = Made { public_key: made.public_key[..end].to_vec(), ..made.clone() };
        assert_eq!(refused(&cut), PasskeyError::Key);
    }
    for end in 0..made.authenticator_data.len() {
        let cut = made.authenticator_data[..end].to_vec();
        refused(&Made { authenticator_data: cut, ..made.clone() });
    }
}

#[test]
fn browsers_make_keys_for_names_over_https_and_for_localhost() {
    let origin = |base: &str| Party::at(base).map(|party| (party.id, party.origin));
    let named = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
    let campus = named("campus.example", "https://campus.example:8443");
    assert_eq!(origin("https://Campus.example:8443/muster/"), campus);
    assert_eq!(
        origin("https://campus.example:443"),
        named("campus.example", "https://campus.example")
    );
    let local = named("localhost", "http://localhost:8080");
    assert_eq!(origin("http://localhost:8080"), local);
    for without in ["http://campus.example", "https://192.0.2.7", "https://[2001:db8::1]", "campus"]
    {
        assert_eq!(origin(without), None, "{without}");
    }
}
