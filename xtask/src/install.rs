//! What the tests need beside Cargo: installed on Debian, named elsewhere.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};

use crate::{postgres, shell};

/// A program or file that the tests need, and where it comes from.
struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    present: fn() -> bool,
}

const NEEDS: [Need; 5] = [
    Need {
        what: "PostgreSQL 15 or newer (initdb, pg_ctl)",
        packages: &["postgresql"],
        present: || postgres::program("initdb").is_some(),
    },
    Need {
        what: "Chromium without windows (or MUSTER_CHROMIUM with a Chromium's path)",
        packages: &["chromium-headless-shell"],
        present: || chromium().is_file(),
    },
    Need {
        what: "Pebble, an ACME authority for tests",
        packages: &["pebble"],
        present: || shell::installed("pebble"),
    },
    Need {
        what: "Noto fonts, text and emoji",
        packages: &["fonts-noto-core", "fonts-noto-color-emoji"],
        present: fonts,
    },
    Need {
        what: "Node 20 or newer with npm",
        packages: &["nodejs", "npm"],
        present: || shell::installed("node") && shell::installed("npm"),
    },
];

/// Installs what is missing for all tests.
pub fn everything() -> Result<()> {
    packages(&NEEDS.iter().collect::<Vec<_>>())?;
    node_is_recent()?;
    components()?;
    nextest()
}

/// Installs PostgreSQL when it is missing.
pub fn postgresql() -> Result<()> {
    packages(&NEEDS.iter().filter(|need| need.packages == ["postgresql"]).collect::<Vec<_>>())
}

/// Installs the test runner when it is missing.
pub fn nextest() -> Result<()> {
    if shell::cargo(&["nextest", "--version"]).output().is_ok_and(|run| run.status.success()) {
        return Ok(());
    }
    println!("installing cargo-nextest");
    shell::run(&mut shell::cargo(&["install", "cargo-nextest", "--locked"]))
}

/// The browser of the browser tests: the one without windows, which draws a page in half the time.
pub fn chromium() -> PathBuf {
    if let Some(named) = std::env::var_os("MUSTER_CHROMIUM") {
        return named.into();
    }
    let shell = PathBuf::from("/usr/bin/chromium-headless-shell");
    // Debian's package; elsewhere the whole browser does.
    if debian() || shell.is_file() { shell } else { "/usr/bin/chromium".into() }
}

fn debian() -> bool {
    Path::new("/etc/debian_version").is_file()
}

fn packages(needs: &[&Need]) -> Result<()> {
    let missing: Vec<_> = needs.iter().filter(|need| !(need.present)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let list = missing.iter().map(|need| need.what).collect::<Vec<_>>().join(", ");
    if !(debian() && shell::installed("apt-get")) {
        bail!("please install, with your system's package manager: {list}");
    }
    let names: Vec<_> = missing.iter().flat_map(|need| need.packages.iter().copied()).collect();
    println!("installing {}", names.join(" "));
    shell::run(&mut apt(&["update", "-qq"])?)?;
    let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
    install.extend(&names);
    shell::run(&mut apt(&install)?)?;
    if let Some(need) = missing.iter().find(|need| !(need.present)()) {
        bail!("installed {}, yet still missing: {}", need.packages.join(" "), need.what);
    }
    Ok(())
}

fn apt(arguments: &[&str]) -> Result<Command> {
    let mut command = if postgres::is_root() {
        shell::command("apt-get", arguments)
    } else if shell::installed("sudo") {
        let mut sudo = shell::command("sudo", &["DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        sudo.args(arguments).stdin(std::process::Stdio::inherit());
        sudo
    } else {
        bail!("please run as root: apt-get {}", arguments.join(" "));
    };
    command.env("DEBIAN_FRONTEND", "noninteractive");
    Ok(command)
}

fn fonts() -> bool {
    let noto = Path::new("/usr/share/fonts/truetype/noto");
    !debian()
        || (noto.join("NotoSans-Regular.ttf").is_file()
            && noto.join("NotoColorEmoji.ttf").is_file())
}

fn node_is_recent() -> Result<()> {
    let version = shell::output(&mut shell::command("node", &["--version"]))?;
    let major = version.trim_start_matches('v').split('.').next().and_then(|n| n.parse().ok());
    if major.is_none_or(|major: u32| major < 20) {
        bail!("Node 20 or newer is needed, this is {version}; nodejs.org has packages of it");
    }
    Ok(())
}

fn components() -> Result<()> {
    for (program, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if !shell::cargo(&[program, "--version"]).output().is_ok_and(|run| run.status.success()) {
            shell::run(&mut shell::command("rustup", &["component", "add", component]))?;
        }
    }
    Ok(())
}
