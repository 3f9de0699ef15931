//! The leaderboard of a class: who attends most, of those who wish to be named.

use super::figures::Percentage;

/// A student with their rank, from 1; who attended the same share has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ranked<T> {
    /// The rank.
    pub rank: usize,
    /// Whose it is.
    pub who: T,
    /// The share attended.
    pub share: Percentage,
}

/// Ranks students by the share that is shown, the highest first; those of one rank stay in the
/// order in which they came. Who has no share yet has no rank.
pub fn ranked<T>(students: impl IntoIterator<Item = (T, Percentage)>) -> Vec<Ranked<T>> {
    let with_share = students.into_iter().filter(|(_, share)| share.permille().is_some());
    let mut sorted: Vec<_> = with_share.collect();
    sorted.sort_by_key(|(_, share)| std::cmp::Reverse(share.permille()));
    let (mut rank, mut last) = (0, None);
    let place = |(index, (who, share)): (usize, (T, Percentage))| {
        if last != share.permille() {
            (rank, last) = (index + 1, share.permille());
        }
        Ranked { rank, who, share }
    };
    sorted.into_iter().enumerate().map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attendance::Tally;
    use crate::attendance::figures::Weights;
    use proptest::prelude::*;

    fn share(present: i64, absent: i64) -> Percentage {
        Tally { present, late: 0, excused: 0, absent }.percentage(Weights::default())
    }

    #[test]
    fn ties_share_a_rank_and_the_next_one_is_skipped() {
        let students =
            [("a", share(3, 1)), ("b", share(4, 0)), ("c", share(6, 2)), ("d", share(0, 0))];
        let ranks: Vec<_> = ranked(students).into_iter().map(|one| (one.who, one.rank)).collect();
        assert_eq!(ranks, [("b", 1), ("a", 2), ("c", 2)]);
        let next = [("a", share(3, 1)), ("c", share(6, 2)), ("e", share(1, 1))];
        let ranks: Vec<_> = ranked(next).into_iter().map(|one| one.rank).collect();
        assert_eq!(ranks, [1, 1, 3]);
    }

    proptest! {
        #[test]
        fn a_rank_is_one_more_than_the_number_of_those_above(
            tallies in proptest::collection::vec((0_i64..6, 0_i64..6), 0..40)
        ) {
            let students = tallies.iter().enumerate();
            let all = ranked(students.map(|(who, (here, gone))| (who, share(*here, *gone))));
            let taken = tallies.iter().filter(|(here, gone)| here + gone > 0).count();
            prop_assert_eq!(all.len(), taken);
            for one in &all {
                let above = all.iter().filter(|other| other.share.permille() > one.share.permille());
                prop_assert_eq!(one.rank, above.count() + 1);
            }
            prop_assert!(all.windows(2).all(|pair| pair[0].rank <= pair[1].rank));
        }
    }
}
