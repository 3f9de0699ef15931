//! Batches: entries in the order in which their sender applied them, so that whatever an entry
//! refers to came before it, and a batch may end anywhere.

use super::Heads;
use crate::chain::{GENESIS, Head, Series, link};
use crate::entry::{Digest, Entry, Fixed};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An entry with its number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// Whose.
    pub series: Series,
    /// Its number there.
    pub seq: i64,
    /// The entry.
    pub entry: Fixed,
}

impl Sent {
    /// An entry under a number.
    pub fn new(series: Series, seq: i64, entry: Entry) -> Self {
        Self { series, seq, entry: entry.into() }
    }
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
    /// An entry, shared by the parts and steps that a batch is cut into.
    Entry(Arc<Sent>),
    /// Entries outside the receiver's scope.
    Run(Run),
}

impl Item {
    /// Whose, from which number to which.
    pub fn span(&self) -> (Series, i64, i64) {
        match self {
            Self::Entry(sent) => (sent.series, sent.seq, sent.seq),
            Self::Run(run) => (run.series, run.first, run.last.seq),
        }
    }

    fn into_entry(self) -> Option<Arc<Sent>> {
        match self {
            Self::Entry(sent) => Some(sent),
            Self::Run(_) => None,
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

impl Batch {
    /// Works out ahead what whoever takes it up needs of each entry: that may be done while others write.
    pub fn prepare(&self) {
        for item in &self.items {
            if let Item::Entry(sent) = item {
                sent.entry.digest();
            }
        }
    }

    /// The same in parts of at most so many items, to be taken up one after the other. One that is
    /// empty is a part, too: whoever takes it looks at what changed at home.
    pub fn chunks(&self, most: usize) -> impl Iterator<Item = Self> {
        let empty = self.items.is_empty().then(|| self.clone());
        let part = |items: &[Item]| Self { items: items.to_vec(), ends: self.ends.clone() };
        self.items.chunks(most.max(1)).map(part).chain(empty)
    }
}

/// What to do with a part of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Take this up under this link.
    Take(Item, Digest),
    /// Give up the numbers of a series from this one on: another node wrote them, too, and theirs
    /// stand. The entries themselves stay; those without another number get one in the series of
    /// whoever gives them up. If the series is the node's own, it begins another incarnation.
    Drop(Series, i64),
}

/// Which of two branches of a series stands. All nodes that meet have to decide alike: with a hub, as it
/// has it; among equals by the links, which all of them know as long as there are no runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stands {
    /// The one whose first own link is smaller.
    #[default]
    Smaller,
    /// The sender's, which is the hub.
    Theirs,
    /// The one that is here, at the hub.
    Mine,
}

impl Stands {
    /// Whether the sender's stands, whose link is another one.
    fn yields(self, mine: Digest, theirs: Digest) -> bool {
        match self {
            Self::Smaller => mine > theirs,
            Self::Theirs => true,
            Self::Mine => false,
        }
    }
}

/// What became of a batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    /// What to do, in this order.
    pub steps: Vec<Step>,
    /// Where the series stand after it: the acknowledgement.
    pub heads: Heads,
    /// Series whose links come out differently than the sender says: altered on the way, or
    /// forked further down. Nothing of them is taken.
    pub forked: BTreeSet<Series>,
    /// Entries of branches that do not stand: their numbers are others' here.
    pub passed: Vec<Arc<Sent>>,
}

/// Judges a batch. What is known already is skipped; after a gap nothing more is taken, since
/// later items may refer to what is missing. The rest comes again, for the sender goes by the
/// acknowledged heads.
///
/// Where two nodes wrote the same numbers, the branch whose first own link is smaller stands, on
/// every node: of all branches of a series one is the greatest. Within a run no link is known: of what
/// overlaps with one the longer stands.
pub fn accept(
    heads: &Heads,
    link_at: impl FnMut(Series, i64) -> Option<Digest>,
    batch: Batch,
) -> Accepted {
    accept_by(heads, Stands::Smaller, link_at, batch)
}

/// The same by what stands between these two.
pub fn accept_by(
    heads: &Heads,
    stands: Stands,
    mut link_at: impl FnMut(Series, i64) -> Option<Digest>,
    batch: Batch,
) -> Accepted {
    let (links, forked) = links(&mut link_at, &batch);
    let mut accepted = Accepted { heads: heads.clone(), forked, ..Accepted::default() };
    let mut weaker = BTreeSet::new();
    for (item, link) in batch.items.into_iter().zip(links) {
        let (series, from, to) = item.span();
        let head = accepted.heads.of(series);
        if accepted.forked.contains(&series) {
            continue;
        }
        if weaker.contains(&series) {
            accepted.passed.extend(item.into_entry());
            continue;
        }
        let Some(theirs) = link.filter(|_| from <= head.seq + 1) else { break };
        if to <= head.seq {
            let mine = if to == head.seq { Some(head.hash) } else { link_at(series, to) };
            match mine {
                None => continue,
                Some(mine) if mine == theirs => continue,
                Some(mine) if stands.yields(mine, theirs) => {
                    accepted.steps.push(Step::Drop(series, from));
                }
                Some(_) => {
                    weaker.insert(series);
                    accepted.passed.extend(item.into_entry());
                    continue;
                }
            }
        } else if from <= head.seq {
            // A run that goes on beyond what is here: whether it agrees so far can't be seen.
            accepted.steps.push(Step::Drop(series, from));
        }
        accepted.heads.set(series, Head { seq: to, hash: theirs });
        accepted.steps.push(Step::Take(item, theirs));
    }
    accepted
}

/// The same batch in parts of at most so many items, to be taken up one after the other. Each says
/// where its series have to end after it: without that a later part of a weaker branch would be taken
/// for what follows here. A batch whose ends do not come out as its sender says stays whole.
pub fn parts(
    mut link_at: impl FnMut(Series, i64) -> Option<Digest>,
    batch: Batch,
    most: usize,
) -> Vec<Batch> {
    let (links, differing) = links(&mut link_at, &batch);
    if batch.items.len() <= most || !differing.is_empty() {
        return vec![batch];
    }
    let items: Vec<_> = batch.items.into_iter().zip(links).collect();
    let part = |items: &[(Item, Option<Digest>)]| {
        let mut ends = BTreeMap::new();
        for (item, link) in items {
            let (series, _, seq) = item.span();
            ends.extend(link.map(|hash| (series, Head { seq, hash })));
        }
        let items = items.iter().map(|(item, _)| item.clone()).collect();
        Batch { items, ends: ends.into_iter().collect() }
    };
    items.chunks(most.max(1)).map(part).collect()
}

/// The link of each item as it follows from the items before it and, for the first of a series,
/// from what is here; and the series that end otherwise than the sender says.
pub(super) fn links(
    link_at: &mut impl FnMut(Series, i64) -> Option<Digest>,
    batch: &Batch,
) -> (Vec<Option<Digest>>, BTreeSet<Series>) {
    let mut at: BTreeMap<Series, Head> = BTreeMap::new();
    let mut next = |item: &Item| {
        let (series, first, _) = item.span();
        let here = at.get(&series).copied().filter(|head| head.seq + 1 == first);
        let before = match here {
            Some(head) => head,
            None if first == 1 => GENESIS,
            None => Head { seq: first - 1, hash: link_at(series, first - 1)? },
        };
        let head = match item {
            Item::Entry(sent) => link(series, before, &sent.entry.digest()),
            Item::Run(run) => run.last,
        };
        at.insert(series, head);
        Some(head.hash)
    };
    let links = batch.items.iter().map(&mut next).collect();
    let differs = |&&(series, end): &&(Series, Head)| {
        at.get(&series).is_some_and(|here| here.seq == end.seq && here.hash != end.hash)
    };
    (links, batch.ends.iter().filter(differs).map(|(series, _)| *series).collect())
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
            covered.push(Item::Entry(Arc::new(sent)));
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
