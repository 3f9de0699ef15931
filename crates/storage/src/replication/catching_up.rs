//! After an upgrade: entries of kinds that the program before did not know, and fields for which it had no
//! column, were kept and sent on. What stands of their records is worked out again, some at a time, before
//! anything else is done: an act would take an empty column for what its author wants, and tell so.

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

record! {
    struct WaitingRow {
        entity: String,
        record: Uuid,
        topic: Option<Uuid>,
    }
}

statements! {
    STATE = "select replicates, restating, applied, catching_up from node";
    MOVE = "update node set catching_up = ?1";
    DONE = "update node set applied = ?1, catching_up = null";
    NEXT = "select id, clock, entity, entity_id, topic from journal where (clock, id) > (?1, ?2)
        order by clock, id limit ?3";
    WAITING = "select entity, record, topic from pending where (entity, record) > (?1, ?2)
        order by entity, record limit ?3";
}

/// What a program applies.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Applied {
    /// Another one may know words that were refused before.
    pub version: String,
    /// Of each kind the fields.
    pub kinds: BTreeMap<String, BTreeSet<String>>,
}

/// How far that has come, and for which program.
#[derive(Debug, Serialize, Deserialize)]
struct Progress {
    to: Uuid,
    place: Place,
}

#[derive(Debug, Serialize, Deserialize)]
enum Place {
    /// Up to a record that waits, maybe for this program.
    Waiting(String, Uuid),
    /// That, too; up to an entry.
    Entries(i64, Uuid),
}

impl Place {
    const FIRST: Self = Self::Waiting(String::new(), Uuid::nil());
    const ENTRIES: Self = Self::Entries(0, Uuid::nil());
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

    /// The kinds of which another one did not apply all that this one does.
    fn lacking_in(&self, other: &Self) -> BTreeSet<&str> {
        let covered = |kind: &str, fields| {
            other.kinds.get(kind).is_some_and(|known: &BTreeSet<_>| known.is_superset(fields))
        };
        let kinds = self.kinds.iter().filter(|(kind, fields)| !covered(kind, fields));
        kinds.map(|(kind, _)| kind.as_str()).collect()
    }
}

impl NodeRow {
    /// What the program before applied.
    fn before(&self) -> Applied {
        let text = self.applied.as_deref();
        text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    }

    /// Where to go on.
    fn place(&self) -> Place {
        let progress = self.catching_up.as_deref().map(serde_json::from_str::<Progress>);
        let progress = progress.and_then(std::result::Result::ok);
        let progress = progress.filter(|progress| progress.to == this_program());
        progress.map_or(Place::FIRST, |progress| progress.place)
    }
}

/// Looks at the next records, those of `limit` entries or `limit` of those that wait, that this program may
/// understand better than the one before; false if there is no more. Goes on where the last call ended, also
/// after a restart.
pub fn catch_up(tx: &mut WriteTx<'_>, limit: i64) -> Result<bool> {
    let state: Option<NodeRow> = tx.opt(&STATE, args![])?;
    let Some(state) = state.filter(|state| state.applied.as_ref() != Some(&*THIS)) else {
        return Ok(false);
    };
    let now = Applied::by_this_program();
    let before = state.before();
    let lacking = now.lacking_in(&before);
    let next = match state.place() {
        // A node that stands alone, and one that still tells what it held before, has nothing but its own.
        _ if state.replicates.is_none() || state.restating.is_some() => None,
        Place::Waiting(entity, record) => {
            let last = those_that_wait(tx, (entity, record), limit)?;
            last.or_else(|| (!lacking.is_empty()).then_some(Place::ENTRIES))
        }
        Place::Entries(clock, entry) => those_of_entries(tx, &lacking, (clock, entry), limit)?,
    };
    let Some(place) = next else {
        tx.execute(&DONE, args![&**THIS])?;
        return Ok(false);
    };
    let progress = serde_json::to_string(&Progress { to: this_program(), place });
    tx.execute(&MOVE, args![progress.ok()])?;
    Ok(true)
}

fn those_that_wait(
    tx: &mut WriteTx<'_>,
    (entity, record): (String, Uuid),
    limit: i64,
) -> Result<Option<Place>> {
    let rows: Vec<WaitingRow> = tx.all(&WAITING, args![entity, record, limit])?;
    let ids = rows.iter().map(|row| (row.entity.as_str(), row.record, row.topic));
    look_again(tx, ids)?;
    Ok(rows.into_iter().last().map(|row| Place::Waiting(row.entity, row.record)))
}

fn those_of_entries(
    tx: &mut WriteTx<'_>,
    kinds: &BTreeSet<&str>,
    (clock, entry): (i64, Uuid),
    limit: i64,
) -> Result<Option<Place>> {
    let rows: Vec<EntryRow> = tx.all(&NEXT, args![clock, entry, limit])?;
    let ids = rows.iter().filter(|row| kinds.contains(row.entity.as_str()));
    look_again(tx, ids.map(|row| (row.entity.as_str(), row.entity_id, row.topic)))?;
    Ok(rows.last().map(|row| Place::Entries(row.clock, row.id.0)))
}

fn look_again<'r>(
    tx: &mut WriteTx<'_>,
    records: impl Iterator<Item = (&'r str, Uuid, Option<Uuid>)>,
) -> Result<()> {
    let known = records.filter_map(|(entity, id, topic)| {
        let table = table_of(entity, id)?;
        Some(((table.entity, id), topic.filter(|_| table.key == Key::Mark)))
    });
    let known: BTreeMap<_, _> = known.collect();
    if known.is_empty() { Ok(()) } else { apply::look_again(tx, known) }
}
