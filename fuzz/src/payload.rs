//! The claims: whatever reads is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::payload::Claims;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = Claims::from_cbor(bytes) {
        assert_eq!(read.to_cbor(), bytes);
    }
});
