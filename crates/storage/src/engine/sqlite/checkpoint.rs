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
/// Pages (64 MiB) past which the writer stops to empty the log.
const LONGEST: i32 = 16_384;
/// How long emptying waits for readers, and how long until it is tried again.
const EMPTYING: Duration = Duration::from_millis(50);
const AGAIN: Duration = Duration::from_secs(2);

/// What the writer knows of its log.
pub(super) struct Wal {
    pages: Arc<AtomicI32>,
    asked: i32,
    emptied: Option<Instant>,
    wanted: Sender<()>,
}

impl Wal {
    /// Counts the log's pages at each commit of a connection. This replaces SQLite's own
    /// checkpoints, which run inside commits.
    pub fn watch(connection: &mut Connection) -> Result<(Self, Receiver<()>)> {
        let pages = Arc::new(AtomicI32::new(0));
        let counter = Arc::clone(&pages);
        connection.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            counter.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let (wanted, queue) = crossbeam_channel::bounded(1);
        Ok((Self { pages, asked: 0, emptied: None, wanted }, queue))
    }

    /// After a commit: has the log copied when enough is new in it, or empties it.
    pub fn committed(&mut self, connection: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.asked {
            self.asked = 0;
        }
        if pages >= self.asked + WORTHWHILE {
            self.asked = pages;
            // One wish that waits is enough.
            let _ = self.wanted.try_send(());
        }
        if pages > LONGEST && self.emptied.is_none_or(|at| at.elapsed() > AGAIN) {
            self.emptied = Some(Instant::now());
            self.empty(connection);
        }
    }

    /// Readers that never pause keep the log growing: waits for them, but not long.
    fn empty(&self, connection: &Connection) {
        let _ = connection.busy_timeout(EMPTYING);
        let busy = connection
            .query_row("pragma wal_checkpoint(truncate)", [], |row| row.get::<_, bool>(0));
        let _ = connection.busy_timeout(PATIENCE);
        match busy {
            Ok(false) => self.pages.store(0, Ordering::Relaxed),
            Ok(true) => tracing::debug!("a reader keeps the write-ahead log long"),
            Err(error) => tracing::warn!(%error, "checkpoint failed"),
        }
    }
}

/// Copies whenever asked, without making anybody wait; ends with the writer.
pub(super) fn run(connection: &Connection, wanted: &Receiver<()>) {
    for () in wanted {
        let copied = connection.query_row("pragma wal_checkpoint(passive)", [], |_| Ok(()));
        if let Err(error) = copied {
            tracing::warn!(%error, "checkpoint failed");
        }
    }
}
