//! A credential of any content with one bit flipped: always refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::cti::Cti;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::SigningKey;
use muster_credential::payload::{Claims, Kind, ShortId, Validity};
use muster_credential::signature::Credential;

fuzz_target!(|input: ([u8; 8], [u8; 8], [u8; 16], u64, u32, u16)| {
    let (scope, holder, cti, from, seconds, bit) = input;
    let Some(validity) = Validity::new(from, from.saturating_add(seconds.into())) else { return };
    let key = SigningKey::from_bytes([7; 32]);
    let claims = Claims {
        kind: [Kind::Docket, Kind::Pass, Kind::Badge][usize::from(bit) % 3],
        scope: ShortId(scope),
        holder: ShortId(holder),
        validity,
        cti: Cti::from_bytes(cti),
    };
    let keys = KeySet::from(&KeyRing::from(key.clone()));
    let credential = Credential::sign(&key, claims);
    assert_eq!(credential.verify(&keys), Ok(claims));
    let mut bytes = credential.to_bytes();
    let at = usize::from(bit) % (bytes.len() * 8);
    bytes[at / 8] ^= 1 << (at % 8);
    if let Ok(read) = Credential::from_bytes(&bytes) {
        assert!(read.verify(&keys).is_err(), "bit {at}");
    }
});
