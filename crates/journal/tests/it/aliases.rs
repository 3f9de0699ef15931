//! Natural keys and what one alone may hold.

use crate::support::{id, version};
use muster_journal::Version;
use muster_journal::alias::{AliasId, Aliases, Claim};
use muster_journal::unique::{Contested, Holder, contested};
use proptest::prelude::*;

fn key(text: &str) -> AliasId {
    AliasId::of("person", &[text])
}

fn aliases(claims: &[(&str, i64, u128, Option<Version>)]) -> Aliases {
    let mut aliases = Aliases::default();
    for (text, clock, record, over) in claims {
        let claim = Claim { record: id(*record), over: over.iter().copied().collect() };
        aliases.add(key(text), version(*clock, *record), claim);
    }
    aliases
}

#[test]
fn the_id_of_a_known_key_never_changes() {
    let id = AliasId::of("person", &["s-001"]).0.to_string();
    assert_eq!(id, "69008f08-ad4b-57b1-9b54-1179ca197f32");
    assert_ne!(AliasId::of("person", &["ab", "c"]), AliasId::of("person", &["a", "bc"]));
    assert_ne!(AliasId::of("person", &["a"]), AliasId::of("course", &["a"]));
}

#[test]
fn two_records_of_one_key_become_the_smaller() {
    let redirects = aliases(&[("7", 1, 20, None), ("7", 2, 10, None)]).redirects();
    assert_eq!(redirects.all().collect::<Vec<_>>(), [(id(20), id(10))]);
}

#[test]
fn records_that_share_keys_in_a_row_become_one() {
    let claims = [("7", 1, 30, None), ("7", 2, 20, None), ("8", 3, 30, None), ("8", 4, 10, None)];
    let redirects = aliases(&claims).redirects();
    assert_eq!(redirects.resolve(id(30)), id(10));
    assert_eq!(redirects.resolve(id(20)), id(10));
}

#[test]
fn a_key_that_was_given_up_may_be_used_again() {
    let claims = [("7", 1, 20, None), ("8", 2, 20, None), ("7", 3, 10, Some(version(1, 20)))];
    assert_eq!(aliases(&claims).redirects().all().count(), 0);
}

#[test]
fn who_did_not_know_of_either_use_is_one_with_both() {
    let again = Some(version(1, 20));
    let claims = [("7", 1, 20, None), ("7", 3, 10, again), ("7", 2, 5, None)];
    let redirects = aliases(&claims).redirects();
    assert_eq!(redirects.all().map(|(_, to)| to).collect::<Vec<_>>(), [id(5), id(5)]);
}

#[test]
fn a_claim_takes_over_all_that_stand() {
    let mut all = aliases(&[("7", 1, 20, None), ("7", 2, 10, None)]);
    let standing = all.standing(key("7"));
    assert_eq!(standing.values().copied().collect::<Vec<_>>(), [id(20), id(10)]);
    let over = standing.into_keys().collect();
    all.add(key("7"), version(3, 5), Claim { record: id(5), over });
    assert_eq!(all.standing(key("7")).into_values().collect::<Vec<_>>(), [id(5)]);
    assert_eq!(all.redirects().resolve(id(5)), id(5));
    assert_eq!(all.redirects().all().count(), 1);
}

fn any_claims() -> impl Strategy<Value = Vec<(&'static str, i64, u128, Option<Version>)>> {
    let over = proptest::option::of((0..6_i64, 1..6_u128).prop_map(|(at, n)| version(at, n)));
    let keys = proptest::sample::select(vec!["7", "8", "9"]);
    proptest::collection::vec((keys, 0..6_i64, 1..6_u128, over), 0..8).prop_map(|claims| {
        // A version is one change: the same one says the same.
        let mut known = std::collections::BTreeMap::new();
        claims
            .into_iter()
            .filter(|(text, clock, record, over)| {
                known.entry((*clock, *record)).or_insert((*text, *over)) == &(*text, *over)
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn claims_join_in_any_order_and_as_often_as_they_come(
        claims in any_claims(), at in 0..8_usize,
    ) {
        let at = at.min(claims.len());
        let (one, other) = (aliases(&claims[..at]), aliases(&claims[at..]));
        let all = aliases(&claims);
        for parts in [[&one, &other, &one], [&other, &one, &all], [&all, &all, &one]] {
            let mut joined = Aliases::default();
            for part in parts {
                joined.join(part);
            }
            prop_assert_eq!(&joined, &all);
            prop_assert_eq!(joined.redirects(), all.redirects());
        }
    }

    #[test]
    fn what_became_one_stays_one(claims in any_claims(), at in 0..8_usize) {
        // Claims come after those that they name.
        let mut claims = claims;
        claims.sort_by_key(|(_, clock, record, _)| (*clock, *record));
        let before = aliases(&claims[..at.min(claims.len())]).redirects();
        let after = aliases(&claims).redirects();
        for (one, other) in before.all() {
            prop_assert_eq!(after.resolve(one), after.resolve(other));
        }
    }

    #[test]
    fn one_holder_is_left_whoever_is_asked_first(
        mut holders in proptest::collection::vec((0..3_u8, 1..5_u128, 0..9_i64), 0..9),
    ) {
        let judge = |holders: &[(u8, u128, i64)]| {
            let holder = |(key, record, at): &(u8, u128, i64)| Holder {
                key: *key, record: id(*record), since: version(*at, *record),
            };
            contested(holders.iter().map(holder))
        };
        let first = judge(&holders);
        holders.reverse();
        let twice = [holders.clone(), holders.clone()].concat();
        prop_assert_eq!(&judge(&holders), &first);
        prop_assert_eq!(&judge(&twice), &first);
    }
}

#[test]
fn whoever_took_it_first_keeps_it() {
    let holder =
        |record, clock| Holder { key: "R-1", record: id(record), since: version(clock, record) };
    let lost = contested([holder(1, 9), holder(2, 3), holder(3, 5)]);
    let to_second = |record| Contested { record: id(record), holder: id(2) };
    assert_eq!(lost, [to_second(1), to_second(3)]);
}
