//! Whether a right password is enough to sign in.

use super::Grant;

/// What follows a right password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing: it was enough.
    SignIn,
    /// The second factor.
    Prove,
    /// Setting up a second factor, without which there is no login.
    Enrol,
}

/// What follows the right password of somebody who holds those roles.
pub fn next_step(grants: &[Grant], has_factor: bool, administrators_must: bool) -> NextStep {
    let must = administrators_must && grants.iter().any(|grant| grant.role.is_administrator());
    match (has_factor, must) {
        (true, _) => NextStep::Prove,
        (false, true) => NextStep::Enrol,
        (false, false) => NextStep::SignIn,
    }
}

/// Whether somebody who holds those roles is offered a second factor: staff is, students are not.
pub fn is_offered(grants: &[Grant]) -> bool {
    grants.iter().any(|grant| grant.role.is_staff())
}

#[cfg(test)]
mod tests {
    use super::super::{Role, Scope};
    use super::*;

    fn holds(role: Role) -> [Grant; 1] {
        [Grant { role, scope: Scope::Institution }]
    }

    #[test]
    fn whoever_has_a_second_factor_proves_it_whatever_their_role() {
        for role in Role::ALL {
            assert_eq!(next_step(&holds(role), true, false), NextStep::Prove);
        }
    }

    #[test]
    fn administrators_alone_are_made_to_set_one_up() {
        let made = Role::ALL.into_iter().filter(|role| {
            assert_eq!(next_step(&holds(*role), false, false), NextStep::SignIn);
            next_step(&holds(*role), false, true) == NextStep::Enrol
        });
        assert_eq!(made.collect::<Vec<_>>(), [Role::SuperAdministrator, Role::Registrar]);
    }

    #[test]
    fn students_and_guardians_are_not_offered_one() {
        let without = Role::ALL.into_iter().filter(|role| !is_offered(&holds(*role)));
        assert_eq!(without.collect::<Vec<_>>(), [Role::Student, Role::Guardian]);
        assert!(!is_offered(&[]));
        assert!(is_offered(&[holds(Role::Student), holds(Role::Assistant)].concat()));
    }
}
