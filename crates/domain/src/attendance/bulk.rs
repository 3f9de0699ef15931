//! Setting a whole session's marks at once, and taking that back.

use super::mark::{ExistingMark, Method, Status};

/// Whose marks are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Everybody's, whatever stood there.
    All,
    /// Theirs who have no mark, or a filler only.
    Unmarked,
}

impl Extent {
    /// Every extent.
    pub const ALL: [Self; 2] = [Self::All, Self::Unmarked];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Unmarked => "unmarked",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::All => "Everybody",
            Self::Unmarked => "Only whoever is not marked yet",
        }
    }

    /// The extent of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|extent| extent.key() == key)
    }

    /// Whether setting `wanted` for this extent changes what stands.
    pub fn changes(self, existing: Option<ExistingMark>, wanted: Status) -> bool {
        match existing.filter(|mark| mark.method != Method::Filler) {
            None => true,
            Some(mark) => self == Self::All && mark.status != wanted,
        }
    }
}

/// What taking back does to a mark that was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reversal {
    /// It was changed since: the change stays.
    Keep,
    /// What stood before stands again.
    Restore,
    /// There was no mark, so there is none again.
    Remove,
    /// There was no real mark, and the session is closed: a filler.
    Fill,
}

impl Reversal {
    /// For a mark in whose place `before` stood; `untouched` unless it was changed since.
    pub fn of(before: Option<Method>, untouched: bool, session_closed: bool) -> Self {
        match (untouched, before.filter(|method| *method != Method::Filler)) {
            (false, _) => Self::Keep,
            (true, Some(_)) => Self::Restore,
            (true, None) if session_closed => Self::Fill,
            (true, None) => Self::Remove,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;
    use rstest::rstest;

    fn mark(status: Status, method: Method) -> ExistingMark {
        ExistingMark { status, method, at: Timestamp(0) }
    }

    #[rstest]
    #[case::no_mark(None, true, true)]
    #[case::a_filler(Some(mark(Status::Absent, Method::Filler)), true, true)]
    #[case::marked_by_code(Some(mark(Status::Late, Method::Qr)), true, false)]
    #[case::marked_by_hand(Some(mark(Status::Excused, Method::Manual)), true, false)]
    #[case::present_already(Some(mark(Status::Present, Method::Qr)), false, false)]
    fn setting_all_changes_everybody_and_setting_the_unmarked_no_real_mark(
        #[case] existing: Option<ExistingMark>,
        #[case] all: bool,
        #[case] unmarked: bool,
    ) {
        assert_eq!(Extent::All.changes(existing, Status::Present), all);
        assert_eq!(Extent::Unmarked.changes(existing, Status::Present), unmarked);
    }

    #[rstest]
    #[case::changed_since(Some(Method::Qr), false, false, Reversal::Keep)]
    #[case::by_code(Some(Method::Qr), true, false, Reversal::Restore)]
    #[case::by_code_and_closed(Some(Method::Qr), true, true, Reversal::Restore)]
    #[case::nothing(None, true, false, Reversal::Remove)]
    #[case::nothing_and_closed_since(None, true, true, Reversal::Fill)]
    #[case::filler_and_reopened_since(Some(Method::Filler), true, false, Reversal::Remove)]
    fn taking_back_restores_what_would_stand_there(
        #[case] before: Option<Method>,
        #[case] untouched: bool,
        #[case] closed: bool,
        #[case] wanted: Reversal,
    ) {
        assert_eq!(Reversal::of(before, untouched, closed), wanted);
    }
}
