//! This node's series and where its chain and clock stand.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::time::Timestamp;
use muster_journal::{Clock, GENESIS, Head, Series};
use rusqlite::OptionalExtension;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// A life of the node. A node that was restored or copied begins another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    pub series: Series,
    /// How many places the entries of earlier lives took. An entry's place is this and its number:
    /// places grow through all lives, and listeners go by them.
    pub base: i64,
}

/// Where the chain and the clock stand, as the writer keeps them in memory.
pub(crate) struct NodeState {
    pub life: Life,
    pub head: Head,
    pub clock: Clock,
    /// Whether it replicates.
    pub replicates: AtomicBool,
}

record! {
    struct NodeRow {
        id: Uuid,
        incarnation: i64,
        base: i64,
    }
}

impl NodeRow {
    fn life(self) -> Life {
        let series = Series { node: self.id, incarnation: self.incarnation };
        Life { series, base: self.base }
    }
}

/// Also for whoever listens to PostgreSQL beside the transactions.
pub(crate) const PLACE_TEXT: &str = "select n.base + coalesce((select max(seq) from journal_order o
        where o.node = n.id and o.incarnation = n.incarnation), 0)
    from node n";

statements! {
    NODE = "select id, incarnation, base from node";
    EARLIER = "select node, incarnation, base from series
        where node = ?1 and base is not null order by base";
    PLACE = (PLACE_TEXT);
}

/// The life that this node is in.
pub(crate) fn life(tx: &mut ReadTx<'_>) -> Result<Life> {
    let row: Option<NodeRow> = tx.opt(&NODE, args![])?;
    let row = row.ok_or_else(|| crate::Error::Database("this database has no node".to_owned()))?;
    Ok(row.life())
}

/// This node's series.
pub(crate) fn series(tx: &mut ReadTx<'_>) -> Result<Series> {
    Ok(life(tx)?.series)
}

/// The lives that have places after that one, each with its last place; the present one last.
pub(crate) fn lives_after(tx: &mut ReadTx<'_>, place: i64) -> Result<Vec<(Life, i64)>> {
    let now = life(tx)?;
    let mut lives = Vec::new();
    if place < now.base {
        let rows: Vec<NodeRow> = tx.all(&EARLIER, args![now.series.node])?;
        lives.extend(rows.into_iter().map(NodeRow::life));
    }
    lives.push(now);
    let ends = lives.iter().skip(1).map(|next| next.base).chain([i64::MAX]).collect::<Vec<_>>();
    Ok(lives.into_iter().zip(ends).filter(|(_, end)| *end > place).collect())
}

/// The place of this node's last entry.
pub(crate) fn place(tx: &mut ReadTx<'_>) -> Result<i64> {
    tx.number(&PLACE, args![])
}

/// Reads the state of a SQLite node, making the node if the database is new.
pub(crate) fn load_sqlite(
    connection: &rusqlite::Connection,
    node: Uuid,
    now: Timestamp,
) -> Result<NodeState> {
    connection.execute(
        "insert into node (id, incarnation, created_at) select ?1, 1, ?2
            where not exists (select 1 from node)",
        rusqlite::params![node.as_bytes(), now.0],
    )?;
    let (life, head) = standing_sqlite(connection)?;
    let (clock, replicates) = (Clock::default(), AtomicBool::default());
    let mut state = NodeState { life, head, clock, replicates };
    state.refresh(connection)?;
    Ok(state)
}

/// The life that a SQLite node is in, and where its chain stands.
pub(crate) fn standing_sqlite(connection: &rusqlite::Connection) -> Result<(Life, Head)> {
    let life = connection.query_row(NODE.sqlite, [], |row| {
        let (id, incarnation): ([u8; 16], i64) = (row.get(0)?, row.get(1)?);
        let series = Series { node: Uuid::from_bytes(id), incarnation };
        Ok(Life { series, base: row.get(2)? })
    })?;
    let head = connection
        .query_row(
            "select seq, hash from journal_order where node = ?1 and incarnation = ?2
                order by seq desc limit 1",
            rusqlite::params![life.series.node.as_bytes(), life.series.incarnation],
            |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)? }),
        )
        .optional()?;
    Ok((life, head.unwrap_or(GENESIS)))
}

impl NodeState {
    /// The place of the last entry.
    pub(crate) const fn place(&self) -> i64 {
        self.life.base + self.head.seq
    }

    /// Reads where the chain and the clock stand on SQLite, and whether the node replicates.
    pub(crate) fn refresh(&mut self, connection: &rusqlite::Connection) -> Result<()> {
        (self.life, self.head) = standing_sqlite(connection)?;
        let last =
            connection.query_row("select coalesce(max(clock), 0) from journal", [], |row| {
                row.get::<_, i64>(0)
            })?;
        let replicates =
            connection
                .query_row("select replicates is not null from node", [], |row| row.get(0))?;
        self.replicates.store(replicates, Ordering::Release);
        self.clock.observe(last);
        Ok(())
    }
}

/// Reads a PostgreSQL node's last clock reading and whether it replicates, making the node if the
/// database is new.
pub(crate) fn load_postgres(
    client: &mut postgres::Client,
    node: Uuid,
    now: Timestamp,
) -> Result<(i64, bool)> {
    let mut tx = client.transaction()?;
    // Of two processes that open a new database at once, one makes the node.
    tx.batch_execute("select pg_advisory_xact_lock(7235420)")?;
    tx.execute(
        "insert into node (id, incarnation, created_at) select $1::text::uuid, 1, $2
            where not exists (select 1 from node)",
        &[&node.to_string(), &now.0],
    )?;
    let row = tx.query_one(
        "select (select coalesce(max(clock), 0) from journal), replicates is not null from node",
        &[],
    )?;
    tx.commit()?;
    Ok((row.try_get(0)?, row.try_get(1)?))
}
