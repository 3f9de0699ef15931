//! The journal: what an entry holds, when it was made by the logical clock, and the chain that
//! shows any entry altered or missing. Pure: storage keeps entries, this crate judges them.

mod chain;
mod change;
mod clock;
mod entry;

pub use chain::{Break, Chained, GENESIS, Head, Link, Series, Verifier, link};
pub use change::Change;
pub use clock::Clock;
pub use entry::{Digest, Entry};
