//! The text of a QR: whatever reads has one spelling of its digits, and proves nothing.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::signature::Credential;

fuzz_target!(|text: &str| {
    if let Ok(read) = text.parse::<Credential>() {
        let digits = text.trim().rsplit([':', '#']).next().unwrap_or_default();
        assert_eq!(read.bare(), format!("MUSTER:{digits}"));
        assert_eq!(read.link("a", true).parse(), Ok(read));
    }
});
