//! What a pack holds sealed: AES-256-GCM, which browsers have, under a key that follows from a
//! credential's id, or under a device's own.

use crate::cti::Cti;
use crate::keys::NamesKey;
use crate::mac;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use uuid::Uuid;
use zeroize::Zeroizing;

const LABEL: &[u8] = b"muster pack 1";
const NAMES: &[u8] = b"muster pack names 1";
const VERSION: u8 = 1;

/// A key that seals parts of a pack.
pub struct Sealed(LessSafeKey);

impl Sealed {
    /// For whoever is shown the credential with this id.
    pub fn under(cti: &Cti) -> Self {
        Self::of(&Zeroizing::new(mac::derive(cti.as_bytes(), &[LABEL])))
    }

    /// For one device.
    pub fn for_device(key: &NamesKey) -> Self {
        Self::of(&key.0)
    }

    fn of(key: &[u8; 32]) -> Self {
        #[expect(clippy::expect_used, reason = "32 bytes are a key of AES-256")]
        Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("32 bytes")))
    }

    /// Seals for one place: it opens nowhere else. `nonce` must be fresh random bytes.
    #[expect(clippy::missing_panics_doc, reason = "the cipher takes up to 64 GiB")]
    pub fn seal(&self, nonce: [u8; NONCE_LEN], place: &[u8], content: &[u8]) -> Vec<u8> {
        let mut sealed = content.to_vec();
        let own = Nonce::assume_unique_for_key(nonce);
        #[expect(clippy::expect_used, reason = "the cipher takes up to 64 GiB")]
        self.0.seal_in_place_append_tag(own, Aad::from(place), &mut sealed).expect("it is short");
        [&[VERSION], nonce.as_slice(), &sealed].concat()
    }

    /// What was sealed for that place.
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (VERSION, rest) = sealed.split_first().map(|(version, rest)| (*version, rest))? else {
            return None;
        };
        let (nonce, content) = rest.split_first_chunk::<NONCE_LEN>()?;
        let mut content = content.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(place), &mut content).ok()?;
        Some(opened.to_vec())
    }
}

/// The place of a point's list of names.
pub fn names_place(point: Uuid) -> Vec<u8> {
    [NAMES, point.as_bytes()].concat()
}
