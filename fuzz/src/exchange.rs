//! What nodes say to each other: whatever reads is written and read again alike.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_journal::wire::{Message, heads_from_bytes, heads_to_bytes};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(message) = Message::read(bytes) {
        assert_eq!(Message::read(&message.write()).as_ref(), Ok(&message));
    }
    if let Ok(heads) = heads_from_bytes(bytes) {
        assert_eq!(heads_from_bytes(&heads_to_bytes(&heads)).as_ref(), Ok(&heads));
    }
});
