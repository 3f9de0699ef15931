//! Who has a place at an event that more passes were sold for than there is room: nodes that are apart
//! may sell the same last place, and both sales stand.

use crate::ids::{PassId, PassTypeId};
use std::collections::BTreeMap;

/// A valid pass, and the room that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sold {
    /// The pass.
    pub pass: PassId,
    /// Of which type.
    pub pass_type: PassTypeId,
    /// How many people it admits.
    pub admits: i64,
}

/// What there is of an event.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// Places for people; none for no limit.
    pub people: Option<i64>,
    /// Passes of the types that have a limit.
    pub quotas: BTreeMap<PassTypeId, i64>,
}

impl Room {
    /// Those of these passes that there was no place for, when all are sold one after the other as they
    /// stand here. Whatever is oversold takes no place from what comes later.
    pub fn oversold(mut self, sold: impl IntoIterator<Item = Sold>) -> Vec<PassId> {
        let mut oversold = Vec::new();
        for Sold { pass, pass_type, admits } in sold {
            let mut quota = self.quotas.get_mut(&pass_type);
            let fits = self.people.is_none_or(|people| people >= admits)
                && quota.as_ref().is_none_or(|left| **left >= 1);
            if !fits {
                oversold.push(pass);
                continue;
            }
            self.people = self.people.map(|people| people - admits);
            if let Some(left) = &mut quota {
                **left -= 1;
            }
        }
        oversold
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn sold(pass: u128, pass_type: u128, admits: i64) -> Sold {
        let (pass, pass_type) = (Uuid::from_u128(pass), Uuid::from_u128(pass_type));
        Sold { pass: PassId(pass), pass_type: PassTypeId(pass_type), admits }
    }

    fn room(people: Option<i64>, quotas: &[(u128, i64)]) -> Room {
        let quota = |(id, quota): &(u128, i64)| (PassTypeId(Uuid::from_u128(*id)), *quota);
        Room { people, quotas: quotas.iter().map(quota).collect() }
    }

    fn numbers(oversold: Vec<PassId>) -> Vec<u128> {
        oversold.into_iter().map(|pass| pass.0.as_u128()).collect()
    }

    #[test]
    fn the_later_of_two_who_bought_the_last_place_has_none() {
        let sales = [sold(1, 9, 1), sold(2, 9, 1), sold(3, 9, 1)];
        assert_eq!(numbers(room(Some(2), &[]).oversold(sales)), [3]);
        assert_eq!(numbers(room(None, &[(9, 1)]).oversold(sales)), [2, 3]);
        assert_eq!(numbers(room(None, &[(8, 1)]).oversold(sales)), []);
    }

    #[test]
    fn a_single_guest_still_fits_where_a_couple_does_not() {
        let sales = [sold(1, 9, 2), sold(2, 9, 2), sold(3, 8, 1)];
        assert_eq!(numbers(room(Some(3), &[]).oversold(sales)), [2]);
        // A couple that finds no place uses no pass of its type up.
        let sales = [sold(1, 8, 2), sold(2, 9, 2), sold(3, 9, 1)];
        assert_eq!(numbers(room(Some(3), &[(9, 1)]).oversold(sales)), [2]);
    }

    proptest! {
        #[test]
        fn the_others_fit_and_whatever_fits_altogether_is_not_oversold(
            people in proptest::option::of(0_i64..12),
            quota in 0_i64..6,
            sales in proptest::collection::vec((0_u128..2, 1_i64..4), 0..12),
        ) {
            let sales: Vec<Sold> = (1..)
                .zip(sales)
                .map(|(pass, (pass_type, admits))| sold(pass, pass_type, admits))
                .collect();
            let room = room(people, &[(0, quota)]);
            let over = room.clone().oversold(sales.iter().copied());
            let stand: Vec<_> = sales.iter().filter(|one| !over.contains(&one.pass)).collect();
            let fit = |sales: &[&Sold]| {
                let limited = sales.iter().filter(|one| one.pass_type.0.is_nil()).count();
                let all: i64 = sales.iter().map(|one| one.admits).sum();
                people.is_none_or(|people| all <= people)
                    && i64::try_from(limited).is_ok_and(|limited| limited <= quota)
            };
            prop_assert!(fit(&stand));
            prop_assert!(!fit(&sales.iter().collect::<Vec<_>>()) || over.is_empty());
        }
    }
}
