//! `cargo xtask bench`: drives the server as it ships from a second process, on SQLite and on
//! PostgreSQL, and prints what it bears.

use anyhow::Result;

use crate::{assets, postgres, shell};

/// What to measure.
#[derive(clap::Args)]
pub struct Options {
    /// One database alone
    #[arg(long, value_enum)]
    only: Option<Database>,
    /// Every page of the large demo instead, filled first: half an hour, 12 GB of disk
    #[arg(long)]
    pages: bool,
    /// A term of attendance from an edge to its hub instead
    #[arg(long, conflicts_with = "pages")]
    replication: bool,
    /// Passed on to `muster-bench marks`, such as `--seconds 10`
    #[arg(last = true)]
    arguments: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

/// Builds server and bench, then measures.
pub fn run(options: &Options) -> Result<()> {
    assets::build()?;
    shell::run(&mut shell::cargo(&[
        "build",
        "--release",
        "--package",
        "muster-cli",
        "--package",
        "muster-bench",
    ]))?;
    let only = options.only;
    if only != Some(Database::Postgres) {
        if options.pages {
            bench(&["walk"])?;
        } else if options.replication {
            bench(&["replication"])?;
        } else {
            marks(&options.arguments, None)?;
            bench(&["redemptions"])?;
            bench(&["pages"])?;
        }
    }
    if only != Some(Database::Sqlite) {
        let cluster = postgres::start_durable()?;
        let instead = if options.replication { Some("replication") } else { None };
        let measured = if let Some(what) = options.pages.then_some("walk").or(instead) {
            let database = postgres::fresh(&cluster.url, "bench")?;
            bench(&[what, "--database", &database])
        } else {
            on_postgres(&options.arguments, &cluster.url)
        };
        postgres::stop()?;
        measured?;
    }
    Ok(())
}

fn on_postgres(arguments: &[String], server: &str) -> Result<()> {
    marks(arguments, Some(&postgres::fresh(server, "bench")?))?;
    for what in ["redemptions", "pages"] {
        let database = postgres::fresh(server, "bench")?;
        bench(&[what, "--database", &database])?;
    }
    Ok(())
}

fn marks(arguments: &[String], database: Option<&str>) -> Result<()> {
    let mut all = vec!["marks"];
    all.extend(database.iter().flat_map(|database| ["--database", database]));
    all.extend(arguments.iter().map(String::as_str));
    bench(&all)
}

/// Runs `muster-bench` with the server beside it.
fn bench(arguments: &[&str]) -> Result<()> {
    let release = shell::target().join("release");
    println!("\n== muster-bench {} ==", arguments.first().copied().unwrap_or_default());
    let mut command = shell::command(&release.join("muster-bench").to_string_lossy(), arguments);
    shell::run(command.arg("--server").arg(release.join("muster")))
}
