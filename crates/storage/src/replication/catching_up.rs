//! After an upgrade: entries of kinds that the program before did not know, and fields for which it had no
//! column, were kept and sent on. What stands of their records is worked out again, some at a time.

use super::apply;
use super::tables::{self, Column, Key, table_of};
use crate::{Result, WriteTx, args, record, statements};
use muster_domain::ids::{EntryId, NAMESPACE};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;
use uuid::Uuid;

record! {
    struct NodeRow {
        replicates: Option<i64>,
        restating: Option<String>,
        applied: Option<String>,
        catching_up: Option<String>,
    }
}

record! {
    struct EntryRow {
        id: EntryId,
        clock: i64,
        entity: String,
        entity_id: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    STATE = "select replicates, restating, applied, catching_up from node";
    MOVE = "update node set catching_up = ?1";
    DONE = "update node set applied = ?1, catching_up = null";
    NEXT = "select id, clock, entity, entity_id, topic from journal where (clock, id) > (?1, ?2)
        order by clock, id limit ?3";
}

/// What a program applies.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Applied {
    /// Another one may know words that were refused before.
    version: String,
    /// Of each kind the fields.
    pub kinds: BTreeMap<String, BTreeSet<String>>,
}

/// Up to which entry they were looked at, and for which program.
#[derive(Debug, Serialize, Deserialize)]
struct Place {
    clock: i64,
    entry: Uuid,
    to: Uuid,
}

/// What this program applies, as text.
static THIS: LazyLock<String> = LazyLock::new(|| Applied::by_this_program().text());

fn this_program() -> Uuid {
    Uuid::new_v5(&NAMESPACE, THIS.as_bytes())
}

impl Applied {
    pub fn by_this_program() -> Self {
        let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for table in tables::ALL {
            let fields = kinds.entry(table.entity.to_owned()).or_default();
            fields.extend(table.fields().map(str::to_owned));
            for list in table.lists {
                let columns = list.columns.iter().filter_map(Column::field);
                fields.extend(columns.map(|column| format!("{}.{column}", list.field)));
            }
        }
        Self { version: env!("CARGO_PKG_VERSION").to_owned(), kinds }
    }

    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Whether another one has nothing of a kind that this one has not.
    fn covers(&self, kind: &str, other: &Self) -> bool {
        let fields = |applied: &Self| applied.kinds.get(kind).cloned().unwrap_or_default();
        fields(other).is_subset(&fields(self))
    }
}

impl NodeRow {
    fn waits(&self) -> bool {
        // Before all is told the journal does not say yet what stands.
        self.restating.is_none() && self.applied.as_ref() != Some(&*THIS)
    }
}

/// Looks at the records of the next `limit` entries that this program may understand better than the one
/// before; false if there is no more. Goes on where the last call ended, also after a restart.
pub fn catch_up(tx: &mut WriteTx<'_>, limit: usize) -> Result<bool> {
    let state: Option<NodeRow> = tx.opt(&STATE, args![])?;
    let Some(state) = state.filter(NodeRow::waits) else { return Ok(false) };
    // A node that stands alone has nothing but its own.
    let more = match state.replicates {
        Some(_) => look_again(tx, &state, limit)?,
        None => None,
    };
    match &more {
        Some(place) => tx.execute(&MOVE, args![place])?,
        None => tx.execute(&DONE, args![&**THIS])?,
    };
    Ok(more.is_some())
}

/// Where it ended; none at the end of all entries.
fn look_again(tx: &mut WriteTx<'_>, state: &NodeRow, limit: usize) -> Result<Option<String>> {
    let read = |text: &Option<String>| text.as_deref().map(serde_json::from_str::<Applied>);
    let before = read(&state.applied).and_then(std::result::Result::ok).unwrap_or_default();
    let now = Applied::by_this_program();
    let place = state.catching_up.as_deref().map(serde_json::from_str::<Place>);
    let place = place.and_then(std::result::Result::ok).filter(|place| place.to == this_program());
    let (clock, entry) = place.map_or((0, Uuid::nil()), |place| (place.clock, place.entry));
    let most = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows: Vec<EntryRow> = tx.all(&NEXT, args![clock, entry, most])?;
    let (mut again, mut others) = (BTreeMap::new(), BTreeMap::new());
    for EntryRow { entity, entity_id: id, topic, .. } in &rows {
        let Some(table) = table_of(entity, *id) else { continue };
        let topic = topic.filter(|_| table.key == Key::Mark);
        let known = before.covers(entity, &now);
        let records = if known { &mut others } else { &mut again };
        records.insert((table.entity, *id), topic);
    }
    // What waits may wait for this program.
    let waiting = apply::waiting(tx, others.keys().copied())?;
    others.retain(|(_, id), _| waiting.contains(id));
    again.append(&mut others);
    apply::look_again(tx, again)?;
    let last = rows.last().filter(|_| rows.len() >= limit);
    let place = last.map(|row| Place { clock: row.clock, entry: row.id.0, to: this_program() });
    Ok(place.and_then(|place| serde_json::to_string(&place).ok()))
}
