//! The keys that sign credentials, and what follows from each: the ids and readable codes of the
//! credentials that were issued with it.

use super::line::{self, LineKey};
use super::public::PublicKey;
use super::{KeyLineError, secret};
use crate::mac;
use data_encoding::HEXLOWER;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

const ID_LABEL: &[u8] = b"muster signing key id 1";
const SEED_LABEL: &[u8] = b"muster signing seed 1";
const ISSUING_LABEL: &[u8] = b"muster issuing secret 1";
const LOOKUP_LABEL: &[u8] = b"muster readable lookup key 1";

/// The public name of a signing key, derived from its public half. Nothing keeps two keys of
/// different nodes from having the same one; whoever verifies tries them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SigningKeyId(pub [u8; 8]);

/// 32 secret bytes with which an institution signs credentials. Never shown by `Debug`.
#[derive(Clone)]
pub struct SigningKey {
    secret: Zeroizing<[u8; 32]>,
    seed: Zeroizing<[u8; 32]>,
    public: PublicKey,
    id: SigningKeyId,
}

/// From which the ids and readable codes of credentials follow.
#[derive(Clone)]
pub struct IssuingSecret(pub(crate) [u8; 32]);

/// Under which readable codes are stored.
#[derive(Clone)]
pub struct LookupKey(pub(crate) [u8; 32]);

impl SigningKey {
    /// A key of these bytes, which must come from a cryptographic random generator.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let secret = Zeroizing::new(bytes);
        let seed = Zeroizing::new(mac::derive(secret.as_slice(), &[SEED_LABEL]));
        let public = PublicKey::of_pair(pair(&seed).public_key().as_ref());
        let id = SigningKeyId::of(&public);
        Self { secret, seed, public, id }
    }

    /// Reads a line of a key file, surrounding white space aside.
    pub fn parse_line(line: &str) -> Result<Self, KeyLineError> {
        line::parse(line)
    }

    /// The line of a key file that holds this key. Secret: for the file alone.
    pub fn to_line(&self) -> Zeroizing<String> {
        line::write(self)
    }

    /// The public name of this key.
    pub const fn id(&self) -> SigningKeyId {
        self.id
    }

    /// The half that verifies, for everybody.
    pub const fn public(&self) -> &PublicKey {
        &self.public
    }

    /// From which the ids and readable codes of credentials follow.
    pub fn issuing_secret(&self) -> IssuingSecret {
        IssuingSecret(mac::derive(self.secret.as_slice(), &[ISSUING_LABEL]))
    }

    /// Under which readable codes are stored.
    pub fn lookup_key(&self) -> LookupKey {
        LookupKey(mac::derive(self.secret.as_slice(), &[LOOKUP_LABEL]))
    }

    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut bytes = [0; 64];
        let signature = pair(&self.seed).sign(message);
        bytes.iter_mut().zip(signature.as_ref()).for_each(|(to, from)| *to = *from);
        bytes
    }
}

fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    #[expect(clippy::expect_used, reason = "every 32 bytes are a seed of Ed25519")]
    Ed25519KeyPair::from_seed_unchecked(seed).expect("32 bytes")
}

impl LineKey for SigningKey {
    type Id = SigningKeyId;
    const NAME: &'static str = "muster-signing-key-1";
    const HEADER: &'static str = "\
        # Muster's signing keys. Whoever reads this file can issue dockets, passes and badges: keep\n\
        # it secret, keep a copy apart from the database. The first key is the active one; without\n\
        # the others what they signed is no longer admitted.\n";

    fn of(bytes: [u8; 32]) -> Self {
        Self::from_bytes(bytes)
    }

    fn secret(&self) -> &[u8; 32] {
        &self.secret
    }

    fn name(&self) -> SigningKeyId {
        self.id
    }
}

impl SigningKeyId {
    /// The name of a public key.
    pub fn of(key: &PublicKey) -> Self {
        let digest = Sha256::new().chain_update(ID_LABEL).chain_update(key.as_bytes()).finalize();
        Self(mac::first(&digest.into()))
    }
}

impl fmt::Display for SigningKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for SigningKeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKeyId({self})")
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({})", self.id)
    }
}

secret!(IssuingSecret, LookupKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back() {
        let key = SigningKey::from_bytes([7; 32]);
        let read = SigningKey::parse_line(&key.to_line()).unwrap();
        assert_eq!((read.id(), *read.secret), (key.id(), *key.secret));
    }

    #[test]
    fn a_line_of_another_kind_or_a_damaged_one_is_refused() {
        let line = SigningKey::from_bytes([7; 32]).to_line();
        let refusal = |line: &str| SigningKey::parse_line(line).unwrap_err();
        let master = line.replace("muster-signing-key-1", "muster-key-1");
        assert_eq!(refusal(&master), KeyLineError::Format("muster-signing-key-1"));
        assert_eq!(refusal(&line.replace("BwcH", "BwcI")), KeyLineError::Mismatch);
    }

    #[test]
    fn debug_never_shows_a_secret() {
        let key = SigningKey::from_bytes([7; 32]);
        let shown = format!("{key:?} {:?} {:?}", key.issuing_secret(), key.lookup_key());
        let wanted = format!("SigningKey({}) IssuingSecret(…) LookupKey(…)", key.id());
        assert_eq!(shown, wanted);
    }

    #[test]
    fn every_purpose_has_its_own_secret() {
        let key = SigningKey::from_bytes([7; 32]);
        let all = [*key.secret, *key.seed, key.issuing_secret().0, key.lookup_key().0];
        for (at, one) in all.iter().enumerate() {
            assert!(all.iter().skip(at + 1).all(|other| one != other), "{at}");
        }
    }
}
