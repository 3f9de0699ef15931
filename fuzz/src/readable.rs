//! The readable code: whatever reads, reads back from what is printed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::readable::ReadableCode;

fuzz_target!(|text: &str| {
    if let Ok(read) = text.parse::<ReadableCode>() {
        assert_eq!(read.to_string().parse(), Ok(read));
    }
});
