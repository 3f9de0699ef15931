//! Weekly patterns of classes: on which days they meet, and which meetings a changed pattern
//! changes.

use crate::ids::{MeetingId, PatternId};
use crate::time::{Date, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The name on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        }
    }

    /// The day of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|day| day.key() == key)
    }

    /// The weekday of a day.
    pub fn of(date: Date) -> Self {
        let day = usize::try_from(date.weekday()).unwrap_or_default();
        Self::ALL.get(day).copied().unwrap_or(Self::Monday)
    }
}

/// Minutes of a day.
const DAY: i64 = 24 * 60;
/// Longest meeting that goes on past midnight; a longer one is a slip of the pen.
const LONGEST_NIGHT: i64 = 12 * 60;

/// When a class meets every week, by the institution's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weekly {
    /// On which day.
    pub weekday: Weekday,
    /// Start, in minutes after midnight.
    pub starts_minute: i64,
    /// End, in minutes after midnight; not later than the start for one that ends the day after.
    pub ends_minute: i64,
    /// From this day on.
    pub first_on: Date,
    /// Up to this day.
    pub last_on: Date,
}

/// What is wrong with a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeeklyError {
    /// A clock that has no such minute, or no time between start and end.
    #[error("The end must come after the start.")]
    Times,
    /// Days in the wrong order.
    #[error("The last day must not come before the first.")]
    Days,
    /// Days outside the class's term.
    #[error("This day is not in the class’s term: choose one that is.")]
    Term,
    /// Not one such weekday between the days.
    #[error("There is no {} between these days: choose another day, or a later last one.", .0.label())]
    Never(Weekday),
}

impl Weekly {
    /// Checks the clock times.
    pub fn check_times(&self) -> Result<(), WeeklyError> {
        let minutes = 0..DAY;
        let known = minutes.contains(&self.starts_minute) && minutes.contains(&self.ends_minute);
        let length = (self.ends_minute - self.starts_minute).rem_euclid(DAY);
        let night = self.ends_minute <= self.starts_minute;
        if known && length > 0 && (!night || length <= LONGEST_NIGHT) {
            Ok(())
        } else {
            Err(WeeklyError::Times)
        }
    }

    /// Checks the days against each other.
    pub fn check_days(&self) -> Result<(), WeeklyError> {
        if self.last_on < self.first_on {
            Err(WeeklyError::Days)
        } else if self.days().next().is_none() {
            Err(WeeklyError::Never(self.weekday))
        } else {
            Ok(())
        }
    }

    /// The days on which the class meets if nothing comes between.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        let weekday = self.weekday as i64;
        let first = self.first_on.0 + (weekday - self.first_on.weekday()).rem_euclid(7);
        (first..=self.last_on.0).step_by(7).map(Date)
    }

    /// The same in another term: through all of it if it went through all of the first one, else
    /// as many weeks after its beginning. None if the class would never meet there.
    pub fn in_term(
        self,
        first: &RangeInclusive<Date>,
        other: &RangeInclusive<Date>,
    ) -> Option<Self> {
        let whole = self.first_on <= *first.start() && self.last_on >= *first.end();
        let shift = other.start().monday().0 - first.start().monday().0;
        let (from, to) = if whole {
            (*other.start(), *other.end())
        } else {
            (Date(self.first_on.0 + shift), Date(self.last_on.0 + shift))
        };
        let first_on = from.max(*other.start());
        let last_on = to.min(*other.end());
        let shifted = Self { first_on, last_on, ..self };
        shifted.check_days().is_ok().then_some(shifted)
    }

    /// The day on which a meeting that begins on `date` ends.
    pub fn ends_on(&self, date: Date) -> Date {
        if self.ends_minute <= self.starts_minute { Date(date.0 + 1) } else { date }
    }
}

/// Days on which nothing takes place, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed {
    /// The first.
    pub first_on: Date,
    /// The last.
    pub last_on: Date,
}

impl Closed {
    /// Whether a day is one of them.
    pub fn holds(self, date: Date) -> bool {
        (self.first_on..=self.last_on).contains(&date)
    }
}

/// Which meeting of a pattern: that of the week which begins on this Monday.
pub type Occurrence = (PatternId, Date);

/// A meeting as a pattern wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Which one.
    pub occurrence: Occurrence,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Room.
    pub room: Option<String>,
}

/// A meeting that a pattern made before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Id.
    pub id: MeetingId,
    /// Which one.
    pub occurrence: Occurrence,
    /// Start.
    pub starts_at: Timestamp,
    /// End.
    pub ends_at: Timestamp,
    /// Room.
    pub room: Option<String>,
    /// Whether somebody moved or cancelled it, or a session was taken: it stays as it is.
    pub kept: bool,
}

impl Standing {
    fn is(&self, wanted: &Wanted) -> bool {
        (self.starts_at, self.ends_at, &self.room)
            == (wanted.starts_at, wanted.ends_at, &wanted.room)
    }
}

/// What is to be done so that the meetings to come are those of the patterns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Meetings to make.
    pub add: Vec<Wanted>,
    /// Meetings to move.
    pub change: Vec<(MeetingId, Wanted)>,
    /// Meetings to take back.
    pub remove: Vec<MeetingId>,
}

/// Compares what the patterns want with what stands. Only what begins after `now` changes, and of
/// that nothing that is kept; a week has one meeting of a pattern, however it was moved.
pub fn plan(now: Timestamp, wanted: Vec<Wanted>, standing: &[Standing]) -> Plan {
    let by_occurrence: BTreeMap<_, _> =
        standing.iter().map(|meeting| (meeting.occurrence, meeting)).collect();
    let occurrences: BTreeSet<_> = wanted.iter().map(|meeting| meeting.occurrence).collect();
    let fixed = |meeting: &Standing| meeting.kept || meeting.starts_at <= now;
    let mut plan = Plan::default();
    for meeting in wanted.into_iter().filter(|meeting| meeting.starts_at > now) {
        match by_occurrence.get(&meeting.occurrence) {
            None => plan.add.push(meeting),
            Some(known) if fixed(known) || known.is(&meeting) => {}
            Some(known) => plan.change.push((known.id, meeting)),
        }
    }
    let over = standing.iter().filter(|meeting| !occurrences.contains(&meeting.occurrence));
    plan.remove = over.filter(|meeting| !fixed(meeting)).map(|meeting| meeting.id).collect();
    plan
}

#[cfg(test)]
mod tests;
