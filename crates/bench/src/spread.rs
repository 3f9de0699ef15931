//! Many durations in three figures.

use std::fmt;
use std::time::Duration;

/// How long things took.
#[derive(Clone, Debug, Default)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// Of these.
    pub fn of(mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        Self(times)
    }

    /// The least time within which that share (1 to 100 of a hundred) was done: the nearest rank.
    pub fn percentile(&self, share: usize) -> Duration {
        let rank = (self.0.len() * share).div_ceil(100);
        self.0.get(rank.saturating_sub(1)).copied().unwrap_or_default()
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [half, most, longest] = [self.percentile(50), self.percentile(99), self.longest()]
            .map(|time| time.as_secs_f64() * 1000.0);
        write!(f, "p50 {half:.1} ms, p99 {most:.1} ms, longest {longest:.1} ms")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_sorted_times() {
        let spread = Spread::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(spread.percentile(50), Duration::from_millis(100));
        assert_eq!(spread.percentile(99), Duration::from_millis(198));
        assert_eq!(spread.longest(), Duration::from_millis(200));
        let twenty = Spread::of((1..=20).map(Duration::from_millis).collect());
        assert_eq!(twenty.percentile(95), Duration::from_millis(19));
        assert_eq!(Spread::default().percentile(99), Duration::ZERO);
    }
}
