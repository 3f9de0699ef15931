//! One conflict as pages, programs and tables show it.

use crate::conflicts::{Names, Subject, field_words, kind_words, subject, value_words};
use crate::times;
use muster_app::conflicts::{self, Held, Told, Write};
use muster_app::settings::Settings;
use muster_journal::record::GONE;
use uuid::Uuid;

/// Somebody's write of a field, in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Side {
    /// What was written.
    pub value: String,
    /// Who wrote it.
    pub by: String,
    /// When.
    pub at: String,
    /// On which node.
    pub node: String,
}

/// A conflict in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// By what it is found.
    pub name: String,
    /// What kind of record.
    pub kind: &'static str,
    /// Which.
    pub subject: Subject,
    /// The field.
    pub field: String,
    /// What was overwritten.
    pub lost: Side,
    /// What stands.
    pub stands: Side,
    /// The record's version, for whoever settles it.
    pub version: String,
    /// Whether it can be written back.
    pub restorable: bool,
    /// What became of it, by whom and when; empty while it waits.
    pub outcome: String,
    /// Why.
    pub reason: String,
    /// When it was listed.
    pub listed: String,
}

impl Shown {
    /// All that are held.
    pub fn all(settings: &Settings, held: &Held) -> Vec<Self> {
        held.items.iter().map(|told| Self::of(settings, held, told)).collect()
    }

    /// One of them.
    pub fn of(settings: &Settings, held: &Held, told: &Told) -> Self {
        let row = &told.row;
        let (entity, field) = (row.entity.as_str(), row.field.as_str());
        let mut stands = side(settings, held, told, &told.stands);
        if field == GONE {
            "It is there".clone_into(&mut stands.value);
        }
        Self {
            name: conflicts::name(row),
            kind: kind_words(entity),
            subject: subject(settings, &held.names, (entity, row.record)),
            field: field_words(entity, field),
            lost: side(settings, held, told, &told.lost),
            stands,
            version: told.version.clone(),
            restorable: told.restorable,
            outcome: outcome(settings, told),
            reason: row.reason.clone().unwrap_or_default(),
            listed: times::moment(settings, row.listed_at),
        }
    }

    /// Whether nobody settled it.
    pub fn waits(&self) -> bool {
        self.outcome.is_empty()
    }
}

fn side(settings: &Settings, held: &Held, told: &Told, write: &Write) -> Side {
    let place = (told.row.entity.as_str(), told.row.field.as_str());
    Side {
        value: value_words(settings, &held.names, place, &write.value),
        by: actor(&held.names, write),
        at: write.at.map(|at| times::moment(settings, at)).unwrap_or_default(),
        node: write.node.map(|node| node_words(held.node, node)).unwrap_or_default(),
    }
}

/// Who wrote it; somebody of whom this node does not know is told by the beginning of their id.
fn actor(names: &Names, write: &Write) -> String {
    let Some(person) = write.by else { return "Muster itself".to_owned() };
    let id = Uuid::from(person);
    names.get(&id).map_or_else(|| format!("Person {}", short(id)), |called| called.name.clone())
}

/// A node by the beginning of its id.
pub fn node_words(own: Uuid, node: Uuid) -> String {
    if own == node { "this node".to_owned() } else { format!("node {}", short(node)) }
}

fn short(id: Uuid) -> String {
    id.simple().to_string().chars().skip(24).collect()
}

fn outcome(settings: &Settings, told: &Told) -> String {
    let row = &told.row;
    let Some(at) = row.settled_at else { return String::new() };
    let what = match row.outcome.as_deref() {
        Some("restored") => "Written back",
        Some("kept") => "What stands was kept",
        _ => "Settled on another node, or by a later change",
    };
    let by = row.settled_by_name.as_ref().map(|name| format!(" by {name}")).unwrap_or_default();
    format!("{what}{by}, {}", times::moment(settings, at))
}
