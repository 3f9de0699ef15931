//! Times as people and programs read them, in the institution's zone.

use jiff::civil;
use jiff::tz::TimeZone;
use muster_app::settings::Settings;
use muster_app::zone::Zone;
use muster_app::{Error, FieldError};
use muster_domain::time::{Date, Timestamp};
use muster_domain::timetable::{Weekday, Weekly};

/// RFC 3339 in UTC.
pub fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// In the institution's zone, as `strftime` has it, for example `%H:%M`.
pub fn local(settings: &Settings, at: Timestamp, format: &str) -> String {
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.0)
        .map(|at| at.to_zoned(zone).strftime(format).to_string())
        .unwrap_or_default()
}

/// `10:02`.
pub fn clock(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%H:%M")
}

/// `Saturday, 21 November`.
pub fn day(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%A, %-d %B")
}

/// `21 Nov 2026, 10:02`.
pub fn moment(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%-d %b %Y, %H:%M")
}

/// The instant of a clock time in the institution's zone.
pub fn instant(settings: &Settings, date: civil::Date, time: civil::Time) -> Option<Timestamp> {
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    let zoned = date.to_datetime(time).to_zoned(zone).ok()?;
    Some(Timestamp(zoned.timestamp().as_microsecond()))
}

/// A moment as a form's field has it: `2026-11-21T10:02`.
pub fn form_moment(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%Y-%m-%dT%H:%M")
}

/// A moment as a form's field or a person writes it: `2026-11-21T10:02`, `2026-11-21 10:02`.
pub fn parse_moment(settings: &Settings, text: &str) -> Option<Timestamp> {
    let at: civil::DateTime = text.trim().parse().ok()?;
    instant(settings, at.date(), at.time())
}

/// Minutes after midnight of a clock time: `09:30`.
pub fn parse_minute(text: &str) -> Option<i64> {
    let time: civil::Time = text.trim().parse().ok()?;
    Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

/// The clock time so many minutes after midnight: `09:30`.
pub fn minute_words(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

const EPOCH: civil::Date = civil::date(1970, 1, 1);

/// A day as forms and programs write it: `2026-11-21`.
pub fn parse_date(text: &str) -> Option<Date> {
    let date: civil::Date = text.trim().parse().ok()?;
    Some(Date(i64::from((date - EPOCH).get_days())))
}

/// `2026-11-21`.
pub fn iso_date(date: Date) -> String {
    civil_date(date).to_string()
}

/// `21 Nov 2026`.
pub fn date_words(date: Date) -> String {
    civil_date(date).strftime("%-d %b %Y").to_string()
}

/// A day as `strftime` has it, for example `%a %-d %b`.
pub fn date_as(date: Date, format: &str) -> String {
    civil_date(date).strftime(format).to_string()
}

/// The first and the last day of a month written as `2026-11`.
pub fn parse_month(text: &str) -> Option<(Date, Date)> {
    Some(month_of(parse_date(&format!("{}-01", text.trim()))?))
}

/// The first and the last day of the month of a day.
pub fn month_of(date: Date) -> (Date, Date) {
    let civil = civil_date(date);
    let day = |date: civil::Date| Date(i64::from((date - EPOCH).get_days()));
    (day(civil.first_of_month()), day(civil.last_of_month()))
}

fn civil_date(date: Date) -> civil::Date {
    let days = jiff::Span::new().try_days(date.0);
    days.and_then(|days| EPOCH.checked_add(days)).unwrap_or(EPOCH)
}

/// When something of a day begins and ends, from what was typed into `day`, `starts_at` and `ends_at`: an
/// end before the start is on the day after.
pub fn typed_span(
    settings: &Settings,
    [day, starts_at, ends_at]: [&str; 3],
) -> Result<(Timestamp, Timestamp), Error> {
    let day = parse_date(day);
    let [starts, ends] = [starts_at, ends_at].map(parse_minute);
    if let (Some(day), Some(starts_minute), Some(ends_minute)) = (day, starts, ends) {
        let (weekday, first_on, last_on) = (Weekday::of(day), day, day);
        let once = Weekly { weekday, starts_minute, ends_minute, first_on, last_on };
        once.check_times().map_err(|error| Error::field("ends_at", error.to_string()))?;
        let zone = Zone::of(settings);
        return Ok((zone.at(day, starts_minute), zone.at(once.ends_on(day), ends_minute)));
    }
    let read = [
        ("day", day.is_some(), "Enter a day, for example 2026-09-01."),
        ("starts_at", starts.is_some(), "Enter a time, for example 10:00."),
        ("ends_at", ends.is_some(), "Enter a time, for example 11:30."),
    ];
    let wrong = read.into_iter().filter(|(_, right, _)| !right);
    let wrong = wrong.map(|(field, _, detail)| FieldError { field, detail: detail.to_owned() });
    Err(Error::Invalid(wrong.collect()))
}

/// The address of a list with what is looked for in it; what is empty is left out. More may follow
/// behind an `&`.
pub fn list_address<const N: usize>(path: &str, parts: [(&str, &String); N]) -> String {
    let parts = parts.into_iter().filter(|(_, value)| !value.is_empty());
    let parts = parts.map(|(name, value)| format!("{name}={}", query_value(value)));
    format!("{path}?{}", parts.collect::<Vec<_>>().join("&"))
}

/// A text inside a query: everything but letters, digits and `/-_.~` is escaped.
pub fn query_value(text: &str) -> String {
    use std::fmt::Write;
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(byte));
            }
            byte => {
                // Writing to a String can't fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_follow_the_zone_across_daylight_saving() {
        let settings = Settings { time_zone: "Europe/Berlin".to_owned(), ..Settings::default() };
        let winter = Timestamp(1_774_688_400_000_000);
        let summer = Timestamp(winter.0 + 24 * 3_600_000_000);
        assert_eq!([clock(&settings, winter), clock(&settings, summer)], ["10:00", "11:00"]);
    }

    #[test]
    fn a_clock_time_is_read_as_it_is_written() {
        for text in ["00:00", "09:30", "23:59"] {
            assert_eq!(parse_minute(text).map(minute_words).as_deref(), Some(text));
        }
        assert_eq!(["24:00", "half past", ""].map(parse_minute), [None; 3]);
    }

    #[test]
    fn a_day_is_read_as_it_is_written() {
        for text in ["1969-12-31", "2026-11-21"] {
            assert_eq!(parse_date(text).map(iso_date).as_deref(), Some(text));
        }
        assert_eq!(parse_date("21.11.2026"), None);
    }

    #[test]
    fn a_month_has_its_days() {
        let days = |text| parse_month(text).map(|(first, last)| (iso_date(first), iso_date(last)));
        let leap = ("2028-02-01".to_owned(), "2028-02-29".to_owned());
        assert_eq!(days("2028-02"), Some(leap));
        assert_eq!([days("2026-13"), days("2026-1-1"), days("")], [None, None, None]);
    }

    #[test]
    fn what_would_end_a_query_value_is_escaped() {
        assert_eq!(query_value("/c/A?b=1&c"), "/c/A%3Fb%3D1%26c");
    }
}
