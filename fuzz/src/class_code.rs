//! The class code: whatever reads is written alike, but for its case and its link.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::class_code::{ClassCode, normalise_typed};

fuzz_target!(|text: &str| {
    if let Ok(read) = text.parse::<ClassCode>() {
        let code = read.to_base32();
        assert!(text.to_ascii_uppercase().contains(&code));
        assert_eq!(code.parse(), Ok(read));
    }
    if let Ok(read) = normalise_typed(text) {
        assert_eq!(normalise_typed(&read.to_string()), Ok(read));
    }
});
