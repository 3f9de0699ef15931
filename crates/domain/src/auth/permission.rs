//! The one table of permissions.
//!
//! [`reach`] is the table: for a role and a permission, how far it goes. What a person may do
//! follows from the roles that they hold. Every route names its permission and a test walks every
//! cell.

use super::role::Role;

/// Something that a person may be allowed to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Search and read people's records.
    ViewPeople,
    /// Create and change people, their photos and class-level roles; reset their sign-in.
    ManagePeople,
    /// Grant and end administrators' roles, and act upon administrators' records.
    ManageAdministrators,
    /// Read terms, courses and all classes.
    ViewAcademics,
    /// Create and change terms, courses, classes, enrolment and meetings.
    ManageAcademics,
    /// Read a class: its list, sessions and figures.
    ViewClass,
    /// Open, extend and close sessions; mark by hand.
    TakeAttendance,
    /// Reopen a closed session.
    ReopenSession,
    /// Mark oneself present.
    MarkSelf,
    /// Read a person's attendance.
    ViewAttendance,
    /// Ask for another mark for oneself.
    AskForCorrection,
    /// Approve and refuse corrections.
    DecideCorrections,
    /// Ask for a student's leave: one's own, or enter it for them.
    AskForLeave,
    /// Approve, refuse and end leave.
    DecideLeave,
    /// Read fees, payments and everybody's accounts.
    ViewFinance,
    /// Set fees, record and reverse payments, override clearances.
    ManageFinance,
    /// Read a student's account.
    ViewAccount,
    /// Say which assessments a term has, which one is active and what share of the fee each needs.
    ManageAssessments,
    /// Read sittings and their rooms.
    ViewSittings,
    /// Create, change and remove sittings; say who sits in which room.
    ManageSittings,
    /// See for what somebody is eligible, and their dockets.
    ViewDockets,
    /// Issue somebody's docket, and issue it anew.
    IssueDockets,
    /// Read a student's published results.
    ViewResults,
    /// Enter results of a class, see them before they are published, say how they count.
    EnterResults,
    /// Publish and withdraw results, of a class or of a whole term.
    PublishResults,
    /// Place holds on dockets, read and lift them.
    ManageHolds,
    /// See a person's badge and take it on paper or as a picture.
    ViewBadges,
    /// Issue badges, issue them anew, and withdraw them.
    IssueBadges,
    /// Lock a term, so that its attendance changes no more, and unlock it.
    LockTerms,
    /// Remind students of a class.
    Remind,
    /// Make announcements, change and end them.
    Announce,
    /// Bring tables in and take them away, each kind by its own permission.
    Import,
    /// Read events, their figures and their passes.
    ViewEvents,
    /// Create and change events and pass types; void, refund and transfer passes.
    ManageEvents,
    /// Issue passes, and send them again.
    IssuePasses,
    /// Verify what is presented at a check-in point.
    VerifyCredentials,
    /// Let somebody in whom the rule refuses, and take back what others recorded.
    OverrideVerdicts,
    /// Enrol verifiers' phones, and withdraw them.
    ManageVerifiers,
    /// Watch all open sessions.
    ViewOverview,
    /// Browse the journal.
    ViewJournal,
    /// See what was overwritten while nodes were apart, and settle it.
    SettleConflicts,
    /// Read and change the institution's settings.
    ManageSettings,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 42] = [
        Self::ViewPeople,
        Self::ManagePeople,
        Self::ManageAdministrators,
        Self::ViewAcademics,
        Self::ManageAcademics,
        Self::ViewClass,
        Self::TakeAttendance,
        Self::ReopenSession,
        Self::MarkSelf,
        Self::ViewAttendance,
        Self::AskForCorrection,
        Self::DecideCorrections,
        Self::AskForLeave,
        Self::DecideLeave,
        Self::ViewFinance,
        Self::ManageFinance,
        Self::ViewAccount,
        Self::ManageAssessments,
        Self::ViewSittings,
        Self::ManageSittings,
        Self::ViewDockets,
        Self::IssueDockets,
        Self::ViewResults,
        Self::EnterResults,
        Self::PublishResults,
        Self::ManageHolds,
        Self::ViewBadges,
        Self::IssueBadges,
        Self::LockTerms,
        Self::Remind,
        Self::Announce,
        Self::Import,
        Self::ViewEvents,
        Self::ManageEvents,
        Self::IssuePasses,
        Self::VerifyCredentials,
        Self::OverrideVerdicts,
        Self::ManageVerifiers,
        Self::ViewOverview,
        Self::ViewJournal,
        Self::SettleConflicts,
        Self::ManageSettings,
    ];

    /// Whether it belongs to teaching a class: all that a login for one class alone may.
    pub const fn is_teaching(self) -> bool {
        matches!(self, Self::ViewClass | Self::TakeAttendance | Self::ReopenSession | Self::Import)
    }

    /// Whether it belongs to verifying at a door: all that a verifier's phone may, of what the person
    /// may for whom it acts.
    pub const fn is_verifying(self) -> bool {
        matches!(
            self,
            Self::ViewEvents
                | Self::ViewSittings
                | Self::VerifyCredentials
                | Self::OverrideVerdicts
        )
    }

    /// The name in the API.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ViewPeople => "view_people",
            Self::ManagePeople => "manage_people",
            Self::ManageAdministrators => "manage_administrators",
            Self::ViewAcademics => "view_academics",
            Self::ManageAcademics => "manage_academics",
            Self::ViewClass => "view_class",
            Self::TakeAttendance => "take_attendance",
            Self::ReopenSession => "reopen_session",
            Self::MarkSelf => "mark_self",
            Self::ViewAttendance => "view_attendance",
            Self::AskForCorrection => "ask_for_correction",
            Self::DecideCorrections => "decide_corrections",
            Self::AskForLeave => "ask_for_leave",
            Self::DecideLeave => "decide_leave",
            Self::ViewFinance => "view_finance",
            Self::ManageFinance => "manage_finance",
            Self::ViewAccount => "view_account",
            Self::ManageAssessments => "manage_assessments",
            Self::ViewSittings => "view_sittings",
            Self::ManageSittings => "manage_sittings",
            Self::ViewDockets => "view_dockets",
            Self::IssueDockets => "issue_dockets",
            Self::ViewResults => "view_results",
            Self::EnterResults => "enter_results",
            Self::PublishResults => "publish_results",
            Self::ManageHolds => "manage_holds",
            Self::ViewBadges => "view_badges",
            Self::IssueBadges => "issue_badges",
            Self::LockTerms => "lock_terms",
            Self::Remind => "remind",
            Self::Announce => "announce",
            Self::Import => "import",
            Self::ViewEvents => "view_events",
            Self::ManageEvents => "manage_events",
            Self::IssuePasses => "issue_passes",
            Self::VerifyCredentials => "verify_credentials",
            Self::OverrideVerdicts => "override_verdicts",
            Self::ManageVerifiers => "manage_verifiers",
            Self::ViewOverview => "view_overview",
            Self::ViewJournal => "view_journal",
            Self::SettleConflicts => "settle_conflicts",
            Self::ManageSettings => "manage_settings",
        }
    }
}

/// How far a role's permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The whole institution.
    Everywhere,
    /// The classes for which the role is held.
    OwnClasses,
    /// The events for which the role is held; all of them where it is held for the institution.
    OwnEvents,
    /// The assessments for which the role is held; all of them where it is held for the institution.
    OwnAssessments,
    /// The person's own record.
    Own,
}

/// The table: how far `permission` goes for `role`, if at all.
pub const fn reach(role: Role, permission: Permission) -> Option<Reach> {
    use Permission as P;
    use Reach::{Everywhere, Own, OwnAssessments, OwnClasses, OwnEvents};
    match role {
        Role::SuperAdministrator | Role::Registrar
            if matches!(permission, P::MarkSelf | P::AskForCorrection) =>
        {
            None
        }
        Role::SuperAdministrator => Some(Everywhere),
        Role::Registrar if !matches!(permission, P::ManageAdministrators | P::ManageFinance) => {
            Some(Everywhere)
        }
        _ if matches!(permission, P::ViewBadges) && !matches!(role, Role::Guardian) => Some(Own),
        Role::Finance => match permission {
            P::ViewPeople
            | P::ViewFinance
            | P::ManageFinance
            | P::ViewAccount
            | P::ManageAssessments
            | P::ViewSittings
            | P::ViewDockets
            | P::ManageHolds
            | P::Import => Some(Everywhere),
            _ => None,
        },
        Role::Teacher => match permission {
            P::ViewClass
            | P::TakeAttendance
            | P::ReopenSession
            | P::DecideCorrections
            | P::EnterResults
            | P::Remind
            | P::Announce
            | P::Import => Some(OwnClasses),
            _ => None,
        },
        Role::Assistant => match permission {
            P::ViewClass | P::TakeAttendance | P::Remind | P::Import => Some(OwnClasses),
            _ => None,
        },
        Role::Organiser => match permission {
            P::ViewEvents
            | P::ManageEvents
            | P::IssuePasses
            | P::VerifyCredentials
            | P::OverrideVerdicts
            | P::Import
            | P::ManageVerifiers => Some(OwnEvents),
            _ => None,
        },
        Role::Invigilator => match permission {
            P::ViewSittings | P::VerifyCredentials => Some(OwnAssessments),
            _ => None,
        },
        Role::Gate => match permission {
            P::ViewEvents | P::IssuePasses | P::VerifyCredentials => Some(OwnEvents),
            _ => None,
        },
        Role::Student => match permission {
            P::MarkSelf
            | P::ViewAttendance
            | P::AskForCorrection
            | P::AskForLeave
            | P::ViewAccount
            | P::ViewDockets
            | P::IssueDockets
            | P::ViewResults => Some(Own),
            _ => None,
        },
        _ => None,
    }
}
