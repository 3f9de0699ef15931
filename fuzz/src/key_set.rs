//! Key sets: whatever reads, reads back from what is written.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::keys::public::KeySet;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(json) = serde_json::from_slice(bytes)
        && let Ok(read) = KeySet::from_json(&json)
    {
        assert_eq!(KeySet::from_json(&read.to_json()), Ok(read));
    }
});
