//! Batches as bytes. Deterministic and compact: what repeats stands once in tables before the
//! items, numbers are differences, and what follows from other fields is left out. Compression is
//! left to the transport.

mod bytes;
mod fields;
mod message;
mod read;
mod tables;
mod write;

pub use message::{Message, heads_from_bytes, heads_to_bytes};
pub use read::{Malformed, read};
pub use write::write;

/// First bytes of a batch: what it is and the format's number.
const MAGIC: &[u8] = b"MusterB\x01";

/// The schema of entries that this node writes and understands. A batch of a later one is refused
/// with the advice to upgrade.
pub const SCHEMA: i64 = crate::entry::Entry::SCHEMA;

/// At most so many items in a batch.
pub const MAX_ITEMS: usize = 5_000;

/// At most so many bytes of text in all entries of a batch together: texts stand once and are
/// repeated as often as items say.
const MAX_TEXT: usize = 32 * 1024 * 1024;

/// How a value of a field is written.
mod tag {
    pub const NULL: u8 = 0;
    pub const FALSE: u8 = 1;
    pub const TRUE: u8 = 2;
    /// A number near the entry's time.
    pub const NEAR: u8 = 3;
    pub const NUMBER: u8 = 4;
    pub const ID: u8 = 5;
    pub const TEXT: u8 = 6;
    /// Anything else, as JSON.
    pub const JSON: u8 = 7;
    /// A version.
    pub const VERSION: u8 = 8;
}

/// Which optional parts an entry has.
mod has {
    pub const BEFORE: u8 = 1;
    pub const AFTER: u8 = 2;
    pub const REPLACED: u8 = 4;
    pub const REASON: u8 = 8;
    /// The record's id follows from its session and person.
    pub const MARK: u8 = 16;
    /// The entry's id follows from its act.
    pub const ID: u8 = 32;
    /// The act is that of the entry before.
    pub const SAME_ACT: u8 = 64;
    /// All of them.
    pub const ANY: u8 = 127;
}
