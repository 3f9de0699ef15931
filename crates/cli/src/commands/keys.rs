//! `muster keys`: the keys that sign dockets, passes and badges.

use crate::outside::{random, say};
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use muster_credential::keys::file::{self, KeyRing};
use muster_credential::keys::public::KeySet;
use muster_credential::keys::signing::SigningKey;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The file in a node's folder.
const FILE: &str = "signing-keys";
/// Where the keys stand instead, line by line, on machines without a disk of their own.
const VARIABLE: &str = "MUSTER_SIGNING_KEYS";

#[derive(Args)]
pub(crate) struct Folder {
    /// Folder of the node; its keys are in the file signing-keys, unless MUSTER_SIGNING_KEYS has
    /// the lines of one
    #[arg(long, default_value = "muster-data", env = "MUSTER_DATA")]
    data: PathBuf,
}

#[derive(Subcommand)]
pub(crate) enum Keys {
    /// Name the signing keys, the active one first
    List(Folder),
    /// Make a new key the active one; what older ones signed stays valid
    Rotate(Folder),
    /// Print the public keys as a JSON Web Key Set, for whoever verifies
    Export(Folder),
}

impl Keys {
    pub fn run(self) -> Result<ExitCode> {
        match self {
            Self::List(folder) => say(names(&folder.read()?))?,
            Self::Rotate(folder) => say(names(&folder.rotate()?))?,
            Self::Export(folder) => {
                let set = KeySet::from(&folder.read()?).to_json();
                say(serde_json::to_string_pretty(&set)?)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The keys of the node in this folder; made where there are none yet.
pub(crate) fn of_node(data: &Path) -> Result<KeyRing<SigningKey>> {
    if let Some(lines) = given() {
        return lines.parse().map_err(|error| anyhow::anyhow!("{VARIABLE}{error}"));
    }
    file::load_or_create(&data.join(FILE), random()).context("can't read the signing keys")
}

impl Folder {
    fn read(&self) -> Result<KeyRing<SigningKey>> {
        if let Some(lines) = given() {
            return lines.parse().map_err(|error| anyhow::anyhow!("{VARIABLE}{error}"));
        }
        let path = self.data.join(FILE);
        if !path.try_exists()? {
            bail!("there are no signing keys yet: `muster keys rotate` makes the first one");
        }
        file::load(&path).context("can't read the signing keys")
    }

    fn rotate(&self) -> Result<KeyRing<SigningKey>> {
        if given().is_some() {
            bail!("the keys stand in {VARIABLE}: write a new line above the others there");
        }
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("can't make the folder {}", self.data.display()))?;
        file::rotate(&self.data.join(FILE), random()).context("the keys stay as they are")
    }
}

fn given() -> Option<String> {
    std::env::var(VARIABLE).ok().filter(|lines| !lines.trim().is_empty())
}

fn names(keys: &KeyRing<SigningKey>) -> String {
    let rank = |at: usize| if at == 0 { "active" } else { "older" };
    let named = keys.iter().enumerate().map(|(at, key)| format!("{}  {}", key.id(), rank(at)));
    named.collect::<Vec<_>>().join("\n")
}
