//! The table of permissions, written down a second time.

use muster_domain::auth::{Permission, Reach, Role, reach};

/// A row for each permission, a column for each role: super administrator, registrar, finance,
/// teacher, assistant, organiser, invigilator, gate, student, guardian. `E` reaches everywhere, `C`
/// the classes for which the role is held, `V` its events, `A` its assessments (all of these where it is
/// held for the institution), `O` one's own record.
const TABLE: &[&str] = &[
    "view_people            E E E . . . . . . .",
    "manage_people          E E . . . . . . . .",
    "manage_administrators  E . . . . . . . . .",
    "view_academics         E E . . . . . . . .",
    "manage_academics       E E . . . . . . . .",
    "view_class             E E . C C . . . . .",
    "take_attendance        E E . C C . . . . .",
    "reopen_session         E E . C . . . . . .",
    "mark_self              . . . . . . . . O .",
    "view_attendance        E E . . . . . . O .",
    "ask_for_correction     . . . . . . . . O .",
    "decide_corrections     E E . C . . . . . .",
    "ask_for_leave          E E . . . . . . O .",
    "decide_leave           E E . . . . . . . .",
    "view_finance           E E E . . . . . . .",
    "manage_finance         E . E . . . . . . .",
    "view_account           E E E . . . . . O .",
    "manage_assessments     E E E . . . . . . .",
    "view_sittings          E E E . . . A . . .",
    "manage_sittings        E E . . . . . . . .",
    "view_dockets           E E E . . . . . O .",
    "issue_dockets          E E . . . . . . O .",
    "view_results           E E . . . . . . O .",
    "enter_results          E E . C . . . . . .",
    "publish_results        E E . . . . . . . .",
    "manage_holds           E E E . . . . . . .",
    "view_badges            E E O O O O O O O .",
    "issue_badges           E E . . . . . . . .",
    "lock_terms             E E . . . . . . . .",
    "remind                 E E . C C . . . . .",
    "announce               E E . C . . . . . .",
    "import                 E E E C C V . . . .",
    "view_events            E E . . . V . V . .",
    "manage_events          E E . . . V . . . .",
    "issue_passes           E E . . . V . V . .",
    "verify_credentials     E E . . . V A V . .",
    "override_verdicts      E E . . . V . . . .",
    "manage_verifiers       E E . . . V . . . .",
    "view_overview          E E . . . . . . . .",
    "view_journal           E E . . . . . . . .",
    "settle_conflicts       E E . . . . . . . .",
    "manage_settings        E E . . . . . . . .",
];

#[test]
fn no_cell_of_the_table_changes_by_mistake() {
    let line = |permission: Permission| {
        let cells = Role::ALL.map(|role| match reach(role, permission) {
            Some(Reach::Everywhere) => "E",
            Some(Reach::OwnClasses) => "C",
            Some(Reach::OwnEvents) => "V",
            Some(Reach::OwnAssessments) => "A",
            Some(Reach::Own) => "O",
            None => ".",
        });
        format!("{:<21}  {}", permission.key(), cells.join(" "))
    };
    assert_eq!(Permission::ALL.map(line).join("\n"), TABLE.join("\n"));
}
