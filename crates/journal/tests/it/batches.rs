//! Batches on their way: cut, sent again, in disorder, with parts that the receiver may not see.

use crate::support::mark;
use muster_journal::sync::{
    Accepted, Batch, Heads, Item, Run, Sent, Stands, Step, accept, accept_by, cover, parts,
};
use muster_journal::{Digest, Entry, GENESIS, Head, Series, link};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

fn series(node: u128) -> Series {
    Series { node: Uuid::from_u128(node), incarnation: 1 }
}

/// A log of three series, mixed, with links.
fn log(order: &[u8]) -> Vec<(Sent, Digest)> {
    let mut heads = Heads::default();
    let number = |(at, node): (usize, &u8)| {
        let series = series(u128::from(*node));
        let entry = mark(at as u128, 1, at as u128);
        let head = link(series, heads.of(series), &entry.digest());
        heads.set(series, head);
        (Sent::new(series, head.seq, entry), head.hash)
    };
    order.iter().enumerate().map(number).collect()
}

fn heads(log: &[(Sent, Digest)]) -> Heads {
    log.iter().map(|(sent, hash)| (sent.series, Head { seq: sent.seq, hash: *hash })).collect()
}

fn ends(items: &[(Sent, Digest)]) -> Vec<(Series, Head)> {
    heads(items).iter().collect()
}

fn batch(items: &[(Sent, Digest)]) -> Batch {
    let all = items.iter().map(|(sent, _)| Item::Entry(Arc::new(sent.clone())));
    Batch { items: all.collect(), ends: ends(items) }
}

/// The links of what is here.
fn links(log: &[(Sent, Digest)]) -> impl Fn(Series, i64) -> Option<Digest> {
    |series, seq| {
        let mut found = log.iter().filter(|(sent, _)| sent.series == series && sent.seq == seq);
        found.next().map(|(_, hash)| *hash)
    }
}

fn taken(accepted: &Accepted) -> Vec<(Sent, Digest)> {
    let steps = accepted.steps.iter();
    let taken = steps.filter_map(|step| match step {
        Step::Take(Item::Entry(sent), hash) => Some(((**sent).clone(), *hash)),
        _ => None,
    });
    taken.collect()
}

fn orders() -> impl Strategy<Value = Vec<u8>> {
    proptest::collection::vec(0..3_u8, 0..30)
}

proptest! {
    #[test]
    fn parts_in_any_order_and_again_come_to_the_same_end(
        order in orders(),
        parts in proptest::collection::vec((0..30_usize, 1..12_usize), 0..20),
    ) {
        let log = log(&order);
        let mut here = Heads::default();
        let mut applied = Vec::new();
        let whole = (0..log.len()).step_by(5).map(|at| (at, 5));
        for (at, length) in parts.into_iter().chain(whole) {
            let at = at.min(log.len());
            let part = batch(&log[at..log.len().min(at + length)]);
            let known: Vec<_> = applied.iter().map(|(sent, hash): &(Sent, Digest)| (sent.clone(), *hash)).collect();
            let accepted = accept(&here, links(&known), part);
            prop_assert!(accepted.forked.is_empty());
            applied.extend(taken(&accepted));
            here = accepted.heads;
        }
        prop_assert_eq!(&here, &heads(&log));
        prop_assert_eq!(applied.len(), log.len());
        // Each series in its order, and each link as the sender has it.
        for of in 0..3 {
            let theirs = log.iter().filter(|(sent, _)| sent.series == series(of));
            let ours = applied.iter().filter(|(sent, _)| sent.series == series(of));
            prop_assert!(ours.eq(theirs));
        }
    }

    #[test]
    fn what_is_hidden_still_counts(order in orders(), seen in proptest::collection::vec(any::<bool>(), 30)) {
        let log = log(&order);
        let mut seen = seen.into_iter();
        let items = cover(log.clone(), |_| seen.next().unwrap_or_default());
        let hidden: i64 = items.iter().map(|item| match item {
            Item::Run(run) => run.last.seq - run.first + 1,
            Item::Entry(_) => 0,
        }).sum();
        let shown = items.iter().filter(|item| matches!(item, Item::Entry(_))).count();
        prop_assert_eq!(usize::try_from(hidden).unwrap() + shown, log.len());
        let accepted = accept(&Heads::default(), |_, _| None, Batch { items, ends: ends(&log) });
        prop_assert_eq!(accepted.heads, heads(&log));
        prop_assert!(accepted.forked.is_empty());
    }

    #[test]
    fn an_entry_that_was_altered_on_its_way_is_not_taken(order in orders(), at in 0..30_usize) {
        let log = log(&order);
        prop_assume!(!log.is_empty());
        let mut altered = batch(&log);
        let at = at % log.len();
        let Item::Entry(sent) = &mut altered.items[at] else { unreachable!() };
        let (series, reason) = (sent.series, Some("altered".to_owned()));
        let entry = Entry { reason, ..(*sent.entry).clone() };
        *sent = Arc::new(Sent::new(series, sent.seq, entry));
        let accepted = accept(&Heads::default(), |_, _| None, altered);
        prop_assert!(accepted.forked.contains(&series));
        prop_assert!(taken(&accepted).iter().all(|(sent, _)| sent.series != series));
    }
}

#[test]
fn neighbouring_hidden_entries_are_one_run() {
    let log = log(&[0, 0, 1, 0]);
    let items = cover(log.clone(), |_| false);
    let runs: BTreeMap<_, _> = items
        .iter()
        .map(|item| match item {
            Item::Run(Run { series, first, last }) => (*series, (*first, last.seq)),
            Item::Entry(_) => unreachable!(),
        })
        .collect();
    assert_eq!(runs, BTreeMap::from([(series(0), (1, 3)), (series(1), (1, 1))]));
}

#[test]
fn after_a_gap_nothing_is_taken_until_it_is_closed() {
    let log = log(&[0, 0, 1]);
    let accepted = accept(&Heads::default(), |_, _| None, batch(&log[1..]));
    assert_eq!(accepted.heads.of(series(1)), GENESIS);
    assert!(accepted.steps.is_empty() && accepted.forked.is_empty());
}

#[test]
fn of_two_branches_of_a_series_the_same_stands_on_either_side() {
    let stem = log(&[0, 0]);
    let branch = |other: u128| {
        let entry = mark(other, 1, other);
        let (before, hash) = stem.last().map(|(sent, hash)| (sent, *hash)).unwrap();
        let head = link(series(0), Head { seq: before.seq, hash }, &entry.digest());
        let mut log = stem.clone();
        log.push((Sent::new(series(0), head.seq, entry), head.hash));
        log
    };
    let (one, other) = (branch(50), branch(60));
    let take = |here: &[(Sent, Digest)], theirs: &[(Sent, Digest)]| {
        accept(&heads(here), links(here), batch(&theirs[1..]))
    };
    let (here, there) = (take(&one, &other), take(&other, &one));
    assert_eq!(here.heads, there.heads);
    let drops = |accepted: &Accepted| accepted.steps.contains(&Step::Drop(series(0), 3));
    assert_ne!(drops(&here), drops(&there));
}

/// A branch of one series, of entries that no other branch has.
fn branch(from: u128) -> Vec<(Sent, Digest)> {
    let mut head = GENESIS;
    let sent = |n| {
        let entry = mark(from + n, 1, from + n);
        head = link(series(1), head, &entry.digest());
        (Sent::new(series(1), head.seq, entry), head.hash)
    };
    (0..7).map(sent).collect()
}

#[test]
fn of_a_weaker_branch_nothing_is_taken_in_whatever_parts() {
    let mut branches = [branch(100), branch(200)];
    branches.sort_by_key(|branch| branch[0].1);
    let [mine, theirs] = branches;
    for most in 1..8 {
        for part in parts(links(&mine), batch(&theirs), most) {
            assert_eq!(accept(&heads(&mine), links(&mine), part).steps, [], "{most} at once");
        }
    }
    // The stronger one is taken whole, a part after the other.
    let mut here = theirs.clone();
    for part in parts(links(&here), batch(&mine), 2) {
        let accepted = accept(&heads(&here), links(&here), part);
        for step in &accepted.steps {
            match step {
                Step::Drop(_, from) => here.retain(|(sent, _)| sent.seq < *from),
                Step::Take(Item::Entry(sent), hash) => here.push(((**sent).clone(), *hash)),
                Step::Take(Item::Run(_), _) => {}
            }
        }
    }
    assert_eq!(here, mine);
}

#[test]
fn a_batch_whose_ends_do_not_come_out_stays_whole() {
    let all = branch(100);
    let mut altered = batch(&all);
    altered.ends = ends(&branch(200));
    assert_eq!(parts(links(&[]), altered.clone(), 2), [altered]);
    assert_eq!(parts(links(&[]), batch(&all), 2).len(), 4);
}

#[test]
fn what_lies_below_a_longer_run_gives_its_numbers_up() {
    let mine = branch(100);
    let run = |first, seq| {
        let last = Head { seq, hash: [1; 32] };
        let items = vec![Item::Run(Run { series: series(1), first, last })];
        Batch { items, ends: vec![(series(1), last)] }
    };
    let steps = |batch| accept(&heads(&mine), links(&mine), batch).steps;
    // Seven are here.
    let beyond = steps(run(3, 9));
    assert!(matches!(beyond[..], [Step::Drop(_, 3), Step::Take(Item::Run(_), _)]), "{beyond:?}");
    let next = steps(run(8, 9));
    assert!(matches!(next[..], [Step::Take(Item::Run(_), _)]), "{next:?}");
    assert_eq!(steps(run(9, 9)), []);
}

#[test]
fn between_a_hub_and_its_edge_the_branch_of_the_hub_stands() {
    let [one, other] = [branch(100), branch(200)];
    for (mine, theirs) in [(&one, &other), (&other, &one)] {
        let steps = |stands| accept_by(&heads(mine), stands, links(mine), batch(theirs)).steps;
        assert_eq!(steps(Stands::Mine), []);
        let taken = steps(Stands::Theirs);
        assert_eq!((taken.len(), &taken[0]), (8, &Step::Drop(series(1), 1)));
    }
}
