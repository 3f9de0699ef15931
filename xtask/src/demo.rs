//! `cargo xtask demo`: builds the server as it ships and serves a filled institution.
//!
//! A release build, since the demo is also where people judge speed and memory.

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::{assets, shell};

/// Builds, then becomes `muster demo`, which prints its address and one sign-in per role.
pub fn run(arguments: &[String]) -> Result<()> {
    assets::build()?;
    shell::run(&mut shell::cargo(&["build", "--release", "--package", "muster-cli"]))?;
    let mut demo = std::process::Command::new(shell::target().join("release/muster"));
    let failure = demo.arg("demo").args(arguments).exec();
    Err(failure).context("could not start the demo")
}
