//! Reminders: a class's staff write to students who were not there or who should come more.

/// Why students are reminded; nobody is reminded twice on one day for the same reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// They were absent in a session of today.
    AbsentToday,
    /// Their attendance is low, or they missed several sessions in a row.
    AtRisk,
    /// The staff know why.
    Other,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::AbsentToday, Self::AtRisk, Self::Other];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::AbsentToday => "absent_today",
            Self::AtRisk => "at_risk",
            Self::Other => "other",
        }
    }

    /// The reason of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.key() == key)
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::AbsentToday => "Absent today",
            Self::AtRisk => "At risk",
            Self::Other => "Any student",
        }
    }

    /// What a reminder says unless its author writes something else.
    pub const fn text(self) -> &'static str {
        match self {
            Self::AbsentToday => {
                "You were not in class today. If you were there, or could not come, ask for a \
                 correction or for leave."
            }
            Self::AtRisk => {
                "Your attendance is low. Please come to the next classes, and tell me if \
                 something keeps you away."
            }
            Self::Other => "Please come to see me after the next class.",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_found_by_its_name() {
        assert_eq!(Reason::ALL.map(|reason| Reason::from_key(reason.key())), Reason::ALL.map(Some));
        assert_eq!(Reason::from_key("rumour"), None);
    }
}
