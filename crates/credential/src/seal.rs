//! Secrets that must be read again are sealed before they are stored: XChaCha20-Poly1305 under a
//! key that follows from the master key, so that a copy of the database alone opens none.

use crate::keys::SealingKey;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const VERSION: u8 = 1;
const NONCE: usize = 24;

/// Seals a secret for one place: it opens nowhere else. `nonce` must be fresh random bytes.
#[expect(clippy::missing_panics_doc, reason = "the cipher takes up to 256 GiB")]
pub fn seal(key: &SealingKey, place: &[u8], nonce: [u8; NONCE], secret: &[u8]) -> Vec<u8> {
    let payload = Payload { msg: secret, aad: place };
    #[expect(clippy::expect_used, reason = "the cipher takes up to 256 GiB")]
    let ciphered = cipher(key).encrypt(&XNonce::from(nonce), payload).expect("secrets are short");
    [&[VERSION], nonce.as_slice(), &ciphered].concat()
}

/// The secret that was sealed for this place; none if it was sealed elsewhere, under another key,
/// or was damaged.
pub fn open(key: &SealingKey, place: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (VERSION, rest) = sealed.split_first().map(|(version, rest)| (*version, rest))? else {
        return None;
    };
    let (nonce, ciphered) = rest.split_first_chunk::<NONCE>()?;
    let payload = Payload { msg: ciphered, aad: place };
    cipher(key).decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
}

fn cipher(key: &SealingKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&key.0.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::MasterKey;

    fn key(byte: u8) -> SealingKey {
        MasterKey::from_bytes([byte; 32]).sealing_key()
    }

    #[test]
    fn a_secret_opens_in_its_place_under_its_key_alone() {
        let sealed = seal(&key(7), b"here", [1; 24], b"a secret");
        assert_eq!(open(&key(7), b"here", &sealed).unwrap().as_slice(), b"a secret");
        assert!(open(&key(7), b"elsewhere", &sealed).is_none());
        assert!(open(&key(8), b"here", &sealed).is_none());
    }

    #[test]
    fn a_changed_byte_or_a_missing_one_opens_nothing() {
        let sealed = seal(&key(7), b"here", [1; 24], b"a secret");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&key(7), b"here", &changed).is_none(), "byte {at}");
            assert!(open(&key(7), b"here", &sealed[..at]).is_none(), "{at} bytes");
        }
    }

    #[test]
    fn the_secret_is_not_to_be_seen() {
        let sealed = seal(&key(7), b"here", [1; 24], b"a secret");
        assert!(!sealed.windows(8).any(|bytes| bytes == b"a secret"));
    }
}
