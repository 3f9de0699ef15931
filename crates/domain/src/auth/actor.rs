//! Whoever acts, with the roles that they hold, and what they may do with these.

use super::extent::Extent;
use super::permission::{Permission, Reach, reach};
use super::role::{Grant, Role, Scope};
use crate::ids::{AssessmentId, ClassId, EventId, LoginId, PersonId};

/// What an act touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The institution as a whole.
    Institution,
    /// A class.
    Class(ClassId),
    /// An event, with its passes, gates, scans and figures.
    Event(EventId),
    /// An assessment of a term, with its sittings, rooms and room lists.
    Assessment(AssessmentId),
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
            (Some(Reach::OwnEvents), Target::Event(event)) => grant.covers(Scope::Event(event)),
            (Some(Reach::OwnAssessments), Target::Assessment(assessment)) => {
                grant.covers(Scope::Assessment(assessment))
            }
            (Some(Reach::OwnEvents | Reach::OwnAssessments), Target::Institution) => {
                grant.scope == Scope::Institution
            }
            (Some(Reach::Own), Target::Person(person)) => person == self.person,
            _ => false,
        })
    }

    /// Of which events `permission` is held.
    pub fn events(&self, permission: Permission) -> Extent<EventId> {
        Extent::collected(self.held(permission).filter_map(|grant| {
            match (reach(grant.role, permission)?, grant.scope) {
                (Reach::Everywhere | Reach::OwnEvents, Scope::Institution) => Some(None),
                (Reach::OwnEvents, Scope::Event(event)) => Some(Some(event)),
                _ => None,
            }
        }))
    }

    /// Of which assessments `permission` is held.
    pub fn assessments(&self, permission: Permission) -> Extent<AssessmentId> {
        Extent::collected(self.held(permission).filter_map(|grant| {
            match (reach(grant.role, permission)?, grant.scope) {
                (Reach::Everywhere | Reach::OwnAssessments, Scope::Institution) => Some(None),
                (Reach::OwnAssessments, Scope::Assessment(assessment)) => Some(Some(assessment)),
                _ => None,
            }
        }))
    }

    /// Whether everything that somebody may do at doors is among what this person may do there.
    pub fn may_at_doors_all_that(&self, other: &Self) -> bool {
        Permission::ALL.into_iter().filter(|permission| permission.is_verifying()).all(
            |permission| {
                other.events(permission).is_within(&self.events(permission))
                    && other.assessments(permission).is_within(&self.assessments(permission))
            },
        )
    }

    /// Whether a role held allows `permission` on anything at all.
    pub fn may_somewhere(&self, permission: Permission) -> bool {
        self.held(permission).any(|grant| match reach(grant.role, permission) {
            Some(Reach::Everywhere) => grant.scope == Scope::Institution,
            Some(Reach::OwnClasses) => matches!(grant.scope, Scope::Class(_)),
            Some(Reach::OwnEvents) => matches!(grant.scope, Scope::Institution | Scope::Event(_)),
            Some(Reach::OwnAssessments) => {
                matches!(grant.scope, Scope::Institution | Scope::Assessment(_))
            }
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

    const EVENT: EventId = EventId(Uuid::from_u128(20));
    const OTHER_EVENT: EventId = EventId(Uuid::from_u128(21));
    const EXAM: AssessmentId = AssessmentId(Uuid::from_u128(30));
    const OTHER_EXAM: AssessmentId = AssessmentId(Uuid::from_u128(31));

    /// What an actor may do on a target.
    fn able(actor: &Actor, target: Target) -> Vec<Permission> {
        Permission::ALL.into_iter().filter(|permission| actor.may(*permission, target)).collect()
    }

    #[test]
    fn a_role_for_one_event_gives_there_what_it_gives_everywhere_and_nothing_elsewhere() {
        for role in [Role::Organiser, Role::Gate] {
            let (one, all) = (actor(role, Scope::Event(EVENT)), actor(role, Scope::Institution));
            let there = able(&one, Target::Event(EVENT));
            assert!(there.contains(&Permission::VerifyCredentials), "{role:?}");
            assert_eq!(there, able(&all, Target::Event(EVENT)), "{role:?}");
            assert_eq!(there, able(&all, Target::Event(OTHER_EVENT)), "{role:?}");
            assert_eq!(able(&one, Target::Event(OTHER_EVENT)), [], "{role:?}");
            assert_eq!(able(&one, Target::Institution), [], "{role:?}");
            assert_eq!(able(&one, Target::Assessment(EXAM)), [], "{role:?}");
            assert!(there.iter().all(|permission| one.may_somewhere(*permission)), "{role:?}");
        }
    }

    #[test]
    fn an_invigilator_of_one_assessment_verifies_its_dockets_alone() {
        let one = actor(Role::Invigilator, Scope::Assessment(EXAM));
        let there = [Permission::ViewSittings, Permission::VerifyCredentials];
        assert_eq!(able(&one, Target::Assessment(EXAM)), there);
        assert_eq!(able(&one, Target::Assessment(OTHER_EXAM)), []);
        assert_eq!(able(&one, Target::Institution), []);
        assert_eq!(able(&one, Target::Event(EVENT)), []);
        let all = actor(Role::Invigilator, Scope::Institution);
        assert_eq!(able(&all, Target::Assessment(OTHER_EXAM)), there);
    }

    #[test]
    fn a_role_held_where_it_is_never_held_gives_nothing_there() {
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Student) {
            for (scope, target) in [
                (Scope::Event(EVENT), Target::Event(EVENT)),
                (Scope::Assessment(EXAM), Target::Assessment(EXAM)),
            ] {
                let given = able(&actor(role, scope), target);
                assert!(given.is_empty() || role.is_held_for(scope), "{role:?} {scope:?}");
            }
        }
    }

    #[test]
    fn lists_reach_as_far_as_the_roles_do() {
        let grants = [Scope::Event(EVENT), Scope::Event(OTHER_EVENT), Scope::Event(EVENT)]
            .map(|scope| Grant { role: Role::Gate, scope });
        let person = PersonId(Uuid::from_u128(1));
        let gate = Actor { person, login: None, grants: grants.to_vec(), class: None };
        let seen = Extent::These(vec![EVENT, OTHER_EVENT]);
        assert_eq!(gate.events(Permission::ViewEvents), seen);
        assert_eq!(gate.events(Permission::ManageEvents), Extent::These(Vec::new()));
        assert_eq!(gate.assessments(Permission::VerifyCredentials), Extent::These(Vec::new()));
        let registrar = actor(Role::Registrar, Scope::Institution);
        assert_eq!(registrar.events(Permission::ViewEvents), Extent::All);
        assert_eq!(registrar.assessments(Permission::ViewSittings), Extent::All);
    }

    #[test]
    fn whoever_hands_out_phones_gives_away_no_more_than_they_may_themselves() {
        let organiser = actor(Role::Organiser, Scope::Event(EVENT));
        let may = |role, scope| organiser.may_at_doors_all_that(&actor(role, scope));
        assert!(may(Role::Gate, Scope::Event(EVENT)));
        assert!(may(Role::Organiser, Scope::Event(EVENT)));
        assert!(!may(Role::Gate, Scope::Event(OTHER_EVENT)));
        assert!(!may(Role::Gate, Scope::Institution));
        assert!(!may(Role::Invigilator, Scope::Assessment(EXAM)));
        assert!(!may(Role::Registrar, Scope::Institution));
    }

    #[test]
    fn organisers_of_an_event_appoint_those_at_its_gates_and_nobody_else() {
        let organiser = actor(Role::Organiser, Scope::Event(EVENT));
        let may = |role, scope| {
            let (permission, target) = Grant { role, scope }.appointing();
            organiser.may(permission, target)
        };
        assert!(may(Role::Gate, Scope::Event(EVENT)));
        assert!(!may(Role::Gate, Scope::Event(OTHER_EVENT)));
        assert!(!may(Role::Gate, Scope::Institution));
        assert!(!may(Role::Organiser, Scope::Event(EVENT)));
        let finance = actor(Role::Finance, Scope::Institution);
        let invigilator = Grant { role: Role::Invigilator, scope: Scope::Assessment(EXAM) };
        let (permission, target) = invigilator.appointing();
        assert!(!finance.may(permission, target));
        assert!(actor(Role::Registrar, Scope::Institution).may(permission, target));
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
