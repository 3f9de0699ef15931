//! The rule by which an event lets people in, as forms and programs write it.

use super::{MOST_TIMES, MOST_WINDOWS};
use crate::verification::{Entries, Window};
use std::num::NonZeroU32;

/// How often a pass admits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// Once.
    Single,
    /// Again and again, after leaving.
    Reentry,
    /// So many times.
    Times,
}

/// Why hours of entry were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// One ends before it begins.
    #[error("Each of these hours must end after it begins.")]
    Backwards,
    /// One lies outside of the event.
    #[error("These hours must lie between the opening of the doors and the end.")]
    Outside,
    /// Too many.
    #[error("There can be {MOST_WINDOWS} spans of hours at most.")]
    Many,
}

impl EntryKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Single, Self::Reentry, Self::Times];

    /// The name in the API and in forms.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Reentry => "reentry",
            Self::Times => "times",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Single => "Once",
            Self::Reentry => "Again after leaving, with scans at the exit",
            Self::Times => "Several times",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }

    /// The kind of a rule.
    pub const fn of(entries: Entries) -> Self {
        match entries {
            Entries::Single => Self::Single,
            Entries::Reentry => Self::Reentry,
            Entries::Times(_) => Self::Times,
        }
    }

    /// The rule; none if a number of times is missing or too large.
    pub fn entries(self, times: Option<i64>) -> Option<Entries> {
        match self {
            Self::Single => Some(Entries::Single),
            Self::Reentry => Some(Entries::Reentry),
            Self::Times => {
                let times = times.filter(|times| (1..=MOST_TIMES).contains(times))?;
                NonZeroU32::new(u32::try_from(times).ok()?).map(Entries::Times)
            }
        }
    }
}

/// The hours in which people are let in, in order, if they fit into the event.
pub fn windows(mut windows: Vec<Window>, event: Window) -> Result<Vec<Window>, WindowError> {
    if windows.len() > MOST_WINDOWS {
        return Err(WindowError::Many);
    }
    windows.sort_by_key(|window| (window.from, window.until));
    for window in &windows {
        if window.from >= window.until {
            return Err(WindowError::Backwards);
        }
        if window.from < event.from || window.until > event.until {
            return Err(WindowError::Outside);
        }
    }
    Ok(windows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    fn window(from: i64, until: i64) -> Window {
        Window { from: Timestamp(from), until: Timestamp(until) }
    }

    #[test]
    fn several_times_needs_a_number() {
        assert_eq!(EntryKind::Times.entries(None), None);
        assert_eq!(EntryKind::Times.entries(Some(0)), None);
        assert_eq!(EntryKind::Times.entries(Some(MOST_TIMES + 1)), None);
        let three = EntryKind::Times.entries(Some(3)).map(EntryKind::of);
        assert_eq!(three, Some(EntryKind::Times));
        assert_eq!(EntryKind::Single.entries(None), Some(Entries::Single));
    }

    #[test]
    fn hours_lie_within_the_event_and_come_in_order() {
        let event = window(10, 100);
        let sorted = windows(vec![window(50, 60), window(10, 20)], event);
        assert_eq!(sorted, Ok(vec![window(10, 20), window(50, 60)]));
        assert_eq!(windows(vec![window(20, 20)], event), Err(WindowError::Backwards));
        assert_eq!(windows(vec![window(5, 20)], event), Err(WindowError::Outside));
        assert_eq!(windows(vec![window(90, 101)], event), Err(WindowError::Outside));
        assert_eq!(windows(vec![window(10, 20); 51], event), Err(WindowError::Many));
    }
}
