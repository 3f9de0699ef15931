//! Versions: the total order of all changes, and how a change names the ones before it.

use crate::entry::Entry;
use muster_domain::ids::EntryId;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// Which of two changes is later: by logical clock, and between equal readings by the entry's id.
/// The id stands for the series here, because an entry that is issued again under another
/// incarnation keeps its id and so its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Reading of the logical clock.
    pub clock: i64,
    /// The entry.
    pub entry: EntryId,
}

impl Version {
    /// An entry's version.
    pub const fn of(entry: &Entry) -> Self {
        Self { clock: entry.clock, entry: entry.id }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.clock, self.entry.0.simple())
    }
}

/// A text that names no version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a version")]
pub struct NotAVersion;

impl FromStr for Version {
    type Err = NotAVersion;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (clock, entry) = text.split_once(':').ok_or(NotAVersion)?;
        let clock = clock.parse().map_err(|_| NotAVersion)?;
        let entry = EntryId(Uuid::try_parse(entry).map_err(|_| NotAVersion)?);
        let version = Self { clock, entry };
        // One text to a version.
        if version.to_string() == text { Ok(version) } else { Err(NotAVersion) }
    }
}

/// How a change names what it knew of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Named {
    /// One change.
    Change(Version),
    /// Every change of its own node up to that reading: what entries say that were written before
    /// there were other nodes.
    Own(i64),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_read_as_it_is_written_and_in_no_other_way() {
        let version = Version { clock: -7, entry: EntryId(Uuid::from_u128(0xab)) };
        assert_eq!(version.to_string(), "-7:000000000000000000000000000000ab");
        assert_eq!(version.to_string().parse(), Ok(version));
        for text in ["", "7", "7:", "7:xy", "+7:000000000000000000000000000000ab", "7:AB", "7:{}"] {
            assert_eq!(text.parse::<Version>(), Err(NotAVersion), "{text}");
        }
    }

    #[test]
    fn the_reading_comes_before_the_entry() {
        let version = |clock, entry| Version { clock, entry: EntryId(Uuid::from_u128(entry)) };
        assert!(version(1, 9) < version(2, 1) && version(2, 1) < version(2, 3));
    }
}
