//! The signed message: `COSE_Sign1` (RFC 9052, tag 18) with Ed25519 (algorithm −19, RFC 9864).
//! One header and one spelling; anything else is refused, critical headers among it.

use super::{Credential, Malformed};
use crate::cbor::{ARRAY, BYTES, CborError, MAP, NEGATIVE, Reader, TAG, TEXT, UNSIGNED, Writer};
use crate::keys::signing::SigningKeyId;
use crate::payload::Claims;

const COSE_SIGN1: u64 = 18;
const CONTEXT: &[u8] = b"Signature1";
/// Header parameters, and the algorithm −19 as CBOR writes it: −1 − 18.
const ALGORITHM: u64 = 1;
const KEY_ID: u64 = 4;
const ED25519: u64 = 18;

/// Why bytes are no signed message of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// They are not CBOR in its one spelling.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Not tag 18 around four parts, or a signature of another length.
    #[error("it is no signed message")]
    Envelope,
    /// A header is missing, unknown, twice there, out of order or unprotected.
    #[error("its headers are not those of a credential")]
    Header,
    /// Signed by another algorithm.
    #[error("it was signed by another algorithm")]
    Algorithm,
}

/// What is signed: the context, the headers, no external data, the claims.
pub(super) fn signed_bytes(key: SigningKeyId, payload: &[u8]) -> Vec<u8> {
    Writer::new()
        .head(ARRAY, 4)
        .string(TEXT, CONTEXT)
        .string(BYTES, &header(key))
        .string(BYTES, b"")
        .string(BYTES, payload)
        .done()
}

fn header(key: SigningKeyId) -> Vec<u8> {
    Writer::new()
        .head(MAP, 2)
        .head(UNSIGNED, ALGORITHM)
        .head(NEGATIVE, ED25519)
        .head(UNSIGNED, KEY_ID)
        .string(BYTES, &key.0)
        .done()
}

fn read_header(bytes: &[u8]) -> Result<SigningKeyId, EnvelopeError> {
    let mut reader = Reader::new(bytes);
    expect(reader.is(MAP, 2)? && reader.is(UNSIGNED, ALGORITHM)?, EnvelopeError::Header)?;
    expect(reader.is(NEGATIVE, ED25519)?, EnvelopeError::Algorithm)?;
    expect(reader.is(UNSIGNED, KEY_ID)?, EnvelopeError::Header)?;
    let id = reader.string(BYTES)?.try_into().map_err(|_| EnvelopeError::Header)?;
    reader.end()?;
    Ok(SigningKeyId(id))
}

/// The parts of a message: key, claims as bytes, signature.
fn read(bytes: &[u8]) -> Result<(SigningKeyId, &[u8], [u8; 64]), EnvelopeError> {
    let mut reader = Reader::new(bytes);
    let begins = reader.is(TAG, COSE_SIGN1)? && reader.is(ARRAY, 4)?;
    expect(begins, EnvelopeError::Envelope)?;
    let key = read_header(reader.string(BYTES)?)?;
    expect(reader.is(MAP, 0)?, EnvelopeError::Header)?;
    let payload = reader.string(BYTES)?;
    let signature = reader.string(BYTES)?.try_into().map_err(|_| EnvelopeError::Envelope)?;
    reader.end()?;
    Ok((key, payload, signature))
}

const fn expect(fine: bool, error: EnvelopeError) -> Result<(), EnvelopeError> {
    if fine { Ok(()) } else { Err(error) }
}

impl Credential {
    /// Its bytes: what the digits stand for.
    pub fn to_bytes(&self) -> Vec<u8> {
        Writer::new()
            .head(TAG, COSE_SIGN1)
            .head(ARRAY, 4)
            .string(BYTES, &header(self.key))
            .head(MAP, 0)
            .string(BYTES, &self.payload)
            .string(BYTES, &self.signature)
            .done()
    }

    /// Reads bytes; takes those of [`Credential::to_bytes`] and no others.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Malformed> {
        let (key, payload, signature) = read(bytes)?;
        let claims = Claims::from_cbor(payload)?;
        Ok(Self { key, claims, payload: payload.to_vec(), signature })
    }
}
