//! How a class did in an assessment, or on the whole.

use super::total::half_up;
use super::{Points, Score};

/// Into how many equal parts the points are divided to count who reached how many.
pub const BINS: usize = 10;

/// How a class did. Who was absent or exempt is counted, and in no average.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// How many have points.
    pub scored: i64,
    /// How many were absent.
    pub absent: i64,
    /// How many were exempt.
    pub exempt: i64,
    /// How many have no result yet.
    pub missing: i64,
    /// The average of those who have points, rounded half up to hundredths.
    pub average: Option<Points>,
    /// The most.
    pub highest: Option<Points>,
    /// The least.
    pub lowest: Option<Points>,
    /// How many reached each tenth of the points; all of them belong to the last one.
    pub bins: [i64; BINS],
}

impl Statistics {
    /// Counts scores out of a maximum of whole points.
    pub fn of(scores: impl IntoIterator<Item = Option<Score>>, maximum: i64) -> Self {
        let mut counted = Self::default();
        let mut sum = 0_i128;
        for score in scores {
            match score {
                None => counted.missing += 1,
                Some(Score::Absent) => counted.absent += 1,
                Some(Score::Exempt) => counted.exempt += 1,
                Some(Score::Points(points)) => {
                    counted.scored += 1;
                    sum += i128::from(points.0);
                    counted.highest = counted.highest.max(Some(points));
                    counted.lowest = Some(counted.lowest.map_or(points, |low| low.min(points)));
                    let reached = usize::try_from(points.0 / maximum.max(1) / 10).unwrap_or(0);
                    if let Some(bin) = counted.bins.get_mut(reached.min(BINS - 1)) {
                        *bin += 1;
                    }
                }
            }
        }
        let many = i128::from(counted.scored);
        counted.average = (many > 0).then(|| Points(half_up(sum, many)));
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_and_exempt_are_in_no_average() {
        let scores = ["20", "5", "AB", "EX", "", "0"].map(|text| Score::parse(text, 20).unwrap());
        let counted = Statistics::of(scores, 20);
        assert_eq!((counted.scored, counted.absent, counted.exempt, counted.missing), (3, 1, 1, 1));
        assert_eq!(counted.average, Some(Points(833)));
        assert_eq!((counted.highest, counted.lowest), (Some(Points(2_000)), Some(Points(0))));
        assert_eq!(counted.bins, [1, 0, 1, 0, 0, 0, 0, 0, 0, 1]);
        assert_eq!(Statistics::of([None], 20).average, None);
    }
}
