//! `muster journal`

use super::sync::read;
use crate::node::Place;
use crate::outside::say;
use anyhow::Result;
use clap::Subcommand;
use muster_app::nodes::{self, Witnessed};
use muster_storage::journal::{Report, verify};
use serde_json::{Value, json};
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
        let witnessed = read(&node, nodes::witnessed)?;
        if json {
            say(told(&report, &witnessed))?;
        } else {
            explain(&report)?;
            tell_others(&witnessed)?;
        }
        Ok(if report.holds() && witnessed.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn told(report: &Report, witnessed: &Witnessed) -> Value {
    let lacking =
        witnessed.lacking.iter().map(|(edge, number)| json!({"edge": edge, "up_to": number}));
    json!({
        "entries": report.entries,
        "unnumbered": report.unnumbered,
        "broken": report.broken.as_ref().map(|(broken, _)| broken.to_string()),
        "seals": witnessed.seals,
        "altered": witnessed.altered.map(|(series, number)| json!({"node": series.node, "up_to": number})),
        "lacking": lacking.collect::<Vec<_>>(),
    })
}

fn explain(report: &Report) -> Result<()> {
    let Report { entries, unnumbered, broken, .. } = report;
    let Some((broken, entry)) = broken else {
        say(format_args!("The journal holds: {entries} entries, every one as it was written."))?;
        if *unnumbered > 0 {
            say(format_args!("{unnumbered} of the last moment have no number yet."))?;
        }
        return Ok(());
    };
    say(format_args!("Broken: {broken}."))?;
    if let Some(entry) = entry {
        say(format_args!("The entry's id is {entry}. Entries before it hold."))?;
    }
    Ok(())
}

/// What other nodes say of it.
fn tell_others(witnessed: &Witnessed) -> Result<()> {
    if witnessed.seals > 0 {
        let seals = witnessed.seals;
        say(format_args!("What came from the hub is as it signed it, at {seals} places."))?;
    }
    if let Some((series, number)) = witnessed.altered {
        let node = series.node;
        say(format_args!(
            "Altered: what came of node {node} up to number {number} is not what the hub signed."
        ))?;
    }
    for (edge, number) in &witnessed.lacking {
        say(format_args!(
            "The edge “{edge}” holds entries of this node, up to number {number}, that are not here or \
             are otherwise: they were taken away from here, and come back when it exchanges."
        ))?;
    }
    Ok(())
}
