//! What becomes of a pass, and how it was paid for.

/// How a pass was paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Payment {
    /// At the desk.
    Cash,
    /// By a payment service, whose reference is kept.
    Online,
    /// Not at all: given out.
    Free,
}

/// What has become of a pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PassState {
    /// It admits.
    Valid,
    /// Withdrawn.
    Void,
    /// Withdrawn, and the money given back.
    Refunded,
}

/// Why a pass can't take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// It was voided before.
    #[error("This pass was voided before.")]
    Void,
    /// It was refunded before.
    #[error("This pass was refunded before.")]
    Refunded,
    /// Nothing was paid for it.
    #[error("Nothing was paid for this pass: void it instead.")]
    Unpaid,
    /// Somebody entered with it.
    #[error("Somebody entered with this pass already: it can’t go to another holder.")]
    Used,
}

impl Payment {
    /// Every way.
    pub const ALL: [Self; 3] = [Self::Cash, Self::Online, Self::Free];

    /// The name in the database, the API and tables.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Online => "online",
            Self::Free => "free",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Cash => "Cash",
            Self::Online => "Online",
            Self::Free => "Free",
        }
    }

    /// The way of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

impl PassState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Valid, Self::Void, Self::Refunded];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::Void => "void",
            Self::Refunded => "refunded",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Valid => "Valid",
            Self::Void => "Void",
            Self::Refunded => "Refunded",
        }
    }

    /// The state of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }

    /// The state once it is withdrawn.
    pub const fn voided(self) -> Result<Self, StateError> {
        match self {
            Self::Valid => Ok(Self::Void),
            Self::Void => Err(StateError::Void),
            Self::Refunded => Err(StateError::Refunded),
        }
    }

    /// The state once the money is given back; a pass that was voided before can still be
    /// refunded.
    pub const fn refunded(self, paid: i64) -> Result<Self, StateError> {
        match self {
            Self::Refunded => Err(StateError::Refunded),
            Self::Valid | Self::Void if paid <= 0 => Err(StateError::Unpaid),
            Self::Valid | Self::Void => Ok(Self::Refunded),
        }
    }

    /// Passes if the pass may go to another holder.
    pub const fn transferable(self, admitted: i64) -> Result<(), StateError> {
        match self {
            Self::Void => Err(StateError::Void),
            Self::Refunded => Err(StateError::Refunded),
            Self::Valid if admitted > 0 => Err(StateError::Used),
            Self::Valid => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PassState::{Refunded, Valid, Void};

    #[test]
    fn a_pass_is_withdrawn_once_and_refunded_once() {
        assert_eq!(Valid.voided(), Ok(Void));
        assert_eq!(Void.voided(), Err(StateError::Void));
        assert_eq!(Refunded.voided(), Err(StateError::Refunded));
        assert_eq!([Valid.refunded(5), Void.refunded(5)], [Ok(Refunded); 2]);
        assert_eq!(Refunded.refunded(5), Err(StateError::Refunded));
        assert_eq!(Valid.refunded(0), Err(StateError::Unpaid));
    }

    #[test]
    fn only_a_valid_pass_that_nobody_used_goes_to_another_holder() {
        assert_eq!(Valid.transferable(0), Ok(()));
        assert_eq!(Valid.transferable(1), Err(StateError::Used));
        assert_eq!(Void.transferable(0), Err(StateError::Void));
    }

    #[test]
    fn names_are_found_again() {
        assert!(Payment::ALL.iter().all(|one| Payment::from_key(one.key()) == Some(*one)));
        assert!(PassState::ALL.iter().all(|one| PassState::from_key(one.key()) == Some(*one)));
    }
}
