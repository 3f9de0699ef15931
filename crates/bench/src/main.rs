//! Drives a running server from a process of its own and prints what it bears: durable marks a
//! second beside an empty handler of the same server in the same run, a crowded lecture hall
//! that fifty screens watch, the weight and time of pages, memory and start.
//!
//! Absolute figures move with the machine; the ratios should not.

#![allow(clippy::doc_markdown, reason = "clap shows these comments as help")]
#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "figures for people"
)]

mod beside;
mod client;
mod crowd;
mod disk;
mod fill;
mod import;
mod jobs;
mod load;
mod marks;
mod outside;
mod packs;
mod pages;
mod redemptions;
mod replication;
mod room_packs;
mod server;
mod spread;
mod visitor;
mod walk;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;
use std::time::Duration;

/// Measures a Muster server
#[derive(Parser)]
#[command(name = "muster-bench")]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Durable marks beside an empty handler, half of that load, and a hall that 50 screens watch
    Marks(Marks),
    /// Passes presented at a gate beside an empty handler
    Redemptions(Marks),
    /// Weight and time of each page of the demo, its memory and start
    Pages(Place),
    /// Tables of 100,000 lines while students mark themselves
    Import(Place),
    /// Every page that each role opens, in the large demo
    Walk(Walk),
    /// Dockets of a year of a programme in one job, and results published in every class of a term, in
    /// a filled demo and in this process
    Jobs {
        /// Folder of the demo
        #[arg(long)]
        dir: PathBuf,
        /// Its PostgreSQL database, as URL; the SQLite file in the folder without it
        #[arg(long)]
        database: Option<String>,
    },
    /// A term of attendance from an edge on SQLite to its hub, whose database is named here
    Replication {
        #[command(flatten)]
        place: Place,
        /// So many entries
        #[arg(long, default_value_t = 500_000)]
        entries: u128,
    },
    /// The offline packs of a gate with 10,000 passes and of an exam room with 10,000 dockets, in this process
    Packs {
        /// An empty PostgreSQL database, as URL; SQLite in a temporary folder without it
        #[arg(long)]
        database: Option<String>,
    },
}

#[derive(Args)]
struct Walk {
    #[command(flatten)]
    place: Place,
    /// Folder of the large demo, which is filled first unless it and its database hold it already;
    /// a temporary one without it
    #[arg(long)]
    dir: Option<PathBuf>,
    /// How often each page is asked for
    #[arg(long, default_value_t = 100)]
    times: usize,
}

/// What is measured.
#[derive(Args)]
struct Place {
    /// The program `muster`
    #[arg(long, default_value = "target/release/muster")]
    server: PathBuf,
    /// An empty PostgreSQL database, as URL; SQLite in a temporary folder without it
    #[arg(long)]
    database: Option<String>,
}

#[derive(Args)]
struct Marks {
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    load: Load,
}

#[derive(Args)]
struct Load {
    /// Seconds of each measurement
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// How often empty handler and requests take turns
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Connections that are busy at once
    #[arg(long, default_value_t = 64)]
    connections: usize,
}

impl Load {
    fn plan(&self) -> beside::Plan {
        beside::Plan {
            time: Duration::from_secs(self.seconds),
            rounds: self.rounds,
            connections: self.connections,
        }
    }
}

fn main() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match Cli::parse().bench {
        Bench::Marks(Marks { place, load }) => {
            marks::run(&runtime, &place.server, place.database.as_deref(), &load.plan())
        }
        Bench::Redemptions(Marks { place, load }) => {
            redemptions::run(&runtime, &place.server, place.database.as_deref(), &load.plan())
        }
        Bench::Pages(place) => pages::run(&place.server, place.database.as_deref()),
        Bench::Import(place) => import::run(&runtime, &place.server, place.database.as_deref()),
        Bench::Jobs { dir, database } => jobs::run(&dir, database.as_deref()),
        Bench::Replication { place, entries } => {
            replication::run(&place.server, place.database.as_deref(), entries)
        }
        Bench::Packs { database } => packs::run(database.as_deref()),
        Bench::Walk(Walk { place, dir, times }) => {
            let temporary = tempfile::tempdir()?;
            let dir = dir.unwrap_or_else(|| temporary.path().to_owned());
            walk::run(&place.server, &dir, place.database.as_deref(), times)
        }
    }
}
