//! SQLite: one writer thread with durable group commit, a few reader threads.

mod readers;
mod writer;

use super::job::{ReadJob, WriteJob};
use super::{Result, Row, Statement, StoreConfig, Value, migrations};
use crate::journal::node;
use crossbeam_channel::Sender;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// An open SQLite database.
pub(super) struct Engine {
    reads: Option<Sender<Box<dyn ReadJob>>>,
    writes: Option<Sender<Box<dyn WriteJob>>>,
    feed: watch::Receiver<i64>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    pub fn open(path: &Path, config: &StoreConfig) -> Result<Self> {
        let mut connection = connect(path)?;
        migrations::sqlite(&mut connection)?;
        let state = node::load_sqlite(&connection, config.node, config.now)?;
        let (newest, feed) = watch::channel(state.head.seq);
        let (writes, queue) = crossbeam_channel::unbounded();
        let checkpoints = writer::checkpointer(connect(path)?);
        let worker = writer::Writer::new(connection, state, newest, checkpoints);
        let mut threads = vec![spawn("sqlite-writer", move || worker.run(&queue))?];
        let (reads, queue) = crossbeam_channel::unbounded();
        for _ in 0..config.readers.max(1) {
            let (connection, queue) = (connect(path)?, queue.clone());
            connection.pragma_update(None, "query_only", true)?;
            threads.push(spawn("sqlite-reader", move || readers::run(&connection, &queue))?);
        }
        Ok(Self { reads: Some(reads), writes: Some(writes), feed, threads })
    }

    pub fn read(&self, job: Box<dyn ReadJob>) {
        // A closed queue drops the job, and with it the asker's end: "the store is closed".
        let _ = self.reads.as_ref().map(|reads| reads.send(job));
    }

    pub fn write(&self, job: Box<dyn WriteJob>) {
        let _ = self.writes.as_ref().map(|writes| writes.send(job));
    }

    pub fn feed(&self) -> watch::Receiver<i64> {
        self.feed.clone()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        (self.reads, self.writes) = (None, None);
        for thread in self.threads.drain(..) {
            // A closure may hold the last clone of the store: a thread can't wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|error| super::Error::Unavailable(error.to_string()))
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(PathBuf::from(path), flags)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -8_000)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(connection)
}

pub(super) fn each(
    connection: &Connection,
    statement: &'static Statement,
    args: &[Value<'_>],
    take: &mut dyn FnMut(&Row<'_>) -> Result<()>,
) -> Result<()> {
    let mut prepared = connection.prepare_cached(statement.sqlite)?;
    let mut rows = prepared.query(rusqlite::params_from_iter(args))?;
    while let Some(row) = rows.next()? {
        take(&Row::Sqlite(row))?;
    }
    Ok(())
}

pub(super) fn execute(
    connection: &Connection,
    statement: &'static Statement,
    args: &[Value<'_>],
) -> Result<u64> {
    let mut prepared = connection.prepare_cached(statement.sqlite)?;
    Ok(prepared.execute(rusqlite::params_from_iter(args))? as u64)
}
