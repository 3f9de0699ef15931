//! What to send and what to ask for, from the heads of both sides.

use super::Heads;
use crate::chain::{GENESIS, Head, Series};
use crate::entry::Digest;
use std::collections::{BTreeMap, BTreeSet};

/// What a node says of itself before it is sent anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hello {
    /// How far it holds each series.
    pub heads: Heads,
    /// Of series that the peer holds otherwise some numbers with their links: the peer finds among
    /// them the last one that both have.
    pub rungs: BTreeMap<Series, Vec<Head>>,
}

/// What one side does next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Series of which the other side lacks what follows these numbers.
    pub send: BTreeMap<Series, i64>,
    /// Series of which it has more.
    pub ask: BTreeSet<Series>,
    /// Series of which it has something else, as after a copied stick, or ends where no link is known
    /// here: to be compared by [`rungs`].
    pub forked: BTreeSet<Series>,
}

/// Compares what a peer says with what is here. `link_at` tells the link of a number here, if it
/// is known: within a run that was never opened it is not, and what follows it might not fit.
pub fn plan(
    mine: &Heads,
    theirs: &Hello,
    mut link_at: impl FnMut(Series, i64) -> Option<Digest>,
) -> Plan {
    let mut plan = Plan::default();
    let all = mine.iter().chain(theirs.heads.iter()).map(|(series, _)| series);
    for series in all.collect::<BTreeSet<Series>>() {
        let (here, there) = (mine.of(series), theirs.heads.of(series));
        if let Some(rungs) = theirs.rungs.get(&series) {
            let common = common(rungs, |seq| link_at(series, seq)).seq;
            if common < here.seq {
                plan.send.insert(series, common);
            }
        } else if there.seq > here.seq {
            plan.ask.insert(series);
        } else if there.seq > 0 && link_at(series, there.seq) != Some(there.hash) {
            plan.forked.insert(series);
        } else if there.seq < here.seq {
            plan.send.insert(series, there.seq);
        }
    }
    plan
}

/// Numbers from the head down, each twice as far from it as the one before.
pub fn rungs(head: i64) -> impl Iterator<Item = i64> {
    let steps = std::iter::successors(Some(1_i64), |step| step.checked_mul(2));
    let below = steps.map(move |step| head - step).take_while(|seq| *seq > 0);
    std::iter::once(head).filter(|seq| *seq > 0).chain(below)
}

/// The highest rung that stands here, too.
fn common(rungs: &[Head], mut link_at: impl FnMut(i64) -> Option<Digest>) -> Head {
    let shared = rungs.iter().filter(|rung| link_at(rung.seq) == Some(rung.hash));
    shared.copied().max_by_key(|rung| rung.seq).unwrap_or(GENESIS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn series(node: u128) -> Series {
        Series { node: Uuid::from_u128(node), incarnation: 1 }
    }

    fn heads(all: &[(u128, i64, u8)]) -> Heads {
        all.iter().map(|&(node, seq, hash)| (series(node), head(seq, hash))).collect()
    }

    fn head(seq: i64, hash: u8) -> Head {
        Head { seq, hash: [hash; 32] }
    }

    /// Of every series the link of numbers 3 and 9 is their number; of others it is not known.
    fn known(_: Series, seq: i64) -> Option<Digest> {
        [3, 9].into_iter().find(|known| i64::from(*known) == seq).map(|seq| [seq; 32])
    }

    fn decide(mine: &[(u128, i64, u8)], theirs: &[(u128, i64, u8)]) -> Plan {
        plan(&heads(mine), &Hello { heads: heads(theirs), ..Hello::default() }, known)
    }

    #[test]
    fn nothing_is_done_between_equals() {
        assert_eq!(decide(&[(1, 3, 3), (2, 9, 9)], &[(1, 3, 3), (2, 9, 9)]), Plan::default());
        assert_eq!(decide(&[], &[]), Plan::default());
    }

    #[test]
    fn what_the_other_lacks_is_sent_from_where_it_stands() {
        let plan = decide(&[(1, 9, 9), (2, 9, 9)], &[(2, 3, 3)]);
        assert_eq!(plan.send, BTreeMap::from([(series(1), 0), (series(2), 3)]));
        assert!(plan.ask.is_empty() && plan.forked.is_empty());
    }

    #[test]
    fn what_the_other_has_more_of_is_asked_for() {
        let plan = decide(&[(1, 3, 3)], &[(1, 4, 4), (2, 1, 1)]);
        assert_eq!(plan.ask, BTreeSet::from([series(1), series(2)]));
        assert!(plan.send.is_empty() && plan.forked.is_empty());
    }

    #[test]
    fn another_hash_for_the_same_number_is_a_fork() {
        for theirs in [(1, 3, 8), (1, 9, 8)] {
            let plan = decide(&[(1, 9, 9)], &[theirs]);
            assert_eq!((plan.forked.len(), plan.send.len(), plan.ask.len()), (1, 0, 0));
        }
    }

    #[test]
    fn with_rungs_a_fork_is_sent_from_the_last_number_that_both_have() {
        let rungs = |all: &[(i64, u8)]| {
            let heads = all.iter().map(|&(seq, hash)| head(seq, hash)).collect();
            BTreeMap::from([(series(1), heads)])
        };
        let sent = |rungs| {
            let hello = Hello { heads: heads(&[(1, 12, 8)]), rungs };
            plan(&heads(&[(1, 9, 9)]), &hello, known).send.get(&series(1)).copied()
        };
        assert_eq!(sent(rungs(&[(12, 8), (9, 8), (3, 3)])), Some(3));
        assert_eq!(sent(rungs(&[(12, 8), (9, 8), (3, 8)])), Some(0));
        assert_eq!(sent(rungs(&[(12, 8), (9, 9)])), None);
    }

    #[test]
    fn what_ends_in_a_run_that_was_never_opened_is_compared_by_rungs() {
        let plan = decide(&[(1, 9, 9)], &[(1, 5, 5)]);
        assert_eq!((plan.send.len(), plan.forked), (0, BTreeSet::from([series(1)])));
    }

    #[test]
    fn rungs_are_few_and_end_where_the_series_begins() {
        assert_eq!(rungs(0).count(), 0);
        assert_eq!(rungs(1).collect::<Vec<_>>(), [1]);
        assert_eq!(rungs(20).collect::<Vec<_>>(), [20, 19, 18, 16, 12, 4]);
        assert!(rungs(i64::MAX).count() < 70);
    }
}
