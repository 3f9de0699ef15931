//! This node's series and where its chain and clock stand.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::time::Timestamp;
use muster_journal::{Clock, GENESIS, Head, Series};
use rusqlite::OptionalExtension;
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;

/// Where the chain and the clock stand, as the writer keeps them in memory.
pub(crate) struct NodeState {
    pub series: Series,
    pub head: Head,
    pub clock: Clock,
    /// Whether it replicates.
    pub replicates: AtomicBool,
}

record! {
    struct NodeRow {
        id: Uuid,
        incarnation: i64,
    }
}

statements! {
    NODE = "select id, incarnation from node";
}

/// This node's series.
pub(crate) fn series(tx: &mut ReadTx<'_>) -> Result<Series> {
    let row: Option<NodeRow> = tx.opt(&NODE, args![])?;
    row.map(|row| Series { node: row.id, incarnation: row.incarnation })
        .ok_or_else(|| crate::Error::Database("this database has no node".to_owned()))
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
    let series = connection.query_row("select id, incarnation from node", [], |row| {
        let id: [u8; 16] = row.get(0)?;
        Ok(Series { node: Uuid::from_bytes(id), incarnation: row.get(1)? })
    })?;
    let (head, clock) = (GENESIS, Clock::default());
    let mut state = NodeState { series, head, clock, replicates: AtomicBool::default() };
    state.refresh(connection)?;
    Ok(state)
}

impl NodeState {
    /// Reads where the chain and the clock stand on SQLite, and whether the node replicates.
    pub(crate) fn refresh(&mut self, connection: &rusqlite::Connection) -> Result<()> {
        let head = connection
            .query_row(
                "select seq, hash from journal_order where node = ?1 and incarnation = ?2
                    order by seq desc limit 1",
                rusqlite::params![self.series.node.as_bytes(), self.series.incarnation],
                |row| Ok(Head { seq: row.get(0)?, hash: row.get(1)? }),
            )
            .optional()?;
        let last =
            connection.query_row("select coalesce(max(clock), 0) from journal", [], |row| {
                row.get::<_, i64>(0)
            })?;
        let replicates =
            connection
                .query_row("select replicates is not null from node", [], |row| row.get(0))?;
        self.replicates.store(replicates, Ordering::Release);
        self.head = head.unwrap_or(GENESIS);
        self.clock.observe(last);
        Ok(())
    }
}

/// Reads a PostgreSQL node's series, its last clock reading and whether it replicates, making the
/// node if the database is new.
pub(crate) fn load_postgres(
    client: &mut postgres::Client,
    node: Uuid,
    now: Timestamp,
) -> Result<(Series, i64, bool)> {
    let mut tx = client.transaction()?;
    // Of two processes that open a new database at once, one makes the node.
    tx.batch_execute("select pg_advisory_xact_lock(7235420)")?;
    tx.execute(
        "insert into node (id, incarnation, created_at) select $1::text::uuid, 1, $2
            where not exists (select 1 from node)",
        &[&node.to_string(), &now.0],
    )?;
    let row = tx.query_one(
        "select id::text, incarnation, (select coalesce(max(clock), 0) from journal),
            replicates is not null from node",
        &[],
    )?;
    tx.commit()?;
    let id: String = row.try_get(0)?;
    let node = Uuid::parse_str(&id).map_err(|error| crate::Error::Database(error.to_string()))?;
    Ok((Series { node, incarnation: row.try_get(1)? }, row.try_get(2)?, row.try_get(3)?))
}
