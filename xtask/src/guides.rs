//! `cargo xtask guides`: takes the pictures of `docs/guides`, from a demo whose clock stands still,
//! so that the same pages give the same pictures.

use anyhow::Result;
use clap::Args;

use crate::{assets, install, shell};

#[derive(Args)]
pub struct Options {
    /// Take none: fail if one no longer shows what is on the screen
    #[arg(long)]
    check: bool,
}

/// Builds, and takes or compares each picture.
pub fn run(options: &Options) -> Result<()> {
    assets::build()?;
    shell::run(&mut shell::cargo(&["build", "--package", "muster-cli", "--quiet"]))?;
    let folder = shell::root().join("e2e");
    assets::packages(&folder)?;
    let update =
        if options.check { "--update-snapshots=none" } else { "--update-snapshots=changed" };
    let config = ["--config", "guides.config.ts"];
    let mut taking = assets::npm(&["exec", "--", "playwright", "test", update]);
    taking.args(config).current_dir(&folder);
    let program = shell::target().join("debug/muster");
    shell::run(taking.env("MUSTER_BIN", program).env("MUSTER_CHROMIUM", install::chromium()))
}
