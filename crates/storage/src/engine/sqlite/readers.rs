//! Reader threads: each with a connection of its own, a transaction a closure.

use super::control;
use crate::engine::job::ReadJob;
use crate::engine::tx::Connection as Handle;
use crate::engine::{Error, ReadTx};
use crossbeam_channel::Receiver;
use rusqlite::Connection;

pub(super) fn run(connection: &Connection, queue: &Receiver<Box<dyn ReadJob>>) {
    for mut job in queue {
        let failure = read(connection, job.as_mut());
        job.answer(failure);
    }
}

fn read(connection: &Connection, job: &mut dyn ReadJob) -> Option<Error> {
    if let Err(error) = control(connection, "begin") {
        return Some(error);
    }
    let failure = job.run(&mut ReadTx::new(Handle::Sqlite(connection)));
    if let Err(error) = control(connection, "rollback") {
        tracing::warn!(%error, "a read transaction did not end");
    }
    failure
}
