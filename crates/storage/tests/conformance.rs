//! What holds on both databases alike, and what each does when it has bad luck.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod both;
mod faults;
