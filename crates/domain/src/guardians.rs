//! Of what the guardians of students are told by letter.

use crate::notices::NoticeKind;

/// What the institution has guardians told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GuardianLetters {
    /// Nothing.
    #[default]
    Nothing,
    /// That attendance fell.
    LowAttendance,
    /// That, and every absence.
    AbsencesAndLowAttendance,
}

impl GuardianLetters {
    /// Every choice, the least first.
    pub const ALL: [Self; 3] = [Self::Nothing, Self::LowAttendance, Self::AbsencesAndLowAttendance];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::LowAttendance => "low_attendance",
            Self::AbsencesAndLowAttendance => "absences_and_low_attendance",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nothing => "Nothing",
            Self::LowAttendance => "Low attendance",
            Self::AbsencesAndLowAttendance => "Absences and low attendance",
        }
    }

    /// The choice of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|choice| choice.key() == key)
    }

    /// Whether guardians are told what the student is told of that kind.
    pub const fn include(self, kind: NoticeKind) -> bool {
        match kind {
            NoticeKind::LowAttendance => !matches!(self, Self::Nothing),
            NoticeKind::Absence => matches!(self, Self::AbsencesAndLowAttendance),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guardians_are_told_what_was_chosen_and_nothing_else() {
        let told = |choice: GuardianLetters| {
            NoticeKind::ALL.into_iter().filter(|kind| choice.include(*kind)).collect::<Vec<_>>()
        };
        assert_eq!(told(GuardianLetters::Nothing), []);
        assert_eq!(told(GuardianLetters::LowAttendance), [NoticeKind::LowAttendance]);
        let both = [NoticeKind::LowAttendance, NoticeKind::Absence];
        assert_eq!(told(GuardianLetters::AbsencesAndLowAttendance), both);
    }

    #[test]
    fn every_choice_is_found_by_its_name() {
        let found = GuardianLetters::ALL.map(|choice| GuardianLetters::from_key(choice.key()));
        assert_eq!(found, GuardianLetters::ALL.map(Some));
        assert_eq!(GuardianLetters::from_key("gossip"), None);
    }
}
