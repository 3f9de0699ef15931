//! What is left to one node. A session is at home where it was opened: that node closes it on time, and
//! judges what was scanned of it without a network, since nobody else can tell whether a code was on its
//! screen. Passes to an event may be issued by one node alone.

use crate::Result;
use muster_domain::ids::SessionId;
use muster_domain::time::Timestamp;
use muster_storage::sessions::SessionRow;
use muster_storage::{ReadTx, peers, replication, sessions};
use uuid::Uuid;

/// What is at home here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Homes {
    /// This node, if it exchanges anything with others.
    own: Option<Uuid>,
    /// Whether others ask it: it stands in for edges that were revoked.
    is_hub: bool,
}

impl Homes {
    /// As this node is now.
    pub fn of(tx: &mut ReadTx<'_>) -> Result<Self> {
        let Some(row) = peers::own(tx)? else { return Ok(Self { own: None, is_hub: false }) };
        Ok(Self { own: Some(replication::own(tx)?.node), is_hub: row.role == "hub" })
    }

    /// Whether there are other nodes, which may have sessions that nobody here has heard of.
    pub fn has_others(self, tx: &mut ReadTx<'_>) -> Result<bool> {
        if !self.is_hub {
            return Ok(self.own.is_some());
        }
        Ok(peers::list(tx)?.iter().any(|edge| edge.revoked_at.is_none()))
    }

    /// Whether this node ever exchanged anything with others.
    pub const fn has_any(self) -> bool {
        self.own.is_some()
    }

    /// Whether another node takes care of a session.
    pub fn is_elsewhere(self, tx: &mut ReadTx<'_>, session: SessionId) -> Result<bool> {
        if self.own.is_none() {
            return Ok(false);
        }
        match replication::home(tx, session)? {
            None => Ok(false),
            Some(home) => self.is_another(tx, home),
        }
    }

    /// Whether that is another node, and takes care of what is at home there.
    pub fn is_another(self, tx: &mut ReadTx<'_>, node: Uuid) -> Result<bool> {
        let Some(own) = self.own else { return Ok(false) };
        Ok(node != own && (!self.is_hub || !peers::of_node(tx, node)?.is_empty()))
    }
}

/// Open sessions whose time is over, of those that this node takes care of.
pub(crate) fn due(tx: &mut ReadTx<'_>, now: Timestamp) -> Result<Vec<SessionRow>> {
    let due = sessions::due(tx, now)?;
    if due.is_empty() {
        return Ok(due);
    }
    let homes = Homes::of(tx)?;
    let mut own = Vec::with_capacity(due.len());
    for session in due {
        if !homes.is_elsewhere(tx, session.id)? {
            own.push(session);
        }
    }
    Ok(own)
}
