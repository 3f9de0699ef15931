//! A record as the set of its changes. What stands is worked out from the set, so that neither
//! order nor repetition matters: joining two sets is their union.

mod mark;
mod register;
mod standing;

pub use standing::{Archive, Conflict, Names, Rule, Standing};

use crate::alias::KEY;
use crate::entry::Entry;
use crate::version::{Named, Version};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The field that says that a record was taken away altogether. No record of ours has it.
pub const GONE: &str = "(gone)";

/// The name under which a change tells of which changes it knew that had lost already.
pub const SAW: &str = "(saw)";

/// The name under which a change tells which conflicts it settles: what lost, and what it lost against
/// where that is replaced. Nothing else follows from it.
pub const SETTLED: &str = "(settled)";

/// Actions after which the record is not there any more, by their last word.
const REMOVALS: [&str; 3] = ["remove", "unfill", "unmake"];

/// One change to a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// Its place among all changes.
    pub version: Version,
    /// The node that made it.
    pub node: Uuid,
    /// What was written, by field.
    pub values: BTreeMap<String, Value>,
    /// What it knew of, by field; fields that it did not write, too.
    pub over: BTreeMap<String, Named>,
    /// What had lost already, of which it knew.
    pub saw: BTreeSet<Version>,
    /// Claims of its record's natural key that it takes over. None where it does not say: its node
    /// stood alone, and claims the keys that it holds once it replicates.
    pub takes: Option<BTreeSet<Version>>,
    /// What somebody looked at who decided by it, so that it is no conflict any more.
    pub settles: BTreeSet<Version>,
}

/// An entry that can't be read as a change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("entry {entry} can't be read: {why}")]
pub struct Unreadable {
    /// The entry.
    pub entry: Uuid,
    /// Why.
    pub why: &'static str,
}

impl Op {
    /// What an entry of a node says. A field that stood before and no longer after became null.
    pub fn of(entry: &Entry, node: Uuid) -> Result<Self, Unreadable> {
        let object = |text: Option<&String>, why| {
            let fields = text.map(|text| serde_json::from_str::<BTreeMap<String, Value>>(text));
            let fields = fields.transpose().map_err(|_| Unreadable { entry: entry.id.0, why });
            fields.map(Option::unwrap_or_default)
        };
        let before = object(entry.before.as_ref(), "its fields before are no object")?;
        let after = object(entry.after.as_ref(), "its fields after are no object")?;
        let replaced = object(entry.replaced.as_ref(), "what it replaced is no object")?;
        let mut over = BTreeMap::new();
        let (mut saw, mut settles, mut takes) = (BTreeSet::new(), BTreeSet::new(), None);
        let no_version = Unreadable { entry: entry.id.0, why: "it replaces what is no version" };
        for (field, named) in replaced {
            match field.as_str() {
                KEY => takes = Some(versions(&named).ok_or(no_version.clone())?),
                SAW => saw = versions(&named).ok_or(no_version.clone())?,
                SETTLED => settles = versions(&named).ok_or(no_version.clone())?,
                _ => {
                    over.insert(field, named_by(&named).ok_or(no_version.clone())?);
                }
            }
        }
        let version = Version::of(entry);
        if removes(&entry.action) {
            if over.is_empty() {
                over.insert(GONE.to_owned(), Named::Own(entry.clock));
            }
            let values = BTreeMap::from([(GONE.to_owned(), Value::Bool(true))]);
            return Ok(Self { version, node, values, over, saw, takes, settles });
        }
        let mut values = after;
        for field in before.into_keys() {
            values.entry(field).or_insert(Value::Null);
        }
        Ok(Self { version, node, values, over, saw, takes, settles })
    }

    /// Whether it names the other, which is earlier.
    fn names(&self, named: Named, other: &Self) -> bool {
        other.version < self.version
            && match named {
                Named::Change(version) => version == other.version,
                Named::Own(clock) => self.node == other.node && other.version.clock <= clock,
            }
    }

    /// Whether it names the other in any way.
    fn knows(&self, other: &Self) -> bool {
        let named = self.over.values().any(|named| self.names(*named, other));
        let saw = self.saw.contains(&other.version) || self.settles.contains(&other.version);
        named || (other.version < self.version && saw)
    }

    /// Whether it is about the record as a whole, so that it has to name all that it knows of: a
    /// change of a mark, an archive, a removal.
    pub fn is_whole(&self, rule: Rule) -> bool {
        let archives = |archive: Archive| {
            let field = archive.field();
            field.is_some_and(|(field, used)| {
                self.values.get(field).is_some_and(|value| *value != used)
            })
        };
        match rule {
            Rule::Mark => true,
            Rule::Fact => self.removes(),
            Rule::Register(archive) => self.removes() || archives(archive),
        }
    }

    /// Whether it says that the record is no longer there.
    pub fn removes(&self) -> bool {
        self.values.get(GONE) == Some(&Value::Bool(true))
    }
}

/// Whether an action takes its record away.
pub fn removes(action: &str) -> bool {
    action.rsplit('.').next().is_some_and(|word| REMOVALS.contains(&word))
}

fn named_by(named: &Value) -> Option<Named> {
    match named {
        Value::String(text) => text.parse().ok().map(Named::Change),
        Value::Number(number) => number.as_i64().map(Named::Own),
        _ => None,
    }
}

/// Versions with blanks between them.
fn versions(named: &Value) -> Option<BTreeSet<Version>> {
    named.as_str()?.split_whitespace().map(|version| version.parse().ok()).collect()
}

/// A record: every change to it that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    ops: BTreeMap<Version, Op>,
}

impl Record {
    /// Adds a change; the same one again changes nothing.
    pub fn add(&mut self, op: Op) {
        self.ops.entry(op.version).or_insert(op);
    }

    /// Adds all that the other has: its changes elsewhere, or those of a record that turned out
    /// to be the same.
    pub fn join(&mut self, other: &Self) {
        for op in other.ops.values() {
            self.add(op.clone());
        }
    }

    /// Its changes, the earliest first.
    pub fn ops(&self) -> impl DoubleEndedIterator<Item = &Op> {
        self.ops.values()
    }

    /// Whether somebody who knew of a change settled that it lost.
    fn is_settled(&self, lost: Version) -> bool {
        self.ops.values().any(|op| lost < op.version && op.settles.contains(&lost))
    }

    /// What stands by a rule; nothing if the record has no change.
    pub fn standing(&self, rule: Rule) -> Standing {
        match rule {
            Rule::Mark => mark::standing(self),
            Rule::Fact => register::standing(self, Archive::None, register::Wins::Earliest),
            Rule::Register(archive) => register::standing(self, archive, register::Wins::Latest),
        }
    }
}
