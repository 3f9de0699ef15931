//! The writer: takes what is queued, runs each closure in its savepoint inside one transaction,
//! chains the journal's new entries, commits once, and only then answers them all.

use super::checkpoint::Wal;
use super::control;
use crate::engine::job::{Verdict, WriteJob};
use crate::engine::tx::{Connection as Handle, Made};
use crate::engine::{Error, Result, Shared, WriteTx};
use crate::journal::{
    self,
    node::{Life, NodeState, standing_sqlite},
};
use crossbeam_channel::Receiver;
use muster_journal::Head;
use rusqlite::Connection;
use std::time::{Duration, Instant};
use tokio::sync::watch;

const BEGIN: &str = "begin immediate";
/// Most closures in one transaction.
const BATCH: usize = 512;
/// A closure that takes longer holds up whoever waits.
const SLOW: Duration = Duration::from_millis(20);

pub(super) struct Writer {
    queue: Receiver<Box<dyn WriteJob>>,
    connection: Connection,
    state: NodeState,
    newest: watch::Sender<i64>,
    wal: Wal,
    data_version: i64,
}

impl Writer {
    pub fn new(
        queue: Receiver<Box<dyn WriteJob>>,
        (connection, state): (Connection, NodeState),
        newest: watch::Sender<i64>,
        wal: Wal,
    ) -> Self {
        Self { queue, connection, state, newest, wal, data_version: -1 }
    }

    pub fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            let mut batch = vec![first];
            batch.extend(self.queue.try_iter().take(BATCH - 1));
            self.write(batch);
            self.wal.committed(&self.connection);
        }
    }

    fn write(&mut self, mut batch: Vec<Box<dyn WriteJob>>) {
        match self.transaction(&mut batch) {
            Ok(()) => {
                for job in batch {
                    job.answer(None);
                }
            }
            Err(error) if batch.len() == 1 => {
                for job in batch {
                    job.answer(Some(error.clone()));
                }
            }
            // Somebody in the batch spoilt it for all: each gets a transaction of its own.
            Err(error) => {
                tracing::warn!(%error, closures = batch.len(), "batch lost, running one by one");
                for job in batch {
                    self.write(vec![job]);
                }
            }
        }
    }

    fn transaction(&mut self, batch: &mut [Box<dyn WriteJob>]) -> Result<()> {
        if !self.connection.is_autocommit() {
            // The last rollback failed.
            control(&self.connection, "rollback")?;
        }
        control(&self.connection, BEGIN)?;
        let done = self.catch_up().and_then(|()| self.fill(batch)).and_then(|stands| {
            control(&self.connection, "commit")?;
            Ok(stands)
        });
        match done {
            Ok((life, head)) => {
                let before = self.state.place();
                (self.state.life, self.state.head) = (life, head);
                let place = self.state.place();
                if place > before {
                    self.newest.send_replace(place);
                }
                Ok(())
            }
            Err(error) => {
                if !self.connection.is_autocommit() {
                    let _ = control(&self.connection, "rollback");
                }
                Err(error)
            }
        }
    }

    /// Learns where the chain stands when another process has written to the file.
    fn catch_up(&mut self) -> Result<()> {
        let mut ask = self.connection.prepare_cached("pragma data_version")?;
        let version = ask.query_row([], |row| row.get(0))?;
        if version != self.data_version {
            self.state.refresh(&self.connection)?;
            self.data_version = version;
        }
        Ok(())
    }

    /// Runs the closures and chains their entries; the life and head that COMMIT will make true.
    fn fill(&self, batch: &mut [Box<dyn WriteJob>]) -> Result<(Life, Head)> {
        let mut made = Made { entries: Vec::with_capacity(batch.len()), renumbered: false };
        let alone = batch.len() == 1;
        for job in batch {
            let began = Instant::now();
            self.savepoint(job.as_mut(), alone, &mut made)?;
            let took = began.elapsed();
            if took > SLOW && !(alone && self.queue.is_empty()) {
                tracing::warn!(?took, act = %job.act().id, "a slow write held up the others");
            }
        }
        let mut stands = (self.state.life, self.state.head);
        if made.renumbered {
            stands = standing_sqlite(&self.connection)?;
        }
        let (life, head) = stands;
        let head = journal::number_sqlite(&self.connection, life.series, head, &made.entries)?;
        Ok((life, head))
    }

    /// Runs one closure; an error means that the whole transaction is lost.
    fn savepoint(&self, job: &mut dyn WriteJob, alone: bool, made: &mut Made) -> Result<()> {
        let connection = &self.connection;
        // Alone, the transaction itself is the savepoint: no page is copied for nothing.
        if !alone {
            control(connection, "savepoint closure")?;
        }
        let act = job.act().clone();
        let shared = Shared { clock: &self.state.clock, replicates: &self.state.replicates };
        let mut tx = WriteTx::new(Handle::Sqlite(connection), &act, shared);
        let verdict = job.run(&mut tx);
        let (_, new) = tx.into_parts();
        // A full disk inside a savepoint rolls everything back to autocommit.
        if connection.is_autocommit() {
            return Err(match verdict {
                Verdict::Failed(error) => error,
                _ => Error::Unavailable("the transaction was lost".to_owned()),
            });
        }
        match verdict {
            Verdict::Keep => {
                made.entries.extend(new.entries);
                made.renumbered |= new.renumbered;
            }
            // Alone, the failure is the answer; in company, the others must not suffer.
            Verdict::Failed(error @ (Error::Full | Error::Unavailable(_))) if alone => {
                return Err(error);
            }
            Verdict::Refused | Verdict::Failed(_) if alone => {
                control(connection, "rollback")?;
                return control(connection, BEGIN);
            }
            Verdict::Refused | Verdict::Failed(_) => control(connection, "rollback to closure")?,
        }
        if alone { Ok(()) } else { control(connection, "release closure") }
    }
}
