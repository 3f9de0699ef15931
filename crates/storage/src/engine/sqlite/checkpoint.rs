//! The write-ahead log is copied into the database beside the writer, never inside a commit.

use super::PATIENCE;
use crate::engine::Result;
use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, Instant};

/// Pages (4 MiB) that are worth a copy and its two syncs.
const WORTHWHILE: i32 = 1024;
/// Pages (32 MiB) past which the log is begun anew as soon as little of it is left to copy.
const LONG: i32 = 8_192;
/// Pages that the writer copies itself to get there: a matter of milliseconds.
const LITTLE: i32 = 256;
/// Pages (128 MiB) past which the writer stops to empty the log.
const LONGEST: i32 = 32_768;
/// How long beginning anew and emptying wait for readers.
const RESTARTING: Duration = Duration::from_millis(5);
const EMPTYING: Duration = Duration::from_millis(50);
/// How long until emptying is tried again.
const AGAIN: Duration = Duration::from_secs(2);

/// What the writer knows of its log.
pub(super) struct Wal {
    pages: Arc<AtomicI32>,
    /// Pages that the last copy had left.
    left: Arc<AtomicI32>,
    asked: i32,
    emptied: Option<Instant>,
    wanted: Sender<()>,
}

impl Wal {
    /// Counts the log's pages at each commit of a connection. This replaces SQLite's own
    /// checkpoints, which run inside commits.
    pub fn watch(connection: &mut Connection) -> Result<(Self, Copier)> {
        let pages = Arc::new(AtomicI32::new(0));
        let counter = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            counter.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let (wanted, queue) = crossbeam_channel::bounded(1);
        let left = Arc::new(AtomicI32::new(i32::MAX));
        let copier = Copier { wanted: queue, left: left.clone() };
        Ok((Self { pages, left, asked: 0, emptied: None, wanted }, copier))
    }

    /// After a commit: has the log copied when enough is new in it, or empties it.
    pub fn committed(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.asked {
            self.asked = 0;
        }
        let long = pages > LONG;
        if long && self.left.swap(i32::MAX, Ordering::Relaxed) < LITTLE {
            self.checkpoint(connection, "pragma wal_checkpoint(restart)", RESTARTING);
        } else if pages >= self.asked + if long { LITTLE } else { WORTHWHILE } {
            self.asked = pages;
            // One wish that waits is enough.
            let _ = self.wanted.try_send(());
        }
        if pages > LONGEST && self.emptied.is_none_or(|at| at.elapsed() > AGAIN) {
            self.emptied = Some(Instant::now());
            self.checkpoint(connection, "pragma wal_checkpoint(truncate)", EMPTYING);
        }
    }

    /// Readers that never pause keep the log growing: waits for them, but not long.
    fn checkpoint(&self, connection: &Connection, how: &str, patience: Duration) {
        let _ = connection.busy_timeout(patience);
        let busy = connection.query_row(how, [], |row| row.get::<_, bool>(0));
        let _ = connection.busy_timeout(PATIENCE);
        match busy {
            Ok(false) => self.pages.store(0, Ordering::Relaxed),
            Ok(true) => tracing::debug!("a reader keeps the write-ahead log long"),
            Err(error) => tracing::warn!(%error, "checkpoint failed"),
        }
    }
}

/// Copies whenever the writer asks.
pub(super) struct Copier {
    wanted: Receiver<()>,
    left: Arc<AtomicI32>,
}

impl Copier {
    /// Copies without making anybody wait; ends with the writer.
    pub fn run(self, connection: &Connection) {
        for () in &self.wanted {
            let copied = connection.query_row("pragma wal_checkpoint(passive)", [], |row| {
                Ok((row.get::<_, i32>(1)?, row.get::<_, i32>(2)?))
            });
            match copied {
                Ok((pages, copied)) => self.left.store(pages - copied, Ordering::Relaxed),
                Err(error) => tracing::warn!(%error, "checkpoint failed"),
            }
        }
    }
}
