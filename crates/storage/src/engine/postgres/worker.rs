//! Worker threads: each with a client of its own, a transaction a closure, retried where the
//! database asks for it.

use super::client::Connector;
use super::session::{Prepared, Session};
use crate::engine::job::{ReadJob, Verdict, WriteJob};
use crate::engine::tx::Connection as Handle;
use crate::engine::{Error, ReadTx, Result, WriteTx};
use crossbeam_channel::{Receiver, Sender};
use muster_journal::Clock;
use postgres::Client;
use std::sync::Arc;
use std::time::Duration;

/// Tries of one closure: enough to outlast a restart of the database.
const TRIES: u32 = 6;

/// A client that is connected when it is needed.
struct Link {
    connector: Connector,
    client: Option<(Client, Prepared)>,
}

impl Link {
    fn client(&mut self) -> Result<(&mut Client, &mut Prepared)> {
        if self.client.as_ref().is_some_and(|(client, _)| client.is_closed()) {
            self.client = None;
        }
        let (client, prepared) = match &mut self.client {
            Some(pair) => pair,
            empty => empty.insert((self.connector.connect()?, Prepared::new())),
        };
        Ok((client, prepared))
    }
}

/// Waits a little longer after each try: 50 ms to 1.6 s.
fn pause(attempt: u32) {
    std::thread::sleep(Duration::from_millis(50 << attempt.min(5)));
}

pub(super) struct Reader(Link);

impl Reader {
    pub fn new(connector: Connector) -> Self {
        Self(Link { connector, client: None })
    }

    pub fn run(&mut self, queue: &Receiver<Box<dyn ReadJob>>) {
        for mut job in queue {
            let mut outcome = self.read(job.as_mut());
            for attempt in 0..TRIES {
                match &outcome {
                    Some(error) if error.is_transient() => pause(attempt),
                    _ => break,
                }
                outcome = self.read(job.as_mut());
            }
            job.answer(outcome);
        }
    }

    fn read(&mut self, job: &mut dyn ReadJob) -> Option<Error> {
        let mut run = || {
            let (client, prepared) = self.0.client()?;
            let transaction = client.build_transaction().read_only(true).start()?;
            let mut tx = ReadTx::new(Handle::Postgres(Session { transaction, prepared }));
            Ok(job.run(&mut tx))
        };
        run().unwrap_or_else(Some)
    }
}

pub(super) struct Writer {
    link: Link,
    clock: Arc<Clock>,
    wake: Sender<()>,
}

impl Writer {
    pub fn new(connector: Connector, clock: Arc<Clock>, wake: Sender<()>) -> Self {
        Self { link: Link { connector, client: None }, clock, wake }
    }

    pub fn run(&mut self, queue: &Receiver<Box<dyn WriteJob>>) {
        for mut job in queue {
            let outcome = self.write_until_settled(job.as_mut());
            // One waiting wake-up is enough.
            let _ = self.wake.try_send(());
            job.answer(outcome.err());
        }
    }

    fn write_until_settled(&mut self, job: &mut dyn WriteJob) -> Result<()> {
        let mut attempt = 0;
        loop {
            let (error, committing) = match self.write(job) {
                Ok(()) => return Ok(()),
                Err(failed) => failed,
            };
            attempt += 1;
            if !error.is_transient() || attempt > TRIES {
                return Err(error);
            }
            pause(attempt);
            // The connection went away during COMMIT: it may have happened.
            if committing && self.applied(job) {
                return Ok(());
            }
        }
    }

    /// Runs the closure once; the error says whether COMMIT had begun.
    fn write(&mut self, job: &mut dyn WriteJob) -> std::result::Result<(), (Error, bool)> {
        let clock = self.clock.clone();
        let act = job.act().clone();
        let before = |error| (error, false);
        let (client, prepared) = self.link.client().map_err(before)?;
        let transaction = client.transaction().map_err(|error| before(error.into()))?;
        let session = Session { transaction, prepared };
        let mut tx = WriteTx::new(Handle::Postgres(session), &act, &clock);
        let verdict = job.run(&mut tx);
        let (Handle::Postgres(session), _) = tx.into_parts() else {
            return Err(before(Error::Panicked));
        };
        match verdict {
            Verdict::Keep => session.transaction.commit().map_err(|error| (error.into(), true)),
            Verdict::Failed(error) if error.is_transient() => Err(before(error)),
            // The answer tells the closure's own error.
            Verdict::Refused | Verdict::Failed(_) => {
                let _ = session.transaction.rollback();
                Ok(())
            }
        }
    }

    fn applied(&mut self, job: &dyn WriteJob) -> bool {
        let act = job.act().id.to_string();
        let Ok((client, _)) = self.link.client() else { return false };
        client
            .query_opt("select 1 from journal where act = $1::text::uuid limit 1", &[&act])
            .is_ok_and(|row| row.is_some())
    }
}
