//! Marks: which of several stands.

use crate::support::{op, record, version};
use muster_journal::Version;
use muster_journal::record::{GONE, Op, Rule, Standing};
use serde_json::json;

fn mark(clock: i64, node: u128, method: &str, status: &str, at: i64) -> Op {
    op(clock, node, &json!({"method": method, "status": status, "at": at}), &[])
}

fn over(mark: Op, named: &[(i64, u128)]) -> Op {
    let over = named.iter().map(|(clock, node)| {
        ("status".to_owned(), muster_journal::Named::Change(version(*clock, *node)))
    });
    Op { over: over.collect(), ..mark }
}

fn stands(ops: &[Op]) -> Standing {
    record(ops).standing(Rule::Mark)
}

/// Which of these stands, whichever came first.
fn winner(one: &Op, other: &Op) -> Version {
    let first = stands(&[one.clone(), other.clone()]);
    let second = stands(&[other.clone(), one.clone()]);
    assert_eq!(first, second);
    first.versions["status"]
}

#[test]
fn a_persons_word_beats_a_code_a_code_beats_leave_and_leave_beats_absence() {
    let ranked = [
        mark(9, 1, "filler", "absent", 1),
        mark(8, 2, "filler", "excused", 2),
        mark(7, 3, "qr", "present", 3),
        mark(6, 4, "manual", "absent", 4),
    ];
    for (at, lower) in ranked.iter().enumerate() {
        for higher in &ranked[at + 1..] {
            assert_eq!(winner(lower, higher), higher.version);
        }
    }
}

#[test]
fn the_earliest_of_codes_and_the_latest_of_words_stands() {
    let (early, late) = (mark(9, 1, "qr", "present", 5), mark(2, 2, "code", "late", 6));
    assert_eq!(winner(&early, &late), early.version);
    let (earlier, later) = (mark(2, 1, "manual", "present", 9), mark(3, 2, "bulk", "absent", 1));
    assert_eq!(winner(&earlier, &later), later.version);
}

#[test]
fn ties_go_by_clock_and_then_by_entry() {
    let same = |clock, node| mark(clock, node, "qr", "present", 5);
    assert_eq!(winner(&same(3, 1), &same(2, 2)), version(2, 2));
    assert_eq!(winner(&same(3, 1), &same(3, 2)), version(3, 1));
    let word = |clock, node| mark(clock, node, "manual", "late", 5);
    assert_eq!(winner(&word(3, 1), &word(3, 2)), version(3, 2));
}

#[test]
fn a_word_that_lost_against_another_status_is_a_conflict() {
    let (one, other) = (mark(2, 1, "manual", "present", 9), mark(3, 2, "manual", "absent", 1));
    let standing = stands(&[one.clone(), other]);
    assert_eq!(standing.conflicts.len(), 1);
    assert_eq!(standing.conflicts[0].lost, one.version);
    assert_eq!(standing.conflicts[0].value["status"], "present");
    let alike = [one, mark(3, 2, "manual", "present", 1)];
    assert!(stands(&alike).conflicts.is_empty());
    let automatic = [mark(2, 1, "qr", "present", 9), mark(3, 2, "manual", "absent", 1)];
    assert!(stands(&automatic).conflicts.is_empty());
}

#[test]
fn what_names_a_mark_replaces_it_whoever_ranks_higher() {
    let manual = mark(2, 1, "bulk", "present", 9);
    let undone = over(mark(3, 1, "qr", "late", 4), &[(2, 1)]);
    assert_eq!(winner(&manual, &undone), undone.version);
}

#[test]
fn a_change_keeps_the_fields_that_it_does_not_tell() {
    let first = mark(2, 1, "manual", "present", 9);
    let change = over(op(3, 2, &json!({"status": "absent", "at": 12}), &[]), &[(2, 1)]);
    let standing = stands(&[first, change]);
    assert_eq!(standing.fields["method"], "manual");
    assert_eq!(
        (&standing.fields["status"], &standing.fields["at"]),
        (&json!("absent"), &json!(12))
    );
}

#[test]
fn fillers_go_when_a_session_opens_again_and_a_mark_made_meanwhile_stays() {
    let filler = mark(2, 1, "filler", "absent", 9);
    let reopened = over(op(3, 1, &json!({GONE: true}), &[]), &[(2, 1)]);
    assert!(stands(&[filler.clone(), reopened.clone()]).gone);
    let offline = mark(1, 2, "qr", "present", 3);
    let standing = stands(&[filler, reopened, offline]);
    assert!(!standing.gone && standing.fields["method"] == "qr");
}

#[test]
fn a_session_that_opens_again_takes_all_fillers_with_it() {
    let (one, other) = (mark(2, 1, "filler", "absent", 9), mark(3, 2, "filler", "absent", 9));
    let names = stands(&[one.clone(), other.clone()]).names(&[], true);
    let over: Vec<_> = names.over.iter().map(|(field, at)| (field.as_str(), *at)).collect();
    let mut removal = op(4, 3, &json!({GONE: true}), &over);
    removal.saw = names.saw;
    assert!(stands(&[one, other, removal]).gone);
}

#[test]
fn a_word_that_was_settled_is_no_conflict_and_what_stood_stands() {
    let (one, other) = (mark(2, 1, "manual", "present", 9), mark(3, 2, "manual", "absent", 1));
    let kept = over(op(4, 1, &json!({}), &[]), &[(3, 2)]);
    let kept = Op { settles: [one.version].into(), ..kept };
    let standing = stands(&[one.clone(), other.clone(), kept]);
    assert_eq!((&standing.fields["status"], standing.conflicts.len()), (&json!("absent"), 0));
    let settles = [one.version, other.version].into();
    let restored = Op { settles, ..mark(4, 1, "manual", "present", 9) };
    let standing = stands(&[one, other, restored]);
    assert_eq!((&standing.fields["status"], standing.conflicts.len()), (&json!("present"), 0));
}
