//! How a node stands among others: what it is, whom it knows, what waits.

use super::manage;
use super::peers::{Peer, list};
use crate::{Ctx, Result};
use muster_domain::time::Timestamp;
use muster_journal::wire::heads_from_bytes;
use muster_storage::peers::OwnRow;
use muster_storage::replication::{PendingRow, Restated};
use muster_storage::{ReadTx, operations, peers, replication};
use serde_json::Value;
use uuid::Uuid;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It exchanges nothing with anybody.
    Alone,
    /// Edges ask it.
    Hub,
    /// It asks a hub.
    Edge,
}

impl Role {
    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Hub => "hub",
            Self::Edge => "edge",
        }
    }
}

/// A hub as its edge sees it.
#[derive(Clone, Debug)]
pub struct Hub {
    /// Where it is.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// Names of the classes that this node sees; none where it sees everything.
    pub classes: Option<Vec<String>>,
    /// Minutes between two exchanges; 0 for by hand alone.
    pub every: i64,
    /// When it was last asked.
    pub tried_at: Option<Timestamp>,
    /// When that last succeeded.
    pub success_at: Option<Timestamp>,
    /// How many tries since then came to nothing.
    pub failures: i64,
    /// What was wrong last.
    pub error: Option<String>,
    /// Entries here that it lacks.
    pub pending: i64,
    /// Entries there, when it last answered, that are not here.
    pub lacks: i64,
    /// How many seconds this node's clock was ahead of its, when it last answered.
    pub ahead: Option<i64>,
}

/// How far a clock is off, in words, if it is by more than a minute. Nothing fails by it, but times of
/// marks are those of the node that made them.
pub fn clock_words(ahead: i64) -> Option<String> {
    let (minutes, way) = (ahead.abs() / 60, if ahead > 0 { "ahead" } else { "behind" });
    match (minutes / (24 * 60), minutes / 60 % 24, minutes % 60) {
        (0, 0, 0) => None,
        (0, 0, minutes) => Some(format!("{minutes} min {way}")),
        (0, hours, minutes) => Some(format!("{hours} h {minutes} min {way}")),
        (1, hours, _) => Some(format!("1 day {hours} h {way}")),
        (days, hours, _) => Some(format!("{days} days {hours} h {way}")),
    }
}

/// How far a node has told what it held before, in words.
pub fn restated_words(restated: Restated) -> String {
    let Restated { records, kind } = restated;
    let now = kind.map_or_else(|| "what was removed".to_owned(), |kind| kind.replace('_', " "));
    format!("{records} records so far, now: {now}")
}

/// How a node stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What it is.
    pub role: Role,
    /// Its id.
    pub node: Uuid,
    /// How large its database is, in bytes.
    pub size: i64,
    /// Its hub, if it is an edge.
    pub hub: Option<Hub>,
    /// Its edges, if it is a hub.
    pub peers: Vec<Peer>,
    /// How many records came and are not in place yet: what they refer to is missing, or can't be read.
    pub waiting: i64,
    /// Those of them that wait longest.
    pub waits: Vec<PendingRow>,
    /// How far it has told what it held before it replicated, while that goes on.
    pub restated: Option<Restated>,
}

/// Waiting records that are told one by one.
const MOST: i64 = 20;

/// How this node stands now.
pub fn standing(tx: &mut ReadTx<'_>, ctx: &Ctx) -> Result<Standing> {
    manage(ctx)?;
    let own = peers::own(tx)?;
    let role = match own.as_ref().map(|own| own.role.as_str()) {
        None => Role::Alone,
        Some("edge") => Role::Edge,
        Some(_) => Role::Hub,
    };
    let hub = match own {
        Some(own) if role == Role::Edge => Some(hub(tx, own)?),
        _ => None,
    };
    let peers = if role == Role::Hub { list(tx, ctx)? } else { Vec::new() };
    let size = operations::database_bytes(tx)?;
    let waits = replication::list_pending(tx, None, MOST)?;
    let waiting = if waits.is_empty() { 0 } else { replication::count_pending(tx)? };
    let (node, restated) = (replication::own(tx)?.node, replication::restated(tx)?);
    Ok(Standing { role, node, size, hub, peers, waiting, waits, restated })
}

fn hub(tx: &mut ReadTx<'_>, own: OwnRow) -> Result<Hub> {
    let theirs = own.heads.as_deref().and_then(|bytes| heads_from_bytes(bytes).ok());
    let (theirs, mine) = (theirs.unwrap_or_default(), replication::heads(tx)?);
    let told: Value =
        own.scope.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let classes = told.get("classes").and_then(Value::as_array);
    let names =
        |all: &Vec<Value>| all.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    Ok(Hub {
        url: own.url.unwrap_or_default(),
        name: own.hub_name.unwrap_or_default(),
        classes: classes.map(names),
        every: own.every,
        tried_at: own.tried_at,
        success_at: own.success_at,
        failures: own.failures,
        error: own.error,
        pending: mine.beyond(&theirs),
        lacks: theirs.beyond(&mine),
        ahead: told.get("ahead").and_then(Value::as_i64).map(|by| by / 1_000_000),
    })
}

/// How long an edge waits before it asks again, where it asks by itself: none is by hand alone.
pub fn pace(tx: &mut ReadTx<'_>) -> Result<Option<i64>> {
    let own = peers::own(tx)?.filter(|own| own.role == "edge" && own.every > 0);
    Ok(own.map(|own| own.every))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_by_a_minute_is_told_in_words() {
        let words = |minutes: i64| clock_words(minutes * 60).unwrap_or_default();
        assert_eq!(clock_words(-59), None);
        assert_eq!([words(-5), words(125)], ["5 min behind", "2 h 5 min ahead"]);
        assert_eq!(
            [words(24 * 60 + 61), words(-50 * 60)],
            ["1 day 1 h ahead", "2 days 2 h behind"]
        );
    }
}
