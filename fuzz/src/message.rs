//! The signed message: whatever reads is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::signature::Credential;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = Credential::from_bytes(bytes) {
        assert_eq!(read.to_bytes(), bytes);
    }
});
