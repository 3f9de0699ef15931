//! SQLite: one writer thread with durable group commit, a few reader threads.

mod checkpoint;
pub(super) mod copy;
mod keys;
mod readers;
mod writer;

use super::job::{ReadJob, WriteJob};
use super::{Error, Result, Row, Statement, StoreConfig, Value, migrations};
use crate::journal::node;
use crossbeam_channel::{Sender, TrySendError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::watch;

/// Closures that may wait; one more is answered as busy.
const WAITING: usize = 8192;
/// How long a statement waits for another process's lock.
const PATIENCE: Duration = Duration::from_secs(10);

/// An open SQLite database.
pub(super) struct Engine {
    reads: Option<Sender<Box<dyn ReadJob>>>,
    writes: Option<Sender<Box<dyn WriteJob>>>,
    feed: watch::Receiver<i64>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    pub fn open(path: &Path, config: &StoreConfig) -> Result<Self> {
        let lock = migrations::Lock::beside(path)?;
        let mut connection = connect(path)?;
        migrations::sqlite(&mut connection)?;
        let state = node::load_sqlite(&connection, config.node, config.now)?;
        drop(lock);
        let (newest, feed) = watch::channel(state.place());
        let (wal, copier) = checkpoint::Wal::watch(&mut connection)?;
        let beside = connect(path)?;
        let (writes, queue) = crossbeam_channel::bounded(WAITING);
        let worker = writer::Writer::new(queue, (connection, state), newest, wal);
        let mut threads = vec![
            spawn("sqlite-writer", move || worker.run())?,
            spawn("sqlite-checkpoint", move || copier.run(&beside))?,
        ];
        let (reads, queue) = crossbeam_channel::bounded(WAITING);
        for _ in 0..config.readers.max(1) {
            let (connection, queue) = (connect(path)?, queue.clone());
            connection.pragma_update(None, "query_only", true)?;
            threads.push(spawn("sqlite-reader", move || readers::run(&connection, &queue))?);
        }
        Ok(Self { reads: Some(reads), writes: Some(writes), feed, threads })
    }

    pub fn read(&self, job: Box<dyn ReadJob>) {
        // A closed queue drops the job, and with it the asker's end: "the store is closed".
        let sent = self.reads.as_ref().map(|reads| reads.try_send(job));
        if let Some(Err(TrySendError::Full(job))) = sent {
            job.answer(Some(Error::crowded()));
        }
    }

    pub fn write(&self, job: Box<dyn WriteJob>) {
        let sent = self.writes.as_ref().map(|writes| writes.try_send(job));
        if let Some(Err(TrySendError::Full(job))) = sent {
            job.answer(Some(Error::crowded()));
        }
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
    thread.map_err(|error| Error::Unavailable(error.to_string()))
}

fn connect(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(PathBuf::from(path), flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -6_000)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // A plan must not depend on values: else every statement on a table with a partial index is
    // prepared again for each of them.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
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
    let rows = prepared.query(rusqlite::params_from_iter(args));
    let mut rows = rows.map_err(|error| keys::named(connection, error))?;
    while let Some(row) = rows.next().map_err(|error| keys::named(connection, error))? {
        take(&Row::Sqlite(row))?;
    }
    Ok(())
}

/// Begins or ends a transaction; the statement is prepared once.
fn control(connection: &Connection, sql: &'static str) -> Result<()> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

pub(super) fn execute(
    connection: &Connection,
    statement: &'static Statement,
    args: &[Value<'_>],
) -> Result<u64> {
    let mut prepared = connection.prepare_cached(statement.sqlite)?;
    let changed = prepared.execute(rusqlite::params_from_iter(args));
    changed.map(|rows| rows as u64).map_err(|error| keys::named(connection, error))
}

/// For each row of arguments, of which the statement may take the first ones alone.
pub(super) fn execute_many(
    connection: &Connection,
    statement: &'static Statement,
    table: &[Vec<Value<'_>>],
) -> Result<u64> {
    let mut prepared = connection.prepare_cached(statement.sqlite)?;
    let count = prepared.parameter_count();
    let mut rows = 0;
    for args in table {
        let args = args.get(..count).unwrap_or(args);
        let changed = prepared.execute(rusqlite::params_from_iter(args));
        rows += changed.map_err(|error| keys::named(connection, error))? as u64;
    }
    Ok(rows)
}
