//! The one rule by which scores become the total of a course, and totals the average of a term.

use super::{Points, Score, written};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A percentage, in hundredths of a percent.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Percent(pub i64);

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} %", written(self.0))
    }
}

/// An assessment of a class, with what a student reached in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Out of how many points; at least 1.
    pub maximum: i64,
    /// How much of the total it is, in hundredths of a percent; 0 if it does not count.
    pub weight: i64,
    /// What the student reached; none while nothing is entered.
    pub score: Option<Score>,
}

/// What scores come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Total {
    /// Something that counts is not entered yet.
    Open,
    /// The student is exempt from all that counts.
    Exempt,
    /// The share of what could be reached.
    Reached(Percent),
}

impl Total {
    /// The percentage, if there is one.
    pub const fn percent(self) -> Option<Percent> {
        match self {
            Self::Reached(percent) => Some(percent),
            Self::Open | Self::Exempt => None,
        }
    }
}

/// The total of a course: each assessment's share of its points, by its weight. Absent brings
/// nothing; what a student is exempt from leaves its weight to the others. The sum is exact, and
/// rounded half up to hundredths of a percent at the end.
pub fn total(parts: &[Counted]) -> Total {
    let counting = || parts.iter().filter(|part| part.weight > 0 && part.maximum > 0);
    if counting().any(|part| part.score.is_none()) {
        return Total::Open;
    }
    let judged = || counting().filter(|part| part.score != Some(Score::Exempt));
    // A common multiple of all maxima, so that no share is rounded on the way.
    let common = judged().fold(1, |common, part| lowest_common(common, i128::from(part.maximum)));
    let (mut reached, mut whole) = (0_i128, 0_i128);
    for part in judged() {
        let (weight, maximum) = (i128::from(part.weight), i128::from(part.maximum));
        let points = i128::from(part.score.and_then(Score::points).unwrap_or(0));
        reached += weight * points * (common / maximum);
        whole += weight * 100 * common;
    }
    if whole == 0 {
        return if counting().next().is_some() { Total::Exempt } else { Total::Open };
    }
    Total::Reached(Percent(half_up(reached * 10_000, whole)))
}

/// The average grade point of courses with their credits, rounded half up to hundredths; none where
/// no course has credits.
pub fn average(courses: impl IntoIterator<Item = (i64, Points)>) -> Option<Points> {
    let (mut sum, mut credits) = (0_i128, 0_i128);
    for (weight, point) in courses {
        sum += i128::from(weight) * i128::from(point.0);
        credits += i128::from(weight);
    }
    (credits > 0).then(|| Points(half_up(sum, credits)))
}

/// A quotient of numbers that are not negative, rounded half up.
pub(super) fn half_up(dividend: i128, divisor: i128) -> i64 {
    i64::try_from((2 * dividend + divisor) / (2 * divisor)).unwrap_or(i64::MAX)
}

fn lowest_common(a: i128, b: i128) -> i128 {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    a / x * b
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(maximum: i64, weight: i64, score: &str) -> Counted {
        Counted { maximum, weight, score: Score::parse(score, maximum).unwrap() }
    }

    #[test]
    fn totals_follow_the_rule() {
        let usual = |ca1, ca2, exam| {
            total(&[part(20, 2_000, ca1), part(20, 2_000, ca2), part(100, 6_000, exam)])
        };
        let reached = |percent| Total::Reached(Percent(percent));
        assert_eq!(usual("20", "20", "100"), reached(10_000));
        assert_eq!(usual("14.5", "16", "71"), reached(7_310));
        // Absent brings nothing, and so does no point.
        assert_eq!(usual("AB", "16", "71"), reached(5_860));
        assert_eq!(usual("0", "16", "71"), reached(5_860));
        // Exempt: 16/20 and 71/100 make up the rest in their proportion.
        assert_eq!(usual("EX", "16", "71"), reached(7_325));
        assert_eq!(usual("EX", "EX", "EX"), Total::Exempt);
        assert_eq!(usual("14.5", "", "71"), Total::Open);
        // What does not count may be missing.
        assert_eq!(total(&[part(30, 0, ""), part(30, 10_000, "15")]), reached(5_000));
        assert_eq!(total(&[part(30, 0, "15")]), Total::Open);
        assert_eq!(total(&[]), Total::Open);
    }

    #[test]
    fn rounding_is_half_up_and_happens_once() {
        // A third and two thirds of 1 in 3 each: exactly a third.
        assert_eq!(
            total(&[part(3, 3_333, "1"), part(3, 6_667, "1")]),
            Total::Reached(Percent(3_333))
        );
        // 1/16 is 6.25 %, a half of that 3.125 %.
        let halved = total(&[part(16, 5_000, "1"), part(16, 5_000, "0")]);
        assert_eq!(halved, Total::Reached(Percent(313)));
    }

    #[test]
    fn the_average_weighs_by_credits() {
        assert_eq!(average([(4, Points(900)), (2, Points(700))]), Some(Points(833)));
        assert_eq!(average([(1, Points(100)), (1, Points(101))]), Some(Points(101)));
        assert_eq!(average([]), None);
        assert_eq!(average([(0, Points(900))]), None);
    }

    proptest! {
        #[test]
        fn a_total_stays_within_its_parts(
            parts in proptest::collection::vec((1_i64..=1_000, 1_i64..=10_000, 0_i64..=100_000), 1..=8)
        ) {
            let parts: Vec<_> = parts.into_iter().map(|(maximum, weight, points)| Counted {
                maximum,
                weight,
                score: Some(Score::Points(Points(points.min(maximum * 100)))),
            }).collect();
            let Total::Reached(Percent(percent)) = total(&parts) else { panic!("no total") };
            let share = |part: &Counted| {
                let points = part.score.and_then(Score::points).unwrap();
                points * 100 / part.maximum
            };
            let (low, high) = (parts.iter().map(share).min().unwrap(), parts.iter().map(share).max().unwrap());
            prop_assert!((low..=high + 1).contains(&percent));
        }

        #[test]
        fn the_order_of_assessments_does_not_matter(
            mut parts in proptest::collection::vec((1_i64..=1_000, 0_i64..=10_000, 0_i64..=1_000), 1..=8)
        ) {
            let counted = |parts: &[(i64, i64, i64)]| {
                let part = |(maximum, weight, points): &(i64, i64, i64)| Counted {
                    maximum: *maximum,
                    weight: *weight,
                    score: Some(Score::Points(Points((*points).min(*maximum) * 100))),
                };
                total(&parts.iter().map(part).collect::<Vec<_>>())
            };
            let one = counted(&parts);
            parts.reverse();
            prop_assert_eq!(one, counted(&parts));
        }
    }
}
