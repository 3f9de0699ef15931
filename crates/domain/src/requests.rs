//! What a student asks for and staff decide, corrections and leave alike: asked, then approved,
//! refused or withdrawn. Illegal steps are errors.

use serde::{Deserialize, Serialize};

/// How far a request has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestState {
    /// Waits for a decision.
    Asked,
    /// Granted.
    Approved,
    /// Not granted.
    Refused,
    /// Taken back.
    Withdrawn,
}

/// Why a request did not take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Only what waits can be decided.
    #[error("This was decided already: look at it again.")]
    Decided,
    /// The one who asked took it back.
    #[error("This was withdrawn: nothing is left to decide.")]
    Withdrawn,
    /// Only what was approved can end.
    #[error("This was not approved, so there is nothing to end.")]
    NotApproved,
}

impl RequestState {
    /// Every state, in the order of screens.
    pub const ALL: [Self; 4] = [Self::Asked, Self::Approved, Self::Refused, Self::Withdrawn];

    /// The name in the database and the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Asked => "Waiting",
            Self::Approved => "Approved",
            Self::Refused => "Refused",
            Self::Withdrawn => "Withdrawn",
        }
    }

    /// The state of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.key() == key)
    }

    /// Staff decide.
    pub const fn decide(self, approve: bool) -> Result<Self, RequestError> {
        match self.waits() {
            Err(error) => Err(error),
            Ok(()) if approve => Ok(Self::Approved),
            Ok(()) => Ok(Self::Refused),
        }
    }

    /// The one who asked takes it back.
    pub const fn withdraw(self) -> Result<Self, RequestError> {
        match self.waits() {
            Err(error) => Err(error),
            Ok(()) => Ok(Self::Withdrawn),
        }
    }

    /// What was approved ends early, be it before it began.
    pub const fn end(self, before_it_began: bool) -> Result<Self, RequestError> {
        match self {
            Self::Approved if before_it_began => Ok(Self::Withdrawn),
            Self::Approved => Ok(Self::Approved),
            Self::Withdrawn => Err(RequestError::Withdrawn),
            Self::Asked | Self::Refused => Err(RequestError::NotApproved),
        }
    }

    const fn waits(self) -> Result<(), RequestError> {
        match self {
            Self::Asked => Ok(()),
            Self::Approved | Self::Refused => Err(RequestError::Decided),
            Self::Withdrawn => Err(RequestError::Withdrawn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RequestError as E;
    use super::RequestState::{Approved, Asked, Refused, Withdrawn};
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case(Asked, Ok(Approved), Ok(Refused), Ok(Withdrawn))]
    #[case(Approved, Err(E::Decided), Err(E::Decided), Err(E::Decided))]
    #[case(Refused, Err(E::Decided), Err(E::Decided), Err(E::Decided))]
    #[case(Withdrawn, Err(E::Withdrawn), Err(E::Withdrawn), Err(E::Withdrawn))]
    fn only_what_waits_is_decided_or_withdrawn(
        #[case] state: RequestState,
        #[case] approved: Result<RequestState, RequestError>,
        #[case] refused: Result<RequestState, RequestError>,
        #[case] withdrawn: Result<RequestState, RequestError>,
    ) {
        assert_eq!(state.decide(true), approved);
        assert_eq!(state.decide(false), refused);
        assert_eq!(state.withdraw(), withdrawn);
    }

    #[test]
    fn only_what_was_approved_ends() {
        assert_eq!(Approved.end(false), Ok(Approved));
        assert_eq!(Approved.end(true), Ok(Withdrawn));
        assert_eq!(Withdrawn.end(false), Err(E::Withdrawn));
        assert_eq!([Asked, Refused].map(|state| state.end(true)), [Err(E::NotApproved); 2]);
    }

    #[test]
    fn every_state_is_found_by_its_name() {
        let found = RequestState::ALL.map(|state| RequestState::from_key(state.key()));
        assert_eq!(found, RequestState::ALL.map(Some));
    }
}
