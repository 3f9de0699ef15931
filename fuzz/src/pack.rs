//! An offline pack: no credential is one, whatever was signed opens as it was, and flipped never.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::cti::Cti;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::SigningKey;
use muster_credential::pack::{Sealed, open, sign};
use muster_credential::signature::Credential;

fuzz_target!(|bytes: &[u8]| {
    let key = SigningKey::from_bytes([7; 32]);
    let keys = KeySet::from(&KeyRing::from(key.clone()));
    if open(bytes, &keys).is_ok() {
        assert!(Credential::from_bytes(bytes).is_err());
    }
    let mut signed = sign(&key, bytes);
    assert_eq!(open(&signed, &keys), Ok(bytes));
    let bit = bytes.iter().fold(0_usize, |bit, byte| bit.wrapping_mul(31) + usize::from(*byte));
    let at = bit % (signed.len() * 8);
    signed[at / 8] ^= 1 << (at % 8);
    assert!(open(&signed, &keys).is_err(), "bit {at}");
    let seal = Sealed::under(&Cti::from_bytes([3; 16]));
    assert!(seal.open(b"here", bytes).is_none(), "nobody sealed that");
});
