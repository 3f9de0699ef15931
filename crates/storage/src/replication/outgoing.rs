//! What another node lacks, in the order in which it came here.

use super::heads::{digest, heads, link_at, runs};
use super::scope::{Looking, Sight};
use crate::journal::StoredEntry;
use crate::{FromRow, ReadTx, Result, args, record, statements};
use muster_journal::kinds::travels;
use muster_journal::sync::{Batch, Heads, Hello, Item, Marks, Run, Sent, cover, plan};
use muster_journal::{Digest, Entry, Head, Series};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What this node has for another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// How far it is itself.
    pub heads: Heads,
    /// Series that the other holds otherwise: it has to say hello again, with their rungs.
    pub forked: BTreeSet<Series>,
    /// What the other lacks.
    pub batch: Batch,
    /// The links that prove it.
    pub marks: Marks,
}

record! {
    struct EntryRow {
        seq: i64,
        hash: Vec<u8>,
        after: i64,
        position: i64,
        stored: StoredEntry,
    }
}

statements! {
    // An entry of its own came at its place, in whichever life; one from elsewhere after those of its
    // own that were there then.
    ENTRIES = {
        sqlite: "select o.seq, o.hash,
            coalesce(r.after, coalesce(s.base, (select base from node)) + o.seq),
            coalesce(r.position, 0),
            j.id, j.act, j.at, j.clock, j.actor, j.via, j.action, j.entity, j.entity_id, j.topic,
            j.before, j.after, j.replaced, j.reason, j.schema
        from journal_order o
        join journal j on j.id = o.entry
        left join received r on r.position = (select w.position from received w
                where w.node = o.node and w.incarnation = o.incarnation and w.seq >= o.seq
                order by w.seq limit 1)
            and coalesce(r.first, r.seq) <= o.seq
        left join series s on s.node = o.node and s.incarnation = o.incarnation
        where o.node = ?1 and o.incarnation = ?2 and o.seq > ?3
        order by o.seq limit ?4",
        postgres: "select o.seq, o.hash,
            coalesce(r.after, coalesce(s.base, (select base from node)) + o.seq),
            coalesce(r.position, 0),
            j.id, j.act, j.at, j.clock, j.actor, j.via, j.action, j.entity, j.entity_id, j.topic,
            j.before, j.after, j.replaced, j.reason, j.schema
        from journal_order o
        join journal j on j.id = o.entry
        left join lateral (
            select w.after, w.position, coalesce(w.first, w.seq) as first from received w
            where w.node = o.node and w.incarnation = o.incarnation and w.seq >= o.seq
            order by w.seq limit 1
        ) r on r.first <= o.seq
        left join series s on s.node = o.node and s.incarnation = o.incarnation
        where o.node = ?1 and o.incarnation = ?2 and o.seq > ?3
        order by o.seq limit ?4",
    };
}

/// Text that a batch holds at most, but for its first entry: far less than a receiver refuses, and
/// what either side keeps in memory is a few times of it.
const MOST_TEXT: usize = 8 << 20;

/// Where something stands in the order in which it came.
type Place = (i64, i64);

/// Something of a series with its own link, and where it stands.
type Placed = (Place, Part, Digest);

/// What a node that says so of itself lacks, at most `limit` entries.
pub fn offer(tx: &mut ReadTx<'_>, hello: &Hello, limit: i64) -> Result<Offer> {
    offer_within(tx, (hello, None), limit)
}

/// The same for a node that may see no more than that: the rest goes as runs.
pub fn offer_within(
    tx: &mut ReadTx<'_>,
    (hello, sight): (&Hello, Option<&Sight>),
    limit: i64,
) -> Result<Offer> {
    let heads = heads(tx)?;
    // A failed statement fails the transaction, so that the plan made without it is never used.
    let plan = plan(&heads, hello, |series, seq| link_at(tx, series, seq).ok().flatten());
    let mut parts: BTreeMap<(Place, Series, i64), (Part, Digest)> = BTreeMap::new();
    for (series, after) in plan.send {
        let mut place = Place::default();
        for (own, part, hash) in placed(tx, (series, after), limit)? {
            // What was opened late came late: what follows it in its series goes after it.
            place = place.max(own);
            let last = part.span().1;
            parts.insert((place, series, last), (part, hash));
        }
    }
    let (batch, marks) = sealed(tx, bounded(parts.into_values(), limit), sight)?;
    Ok(Offer { heads, forked: plan.forked, batch, marks })
}

/// What a series has behind a number, in its order.
pub(super) fn parts_of(
    tx: &mut ReadTx<'_>,
    from: (Series, i64),
    limit: i64,
) -> Result<Vec<(Part, Digest)>> {
    let parts = placed(tx, from, limit)?.into_iter().map(|(_, part, hash)| (part, hash));
    Ok(bounded(parts, limit))
}

/// The first of these: `limit` at most, and no more text than a batch may hold.
fn bounded(parts: impl Iterator<Item = (Part, Digest)>, limit: i64) -> Vec<(Part, Digest)> {
    let mut text = 0;
    let mut fits = |part: &Part| {
        let before = text;
        text += part.text();
        before == 0 || text <= MOST_TEXT
    };
    let limit = usize::try_from(limit).unwrap_or_default();
    parts.take(limit).take_while(|(part, _)| fits(part)).collect()
}

fn placed(tx: &mut ReadTx<'_>, (series, after): (Series, i64), limit: i64) -> Result<Vec<Placed>> {
    let number = args![series.node, series.incarnation, after, limit];
    let mut parts: BTreeMap<i64, Placed> = BTreeMap::new();
    // The first that was not read any more.
    let (mut text, mut end) = (0, None);
    tx.each(&ENTRIES, number, |row| {
        let row = EntryRow::from_row(row)?;
        let Some(entry) = row.stored.0.filter(|_| end.is_none()) else { return Ok(()) };
        let part = Part::Entry(Box::new(Sent::new(series, row.seq, entry)));
        if text > MOST_TEXT {
            end = Some(row.seq);
            return Ok(());
        }
        text += part.text();
        let (place, hash) = ((row.after, row.position), digest(&row.hash));
        parts.insert(row.seq, (place, part, hash));
        Ok(())
    })?;
    let runs = runs(tx, series, after, limit)?;
    for row in runs.into_iter().filter(|row| end.is_none_or(|end| row.seq < end)) {
        let hash = digest(&row.hash);
        let run = Run { series, first: row.first, last: Head { seq: row.seq, hash } };
        parts.insert(row.seq, ((row.after, row.position), Part::Run(run), hash));
    }
    Ok(parts.into_values().collect())
}

/// An entry or a run.
pub(super) enum Part {
    Entry(Box<Sent>),
    Run(Run),
}

impl Part {
    /// From which number to which.
    pub fn span(&self) -> (i64, i64) {
        match self {
            Self::Entry(sent) => (sent.seq, sent.seq),
            Self::Run(run) => (run.first, run.last.seq),
        }
    }

    /// How much text it has, in bytes.
    fn text(&self) -> usize {
        let Self::Entry(sent) = self else { return 0 };
        let Entry { before, after, replaced, reason, .. } = &*sent.entry;
        [before, after, replaced, reason].into_iter().flatten().map(String::len).sum()
    }
}

/// What concerns this node alone goes as runs, and so does what the other may not see. With the links
/// that prove what is told.
pub(super) fn sealed(
    tx: &mut ReadTx<'_>,
    parts: Vec<(Part, Digest)>,
    sight: Option<&Sight>,
) -> Result<(Batch, Marks)> {
    let mut hidden = HashSet::new();
    if let Some(sight) = sight {
        let mut looking = Looking::new(sight);
        for (part, _) in &parts {
            let Part::Entry(sent) = part else { continue };
            if travels(&sent.entry) && !looking.sees(tx, &sent.entry)? {
                hidden.insert(sent.entry.id);
            }
        }
    }
    let may_see = |entry: &Entry| travels(entry) && !hidden.contains(&entry.id);
    let (mut items, mut ends) = (Vec::new(), BTreeMap::new());
    let (mut waiting, mut links) = (Vec::new(), HashMap::new());
    for (part, hash) in parts {
        match part {
            Part::Entry(sent) => {
                ends.insert(sent.series, Head { seq: sent.seq, hash });
                links.insert((sent.series, sent.seq), hash);
                waiting.push((*sent, hash));
            }
            Part::Run(run) => {
                ends.insert(run.series, run.last);
                items.extend(cover(std::mem::take(&mut waiting), may_see));
                items.push(Item::Run(run));
            }
        }
    }
    items.extend(cover(waiting, may_see));
    let marks = marks(tx, &items, &links)?;
    Ok((Batch { items, ends: ends.into_iter().collect() }, marks))
}

/// What proves these items, of whose entries these are the links.
fn marks(
    tx: &mut ReadTx<'_>,
    items: &[Item],
    links: &HashMap<(Series, i64), Digest>,
) -> Result<Marks> {
    let mut marks = Marks::default();
    for item in items {
        let (series, first, seq) = item.span();
        match item {
            Item::Entry(_) => {
                if let Some(hash) = links.get(&(series, seq)).copied() {
                    marks.told(series, Head { seq, hash }, false);
                }
            }
            Item::Run(run) => {
                if first > 1
                    && !marks.knows(series)
                    && let Some(hash) = link_at(tx, series, first - 1)?
                {
                    marks.begin(series, Head { seq: first - 1, hash });
                }
                marks.told(series, run.last, true);
            }
        }
    }
    Ok(marks)
}
