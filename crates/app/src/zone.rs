//! Days in the institution's time zone: when one begins, and on which one an instant falls.

use crate::settings::Settings;
use jiff::civil;
use jiff::tz::TimeZone;
use muster_domain::time::{Date, Timestamp};

const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// The institution's time zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone that the settings name.
    pub fn of(settings: &Settings) -> Self {
        Self(TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC))
    }

    /// The day on which an instant falls.
    pub fn date(&self, at: Timestamp) -> Date {
        let local = jiff::Timestamp::from_microsecond(at.0).map(|at| self.0.to_datetime(at).date());
        local.map_or(Date(0), |date| Date(i64::from((date - EPOCH).get_days())))
    }

    /// When a day begins; where the clocks skip midnight, an hour later.
    pub fn start(&self, date: Date) -> Timestamp {
        let civil = i32::try_from(date.0).ok().and_then(|days| {
            let days = jiff::Span::new().try_days(days).ok()?;
            EPOCH.checked_add(days).ok()
        });
        let begins = civil.and_then(|civil| civil.to_zoned(self.0.clone()).ok());
        begins.map_or(date.midnight(), |at| Timestamp(at.timestamp().as_microsecond()))
    }

    /// From the beginning of the first day to the end of the last.
    pub fn range(&self, first: Date, last: Date) -> (Timestamp, Timestamp) {
        (self.start(first), self.start(Date(last.0 + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use muster_domain::time::Span;

    fn zone(name: &str) -> Zone {
        Zone::of(&Settings { time_zone: name.to_owned(), ..Settings::default() })
    }

    #[test]
    fn the_day_on_which_the_clocks_change_has_23_hours() {
        // 29 March 2026 in Berlin.
        let (from, until) = zone("Europe/Berlin").range(Date(20_541), Date(20_541));
        assert_eq!(until - from, Span::hours(23));
    }

    #[test]
    fn an_instant_falls_on_the_day_of_the_wall_clock() {
        // 2 March 2026, 20:00 UTC.
        let evening = Timestamp(1_772_481_600_000_000);
        assert_eq!(zone("UTC").date(evening), Date(20_514));
        assert_eq!(zone("Asia/Kolkata").date(evening), Date(20_515));
    }

    #[test]
    fn a_day_begins_where_its_instants_begin() {
        for name in ["Europe/Berlin", "Asia/Kolkata", "America/Santiago", "Pacific/Apia"] {
            let zone = zone(name);
            for day in 20_400..20_800 {
                let start = zone.start(Date(day));
                assert_eq!(zone.date(start), Date(day), "{name}");
                assert!(zone.date(start - Span(1)) < Date(day), "{name}");
            }
        }
    }
}
