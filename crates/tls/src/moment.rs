//! Moments as dates.

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

/// The date in UTC, as 2026-03-02.
pub fn date(seconds: i64) -> String {
    day(seconds).to_string()
}

/// The date in UTC; of a moment beyond all dates the first one.
pub(crate) fn day(seconds: i64) -> civil::Date {
    let at = Timestamp::from_second(seconds).unwrap_or_default();
    at.to_zoned(TimeZone::UTC).date()
}
