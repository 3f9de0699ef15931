//! The journal's order on PostgreSQL: one sequencer at a time, under an advisory lock, numbers
//! and chains what has been committed, and alone notifies; every process listens.

use super::client::Connector;
use crate::engine::{Error, Result};
use crate::journal::node::{Life, PLACE_TEXT};
use crossbeam_channel::{Receiver, RecvTimeoutError};
use muster_domain::ids::EntryId;
use muster_journal::{Chained, GENESIS, Head, Series, link};
use postgres::fallible_iterator::FallibleIterator;
use postgres::{Client, Statement};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;

/// Entries numbered in one transaction.
const BATCH: u16 = 2_000;
/// How long entries gather before they are numbered: a flood then costs few transactions.
const GATHERING: Duration = Duration::from_millis(4);
/// How often to look for entries of a process that died before numbering its own.
const PATROL: Duration = Duration::from_millis(500);

/// Tells threads to end, also those that wait.
#[derive(Default)]
pub(super) struct Stop {
    wanted: Mutex<bool>,
    told: Condvar,
}

impl Stop {
    pub fn now(&self) {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.told.notify_all();
    }

    fn wanted(&self) -> bool {
        *self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for so long, or until it is told.
    fn wait(&self, longest: Duration) {
        let wanted = self.wanted.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.told.wait_timeout_while(wanted, longest, |wanted| !*wanted));
    }
}

/// Numbers entries whenever this process has written, and on patrol.
pub(super) fn sequence(
    connector: &Connector,
    newest: &watch::Sender<i64>,
    woken: &Receiver<()>,
    stop: &Stop,
) {
    let mut sequencer = Sequencer { low: 0 };
    let mut client = None;
    while !stop.wanted() {
        match round(connector, &mut client, &mut sequencer) {
            Ok(place) => advance(newest, place),
            Err(error) => {
                tracing::warn!(%error, "the journal's sequencer lost its connection");
                client = None;
            }
        }
        match woken.recv_timeout(PATROL) {
            Ok(()) => std::thread::sleep(GATHERING),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => stop.wait(PATROL),
        }
    }
    // The listener of this process waits for news: there will be none.
    if let Some((client, statements)) = &mut client {
        let _ = client.execute(&statements.notify, &[&""]);
    }
}

fn round(
    connector: &Connector,
    connected: &mut Option<(Client, Statements)>,
    sequencer: &mut Sequencer,
) -> Result<i64> {
    let (client, statements) = match connected {
        Some(connected) => connected,
        empty => {
            let mut client = connector.connect()?;
            let statements = Statements::prepare(&mut client)?;
            empty.insert((client, statements))
        }
    };
    loop {
        let (place, more) = sequencer.number(client, statements)?;
        if !more {
            return Ok(place);
        }
    }
}

/// What a round says, prepared once a connection.
struct Statements {
    head: Statement,
    waiting: Statement,
    append: Statement,
    notify: Statement,
}

impl Statements {
    fn prepare(client: &mut Client) -> Result<Self> {
        Ok(Self {
            head: client.prepare(
                // Any process may have begun another life of the node.
                "select n.id::text, n.incarnation, n.base, o.seq, o.hash
                from node n left join lateral (select seq, hash from journal_order
                    where node = n.id and incarnation = n.incarnation
                    order by seq desc limit 1) o on true",
            )?,
            // An act that saw another began its transaction's number later. Clocks of two
            // processes would not tell: their wall clocks differ. The oldest transaction that
            // still runs is read in the same snapshot.
            waiting: client.prepare(
                "select j.id::text, j.digest,
                    pg_snapshot_xmin(pg_current_snapshot())::text::bigint
                from (values (1)) as once left join journal j
                    on j.tx >= $1 and j.tx >= 0
                    and not exists (select 1 from journal_order o where o.entry = j.id)
                order by j.tx, j.clock, j.id limit $2",
            )?,
            append: client.prepare(
                "insert into journal_order (node, incarnation, seq, entry, hash)
                select $1::text::uuid, $2, new.seq, new.entry::uuid, new.hash
                from unnest($3::bigint[], $4::text[], $5::bytea[]) as new (seq, entry, hash)",
            )?,
            notify: client.prepare("select pg_notify('muster_journal', $1)")?,
        })
    }
}

struct Sequencer {
    /// Every entry of an earlier transaction is numbered.
    low: i64,
}

impl Sequencer {
    /// Numbers what waits; the place of the last entry, and whether more may wait.
    fn number(&mut self, client: &mut Client, statements: &Statements) -> Result<(i64, bool)> {
        let mut tx = client.transaction()?;
        tx.batch_execute("select pg_advisory_xact_lock(7235419)")?;
        let (life, head) = standing(&tx.query_one(&statements.head, &[])?)?;
        let rows = tx.query(&statements.waiting, &[&self.low, &i64::from(BATCH)])?;
        let running: i64 = rows.first().map_or(Ok(self.low), |row| row.try_get(2))?;
        let more = rows.len() == usize::from(BATCH);
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            // Nothing waits: the one row holds no entry.
            let Some(id) = row.try_get::<_, Option<&str>>(0)? else { continue };
            entries.push(Chained { entry: EntryId(uuid(id)?), digest: digest(row.try_get(1)?) });
        }
        if entries.is_empty() {
            self.low = running;
            return Ok((life.base + head.seq, false));
        }
        let next = append(&mut tx, &statements.append, (life.series, head), &entries)?;
        let place = life.base + next.seq;
        tx.execute(&statements.notify, &[&place.to_string()])?;
        tx.commit()?;
        if !more {
            self.low = running;
        }
        Ok((place, more))
    }
}

/// The life that the node is in, and where its chain stands.
fn standing(row: &postgres::Row) -> Result<(Life, Head)> {
    let node = uuid(row.try_get(0)?)?;
    let series = Series { node, incarnation: row.try_get(1)? };
    let head = match row.try_get(3)? {
        Some(seq) => Head { seq, hash: digest(row.try_get(4)?) },
        None => GENESIS,
    };
    Ok((Life { series, base: row.try_get(2)? }, head))
}

fn append(
    tx: &mut postgres::Transaction<'_>,
    statement: &Statement,
    (series, mut head): (Series, Head),
    entries: &[Chained],
) -> Result<Head> {
    let (mut seqs, mut ids, mut hashes) = (Vec::new(), Vec::new(), Vec::new());
    for chained in entries {
        head = link(series, head, &chained.digest);
        seqs.push(head.seq);
        ids.push(chained.entry.to_string());
        hashes.push(head.hash.to_vec());
    }
    let node = series.node.to_string();
    tx.execute(statement, &[&node, &series.incarnation, &seqs, &ids, &hashes])?;
    Ok(head)
}

/// Hears of entries that any process numbered, and whether the node began to replicate; reconnects
/// by itself.
pub(super) fn listen(
    connector: &Connector,
    newest: &watch::Sender<i64>,
    replicates: &AtomicBool,
    stop: &Stop,
) {
    while !stop.wanted() {
        if let Err(error) = hear(connector, newest, replicates, stop) {
            tracing::warn!(%error, "the journal's listener lost its connection");
            stop.wait(PATROL);
        }
    }
}

fn hear(
    connector: &Connector,
    newest: &watch::Sender<i64>,
    replicates: &AtomicBool,
    stop: &Stop,
) -> Result<()> {
    let mut client = connector.connect()?;
    client.batch_execute("listen muster_journal")?;
    // What was numbered while nobody listened.
    let row = client.query_one(PLACE_TEXT, &[])?;
    advance(newest, row.try_get(0)?);
    while !stop.wanted() {
        let mut notifications = client.notifications();
        let mut waiting = notifications.timeout_iter(PATROL);
        while let Some(notification) = waiting.next()? {
            advance(newest, notification.payload().parse().unwrap_or_default());
            if stop.wanted() {
                return Ok(());
            }
        }
        drop(waiting);
        drop(notifications);
        let row = client.query_one("select replicates is not null from node", &[])?;
        replicates.store(row.try_get(0)?, Ordering::Release);
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

fn uuid(text: &str) -> Result<Uuid> {
    text.parse().map_err(|_| Error::Database(format!("{text} is no id")))
}

fn digest(bytes: &[u8]) -> [u8; 32] {
    bytes.try_into().unwrap_or_default()
}
