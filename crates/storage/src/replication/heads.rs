//! How far each series is here.

use crate::journal::follow;
use crate::journal::node::series as own_series;
use crate::{ReadTx, Result, args, record, statements};
use muster_journal::sync::{Heads, Hello, rungs};
use muster_journal::{Digest, Head, Series};
use std::collections::BTreeSet;
use uuid::Uuid;

record! {
    struct SeriesRow {
        node: Uuid,
        incarnation: i64,
        seq: i64,
        hash: Vec<u8>,
    }
}

record! {
    struct LinkRow {
        hash: Vec<u8>,
    }
}

statements! {
    SERIES = "select node, incarnation, seq, hash from series";
    LINK = "select hash from journal_order where node = ?1 and incarnation = ?2 and seq = ?3
        union all
        select hash from received
        where node = ?1 and incarnation = ?2 and seq = ?3 and hash is not null";
}

/// The series that this node writes.
pub fn own(tx: &mut ReadTx<'_>) -> Result<Series> {
    own_series(tx)
}

/// Where each series ends: this node's own, and those of others.
pub fn heads(tx: &mut ReadTx<'_>) -> Result<Heads> {
    let own = follow::heads(tx)?.into_iter();
    let own = own.map(|row| (row.node, row.incarnation, row.seq, row.hash));
    let rows: Vec<SeriesRow> = tx.all(&SERIES, args![])?;
    let others = rows.into_iter().map(|row| (row.node, row.incarnation, row.seq, row.hash));
    let all = own.chain(others).map(|(node, incarnation, seq, hash)| {
        (Series { node, incarnation }, Head { seq, hash: digest(&hash) })
    });
    Ok(all.collect())
}

/// What this node says of itself, with rungs of series that its peer holds otherwise.
pub fn hello(tx: &mut ReadTx<'_>, forked: &BTreeSet<Series>) -> Result<Hello> {
    let mut hello = Hello { heads: heads(tx)?, ..Hello::default() };
    for series in forked {
        let mut ladder = Vec::new();
        for seq in rungs(hello.heads.of(*series).seq) {
            if let Some(hash) = link_at(tx, *series, seq)? {
                ladder.push(Head { seq, hash });
            }
        }
        hello.rungs.insert(*series, ladder);
    }
    Ok(hello)
}

/// The link of a number, if it is known here.
pub(super) fn link_at(tx: &mut ReadTx<'_>, series: Series, seq: i64) -> Result<Option<Digest>> {
    let row: Option<LinkRow> = tx.opt(&LINK, args![series.node, series.incarnation, seq])?;
    Ok(row.map(|row| digest(&row.hash)))
}

/// Bytes of another length are no digest: all zeros, which no entry has.
pub(super) fn digest(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or_default()
}
