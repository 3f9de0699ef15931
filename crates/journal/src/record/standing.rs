//! What stands of a record, and by which rule.

use super::GONE;
use crate::version::Version;
use serde_json::Value;
use std::collections::BTreeMap;

/// How changes to a record join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Written once: the earliest telling stands, and what happened to it later.
    Fact,
    /// Field by field the latest stands, and what it did not know of is a conflict.
    Register(Archive),
    /// By rank.
    Mark,
}

/// The field by which a record is taken out of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Archive {
    /// It is never.
    None,
    /// By a time in that field.
    At(&'static str),
    /// By `active`, which is no longer true.
    Active,
}

impl Archive {
    /// All such fields.
    pub(super) const FIELDS: [&'static str; 5] =
        ["active", "archived_at", "cancelled_at", "ended_at", "revoked_at"];

    /// The field, and its value while the record is in use.
    pub(super) fn field(self) -> Option<(&'static str, Value)> {
        match self {
            Self::None => None,
            Self::At(field) => Some((field, Value::Null)),
            Self::Active => Some(("active", Value::Bool(true))),
        }
    }
}

/// A change that lost against one that did not know of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The field; of a mark `status`.
    pub field: String,
    /// The change that stands.
    pub kept: Version,
    /// The one that lost.
    pub lost: Version,
    /// What it wrote, to be restored.
    pub value: Value,
}

/// What stands of a record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// By field.
    pub fields: BTreeMap<String, Value>,
    /// The change that wrote what stands, by field; that of a removal under [`GONE`](super::GONE).
    pub versions: BTreeMap<String, Version>,
    /// The latest change to any field.
    pub version: Option<Version>,
    /// Whether the record was taken away, or never made.
    pub gone: bool,
    /// What lost, by field and version.
    pub conflicts: Vec<Conflict>,
}

impl Standing {
    /// What a change that writes these fields should name: the versions that it replaces, and that
    /// of every removal and archive, for whoever changes such a record knows of it. With `all`
    /// every field, as an archive and a removal do: they take away all of it.
    pub fn names(&self, written: &[&str], all: bool) -> BTreeMap<String, Version> {
        let named = self.versions.iter().filter(|(field, _)| {
            let field = field.as_str();
            all || field == GONE || Archive::FIELDS.contains(&field) || written.contains(&field)
        });
        named.map(|(field, version)| (field.clone(), *version)).collect()
    }
}
