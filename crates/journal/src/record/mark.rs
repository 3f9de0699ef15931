//! Marks: what names another replaces it, whoever ranks higher; between marks that do not know of
//! each other a person's word beats a code, a code beats what was filled in at closing.

use super::register::given;
use super::{Conflict, GONE, Op, Record, Standing};
use crate::version::{Named, Version};
use muster_domain::attendance::{Method, Status};
use serde_json::Value;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The one with the greatest key stands. A leave that was filled in is a filler that knows more;
/// a student on leave who comes is present, as on one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Gone,
    Filler,
    Leave,
    /// The earliest.
    Automatic(Reverse<i64>),
    Manual,
}

pub(super) fn standing(record: &Record) -> Standing {
    let heads: Vec<_> = record.ops().filter(|op| !is_named(record, op)).collect();
    let marks = heads.iter().map(|op| (*op, whole(record, op)));
    let mut marks: Vec<_> = marks.map(|(op, fields)| (key(op, &fields), op, fields)).collect();
    marks.sort_by_key(|(key, ..)| *key);
    let version = record.ops().next_back().map(|op| op.version);
    let Some((stands, kept, fields)) = marks.pop() else {
        return Standing { gone: true, ..Standing::default() };
    };
    let lost = marks.into_iter().filter(|(key, ..)| key.0 == Rank::Manual);
    let lost = lost.filter(|(_, _, lost)| lost.get("status") != fields.get("status"));
    let conflicts = lost.map(|(_, op, fields)| Conflict {
        field: "status".to_owned(),
        kept: kept.version,
        lost: op.version,
        value: Value::Object(fields.into_iter().collect()),
    });
    let conflicts = conflicts.collect();
    let gone = stands.0 == Rank::Gone;
    let whole = if gone { GONE } else { "status" };
    let versions = BTreeMap::from([(whole.to_owned(), kept.version)]);
    let others = heads.iter().map(|op| op.version).filter(|other| *other != kept.version);
    Standing { fields, versions, others: others.collect(), version, gone, conflicts }
}

/// Ties go to the later of two words of people, to the earlier of anything else.
fn key(op: &Op, fields: &BTreeMap<String, Value>) -> (Rank, Tie) {
    let rank = rank(op, fields);
    let tie = if rank == Rank::Manual {
        Tie::Later(op.version)
    } else {
        Tie::Earlier(Reverse(op.version))
    };
    (rank, tie)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tie {
    Later(Version),
    Earlier(Reverse<Version>),
}

fn rank(op: &Op, fields: &BTreeMap<String, Value>) -> Rank {
    let text = |field: &str| given(fields.get(field)).and_then(Value::as_str);
    let method = text("method").and_then(Method::from_key);
    match method {
        _ if op.removes() => Rank::Gone,
        Some(Method::Filler) if text("status") == Some(Status::Excused.key()) => Rank::Leave,
        Some(Method::Filler) => Rank::Filler,
        Some(Method::Manual | Method::Bulk | Method::Import) => Rank::Manual,
        _ => {
            let at = given(fields.get("at")).and_then(Value::as_i64);
            Rank::Automatic(Reverse(at.unwrap_or(i64::MAX)))
        }
    }
}

fn is_named(record: &Record, earlier: &Op) -> bool {
    record.ops().any(|op| op.knows(earlier))
}

/// A change holds the fields alone that differ from the mark that it replaced.
fn whole(record: &Record, op: &Op) -> BTreeMap<String, Value> {
    if op.removes() {
        return BTreeMap::new();
    }
    let mut chain = vec![op];
    while let Some(before) = chain.last().and_then(|op| replaced(record, op)) {
        chain.push(before);
    }
    let mut fields = BTreeMap::new();
    for op in chain.into_iter().rev() {
        if op.removes() {
            fields.clear();
        } else if fields.is_empty() {
            fields.clone_from(&op.values);
        } else {
            fields.extend(op.values.clone());
        }
    }
    fields
}

/// The latest of those that it names.
fn replaced<'r>(record: &'r Record, op: &Op) -> Option<&'r Op> {
    let named = |named: &Named| match *named {
        Named::Change(version) => record.ops.get(&version).filter(|_| version < op.version),
        Named::Own(_) => record
            .ops
            .range(..op.version)
            .rev()
            .map(|(_, before)| before)
            .find(|before| op.names(*named, before)),
    };
    op.over.values().filter_map(named).max_by_key(|before| before.version)
}
