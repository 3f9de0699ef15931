//! `cargo xtask demo`: builds the server and serves a filled institution.
//!
//! A build of its own (`profile.demo`): somebody waits for it, and still judges speed and memory by it.
//! The typesetter takes longest to build and is not needed at once: it follows while the demo serves
//! already.

use std::os::unix::process::CommandExt;

use anyhow::{Context, Result};

use crate::{assets, shell};

const PROFILE: &str = "demo";

/// Builds the server, has the typesetter built beside it, then becomes `muster demo`, which prints its
/// address and one sign-in per role.
pub fn run(arguments: &[String]) -> Result<()> {
    assets::build()?;
    shell::run(&mut shell::cargo(&["build", "--profile", PROFILE, "--package", "muster-cli"]))?;
    // Cargo puts it beside the server, which looks for it whenever a document is asked for.
    let mut typesetter =
        shell::cargo(&["build", "--profile", PROFILE, "--quiet", "--package", "muster-typeset"]);
    typesetter.spawn().context("could not start to build the typesetter")?;
    let mut demo = std::process::Command::new(shell::target().join(PROFILE).join("muster"));
    let failure = demo.arg("demo").args(arguments).exec();
    Err(failure).context("could not start the demo")
}
