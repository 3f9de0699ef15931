//! Replication without I/O: what two nodes hold, what one has to send to the other, and how a
//! batch is taken up, whatever happened to it on its way.

mod batch;
mod plan;
mod seal;

pub use batch::{Accepted, Batch, Item, Run, Sent, Stands, Step, accept, accept_by, cover, parts};
pub use plan::{Hello, Plan, plan, rungs};
pub use seal::{Marks, Seal, proven, sealed};

use batch::links;

use crate::chain::{GENESIS, Head, Series};
use std::collections::BTreeMap;

/// How far a node holds each series, without gaps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heads(BTreeMap<Series, Head>);

impl Heads {
    /// Where a series ends here; before its first entry if nothing of it is here.
    pub fn of(&self, series: Series) -> Head {
        self.0.get(&series).copied().unwrap_or(GENESIS)
    }

    /// Moves the end of a series.
    pub fn set(&mut self, series: Series, head: Head) {
        if head == GENESIS {
            self.0.remove(&series);
        } else {
            self.0.insert(series, head);
        }
    }

    /// How many entries are here that those other heads lack.
    pub fn beyond(&self, others: &Self) -> i64 {
        let more = |(series, head): (Series, Head)| (head.seq - others.of(series).seq).max(0);
        // What others say of themselves may be anything.
        self.iter().map(more).fold(0, i64::saturating_add)
    }

    /// All series, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Series, Head)> {
        self.0.iter().map(|(series, head)| (*series, *head))
    }
}

impl FromIterator<(Series, Head)> for Heads {
    fn from_iter<I: IntoIterator<Item = (Series, Head)>>(heads: I) -> Self {
        let mut all = Self::default();
        heads.into_iter().for_each(|(series, head)| all.set(series, head));
        all
    }
}
