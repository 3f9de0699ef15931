//! The lines of key files: whatever reads is written alike, comments and white space aside.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::keys::MasterKey;
use muster_credential::keys::file::KeyRing;
use muster_credential::keys::signing::SigningKey;

fuzz_target!(|text: &str| {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    if let Ok(ring) = text.parse::<KeyRing<SigningKey>>() {
        assert!(ring.iter().map(|key| key.to_line().to_string()).eq(lines.clone()));
    }
    if let Ok(ring) = text.parse::<KeyRing<MasterKey>>() {
        assert!(ring.iter().map(|key| key.to_line().to_string()).eq(lines));
    }
});
