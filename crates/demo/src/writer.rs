//! Writes in bulk: a few transactions on their way at once, a journal entry for each.

use muster_domain::ids::{ActId, NAMESPACE};
use muster_domain::time::Timestamp;
use muster_journal::Change;
use muster_storage::{Act, Pending, Result, Store, WriteTx};
use std::collections::VecDeque;
use std::sync::Arc;
use uuid::Uuid;

/// Rows written in one transaction.
const CHUNK: usize = 2_000;
/// Transactions on their way at once.
const AT_ONCE: usize = 4;

/// Writes to an empty store.
pub(crate) struct Writer<'a> {
    store: &'a Store,
    seed: u64,
    pub now: Timestamp,
    waiting: VecDeque<Pending<Result<()>>>,
}

impl<'a> Writer<'a> {
    pub fn new(store: &'a Store, seed: u64, now: Timestamp) -> Self {
        Self { store, seed, now, waiting: VecDeque::new() }
    }

    /// Writes rows in chunks and waits for them, so that others may refer to them.
    pub fn chunks<T, F>(&mut self, what: &'static str, rows: Vec<T>, put: F) -> Result<()>
    where
        T: Send + Sync + 'static,
        F: Fn(&mut WriteTx<'_>, &[T]) -> Result<()> + Send + Sync + 'static,
    {
        let (rows, put) = (Arc::new(rows), Arc::new(put));
        for from in (0..rows.len()).step_by(CHUNK) {
            let count = CHUNK.min(rows.len() - from);
            let (rows, put) = (rows.clone(), put.clone());
            self.write(what, from, count, move |tx| {
                put(tx, rows.get(from..from + count).unwrap_or_default())
            })?;
        }
        self.finish()
    }

    /// Writes rows one by one, in chunks, and waits for them.
    pub fn each<T, F>(&mut self, what: &'static str, rows: &[T], put: F) -> Result<()>
    where
        T: Clone + Send + Sync + 'static,
        F: Fn(&mut WriteTx<'_>, &T) -> Result<()> + Send + Sync + 'static,
    {
        self.chunks(what, rows.to_vec(), move |tx, rows| {
            rows.iter().try_for_each(|row| put(tx, row))
        })
    }

    /// Writes `count` rows with one journal entry, as soon as few others are on their way.
    pub fn write<F>(&mut self, what: &'static str, from: usize, count: usize, put: F) -> Result<()>
    where
        F: Fn(&mut WriteTx<'_>) -> Result<()> + Send + 'static,
    {
        if self.waiting.len() >= AT_ONCE
            && let Some(first) = self.waiting.pop_front()
        {
            first.wait()?;
        }
        let name = format!("demo {} {what} {from}", self.seed);
        let id = Uuid::new_v5(&NAMESPACE, name.as_bytes());
        let act = Act { id: ActId(id), at: self.now, actor: None, via: "cli" };
        self.waiting.push_back(self.store.write(&act, move |tx| {
            put(tx)?;
            let after = serde_json::json!({"what": what, "count": count});
            tx.journal(Change::new("demo.fill", "demo", id).created(&after))
        }));
        Ok(())
    }

    /// Waits until all is written.
    pub fn finish(&mut self) -> Result<()> {
        self.waiting.drain(..).try_for_each(Pending::wait)
    }
}
