//! What has to hold, seen from outside: by what each writer knew, not by what entries name.

use crate::bug::Bug;
use crate::node::Node;
use crate::world::World;
use muster_domain::ids::EntryId;
use muster_journal::Entry;
use muster_journal::kinds::travels;
use muster_journal::record::{Op, Record};
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

    /// Forgets what stood on this disk alone.
    pub fn lost(&mut self, disk: &[Rc<Entry>], others: &[Vec<Rc<Entry>>]) {
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
                return Err(Failure(format!("{} {} is nowhere", entry.action, entry.entity_id)));
            };
            let after: Value = entry
                .after
                .as_deref()
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default();
            for (field, value) in after.as_object().into_iter().flatten() {
                if standing.fields.get(field) != Some(value) {
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
            worlds.push(world);
            let export = node.export()?.unwrap_or_default();
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
                    return Err(Failure(format!("{lost} is a conflict though all knew of it")));
                }
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

fn difference(one: &str, other: &str) -> String {
    let (here, there): (BTreeSet<_>, BTreeSet<_>) =
        (one.lines().collect(), other.lines().collect());
    let lines = here.symmetric_difference(&there).take(8).copied();
    lines.collect::<Vec<_>>().join("\n")
}
