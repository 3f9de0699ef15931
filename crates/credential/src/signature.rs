//! The signed credential: made by whoever holds the key file, verified by anybody who knows the
//! public keys, with no network.

mod envelope;
mod link;

pub use envelope::EnvelopeError;

use crate::cbor::CborError;
use crate::digits::DigitsError;
use crate::keys::public::KeySet;
use crate::keys::signing::{SigningKey, SigningKeyId};
use crate::payload::{Claims, PayloadError};
use std::fmt;

/// A credential that was read. Reading proves nothing: [`Credential::verify`] does.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    key: SigningKeyId,
    claims: Claims,
    /// The claims as they were read: what the signature covers.
    payload: Vec<u8>,
    signature: [u8; 64],
}

/// Why something that was presented is no credential of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Some other QR.
    #[error("this is no docket, pass or badge of Muster")]
    NotOurs,
    /// It looks like one, but was damaged, made up, or made by a newer Muster.
    #[error("this credential can't be read: {0}")]
    Malformed(#[from] Malformed),
    /// Signed with a key that is not among ours.
    #[error("this credential was issued elsewhere, or by a key that was withdrawn")]
    UnknownKey(SigningKeyId),
    /// The signature is not the key's.
    #[error("this credential is forged")]
    Forged,
}

/// What is wrong with a credential that can't be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Its digits.
    #[error(transparent)]
    Digits(#[from] DigitsError),
    /// The signed message around the claims.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The claims.
    #[error(transparent)]
    Payload(#[from] PayloadError),
}

/// Reads what was scanned and verifies it: what it says, if one of the keys has signed it.
/// Whether it is still wanted, and here and now, is the record's and the verifier's to say.
pub fn verify(text: &str, keys: &KeySet) -> Result<Claims, Refusal> {
    text.parse::<Credential>()?.verify(keys)
}

impl Credential {
    /// Signs claims. The same claims and key give the same credential.
    pub fn sign(key: &SigningKey, claims: Claims) -> Self {
        let payload = claims.to_cbor();
        let signature = key.sign(&envelope::signed_bytes(key.id(), &payload));
        Self { key: key.id(), claims, payload, signature }
    }

    /// What it says, if one of the keys has signed it.
    pub fn verify(&self, keys: &KeySet) -> Result<Claims, Refusal> {
        let message = envelope::signed_bytes(self.key, &self.payload);
        let mut named = keys.named(self.key).peekable();
        if named.peek().is_none() {
            return Err(Refusal::UnknownKey(self.key));
        }
        let genuine = named.any(|key| key.has_signed(&message, &self.signature));
        if genuine { Ok(self.claims) } else { Err(Refusal::Forged) }
    }

    /// The key that it names; several keys may have that name.
    pub const fn key(&self) -> SigningKeyId {
        self.key
    }
}

/// Whoever has the signature can show the credential, so it is left out.
impl fmt::Debug for Credential {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Credential({:?}, {:?})", self.key, self.claims)
    }
}

impl Refusal {
    /// Its name in records, answers and vectors.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::NotOurs => "not-ours",
            Self::Malformed(reason) => reason.name(),
            Self::UnknownKey(_) => "unknown-key",
            Self::Forged => "forged",
        }
    }
}

impl Malformed {
    const fn name(&self) -> &'static str {
        match self {
            Self::Digits(DigitsError::Empty) => "digits-empty",
            Self::Digits(DigitsError::Character) => "digits-character",
            Self::Digits(DigitsError::Length) => "digits-length",
            Self::Digits(DigitsError::Overflow) => "digits-overflow",
            Self::Envelope(EnvelopeError::Cbor(error))
            | Self::Payload(PayloadError::Cbor(error)) => cbor_name(*error),
            Self::Envelope(EnvelopeError::Envelope) => "envelope",
            Self::Envelope(EnvelopeError::Header) => "header",
            Self::Envelope(EnvelopeError::Algorithm) => "algorithm",
            Self::Payload(PayloadError::Claims) => "claims",
            Self::Payload(PayloadError::Kind(_)) => "kind",
            Self::Payload(PayloadError::Id) => "id",
            Self::Payload(PayloadError::Validity) => "validity",
        }
    }
}

const fn cbor_name(error: CborError) -> &'static str {
    match error {
        CborError::Truncated => "cbor-truncated",
        CborError::NotShortest => "cbor-not-shortest",
        CborError::Indefinite => "cbor-indefinite",
        CborError::Range => "cbor-range",
        CborError::Type => "cbor-type",
        CborError::Trailing => "cbor-trailing",
    }
}
