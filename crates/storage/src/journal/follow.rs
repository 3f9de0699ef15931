//! Where this node's chain stands.

use crate::replication::heads::digest;
use crate::{ReadTx, Result, args, record, statements};
use muster_journal::Head;
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
    HEADS = {
        // A cross join is made in this order: with a wider row of `node` SQLite would begin with all numbers.
        sqlite: "with last as (
            select n.id, n.incarnation, (select max(seq) from journal_order o
                where o.node = n.id and o.incarnation = n.incarnation) as seq
            from node n)
        select o.node, o.incarnation, o.seq, o.hash
        from last cross join journal_order o
            on o.node = last.id and o.incarnation = last.incarnation and o.seq = last.seq",
        // Of a young journal PostgreSQL would begin with all numbers.
        postgres: "select o.node, o.incarnation, o.seq, o.hash
        from node n cross join lateral (
            select node, incarnation, seq, hash from journal_order
            where node = n.id and incarnation = n.incarnation
            order by seq desc limit 1
        ) o",
    };
}

/// The ends of the chains that this node writes: none before the first entry of its life.
pub fn heads(tx: &mut ReadTx<'_>) -> Result<Vec<HeadRow>> {
    tx.all(&HEADS, args![])
}

impl HeadRow {
    /// Number and link.
    pub fn head(&self) -> Head {
        Head { seq: self.seq, hash: digest(&self.hash) }
    }
}
