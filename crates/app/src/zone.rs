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
        local.map_or(Date(0), date_of)
    }

    /// When a day begins; where the clocks skip midnight, an hour later.
    pub fn start(&self, date: Date) -> Timestamp {
        let begins = civil_date(date).and_then(|civil| civil.to_zoned(self.0.clone()).ok());
        begins.map_or(date.midnight(), |at| Timestamp(at.timestamp().as_microsecond()))
    }

    /// The instant at which clocks show so many minutes after midnight; where the clocks skip that
    /// time, as much later.
    pub fn at(&self, date: Date, minute: i64) -> Timestamp {
        let clock = i8::try_from(minute / 60).ok().zip(i8::try_from(minute % 60).ok());
        let time = clock.and_then(|(hour, minute)| civil::Time::new(hour, minute, 0, 0).ok());
        let local = civil_date(date).zip(time).map(|(date, time)| date.to_datetime(time));
        let at = local.and_then(|local| local.to_zoned(self.0.clone()).ok());
        at.map_or(date.midnight(), |at| Timestamp(at.timestamp().as_microsecond()))
    }

    /// The day on which an instant falls, and the seconds of that day's clock.
    pub fn parts(&self, at: Timestamp) -> (Date, u32) {
        let local = jiff::Timestamp::from_microsecond(at.0).map(|at| self.0.to_datetime(at).time());
        let second = local.map_or(0, |time| {
            i32::from(time.hour()) * 3600 + i32::from(time.minute()) * 60 + i32::from(time.second())
        });
        (self.date(at), second.unsigned_abs())
    }

    /// An instant as people read it, for example `Mon 2 Mar, 09:00`.
    pub fn words(&self, at: Timestamp) -> String {
        jiff::Timestamp::from_microsecond(at.0)
            .map(|at| at.to_zoned(self.0.clone()).strftime("%a %-d %b, %H:%M").to_string())
            .unwrap_or_default()
    }

    /// The first day of a day's month.
    pub fn month(date: Date) -> Date {
        civil_date(date).map_or(date, |civil| Date(date.0 - i64::from(civil.day()) + 1))
    }

    /// From the beginning of the first day to the end of the last.
    pub fn range(&self, first: Date, last: Date) -> (Timestamp, Timestamp) {
        (self.start(first), self.start(Date(last.0 + 1)))
    }
}

/// A calendar's day as the records have it.
pub(crate) fn date_of(day: civil::Date) -> Date {
    Date(i64::from((day - EPOCH).get_days()))
}

/// A day as a calendar has it; none beyond the calendar's years.
pub(crate) fn civil_date(date: Date) -> Option<civil::Date> {
    let days = jiff::Span::new().try_days(i32::try_from(date.0).ok()?).ok()?;
    EPOCH.checked_add(days).ok()
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
    fn a_clock_time_is_that_of_the_wall_on_both_sides_of_a_change() {
        let berlin = zone("Europe/Berlin");
        let minutes =
            |day, minute| (berlin.at(Date(day), minute) - Date(day).midnight()).0 / 60_000_000;
        // 28 and 30 March 2026, 10:00: nine o'clock in UTC, then eight.
        assert_eq!([minutes(20_540, 600), minutes(20_542, 600)], [540, 480]);
        // 29 March, 02:30 is skipped: an hour later by the clock, which is 01:30 in UTC.
        assert_eq!(minutes(20_541, 150), 90);
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
