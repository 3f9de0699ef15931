//! Words and icons of statuses, and the rows that several pages share.

use muster_domain::attendance::figures::Scale;
use muster_domain::attendance::{Method, Percentage};
use muster_domain::requests::RequestState;

/// The colours of paper in both themes, as in `tokens.css`.
pub const PAPER: (&str, &str) = ("#f6f6f3", "#101315");

/// A percentage as `ui::share` shows it.
#[derive(Clone, Debug, Default)]
pub struct Share {
    /// In words: `66.7 %`, or a dash.
    pub text: String,
    /// Thousandths, for the bar.
    pub permille: i64,
    /// `safe`, `warning`, `critical` or `none`.
    pub level: &'static str,
}

impl Share {
    /// That percentage with its badge.
    pub fn of(percentage: Percentage, scale: &Scale) -> Self {
        Self {
            text: percentage.to_string(),
            permille: percentage.permille().unwrap_or_default(),
            level: scale.badge(percentage).key(),
        }
    }
}

/// The word for a mark's status; anything else is not marked yet.
pub fn status_word(status: impl AsRef<str>) -> &'static str {
    match status.as_ref() {
        "present" => "Present",
        "late" => "Late",
        "excused" => "Excused",
        "absent" => "Absent",
        _ => "Not marked",
    }
}

/// The icon for a mark's status.
pub fn status_icon(status: impl AsRef<str>) -> &'static str {
    match status.as_ref() {
        "present" => "check",
        "late" => "clock",
        "excused" => "note",
        "absent" => "cross",
        _ => "dash",
    }
}

/// The word for a level of attendance.
pub fn level_word(level: impl AsRef<str>) -> &'static str {
    match level.as_ref() {
        "safe" => "Safe",
        "warning" => "Warning",
        "critical" => "Critical",
        _ => "No sessions yet",
    }
}

/// The icon for a level of attendance.
pub fn level_icon(level: impl AsRef<str>) -> &'static str {
    match level.as_ref() {
        "safe" => "check",
        "warning" | "critical" => "alert",
        _ => "dash",
    }
}

/// The word for how far a request has come.
pub fn request_word(state: impl AsRef<str>) -> &'static str {
    RequestState::from_key(state.as_ref()).map_or("Unknown", RequestState::label)
}

/// The icon for how far a request has come.
pub fn request_icon(state: impl AsRef<str>) -> &'static str {
    match state.as_ref() {
        "asked" => "clock",
        "approved" => "check",
        "refused" => "cross",
        _ => "undo",
    }
}

/// The colour for how far a request has come.
pub fn request_kind(state: impl AsRef<str>) -> &'static str {
    match state.as_ref() {
        "asked" => "info",
        "approved" => "ok",
        "refused" => "error",
        _ => "",
    }
}

/// How a mark was made, with the name of who made it: `By hand, A. Rao`.
pub fn how(method: Method, by: Option<&str>) -> String {
    by.map_or_else(|| method.label().to_owned(), |by| format!("{}, {by}", method.label()))
}

/// Whether two texts are equal, however deeply a template has borrowed them.
pub fn same(left: impl AsRef<str>, right: impl AsRef<str>) -> bool {
    left.as_ref() == right.as_ref()
}

/// At most two letters that stand for a person without a photo.
pub fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let ends = [words.next(), words.next_back()];
    ends.into_iter().flatten().flat_map(char::to_uppercase).collect()
}

/// A row of a session's list, as `ui::mark_row` shows it.
#[derive(Clone, Debug, Default)]
pub struct MarkRow {
    /// Id of the person.
    pub person: String,
    /// Name.
    pub name: String,
    /// Roll number in the class.
    pub roll: String,
    /// `present`, `late`, `excused`, `absent`, or empty.
    pub status: String,
    /// How the mark was made, for example `QR code` or `By hand, A. Rao`.
    pub method_word: String,
    /// When, RFC 3339, or empty.
    pub at: String,
    /// When, as people read it: `10:02`.
    pub at_words: String,
    /// Address of the photo, or empty.
    pub photo: String,
    /// Why, where staff said so, or empty.
    pub reason: String,
    /// What deserves a look, in words.
    pub flags: Vec<String>,
    /// Whether the student is on leave and has no mark yet.
    pub on_leave: bool,
}

/// A tab above a page's content.
#[derive(Clone, Debug)]
pub struct Tab {
    /// Address.
    pub href: String,
    /// Word.
    pub label: String,
    /// How many are behind it, or empty.
    pub count: String,
    /// Whether it is shown.
    pub current: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_take_the_first_and_the_last_name() {
        assert_eq!(initials("Anna Maria de Souza"), "AS");
        assert_eq!(initials("Cher"), "C");
        assert_eq!(initials("  "), "");
        assert_eq!(initials("élodie ßmith"), "ÉSS");
    }

    #[test]
    fn every_status_has_a_word_and_an_icon() {
        for status in ["present", "late", "excused", "absent"] {
            assert_ne!(status_word(status), "Not marked");
            assert_ne!(status_icon(status), "dash");
        }
    }
}
