//! Exchanging entries with other nodes: what is here, what another lacks, what comes in. They are
//! kept and numbered; applying them to records comes on top. On a node that replicates `telling`
//! sees to it that entries hold all that tables do.

pub(crate) mod heads;
pub(crate) mod incoming;
pub(crate) mod outgoing;
pub(crate) mod restating;
pub mod tables;
pub(crate) mod telling;
pub(crate) mod untold;

pub use heads::{heads, hello};
pub use incoming::{Taken, take};
pub use outgoing::{Offer, offer};
pub use restating::{begin, replicates, restate, restating};
pub(crate) use telling::Telling;
pub use untold::{Untold, untold};
