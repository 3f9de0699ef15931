//! Times as people and programs read them, in the institution's zone.

use jiff::tz::TimeZone;
use muster_app::settings::Settings;
use muster_domain::time::Timestamp;

/// RFC 3339 in UTC.
pub(crate) fn rfc3339(at: Timestamp) -> String {
    jiff::Timestamp::from_microsecond(at.0).map(|at| at.to_string()).unwrap_or_default()
}

/// In the institution's zone, as `strftime` has it, for example `%H:%M`.
pub(crate) fn local(settings: &Settings, at: Timestamp, format: &str) -> String {
    let zone = TimeZone::get(&settings.time_zone).unwrap_or(TimeZone::UTC);
    jiff::Timestamp::from_microsecond(at.0)
        .map(|at| at.to_zoned(zone).strftime(format).to_string())
        .unwrap_or_default()
}

/// `10:02`.
pub(crate) fn clock(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%H:%M")
}

/// `Saturday, 21 November`.
pub(crate) fn day(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%A, %-d %B")
}

/// `21 Nov 2026, 10:02`.
pub(crate) fn moment(settings: &Settings, at: Timestamp) -> String {
    local(settings, at, "%-d %b %Y, %H:%M")
}

/// A text inside a query: everything but letters, digits and `/-_.~` is escaped.
pub(crate) fn query_value(text: &str) -> String {
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
    fn what_would_end_a_query_value_is_escaped() {
        assert_eq!(query_value("/c/A?b=1&c"), "/c/A%3Fb%3D1%26c");
    }
}
