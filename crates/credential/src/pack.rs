//! The offline pack of a verifier: bytes that the institution signed as a pack and as nothing else,
//! and in it what opens only with a credential that is presented, or on the device it was made for.

mod seal;

pub use seal::{Sealed, names_place};

use crate::cbor::{ARRAY, BYTES, CborError, MAP, NEGATIVE, Reader, TAG, TEXT, UNSIGNED, Writer};
use crate::keys::public::KeySet;
use crate::keys::signing::{SigningKey, SigningKeyId};

const COSE_SIGN1: u64 = 18;
const CONTEXT: &[u8] = b"Signature1";
const ALGORITHM: u64 = 1;
const CONTENT_TYPE: u64 = 3;
const KEY_ID: u64 = 4;
/// The algorithm −19 as CBOR writes it: −1 − 18.
const ED25519: u64 = 18;
/// What is signed is JSON of this kind. A credential has no such header and refuses one, so that
/// neither ever passes for the other.
const KIND: &[u8] = b"application/muster-pack+json";

/// Why bytes are no pack of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// Not a signed message around a pack: damaged, cut off, or something else.
    #[error("this is no pack")]
    Malformed,
    /// Signed with a key that is not among ours.
    #[error("this pack was signed elsewhere, or by a key that was withdrawn")]
    UnknownKey(SigningKeyId),
    /// The signature is not the key's.
    #[error("this pack is forged")]
    Forged,
}

impl PackError {
    /// Its name in vectors.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::UnknownKey(_) => "unknown-key",
            Self::Forged => "forged",
        }
    }
}

/// Whatever the reader of CBOR finds wrong: a pack is made by programs alone, which need no more.
impl From<CborError> for PackError {
    fn from(_: CborError) -> Self {
        Self::Malformed
    }
}

/// The signed bytes of a pack.
pub fn sign(key: &SigningKey, content: &[u8]) -> Vec<u8> {
    let signature = key.sign(&signed_bytes(key.id(), content));
    Writer::new()
        .head(TAG, COSE_SIGN1)
        .head(ARRAY, 4)
        .string(BYTES, &header(key.id()))
        .head(MAP, 0)
        .string(BYTES, content)
        .string(BYTES, &signature)
        .done()
}

/// What a pack holds, if one of the keys has signed it.
pub fn open<'p>(bytes: &'p [u8], keys: &KeySet) -> Result<&'p [u8], PackError> {
    let mut reader = Reader::new(bytes);
    expect(reader.is(TAG, COSE_SIGN1)? && reader.is(ARRAY, 4)?)?;
    let key = read_header(reader.string(BYTES)?)?;
    expect(reader.is(MAP, 0)?)?;
    let content = reader.string(BYTES)?;
    let signature = reader.string(BYTES)?.try_into().map_err(|_| PackError::Malformed)?;
    reader.end()?;
    let mut named = keys.named(key).peekable();
    if named.peek().is_none() {
        return Err(PackError::UnknownKey(key));
    }
    let message = signed_bytes(key, content);
    let genuine = named.any(|key| key.has_signed(&message, &signature));
    if genuine { Ok(content) } else { Err(PackError::Forged) }
}

fn signed_bytes(key: SigningKeyId, content: &[u8]) -> Vec<u8> {
    Writer::new()
        .head(ARRAY, 4)
        .string(TEXT, CONTEXT)
        .string(BYTES, &header(key))
        .string(BYTES, b"")
        .string(BYTES, content)
        .done()
}

fn header(key: SigningKeyId) -> Vec<u8> {
    Writer::new()
        .head(MAP, 3)
        .head(UNSIGNED, ALGORITHM)
        .head(NEGATIVE, ED25519)
        .head(UNSIGNED, CONTENT_TYPE)
        .string(TEXT, KIND)
        .head(UNSIGNED, KEY_ID)
        .string(BYTES, &key.0)
        .done()
}

fn read_header(bytes: &[u8]) -> Result<SigningKeyId, PackError> {
    let mut reader = Reader::new(bytes);
    expect(reader.is(MAP, 3)? && reader.is(UNSIGNED, ALGORITHM)? && reader.is(NEGATIVE, ED25519)?)?;
    expect(reader.is(UNSIGNED, CONTENT_TYPE)? && reader.string(TEXT)? == KIND)?;
    expect(reader.is(UNSIGNED, KEY_ID)?)?;
    let id = reader.string(BYTES)?.try_into().map_err(|_| PackError::Malformed)?;
    reader.end()?;
    Ok(SigningKeyId(id))
}

const fn expect(fine: bool) -> Result<(), PackError> {
    if fine { Ok(()) } else { Err(PackError::Malformed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cti::Cti;
    use crate::keys::file::KeyRing;
    use crate::payload::{Claims, Kind, ShortId, Validity};
    use crate::signature::Credential;
    use uuid::Uuid;

    fn key(byte: u8) -> SigningKey {
        SigningKey::from_bytes([byte; 32])
    }

    fn keys(byte: u8) -> KeySet {
        KeySet::from(&KeyRing::from(key(byte)))
    }

    #[test]
    fn a_pack_opens_whole_and_unchanged_alone() {
        let pack = sign(&key(1), b"{\"format\":1}");
        assert_eq!(open(&pack, &keys(1)), Ok(&b"{\"format\":1}"[..]));
        assert_eq!(open(&pack, &keys(2)), Err(PackError::UnknownKey(key(1).id())));
        for at in 0..pack.len() {
            assert!(open(&pack[..at], &keys(1)).is_err(), "a download that ended at {at}");
            let mut changed = pack.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &keys(1)).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_pack_is_no_credential_and_a_credential_no_pack() {
        let claims = Claims {
            kind: Kind::Pass,
            scope: ShortId([1; 8]),
            holder: ShortId([2; 8]),
            validity: Validity::new(1, 2).unwrap(),
            cti: Cti::from_bytes([3; 16]),
        };
        let credential = Credential::sign(&key(1), claims);
        assert_eq!(open(&credential.to_bytes(), &keys(1)), Err(PackError::Malformed));
        assert!(Credential::from_bytes(&sign(&key(1), &claims.to_cbor())).is_err());
    }

    #[test]
    fn what_is_sealed_opens_in_its_place_alone() {
        let cti = Cti::from_bytes([7; 16]);
        let sealed = Sealed::under(&cti).seal([1; 12], &cti.digest(), b"Ada Rao");
        assert!(!sealed.windows(3).any(|bytes| bytes == b"Ada"));
        let open = |cti: &Cti, place: &[u8]| Sealed::under(cti).open(place, &sealed);
        assert_eq!(open(&cti, &cti.digest()).as_deref(), Some(&b"Ada Rao"[..]));
        let other = Cti::from_bytes([8; 16]);
        assert_eq!(open(&other, &cti.digest()), None);
        assert_eq!(open(&cti, &other.digest()), None);
        let names = crate::keys::MasterKey::from_bytes([1; 32]).names_key(Uuid::nil());
        let place = names_place(Uuid::nil());
        let list = Sealed::for_device(&names).seal([1; 12], &place, b"[]");
        assert_eq!(Sealed::for_device(&names).open(&place, &list).as_deref(), Some(&b"[]"[..]));
        assert_eq!(Sealed::for_device(&names).open(&place, &list[..9]), None);
    }
}
