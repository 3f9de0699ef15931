//! A session: opened, maybe extended, closed, maybe reopened. Illegal steps are errors.

use crate::time::{Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Where the students of a session are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// In a room with the teacher.
    InClass,
    /// Somewhere else, over the network.
    Online,
}

impl Mode {
    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::InClass => "in_class",
            Self::Online => "online",
        }
    }

    /// The mode of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::InClass, Self::Online].into_iter().find(|mode| mode.key() == key)
    }
}

/// Longest time that a session may stay open.
pub const LONGEST: Span = Span::hours(24);

/// The times that govern a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it closes by itself.
    pub ends_at: Timestamp,
    /// From when a mark is *late*.
    pub late_from: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
}

/// What a session is opened from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// Now.
    pub at: Timestamp,
    /// How long it stays open at the most.
    pub duration: Span,
    /// Start and end of its meeting, if it has one.
    pub meeting: Option<(Timestamp, Timestamp)>,
    /// How long after the start a mark is still on time.
    pub late_after: Span,
}

/// Why a session did not take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// Only an open session can be extended or closed.
    #[error("This session is closed. Reopen it first.")]
    Closed,
    /// Only a closed session can be reopened.
    #[error("This session is still open: extend it instead.")]
    Open,
    /// Beyond 1 minute to 24 hours.
    #[error("Choose a time between 1 minute and 24 hours.")]
    Duration,
}

impl Session {
    /// Opens a session. It ends with its meeting or after `duration`, whichever comes first; a
    /// meeting that is over already sets no end.
    pub fn open(opening: Opening) -> Result<Self, SessionError> {
        check_duration(opening.duration)?;
        let at = opening.at;
        let planned = opening.meeting.map(|(_, ends_at)| ends_at).filter(|end| *end > at);
        let longest = at + opening.duration;
        let starts_at = opening.meeting.map_or(at, |(starts_at, _)| starts_at);
        Ok(Self {
            opened_at: at,
            ends_at: planned.map_or(longest, |end| end.min(longest)),
            late_from: starts_at + opening.late_after,
            closed_at: None,
        })
    }

    /// Whether automatic marks are taken at `now`. A session whose time is over takes none even
    /// before the job has closed it. A clock set back behind the opening does not shut it.
    pub fn takes_marks(&self, now: Timestamp) -> bool {
        self.closed_at.is_none() && now < self.ends_at
    }

    /// Whether a code that was judged valid at `at` may still become a mark, be it that the
    /// session closed while its student signed in.
    pub fn took_marks(&self, at: Timestamp) -> bool {
        at < self.ends_at && self.closed_at.is_none_or(|closed_at| at < closed_at)
    }

    /// Moves the end by `by`, counted from now if the end has passed; never further than a day
    /// from now, whenever it was opened.
    pub fn extend(self, by: Span, now: Timestamp) -> Result<Self, SessionError> {
        check_duration(by)?;
        if self.closed_at.is_some() {
            return Err(SessionError::Closed);
        }
        let ends_at = self.ends_at.max(now) + by;
        if ends_at - now > LONGEST {
            return Err(SessionError::Duration);
        }
        Ok(Self { ends_at, ..self })
    }

    /// Closes it: at `now`, but never before it was opened, whatever the clock says.
    pub fn close(self, now: Timestamp) -> Result<Self, SessionError> {
        match self.closed_at {
            Some(_) => Err(SessionError::Closed),
            None => Ok(Self { closed_at: Some(now.max(self.opened_at)), ..self }),
        }
    }

    /// Opens it again for `duration` from now.
    pub fn reopen(self, duration: Span, now: Timestamp) -> Result<Self, SessionError> {
        check_duration(duration)?;
        match self.closed_at {
            None => Err(SessionError::Open),
            Some(_) => Ok(Self { closed_at: None, ends_at: now + duration, ..self }),
        }
    }
}

fn check_duration(duration: Span) -> Result<(), SessionError> {
    let fits = duration >= Span::minutes(1) && duration <= LONGEST;
    if fits { Ok(()) } else { Err(SessionError::Duration) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const TEN: Timestamp = Timestamp(36_000_000_000);

    fn at(minutes: i64) -> Timestamp {
        TEN + Span::minutes(minutes)
    }

    fn open(meeting: Option<(i64, i64)>) -> Session {
        Session::open(Opening {
            at: TEN,
            duration: Span::minutes(15),
            meeting: meeting.map(|(start, end)| (at(start), at(end))),
            late_after: Span::minutes(10),
        })
        .unwrap()
    }

    #[rstest]
    #[case::ad_hoc(None, 15, 10)]
    #[case::long_meeting(Some((-2, 50)), 15, 8)]
    #[case::ending_meeting(Some((-50, 5)), 5, -40)]
    #[case::meeting_over(Some((-60, -1)), 15, -50)]
    fn ends_with_the_meeting_or_after_the_duration(
        #[case] meeting: Option<(i64, i64)>,
        #[case] ends: i64,
        #[case] late: i64,
    ) {
        let session = open(meeting);
        assert_eq!((session.ends_at, session.late_from), (at(ends), at(late)));
    }

    #[test]
    fn reopened_days_later_it_can_be_extended_like_any_other() {
        let closed = open(None).close(at(15)).unwrap();
        let again = closed.reopen(Span::minutes(5), at(3 * 1440)).unwrap();
        let longer = again.extend(Span::minutes(5), at(3 * 1440 + 1)).unwrap();
        assert_eq!(longer.ends_at, at(3 * 1440 + 10));
        assert_eq!(longer.extend(Span::days(1), at(3 * 1440 + 2)), Err(SessionError::Duration));
    }

    #[test]
    fn takes_marks_until_its_end_although_nobody_closed_it() {
        let session = open(None);
        assert!(session.takes_marks(at(14)));
        assert!(!session.takes_marks(at(15)));
    }

    #[test]
    fn a_clock_set_back_neither_shuts_it_nor_closes_it_before_its_opening() {
        let session = open(None);
        assert!(session.takes_marks(at(-90)));
        assert_eq!(session.close(at(-90)).unwrap().closed_at, Some(TEN));
    }

    #[test]
    fn extending_counts_from_now_when_the_end_has_passed() {
        let session = open(None);
        assert_eq!(session.extend(Span::minutes(5), at(3)).unwrap().ends_at, at(20));
        assert_eq!(session.extend(Span::minutes(5), at(30)).unwrap().ends_at, at(35));
    }

    #[test]
    fn closed_once_it_is_neither_extended_nor_closed_again() {
        let closed = open(None).close(at(9)).unwrap();
        assert_eq!(closed.extend(Span::minutes(5), at(10)), Err(SessionError::Closed));
        assert_eq!(closed.close(at(10)), Err(SessionError::Closed));
        assert!(!closed.takes_marks(at(9)));
    }

    #[test]
    fn reopened_it_takes_marks_from_now_on() {
        let session = open(None).close(at(9)).unwrap().reopen(Span::minutes(10), at(60)).unwrap();
        assert!(session.takes_marks(at(69)));
        assert_eq!(session.reopen(Span::minutes(10), at(61)), Err(SessionError::Open));
    }

    #[rstest]
    #[case(0)]
    #[case(-5)]
    #[case(24 * 60 + 1)]
    fn odd_durations_are_refused(#[case] minutes: i64) {
        assert_eq!(open(None).extend(Span::minutes(minutes), TEN), Err(SessionError::Duration));
    }
}
