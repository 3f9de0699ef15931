//! Worker threads: each with a client of its own, a transaction a closure, retried where the
//! database asks for it.

use super::client::Connector;
use super::link::{Backend, Link, Tries};
use super::session::Session;
use crate::engine::job::{ReadJob, Verdict, WriteJob};
use crate::engine::tx::Connection as Handle;
use crate::engine::{Error, ReadTx, Result, Shared, WriteTx};
use crossbeam_channel::{Receiver, Sender};
use muster_journal::Clock;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

pub(super) struct Reader(Link);

impl Reader {
    pub fn new(connector: Connector) -> Self {
        Self(Link::new(connector))
    }

    pub fn run(&mut self, queue: &Receiver<Box<dyn ReadJob>>) {
        for mut job in queue {
            let mut tries = Tries::begin();
            let outcome = loop {
                match self.read(job.as_mut()) {
                    Some(error) if tries.again_after(&error) => {}
                    outcome => break outcome,
                }
            };
            job.answer(outcome);
        }
    }

    fn read(&mut self, job: &mut dyn ReadJob) -> Option<Error> {
        let mut run = || {
            let (client, prepared, _) = self.0.client()?;
            let transaction = client.build_transaction().read_only(true).start()?;
            let mut tx = ReadTx::new(Handle::Postgres(Session { transaction, prepared }));
            Ok(job.run(&mut tx))
        };
        run().unwrap_or_else(Some)
    }
}

/// Whether a closure left entries that need a number.
enum Told {
    Nothing,
    Something,
}

pub(super) struct Writer {
    link: Link,
    clock: Arc<Clock>,
    replicates: Arc<AtomicBool>,
    wake: Sender<()>,
}

impl Writer {
    pub fn new(
        connector: Connector,
        (clock, replicates): (Arc<Clock>, Arc<AtomicBool>),
        wake: Sender<()>,
    ) -> Self {
        Self { link: Link::new(connector), clock, replicates, wake }
    }

    pub fn run(&mut self, queue: &Receiver<Box<dyn WriteJob>>) {
        for mut job in queue {
            let outcome = self.write_until_settled(job.as_mut());
            // What came from other nodes has its numbers. One waiting wake-up is enough.
            if !matches!(outcome, Ok(Told::Nothing)) {
                let _ = self.wake.try_send(());
            }
            job.answer(outcome.err());
        }
    }

    fn write_until_settled(&mut self, job: &mut dyn WriteJob) -> Result<Told> {
        // The connection that was lost while it committed: the act may have been recorded.
        let mut lost = None;
        let mut tries = Tries::begin();
        loop {
            let recorded = match &lost {
                Some(backend) => self.link.recorded(backend, job.act()),
                None => Ok(false),
            };
            let failure = match recorded {
                Ok(true) => return Ok(Told::Something),
                Ok(false) => match self.write(job) {
                    Ok(told) => return Ok(told),
                    Err((error, committing)) => {
                        lost = committing;
                        error
                    }
                },
                Err(error) => error,
            };
            if !tries.again_after(&failure) {
                return Err(failure);
            }
        }
    }

    /// Runs the closure once. The error comes with the connection if that was lost during COMMIT.
    fn write(
        &mut self,
        job: &mut dyn WriteJob,
    ) -> std::result::Result<Told, (Error, Option<Backend>)> {
        let (clock, replicates) = (self.clock.clone(), self.replicates.clone());
        let act = job.act().clone();
        let before = |error| (error, None);
        let (client, prepared, backend) = self.link.client().map_err(before)?;
        let transaction = client.transaction().map_err(|error| before(error.into()))?;
        let session = Session { transaction, prepared };
        let shared = Shared { clock: &clock, replicates: &replicates };
        let mut tx = WriteTx::new(Handle::Postgres(session), &act, shared);
        let verdict = job.run(&mut tx);
        let (Handle::Postgres(session), made) = tx.into_parts() else {
            return Err(before(Error::Panicked));
        };
        match verdict {
            Verdict::Keep => {
                session.transaction.commit().map_err(|error| {
                    let error = Error::from(error);
                    let lost = matches!(error, Error::Unavailable(_)).then(|| backend.clone());
                    (error, lost)
                })?;
                let silent = made.entries.is_empty() && !made.renumbered;
                Ok(if silent { Told::Nothing } else { Told::Something })
            }
            Verdict::Failed(error) if error.is_transient() => Err(before(error)),
            // The answer tells the closure's own error.
            Verdict::Refused | Verdict::Failed(_) => {
                let _ = session.transaction.rollback();
                Ok(Told::Nothing)
            }
        }
    }
}
