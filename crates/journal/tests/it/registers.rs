//! Registers and facts.

use crate::support::{op, record, version};
use muster_journal::record::{Archive, GONE, Op, Record, Rule, Standing};
use muster_journal::{Entry, Named};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const REGISTER: Rule = Rule::Register(Archive::At("archived_at"));

fn stands(ops: &[Op]) -> Standing {
    record(ops).standing(REGISTER)
}

fn made() -> Op {
    op(1, 1, &json!({"name": "Ada", "phone": "1"}), &[])
}

#[test]
fn edits_of_different_fields_both_survive() {
    let name = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let phone = op(3, 2, &json!({"phone": "2"}), &[("phone", version(1, 1))]);
    let standing = stands(&[made(), name, phone]);
    assert_eq!(
        standing.fields,
        BTreeMap::from([("name".to_owned(), json!("Eve")), ("phone".to_owned(), json!("2")),])
    );
    assert!(standing.conflicts.is_empty());
}

#[test]
fn of_two_edits_of_a_field_the_later_stands_and_the_earlier_is_a_conflict() {
    let one = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let other = op(3, 2, &json!({"name": "Eva"}), &[("name", version(1, 1))]);
    let standing = stands(&[made(), one, other]);
    assert_eq!(standing.fields["name"], "Eva");
    let conflict = &standing.conflicts[0];
    assert_eq!((conflict.kept, conflict.lost), (version(3, 2), version(2, 1)));
    assert_eq!((conflict.field.as_str(), &conflict.value), ("name", &json!("Eve")));
}

#[test]
fn the_same_value_from_two_sides_is_no_conflict() {
    let one = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let other = op(3, 2, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    assert!(stands(&[made(), one, other]).conflicts.is_empty());
}

#[test]
fn a_sequel_is_no_conflict_even_from_another_node() {
    let one = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let sequel = op(3, 2, &json!({"name": "Eva"}), &[("name", version(2, 1))]);
    let standing = stands(&[made(), one, sequel]);
    assert!(standing.conflicts.is_empty() && standing.fields["name"] == "Eva");
}

#[test]
fn an_equal_reading_of_another_node_is_not_taken_for_what_was_named() {
    let one = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let other = op(2, 2, &json!({"name": "Eva"}), &[("name", version(1, 1))]);
    let sequel = op(3, 2, &json!({"name": "Ewa"}), &[("name", version(2, 2))]);
    let standing = stands(&[made(), one, other, sequel]);
    assert_eq!(standing.conflicts.len(), 1);
    assert_eq!(standing.conflicts[0].lost, version(2, 1));
}

#[test]
fn an_edit_beats_an_archive_that_did_not_know_of_it() {
    let all = [("name", version(1, 1)), ("phone", version(1, 1))];
    let archive = op(5, 1, &json!({"archived_at": 9}), &all);
    let edit = op(3, 2, &json!({"phone": "2"}), &[("phone", version(1, 1))]);
    let standing = stands(&[made(), archive.clone(), edit]);
    assert_eq!(standing.fields["archived_at"], Value::Null);
    assert_eq!(standing.fields["phone"], "2");
    assert_eq!(standing.conflicts[0].field, "archived_at");
    assert_eq!(standing.conflicts[0].value, 9);
    assert_eq!(stands(&[made(), archive]).fields["archived_at"], 9);
}

#[test]
fn an_archive_that_knew_of_the_edit_stands() {
    let edit = op(3, 2, &json!({"phone": "2"}), &[("phone", version(1, 1))]);
    let all = [("name", version(1, 1)), ("phone", version(3, 2))];
    let archive = op(5, 1, &json!({"archived_at": 9}), &all);
    let standing = stands(&[made(), edit, archive]);
    assert_eq!(standing.fields["archived_at"], 9);
    assert!(standing.conflicts.is_empty());
}

#[test]
fn an_edit_after_the_archive_was_taken_back_is_no_conflict() {
    let all = [("name", version(1, 1)), ("phone", version(1, 1))];
    let archive = op(5, 1, &json!({"archived_at": 9}), &all);
    let back = op(6, 2, &json!({"archived_at": null}), &[("archived_at", version(5, 1))]);
    let over = [("phone", version(1, 1)), ("archived_at", version(6, 2))];
    let edit = op(7, 3, &json!({"phone": "2"}), &over);
    let standing = stands(&[made(), archive, back, edit]);
    assert_eq!(
        (standing.fields["archived_at"].clone(), standing.conflicts.len()),
        (Value::Null, 0)
    );
}

#[test]
fn an_archive_that_knew_of_an_edit_that_had_lost_stands() {
    let lost = op(2, 2, &json!({"phone": "2"}), &[("phone", version(1, 1))]);
    let won = op(3, 3, &json!({"phone": "3"}), &[("phone", version(1, 1))]);
    let before = stands(&[made(), lost.clone(), won.clone()]);
    let names = before.names(&["archived_at"], true);
    let over: Vec<_> = names.over.iter().map(|(field, at)| (field.as_str(), *at)).collect();
    let mut archive = op(5, 1, &json!({"archived_at": 9}), &over);
    archive.saw = names.saw;
    assert_eq!(stands(&[made(), lost, won, archive]).fields["archived_at"], 9);
}

#[test]
fn what_was_removed_is_gone_and_comes_back_when_made_anew() {
    let all = [("name", version(1, 1)), ("phone", version(1, 1))];
    let removal = op(5, 2, &json!({GONE: true}), &all);
    assert!(stands(&[made(), removal.clone()]).gone);
    let again = op(6, 3, &json!({"name": "Ida", "phone": "3"}), &[(GONE, version(5, 2))]);
    let standing = stands(&[made(), removal, again]);
    assert!(!standing.gone && standing.fields["name"] == "Ida");
    // The first telling is not named by the new one, but by nothing else either: it lost.
    assert!(standing.conflicts.iter().all(|conflict| conflict.lost == version(1, 1)));
}

#[test]
fn an_edit_beats_a_removal_that_did_not_know_of_it() {
    let all = [("name", version(1, 1)), ("phone", version(1, 1))];
    let removal = op(5, 2, &json!({GONE: true}), &all);
    let edit = op(4, 3, &json!({"phone": "2"}), &[("phone", version(1, 1))]);
    let standing = stands(&[made(), removal, edit]);
    assert!(!standing.gone);
    assert_eq!(standing.conflicts[0].field, GONE);
}

#[test]
fn a_fact_is_as_it_was_first_told_and_what_happened_to_it_happened() {
    let first = op(1, 1, &json!({"amount": 5, "state": "pending"}), &[]);
    let again = op(2, 2, &json!({"amount": 6, "state": "pending"}), &[]);
    let paid = op(3, 2, &json!({"state": "completed"}), &[("state", version(2, 2))]);
    let standing = record(&[first, again, paid]).standing(Rule::Fact);
    assert_eq!(standing.fields["amount"], 5);
    assert_eq!(standing.fields["state"], "completed");
    assert!(standing.conflicts.is_empty());
}

#[test]
fn a_change_names_what_stands_and_an_archive_all_of_it() {
    let removal = op(2, 2, &json!({GONE: true}), &[("name", version(1, 1))]);
    let again = op(3, 1, &json!({"name": "Ida"}), &[(GONE, version(2, 2))]);
    let standing = stands(&[made(), removal, again]);
    let names = standing.names(&["name"], false).over;
    assert_eq!(
        names,
        BTreeMap::from([(GONE.to_owned(), version(2, 2)), ("name".to_owned(), version(3, 1)),])
    );
    assert_eq!(standing.names(&[], true).over.len(), 3);
}

#[test]
fn entries_say_what_changed_and_what_they_replaced() {
    let entry = Entry {
        before: Some(r#"{"name":"Ada","phone":"1"}"#.to_owned()),
        after: Some(r#"{"name":"Eve"}"#.to_owned()),
        replaced: Some(format!(r#"{{"name":4,"phone":"{}"}}"#, version(3, 2))),
        ..crate::support::mark(1, 1, 1)
    };
    let op = Op::of(&entry, crate::support::id(9)).unwrap();
    assert_eq!(
        op.values,
        BTreeMap::from([("name".to_owned(), json!("Eve")), ("phone".to_owned(), Value::Null),])
    );
    assert_eq!(
        op.over,
        BTreeMap::from([
            ("name".to_owned(), Named::Own(4)),
            ("phone".to_owned(), Named::Change(version(3, 2))),
        ])
    );
    let removal = Entry { action: "fee.remove".to_owned(), ..entry.clone() };
    let op = Op::of(&removal, crate::support::id(9)).unwrap();
    assert_eq!(op.values, BTreeMap::from([(GONE.to_owned(), Value::Bool(true))]));
    for replaced in ["[]", r#"{"name":"x"}"#, r#"{"name":null}"#] {
        let entry = Entry { replaced: Some(replaced.to_owned()), ..entry.clone() };
        assert!(Op::of(&entry, crate::support::id(9)).is_err(), "{replaced}");
    }
}

/// Changes of three nodes to one record; each names changes at random, its own or not.
fn any_ops() -> impl Strategy<Value = Vec<Op>> {
    let field = || proptest::sample::select(vec!["name", "phone", "archived_at", GONE, "status"]);
    let named = prop_oneof![
        3 => (0..9_i64, 1..4_u128).prop_map(|(clock, node)| Named::Change(version(clock, node))),
        1 => (0..9_i64).prop_map(Named::Own),
    ];
    let value = prop_oneof![Just(Value::Null), Just(json!(true)), (0..3).prop_map(Value::from)];
    let one = (
        0..9_i64,
        1..4_u128,
        proptest::collection::btree_map(field(), value, 1..3),
        proptest::collection::btree_map(field(), named, 0..3),
    );
    let one = one.prop_map(|(clock, node, values, over)| Op {
        version: version(clock, node),
        node: crate::support::id(node),
        values: values.into_iter().map(|(field, value)| (field.to_owned(), value)).collect(),
        over: over.into_iter().map(|(field, named)| (field.to_owned(), named)).collect(),
        saw: std::collections::BTreeSet::new(),
        takes: None,
        settles: std::collections::BTreeSet::new(),
    });
    proptest::collection::vec(one, 0..9).prop_map(|ops| {
        let mut known = std::collections::BTreeSet::new();
        ops.into_iter().filter(|op| known.insert(op.version)).collect()
    })
}

fn joined(parts: &[&Record]) -> Record {
    let mut all = Record::default();
    for part in parts {
        all.join(part);
    }
    all
}

proptest! {
    #[test]
    fn every_join_is_commutative_associative_and_idempotent(
        ops in any_ops(), first in 0..9_usize, second in 0..9_usize,
    ) {
        let (first, second) = (first.min(ops.len()), second.min(ops.len()));
        let (low, high) = (first.min(second), first.max(second));
        let (a, b, c) = (record(&ops[..low]), record(&ops[low..high]), record(&ops[high..]));
        let (left, right) = (joined(&[&joined(&[&a, &b]), &c]), joined(&[&a, &joined(&[&b, &c])]));
        for rule in [Rule::Fact, REGISTER, Rule::Register(Archive::Active), Rule::Mark] {
            let all = record(&ops).standing(rule);
            prop_assert_eq!(&left.standing(rule), &all);
            prop_assert_eq!(&right.standing(rule), &all);
            prop_assert_eq!(&joined(&[&c, &a, &b]).standing(rule), &all);
            prop_assert_eq!(&joined(&[&left, &left, &b]).standing(rule), &all);
        }
    }

    #[test]
    fn nothing_that_was_written_is_lost(ops in any_ops()) {
        // What stands, what is a conflict, or what a later change names: nothing else.
        let ops: Vec<_> = ops.into_iter()
            .filter(|op| op.values.keys().all(|field| field == "name" || field == "phone"))
            .collect();
        let standing = record(&ops).standing(Rule::Register(Archive::None));
        for op in &ops {
            for (field, value) in &op.values {
                let stands = standing.fields.get(field) == Some(value);
                let listed = standing.conflicts.iter().any(|lost| lost.lost == op.version);
                let named = ops.iter().any(|later| {
                    later.version > op.version && later.values.contains_key(field)
                        && match later.over.get(field) {
                            Some(Named::Change(version)) => *version == op.version,
                            Some(Named::Own(clock)) => later.node == op.node && op.version.clock <= *clock,
                            None => false,
                        }
                });
                prop_assert!(stands || listed || named, "{field} of {}", op.version);
            }
        }
    }
}

#[test]
fn a_conflict_that_somebody_settled_is_none_any_more_and_nothing_else_changes() {
    let one = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let other = op(3, 2, &json!({"name": "Eva"}), &[("name", version(1, 1))]);
    let kept = Op { settles: [one.version].into(), ..op(4, 1, &json!({}), &[]) };
    let (before, after) = (
        stands(&[made(), one.clone(), other.clone()]),
        stands(&[made(), one.clone(), other.clone(), kept.clone()]),
    );
    assert_eq!((before.conflicts.len(), after.conflicts.len()), (1, 0));
    assert_eq!((&after.fields, &after.versions), (&before.fields, &before.versions));
    // A change elsewhere that knew of neither is a conflict of its own.
    let third = op(3, 3, &json!({"name": "Evi"}), &[("name", version(1, 1))]);
    let lost: Vec<_> =
        stands(&[made(), one, other, kept, third]).conflicts.iter().map(|c| c.lost).collect();
    assert_eq!(lost, [version(3, 2)]);
}

#[test]
fn what_is_restored_stands_and_names_both() {
    let one = op(2, 1, &json!({"name": "Eve"}), &[("name", version(1, 1))]);
    let other = op(3, 2, &json!({"name": "Eva"}), &[("name", version(1, 1))]);
    let settles = [one.version, other.version].into();
    let restored = Op { settles, ..op(4, 3, &json!({"name": "Eve"}), &[("name", other.version)]) };
    let standing = stands(&[made(), one, other, restored]);
    assert_eq!((&standing.fields["name"], standing.conflicts.len()), (&json!("Eve"), 0));
}

#[test]
fn an_archive_that_lost_is_settled_and_the_record_stays_in_use() {
    let edit = op(2, 1, &json!({"phone": "2"}), &[("phone", version(1, 1))]);
    let archive = op(
        3,
        2,
        &json!({"archived_at": 9}),
        &[("name", version(1, 1)), ("phone", version(1, 1)), ("archived_at", version(1, 1))],
    );
    let before = stands(&[made(), edit.clone(), archive.clone()]);
    assert_eq!((before.conflicts.len(), &before.fields["archived_at"]), (1, &Value::Null));
    let kept = Op { settles: [archive.version].into(), ..op(4, 1, &json!({}), &[]) };
    let after = stands(&[made(), edit, archive, kept]);
    assert_eq!((after.conflicts.len(), &after.fields["archived_at"]), (0, &Value::Null));
}
