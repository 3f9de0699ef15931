//! What the journal says of one mark.

use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{MarkId, SessionId};
use muster_domain::time::Timestamp;

record! {
    /// An entry about a mark.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct MarkEntry {
        /// Wall time.
        pub at: Timestamp,
        /// Who acted.
        pub actor_name: Option<String>,
        /// What was done.
        pub action: String,
        /// JSON after.
        pub after: Option<String>,
        /// Why.
        pub reason: Option<String>,
    }
}

statements! {
    // The topic of a mark's entries is its session.
    OF_MARK = "select j.at, p.name, j.action, j.after, j.reason
        from journal j left join people p on p.id = j.actor
        where j.topic = ?1 and j.entity_id = ?2 order by j.clock, j.id";
}

/// The entries about a mark in a session, the earliest first.
pub fn of_mark(tx: &mut ReadTx<'_>, session: SessionId, mark: MarkId) -> Result<Vec<MarkEntry>> {
    tx.all(&OF_MARK, args![session, mark])
}
