//! What a room list says of a student: admitted, refused, or not yet come.

/// Whether a student came to their exam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Attendance {
    /// Let in.
    Admitted,
    /// Came, and was never let in.
    Refused,
    /// Was not seen.
    NotYet,
}

impl Attendance {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::Admitted, Self::Refused, Self::NotYet];

    /// By every presentation of a student's docket: whether each admitted.
    pub fn of(mut presented: impl Iterator<Item = bool>) -> Self {
        match presented.next() {
            None => Self::NotYet,
            Some(true) => Self::Admitted,
            Some(false) if presented.any(|admitted| admitted) => Self::Admitted,
            Some(false) => Self::Refused,
        }
    }

    /// The name in the API and in addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::Refused => "refused",
            Self::NotYet => "not_yet",
        }
    }

    /// The words on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admitted => "Admitted",
            Self::Refused => "Refused",
            Self::NotYet => "Not yet come",
        }
    }

    /// The one of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::Attendance;

    #[test]
    fn whoever_was_let_in_once_is_there_whatever_came_before_and_after() {
        let told = |presented: &[bool]| Attendance::of(presented.iter().copied()).key();
        assert_eq!(told(&[]), "not_yet");
        assert_eq!(told(&[false, false]), "refused");
        assert_eq!(told(&[false, true, false]), "admitted");
        assert_eq!(told(&[true, false]), "admitted");
        let found = |one: Attendance| Attendance::from_key(one.key()) == Some(one);
        assert!(Attendance::ALL.into_iter().all(found));
    }
}
