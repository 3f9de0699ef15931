//! Calendars that other programs subscribe to (iCalendar, RFC 5545). Times are in UTC, so that no
//! description of a time zone is needed.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus};
use muster_domain::time::Timestamp;

/// One entry of a calendar.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The same for the same entry, and for no other one in the world.
    pub uid: String,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// What it is.
    pub title: String,
    /// Where it is.
    pub place: Option<String>,
    /// More about it.
    pub text: String,
    /// Whether it was called off.
    pub cancelled: bool,
}

/// The text of a calendar made at that instant: the same for the same input.
pub fn calendar(name: &str, made_at: Timestamp, entries: &[Entry]) -> String {
    let mut calendar = Calendar::new();
    calendar.name(&plain(name));
    for entry in entries {
        let mut event = Event::new();
        event
            .uid(&entry.uid)
            .summary(&plain(&entry.title))
            .description(&plain(&entry.text))
            .add_property("DTSTAMP", utc(made_at))
            .add_property("DTSTART", utc(entry.starts_at))
            .add_property("DTEND", utc(entry.ends_at));
        if let Some(place) = &entry.place {
            event.location(&plain(place));
        }
        let cancelled = entry.cancelled.then_some(EventStatus::Cancelled);
        event.status(cancelled.unwrap_or(EventStatus::Confirmed));
        calendar.push(event.done());
    }
    calendar.done().to_string()
}

/// The text without control characters but line feeds, which alone are escaped.
fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace(|letter: char| letter.is_control() && letter != '\n', " ")
}

/// `20260302T120000Z`.
fn utc(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_microsecond(at.0).unwrap_or_default();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(title: &str) -> Entry {
        Entry {
            uid: "1@example.org".to_owned(),
            starts_at: Timestamp(1_772_452_800_000_000),
            ends_at: Timestamp(1_772_455_800_000_000),
            title: title.to_owned(),
            place: Some("Hall 3; first floor".to_owned()),
            text: "MA201 · A".to_owned(),
            cancelled: false,
        }
    }

    /// The lines with folded ones put together again.
    fn lines(text: &str) -> Vec<String> {
        text.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn an_entry_has_its_times_in_utc_and_its_text_escaped() {
        let text = calendar("Own", Timestamp(0), &[entry("Sums, \\limits;\nBEGIN:VALARM")]);
        let lines = lines(&text);
        for line in [
            "DTSTART:20260302T120000Z",
            "DTEND:20260302T125000Z",
            "DTSTAMP:19700101T000000Z",
            "SUMMARY:Sums\\, \\\\limits\\;\\nBEGIN:VALARM",
            "LOCATION:Hall 3\\; first floor",
            "STATUS:CONFIRMED",
        ] {
            assert!(lines.iter().any(|found| found == line), "{line} in {text}");
        }
        assert!(!text.contains("VTIMEZONE"));
    }

    #[test]
    fn a_return_alone_begins_no_line_either() {
        let text = calendar("Own", Timestamp(0), &[entry("a\rATTACH:evil\r\nb")]);
        assert!(lines(&text).iter().all(|line| !line.starts_with("ATTACH") && line != "b"));
        assert!(!text.replace("\r\n", "").contains('\r'));
    }

    #[test]
    fn lines_are_folded_between_characters() {
        let text = calendar("Own", Timestamp(0), &[entry(&"नमस्ते ".repeat(60))]);
        assert!(text.split("\r\n").all(|line| line.len() <= 75), "{text}");
        assert!(lines(&text).iter().any(|line| line.matches("नमस्ते").count() == 60));
    }

    #[test]
    fn the_same_input_gives_the_same_text() {
        let text = || calendar("Own", Timestamp(5), &[entry("a"), entry("b")]);
        assert_eq!(text(), text());
    }

    #[test]
    fn what_was_called_off_says_so() {
        let entry = Entry { cancelled: true, ..entry("a") };
        assert!(calendar("Own", Timestamp(0), &[entry]).contains("STATUS:CANCELLED"));
    }
}
