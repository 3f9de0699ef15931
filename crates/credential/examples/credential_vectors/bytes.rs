//! Credentials put together by hand, so that they can be wrong in every way: CBOR, headers and
//! signatures without the code that is under test.

use hkdf::Hkdf;
use muster_credential::cti::Cti;
use muster_credential::digits;
use muster_credential::keys::signing::SigningKey;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::Sha256;
use uuid::Uuid;

pub const HOST: &str = "muster.example.edu";
pub const HOLDER: &str = "01932f6e-3c80-7a1b-9c4d-5e6f708192a3";
pub const SCOPE: &str = "01932f6e-4b20-7c3d-8e4f-a1b2c3d4e5f6";
pub const RECORD: &str = "01932f6e-5a00-7e2f-8a6b-0718293a4b5c";
pub const NOT_BEFORE: u64 = 1_732_060_800;
pub const EXPIRES: u64 = 1_735_689_600;

/// The key of 32 bytes that count up from `first`.
pub fn secret(first: u8) -> [u8; 32] {
    std::array::from_fn(|at| first.wrapping_add(u8::try_from(at).unwrap_or(0)))
}

/// The pair of a key, by the README's words.
pub fn pair(first: u8) -> Ed25519KeyPair {
    let mut seed = [0; 32];
    let kdf = Hkdf::<Sha256>::new(None, &secret(first));
    kdf.expand(b"muster signing seed 1", &mut seed).expect("32 bytes are few");
    Ed25519KeyPair::from_seed_unchecked(&seed).expect("32 bytes")
}

pub fn public(first: u8) -> Vec<u8> {
    pair(first).public_key().as_ref().to_vec()
}

pub fn kid(first: u8) -> Vec<u8> {
    SigningKey::from_bytes(secret(first)).id().0.to_vec()
}

pub fn tail(id: &str) -> Vec<u8> {
    id.parse::<Uuid>().expect("an id").as_bytes()[8..].to_vec()
}

pub fn cti(first: u8) -> Vec<u8> {
    let secret = SigningKey::from_bytes(secret(first)).issuing_secret();
    Cti::derive(&secret, RECORD.parse().expect("an id"), 1).as_bytes().to_vec()
}

/// The beginning of an item of CBOR.
pub fn head(kind: u8, value: u64) -> Vec<u8> {
    let bytes = value.to_be_bytes();
    let (extra, from) = match value {
        0..=23 => return vec![kind << 5 | bytes[7]],
        24..=0xff => (24, 7),
        0x100..=0xffff => (25, 6),
        0x1_0000..=0xffff_ffff => (26, 4),
        _ => (27, 0),
    };
    [&[(kind << 5) + extra], &bytes[from..]].concat()
}

pub fn bstr(bytes: &[u8]) -> Vec<u8> {
    [head(2, bytes.len() as u64).as_slice(), bytes].concat()
}

pub fn text(text: &str) -> Vec<u8> {
    [head(3, text.len() as u64).as_slice(), text.as_bytes()].concat()
}

pub fn join(parts: &[Vec<u8>]) -> Vec<u8> {
    parts.concat()
}

/// The five claims, each as its own bytes, to be changed one by one.
#[derive(Clone)]
pub struct Parts {
    pub map: Vec<u8>,
    pub holder: Vec<u8>,
    pub expires: Vec<u8>,
    pub not_before: Vec<u8>,
    pub cti: Vec<u8>,
    pub purpose: Vec<u8>,
}

impl Parts {
    pub fn new() -> Self {
        Self {
            map: head(5, 5),
            holder: join(&[head(0, 2), text("nE1eb3CBkqM")]),
            expires: join(&[head(0, 4), head(0, EXPIRES)]),
            not_before: join(&[head(0, 5), head(0, NOT_BEFORE)]),
            cti: join(&[head(0, 7), bstr(&cti(0))]),
            purpose: purpose(1, &tail(SCOPE)),
        }
    }

    pub fn payload(&self) -> Vec<u8> {
        [&self.map, &self.holder, &self.expires, &self.not_before, &self.cti, &self.purpose]
            .map(Vec::as_slice)
            .concat()
    }
}

pub fn purpose(kind: u64, scope: &[u8]) -> Vec<u8> {
    join(&[head(1, 65_536), head(4, 2), head(0, kind), bstr(scope)])
}

pub fn header(kid: &[u8]) -> Vec<u8> {
    join(&[head(5, 2), head(0, 1), head(1, 18), head(0, 4), bstr(kid)])
}

pub fn signed_bytes(header: &[u8], payload: &[u8]) -> Vec<u8> {
    join(&[head(4, 4), text("Signature1"), bstr(header), bstr(b""), bstr(payload)])
}

pub fn sign(first: u8, message: &[u8]) -> Vec<u8> {
    pair(first).sign(message).as_ref().to_vec()
}

/// A whole message of these headers and claims, signed as it should be.
pub fn message(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let signature = sign(0, &signed_bytes(header, payload));
    put_together(header, payload, &signature)
}

pub fn put_together(header: &[u8], payload: &[u8], signature: &[u8]) -> Vec<u8> {
    join(&[head(6, 18), head(4, 4), bstr(header), head(5, 0), bstr(payload), bstr(signature)])
}

/// A message of these claims.
pub fn claims(parts: &Parts) -> Vec<u8> {
    message(&header(&kid(0)), &parts.payload())
}

pub fn good() -> Vec<u8> {
    claims(&Parts::new())
}

pub fn bare(bytes: &[u8]) -> String {
    format!("MUSTER:{}", digits::encode(bytes))
}

pub fn link(bytes: &[u8]) -> String {
    format!("https://{HOST}/v#{}", digits::encode(bytes))
}
