//! Registers and facts: field by field, a change drops out when a later one names it; among those
//! that are left one stands.

use super::{Archive, Conflict, GONE, Op, Record, Standing};
use crate::version::Named;
use serde_json::Value;
use std::collections::BTreeSet;

/// Which of the changes that do not know of each other stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wins {
    Earliest,
    Latest,
}

pub(super) fn standing(record: &Record, archive: Archive, wins: Wins) -> Standing {
    let mut standing = Standing {
        version: record.ops().next_back().map(|op| op.version),
        gone: true,
        ..Standing::default()
    };
    let fields: BTreeSet<_> = record.ops().flat_map(|op| op.values.keys()).collect();
    for field in fields.into_iter().filter(|field| *field != GONE) {
        let heads = heads(record, field);
        // What happened to a fact later names what it was; else it is as it was first told.
        let happened = heads.iter().rev().find(|op| op.over.contains_key(field));
        let stands = match wins {
            Wins::Earliest => happened.or(heads.first()),
            Wins::Latest => heads.last(),
        };
        let Some((stands, value)) = stands.and_then(|op| Some((op, op.values.get(field)?))) else {
            continue;
        };
        standing.fields.insert(field.clone(), value.clone());
        standing.versions.insert(field.clone(), stands.version);
        let others = heads.iter().map(|op| op.version);
        standing.others.extend(others.filter(|version| *version != stands.version));
        if wins == Wins::Latest {
            let lost = heads.iter().filter_map(|op| conflict(field, stands, op));
            standing.conflicts.extend(lost.filter(|conflict| conflict.value != *value));
        }
    }
    in_use(record, archive, &mut standing);
    there(record, &mut standing);
    standing.conflicts.retain(|lost| !record.is_settled(lost.lost));
    let place = |lost: &Conflict| (lost.field.clone(), lost.lost, lost.kept);
    standing.conflicts.sort_by_key(place);
    standing.conflicts.dedup_by_key(|lost| (lost.field.clone(), lost.lost));
    standing
}

fn conflict(field: &str, kept: &Op, lost: &Op) -> Option<Conflict> {
    let value = lost.values.get(field)?.clone();
    Some(Conflict { field: field.to_owned(), kept: kept.version, lost: lost.version, value })
}

/// The changes of a field that no other change of it names, the earliest first.
fn heads<'r>(record: &'r Record, field: &str) -> Vec<&'r Op> {
    let writes = || record.ops().filter(|op| op.values.contains_key(field));
    let named = |earlier: &Op| {
        writes().any(|op| op.over.get(field).is_some_and(|named| op.names(*named, earlier)))
    };
    writes().filter(|op| !named(op)).collect()
}

/// An archive against an edit that does not know of it, nor it of the edit: the record stays in
/// use, and the archive is a conflict.
fn in_use(record: &Record, archive: Archive, standing: &mut Standing) {
    let Some((field, used)) = archive.field() else { return };
    if standing.fields.get(field).is_none_or(|value| *value == used) {
        return;
    }
    let taking = heads(record, field).into_iter().filter(|op| op.values.get(field) != Some(&used));
    let beaten = taking.map(|op| conflict(field, unknown_edit(record, op, field)?, op));
    // One that stands is enough.
    if let Some(beaten) = beaten.collect::<Option<Vec<_>>>() {
        standing.fields.insert(field.to_owned(), used);
        standing.conflicts.extend(beaten);
    }
}

/// The same for a removal; whatever was made anew after it is there again.
fn there(record: &Record, standing: &mut Standing) {
    let removals: Vec<_> = heads(record, GONE).into_iter().filter(|op| op.removes()).collect();
    let remade = |removal: &Op| {
        let knows = |op: &Op| op.over.get(GONE).is_some_and(|named| op.names(*named, removal));
        record.ops().any(|op| !op.removes() && knows(op))
    };
    let last = record.ops().rev().find(|op| op.removes());
    standing.versions.extend(last.map(|removal| (GONE.to_owned(), removal.version)));
    let mut gone = record.ops().all(Op::removes);
    for removal in removals.into_iter().filter(|removal| !remade(removal)) {
        match unknown_edit(record, removal, GONE) {
            Some(kept) => standing.conflicts.extend(conflict(GONE, kept, removal)),
            None => gone = true,
        }
    }
    standing.gone = gone;
}

/// The latest change of which `taking` did not know and that did not know of it.
fn unknown_edit<'r>(record: &'r Record, taking: &Op, field: &str) -> Option<&'r Op> {
    let seen = || taking.saw.iter().filter(|lost| **lost < taking.version);
    let seen = || seen().filter_map(|lost| record.ops.get(lost)).chain([taking]);
    record.ops().rev().find(|edit| {
        let edits = edit.values.keys().any(|key| key != field && key != GONE);
        let known = |by: &Op| {
            by.version == edit.version || edit.values.keys().any(|key| knows(record, by, edit, key))
        };
        edits && !seen().any(known) && !knows(record, edit, taking, field)
    })
}

/// Whether one change knew of the other's write of a field: it names it, or one that knew of it.
/// What is named is earlier, so that this ends whatever entries say.
fn knows(record: &Record, one: &Op, other: &Op, field: &str) -> bool {
    let mut at = one;
    loop {
        let Some(named) = at.over.get(field) else { return false };
        if at.names(*named, other) {
            return true;
        }
        let Named::Change(version) = named else { return false };
        match record.ops.get(version).filter(|before| before.version < at.version) {
            Some(before) => at = before,
            None => return false,
        }
    }
}

/// Whether a value is one that anybody gave.
pub(super) fn given(value: Option<&Value>) -> Option<&Value> {
    value.filter(|value| !value.is_null())
}
