//! What holds on both databases alike.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

mod both;
