//! Batches: entries in the order in which their sender applied them, so that whatever an entry
//! refers to came before it, and a batch may end anywhere.

use super::Heads;
use crate::chain::{Head, Series, link};
use crate::entry::{Digest, Entry};
use std::collections::BTreeSet;

/// An entry with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whose.
    pub series: Series,
    /// Its number there.
    pub seq: i64,
    /// The entry.
    pub entry: Entry,
}

/// Entries of a series that the receiver may not see: it learns that they are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// Whose.
    pub series: Series,
    /// Number of the first.
    pub first: i64,
    /// Number and link of the last.
    pub last: Head,
}

/// A part of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// An entry.
    Entry(Box<Sent>),
    /// Entries outside the receiver's scope.
    Run(Run),
}

impl Item {
    const fn span(&self) -> (Series, i64, i64) {
        match self {
            Self::Entry(sent) => (sent.series, sent.seq, sent.seq),
            Self::Run(run) => (run.series, run.first, run.last.seq),
        }
    }
}

/// Items and where the series that they belong to stand after them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    /// In the order in which the sender applied them.
    pub items: Vec<Item>,
    /// Of each series in the batch the last number and link: what the receiver has to come to.
    pub ends: Vec<(Series, Head)>,
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What is new, each entry with its link; to be applied in this order.
    pub items: Vec<(Item, Digest)>,
    /// Where the series stand after it: the acknowledgement.
    pub heads: Heads,
    /// Series whose links come out differently than the sender says. Nothing of them is taken.
    pub forked: BTreeSet<Series>,
}

/// Judges a batch. What is known already is skipped; after a gap nothing more of any series is
/// taken, since later items may refer to what is missing. The rest comes again, for the sender
/// goes by the acknowledged heads.
pub fn accept(heads: &Heads, batch: Batch) -> Accepted {
    let forked = forked(heads, &batch);
    let mut accepted = Accepted { items: Vec::new(), heads: heads.clone(), forked };
    for item in batch.items {
        let (series, first, last) = item.span();
        let head = accepted.heads.of(series);
        if accepted.forked.contains(&series) || first > head.seq + 1 {
            break;
        }
        if last <= head.seq {
            continue;
        }
        let next = match &item {
            Item::Entry(sent) => link(series, head, &sent.entry.digest()),
            Item::Run(run) => run.last,
        };
        accepted.heads.set(series, next);
        accepted.items.push((item, next.hash));
    }
    accepted
}

/// Series that end otherwise than the sender says, although all of their items are there.
fn forked(heads: &Heads, batch: &Batch) -> BTreeSet<Series> {
    let mut after = heads.clone();
    for item in &batch.items {
        let (series, first, last) = item.span();
        let head = after.of(series);
        match item {
            Item::Entry(sent) if first == head.seq + 1 => {
                after.set(series, link(series, head, &sent.entry.digest()));
            }
            Item::Run(run) if first <= head.seq + 1 && last > head.seq => {
                after.set(series, run.last);
            }
            _ => {}
        }
    }
    let differs = |&&(series, end): &&(Series, Head)| {
        let here = after.of(series);
        here.seq == end.seq && here.hash != end.hash
    };
    batch.ends.iter().filter(differs).map(|(series, _)| *series).collect()
}

/// Hides what the receiver may not see: runs of neighbouring numbers in the place of entries.
/// A run stands where its last entry stood, before anything that came after it.
pub fn cover(
    items: impl IntoIterator<Item = (Sent, Digest)>,
    mut may_see: impl FnMut(&Entry) -> bool,
) -> Vec<Item> {
    let mut covered: Vec<Item> = Vec::new();
    for (sent, hash) in items {
        if may_see(&sent.entry) {
            covered.push(Item::Entry(Box::new(sent)));
            continue;
        }
        let last = Head { seq: sent.seq, hash };
        // The numbers of a series follow each other, so that its last item is its neighbour.
        let before = covered.iter_mut().rev().find(|item| item.span().0 == sent.series);
        match before {
            Some(Item::Run(run)) if run.last.seq + 1 == sent.seq => run.last = last,
            _ => covered.push(Item::Run(Run { series: sent.series, first: sent.seq, last })),
        }
    }
    covered
}
