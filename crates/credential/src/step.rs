//! Time as a code sees it: steps of equal length, counted from the opening of the session.

/// How long one code stands, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepLength(u8);

impl StepLength {
    /// What a class code uses unless the institution says otherwise: 10 seconds.
    pub const CLASS_CODE: Self = Self(10);
    /// What the one-time password of an online class uses: 30 seconds.
    pub const OTP: Self = Self(30);

    /// A length of 5 to 30 seconds; `None` outside of that.
    pub const fn from_seconds(seconds: u8) -> Option<Self> {
        match seconds {
            5..=30 => Some(Self(seconds)),
            _ => None,
        }
    }

    /// The length in seconds.
    pub const fn seconds(self) -> u8 {
        self.0
    }

    const fn micros(self) -> u64 {
        self.0 as u64 * 1_000_000
    }
}

/// The step that runs at `now` in a session opened at `opened_at` (both microseconds of one
/// clock). A clock that was set back behind the opening gives step 0.
pub const fn step_at(opened_at: i64, now: i64, length: StepLength) -> u64 {
    if now <= opened_at { 0 } else { now.abs_diff(opened_at) / length.micros() }
}

/// When `step` begins, in microseconds; it ends when the next one begins.
pub const fn step_begins(opened_at: i64, step: u64, length: StepLength) -> i64 {
    opened_at.saturating_add_unsigned(step.saturating_mul(length.micros()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEN: StepLength = StepLength::CLASS_CODE;

    #[test]
    fn steps_are_counted_from_the_opening() {
        assert_eq!(step_at(1_000, 1_000, TEN), 0);
        assert_eq!(step_at(1_000, 10_000_999, TEN), 0);
        assert_eq!(step_at(1_000, 10_001_000, TEN), 1);
        assert_eq!(step_begins(1_000, 1, TEN), 10_001_000);
    }

    #[test]
    fn a_clock_set_back_gives_the_first_step() {
        assert_eq!(step_at(50_000_000, 0, TEN), 0);
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        assert_eq!(step_at(i64::MIN, i64::MAX, TEN), u64::MAX / 10_000_000);
        assert_eq!(step_begins(0, u64::MAX, TEN), i64::MAX);
    }

    #[test]
    fn a_step_lasts_five_to_thirty_seconds() {
        assert_eq!(StepLength::from_seconds(4), None);
        assert_eq!(StepLength::from_seconds(5).map(StepLength::seconds), Some(5));
        assert_eq!(StepLength::from_seconds(30), Some(StepLength::OTP));
        assert_eq!(StepLength::from_seconds(31), None);
    }
}
