//! Exchanging entries with other nodes: what is here, what another lacks, what comes in. They are
//! kept and numbered; applying them to records comes on top.

pub(crate) mod heads;
pub(crate) mod incoming;
pub(crate) mod outgoing;
pub mod tables;

pub use heads::{heads, hello};
pub use incoming::{Taken, take};
pub use outgoing::{Offer, offer};
