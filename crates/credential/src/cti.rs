//! The id inside a credential, which only its issuer can make and only its holder can show.

use crate::keys::signing::IssuingSecret;
use crate::mac;
use sha2::{Digest, Sha256};
use std::fmt;
use subtle::ConstantTimeEq;
use uuid::Uuid;

const LABEL: &[u8] = b"muster cti 1";
/// How many bytes it has.
pub(crate) const BYTES: usize = 16;

/// A credential's id. It follows from the record, the number of its issue and the key file, so
/// that the same QR can be drawn again; a database holds its [digest](Cti::digest) alone.
#[derive(Clone, Copy)]
pub struct Cti([u8; BYTES]);

impl Cti {
    /// The id of one issue of a record: a docket's, a pass's, a badge's.
    pub fn derive(secret: &IssuingSecret, record: Uuid, issue: u32) -> Self {
        let parts: [&[u8]; 3] = [LABEL, record.as_bytes(), &issue.to_be_bytes()];
        Self(mac::first(&mac::hmac(&secret.0, &parts)))
    }

    /// The id of these bytes, as they stand in a credential.
    pub const fn from_bytes(bytes: [u8; BYTES]) -> Self {
        Self(bytes)
    }

    /// Its bytes, as they stand in a credential.
    pub const fn as_bytes(&self) -> &[u8; BYTES] {
        &self.0
    }

    /// SHA-256 of the id: what a database stores and finds it by.
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// Takes the same time wherever the two differ.
impl PartialEq for Cti {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Cti {}

impl fmt::Debug for Cti {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Cti(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::signing::SigningKey;

    #[test]
    fn every_issue_of_every_record_under_every_key_has_its_own() {
        let one = SigningKey::from_bytes([1; 32]).issuing_secret();
        let two = SigningKey::from_bytes([2; 32]).issuing_secret();
        let (record, other) = (Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        let first = Cti::derive(&one, record, 1);
        assert_eq!(first, Cti::derive(&one, record, 1));
        for cti in [(&one, record, 2), (&one, other, 1), (&two, record, 1)]
            .map(|(secret, record, issue)| Cti::derive(secret, record, issue))
        {
            assert_ne!(first, cti);
            assert_ne!(first.digest(), cti.digest());
        }
    }

    #[test]
    fn it_is_not_shown() {
        assert_eq!(format!("{:?}", Cti::from_bytes([7; BYTES])), "Cti(…)");
    }
}
