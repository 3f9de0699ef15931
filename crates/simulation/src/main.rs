//! `cargo run --release -p muster-simulation -- --histories 10000`: histories from seeds; the first
//! that fails is named.

use clap::Parser;
use muster_simulation::{Failure, Memory, Options, Stored, run};

#[derive(Parser)]
struct Args {
    /// How many histories
    #[arg(long, default_value_t = 1_000)]
    histories: u64,
    /// Seed of the first
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many things happen in each
    #[arg(long, default_value_t = Options::default().events)]
    events: usize,
    /// On real stores, in files of a temporary folder, in place of nodes in memory
    #[arg(long)]
    store: bool,
    /// Those act as the program does, and some alone at first: they begin to replicate at any moment
    #[arg(long, requires = "store")]
    late: bool,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let options = Options { events: args.events, bug: None, late: args.late };
    let mut entries = 0;
    for seed in args.seed..args.seed.saturating_add(args.histories) {
        let lived =
            if args.store { run::<Stored>(seed, options) } else { run::<Memory>(seed, options) };
        match lived {
            Ok(written) => entries += written,
            Err(Failure(why)) => anyhow::bail!(
                "{why}\nagain: muster-simulation --histories 1 --seed {seed} --events {}{}{}",
                args.events,
                if args.store { " --store" } else { "" },
                if args.late { " --late" } else { "" }
            ),
        }
    }
    println!("{} histories with {entries} entries held", args.histories);
    Ok(())
}
