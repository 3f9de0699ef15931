//! The offline receipt: what a student's device signs when it scans a class code without a network.
//! Each names the one before, so that nothing is slipped in or left out unseen.

use crate::bytes::take;
use crate::class_code::{ClassCode, ParseError};
use crate::verifier::DeviceKey;
use data_encoding::BASE64URL_NOPAD;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What is signed begins with this.
const LABEL: &[u8] = b"muster receipt 1";
const VERSION: u8 = 1;
/// Version, id, key, sequence, the one before, time, two codes.
const BODY: usize = 1 + 16 + 16 + 8 + 32 + 8 + ClassCode::BYTES + ClassCode::BYTES;
const SIGNATURE: usize = 64;
/// The largest number that every language reads exactly.
const LARGEST: u64 = (1 << 53) - 1;

/// What stands before the first receipt of a key.
pub const NOTHING: [u8; 32] = [0; 32];

/// What a device says about a code that it saw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// By which it is acknowledged.
    pub id: Uuid,
    /// The key that signs it.
    pub key: Uuid,
    /// How many the key has signed with this one: 1, 2, 3.
    pub sequence: u64,
    /// The hash of the one before, or [`NOTHING`].
    pub previous: [u8; 32],
    /// By the device's own clock, in microseconds since 1970.
    pub scanned_at: i64,
    /// The code.
    pub code: ClassCode,
    /// The code that came next on the screen, where the device saw that, too.
    pub next: Option<ClassCode>,
}

/// A receipt as it is sent, signed by whomever it may be: reading proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed {
    /// What it says.
    pub receipt: Receipt,
    body: [u8; BODY],
    signature: [u8; SIGNATURE],
}

/// Why a text is no receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// No base64url without padding.
    #[error("a receipt is written in base64url without padding")]
    Characters,
    /// Too short or too long.
    #[error("a receipt has {} bytes", BODY + SIGNATURE)]
    Length,
    /// Made by a newer Muster, or damaged.
    #[error("receipts of this version are unknown here")]
    Version,
    /// Not 1 to 2^53 − 1.
    #[error("the number of a receipt is none")]
    Sequence,
    /// No class code.
    #[error("a receipt holds no class code")]
    Code,
    /// Neither a class code nor nothing.
    #[error("a receipt's second code is none")]
    Next,
}

impl ReceiptError {
    /// The name in the vectors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Characters => "characters",
            Self::Length => "length",
            Self::Version => "version",
            Self::Sequence => "sequence",
            Self::Code => "code",
            Self::Next => "next",
        }
    }
}

impl Receipt {
    /// The bytes that are signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        [
            &[VERSION][..],
            self.id.as_bytes(),
            self.key.as_bytes(),
            &self.sequence.to_be_bytes(),
            &self.previous,
            &self.scanned_at.to_be_bytes(),
            &self.code.to_bytes(),
            &self.next.map_or([0; ClassCode::BYTES], ClassCode::to_bytes),
        ]
        .concat()
    }

    fn from_bytes(mut rest: &[u8]) -> Result<Self, ReceiptError> {
        let short = ReceiptError::Length;
        let [version] = take(&mut rest).ok_or(short)?;
        if version != VERSION {
            return Err(ReceiptError::Version);
        }
        let id = Uuid::from_bytes(take(&mut rest).ok_or(short)?);
        let key = Uuid::from_bytes(take(&mut rest).ok_or(short)?);
        let sequence = u64::from_be_bytes(take(&mut rest).ok_or(short)?);
        if !(1..=LARGEST).contains(&sequence) {
            return Err(ReceiptError::Sequence);
        }
        let previous = take(&mut rest).ok_or(short)?;
        let scanned_at = i64::from_be_bytes(take(&mut rest).ok_or(short)?);
        let code: [u8; ClassCode::BYTES] = take(&mut rest).ok_or(short)?;
        let code = ClassCode::from_bytes(&code).map_err(|_: ParseError| ReceiptError::Code)?;
        let next: [u8; ClassCode::BYTES] = take(&mut rest).ok_or(short)?;
        let next = match next {
            [0, ..] if next == [0; ClassCode::BYTES] => None,
            next => Some(ClassCode::from_bytes(&next).map_err(|_| ReceiptError::Next)?),
        };
        if !rest.is_empty() {
            return Err(short);
        }
        Ok(Self { id, key, sequence, previous, scanned_at, code, next })
    }
}

impl Signed {
    /// Reads a receipt; whose it is, [`Signed::is_by`] says.
    pub fn parse(text: &str) -> Result<Self, ReceiptError> {
        let bytes =
            BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| ReceiptError::Characters)?;
        Self::from_bytes(&bytes)
    }

    /// Reads a receipt as it was stored.
    pub fn from_bytes(mut bytes: &[u8]) -> Result<Self, ReceiptError> {
        let body: [u8; BODY] = take(&mut bytes).ok_or(ReceiptError::Length)?;
        let signature = take(&mut bytes).ok_or(ReceiptError::Length)?;
        if !bytes.is_empty() {
            return Err(ReceiptError::Length);
        }
        Ok(Self { receipt: Receipt::from_bytes(&body)?, body, signature })
    }

    /// Its bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.body[..], &self.signature].concat()
    }

    /// As it is sent.
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.to_bytes())
    }

    /// What the next receipt of the key names as the one before it.
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.body).into()
    }

    /// Whether this key has signed it.
    pub fn is_by(&self, key: &DeviceKey) -> bool {
        key.has_signed_message(&[LABEL, &self.body].concat(), &self.signature)
    }
}

/// A device's own key of Ed25519, where no browser keeps it.
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// The key of 32 secret random bytes.
    #[expect(clippy::expect_used, clippy::missing_panics_doc, reason = "32 bytes are a seed")]
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(seed).expect("32 bytes are a seed"))
    }

    /// Its public half, as a JSON Web Key.
    pub fn public_jwk(&self) -> Value {
        let x = BASE64URL_NOPAD.encode(self.0.public_key().as_ref());
        json!({"kty": "OKP", "crv": "Ed25519", "x": x})
    }

    /// Signs what a device saw.
    pub fn sign(&self, receipt: &Receipt) -> Signed {
        let bytes = receipt.to_bytes();
        let mut body = [0; BODY];
        body.iter_mut().zip(&bytes).for_each(|(to, from)| *to = *from);
        let made = self.0.sign(&[LABEL, &body].concat());
        let mut signature = [0; SIGNATURE];
        signature.iter_mut().zip(made.as_ref()).for_each(|(to, from)| *to = *from);
        Signed { receipt: *receipt, body, signature }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    fn receipt() -> Receipt {
        let session = Uuid::from_u128(0x0193_2f6e_4b20_7c3d_8e4f_a1b2_c3d4_e5f6);
        let key = MasterKey::from_bytes([7; 32]).session_key(session);
        Receipt {
            id: Uuid::from_u128(1),
            key: Uuid::from_u128(2),
            sequence: 1,
            previous: NOTHING,
            scanned_at: 1_764_496_800_000_000,
            code: ClassCode::new(&key, session, 40),
            next: None,
        }
    }

    #[test]
    fn a_receipt_is_read_as_it_was_written_and_is_by_its_key_alone() {
        let (own, other) = (Signer::from_seed(&[1; 32]), Signer::from_seed(&[2; 32]));
        for next in [None, Some(receipt().code)] {
            let signed = own.sign(&Receipt { next, ..receipt() });
            let read = Signed::parse(&signed.to_text()).unwrap();
            assert_eq!(read, signed);
            assert_eq!(read.to_text().len(), 244);
            assert!(read.is_by(&DeviceKey::from_jwk(&own.public_jwk()).unwrap()));
            assert!(!read.is_by(&DeviceKey::from_jwk(&other.public_jwk()).unwrap()));
        }
    }

    #[test]
    fn every_bit_counts() {
        let own = Signer::from_seed(&[1; 32]);
        let key = DeviceKey::from_jwk(&own.public_jwk()).unwrap();
        let bytes = own.sign(&receipt()).to_bytes();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            if let Some(byte) = flipped.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            let stands = Signed::from_bytes(&flipped).is_ok_and(|read| read.is_by(&key));
            assert!(!stands, "bit {bit}");
        }
    }

    #[test]
    fn the_hash_is_of_what_is_said_and_not_of_how_it_was_signed() {
        let one = Signer::from_seed(&[1; 32]).sign(&receipt());
        let other = Signer::from_seed(&[2; 32]).sign(&receipt());
        assert_eq!(one.hash(), other.hash());
        let later = Signer::from_seed(&[1; 32]).sign(&Receipt { sequence: 2, ..receipt() });
        assert_ne!(one.hash(), later.hash());
    }
}
