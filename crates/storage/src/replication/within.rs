//! Of which classes an edge of some classes writes: of those alone that it was ever let see. What it
//! did before it heard of a narrower scope still counts, so a scope only ever widens what it writes.

use super::apply::stands_for;
use super::scope::{self, Sight};
use crate::{ReadTx, Result, args, record, statements};
use muster_domain::ids::{ClassId, EntryId};
use muster_journal::Entry;
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

record! {
    struct ScopeRow {
        classes: Option<String>,
        told: Option<String>,
    }
}

record! {
    struct ClassRow {
        class: Uuid,
    }
}

statements! {
    SCOPES = "select p.classes, j.after from peers p
        left join journal j on j.entity_id = p.id and j.entity <> 'mark'
            and j.action in ('node.enrol', 'node.rescope')
        where p.node = ?1";
    CLASS = "select id from classes where id = ?1";
}

/// Those of these entries that are about other classes than the edge that writes them may see.
pub(super) fn outside<'e>(
    tx: &mut ReadTx<'_>,
    edge: Uuid,
    entries: impl IntoIterator<Item = &'e Entry>,
) -> Result<BTreeSet<EntryId>> {
    let Some(sight) = sight_of(tx, edge)? else { return Ok(BTreeSet::new()) };
    let mut looking = Looking { sight, known: HashMap::new() };
    let mut outside = BTreeSet::new();
    for entry in entries {
        if scope::is_of_classes(&entry.entity) && looking.is_outside(tx, entry)? {
            outside.insert(entry.id);
        }
    }
    Ok(outside)
}

/// What a node was ever let see as an edge of this one; none if that was everything once.
fn sight_of(tx: &mut ReadTx<'_>, edge: Uuid) -> Result<Option<Sight>> {
    let rows: Vec<ScopeRow> = tx.all(&SCOPES, args![edge])?;
    let mut classes = BTreeSet::new();
    for row in rows {
        let now = row.classes.as_deref().map(serde_json::from_str).transpose();
        let told = row.told.as_deref().map(serde_json::from_str::<Value>).transpose();
        let told = told.ok().flatten().and_then(|told| told.get("scope").cloned());
        let Ok(Some(Value::Array(now))) = now else { return Ok(None) };
        let told = match told {
            Some(Value::Array(told)) => told,
            Some(_) => return Ok(None),
            None => Vec::new(),
        };
        let ids = now.iter().chain(&told).filter_map(Value::as_str);
        classes.extend(ids.filter_map(|id| id.parse::<ClassId>().ok()));
    }
    if classes.is_empty() {
        return Ok(None);
    }
    let classes: Vec<ClassId> = classes.into_iter().collect();
    scope::sight(tx, &classes).map(Some)
}

struct Looking {
    sight: Sight,
    /// Whether a record is known to be of another class.
    known: HashMap<Uuid, bool>,
}

impl Looking {
    /// Whether anything that an entry names is known to be of another class. By what is known here,
    /// not by what the entry says beside it: a record that is new here is of what it names.
    fn is_outside(&mut self, tx: &mut ReadTx<'_>, entry: &Entry) -> Result<bool> {
        let mut ids = scope::places(entry.topic, entry.after.as_deref());
        // Of a mark its session tells.
        if entry.entity != "mark" {
            ids.push(entry.entity_id);
        }
        for id in ids {
            if self.is_elsewhere(tx, id)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn is_elsewhere(&mut self, tx: &mut ReadTx<'_>, id: Uuid) -> Result<bool> {
        if let Some(known) = self.known.get(&id) {
            return Ok(*known);
        }
        let stands = stands_for(tx, &[id])?.get(&id).copied().unwrap_or(id);
        let itself: Vec<ClassRow> = tx.all(&CLASS, args![stands])?;
        let mut classes = scope::classes_of(tx, stands)?;
        classes.extend(itself.into_iter().map(|row| row.class));
        let elsewhere = classes.into_iter().any(|class| !self.sight.sees_class(ClassId(class)));
        self.known.insert(id, elsewhere);
        Ok(elsewhere)
    }
}
