//! What has to hold, seen from outside: by what each writer knew, not by what entries name.

use crate::bug::Bug;
use crate::node::Node;
use crate::world::{Id, World};
use muster_domain::ids::EntryId;
use muster_journal::Entry;
use muster_journal::kinds::travels;
use muster_journal::record::{Op, Record, Standing};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use uuid::Uuid;

/// What did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

/// What was written, and what its writer knew then.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// Acknowledged, and never on a disk alone that was lost.
    pub written: BTreeSet<EntryId>,
    knew: BTreeMap<EntryId, Rc<BTreeSet<EntryId>>>,
    records: BTreeMap<EntryId, Uuid>,
    /// The records that somebody removed.
    removed: BTreeSet<Uuid>,
    /// What nodes held when they began to replicate, and nobody has changed there since.
    held: Vec<Held>,
}

/// A value on a node, by the node's place.
#[derive(Clone, Debug)]
struct Held {
    node: usize,
    id: Id,
    field: String,
    value: Value,
}

impl Witness {
    /// Notes what a node has just written, knowing all that it had before.
    pub fn saw(&mut self, known: &[Rc<Entry>], written: &[Rc<Entry>]) {
        let knew = Rc::new(known.iter().map(|entry| entry.id).collect());
        for entry in written.iter().filter(|entry| travels(entry)) {
            self.written.insert(entry.id);
            self.records.insert(entry.id, entry.entity_id);
            self.knew.insert(entry.id, Rc::clone(&knew));
        }
    }

    /// Notes what a node holds that begins to replicate, but for ids, which may lead elsewhere, and
    /// marks, whose own ids follow from these.
    pub fn begins(&mut self, node: usize, rows: &World) {
        let held = |value: &Value| value.as_str().is_none_or(|text| Uuid::try_parse(text).is_err());
        for (id, row) in rows.standing.iter().filter(|(id, _)| id.0 != "mark") {
            let fields = row.fields.iter().filter(|(_, value)| held(value));
            self.held.extend(fields.map(|(field, value)| Held {
                node,
                id: *id,
                field: field.clone(),
                value: value.clone(),
            }));
        }
    }

    /// Notes what these changes of a node remove and replace.
    pub fn changes(&mut self, node: usize, changes: &[Entry]) {
        for change in changes {
            let written = |field: &str| {
                let after = change.after.as_deref().unwrap_or_default();
                removes(change) || after.contains(&format!("\"{field}\":"))
            };
            self.held.retain(|held| {
                held.node != node || held.id.1 != change.entity_id || !written(&held.field)
            });
        }
        let removed = changes.iter().filter(|change| removes(change));
        self.removed.extend(removed.map(|change| change.entity_id));
    }

    /// Forgets what stood on this disk alone.
    pub fn lost(&mut self, node: usize, disk: &[Rc<Entry>], others: &[Vec<Rc<Entry>>]) {
        self.held.retain(|held| held.node != node);
        let elsewhere: BTreeSet<_> = others.iter().flatten().map(|entry| entry.id).collect();
        for entry in disk {
            if !elsewhere.contains(&entry.id) {
                self.written.remove(&entry.id);
            }
        }
    }

    fn knew(&self, one: EntryId, other: EntryId) -> bool {
        self.knew.get(&one).is_some_and(|known| known.contains(&other))
    }

    /// What a person did is what they see then.
    pub fn is_seen(world: &World, written: &[Rc<Entry>]) -> Result<(), Failure> {
        for entry in written.iter().filter(|entry| travels(entry)) {
            let Some((_, standing)) =
                world.standing.iter().find(|((_, id), _)| *id == entry.entity_id)
            else {
                // Rows that are gone leave nothing.
                if removes(entry) {
                    continue;
                }
                return Err(Failure(format!("{} {} is nowhere", entry.action, entry.entity_id)));
            };
            let after: Value = entry
                .after
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            for (field, value) in after.as_object().into_iter().flatten() {
                if standing.fields.get(field).unwrap_or(&Value::Null) != value {
                    let why = format!("{} of {} does not show", field, entry.action);
                    return Err(Failure(why));
                }
            }
        }
        Ok(())
    }

    /// All of it, once everybody has heard of everything.
    pub fn check<N: Node>(&self, nodes: &[N], bug: Option<Bug>) -> Result<(), Failure> {
        let mut all = None;
        let (mut worlds, mut tables) = (Vec::with_capacity(nodes.len()), None);
        for node in nodes {
            let entries = node.entries()?;
            let world = World::of(&entries, bug);
            let here: BTreeSet<_> = entries.iter().map(|entry| entry.id).collect();
            if let Some(lost) = self.written.iter().find(|id| !here.contains(id)) {
                return Err(Failure(format!("entry {lost} was acknowledged and is lost")));
            }
            let heads = node.heads()?;
            if *all.get_or_insert_with(|| heads.clone()) != heads {
                return Err(Failure("the nodes hold different series".to_owned()));
            }
            if let Some(unheard) = node.amiss()? {
                return Err(Failure(format!("listeners were not told of {unheard}")));
            }
            self.conflicts(&world)?;
            self.marks(&world)?;
            self.gone(&world)?;
            self.told(&world)?;
            worlds.push(world);
            let export = node.export()?.unwrap_or_default();
            if let (Some(rows), Some(world)) = (node.rows()?, worlds.last()) {
                stand(world, &rows, &export)?;
            }
            let first = tables.get_or_insert_with(|| export.clone());
            if *first != export {
                let why = difference(first, &export);
                return Err(Failure(format!("the nodes hold different records:\n{why}")));
            }
        }
        let mut exports = worlds.iter().map(World::export);
        let first = exports.next().unwrap_or_default();
        match exports.find(|export| *export != first) {
            None => Ok(()),
            Some(other) => Err(Failure(format!("exports differ:\n{}", difference(&first, &other)))),
        }
    }

    /// What lost, lost against something of which neither writer knew: it stays listed while later
    /// changes follow the winner.
    fn conflicts(&self, world: &World) -> Result<(), Failure> {
        for (id, standing) in &world.standing {
            let ops = || world.records.get(id).into_iter().flat_map(Record::ops);
            for lost in standing.conflicts.iter().map(|conflict| conflict.lost.entry) {
                let apart = |op: &Op| {
                    let other = op.version.entry;
                    // Of two records that turned out to be one each may have known the other.
                    let two = self.records.get(&other) != self.records.get(&lost);
                    let unknown = !self.knew(other, lost) && !self.knew(lost, other);
                    other != lost && (two || unknown)
                };
                if !ops().any(apart) {
                    return Err(Failure(format!(
                        "{lost} is a conflict of {id:?} though all knew of it{}",
                        changes(world, *id)
                    )));
                }
            }
        }
        Ok(())
    }

    /// Nothing is gone that nobody removed.
    fn gone(&self, world: &World) -> Result<(), Failure> {
        for ((entity, id), record) in &world.records {
            for op in record.ops().filter(|op| op.removes()) {
                let of = self.records.get(&op.version.entry).unwrap_or(id);
                if !self.removed.contains(of) {
                    let why = format!("{} told {entity} {of} to be gone", op.version.entry);
                    return Err(Failure(why));
                }
            }
        }
        Ok(())
    }

    /// What was there before a node replicated is told, whatever came of it.
    fn told(&self, world: &World) -> Result<(), Failure> {
        for Held { id, field, value, .. } in &self.held {
            let id = (id.0, world.redirects.resolve(id.1));
            let ops = world.records.get(&id).into_iter().flat_map(Record::ops);
            if !ops.filter_map(|op| op.values.get(field)).any(|told| told == value) {
                let why = format!("{field} {value} of {id:?} was there before and is told nowhere");
                return Err(Failure(why + &changes(world, id)));
            }
        }
        Ok(())
    }

    /// A person's word stands unless somebody who knew of it changed it.
    fn marks(&self, world: &World) -> Result<(), Failure> {
        for ((entity, id), record) in &world.records {
            let manual =
                |op: &&Op| op.values.get("method").is_some_and(|method| method == "manual");
            let words = record.ops().filter(manual);
            let standing = world.standing.get(&(*entity, *id));
            let stands = standing.and_then(|standing| standing.fields.get("method"));
            for word in words.filter(|_| *entity == "mark") {
                let known = |op: &Op| self.knew(op.version.entry, word.version.entry);
                if !record.ops().any(known) && stands.is_none_or(|method| method != "manual") {
                    return Err(Failure(format!("{stands:?} stands over a person's word")));
                }
            }
        }
        Ok(())
    }
}

/// Rows are what the entries come to, but for records that wait.
fn stand(world: &World, rows: &World, export: &str) -> Result<(), Failure> {
    let waits: BTreeSet<_> =
        export.lines().filter_map(|line| line.strip_suffix(" waits")).collect();
    let there = world.standing.iter().filter(|(_, standing)| !standing.gone);
    let there = there.filter(|((entity, id), _)| !waits.contains(&*format!("{entity} {id}")));
    let wanted: BTreeMap<_, _> = there.map(told).collect();
    let found: BTreeMap<_, _> = rows.standing.iter().map(told).collect();
    let mut both = wanted.keys().chain(found.keys());
    match both.find(|id| wanted.get(*id) != found.get(*id)) {
        None => Ok(()),
        Some(id) => Err(Failure(format!(
            "{} {} is {:?} by its entries and {:?} in the tables{}",
            id.0,
            id.1,
            wanted.get(id),
            found.get(id),
            changes(world, **id)
        ))),
    }
}

/// The changes of a record, a line each.
fn changes(world: &World, id: Id) -> String {
    let line = |op: &Op| {
        let Op { version, values, over, saw, .. } = op;
        let over: Vec<_> = over.iter().map(|(field, named)| format!("{field} {named:?}")).collect();
        format!("\n  {version} {values:?} over {over:?} saw {saw:?}")
    };
    world.records.get(&id).into_iter().flat_map(Record::ops).map(line).collect()
}

/// What a record says: a field that is empty is none, and a mark's session is its entries' topic.
fn told<'w>((id, standing): (&'w Id, &'w Standing)) -> (&'w Id, BTreeMap<&'w str, &'w Value>) {
    let fields = standing.fields.iter().filter(|(_, value)| !value.is_null());
    let fields = fields.filter(|(field, _)| id.0 != "mark" || *field != "session");
    (id, fields.map(|(field, value)| (field.as_str(), value)).collect())
}

fn removes(entry: &Entry) -> bool {
    Op::of(entry, Uuid::nil()).is_ok_and(|op| op.removes())
}

fn difference(one: &str, other: &str) -> String {
    let (here, there): (BTreeSet<_>, BTreeSet<_>) =
        (one.lines().collect(), other.lines().collect());
    let lines = here.symmetric_difference(&there).take(8).copied();
    lines.collect::<Vec<_>>().join("\n")
}
