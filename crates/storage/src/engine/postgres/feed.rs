//! The journal's order on PostgreSQL: one sequencer at a time, under an advisory lock, numbers
//! and chains what has been committed, and alone notifies; every process listens.

use super::client::Connector;
use crate::engine::{Error, Result};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use muster_domain::ids::EntryId;
use muster_journal::{Chained, GENESIS, Head, Series, link};
use postgres::Client;
use postgres::fallible_iterator::FallibleIterator;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::watch;

/// Entries numbered in one transaction.
const BATCH: u16 = 2_000;
/// How often to look for entries of a process that died before numbering its own.
const PATROL: Duration = Duration::from_millis(500);

/// Tells threads to end.
#[derive(Default)]
pub(super) struct Stop(AtomicBool);

impl Stop {
    pub fn now(&self) {
        self.0.store(true, Ordering::Release);
    }

    fn wanted(&self) -> bool {
        self.0.load(Ordering::Acquire)
    }
}

/// Numbers entries whenever this process has written, and on patrol.
pub(super) fn sequence(
    connector: &Connector,
    series: Series,
    newest: &watch::Sender<i64>,
    woken: &Receiver<()>,
    stop: &Stop,
) {
    let mut sequencer = Sequencer { series, low: 0 };
    let mut client = None;
    loop {
        if stop.wanted() {
            return;
        }
        match round(connector, &mut client, &mut sequencer) {
            Ok(head) => advance(newest, head.seq),
            Err(error) => {
                tracing::warn!(%error, "the journal's sequencer lost its connection");
                client = None;
            }
        }
        match woken.recv_timeout(PATROL) {
            Ok(()) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(PATROL),
        }
    }
}

fn round(
    connector: &Connector,
    client: &mut Option<Client>,
    sequencer: &mut Sequencer,
) -> Result<Head> {
    let client = match client {
        Some(client) => client,
        empty => empty.insert(connector.connect()?),
    };
    loop {
        let (head, more) = sequencer.number(client)?;
        if !more {
            return Ok(head);
        }
    }
}

struct Sequencer {
    series: Series,
    /// Every entry of an earlier transaction is numbered.
    low: i64,
}

impl Sequencer {
    fn number(&mut self, client: &mut Client) -> Result<(Head, bool)> {
        let mut tx = client.transaction()?;
        tx.batch_execute("select pg_advisory_xact_lock(7235419)")?;
        let node = self.series.node.to_string();
        let incarnation = self.series.incarnation;
        let head = tx.query_opt(
            "select seq, hash from journal_order where node = $1::text::uuid and incarnation = $2
                order by seq desc limit 1",
            &[&node, &incarnation],
        )?;
        let head = head.map_or(Ok(GENESIS), |row| {
            Ok::<_, Error>(Head { seq: row.try_get(0)?, hash: digest(row.try_get(1)?) })
        })?;
        let row =
            tx.query_one("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint", &[])?;
        let running: i64 = row.try_get(0)?;
        // An act that saw another began its transaction's number later. Clocks of two processes
        // would not tell: their wall clocks differ.
        let rows = tx.query(
            "select j.id::text, j.digest from journal j
                where j.tx >= $1 and not exists (select 1 from journal_order o where o.entry = j.id)
                order by j.tx, j.clock, j.id limit $2",
            &[&self.low, &i64::from(BATCH)],
        )?;
        let more = rows.len() == usize::from(BATCH);
        let entries = rows
            .iter()
            .map(|row| {
                Ok(Chained { entry: entry(row.try_get(0)?)?, digest: digest(row.try_get(1)?) })
            })
            .collect::<Result<Vec<_>>>()?;
        if entries.is_empty() {
            self.low = running;
            return Ok((head, false));
        }
        let next = self.append(&mut tx, head, &entries)?;
        tx.execute("select pg_notify('muster_journal', $1)", &[&next.seq.to_string()])?;
        tx.commit()?;
        if !more {
            self.low = running;
        }
        Ok((next, more))
    }

    fn append(
        &self,
        tx: &mut postgres::Transaction<'_>,
        mut head: Head,
        entries: &[Chained],
    ) -> Result<Head> {
        let (mut seqs, mut ids, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
        for chained in entries {
            head = link(self.series, head, &chained.digest);
            seqs.push(head.seq);
            ids.push(chained.entry.to_string());
            hashes.push(head.hash.to_vec());
        }
        tx.execute(
            "insert into journal_order (node, incarnation, seq, entry, hash)
                select $1::text::uuid, $2, new.seq, new.entry::uuid, new.hash
                from unnest($3::bigint[], $4::text[], $5::bytea[]) as new (seq, entry, hash)",
            &[&self.series.node.to_string(), &self.series.incarnation, &seqs, &ids, &hashes],
        )?;
        Ok(head)
    }
}

/// Hears of entries that any process numbered; reconnects by itself.
pub(super) fn listen(connector: &Connector, newest: &watch::Sender<i64>, stop: &Stop) {
    while !stop.wanted() {
        if let Err(error) = hear(connector, newest, stop) {
            tracing::warn!(%error, "the journal's listener lost its connection");
            std::thread::sleep(PATROL);
        }
    }
}

fn hear(connector: &Connector, newest: &watch::Sender<i64>, stop: &Stop) -> Result<()> {
    let mut client = connector.connect()?;
    client.batch_execute("listen muster_journal")?;
    // What was numbered while nobody listened.
    let row = client.query_one("select coalesce(max(seq), 0) from journal_order", &[])?;
    advance(newest, row.try_get(0)?);
    while !stop.wanted() {
        let mut notifications = client.notifications();
        let mut waiting = notifications.timeout_iter(PATROL);
        while let Some(notification) = waiting.next()? {
            advance(newest, notification.payload().parse().unwrap_or_default());
        }
        drop(waiting);
        drop(notifications);
        client.is_valid(Duration::from_secs(5))?;
    }
    Ok(())
}

fn advance(newest: &watch::Sender<i64>, seq: i64) {
    newest.send_if_modified(|known| {
        let later = seq > *known;
        *known = seq.max(*known);
        later
    });
}

fn entry(text: &str) -> Result<EntryId> {
    text.parse().map_err(|_| Error::Database(format!("{text} is no id of an entry")))
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}
