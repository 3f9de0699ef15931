//! Where a session is at home: on the node that opened it. That node alone holds the key of its codes.
//! And what sessions were called that became one with others.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::SessionId;
use muster_domain::time::Timestamp;
use serde_json::Value;
use uuid::Uuid;

record! {
    struct HomeRow {
        node: Uuid,
    }
}

record! {
    /// A session that two nodes opened apart, and that gave way to the other one.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Former {
        /// Its own id.
        pub id: SessionId,
        /// The one that stands.
        pub stands: SessionId,
    }
}

record! {
    struct ToldRow {
        after: Option<String>,
    }
}

statements! {
    // Marks, of which there are most, stand in another index.
    HOME = "select o.node from journal j join journal_order o on o.entry = j.id
        where j.entity_id = ?1 and j.entity <> 'mark' and j.entity = 'session'
            and j.action = 'session.open'
        order by j.clock, o.node limit 1";
    FORMER = "select record, stands from redirects where entity = 'session'";
    OPENING = "select after from journal
        where entity_id = ?1 and entity <> 'mark' and entity = 'session' and action = 'session.open'
        order by clock limit 1";
}

/// The node that opened a session; none as long as its entry has no number, which is then this one's.
pub fn home(tx: &mut ReadTx<'_>, session: SessionId) -> Result<Option<Uuid>> {
    let row: Option<HomeRow> = tx.opt(&HOME, args![session])?;
    Ok(row.map(|row| row.node))
}

/// The sessions that turned out to be another one.
pub fn former_sessions(tx: &mut ReadTx<'_>) -> Result<Vec<Former>> {
    tx.all(&FORMER, args![])
}

/// When a session was opened, as its first entry tells, and how many seconds its steps have, if that
/// tells it.
pub fn opening(
    tx: &mut ReadTx<'_>,
    session: SessionId,
) -> Result<Option<(Timestamp, Option<i64>)>> {
    let row: Option<ToldRow> = tx.opt(&OPENING, args![session])?;
    let told: Option<Value> =
        row.and_then(|row| row.after).and_then(|text| serde_json::from_str(&text).ok());
    let number = |name: &str| told.as_ref()?.get(name)?.as_i64();
    Ok(number("opened_at").map(|at| (Timestamp(at), number("step_seconds"))))
}
