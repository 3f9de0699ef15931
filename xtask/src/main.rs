//! Tasks of the project: `cargo xtask demo`, `test`, `bench`.
fn main() {}
