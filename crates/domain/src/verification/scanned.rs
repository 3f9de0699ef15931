//! When a scan was: as the device says, as far as its clock can be believed.

use crate::time::{Span, Timestamp};

/// How far a device's clock may be off without being corrected.
const TOLERANCE: Span = Span::minutes(1);
/// The oldest scan that is believed.
const OLDEST: Span = Span::days(30);

/// When somebody was scanned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scanned {
    /// By the clock of the server.
    pub at: Timestamp,
    /// How far the device's clock was ahead, where that mattered; behind where it is negative.
    pub clock_off: Option<Span>,
}

impl Scanned {
    /// When a scan was that a device says was at `at`, by its clock that shows `sent` as it sends
    /// this. A scan that can't have been then counts as one of now: it is kept all the same.
    pub fn new(at: Option<Timestamp>, sent: Option<Timestamp>, now: Timestamp) -> Self {
        let Some(at) = at else { return Self { at: now, clock_off: None } };
        let off = sent.map(|sent| Span(sent.0.saturating_sub(now.0)));
        let off = off.filter(|off| off.0.unsigned_abs() > TOLERANCE.0.unsigned_abs());
        let at = Timestamp(at.0.saturating_sub(off.unwrap_or_default().0));
        let away = Span(at.0.saturating_sub(now.0));
        if away > TOLERANCE || away < Span(-OLDEST.0) {
            return Self { at: now, clock_off: Some(off.unwrap_or(away)) };
        }
        Self { at: at.min(now), clock_off: off }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000_000_000);

    fn ago(span: Span) -> Timestamp {
        Timestamp(NOW.0 - span.0)
    }

    fn scanned(at: Timestamp, sent: Option<Timestamp>) -> (Span, Option<Span>) {
        let Scanned { at, clock_off } = Scanned::new(Some(at), sent, NOW);
        (NOW - at, clock_off)
    }

    #[test]
    fn a_scan_without_a_time_is_one_of_now() {
        assert_eq!(Scanned::new(None, None, NOW), Scanned { at: NOW, clock_off: None });
    }

    #[test]
    fn a_scan_that_is_sent_later_keeps_its_time() {
        let hour = Span::hours(1);
        assert_eq!(scanned(ago(hour), None), (hour, None));
        let nearly_right = ago(Span::seconds(20));
        assert_eq!(scanned(ago(hour), Some(nearly_right)), (hour, None));
    }

    #[test]
    fn a_clock_that_is_three_hours_off_is_corrected_and_noted() {
        for off in [Span::hours(3), Span::hours(-3)] {
            let shown = |real: Timestamp| Timestamp(real.0 + off.0);
            let ten = Span::minutes(10);
            let told = scanned(shown(ago(ten)), Some(shown(NOW)));
            assert_eq!(told, (ten, Some(off)));
        }
    }

    #[test]
    fn a_scan_that_cannot_have_been_then_is_kept_as_one_of_now() {
        let ahead = ago(Span::hours(-3));
        assert_eq!(scanned(ahead, None), (Span(0), Some(Span::hours(3))));
        let years = ago(Span::days(3000));
        assert_eq!(scanned(years, None), (Span(0), Some(Span::days(-3000))));
        let odd = Scanned::new(Some(Timestamp(i64::MIN)), Some(Timestamp(i64::MAX)), NOW);
        assert_eq!(odd.at, NOW);
        assert_eq!(scanned(ago(Span::seconds(-30)), None), (Span(0), None));
    }
}
