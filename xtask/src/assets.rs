//! `cargo xtask assets`: npm packages and the bundles of `islands/`, only when their inputs changed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::{shell, stamp};

/// Bundles scripts and style sheets into `islands/dist`.
pub fn build() -> Result<()> {
    let islands = shell::root().join("islands");
    if !islands.join("package.json").is_file() {
        println!("no islands to bundle");
        return Ok(());
    }
    packages(&islands)?;
    let digest = stamp::digest(std::slice::from_ref(&islands), &["node_modules", "dist"])?;
    let stamped = shell::target().join("xtask/islands");
    let dist = islands.join("dist");
    if fs::read_dir(&dist).is_ok_and(|mut files| files.next().is_some())
        && stamp::matches(&stamped, &digest)
    {
        return Ok(());
    }
    shell::run(npm(&["run", "--silent", "build"]).current_dir(&islands))
        .context("the islands did not build")?;
    stamp::write(&stamped, &digest)
}

/// `npm ci` in a folder, when its packages are missing or its lock file changed.
pub fn packages(folder: &Path) -> Result<()> {
    let lock = folder.join("package-lock.json");
    let digest = stamp::digest(&[lock], &[])?;
    let stamped = folder.join("node_modules/.lock-digest");
    if stamp::matches(&stamped, &digest) {
        return Ok(());
    }
    shell::run(npm(&["ci", "--no-audit", "--no-fund"]).current_dir(folder))
        .with_context(|| format!("npm packages of {} did not install", folder.display()))?;
    stamp::write(&stamped, &digest)
}

/// An npm command.
pub fn npm(arguments: &[&str]) -> std::process::Command {
    shell::command("npm", arguments)
}
