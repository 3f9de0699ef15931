//! Digits and bytes are one to one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::digits;

fuzz_target!(|bytes: &[u8]| {
    if !bytes.is_empty() {
        assert_eq!(digits::decode(&digits::encode(bytes)).as_deref(), Ok(bytes));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(read) = digits::decode(text)
    {
        assert_eq!(digits::encode(&read), text);
    }
});
