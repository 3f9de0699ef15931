//! The keys that live outside the database: the master key with those derived from it, and the
//! keys that sign credentials.

pub mod file;
mod line;
pub mod public;
pub mod signing;

use crate::mac;
use data_encoding::HEXLOWER;
use line::LineKey;
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

const ID_LABEL: &[u8] = b"muster key id 1";
const SESSION_LABEL: &[u8] = b"muster session key 1";
const TICKET_LABEL: &[u8] = b"muster ticket key 1";
const SEALING_LABEL: &[u8] = b"muster sealing key 1";
const VERIFIER_LABEL: &[u8] = b"muster verifier key 1";
const NAMES_LABEL: &[u8] = b"muster names key 1";
const NODE_LABEL: &[u8] = b"muster node seed 1";

/// A derived key is wiped when it is dropped, and not shown.
macro_rules! secret {
    ($($name:ident),+) => {$(
        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

pub(crate) use secret;

/// The short public name of a master key, derived from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId([u8; 4]);

/// 32 secret bytes from which every other key follows. Never shown by `Debug`.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

/// The key of one session: makes and judges its class codes and one-time passwords.
#[derive(Clone)]
pub struct SessionKey(pub(crate) [u8; 32]);

/// The key that signs tickets.
#[derive(Clone)]
pub struct TicketKey(pub(crate) [u8; 32]);

/// The key that seals secrets before they are stored.
#[derive(Clone)]
pub struct SealingKey(pub(crate) [u8; 32]);

/// The key under which verifiers' devices are asked and answered.
#[derive(Clone)]
pub struct VerifierKey(pub(crate) [u8; 32]);

/// The key of one verifier's device: opens the list of names in the packs that were made for it.
#[derive(Clone)]
pub struct NamesKey(pub(crate) [u8; 32]);

impl NamesKey {
    /// Its bytes, for the device whose it is.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// Why a line is no master key. Says nothing of what stood there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyLineError {
    /// Not three parts beginning with the format's name.
    #[error("a key line reads `{0}:ID:KEY`")]
    Format(&'static str),
    /// The secret part is not 32 bytes of base64url without padding.
    #[error("the key is not 43 characters of base64url")]
    Encoding,
    /// The id does not belong to the key: the line was damaged or edited.
    #[error("the key does not match its id: the line is damaged")]
    Mismatch,
}

impl MasterKey {
    /// A master key of these bytes, which must come from a cryptographic random generator.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
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
    pub fn id(&self) -> KeyId {
        let digest = Sha256::new().chain_update(ID_LABEL).chain_update(self.0).finalize();
        KeyId(mac::first(&digest.into()))
    }

    /// The key of one session.
    pub fn session_key(&self, session: Uuid) -> SessionKey {
        SessionKey(mac::derive(&self.0, &[SESSION_LABEL, session.as_bytes()]))
    }

    /// The key that signs tickets.
    pub fn ticket_key(&self) -> TicketKey {
        TicketKey(mac::derive(&self.0, &[TICKET_LABEL]))
    }

    /// The key that seals secrets before they are stored.
    pub fn sealing_key(&self) -> SealingKey {
        SealingKey(mac::derive(&self.0, &[SEALING_LABEL]))
    }

    /// The key under which verifiers' devices are asked and answered.
    pub fn verifier_key(&self) -> VerifierKey {
        VerifierKey(mac::derive(&self.0, &[VERIFIER_LABEL]))
    }

    /// The key of one verifier's device for lists of names.
    pub fn names_key(&self, device: Uuid) -> NamesKey {
        NamesKey(mac::derive(&self.0, &[NAMES_LABEL, device.as_bytes()]))
    }

    /// From which the node's own signing key is made.
    pub(crate) fn node_seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(mac::derive(&self.0, &[NODE_LABEL]))
    }
}

impl LineKey for MasterKey {
    type Id = KeyId;
    const NAME: &'static str = "muster-key-1";
    const HEADER: &'static str = "\
        # Muster's master key. Whoever reads this file can make codes: keep it secret,\n\
        # keep a copy apart from the database. The first key is the active one.\n";

    fn of(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    fn secret(&self) -> &[u8; 32] {
        &self.0
    }

    fn name(&self) -> KeyId {
        self.id()
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "KeyId({self})")
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "MasterKey({})", self.id())
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

secret!(SessionKey, TicketKey, SealingKey, VerifierKey, NamesKey);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reads_back() {
        let key = MasterKey::from_bytes([7; 32]);
        let read = MasterKey::parse_line(&format!(" {}\n", *key.to_line())).unwrap();
        assert_eq!(read.0, key.0);
        assert_eq!(read.id(), key.id());
    }

    #[test]
    fn a_damaged_line_is_refused() {
        let line = MasterKey::from_bytes([7; 32]).to_line();
        let refusal = |line: &str| MasterKey::parse_line(line).unwrap_err();
        assert_eq!(refusal(""), KeyLineError::Format("muster-key-1"));
        assert_eq!(refusal(&line.replace("key-1", "key-2")), KeyLineError::Format("muster-key-1"));
        assert_eq!(refusal(&format!("{}:x", *line)), KeyLineError::Format("muster-key-1"));
        assert_eq!(refusal(line.get(..line.len() - 1).unwrap()), KeyLineError::Encoding);
        assert_eq!(refusal(&line.replace("BwcH", "BwcI")), KeyLineError::Mismatch);
    }

    #[test]
    fn debug_never_shows_a_secret() {
        let key = MasterKey::from_bytes([7; 32]);
        let session = Uuid::from_bytes([1; 16]);
        let (ticket, sealing) = (key.ticket_key(), key.sealing_key());
        let shown = format!("{key:?} {:?} {ticket:?} {sealing:?}", key.session_key(session));
        let wanted = format!("MasterKey({}) SessionKey(…) TicketKey(…) SealingKey(…)", key.id());
        assert_eq!(shown, wanted);
    }

    #[test]
    fn every_purpose_has_its_own_key() {
        let key = MasterKey::from_bytes([7; 32]);
        let one = key.session_key(Uuid::from_bytes([1; 16])).0;
        let two = key.session_key(Uuid::from_bytes([2; 16])).0;
        assert_ne!(one, two);
        assert_ne!(one, key.ticket_key().0);
        assert_ne!(key.sealing_key().0, key.ticket_key().0);
    }
}
