//! What to send and what to ask for, from the heads of both sides.

use super::Heads;
use crate::chain::Series;
use crate::entry::Digest;
use std::collections::BTreeSet;

/// What one side does next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Series of which the other side lacks what follows these numbers.
    pub send: Vec<(Series, i64)>,
    /// Series of which it has more.
    pub ask: Vec<Series>,
    /// Series that two nodes wrote, as after a copied stick: nothing of them is exchanged until
    /// their owner has issued one of the two again.
    pub forked: BTreeSet<Series>,
}

/// Compares heads. `link_at` tells the link of a number here, if it is known: within a run that
/// was never opened it is not.
pub fn plan(
    mine: &Heads,
    theirs: &Heads,
    mut link_at: impl FnMut(Series, i64) -> Option<Digest>,
) -> Plan {
    let mut plan = Plan::default();
    let all: BTreeSet<Series> =
        mine.iter().chain(theirs.iter()).map(|(series, _)| series).collect();
    for series in all {
        let (here, there) = (mine.of(series), theirs.of(series));
        if there.seq > here.seq {
            plan.ask.push(series);
            continue;
        }
        let link = if there.seq == here.seq { Some(here.hash) } else { link_at(series, there.seq) };
        if there.seq > 0 && link.is_some_and(|link| link != there.hash) {
            plan.forked.insert(series);
        } else if there.seq < here.seq {
            plan.send.push((series, there.seq));
        }
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::Head;
    use uuid::Uuid;

    fn series(node: u128) -> Series {
        Series { node: Uuid::from_u128(node), incarnation: 1 }
    }

    fn heads(all: &[(u128, i64, u8)]) -> Heads {
        all.iter()
            .map(|&(node, seq, hash)| (series(node), Head { seq, hash: [hash; 32] }))
            .collect()
    }

    /// Of every series the link of number 3 is 3.
    fn decide(mine: &[(u128, i64, u8)], theirs: &[(u128, i64, u8)]) -> Plan {
        plan(&heads(mine), &heads(theirs), |_, seq| (seq == 3).then_some([3; 32]))
    }

    #[test]
    fn nothing_is_done_between_equals() {
        assert_eq!(decide(&[(1, 3, 3), (2, 9, 9)], &[(1, 3, 3), (2, 9, 9)]), Plan::default());
        assert_eq!(decide(&[], &[]), Plan::default());
    }

    #[test]
    fn what_the_other_lacks_is_sent_from_where_it_stands() {
        let plan = decide(&[(1, 9, 9), (2, 9, 9)], &[(2, 3, 3)]);
        assert_eq!(plan.send, [(series(1), 0), (series(2), 3)]);
        assert!(plan.ask.is_empty() && plan.forked.is_empty());
    }

    #[test]
    fn what_the_other_has_more_of_is_asked_for() {
        let plan = decide(&[(1, 3, 3)], &[(1, 4, 4), (2, 1, 1)]);
        assert_eq!(plan.ask, [series(1), series(2)]);
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
    fn what_lies_in_a_run_that_was_never_opened_is_no_fork() {
        let plan = decide(&[(1, 9, 9)], &[(1, 5, 5)]);
        assert_eq!((plan.send, plan.forked.len()), (vec![(series(1), 5)], 0));
    }
}
