//! The table of kinds: none that the program journals lacks a join.

use crate::support::mark;
use muster_journal::Entry;
use muster_journal::kinds::{Join, KINDS, kind_of, rule_of, travels};
use muster_journal::record::Rule;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Kinds that the program names: the second argument of each `Change::new(…`.
fn journalled(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            journalled(&path, found);
        } else if path.extension().is_some_and(|end| end == "rs") {
            let source = fs::read_to_string(path).unwrap();
            let calls = source.split("Change::new(").skip(1);
            let kinds = calls.filter_map(|call| call.split(',').nth(1)?.trim().strip_prefix('"'));
            found.extend(kinds.filter_map(|kind| kind.split('"').next()).map(str::to_owned));
        }
    }
}

#[test]
fn every_kind_that_is_journalled_has_a_join() {
    let mut found = BTreeSet::new();
    for name in ["app", "demo", "storage"] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("src");
        journalled(&source, &mut found);
    }
    assert!(found.len() > 40, "{found:?}");
    let lacking: Vec<_> = found.iter().filter(|kind| kind_of(kind).is_none()).collect();
    assert!(lacking.is_empty(), "no join: {lacking:?}");
    let unused: Vec<_> = KINDS.iter().filter(|kind| !found.contains(kind.entity)).collect();
    assert!(unused.is_empty(), "nobody writes {unused:?}");
}

#[test]
fn kinds_stand_in_order() {
    assert!(KINDS.is_sorted_by(|one, next| one.entity < next.entity));
}

#[test]
fn entries_about_a_person_that_are_not_its_record_change_nothing() {
    let entry = |action: &str, entity: &str| Entry {
        action: action.to_owned(),
        entity: entity.to_owned(),
        ..mark(1, 1, 1)
    };
    assert!(matches!(rule_of(&entry("person.change", "person")), Some(Rule::Register(_))));
    assert_eq!(rule_of(&entry("password.change", "person")), None);
    assert_eq!(rule_of(&entry("enrolment.transfer", "class")), None);
    assert!(rule_of(&entry("verifier.revoke", "verifier_device")).is_some());
    assert_eq!(rule_of(&mark(1, 1, 1)), Some(Rule::Mark));
    assert!(travels(&entry("password.change", "person")));
    assert!(!travels(&entry("login.start", "login")));
    assert_eq!(kind_of("login").unwrap().join, Join::Local);
    assert_eq!(rule_of(&entry("nothing.known", "nothing")), None);
}

#[test]
fn sessions_of_a_meeting_or_of_a_quarter_of_an_hour_are_one() {
    let alias = |fields: &Value| kind_of("session").unwrap().alias(|field| fields.get(field));
    let minute = 60_000_000_i64;
    let opened = |at: i64, mode: &str| {
        alias(&json!({"class": "c", "meeting": null, "opened_at": at * minute, "mode": mode}))
    };
    assert_eq!(opened(600, "in_class"), opened(614, "in_class"));
    assert_ne!(opened(600, "in_class"), opened(615, "in_class"));
    assert_ne!(opened(600, "in_class"), opened(600, "online"));
    let meeting = |at: i64| {
        alias(&json!({"class": "c", "meeting": "m", "opened_at": at, "mode": "in_class"}))
    };
    assert_eq!(meeting(1), meeting(100 * minute));
    assert!(alias(&json!({"class": "c"})).is_none());
}

#[test]
fn what_people_type_is_a_key_whatever_its_case() {
    let alias = |number: &str| {
        let fields = json!({"number": number});
        kind_of("person").unwrap().alias(|field| fields.get(field)).unwrap()
    };
    assert_eq!(alias("ÄB-1"), alias("äb-1"));
    assert!(kind_of("person").unwrap().is_keyed_by("number"));
    assert!(kind_of("session").unwrap().is_keyed_by("opened_at"));
    assert!(!kind_of("person").unwrap().is_keyed_by("name"));
}
