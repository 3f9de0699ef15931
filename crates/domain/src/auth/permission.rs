//! The one table of permissions.
//!
//! [`reach`] is the table: for a role and a permission, how far it goes. [`Actor::may`] applies it
//! to the roles that a person holds. Every route names its permission and a test walks every cell.

use super::role::{Grant, Role, Scope};
use crate::ids::{ClassId, LoginId, PersonId};

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
    /// Place holds on dockets, read and lift them.
    ManageHolds,
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
    /// Watch all open sessions.
    ViewOverview,
    /// Browse the journal.
    ViewJournal,
    /// Read and change the institution's settings.
    ManageSettings,
}

impl Permission {
    /// Every permission.
    pub const ALL: [Self; 35] = [
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
        Self::ManageHolds,
        Self::LockTerms,
        Self::Remind,
        Self::Announce,
        Self::Import,
        Self::ViewEvents,
        Self::ManageEvents,
        Self::IssuePasses,
        Self::VerifyCredentials,
        Self::OverrideVerdicts,
        Self::ViewOverview,
        Self::ViewJournal,
        Self::ManageSettings,
    ];

    /// Whether it belongs to teaching a class: all that a login for one class alone may.
    pub const fn is_teaching(self) -> bool {
        matches!(self, Self::ViewClass | Self::TakeAttendance | Self::ReopenSession | Self::Import)
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
            Self::ManageHolds => "manage_holds",
            Self::LockTerms => "lock_terms",
            Self::Remind => "remind",
            Self::Announce => "announce",
            Self::Import => "import",
            Self::ViewEvents => "view_events",
            Self::ManageEvents => "manage_events",
            Self::IssuePasses => "issue_passes",
            Self::VerifyCredentials => "verify_credentials",
            Self::OverrideVerdicts => "override_verdicts",
            Self::ViewOverview => "view_overview",
            Self::ViewJournal => "view_journal",
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
    /// The person's own record.
    Own,
}

/// The table: how far `permission` goes for `role`, if at all.
pub const fn reach(role: Role, permission: Permission) -> Option<Reach> {
    use Permission as P;
    use Reach::{Everywhere, Own, OwnClasses};
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
            | P::OverrideVerdicts => Some(Everywhere),
            _ => None,
        },
        Role::Invigilator => match permission {
            P::ViewSittings | P::VerifyCredentials => Some(Everywhere),
            _ => None,
        },
        Role::Gate => match permission {
            P::ViewEvents | P::IssuePasses | P::VerifyCredentials => Some(Everywhere),
            _ => None,
        },
        Role::Student => match permission {
            P::MarkSelf
            | P::ViewAttendance
            | P::AskForCorrection
            | P::AskForLeave
            | P::ViewAccount
            | P::ViewDockets
            | P::IssueDockets => Some(Own),
            _ => None,
        },
        _ => None,
    }
}

/// What an act touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The institution as a whole.
    Institution,
    /// A class.
    Class(ClassId),
    /// A person's record.
    Person(PersonId),
}

/// A signed-in person with the roles that they hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The person.
    pub person: PersonId,
    /// The login through which they act; none on the command line and in jobs.
    pub login: Option<LoginId>,
    /// The roles that they hold.
    pub grants: Vec<Grant>,
    /// The one class to which the login is limited, if any: it teaches there and does no more.
    pub class: Option<ClassId>,
}

impl Actor {
    /// Whether a role held allows `permission` on `target`.
    pub fn may(&self, permission: Permission, target: Target) -> bool {
        if self.class.is_some_and(|class| target != Target::Class(class)) {
            return false;
        }
        self.held(permission).any(|grant| match (reach(grant.role, permission), target) {
            (Some(Reach::Everywhere), _) => grant.scope == Scope::Institution,
            (Some(Reach::OwnClasses), Target::Class(class)) => grant.scope == Scope::Class(class),
            (Some(Reach::Own), Target::Person(person)) => person == self.person,
            _ => false,
        })
    }

    /// Whether a role held allows `permission` on anything at all.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.held(permission).any(|grant| match reach(grant.role, permission) {
            Some(Reach::Everywhere) => grant.scope == Scope::Institution,
            Some(Reach::OwnClasses) => matches!(grant.scope, Scope::Class(_)),
            Some(Reach::Own) => true,
            None => false,
        })
    }

    /// The roles that count for a permission: all, unless the login is limited to a class. Then
    /// even an administrator's role counts for nothing there.
    fn held(&self, permission: Permission) -> impl Iterator<Item = &Grant> {
        self.grants.iter().filter(move |grant| match self.class {
            None => true,
            Some(class) => permission.is_teaching() && grant.scope == Scope::Class(class),
        })
    }

    /// Whether the person holds the role anywhere.
    pub fn is(&self, role: Role) -> bool {
        self.grants.iter().any(|grant| grant.role == role)
    }

    /// The classes for which a staff role is held.
    pub fn staffed_classes(&self) -> impl Iterator<Item = ClassId> {
        self.grants.iter().filter_map(|grant| match grant.scope {
            Scope::Class(class) if grant.role.is_class_staff() => Some(class),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn actor(role: Role, scope: Scope) -> Actor {
        let person = PersonId(Uuid::from_u128(1));
        Actor { person, login: None, grants: vec![Grant { role, scope }], class: None }
    }

    const MINE: ClassId = ClassId(Uuid::from_u128(10));
    const OTHER: ClassId = ClassId(Uuid::from_u128(11));

    #[test]
    fn a_teacher_takes_attendance_in_their_own_class_alone() {
        let teacher = actor(Role::Teacher, Scope::Class(MINE));
        assert!(teacher.may(Permission::TakeAttendance, Target::Class(MINE)));
        assert!(!teacher.may(Permission::TakeAttendance, Target::Class(OTHER)));
        assert!(!teacher.may(Permission::TakeAttendance, Target::Institution));
    }

    #[test]
    fn an_assistant_may_not_reopen() {
        let assistant = actor(Role::Assistant, Scope::Class(MINE));
        assert!(assistant.may(Permission::TakeAttendance, Target::Class(MINE)));
        assert!(!assistant.may(Permission::ReopenSession, Target::Class(MINE)));
    }

    #[test]
    fn a_student_reads_their_own_attendance_alone() {
        let student = actor(Role::Student, Scope::Institution);
        assert!(student.may(Permission::ViewAttendance, Target::Person(student.person)));
        let other = PersonId(Uuid::from_u128(2));
        assert!(!student.may(Permission::ViewAttendance, Target::Person(other)));
    }

    #[test]
    fn a_teacher_decides_corrections_of_their_class_and_an_assistant_none() {
        let teacher = actor(Role::Teacher, Scope::Class(MINE));
        assert!(teacher.may(Permission::DecideCorrections, Target::Class(MINE)));
        assert!(!teacher.may(Permission::DecideCorrections, Target::Class(OTHER)));
        let assistant = actor(Role::Assistant, Scope::Class(MINE));
        assert!(!assistant.may(Permission::DecideCorrections, Target::Class(MINE)));
    }

    #[test]
    fn a_teacher_announces_to_their_own_class_and_an_assistant_to_none() {
        let teacher = actor(Role::Teacher, Scope::Class(MINE));
        assert!(teacher.may(Permission::Announce, Target::Class(MINE)));
        assert!(!teacher.may(Permission::Announce, Target::Class(OTHER)));
        assert!(!teacher.may(Permission::Announce, Target::Institution));
        let assistant = actor(Role::Assistant, Scope::Class(MINE));
        assert!(!assistant.may(Permission::Announce, Target::Class(MINE)));
    }

    #[test]
    fn leave_is_asked_for_by_the_student_and_decided_by_administrators_alone() {
        let student = actor(Role::Student, Scope::Institution);
        assert!(student.may(Permission::AskForLeave, Target::Person(student.person)));
        let other = PersonId(Uuid::from_u128(2));
        assert!(!student.may(Permission::AskForLeave, Target::Person(other)));
        let able =
            Role::ALL.into_iter().filter(|role| reach(*role, Permission::DecideLeave).is_some());
        assert_eq!(able.collect::<Vec<_>>(), [Role::SuperAdministrator, Role::Registrar]);
    }

    #[test]
    fn money_is_kept_by_finance_read_by_the_registrar_and_seen_by_its_student() {
        use Role::{Finance, Registrar, Student, SuperAdministrator};
        let able = |permission| -> Vec<Role> {
            Role::ALL.into_iter().filter(|role| reach(*role, permission).is_some()).collect()
        };
        assert_eq!(able(Permission::ManageFinance), [SuperAdministrator, Finance]);
        assert_eq!(able(Permission::ViewFinance), [SuperAdministrator, Registrar, Finance]);
        assert_eq!(able(Permission::ManageAssessments), [SuperAdministrator, Registrar, Finance]);
        let read = [SuperAdministrator, Registrar, Finance, Student];
        assert_eq!(able(Permission::ViewAccount), read);
        let student = actor(Student, Scope::Institution);
        assert!(student.may(Permission::ViewAccount, Target::Person(student.person)));
        assert!(
            !student.may(Permission::ViewAccount, Target::Person(PersonId(Uuid::from_u128(2))))
        );
    }

    #[test]
    fn a_student_issues_their_own_docket_and_the_registrar_anybodys() {
        use Role::{Finance, Invigilator, Registrar, Student, SuperAdministrator};
        let able = |permission| -> Vec<Role> {
            Role::ALL.into_iter().filter(|role| reach(*role, permission).is_some()).collect()
        };
        let office = [SuperAdministrator, Registrar];
        assert_eq!(able(Permission::ManageSittings), office);
        assert_eq!(able(Permission::IssueDockets), [SuperAdministrator, Registrar, Student]);
        assert_eq!(able(Permission::ManageHolds), [SuperAdministrator, Registrar, Finance]);
        let seeing = [SuperAdministrator, Registrar, Finance, Student];
        assert_eq!(able(Permission::ViewDockets), seeing);
        let scheduled = [SuperAdministrator, Registrar, Finance, Invigilator];
        assert_eq!(able(Permission::ViewSittings), scheduled);
        let student = actor(Student, Scope::Institution);
        assert!(student.may(Permission::IssueDockets, Target::Person(student.person)));
        let other = Target::Person(PersonId(Uuid::from_u128(2)));
        assert!(!student.may(Permission::IssueDockets, other));
    }

    #[test]
    fn gate_staff_issue_passes_and_only_organisers_withdraw_them() {
        let gate = actor(Role::Gate, Scope::Institution);
        assert!(gate.may(Permission::IssuePasses, Target::Institution));
        assert!(!gate.may(Permission::ManageEvents, Target::Institution));
        let organiser = actor(Role::Organiser, Scope::Institution);
        assert!(organiser.may(Permission::ManageEvents, Target::Institution));
        assert!(!organiser.may(Permission::ViewPeople, Target::Institution));
    }

    #[test]
    fn whoever_stands_at_a_door_verifies_and_only_organisers_overrule() {
        use Role::{Gate, Invigilator, Organiser, Registrar, SuperAdministrator};
        let able = |permission| -> Vec<Role> {
            Role::ALL.into_iter().filter(|role| reach(*role, permission).is_some()).collect()
        };
        let verify = [SuperAdministrator, Registrar, Organiser, Invigilator, Gate];
        assert_eq!(able(Permission::VerifyCredentials), verify);
        let overrule = [SuperAdministrator, Registrar, Organiser];
        assert_eq!(able(Permission::OverrideVerdicts), overrule);
    }

    #[test]
    fn an_administrators_role_held_for_a_class_gives_nothing() {
        let odd = actor(Role::SuperAdministrator, Scope::Class(MINE));
        assert!(Permission::ALL.into_iter().all(|p| !odd.may(p, Target::Class(MINE))));
    }

    #[test]
    fn a_login_for_one_class_teaches_there_and_does_nothing_else() {
        let grants = vec![
            Grant { role: Role::SuperAdministrator, scope: Scope::Institution },
            Grant { role: Role::Student, scope: Scope::Institution },
            Grant { role: Role::Teacher, scope: Scope::Class(MINE) },
            Grant { role: Role::Teacher, scope: Scope::Class(OTHER) },
        ];
        let person = PersonId(Uuid::from_u128(1));
        let limited = Actor { person, login: None, grants, class: Some(MINE) };
        let able = |target| {
            let able = Permission::ALL.into_iter().filter(move |p| limited.may(*p, target));
            able.collect::<Vec<_>>()
        };
        let able = [
            able.clone()(Target::Class(MINE)),
            able.clone()(Target::Class(OTHER)),
            able.clone()(Target::Person(person)),
            able(Target::Institution),
        ];
        let teaching = vec![
            Permission::ViewClass,
            Permission::TakeAttendance,
            Permission::ReopenSession,
            Permission::Import,
        ];
        assert_eq!(able, [teaching, vec![], vec![], vec![]]);
    }

    #[test]
    fn only_super_administrators_act_upon_administrators() {
        let able = Role::ALL
            .into_iter()
            .filter(|role| reach(*role, Permission::ManageAdministrators).is_some());
        assert_eq!(able.collect::<Vec<_>>(), [Role::SuperAdministrator]);
    }
}
