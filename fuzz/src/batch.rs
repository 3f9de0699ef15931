//! Batches of replication: whatever reads is written and read again alike, and is judged.
#![no_main]

use libfuzzer_sys::fuzz_target;
use muster_journal::sync::{Heads, accept};
use muster_journal::wire::{read, write};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(batch) = read(bytes) {
        assert_eq!(read(&write(&batch)).as_ref(), Ok(&batch));
        accept(&Heads::default(), |_, _| None, batch);
    }
});
