//! A node's own series in the mirror of a peer: what a restore lost, and what a copy also wrote.

use crate::chain::{GENESIS, Head, Series};
use crate::entry::Digest;

/// What a peer knows of our own series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// What we wrote, as far as it got.
    Sound,
    /// More than we have, or something else: this node was restored or copied. It fetches what
    /// the peer has and goes on under a new incarnation.
    Divided,
}

/// Judges a peer's head of our series. `link_at` tells our own link of a number.
pub fn judge_own(mine: Head, theirs: Head, link_at: impl FnOnce(i64) -> Option<Digest>) -> Own {
    let same = theirs.seq == 0
        || theirs == mine
        || (theirs.seq < mine.seq && link_at(theirs.seq) == Some(theirs.hash));
    if same { Own::Sound } else { Own::Divided }
}

/// A number of a series with its link, from which a peer finds what both sides have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The series.
    pub series: Series,
    /// Number and link.
    pub head: Head,
}

/// Numbers from the head down, each twice as far from it as the one before.
pub fn rungs(head: i64) -> impl Iterator<Item = i64> {
    let steps = std::iter::successors(Some(1_i64), |step| step.checked_mul(2));
    let below = steps.map(move |step| head - step).take_while(|seq| *seq > 0);
    std::iter::once(head).filter(|seq| *seq > 0).chain(below)
}

/// The highest rung that stands here, too: whoever sends goes on after it.
pub fn common(rungs: &[Head], mut link_at: impl FnMut(i64) -> Option<Digest>) -> Head {
    let shared = rungs.iter().filter(|rung| link_at(rung.seq) == Some(rung.hash));
    shared.copied().max_by_key(|rung| rung.seq).unwrap_or(GENESIS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(seq: i64, hash: u8) -> Head {
        Head { seq, hash: [hash; 32] }
    }

    #[test]
    fn a_peer_that_lags_is_sound_and_one_that_knows_more_or_else_is_not() {
        let judge = |theirs| judge_own(head(9, 9), theirs, |seq| (seq == 3).then_some([3; 32]));
        for sound in [GENESIS, head(9, 9), head(3, 3)] {
            assert_eq!(judge(sound), Own::Sound);
        }
        for divided in [head(10, 1), head(9, 8), head(3, 4)] {
            assert_eq!(judge(divided), Own::Divided);
        }
    }

    #[test]
    fn rungs_are_few_and_end_where_the_series_begins() {
        assert_eq!(rungs(0).count(), 0);
        assert_eq!(rungs(1).collect::<Vec<_>>(), [1]);
        assert_eq!(rungs(20).collect::<Vec<_>>(), [20, 19, 18, 16, 12, 4]);
        assert!(rungs(i64::MAX).count() < 70);
    }

    #[test]
    fn what_is_common_lies_below_the_fork() {
        let link = |fork: i64| move |seq: i64| Some([u8::from(seq > fork); 32]);
        for fork in 0..20 {
            let theirs: Vec<_> =
                rungs(20).map(|seq| Head { seq, hash: [2 * u8::from(seq > fork); 32] }).collect();
            let common = common(&theirs, link(fork));
            let best = rungs(20).find(|seq| *seq <= fork).unwrap_or(0);
            assert_eq!(common.seq, best);
        }
    }
}
