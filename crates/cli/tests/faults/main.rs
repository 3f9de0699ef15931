//! What goes wrong between nodes and on them, with real programs: bad lines, kills, a full disk, a
//! backup that comes back, copied sticks, thieves. In the end all hold the same, byte for byte, and
//! whatever was acknowledged.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests fail by panicking"
)]

mod alike;
mod chance;
mod copies;
mod disk;
mod kills;
mod links;
mod node;
mod several;
mod strangers;
mod work;
