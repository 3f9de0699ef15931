//! Runs that are opened: when more comes into an edge's sight, its hub tells the entries that stood
//! behind runs until then. A hub that came back from a backup may hear of its own entries as runs from
//! an edge that sees little; another edge tells what stands there.

use super::heads::{digest, link_at};
use super::incoming::{Author, Incoming, Stored};
use super::outgoing::{parts_of, sealed};
use super::restating;
use super::scope::Sight;
use crate::journal::node::series as own_series;
use crate::{ReadTx, Result, WriteTx, args, record, statements};
use muster_journal::sync::{Batch, Item, Marks, Run};
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
        hearsay: Option<i64>,
    }
}

statements! {
    RUNS = "select node, incarnation, first, seq, hash, after, hearsay from received
        where (node, incarnation, seq) > (?1, ?2, ?3) and hash is not null
        order by node, incarnation, seq limit ?4";
    ROUND = "select node, incarnation, first, seq, hash, after, hearsay from received
        where node = ?1 and incarnation = ?2 and seq >= ?3 and hash is not null and first <= ?3
        order by seq limit 1";
    HEARSAY = "select node, incarnation, first, seq, hash, after, hearsay from received
        where hearsay is not null order by node, incarnation, seq limit ?1";
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

/// Runs of which an edge told that may not see what stands there, and did not write it.
pub fn hearsay(tx: &mut ReadTx<'_>, limit: i64) -> Result<Batch> {
    let rows: Vec<RunRow> = tx.all(&HEARSAY, args![limit])?;
    let items = rows.iter().map(|row| Item::Run(row.run())).collect();
    Ok(Batch { items, ends: Vec::new() })
}

/// What this node knows to stand behind runs of its hub: where it knows of entries, or, as it sees
/// everything, that nobody else does.
pub fn known_of(tx: &mut ReadTx<'_>, (runs, all): (&Batch, bool), limit: i64) -> Result<Batch> {
    let mut known = Batch::default();
    for item in &runs.items {
        let left = limit - i64::try_from(known.items.len()).unwrap_or(limit);
        let asked = Batch { items: vec![item.clone()], ends: Vec::new() };
        let (told, _) = disclose(tx, (&asked, None), left)?;
        if all || told.items.iter().any(|item| matches!(item, Item::Entry(_))) {
            known.items.extend(told.items);
        }
    }
    Ok(known)
}

/// What stands behind the runs that a peer holds, as far as it may see it: of all of them, or of the
/// first ones up to `limit` entries. With the links that prove each.
pub fn disclose(
    tx: &mut ReadTx<'_>,
    (runs, sight): (&Batch, Option<&Sight>),
    limit: i64,
) -> Result<(Batch, Vec<Marks>)> {
    let (mut batch, mut marks, mut left) = (Batch::default(), Vec::new(), limit);
    for item in &runs.items {
        let Item::Run(run) = item else { continue };
        if left <= 0 || link_at(tx, run.series, run.last.seq)? != Some(run.last.hash) {
            break;
        }
        let mut parts = parts_of(tx, (run.series, run.first - 1), left)?;
        parts.retain(|(part, _)| part.span().0 >= run.first && part.span().1 <= run.last.seq);
        let Some(end) = parts.last().map(|(part, _)| part.span().1) else { break };
        left -= i64::try_from(parts.len()).unwrap_or(i64::MAX);
        let (told, proof) = sealed(tx, parts, sight)?;
        batch.items.extend(told.items);
        marks.push(proof);
        if end < run.last.seq {
            break;
        }
    }
    Ok((batch, marks))
}

/// Puts what was told of runs in their place; up to where, and how many entries are new.
pub fn open(tx: &mut WriteTx<'_>, told: &Batch) -> Result<(Option<Place>, usize)> {
    restating::need_told(tx)?;
    let (mut place, mut new) = (None, 0);
    for item in &told.items {
        let (series, first, last) = item.span();
        let args = args![series.node, series.incarnation, first];
        let Some(round): Option<RunRow> = tx.opt(&ROUND, args)? else { continue };
        if first != round.first || last > round.seq {
            break;
        }
        new += replace(tx, &round, item, Told::of(item))?.new;
        place = Some((series, last));
    }
    Ok((place, new))
}

/// Puts what an edge brings in the place of runs that are known by hearsay.
/// Of what others wrote only what is proven comes here.
pub(super) fn open_hearsay(tx: &mut WriteTx<'_>, batch: &Batch, author: Author) -> Result<Stored> {
    let (known, mut stored) = (hearsay(tx, 1)?, Stored::default());
    if known.items.is_empty() {
        return Ok(stored);
    }
    let barred = author.barred(tx, &batch.items)?;
    for item in &batch.items {
        let (series, first, last) = item.span();
        let args = args![series.node, series.incarnation, first];
        let round: Option<RunRow> = tx.opt(&ROUND, args)?;
        let fits = |round: &RunRow| round.hearsay() && first == round.first && last <= round.seq;
        let Some(round) = round.filter(fits) else { continue };
        let told = match item {
            Item::Entry(sent) if !barred.contains_key(&sent.entry.id) => Told::Entry,
            Item::Run(_) if author.by_hearsay(series) => Told::Hearsay,
            Item::Entry(_) | Item::Run(_) => Told::Closed,
        };
        stored.join(replace(tx, &round, item, told)?);
    }
    Ok(stored)
}

/// What becomes of a part that was told of a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Told {
    /// An entry, which is taken up.
    Entry,
    /// A run, of which nobody has more to tell.
    Closed,
    /// A run of which somebody else may tell.
    Hearsay,
}

impl Told {
    const fn of(item: &Item) -> Self {
        match item {
            Item::Entry(_) => Self::Entry,
            Item::Run(_) => Self::Closed,
        }
    }
}

/// Puts a part in the place of the beginning of a run; what is left of that stays a run.
fn replace(tx: &mut WriteTx<'_>, round: &RunRow, item: &Item, told: Told) -> Result<Stored> {
    let (series, first, seq) = item.span();
    let end = match item {
        Item::Run(run) => run.last,
        Item::Entry(sent) => {
            let hash = link_at(tx, series, seq - 1)?.unwrap_or_default();
            link(series, Head { seq: seq - 1, hash }, &sent.entry.digest())
        }
    };
    let whole = seq == round.seq;
    // What its writer wrote ends as the run does.
    if whole && end.hash != digest(&round.hash) {
        return Ok(Stored::default());
    }
    let run = Run { series, first, last: end };
    let mut incoming = Incoming::default();
    match (item, told) {
        (Item::Entry(sent), Told::Entry) => {
            incoming.entry(sent, end.hash);
        }
        _ if whole && round.hearsay() == (told == Told::Hearsay) => {
            return Ok(Stored::default());
        }
        _ => incoming.run(run, told == Told::Hearsay),
    }
    tx.execute(&REPLACE, args![series.node, series.incarnation, round.seq])?;
    if !whole {
        incoming.run(Run { first: seq + 1, ..round.run() }, round.hearsay());
    }
    let own = own_series(tx)?;
    incoming.store(tx, own, round.after)
}

impl RunRow {
    fn hearsay(&self) -> bool {
        self.hearsay.is_some()
    }

    fn run(&self) -> Run {
        let Self { node, incarnation, first, seq, ref hash, .. } = *self;
        let last = Head { seq, hash: digest(hash) };
        Run { series: Series { node, incarnation }, first, last }
    }
}
