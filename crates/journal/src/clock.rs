//! The logical clock: later than the wall, than itself, and than what it overwrites.

use muster_domain::time::Timestamp;
use std::sync::atomic::{AtomicI64, Ordering};

/// A node's logical clock. Readings only order changes; they say nothing about time of day.
#[derive(Debug, Default)]
pub struct Clock(AtomicI64);

impl Clock {
    /// A clock that has issued `last` already.
    pub const fn after(last: i64) -> Self {
        Self(AtomicI64::new(last))
    }

    /// A new reading: `max(wall, last issued, replaced) + 1`.
    pub fn issue(&self, wall: Timestamp, replaced: i64) -> i64 {
        let next = |last: i64| last.max(wall.0).max(replaced).saturating_add(1);
        let before =
            self.0.fetch_update(Ordering::AcqRel, Ordering::Acquire, |last| Some(next(last)));
        next(before.unwrap_or_else(|last| last))
    }

    /// The latest reading that was issued or seen.
    pub fn last(&self) -> i64 {
        self.0.load(Ordering::Acquire)
    }

    /// Accepts a reading seen elsewhere, however far ahead.
    pub fn observe(&self, reading: i64) {
        self.0.fetch_max(reading, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_grow_although_the_wall_clock_is_set_back() {
        let clock = Clock::default();
        let first = clock.issue(Timestamp(1_000), 0);
        let second = clock.issue(Timestamp(10), 0);
        assert_eq!((first, second), (1_001, 1_002));
    }

    #[test]
    fn a_reading_is_later_than_what_it_replaces_and_than_what_was_observed() {
        let clock = Clock::default();
        assert_eq!(clock.issue(Timestamp(5), 70), 71);
        clock.observe(900);
        assert_eq!(clock.issue(Timestamp(5), 0), 901);
    }
}
