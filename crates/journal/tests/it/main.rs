//! What holds of records, keys, batches and bytes, whatever comes in whichever order.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail by panicking")]

mod aliases;
mod batches;
mod kinds;
mod marks;
mod registers;
mod support;
mod wire;
