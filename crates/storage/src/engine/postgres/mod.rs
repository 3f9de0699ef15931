//! PostgreSQL: clients live and die on plain worker threads; one sequencer numbers the journal.

mod client;
mod copy;
mod feed;
mod link;
mod session;
mod worker;

use super::job::{ReadJob, WriteJob};
use super::{Error, Result, StoreConfig, migrations};
use crate::journal::node;
use crossbeam_channel::{Sender, TrySendError};
use muster_journal::Clock;
pub(super) use session::Session;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;
use tokio::sync::watch;

/// Closures that may wait; one more is answered as busy.
const WAITING: usize = 8192;

/// An open PostgreSQL database.
pub(super) struct Engine {
    reads: Option<Sender<Box<dyn ReadJob>>>,
    writes: Option<Sender<Box<dyn WriteJob>>>,
    feed: watch::Receiver<i64>,
    stop: Arc<feed::Stop>,
    threads: Vec<JoinHandle<()>>,
}

impl Engine {
    pub fn open(config: &StoreConfig) -> Result<Self> {
        let connector = client::Connector::new(&config.url)?;
        let (config, opened) = (config.clone(), connector.clone());
        // The crate's client blocks, and must not be dropped inside an asynchronous runtime.
        let prepare = std::thread::spawn(move || {
            let mut client = opened.connect()?;
            migrations::postgres(&mut client)?;
            let last = node::load_postgres(&mut client, config.node, config.now)?;
            Ok::<_, Error>((last, config))
        });
        let ((last, replicates), config) = prepare.join().map_err(|_| Error::Panicked)??;
        let clock = Arc::new(Clock::after(last));
        let replicates = Arc::new(AtomicBool::new(replicates));
        let (newest, feed) = watch::channel(0);
        let stop = Arc::new(feed::Stop::default());
        let newest = Arc::new(newest);
        let (wake, woken) = crossbeam_channel::bounded(1);
        let mut threads = vec![
            spawn("postgres-sequencer", {
                let (connector, newest, stop) = (connector.by_keys(), newest.clone(), stop.clone());
                move || feed::sequence(&connector, &newest, &woken, &stop)
            })?,
            spawn("postgres-listener", {
                let (connector, stop) = (connector.clone(), stop.clone());
                let replicates = replicates.clone();
                move || feed::listen(&connector, &newest, &replicates, &stop)
            })?,
        ];
        let (writes, queue) = crossbeam_channel::bounded(WAITING);
        for _ in 0..config.writers.max(1) {
            let shared = (clock.clone(), replicates.clone());
            let mut worker = worker::Writer::new(connector.by_keys(), shared, wake.clone());
            let queue = queue.clone();
            threads.push(spawn("postgres-writer", move || worker.run(&queue))?);
        }
        let (reads, queue) = crossbeam_channel::bounded(WAITING);
        for _ in 0..config.readers.max(1) {
            let mut worker = worker::Reader::new(connector.clone());
            let queue = queue.clone();
            threads.push(spawn("postgres-reader", move || worker.run(&queue))?);
        }
        Ok(Self { reads: Some(reads), writes: Some(writes), feed, stop, threads })
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

/// Cleans and looks through all tables, however long that takes.
pub(super) fn settle(url: &str) -> Result<()> {
    let connector = client::Connector::new(url)?;
    let work = std::thread::spawn(move || {
        let mut client = connector.connect()?;
        client.batch_execute("set statement_timeout = 0; set lock_timeout = 0")?;
        Ok(client.batch_execute("vacuum (analyze)")?)
    });
    work.join().map_err(|_| Error::Panicked)?
}

impl Drop for Engine {
    fn drop(&mut self) {
        (self.reads, self.writes) = (None, None);
        self.stop.now();
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
