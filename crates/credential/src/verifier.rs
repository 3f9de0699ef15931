//! How a verifier's device proves itself: it signs a challenge with the key that it made when it
//! was enrolled, and gets a token for some minutes. Nothing of it depends on the device's clock.

use crate::bytes::take;
use crate::keys::VerifierKey;
use crate::keys::public::PublicKey;
use crate::mac;
use data_encoding::BASE64URL_NOPAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::Value;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const CHALLENGE: &[u8] = b"muster verifier challenge 1";
const TOKEN: &[u8] = b"muster verifier token 1";
const PREFIX: &str = "muster-device-";
/// What a device signs begins with this line.
const SIGNED: &str = "muster verifier device 1";
const ED25519: u8 = 1;
const P256: u8 = 2;

/// The public key of a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceKey {
    /// Of Ed25519.
    Ed25519(PublicKey),
    /// Of ECDSA on P-256 with SHA-256, for browsers without the former: x, then y.
    P256([u8; 64]),
}

impl DeviceKey {
    /// Reads a JSON Web Key (RFC 7517); members that say nothing of the key are not looked at.
    pub fn from_jwk(key: &Value) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let bytes = |name: &str| BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok();
        match (text("kty")?, text("crv")?) {
            ("OKP", "Ed25519") => {
                PublicKey::from_bytes(bytes("x")?.try_into().ok()?).map(Self::Ed25519)
            }
            ("EC", "P-256") => {
                let (x, y): ([u8; 32], [u8; 32]) =
                    (bytes("x")?.try_into().ok()?, bytes("y")?.try_into().ok()?);
                Some(Self::P256([x, y].concat().try_into().ok()?))
            }
            _ => None,
        }
    }

    /// As it is stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => [&[ED25519], key.as_bytes().as_slice()].concat(),
            Self::P256(point) => [&[P256], point.as_slice()].concat(),
        }
    }

    /// Reads what was stored.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        match bytes.split_first()? {
            (&ED25519, key) => PublicKey::from_bytes(key.try_into().ok()?).map(Self::Ed25519),
            (&P256, point) => Some(Self::P256(point.try_into().ok()?)),
            _ => None,
        }
    }

    /// Whether the device signed this challenge of its own.
    pub fn has_signed(&self, device: Uuid, challenge: &str, signature: &[u8; 64]) -> bool {
        let message = format!("{SIGNED}\n{device}\n{challenge}");
        self.has_signed_message(message.as_bytes(), signature)
    }

    /// Whether this key has signed these bytes, which begin with a label of what they are.
    pub(crate) fn has_signed_message(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        match self {
            Self::Ed25519(key) => key.has_signed(message, signature),
            Self::P256(point) => {
                let point = [&[4], point.as_slice()].concat();
                let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
                key.verify(message, signature).is_ok()
            }
        }
    }
}

/// A challenge for a device, to be answered before `until`; `random` must be fresh.
pub fn challenge(key: &VerifierKey, device: Uuid, until: i64, random: [u8; 16]) -> String {
    let tag: [u8; 16] = mac::first(&challenge_tag(key, device, until, random));
    BASE64URL_NOPAD.encode(&[&until.to_be_bytes()[..], &random, &tag].concat())
}

/// Whether that is a challenge of ours for this device that can still be answered.
pub fn is_open(key: &VerifierKey, device: Uuid, challenge: &str, now: i64) -> bool {
    let read = || {
        let bytes = BASE64URL_NOPAD.decode(challenge.as_bytes()).ok()?;
        let mut rest = bytes.as_slice();
        let (until, random) = (i64::from_be_bytes(take(&mut rest)?), take(&mut rest)?);
        let own: [u8; 16] = mac::first(&challenge_tag(key, device, until, random));
        Some(bool::from(own.as_slice().ct_eq(rest)) && now < until)
    };
    read().unwrap_or_default()
}

fn challenge_tag(key: &VerifierKey, device: Uuid, until: i64, random: [u8; 16]) -> [u8; 32] {
    mac::hmac(&key.0, &[CHALLENGE, device.as_bytes(), &until.to_be_bytes(), &random])
}

/// A token with which a device acts before `until`.
pub fn token(key: &VerifierKey, device: Uuid, until: i64) -> String {
    let bytes = [device.as_bytes(), &until.to_be_bytes()[..], &token_tag(key, device, until)];
    format!("{PREFIX}{}", BASE64URL_NOPAD.encode(&bytes.concat()))
}

/// Whether a text is meant as the token of a device.
pub fn is_token(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// The device whose token that is, if it still holds.
pub fn holder(key: &VerifierKey, token: &str, now: i64) -> Option<Uuid> {
    let bytes = BASE64URL_NOPAD.decode(token.strip_prefix(PREFIX)?.as_bytes()).ok()?;
    let mut rest = bytes.as_slice();
    let device = Uuid::from_bytes(take(&mut rest)?);
    let until = i64::from_be_bytes(take(&mut rest)?);
    let genuine: bool = token_tag(key, device, until).as_slice().ct_eq(rest).into();
    (genuine && now < until).then_some(device)
}

fn token_tag(key: &VerifierKey, device: Uuid, until: i64) -> [u8; 32] {
    mac::hmac(&key.0, &[TOKEN, device.as_bytes(), &until.to_be_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair};
    use serde_json::json;

    const DEVICE: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn key(byte: u8) -> VerifierKey {
        MasterKey::from_bytes([byte; 32]).verifier_key()
    }

    #[test]
    fn a_challenge_is_open_for_its_device_until_its_end() {
        let text = challenge(&key(1), DEVICE, 100, [7; 16]);
        assert!(is_open(&key(1), DEVICE, &text, 99));
        assert!(!is_open(&key(1), DEVICE, &text, 100));
        assert!(!is_open(&key(1), OTHER, &text, 99));
        assert!(!is_open(&key(2), DEVICE, &text, 99));
        assert!(!is_open(&key(1), DEVICE, &text[1..], 99));
    }

    #[test]
    fn a_token_names_its_device_until_its_end() {
        let text = token(&key(1), DEVICE, 100);
        assert!(is_token(&text));
        assert_eq!(holder(&key(1), &text, 99), Some(DEVICE));
        assert_eq!(holder(&key(1), &text, 100), None);
        assert_eq!(holder(&key(2), &text, 99), None);
        for at in 0..text.len() {
            assert_eq!(holder(&key(1), &text[..at], 99), None, "{at} characters");
        }
    }

    #[test]
    fn keys_of_both_kinds_are_read_stored_and_verify_their_own_challenge() {
        let message = format!("{SIGNED}\n{DEVICE}\nasked");
        let pair = Ed25519KeyPair::from_seed_unchecked(&[5; 32]).unwrap();
        let x = BASE64URL_NOPAD.encode(pair.public_key().as_ref());
        let jwk = json!({"kty": "OKP", "crv": "Ed25519", "x": x, "ext": true});
        let signed: [u8; 64] = pair.sign(message.as_bytes()).as_ref().try_into().unwrap();
        check(&jwk, &signed);
        let random = SystemRandom::new();
        let kind = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let stored = EcdsaKeyPair::generate_pkcs8(kind, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(kind, stored.as_ref(), &random).unwrap();
        let (x, y) = pair.public_key().as_ref()[1..].split_at(32);
        let [x, y] = [x, y].map(|half| BASE64URL_NOPAD.encode(half));
        let jwk = json!({"kty": "EC", "crv": "P-256", "x": x, "y": y});
        let signed = pair.sign(&random, message.as_bytes()).unwrap();
        check(&jwk, signed.as_ref().try_into().unwrap());
    }

    fn check(jwk: &Value, signed: &[u8; 64]) {
        let key = DeviceKey::from_jwk(jwk).unwrap();
        assert_eq!(DeviceKey::from_bytes(&key.to_bytes()), Some(key));
        assert!(key.has_signed(DEVICE, "asked", signed));
        assert!(!key.has_signed(OTHER, "asked", signed));
        assert!(!key.has_signed(DEVICE, "other", signed));
    }

    #[test]
    fn other_keys_are_refused() {
        for jwk in [
            json!({"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
            json!({"kty": "OKP", "crv": "Ed25519", "x": "AAAA"}),
            json!({"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"}),
            json!({}),
        ] {
            assert_eq!(DeviceKey::from_jwk(&jwk), None, "{jwk}");
        }
        assert_eq!(DeviceKey::from_bytes(&[]), None);
        assert_eq!(DeviceKey::from_bytes(&[3; 33]), None);
    }
}
