//! A term of attendance from an edge to its hub: two processes, two databases and HTTP between them,
//! as when a classroom's stick finds a network again. Beside it, in the same run, as many entries that
//! are journalled and nothing else.

mod baseline;
mod edge;
mod term;

use crate::outside::now;
use crate::server::Server;
use anyhow::{Context, Result, ensure};
use edge::{Edge, Synced};
use muster_storage::replication::{count_pending, export, heads, own};
use muster_storage::{ReadTx, Store, StoreConfig};
use std::path::Path;
use uuid::Uuid;

/// Measures, and prints.
pub fn run(program: &Path, database: Option<&str>, entries: u128) -> Result<()> {
    let (here, there) = (tempfile::tempdir()?, tempfile::tempdir()?);
    let file = |dir: &Path| format!("sqlite:{}", dir.join("muster.db").display());
    let (edge_url, hub_url) =
        (file(here.path()), database.map_or_else(|| file(there.path()), str::to_owned));
    {
        let edge = Store::open(&StoreConfig::new(&edge_url, Uuid::from_u128(0x0e), now()))?;
        term::fill(&edge, entries)?;
    }
    let server = Server::serve(program, there.path(), database)?;
    let edge = Edge { program, dir: here.path() };
    edge.enrol(&server, there.path(), database)?;
    let busy = server.processor()?;
    let synced = edge.sync()?;
    let busy = server.processor()?.saturating_sub(busy);
    let idle = edge.sync()?;
    let (_, hub_memory) = server.memory()?;
    server.stop()?;
    let stores = (open(&edge_url)?, open(&hub_url)?);
    check(&stores.0, &stores.1)?;
    let alone = baseline::journal(&stores.0, &stores.1)?;
    let Synced { went, .. } = synced;
    ensure!(went > 0, "nothing went");
    let rate = went as f64 / synced.took.as_secs_f64();
    println!("entries               {went} in {:.1} s: {rate:.0}/s", synced.took.as_secs_f64());
    println!("journalled alone      {alone:.0}/s, ratio {:.3}", rate / alone);
    println!("on the wire           {:.1} bytes an entry", synced.bytes() as f64 / went as f64);
    println!("questions             {}", synced.questions);
    println!(
        "processor             {:.1} µs an entry at the hub (without PostgreSQL's)",
        busy.as_secs_f64() * 1e6 / went as f64
    );
    println!("memory, at most       edge {:.0} MB, hub {hub_memory:.0} MB", synced.memory);
    println!(
        "idle                  {} questions, {} bytes there, {} back",
        idle.questions, idle.bytes_out, idle.bytes_in
    );
    Ok(())
}

fn open(url: &str) -> Result<Store> {
    Ok(Store::open(&StoreConfig::new(url, Uuid::nil(), now()))?)
}

/// Everything has to be there, and in its place.
fn check(edge: &Store, hub: &Store) -> Result<()> {
    let series = edge.read(own).wait()?;
    let (mine, theirs) = (edge.read(heads).wait()?, hub.read(heads).wait()?);
    ensure!(mine.of(series) == theirs.of(series), "the hub lacks entries of the edge");
    let waiting = hub.read(count_pending).wait()?;
    ensure!(waiting == 0, "{waiting} records wait at the hub");
    let marks = |store: &Store| store.read(count_marks).wait();
    let (mine, theirs) = (marks(edge).context("edge")?, marks(hub).context("hub")?);
    ensure!(mine == theirs, "{mine} marks at the edge, {theirs} at the hub");
    Ok(())
}

fn count_marks(tx: &mut ReadTx<'_>) -> muster_storage::Result<u64> {
    let mut marks = 0;
    export(tx, |line| marks += u64::from(line.starts_with("mark ")))?;
    Ok(marks)
}
