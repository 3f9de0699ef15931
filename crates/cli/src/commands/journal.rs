//! `muster journal`

use crate::node::Place;
use crate::outside::say;
use anyhow::Result;
use clap::Subcommand;
use muster_storage::journal::verify;
use std::process::ExitCode;

#[derive(Subcommand)]
pub(crate) enum Journal {
    /// Follow the whole chain and say whether any entry was altered or is missing
    Verify {
        #[command(flatten)]
        place: Place,
        /// Print one JSON line
        #[arg(long)]
        json: bool,
    },
}

impl Journal {
    pub fn run(self) -> Result<ExitCode> {
        let Self::Verify { place, json } = self;
        let node = place.open_existing()?;
        let report = verify(&node.store, |_| {})?;
        let broken = report.broken.as_ref();
        if json {
            let broken = broken.map(|(broken, _)| broken.to_string());
            let line = serde_json::json!({
                "entries": report.entries, "unnumbered": report.unnumbered, "broken": broken,
            });
            say(line)?;
        } else if let Some((broken, entry)) = broken {
            say(format_args!("Broken: {broken}."))?;
            if let Some(entry) = entry {
                say(format_args!("The entry's id is {entry}. Entries before it hold."))?;
            }
        } else {
            let entries = report.entries;
            say(format_args!(
                "The journal holds: {entries} entries, every one as it was written."
            ))?;
            if report.unnumbered > 0 {
                let fresh = report.unnumbered;
                say(format_args!("{fresh} of the last moment have no number yet."))?;
            }
        }
        Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
