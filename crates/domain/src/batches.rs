//! Credentials for many at once: which ones, and what came of each person.

/// What a batch issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BatchKind {
    /// Dockets for an assessment.
    Docket,
    /// Badges.
    Badge,
}

impl BatchKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Docket, Self::Badge];

    /// The name in the database.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Docket => "docket",
            Self::Badge => "badge",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}

/// What came of a person in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Their turn has not come.
    Waiting,
    /// They got theirs.
    Issued,
    /// They had it already: it stays.
    Kept,
    /// They may have none.
    Refused,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Issued, Self::Kept, Self::Refused];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Issued => "issued",
            Self::Kept => "kept",
            Self::Refused => "refused",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting",
            Self::Issued => "Issued",
            Self::Kept => "Had it already",
            Self::Refused => "Not eligible",
        }
    }

    /// The outcome of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::{BatchKind, Outcome};

    #[test]
    fn kinds_and_outcomes_are_found_by_their_names() {
        let kinds = BatchKind::ALL.map(|kind| BatchKind::from_key(kind.key()));
        assert_eq!(kinds, BatchKind::ALL.map(Some));
        assert_eq!(BatchKind::from_key("pass"), None);
        let found = Outcome::ALL.map(|outcome| Outcome::from_key(outcome.key()));
        assert_eq!(found, Outcome::ALL.map(Some));
        assert_eq!(Outcome::from_key("lost"), None);
    }
}
