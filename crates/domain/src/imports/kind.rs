//! What a table that comes in is about.

use serde::{Deserialize, Serialize};

/// What the lines of a table are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Terms, with their first and last days.
    Terms,
    /// Students and staff.
    People,
    /// Courses offered in a term, with sections and teachers.
    Classes,
    /// Who attends which class.
    Enrolments,
    /// When and where classes meet.
    Timetable,
    /// Marks of sessions that were taken elsewhere.
    Marks,
    /// What students of a programme owe in a term.
    Fees,
    /// Payments that were recorded elsewhere.
    Payments,
    /// Exams of classes within assessments, with their rooms.
    Sittings,
    /// What students reached in assessments of classes.
    Results,
    /// Passes to events, to be issued.
    Passes,
    /// All but timetable and marks at once: a bundle of tables as OneRoster 1.1 and 1.2 have them.
    OneRoster,
}

impl Kind {
    /// Every kind: tables in the order in which a school moves in, then what brings them at once.
    pub const ALL: [Self; 12] = [
        Self::Terms,
        Self::People,
        Self::Classes,
        Self::Enrolments,
        Self::Timetable,
        Self::Marks,
        Self::Fees,
        Self::Payments,
        Self::Sittings,
        Self::Results,
        Self::Passes,
        Self::OneRoster,
    ];

    /// The name in addresses and in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Terms => "terms",
            Self::People => "people",
            Self::Classes => "classes",
            Self::Enrolments => "enrolments",
            Self::Timetable => "timetable",
            Self::Marks => "marks",
            Self::Fees => "fees",
            Self::Payments => "payments",
            Self::Sittings => "sittings",
            Self::Results => "results",
            Self::Passes => "passes",
            Self::OneRoster => "oneroster",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Terms => "Terms",
            Self::People => "People",
            Self::Classes => "Classes",
            Self::Enrolments => "Enrolments",
            Self::Timetable => "Timetable",
            Self::Marks => "Marks",
            Self::Fees => "Fees",
            Self::Payments => "Payments",
            Self::Sittings => "Sittings",
            Self::Results => "Results",
            Self::Passes => "Passes",
            Self::OneRoster => "OneRoster bundle",
        }
    }

    /// What a file of this kind has a line for.
    pub const fn of_what(self) -> &'static str {
        match self {
            Self::Terms => "A line for each term.",
            Self::People => "A line for each student or member of staff.",
            Self::Classes => "A line for each class, with its course and its teachers.",
            Self::Enrolments => "A line for each student in each class.",
            Self::Timetable => "A line for each meeting, or for each weekly one.",
            Self::Marks => "A line for each student in each session that was taken elsewhere.",
            Self::Fees => "A line for each year and semester of each programme.",
            Self::Payments => "A line for each payment that was recorded elsewhere.",
            Self::Sittings => "A line for each exam of a class.",
            Self::Results => "A line for each student in each assessment of a class.",
            Self::Passes => "A line for each pass to an event that is to be issued.",
            Self::OneRoster => {
                "A ZIP file of terms, people, courses, classes and enrolments, as other systems \
                write it (OneRoster 1.1 or 1.2, CSV)."
            }
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }

    /// Whether its lines belong to a term, which the file may name or leave to the import.
    pub const fn is_of_a_term(self) -> bool {
        !matches!(self, Self::Terms | Self::People | Self::Passes | Self::OneRoster)
    }

    /// Whether it is a single table, which may leave again in the same columns.
    pub const fn is_a_table(self) -> bool {
        !matches!(self, Self::OneRoster)
    }
}
