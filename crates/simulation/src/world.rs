//! What a set of entries comes to: records that are one by their keys joined, references led to
//! the records that stand, contested values listed. Worked out anew each time, by the rules alone:
//! what storage does step by step has to come to the same.

use crate::bug::Bug;
use muster_domain::ids::{MarkId, PersonId, SessionId};
use muster_journal::alias::{Aliases, Claim, Redirects};
use muster_journal::kinds::{Join, KINDS, Kind, kind_of, rule_of};
use muster_journal::record::{Op, Record, Rule, Standing};
use muster_journal::unique::{Contested, Holder, contested};
use muster_journal::{Entry, Version};
use muster_storage::replication::tables::Fields;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::rc::Rc;
use uuid::Uuid;

/// A record of a kind.
pub type Id = (&'static str, Uuid);

/// What stands on a node.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// By kind and id, those that others redirect to alone.
    pub standing: BTreeMap<Id, Standing>,
    /// Their changes.
    pub records: BTreeMap<Id, Record>,
    /// Which records are others.
    pub redirects: Redirects,
    /// Who took which key.
    pub aliases: Aliases,
    /// Who holds what somebody else has.
    pub contested: Vec<Contested>,
}

impl World {
    /// What these entries come to, whatever their order; a bug looks at it.
    pub fn of(entries: &[Rc<Entry>], bug: Option<Bug>) -> Self {
        let mut world = Self::default();
        for (at, entry) in entries.iter().enumerate() {
            world.add(entry, at, bug);
        }
        world.unite(entries, bug);
        world.join(bug);
        world.contest(entries, bug);
        world
    }

    /// What rows say, of which nothing more is known.
    pub fn of_rows(rows: impl IntoIterator<Item = (&'static str, Uuid, Fields)>) -> Self {
        let mut world = Self::default();
        for (entity, id, fields) in rows {
            let standing = Standing { fields: fields.into_iter().collect(), ..Standing::default() };
            world.standing.insert((entity, id), standing);
        }
        world
    }

    fn add(&mut self, entry: &Entry, at: usize, bug: Option<Bug>) {
        let (Some(kind), Some(_)) = (kind_of(&entry.entity), rule_of(entry)) else { return };
        let Ok(mut op) = Op::of(entry, Uuid::nil()) else { return };
        if let Some(session) = entry.topic.filter(|_| kind.entity == "mark") {
            op.values.insert("session".to_owned(), session.to_string().into());
        }
        match bug {
            Some(Bug::JoinsByArrival) => op.version.clock = i64::try_from(at).unwrap_or_default(),
            Some(Bug::NamesNothing) => op.over.clear(),
            _ => {}
        }
        self.records.entry((kind.entity, entry.entity_id)).or_default().add(op);
    }

    /// Finds records that are one. Keys name other records that may be one with others again.
    fn unite(&mut self, entries: &[Rc<Entry>], bug: Option<Bug>) {
        loop {
            let mut aliases = Aliases::default();
            for ((entity, id), record) in &self.records {
                let Some(kind) = kind_of(entity).filter(|kind| !kind.key.is_empty()) else {
                    continue;
                };
                self.claims(kind, *id, record, &mut aliases);
            }
            let redirects = aliases.redirects();
            self.aliases = aliases;
            if redirects == self.redirects {
                break;
            }
            self.redirects = redirects;
        }
        if bug == Some(Bug::AliasesByArrival) {
            let came = |id| entries.iter().position(|entry| entry.entity_id == id);
            let mut redirects = Redirects::default();
            for (from, to) in self.redirects.all().filter(|(from, to)| came(*to) < came(*from)) {
                redirects.unite(from, to);
            }
            self.redirects = redirects;
        }
    }

    fn claims(&self, kind: &Kind, id: Uuid, record: &Record, aliases: &mut Aliases) {
        let Join::Record(rule) = kind.join else { return };
        let standing = record.standing(rule);
        for op in record.ops().filter(|op| op.values.keys().any(|field| kind.is_keyed_by(field))) {
            let Some(takes) = &op.takes else { continue };
            let resolved: BTreeMap<_, _> = standing
                .fields
                .iter()
                .chain(&op.values)
                .map(|(field, value)| (field.clone(), self.lead(value)))
                .collect();
            let Some(key) = kind.alias(|field| resolved.get(field)) else { continue };
            aliases.add(key, op.version, Claim { record: id, over: takes.clone() });
        }
    }

    /// A value with references led to the records that stand.
    fn lead(&self, value: &Value) -> Value {
        let id = value.as_str().and_then(|text| Uuid::try_parse(text).ok());
        id.map_or_else(|| value.clone(), |id| self.redirects.resolve(id).to_string().into())
    }

    fn join(&mut self, bug: Option<Bug>) {
        let mut joined: BTreeMap<Id, Record> = BTreeMap::new();
        for ((entity, id), record) in &self.records {
            let id = if *entity == "mark" { self.mark(record).unwrap_or(*id) } else { *id };
            joined.entry((*entity, self.redirects.resolve(id))).or_default().join(record);
        }
        for ((entity, id), record) in &joined {
            let Some(Join::Record(rule)) = kind_of(entity).map(|kind| kind.join) else { continue };
            let rule = match rule {
                Rule::Mark if bug == Some(Bug::RanksMarksByClock) => {
                    Rule::Register(muster_journal::record::Archive::None)
                }
                rule => rule,
            };
            let mut standing = record.standing(rule);
            for value in standing.fields.values_mut() {
                *value = self.lead(value);
            }
            self.standing.insert((*entity, *id), standing);
        }
        self.records = joined;
    }

    /// The id of a mark whose session or student turned out to be another.
    fn mark(&self, record: &Record) -> Option<Uuid> {
        let id = |field| {
            let mut values = record.ops().filter_map(|op| op.values.get(field));
            let id = Uuid::try_parse(values.next()?.as_str()?).ok()?;
            Some(self.redirects.resolve(id))
        };
        Some(MarkId::of(SessionId(id("session")?), PersonId(id("person")?)).0)
    }

    fn contest(&mut self, entries: &[Rc<Entry>], bug: Option<Bug>) {
        let mut holders = Vec::new();
        for kind in &KINDS {
            for fields in kind.unique {
                holders.extend(self.holders(kind.entity, fields));
            }
        }
        if bug == Some(Bug::ContestsByArrival) {
            for holder in &mut holders {
                let at = entries.iter().position(|entry| entry.entity_id == holder.record);
                holder.since.clock = at.and_then(|at| i64::try_from(at).ok()).unwrap_or_default();
            }
        }
        self.contested = contested(holders);
    }

    fn holders(&self, entity: &'static str, fields: &[&str]) -> Vec<Holder<String>> {
        let of =
            self.standing.iter().filter(|((own, _), standing)| *own == entity && !standing.gone);
        let holder = |((_, id), standing): (&Id, &Standing)| {
            let mut key = entity.to_owned();
            let mut since: Option<Version> = None;
            for field in fields {
                let value = standing.fields.get(*field).filter(|value| !value.is_null())?;
                write!(key, " {value}").ok()?;
                since = since.max(standing.versions.get(*field).copied());
            }
            Some(Holder { key, record: *id, since: since? })
        };
        of.filter_map(holder).collect()
    }

    /// All of it as text, byte for byte the same where the same stands.
    pub fn export(&self) -> String {
        let mut text = String::new();
        for ((entity, id), standing) in &self.standing {
            let Standing { fields, gone, conflicts, .. } = standing;
            let fields = serde_json::to_string(fields).unwrap_or_default();
            let _ = writeln!(text, "{entity} {id} {fields}{}", if *gone { " gone" } else { "" });
            for lost in conflicts {
                let _ = writeln!(text, "  {} kept {} lost {}", lost.field, lost.kept, lost.lost);
            }
        }
        for (from, to) in self.redirects.all() {
            let _ = writeln!(text, "{from} is {to}");
        }
        for Contested { record, holder } in &self.contested {
            let _ = writeln!(text, "{record} contested by {holder}");
        }
        text
    }
}
