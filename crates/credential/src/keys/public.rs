//! The public halves of signing keys: what verifies credentials, for everybody to have. As a JSON
//! Web Key Set (RFC 7517, 8037), which browsers import.

use super::file::KeyRing;
use super::signing::{SigningKey, SigningKeyId};
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use ring::signature::{ED25519, UnparsedPublicKey};
use serde_json::{Value, json};

/// The field's prime, 2^255 − 19, and the numbers y of points of small order, lowest byte first.
const PRIME: [u8; 32] = tail(0xed, 0xff, 0x7f);
const SMALL_ORDER: [[u8; 32]; 5] = [
    tail(0, 0, 0),
    tail(1, 0, 0),
    tail(0xec, 0xff, 0x7f),
    *b"\x26\xe8\x95\x8f\xc2\xb2\x27\xb0\x45\xc3\xf4\x89\xf2\xef\x98\xf0\
       \xd5\xdf\xac\x05\xd3\xc6\x33\x39\xb1\x38\x02\x88\x6d\x53\xfc\x05",
    *b"\xc7\x17\x6a\x70\x3d\x4d\xd8\x4f\xba\x3c\x0b\x76\x0d\x10\x67\x0f\
       \x2a\x20\x53\xfa\x2c\x39\xcc\xc6\x4e\xc7\xfd\x77\x92\xac\x03\x7a",
];

/// A public key of Ed25519.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PublicKey([u8; 32]);

/// The keys whose credentials are taken. An id may name several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<(SigningKeyId, PublicKey)>);

/// Why a text is no set of keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// No JSON Web Key Set.
    #[error("this is no JSON Web Key Set")]
    Format,
    /// A key that is not for Ed25519.
    #[error("a key is of another kind than Ed25519")]
    Type,
    /// A key's id is not eight bytes in lower-case hexadecimal.
    #[error("a key's id is not 16 hexadecimal digits")]
    Id,
    /// A key is not 32 bytes, or such that anybody can sign for it.
    #[error("a key is no sound public key of Ed25519")]
    Key,
}

impl PublicKey {
    /// A key of these bytes; none if they are no point in its one spelling, or one of the few
    /// under which everything is signed.
    pub fn from_bytes(bytes: [u8; 32]) -> Option<Self> {
        is_sound(&bytes).then_some(Self(bytes))
    }

    /// The key of a pair that was made here.
    pub(crate) fn of_pair(bytes: &[u8]) -> Self {
        let mut own = [0; 32];
        own.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        Self(own)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether this key has signed the message: S below the group's order, R a point of full
    /// order in its one spelling, and R = S·B − h·A without a cofactor.
    pub(crate) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let sound = signature.first_chunk().is_some_and(is_sound);
        sound && UnparsedPublicKey::new(&ED25519, &self.0).verify(message, signature).is_ok()
    }
}

impl KeySet {
    /// Adds a key under a name, which need not be the one that it would have here.
    pub fn add(&mut self, id: SigningKeyId, key: PublicKey) {
        self.0.push((id, key));
    }

    /// The keys of this name.
    pub fn named(&self, id: SigningKeyId) -> impl Iterator<Item = &PublicKey> {
        self.0.iter().filter(move |(own, _)| *own == id).map(|(_, key)| key)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &(SigningKeyId, PublicKey)> {
        self.0.iter()
    }

    /// The JSON Web Key Set.
    pub fn to_json(&self) -> Value {
        let key = |(id, key): &(SigningKeyId, PublicKey)| {
            json!({
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "Ed25519",
                "use": "sig",
                "kid": id.to_string(),
                "x": BASE64URL_NOPAD.encode(&key.0),
            })
        };
        json!({ "keys": self.0.iter().map(key).collect::<Vec<_>>() })
    }

    /// Reads a JSON Web Key Set, refusing it whole where one key is not as it should be.
    pub fn from_json(set: &Value) -> Result<Self, KeySetError> {
        let keys = set.get("keys").and_then(Value::as_array).ok_or(KeySetError::Format)?;
        keys.iter().map(read).collect::<Result<_, _>>().map(Self)
    }
}

/// The keys of a file, the active one first.
impl From<&KeyRing<SigningKey>> for KeySet {
    fn from(ring: &KeyRing<SigningKey>) -> Self {
        Self(ring.iter().map(|key| (key.id(), *key.public())).collect())
    }
}

fn read(key: &Value) -> Result<(SigningKeyId, PublicKey), KeySetError> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    let bytes = |name: &str| BASE64URL_NOPAD.decode(text(name)?.as_bytes()).ok();
    if text("kty") != Some("OKP") || text("crv") != Some("Ed25519") {
        return Err(KeySetError::Type);
    }
    let id = text("kid").and_then(|id| HEXLOWER.decode(id.as_bytes()).ok());
    let id = id.and_then(|id| id.try_into().ok()).ok_or(KeySetError::Id)?;
    let public = bytes("x").and_then(|bytes| bytes.try_into().ok()).and_then(PublicKey::from_bytes);
    Ok((SigningKeyId(id), public.ok_or(KeySetError::Key)?))
}

/// Whether a point is spelled in its one way, and is not of small order. Whether there is such a
/// point at all shows when a signature is verified: none ever is.
fn is_sound(point: &[u8; 32]) -> bool {
    let mut y = *point;
    if let Some(last) = y.last_mut() {
        *last &= 0x7f;
    }
    let below = y.iter().rev().lt(PRIME.iter().rev());
    below && !SMALL_ORDER.contains(&y)
}

/// 32 bytes: the first, thirty alike, the last.
const fn tail(first: u8, middle: u8, last: u8) -> [u8; 32] {
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}
