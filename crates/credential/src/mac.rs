//! HMAC-SHA256 and HKDF-SHA256 over several parts, as every format here uses them.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA256 of the parts, one after the other.
pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HKDF-SHA256 without salt: 32 bytes for the label and what follows it.
pub fn derive(key: &[u8], info: &[&[u8]]) -> [u8; 32] {
    let mut out = [0; 32];
    #[expect(clippy::expect_used, reason = "HKDF gives up to 8160 bytes")]
    Hkdf::<Sha256>::new(None, key).expand_multi_info(info, &mut out).expect("32 bytes are few");
    out
}

/// The first `N` of the 32 bytes.
pub fn first<const N: usize>(bytes: &[u8; 32]) -> [u8; N] {
    const { assert!(N <= 32) };
    let mut out = [0; N];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}
