//! HTTPS by the program itself: certificates from files, of its own authority, by ACME; and the
//! stick, which relies on them.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::zombie_processes,
    reason = "tests fail by panicking"
)]

mod acme;
mod client;
mod files;
mod own;
mod process;
mod stick;
