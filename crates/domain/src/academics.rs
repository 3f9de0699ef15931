//! Terms, classes and enrolment: their checks.

use crate::text::{self, TextError};
use crate::time::{Date, Span, Timestamp};
use serde::{Deserialize, Serialize};

/// Why a term, class or meeting was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// The end does not come after the start.
    #[error("The end must come after the start.")]
    EndsBeforeStart,
    /// Longer than anything of its kind.
    #[error("This is too long: check the dates.")]
    TooLong,
    /// With seconds, which no timetable shows.
    #[error("A meeting begins and ends on a full minute: leave the seconds away.")]
    Seconds,
}

/// Checks the first and last day of a term: in order, at most two years.
pub fn check_term(starts_on: Date, ends_on: Date) -> Result<(), PeriodError> {
    match ends_on.0 - starts_on.0 {
        days if days < 1 => Err(PeriodError::EndsBeforeStart),
        days if days > 731 => Err(PeriodError::TooLong),
        _ => Ok(()),
    }
}

/// The longest that a meeting or a sitting may take.
pub const LONGEST_MEETING: Span = Span::days(1);

/// Checks a meeting: in order, at most a day.
pub fn check_meeting(starts_at: Timestamp, ends_at: Timestamp) -> Result<(), PeriodError> {
    match ends_at - starts_at {
        span if span.0 <= 0 => Err(PeriodError::EndsBeforeStart),
        span if span > LONGEST_MEETING => Err(PeriodError::TooLong),
        _ => Ok(()),
    }
}

/// Checks an end of a meeting: timetables, forms and tables have minutes, by which it is known again.
pub fn check_minute(at: Timestamp) -> Result<(), PeriodError> {
    if at == at.whole_minute() { Ok(()) } else { Err(PeriodError::Seconds) }
}

/// A short code of 1 to 40 characters: a course's code, a section, a room.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Label(String);

impl Label {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Label {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text::clean(&text, 40).map(Self)
    }
}

impl From<Label> for String {
    fn from(label: Label) -> Self {
        label.0
    }
}

/// Whether a student belongs to a class now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EnrolmentStatus {
    /// Attends.
    Active,
    /// Left; the history stays.
    Withdrawn,
    /// Finished.
    Completed,
}

impl EnrolmentStatus {
    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Withdrawn => "withdrawn",
            Self::Completed => "completed",
        }
    }

    /// The status of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Active, Self::Withdrawn, Self::Completed].into_iter().find(|s| s.key() == key)
    }
}

/// Where a roll number sorts: by its digits when it is a number, after all numbers otherwise.
pub fn roll_order(roll_number: &str) -> i64 {
    roll_number.trim().parse::<u32>().map_or(i64::from(u32::MAX) + 1, i64::from)
}

/// The next free roll number after the ones taken: one more than the highest number.
pub fn next_roll_number<'a>(taken: impl Iterator<Item = &'a str>) -> u32 {
    taken
        .filter_map(|roll| roll.trim().parse::<u32>().ok())
        .max()
        .map_or(1, |n| n.saturating_add(1))
}

/// In which order roll numbers are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RollOrder {
    /// By name.
    Name,
    /// By the institution's number.
    Number,
}

impl RollOrder {
    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Number => "number",
        }
    }

    /// The order of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        [Self::Name, Self::Number].into_iter().find(|order| order.key() == key)
    }

    /// Where a student sorts; namesakes by their numbers.
    pub fn place(self, name: &str, number: &str) -> (i64, String, String) {
        let (name, folded) = (text::fold(name), text::fold(number));
        match self {
            Self::Name => (0, name, folded),
            Self::Number => (roll_order(number), folded, name),
        }
    }
}

/// The place of the smallest size, the first of equal ones; what has no size is passed over.
pub fn fewest(sizes: impl Iterator<Item = Option<usize>>) -> Option<usize> {
    let known = sizes.enumerate().filter_map(|(place, size)| Some((size?, place)));
    known.min().map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_names_or_numbers_by_their_value() {
        let mut students = [("Bea", "10"), ("ada", "9"), ("Bea", "2")];
        students.sort_by_key(|(name, number)| RollOrder::Name.place(name, number));
        assert_eq!(students, [("ada", "9"), ("Bea", "10"), ("Bea", "2")]);
        students.sort_by_key(|(name, number)| RollOrder::Number.place(name, number));
        assert_eq!(students, [("Bea", "2"), ("ada", "9"), ("Bea", "10")]);
    }

    #[test]
    fn the_first_of_the_smallest_is_chosen_and_what_has_no_size_is_not() {
        assert_eq!(fewest([Some(3), None, Some(2), Some(2)].into_iter()), Some(2));
        assert_eq!(fewest([None, None].into_iter()), None);
    }

    #[test]
    fn a_meeting_begins_on_a_full_minute() {
        let noon = Date(20_000).midnight() + Span::hours(12);
        assert_eq!(check_minute(noon + Span::minutes(7)), Ok(()));
        assert_eq!(check_minute(noon + Span::seconds(7)), Err(PeriodError::Seconds));
        assert_eq!((noon + Span::seconds(67)).whole_minute(), noon + Span::minutes(1));
    }

    #[test]
    fn a_term_needs_its_days_in_order() {
        assert_eq!(check_term(Date(10), Date(10)), Err(PeriodError::EndsBeforeStart));
        assert_eq!(check_term(Date(10), Date(1000)), Err(PeriodError::TooLong));
        assert_eq!(check_term(Date(10), Date(130)), Ok(()));
    }

    #[test]
    fn a_meeting_may_pass_midnight_but_not_last_two_days() {
        let start = Timestamp(0);
        assert_eq!(check_meeting(start, start + Span::hours(20)), Ok(()));
        assert_eq!(check_meeting(start, start + Span::hours(25)), Err(PeriodError::TooLong));
    }

    #[test]
    fn roll_numbers_continue_after_the_highest() {
        assert_eq!(next_roll_number(["2", "x7", "10"].into_iter()), 11);
        assert_eq!(next_roll_number(std::iter::empty()), 1);
    }

    #[test]
    fn numeric_roll_numbers_sort_before_others_and_by_value() {
        assert!(roll_order("9") < roll_order("10"));
        assert!(roll_order("4294967295") < roll_order("A1"));
    }
}
