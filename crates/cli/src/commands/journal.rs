//! `muster journal`

use crate::node::Place;
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
        let node = place.open()?;
        let report = verify(&node.store, |_| {})?;
        let broken = report.broken.as_ref();
        if json {
            let broken = broken.map(|(broken, _)| broken.to_string());
            let line = serde_json::json!({
                "entries": report.head.seq, "unnumbered": report.unnumbered, "broken": broken,
            });
            println!("{line}");
        } else if let Some((broken, entry)) = broken {
            println!("Broken: {broken}.");
            if let Some(entry) = entry {
                println!("The entry's id is {entry}. Entries before it hold.");
            }
        } else {
            println!(
                "The journal holds: {} entries, every one as it was written.",
                report.head.seq
            );
            if report.unnumbered > 0 {
                println!("{} of the last moment have no number yet.", report.unnumbered);
            }
        }
        Ok(if report.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
