//! How far each series is here.

use super::outgoing::Offer;
use crate::journal::follow;
use crate::journal::node::series as own_series;
use crate::{ReadTx, Result, args, record, statements};
use muster_journal::sync::{Heads, Hello, plan, rungs};
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
    /// Numbers whose entries this node may not see.
    pub(crate) struct RunRow {
        /// The first.
        pub first: i64,
        /// The last.
        pub seq: i64,
        /// Its link.
        pub hash: Vec<u8>,
        /// The place of the node's own last entry when it came.
        pub after: i64,
        /// Which of those that came then.
        pub position: i64,
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
    RUNS = "select first, seq, hash, after, position from received
        where node = ?1 and incarnation = ?2 and seq > ?3 and hash is not null
        order by seq limit ?4";
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
pub fn link_at(tx: &mut ReadTx<'_>, series: Series, seq: i64) -> Result<Option<Digest>> {
    let row: Option<LinkRow> = tx.opt(&LINK, args![series.node, series.incarnation, seq])?;
    Ok(row.map(|row| digest(&row.hash)))
}

/// Series of which the sender of an offer has something else: it has to offer again, to a hello with
/// their rungs.
pub fn forks(tx: &mut ReadTx<'_>, offer: &Offer) -> Result<BTreeSet<Series>> {
    let theirs = Hello { heads: offer.heads.clone(), ..Hello::default() };
    let mine = heads(tx)?;
    // A failed statement fails the transaction, so that what follows from it is never used.
    let plan = plan(&mine, &theirs, |series, seq| link_at(tx, series, seq).ok().flatten());
    Ok(plan.forked.into_iter().chain(offer.forked.iter().copied()).collect())
}

/// The runs of a series after a number.
pub(crate) fn runs(
    tx: &mut ReadTx<'_>,
    series: Series,
    after: i64,
    limit: i64,
) -> Result<Vec<RunRow>> {
    tx.all(&RUNS, args![series.node, series.incarnation, after, limit])
}

/// Bytes of another length are no digest: all zeros, which no entry has.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or_default()
}
