//! Roles, and where each is held.

use crate::ids::ClassId;
use serde::{Deserialize, Serialize};

/// What a person is at the institution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything, other administrators included.
    SuperAdministrator,
    /// People, academics, settings and the journal.
    Registrar,
    /// Fees and payments.
    Finance,
    /// Teaches classes.
    Teacher,
    /// Helps in classes.
    Assistant,
    /// Runs events.
    Organiser,
    /// Verifies dockets.
    Invigilator,
    /// Scans passes.
    Gate,
    /// Attends classes.
    Student,
    /// Receives notices about a child.
    Guardian,
}

impl Role {
    /// Every role, the most powerful first.
    pub const ALL: [Self; 10] = [
        Self::SuperAdministrator,
        Self::Registrar,
        Self::Finance,
        Self::Teacher,
        Self::Assistant,
        Self::Organiser,
        Self::Invigilator,
        Self::Gate,
        Self::Student,
        Self::Guardian,
    ];

    /// The name in the database, the API and the journal.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SuperAdministrator => "super_administrator",
            Self::Registrar => "registrar",
            Self::Finance => "finance",
            Self::Teacher => "teacher",
            Self::Assistant => "assistant",
            Self::Organiser => "organiser",
            Self::Invigilator => "invigilator",
            Self::Gate => "gate",
            Self::Student => "student",
            Self::Guardian => "guardian",
        }
    }

    /// The name on screens.
    pub const fn label(self) -> &'static str {
        match self {
            Self::SuperAdministrator => "Super administrator",
            Self::Registrar => "Registrar",
            Self::Finance => "Finance officer",
            Self::Teacher => "Teacher",
            Self::Assistant => "Assistant",
            Self::Organiser => "Event organiser",
            Self::Invigilator => "Invigilator",
            Self::Gate => "Gate staff",
            Self::Student => "Student",
            Self::Guardian => "Guardian",
        }
    }

    /// The role of that name.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.key() == key)
    }

    /// Roles that only a super administrator may grant, end, or act upon.
    pub const fn is_administrator(self) -> bool {
        matches!(self, Self::SuperAdministrator | Self::Registrar)
    }

    /// Roles of whoever works here: they may protect their sign-in by a second factor.
    pub const fn is_staff(self) -> bool {
        !matches!(self, Self::Student | Self::Guardian)
    }

    /// Roles that are held for a class.
    pub const fn is_class_staff(self) -> bool {
        matches!(self, Self::Teacher | Self::Assistant)
    }
}

/// Where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the whole institution.
    Institution,
    /// For one class.
    Class(ClassId),
}

/// A role that a person holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it is held.
    pub scope: Scope,
}
