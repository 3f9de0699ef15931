//! Following the journal: one topic's entries after a number, and where this node's chain stands.

use super::JournalRow;
use crate::{ReadTx, Result, args, record, statements};
use uuid::Uuid;

record! {
    /// The end of this node's chain, for others to compare with.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct HeadRow {
        /// The node.
        pub node: Uuid,
        /// Which life of the node.
        pub incarnation: i64,
        /// Number of the last entry.
        pub seq: i64,
        /// Its link.
        pub hash: Vec<u8>,
    }
}

statements! {
    // SQLite keeps the order of a cross join: else it walks all numbers to look for the topic.
    SINCE_OF_TOPIC = "select o.seq, j.id, j.at, j.clock, j.actor, p.name, j.via, j.action, j.entity,
            j.entity_id, j.topic, j.before, j.after, j.reason
        from journal j
        cross join journal_order o
        left join people p on p.id = j.actor
        where j.topic = ?1 and o.entry = j.id and o.seq > ?2
        and (o.node, o.incarnation) = (select id, incarnation from node)
        order by o.seq limit ?3";
    HEADS = "with last as (
            select n.id, n.incarnation, (select max(seq) from journal_order o
                where o.node = n.id and o.incarnation = n.incarnation) as seq
            from node n)
        select o.node, o.incarnation, o.seq, o.hash
        from last join journal_order o
            on o.node = last.id and o.incarnation = last.incarnation and o.seq = last.seq";
}

/// This node's entries of a topic, say a session's marks, after a number, in order.
pub fn since_of_topic(
    tx: &mut ReadTx<'_>,
    topic: impl Into<Uuid>,
    seq: i64,
    limit: i64,
) -> Result<Vec<JournalRow>> {
    tx.all(&SINCE_OF_TOPIC, args![topic.into(), seq, limit])
}

/// The ends of the chains that this node knows: its own; none before the first entry.
pub fn heads(tx: &mut ReadTx<'_>) -> Result<Vec<HeadRow>> {
    tx.all(&HEADS, args![])
}
