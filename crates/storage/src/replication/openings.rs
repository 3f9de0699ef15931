//! Runs that are opened: when more comes into an edge's sight, its hub tells the entries that stood
//! behind runs until then.

use super::heads::{digest, link_at};
use super::incoming::{Came, Incoming};
use super::outgoing::{parts_of, sealed};
use super::scope::Sight;
use crate::journal::node::series as own_series;
use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_journal::sync::{Batch, Item, Run};
use muster_journal::{Head, Series, link};
use uuid::Uuid;

record! {
    struct RunRow {
        node: Uuid,
        incarnation: i64,
        first: i64,
        seq: i64,
        hash: Vec<u8>,
        after: i64,
    }
}

statements! {
    RUNS = "select node, incarnation, first, seq, hash, after from received
        where (node, incarnation, seq) > (?1, ?2, ?3) and first is not null
        order by node, incarnation, seq limit ?4";
    ROUND = "select node, incarnation, first, seq, hash, after from received
        where node = ?1 and incarnation = ?2 and seq >= ?3 and first is not null and first <= ?3
        order by seq limit 1";
    REPLACE = "delete from received where node = ?1 and incarnation = ?2 and seq = ?3";
}

/// Up to where runs were looked at.
pub type Place = (Series, i64);

/// Runs of others that stand here behind a place, in the order of their series.
pub fn runs(tx: &mut ReadTx<'_>, after: Option<Place>, limit: i64) -> Result<Batch> {
    let nothing = (Series { node: Uuid::nil(), incarnation: i64::MIN }, 0);
    let (Series { node, incarnation }, seq) = after.unwrap_or(nothing);
    let rows: Vec<RunRow> = tx.all(&RUNS, args![node, incarnation, seq, limit])?;
    let items = rows.iter().map(|row| Item::Run(row.run())).collect();
    Ok(Batch { items, ends: Vec::new() })
}

/// What stands behind the runs that a peer holds, as far as it may see it: of all of them, or of the
/// first ones up to `limit` entries.
pub fn disclose(
    tx: &mut ReadTx<'_>,
    (runs, sight): (&Batch, Option<&Sight>),
    limit: i64,
) -> Result<Batch> {
    let (mut batch, mut left) = (Batch::default(), limit);
    for item in &runs.items {
        let Item::Run(run) = item else { continue };
        if left <= 0 || link_at(tx, run.series, run.last.seq)? != Some(run.last.hash) {
            break;
        }
        let mut parts = parts_of(tx, (run.series, run.first - 1), left)?;
        parts.retain(|(part, _)| part.span().0 >= run.first && part.span().1 <= run.last.seq);
        let Some(end) = parts.last().map(|(part, _)| part.span().1) else { break };
        left -= i64::try_from(parts.len()).unwrap_or(i64::MAX);
        let told = sealed(tx, parts, sight)?;
        batch.items.extend(told.items);
        if end < run.last.seq {
            break;
        }
    }
    Ok(batch)
}

/// Puts what was told of runs in their place; up to where, and how many entries are new.
pub fn open(tx: &mut WriteTx<'_>, told: &Batch) -> Result<(Option<Place>, usize)> {
    let (mut place, mut new) = (None, 0);
    for item in &told.items {
        let (series, first, last) = item.span();
        let args = args![series.node, series.incarnation, first];
        let Some(round): Option<RunRow> = tx.opt(&ROUND, args)? else { continue };
        if first != round.first || last > round.seq {
            break;
        }
        new += replace(tx, &round, item)?;
        place = Some((series, last));
    }
    Ok((place, new))
}

/// Puts a part in the place of the beginning of a run; what is left of that stays a run.
fn replace(tx: &mut WriteTx<'_>, round: &RunRow, item: &Item) -> Result<usize> {
    let (series, _, last) = item.span();
    let mut incoming = Incoming::default();
    match item {
        Item::Run(run) if run.last.seq == round.seq => return Ok(0),
        Item::Run(run) => incoming.came.push(Came { series, seq: last, run: Some(*run) }),
        Item::Entry(sent) => {
            let before = Head {
                seq: sent.seq - 1,
                hash: link_at(tx, series, sent.seq - 1)?.unwrap_or_default(),
            };
            let own = link(series, before, &sent.entry.digest());
            incoming.came.push(Came { series, seq: last, run: None });
            incoming.entries.push((&**sent, own.hash));
        }
    }
    tx.execute(&REPLACE, args![series.node, series.incarnation, round.seq])?;
    if last < round.seq {
        let rest = Run { first: last + 1, ..round.run() };
        incoming.came.push(Came { series, seq: round.seq, run: Some(rest) });
    }
    let own = own_series(tx)?;
    incoming.store(tx, own, round.after)
}

impl RunRow {
    fn run(&self) -> Run {
        let Self { node, incarnation, first, seq, ref hash, .. } = *self;
        let last = Head { seq, hash: digest(hash) };
        Run { series: Series { node, incarnation }, first, last }
    }
}
