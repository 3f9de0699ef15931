//! The store: where closures are handed in.

use super::job::Job;
use super::{Act, Error, Pending, ReadTx, Result, Statement, WriteTx, postgres, sqlite};
use muster_domain::time::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use uuid::Uuid;

/// Where the records are, and how this process works on them.
#[derive(Clone, Debug)]
pub struct StoreConfig {
    /// `sqlite:PATH` or `postgres://…`.
    pub url: String,
    /// Threads that read.
    pub readers: usize,
    /// Threads that write; SQLite has one whatever this says.
    pub writers: usize,
    /// The id of this node, should the database be new.
    pub node: Uuid,
    /// When that is.
    pub now: Timestamp,
}

impl StoreConfig {
    /// A store at `url` with the usual number of threads.
    pub fn new(url: impl Into<String>, node: Uuid, now: Timestamp) -> Self {
        Self { url: url.into(), readers: 2, writers: 4, node, now }
    }
}

/// The records of one node. Cheap to clone; the last clone closes it.
#[derive(Clone)]
pub struct Store(Arc<Driver>);

enum Driver {
    Sqlite(sqlite::Engine),
    Postgres(postgres::Engine),
}

impl Store {
    /// Opens the database, making or migrating it as needed.
    pub fn open(config: &StoreConfig) -> Result<Self> {
        let driver = if let Some(path) = config.url.strip_prefix("sqlite:") {
            Driver::Sqlite(sqlite::Engine::open(&PathBuf::from(path), config)?)
        } else if config.url.starts_with("postgres:") || config.url.starts_with("postgresql:") {
            Driver::Postgres(postgres::Engine::open(config)?)
        } else {
            let text = "a database URL begins with sqlite: or postgres:".to_owned();
            return Err(Error::Unavailable(text));
        };
        Ok(Self(Arc::new(driver)))
    }

    /// Runs a closure that reads, on a thread of its own kind.
    pub fn read<T, E, F>(&self, closure: F) -> Pending<std::result::Result<T, E>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut ReadTx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let (reply, pending) = Pending::channel();
        let act = Act { id: Uuid::nil().into(), at: Timestamp(0), actor: None, via: "" };
        let job = Box::new(Job { act, closure, answer: None, reply });
        match &*self.0 {
            Driver::Sqlite(engine) => engine.read(job),
            Driver::Postgres(engine) => engine.read(job),
        }
        pending
    }

    /// Runs a closure that writes. It is answered after its COMMIT; an `Err` undoes its changes.
    /// It may run more than once, so it holds SQL and rules alone.
    pub fn write<T, E, F>(&self, act: &Act, closure: F) -> Pending<std::result::Result<T, E>>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
        F: Fn(&mut WriteTx<'_>) -> std::result::Result<T, E> + Send + 'static,
    {
        let (reply, pending) = Pending::channel();
        let job = Box::new(Job { act: act.clone(), closure, answer: None, reply });
        match &*self.0 {
            Driver::Sqlite(engine) => engine.write(job),
            Driver::Postgres(engine) => engine.write(job),
        }
        pending
    }

    /// Prepares statements without running them: a test does so with every one.
    pub fn prepare(&self, statements: Vec<&'static Statement>) -> Pending<Result<()>> {
        self.read(move |tx| statements.iter().try_for_each(|statement| tx.prepare(statement)))
    }

    /// Lets PostgreSQL read all rows over once and look what the tables hold, as it does by itself in
    /// time: for whoever has written in bulk and wants pages to be fast at once. SQLite needs nothing
    /// of the kind.
    pub fn settle(url: &str) -> Result<()> {
        if url.starts_with("sqlite:") { Ok(()) } else { postgres::settle(url) }
    }

    /// Copies a SQLite database, which may be in use, as it is at one moment; looks whether the copy
    /// is whole.
    pub fn copy(from: &Path, to: &Path) -> Result<()> {
        sqlite::copy::copy(from, to)
    }

    /// The place of the newest entry that this node wrote, as it grows: also by other processes, and
    /// through all lives of the node.
    pub fn feed(&self) -> watch::Receiver<i64> {
        match &*self.0 {
            Driver::Sqlite(engine) => engine.feed(),
            Driver::Postgres(engine) => engine.feed(),
        }
    }
}
