//! Limits on attempts: a few failures are free, then each one doubles the wait.

use crate::time::{Span, Timestamp};

/// Failures counted for one subject (a person, an address).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Failures {
    /// How many since the count began.
    pub count: i64,
    /// When the last one was.
    pub last_at: Timestamp,
}

/// How many failures are free, and how long the first wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Failures without a wait.
    pub free: i64,
    /// Wait after the first failure beyond them; doubled by each further one.
    pub first_wait: Span,
    /// Longest wait.
    pub longest_wait: Span,
    /// Quiet time after which the count begins anew.
    pub forget_after: Span,
}

impl Limit {
    /// Failures of one person, be it a password or a class code.
    pub const PERSON: Self = Self {
        free: 5,
        first_wait: Span::seconds(30),
        longest_wait: Span::minutes(15),
        forget_after: Span::hours(1),
    };

    /// Failures from one address, which a whole hall may share: a student in ten may err twice.
    pub const fn address(people_behind: i64) -> Self {
        let free = 50 + people_behind / 5;
        Self { free, ..Self::PERSON }
    }

    /// How long the subject still has to wait before the next attempt, if at all.
    pub fn wait(&self, failures: Failures, now: Timestamp) -> Option<Span> {
        let failures = self.current(failures, now);
        let beyond = failures.count - self.free;
        if beyond < 0 {
            return None;
        }
        let doublings = u32::try_from(beyond.min(20)).unwrap_or(20);
        let wait = self.first_wait.0.saturating_mul(1 << doublings).min(self.longest_wait.0);
        let left = (failures.last_at + Span(wait)) - now;
        // A clock set back must not lock anyone out for longer than the wait itself.
        (left.0 > 0).then_some(Span(left.0.min(wait)))
    }

    /// The count after one more failure at `now`.
    #[must_use]
    pub fn after_failure(&self, failures: Failures, now: Timestamp) -> Failures {
        Failures { count: self.current(failures, now).count + 1, last_at: now }
    }

    fn current(&self, failures: Failures, now: Timestamp) -> Failures {
        let quiet = now - failures.last_at > self.forget_after;
        if quiet { Failures::default() } else { failures }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp(1_700_000_000_000_000);

    fn fail(times: i64) -> Failures {
        (0..times).fold(Failures::default(), |f, _| Limit::PERSON.after_failure(f, NOON))
    }

    #[test]
    fn the_first_failures_are_free() {
        assert_eq!(Limit::PERSON.wait(fail(4), NOON), None);
    }

    #[test]
    fn the_wait_doubles_up_to_its_limit() {
        let waits = [5, 6, 7, 30].map(|times| Limit::PERSON.wait(fail(times), NOON));
        let expected = [30, 60, 120, 900].map(|seconds| Some(Span::seconds(seconds)));
        assert_eq!(waits, expected);
    }

    #[test]
    fn an_hour_of_quiet_forgets() {
        let later = NOON + Span::hours(1) + Span(1);
        assert_eq!(Limit::PERSON.wait(fail(30), later), None);
        assert_eq!(Limit::PERSON.after_failure(fail(30), later).count, 1);
    }

    #[test]
    fn a_clock_set_back_does_not_lengthen_the_wait() {
        let before = NOON - Span::days(2);
        assert_eq!(Limit::PERSON.wait(fail(5), before), Some(Span::seconds(30)));
    }
}
