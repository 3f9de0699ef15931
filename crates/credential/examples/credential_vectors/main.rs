//! Prints `vectors/credential.json`. The same output every time: the cases are written in
//! `cases.rs` with what each must give, the bytes follow from fixed keys.
//!
//! `cargo run -p muster-credential --example credential_vectors >
//! crates/credential/vectors/credential.json`

#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "it fails where it is run")]

mod bytes;
mod cases;
mod messages;
mod texts;

fn main() {
    println!("{}", cases::pretty());
}
