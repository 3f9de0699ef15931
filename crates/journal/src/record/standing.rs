//! What stands of a record, and by which rule.

use super::{GONE, SAW, SETTLED};
use crate::alias::KEY;
use crate::version::Version;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

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
    pub(super) const FIELDS: [&'static str; 6] =
        ["active", "archived_at", "cancelled_at", "ended_at", "revoked_at", "withdrawn_at"];

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
    /// The change that wrote what stands, by field; that of a removal under [`GONE`], and that of a
    /// mark, which is a whole, under `status`.
    pub versions: BTreeMap<String, Version>,
    /// Changes that no later one names and that do not stand.
    pub others: BTreeSet<Version>,
    /// The latest change to any field.
    pub version: Option<Version>,
    /// Whether the record was taken away, or never made.
    pub gone: bool,
    /// What lost, by field and version.
    pub conflicts: Vec<Conflict>,
}

/// What a change has to name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// What it replaces, by field.
    pub over: BTreeMap<String, Version>,
    /// What lost already, of which it knows, too.
    pub saw: BTreeSet<Version>,
    /// Claims of its record's key that it takes over; none of what claims nothing.
    pub takes: Option<BTreeSet<Version>>,
    /// Conflicts that it settles.
    pub settles: BTreeSet<Version>,
}

impl Names {
    /// The latest reading that is named: the change's own is later.
    pub fn latest(&self) -> i64 {
        let takes = self.takes.iter().flatten();
        let all = self.over.values().chain(&self.saw).chain(takes).chain(&self.settles);
        all.map(|version| version.clock).max().unwrap_or_default()
    }

    /// As an entry holds it; none if nothing is named.
    pub fn replaced(&self) -> Option<Value> {
        let text = |versions: &BTreeSet<Version>| {
            versions.iter().map(Version::to_string).collect::<Vec<_>>().join(" ")
        };
        let fields = self.over.iter().map(|(field, at)| (field.clone(), at.to_string()));
        let sets = [(SAW, &self.saw), (SETTLED, &self.settles)].into_iter();
        let sets = sets.filter(|(_, versions)| !versions.is_empty());
        // Whoever claims a key and takes over nobody says so.
        let sets = sets.chain(self.takes.iter().map(|takes| (KEY, takes)));
        let all = fields.chain(sets.map(|(name, versions)| (name.to_owned(), text(versions))));
        let all: Map<_, _> = all.map(|(name, text)| (name, text.into())).collect();
        (!all.is_empty()).then_some(Value::Object(all))
    }

    /// What the other names, too; of a field that both name, the other's.
    pub fn join(&mut self, other: Self) {
        self.over.extend(other.over);
        self.saw.extend(other.saw);
        match (&mut self.takes, other.takes) {
            (Some(takes), Some(others)) => takes.extend(others),
            (takes, others) => *takes = takes.take().or(others),
        }
        self.settles.extend(other.settles);
    }
}

impl Standing {
    /// What a change that writes these fields should name: the versions that it replaces, and that
    /// of every removal and archive, for whoever changes such a record knows of it. With `all`
    /// every field and all that lost, as an archive and a removal do, which take away all of it,
    /// and a change of a mark, which is a whole.
    pub fn names(&self, written: &[&str], all: bool) -> Names {
        let named = self.versions.iter().filter(|(field, _)| {
            let field = field.as_str();
            all || field == GONE || Archive::FIELDS.contains(&field) || written.contains(&field)
        });
        let over = named.map(|(field, version)| (field.clone(), *version)).collect();
        let saw = if all { self.others.clone() } else { BTreeSet::new() };
        Names { over, saw, ..Names::default() }
    }
}
