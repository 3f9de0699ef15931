//! An edge's side of replication. It asks its hub over HTTP: what it has for the hub goes with the
//! question, what the hub has for it comes with the answer, and how far each is goes both ways. So an
//! exchange may break off anywhere; the next question goes on from what is on disk.
//!
//! Nothing here is asynchronous: a round blocks its thread while it waits for the hub.

pub mod agent;
mod beside;
pub mod body;
pub mod channel;
mod handover;
mod hub;
mod joining;
pub mod pause;
mod round;

pub use agent::AgentError;
pub use hub::Failure;
pub use joining::{JoinError, Link, join};
pub use round::{Exchanged, Syncer};
