//! The journal: what an entry holds, when it was made by the logical clock, the chain that shows
//! any entry altered or missing, and how the entries of many nodes join to the same records on
//! all of them. Pure: storage keeps entries, this crate judges them.

pub mod alias;
mod chain;
mod change;
mod clock;
mod entry;
pub mod kinds;
pub mod record;
pub mod sync;
pub mod unique;
mod version;
pub mod wire;

pub use chain::{Break, Chained, GENESIS, Head, Link, Series, Verifier, link};
pub use change::Change;
pub use clock::Clock;
pub use entry::{Digest, Entry, Fixed, entry_id};
pub use version::{Named, NotAVersion, Version};
