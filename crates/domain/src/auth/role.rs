//! Roles, and where each is held.

use super::actor::Target;
use super::permission::Permission;
use crate::ids::{AssessmentId, ClassId, EventId};
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

    /// Roles that may be held for one event.
    pub const fn is_event_staff(self) -> bool {
        matches!(self, Self::Organiser | Self::Gate)
    }

    /// Roles that may be held for one assessment.
    pub const fn is_exam_staff(self) -> bool {
        matches!(self, Self::Invigilator)
    }

    /// Whether the role may be held there.
    pub const fn is_held_for(self, scope: Scope) -> bool {
        match scope {
            Scope::Institution => true,
            Scope::Class(_) => self.is_class_staff(),
            Scope::Event(_) => self.is_event_staff(),
            Scope::Assessment(_) => self.is_exam_staff(),
        }
    }
}

/// Where a role is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// In the whole institution.
    Institution,
    /// For one class.
    Class(ClassId),
    /// For one event.
    Event(EventId),
    /// For one assessment of a term.
    Assessment(AssessmentId),
}

impl From<Option<ClassId>> for Scope {
    /// One class, or the institution.
    fn from(class: Option<ClassId>) -> Self {
        class.map_or(Self::Institution, Self::Class)
    }
}

/// A role that a person holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// Where it is held.
    pub scope: Scope,
}

impl Grant {
    /// Whether it is held there, or everywhere.
    pub fn covers(&self, scope: Scope) -> bool {
        self.scope == Scope::Institution || self.scope == scope
    }

    /// What somebody has to be allowed, and on what, to give this role to others or to end it. Whoever
    /// manages an event appoints those who stand at its gates; all else is for who manages people.
    pub const fn appointing(&self) -> (Permission, Target) {
        match (self.role, self.scope) {
            (Role::Gate, Scope::Event(event)) => (Permission::ManageEvents, Target::Event(event)),
            (role, _) if role.is_administrator() => {
                (Permission::ManageAdministrators, Target::Institution)
            }
            _ => (Permission::ManagePeople, Target::Institution),
        }
    }
}
