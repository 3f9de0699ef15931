//! The offline receipt: whatever is read is written alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_credential::receipt::Signed;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = Signed::from_bytes(bytes) {
        assert_eq!(read.to_bytes(), bytes);
        assert_eq!(Signed::parse(&read.to_text()), Ok(read));
        assert!(bytes.starts_with(&read.receipt.to_bytes()));
    }
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(read) = Signed::parse(text)
    {
        assert_eq!(read.to_text(), text);
    }
});
