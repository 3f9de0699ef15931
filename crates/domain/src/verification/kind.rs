//! The names of verdicts, directions and points: in records, answers and on screens.

use super::{Direction, Verdict};

/// What a verdict says, without its particulars.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VerdictKind {
    /// Let them through.
    Admit,
    /// Too few entries are left.
    AlreadyUsed,
    /// An exit without an entry.
    NotInside,
    /// Another was issued in its place.
    Superseded,
    /// Withdrawn.
    Revoked,
    /// Its holder is held.
    OnHold,
    /// Too early.
    NotValidYet,
    /// Too late.
    Expired,
    /// Right elsewhere.
    WrongPlace,
    /// No such credential.
    Unknown,
    /// Not genuine.
    Forged,
}

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PointKind {
    /// A gate of an event, where passes are presented.
    Gate,
    /// A room of a sitting, where dockets are presented.
    Room,
    /// A place where dockets of an assessment without sittings are presented.
    Hall,
}

impl VerdictKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Admit,
        Self::AlreadyUsed,
        Self::NotInside,
        Self::Superseded,
        Self::Revoked,
        Self::OnHold,
        Self::NotValidYet,
        Self::Expired,
        Self::WrongPlace,
        Self::Unknown,
        Self::Forged,
    ];

    /// The name in the database, the API and the journal.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Admit => "admit",
            Self::AlreadyUsed => "already_used",
            Self::NotInside => "not_inside",
            Self::Superseded => "superseded",
            Self::Revoked => "revoked",
            Self::OnHold => "on_hold",
            Self::NotValidYet => "not_valid_yet",
            Self::Expired => "expired",
            Self::WrongPlace => "wrong_place",
            Self::Unknown => "unknown",
            Self::Forged => "forged",
        }
    }

    /// The words on screens, large.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Admit => "Admit",
            Self::AlreadyUsed => "Already used",
            Self::NotInside => "Not inside",
            Self::Superseded => "Replaced",
            Self::Revoked => "Withdrawn",
            Self::OnHold => "On hold",
            Self::NotValidYet => "Not valid yet",
            Self::Expired => "Expired",
            Self::WrongPlace => "Wrong place",
            Self::Unknown => "Unknown",
            Self::Forged => "Forged",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

impl Verdict {
    /// What it says, without its particulars.
    pub const fn kind(&self) -> VerdictKind {
        match self {
            Self::Admit { .. } => VerdictKind::Admit,
            Self::AlreadyUsed { .. } => VerdictKind::AlreadyUsed,
            Self::NotInside => VerdictKind::NotInside,
            Self::Superseded { .. } => VerdictKind::Superseded,
            Self::Revoked => VerdictKind::Revoked,
            Self::OnHold => VerdictKind::OnHold,
            Self::NotValidYet { .. } => VerdictKind::NotValidYet,
            Self::Expired { .. } => VerdictKind::Expired,
            Self::WrongPlace => VerdictKind::WrongPlace,
            Self::Unknown => VerdictKind::Unknown,
            Self::Forged => VerdictKind::Forged,
        }
    }
}

impl Direction {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Entry, Self::Exit];

    /// The name in the database, the API and the journal.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Entry => "entry",
            Self::Exit => "exit",
        }
    }

    /// The word on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Entry => "In",
            Self::Exit => "Out",
        }
    }

    /// The direction of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

impl PointKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Gate, Self::Room, Self::Hall];

    /// The name in the database, the API and the journal.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Gate => "gate",
            Self::Room => "room",
            Self::Hall => "hall",
        }
    }

    /// The kind of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.key() == key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_again() {
        assert!(VerdictKind::ALL.iter().all(|one| VerdictKind::from_key(one.key()) == Some(*one)));
        assert!(Direction::ALL.iter().all(|one| Direction::from_key(one.key()) == Some(*one)));
        assert!(PointKind::ALL.iter().all(|one| PointKind::from_key(one.key()) == Some(*one)));
    }
}
