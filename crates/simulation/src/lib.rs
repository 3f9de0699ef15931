//! Histories of 2 to 6 nodes from a seed: they act apart, exchange batches that are cut, repeated
//! and late, crash, come back from old backups, are copied, and have clocks hours apart, one of
//! them a year. Afterwards all of them hold the same, and everything that was acknowledged is
//! there. The nodes keep in memory what storage keeps on disk ([`Memory`]), or are real stores
//! ([`Stored`]); joins, planner, batches and bytes are the real ones.

mod acts;
mod bug;
mod checks;
mod history;
mod memory;
mod node;
mod rng;
mod stored;
mod world;

pub use bug::Bug;
pub use checks::Failure;
pub use history::{Options, run};
pub use memory::Memory;
pub use node::Node;
pub use stored::Stored;
